"""Short ways for tests of the desk: a seeded pharmacy, signed-in clients, forms as their page draws them."""

from __future__ import annotations

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from tests.people.cast import PAM, Member, seat
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_desk

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


__all__ = ["DANA", "RAE", "Making", "Seeded", "approve", "at_desk", "form_of", "photos_of", "sign_form"]
