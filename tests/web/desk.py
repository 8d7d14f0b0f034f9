"""Short ways for tests of the desk: a seeded pharmacy, signed-in clients, forms as their page draws them."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.preparations import load
from app.record import refusals, views
from tests.people.cast import PAM, Member, seat
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_desk, token_of
from workflows.preparation import Preparation

DANA = Member(
    "DANA0008",
    "dana",
    "Dana D.",
    ("technician", "pharmacist"),
    pin="573920",
    password="two hats on one hook",
    licence="RPH-1003",
    states=("IL",),
)
RAE = Member("RAE00009", "rae", "Rae N.", ("pharmacist",), password="no paper on the wall")


def at_desk(pharmacy: Pharmacy, member: Member = PAM) -> FlaskClient:
    """A client with this person signed in by name and password; whoever is not of the cast is taken on first."""
    if member in (DANA, RAE):
        seat(pharmacy.house.door, now(), (member,))
    client = pharmacy.client()
    assert sign_in_desk(client, member).status_code == 302
    return client


def post(client: FlaskClient, path: str, **form: object) -> TestResponse:
    """A form of an office page, with the token of one's own page."""
    return client.post(path, data={"csrf_token": token_of(client.get("/me")), **form})


def form_of(page: str, part: str) -> dict[str, str]:
    """The hidden fields of the form whose address contains `part`."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if part in one.split(">", 1)[0])
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in fields}


def photos_of(made: Making) -> list[str]:
    """Every photo that has to be seen: taken ones, and those of typed codes."""
    return [photo.sha256 for photo in made.p.photos()] + [one for name, one in made.shots.items() if "label" in name]


def sign_form(client: FlaskClient, made: Making, member: Member = PAM, part: str = "/sign") -> dict[str, object]:
    """The signature's form as drawn now, filled in as this person would."""
    fields: dict[str, object] = dict(form_of(client.get(f"/review/{made.id}").text, f"/review/{made.id}{part}"))
    return {**fields, "user": member.user, "password": member.password, "seen": photos_of(made)}


def approve(client: FlaskClient, made: Making, member: Member = PAM, **changes: object) -> TestResponse:
    form = {**sign_form(client, made, member), **changes}
    return client.post(f"/review/{made.id}/sign", data=form)


__all__ = ["DANA", "RAE", "Making", "Seeded", "approve", "at_desk", "form_of", "photos_of", "post", "sign_form"]


def state(pharmacy: Pharmacy, id: str) -> str:
    with pharmacy.house.store.reading() as conn:
        row = views.get_preparation(conn, id)
    assert row is not None
    return row.status


def loaded(pharmacy: Pharmacy, id: str) -> Preparation:
    with pharmacy.house.store.reading() as conn:
        found = load(conn, id)
    assert found is not None
    return found


def codes(pharmacy: Pharmacy, id: str) -> list[str]:
    with pharmacy.house.store.reading() as conn:
        return [one.code for one in refusals.of_stream(conn, id)]


def claim(client: object, id: str) -> dict[str, object]:
    token = form_token(client, id)
    answer = client.post(f"/review/{id}/claim", headers={"X-CSRFToken": token})  # type: ignore[attr-defined]  # a test client
    assert answer.status_code == 200
    return dict(answer.json)


def form_token(client: object, id: str) -> str:
    page = client.get(f"/review/{id}").text  # type: ignore[attr-defined]  # a test client
    return str(page.split('name="csrf-token" content="')[1].split('"')[0])


def over(page: str, action: str) -> str:
    """Return what the form of a page says that it is written over."""
    found = re.search(rf'action="{action}"[^>]*>.*?name="over" value="([^"]*)"', page)
    assert found is not None
    return found.group(1)
