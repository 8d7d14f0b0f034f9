"""A licence that has lapsed counts as none, at every door where somebody acts as pharmacist (R25, Q27)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.catalogue import policies
from app.catalogue.hazards import key_of
from app.clock import now
from app.people import accounts
from app.web.rights import right_of
from tests.people.cast import ADA, PAM, UNA, Member, seat
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, token_of
from tests.web.desk import at_desk, post
from tests.web.rights import table
from tests.web.test_formulary import on_the_shelf
from tests.web.test_policy import draft
from tests.web.test_rights import Door

ZOE = Member(
    "Z0E00010",
    "zoe",
    "Zoe B.",
    ("pharmacist", "qa"),
    password="both caps on one peg",
    licence="RPH-1009",
    states=("IL",),
)
BY_ROLE = {
    "/emergency/<access>/end": "it only takes somebody's emergency access away",
    "/expiring/<key>": "a note beside what ends soon, one's own licence too",
    "/exports": "reading",
    "/messages": "reading: a search by what no address may hold",
    "/messages/try": "reading: nothing is kept of it",
    "/orders/<link>/verify": "judged by the rules, as every signature in a preparation",
    "/record/<preparation>/label": "judged by the rules",
    "/record/<preparation>/paper": "judged by the rules",
    "/record/<preparation>/paper/passkey": "judged by the rules",
    "/review/<preparation>/<any(hold, resume, answer, waive):act>": "judged by the rules, for the site where it is made",
    "/review/<preparation>/amend": "judged by the rules, for the site where it is made",
    "/review/<preparation>/claim": "reading: it says who has it open",
    "/review/<preparation>/leave": "reading",
    "/review/<preparation>/passkey": "judged by the rules, for the site where it is made",
    "/review/<preparation>/reject": "judged by the rules, for the site where it is made",
    "/review/<preparation>/sign": "judged by the rules, for the site where it is made",
}
"""What a pharmacist may post at a desk without a licence that counts, and why."""


def lapse(pharmacy: Pharmacy, member: Member) -> None:
    """Let a licence end yesterday."""
    gone = (member.licence, member.states, now() - timedelta(days=1))
    pharmacy.house.door.write(
        lambda act: accounts.change_licence(act, member.id, *gone, why="not renewed"), by=ADA.id, at=now()
    )


def acts() -> list[tuple[str, str]]:
    """Every act at a desk that a pharmacist may do and a technician may not."""
    return [
        (route, method)
        for route, method, who in table()
        if method not in {"GET", "HEAD"} and "pharmacist" in who.split() and "technician" not in who.split()
    ]


def test_q27_a_pharmacist_whose_licence_lapsed_acts_nowhere_and_is_told_what_to_do(
    pharmacy: Pharmacy, checked: Making
) -> None:
    pharmacy.app.config["WTF_CSRF_ENABLED"] = False
    door, wrong = Door(pharmacy), []
    licensed = {path: door.ask(PAM, path, method, checked.id).status_code for path, method in acts()}
    lapse(pharmacy, PAM)
    for route, method in acts():
        answer = door.ask(PAM, route, method, checked.id)
        told = "lapsed on" in answer.text and "enters its renewal" in answer.text
        let_in = licensed[route] != 403
        if not let_in or ((answer.status_code, told) == (403, True)) == (route in BY_ROLE):
            wrong.append((route, licensed[route], answer.status_code))
    assert wrong == []
    assert set(BY_ROLE) <= {route for route, _ in acts()}


def test_q27_every_door_that_asks_the_role_alone_has_its_reason_here(pharmacy: Pharmacy) -> None:
    rules = {
        rule.rule: right_of(pharmacy.app, rule.endpoint)
        for rule in pharmacy.app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }
    found = {route for route, named in rules.items() if named and named.role_alone}
    assert found == set(BY_ROLE)


def test_q27_a_lapsed_pharmacist_of_quality_assurance_signs_as_that_alone(pharmacy: Pharmacy) -> None:
    seat(pharmacy.house.door, now(), (ZOE,))
    lapse(pharmacy, ZOE)
    draft(pharmacy, at_desk(pharmacy))
    with pharmacy.house.store.reading() as conn:
        drafted = policies.open_draft(conn, pharmacy.house.settings.site)
    assert drafted is not None
    given = {"over": drafted.digest, "against": "minutes of May"}
    signed = [
        post(at_desk(pharmacy, who), "/policy/sign", **given, user=who.user, password=who.password)
        for who in (UNA, ZOE)
    ]
    assert [one.status_code for one in signed] == [303, 409]
    assert "One of the two who sign is a pharmacist" in signed[1].text


@pytest.mark.parametrize("path", ["/policy", f"/hazardous-drugs/{key_of('cyclophosphamide', 'injection')}"])
def test_q27_the_page_says_so_in_place_of_the_signature(pharmacy: Pharmacy, path: str) -> None:
    draft(pharmacy, at_desk(pharmacy))
    client = at_desk(pharmacy)
    before = client.get(path).text
    lapse(pharmacy, PAM)
    after = client.get(path).text
    assert ("Signing as" in before, "lapsed on" in before) == (True, False)
    assert ("Signing as" in after, "lapsed on" in after) == (False, True)


REFUSED = (
    ("/policy/sign", {"against": "minutes of May"}),
    ("/formulary/00310019955506/sign", {"against": "the vial"}),
    ("/formulary/00310019955506/recall/withdraw", {"why": "ten letters or more"}),
    ("/pump-library/enter", {"entry": "FU-CONT", "least_mg_ml": "x"}),
)


@pytest.mark.parametrize(("path", "form"), REFUSED, ids=[path for path, _ in REFUSED])
def test_q39_what_a_refused_signature_was_given_with_comes_back_in_no_answer(
    pharmacy: Pharmacy, path: str, form: dict[str, str]
) -> None:
    on_the_shelf(pharmacy)
    draft(pharmacy, at_desk(pharmacy))
    secrets = {"user": PAM.user, "password": "not her password 7", "badge": UNA.badge, "pin": "640182"}
    client = at_desk(pharmacy)
    for headers in ({"Accept": "application/json"}, {"Accept": "text/html"}):
        data = {"csrf_token": token_of(client.get("/me")), "over": "0" * 64, **form, **secrets}
        answer = client.post(path, data=data, headers=headers)
        assert answer.status_code in (409, 422), answer.status_code
        assert [one for one in ("not her password 7", "640182", UNA.badge) if one in answer.text] == []
