"""Every route and every role, from one table: who is let in, whose things they are, what no request gets round."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from app.clock import new_id, now
from app.people import sessions
from app.people.history import Act
from app.people.tables import ROLES
from app.web.headers import CSP
from tests.people.cast import ADA, ANN, LEE, NIA, PAM, UNA, Member, seat
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.rights import EVERYBODY, TOKEN, Row, rows, table

IVO = Member("1V000009", "ivo", "Ivo N.", ("informatics",), password="wires under the floor")
ACTORS = {
    "technician": ANN,
    "lead_technician": LEE,
    "pharmacist": PAM,
    "qa": UNA,
    "admin": ADA,
    "informatics": IVO,
    "nurse": NIA,
}
"""One person a role."""
STATION = "HOOD-1"
GIVEN = {
    "<station>": STATION,
    "<any(pin, password):kind>": "pin",
    "<any(pdf, csv):form>": "pdf",
    "<path:filename>": "css/tokens.css",
    "<any(thumb, display, original):size>": "thumb",
    "<any(hold, resume, answer, waive):act>": "hold",
    "<any(hold, resume, answer):act>": "hold",
    "<sha256>": "0" * 64,
}


def path_of(route: str, preparation: str) -> str:
    """The route with something in each place: this preparation where one is asked for."""
    given = {"<preparation>": preparation, **GIVEN}
    return re.sub(r"<[^>]+>", lambda one: given.get(one[0], "1" if one[0].startswith("<int:") else "X1"), route)


@dataclass
class Door:
    """Comes in as somebody, with a session of their own for each request, so that no request spoils the next."""

    pharmacy: Pharmacy

    def client(self, member: Member | None, route: str) -> FlaskClient:
        client = self.pharmacy.client()
        if member is None:
            return client
        token, here = new_id(40), STATION if route.startswith("/terminal/") else ""
        settings = self.pharmacy.house.settings

        def work(conn: Connection) -> None:
            act = Act(conn, settings, by=member.id, at=now(), station=here)
            sessions.begin(act, id=new_id(12), token=token, method="badge and PIN" if here else "name and password")

        self.pharmacy.house.store.write(work)
        client.set_cookie("vialtrace", token)
        return client

    def ask(self, member: Member | None, route: str, method: str, preparation: str) -> TestResponse:
        return self.client(member, route).open(path_of(route, preparation), method=method, buffered=True)


@pytest.fixture
def door(pharmacy: Pharmacy, checked: Making) -> Door:
    del checked  # asked for, so that the pharmacy has a preparation
    seat(pharmacy.house.door, now(), (IVO, NIA))
    pharmacy.app.config["WTF_CSRF_ENABLED"] = False  # tokens have their own tests; here it is about rights
    return Door(pharmacy)


def turned_away(answer: TestResponse) -> bool:
    """Whether the answer is that of the guard: no right, or sign in first."""
    if answer.status_code == 302:
        return "/sign-in" in answer.location or answer.location.rstrip("/").endswith(f"/terminal/{STATION}")
    return answer.status_code in (401, 403)


def test_q45_the_routes_and_their_rights_are_those_of_the_table(pharmacy: Pharmacy) -> None:
    assert rows(pharmacy.app) == table(), (
        "a door is new, gone, or opens to others: read it, then run python -m tests.web.rights"
    )
    assert set(ACTORS) == set(ROLES)


@pytest.mark.parametrize("role", [*ACTORS, "nobody"])
def test_q45_each_role_is_let_in_at_its_own_routes_and_turned_away_at_all_others(
    door: Door, checked: Making, role: str
) -> None:
    member, wrong = ACTORS.get(role), []
    for route, method, who in table():
        if who.startswith(TOKEN) and role not in ("pharmacist", "nobody"):
            continue  # no cookie opens these, whoever has it: two are enough to show that
        answer = door.ask(member, route, method, checked.id)
        let_in = who == EVERYBODY or role in who.split()
        locked = route.endswith("/lock") and answer.status_code == 302  # its own answer leads back to the idle screen
        if who != EVERYBODY and turned_away(answer) == let_in and not (let_in and locked):
            wrong.append((route, method, answer.status_code))
        assert answer.status_code < 500 or route == "/readyz", (route, method)
    assert wrong == []


def test_q45_a_desk_session_works_at_no_station_and_a_station_s_at_no_other(door: Door, checked: Making) -> None:
    for route, method, who in table():
        if route.startswith("/terminal/") and who != EVERYBODY and "technician" in who.split():
            client = door.client(ANN, "/desk")
            assert turned_away(client.open(path_of(route, checked.id), method=method)), route
            client = door.client(ANN, route)
            other = path_of(route, checked.id).replace(STATION, "HOOD-2")
            assert client.open(other, method=method).status_code in (302, 401), route


OF_A_PREPARATION = [one for one in table() if "<preparation>" in one[0] and not one[2].startswith(TOKEN)]


@pytest.mark.parametrize("row", OF_A_PREPARATION, ids=lambda row: f"{row[1]} {row[0]}")
def test_q46_another_site_s_preparation_is_not_there(door: Door, checked: Making, row: Row) -> None:
    route, method, who = row
    before = checked.p.version
    house = door.pharmacy.house
    elsewhere = house.settings.model_copy(update={"site": "NORTH"})
    object.__setattr__(house, "settings", elsewhere)
    house.dispatcher.settings = elsewhere
    role = next(role for role in ("pharmacist", "technician", "qa") if role in who.split())
    client = door.client(ACTORS[role], route)
    form = {
        "command_id": new_id(),
        "expected_version": str(before),
        "note": "ten letters or more",
        "badge": "",
        "pin": "",
    }
    answer = client.open(path_of(route, checked.id), method=method, data=form if method == "POST" else None)
    assert answer.status_code in ((204,) if route.endswith("/leave") else (400, 404, 422)), answer.text[:300]
    assert "970" not in answer.text
    assert "cyclophosphamide" not in answer.text
    assert checked.p.version == before


@pytest.mark.parametrize("how", ["no token", "another's token"])
def test_q48_no_change_is_made_without_one_s_own_token(door: Door, checked: Making, how: str) -> None:
    door.pharmacy.app.config["WTF_CSRF_ENABLED"] = True
    stranger = door.client(LEE, "/me")
    page = stranger.get("/me").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    headers = {"X-CSRFToken": token} if how != "no token" else {}
    for route, method, who in table():
        if method != "GET":
            role = next((role for role in ACTORS if role in who.split()), "technician")
            client = door.client(ACTORS[role], route)
            answer = client.open(path_of(route, checked.id), method=method, headers=headers, buffered=True)
            wanted = (
                401 if route.startswith(("/fhir", "/api/")) else 400
            )  # no cookie and no page's token counts for another system
            assert answer.status_code == wanted, (route, answer.status_code)


def test_q48_no_get_changes_a_preparation(door: Door, checked: Making) -> None:
    before = checked.p
    for route, method, who in table():
        if method == "GET":
            role = next((role for role in ACTORS if role in who.split()), "technician")
            door.ask(ACTORS[role], route, method, checked.id)
    assert checked.p == before


def test_q49_every_answer_carries_the_policy(door: Door, checked: Making) -> None:
    for number, (route, method, _) in enumerate(table()):
        headers = door.ask(PAM if number % 4 else None, route, method, checked.id).headers
        assert headers["Content-Security-Policy"] == CSP, route
        assert headers["X-Content-Type-Options"] == "nosniff", route
        assert headers["Referrer-Policy"] == "no-referrer", route
        assert route.startswith("/static") or headers["Cache-Control"] == "no-store", route


def test_q52_whatever_breaks_says_a_number_and_nothing_of_the_inside(door: Door, checked: Making) -> None:
    secret = "SELECT name FROM order_text -- Marta Example"
    app = door.pharmacy.app

    def breaks(**_: object) -> None:
        raise RuntimeError(secret)

    for endpoint, view in list(app.view_functions.items()):
        broken = replace_view(breaks, view)
        app.view_functions[endpoint] = broken
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for route, method, who in table():
        if route.startswith("/static"):
            continue
        role = next((role for role in ACTORS if role in who.split()), "technician")
        answer = door.ask(ACTORS[role], route, method, checked.id)
        assert answer.status_code == 500, (route, answer.status_code)
        said = re.sub(r'name="csrf[-_]token" (content|value)="[^"]*"', "", answer.text)  # random letters
        for word in ("Marta", "SELECT", "Traceback", "RuntimeError", ".py", "3.11"):
            assert word not in said, (route, word)


def replace_view(breaks: Callable[..., None], view: Callable[..., object]) -> Callable[..., None]:
    """A view that raises and keeps the right of the one it stands for."""

    def broken(**values: object) -> None:
        breaks(**values)

    broken.__right__ = view.__right__ if hasattr(view, "__right__") else None  # type: ignore[attr-defined]  # as rights mark it
    return broken


def test_q53_a_real_pharmacy_has_the_same_doors_and_no_other(make_pharmacy: Callable[..., Pharmacy]) -> None:
    real = make_pharmacy(demo=False)
    assert rows(real.app) == table()
    assert not real.app.debug
    assert not [
        route for route, _, _ in table() if any(word in route for word in ("debug", "test", "shell", "console"))
    ]
    assert replace(IVO).roles == ("informatics",)
