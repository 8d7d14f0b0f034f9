"""Emergency access over HTTP: Quin opens it at HOOD-1, everybody is told, Lee reviews it, the record says it (Q30)."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from unittest.mock import patch
from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.people import accounts, emergency, history
from app.people.actors import actor
from app.people.emergency import Access
from app.web import visit as visits
from app.web.station.emergency import REASONS
from tests.people.cast import ADA, ANN, BO, LEE, PAM, QUIN, UNA, Member
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_desk, sign_in_station, token_of

PATH = "/terminal/HOOD-1/emergency"
ILL = {"reason": "technician taken ill", "words": "Ann fainted", "pin": QUIN.pin}
SAID = "technician taken ill: Ann fainted"


@pytest.fixture
def quin(pharmacy: Pharmacy) -> FlaskClient:
    return at_station(pharmacy, QUIN)


def at_station(pharmacy: Pharmacy, member: Member) -> FlaskClient:
    client = pharmacy.client()
    assert sign_in_station(client, member).status_code == 302
    return client


def desk(pharmacy: Pharmacy, member: Member) -> FlaskClient:
    client = pharmacy.client()
    assert sign_in_desk(client, member).status_code == 302
    return client


def ask(client: FlaskClient, path: str = PATH, page: str = "/me", **form: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client.get(page)), **form})


def take_over(client: FlaskClient, bag: Making) -> TestResponse:
    path = f"/terminal/HOOD-1/p/{bag.id}/take-over"
    page = client.get(path).text
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ENVELOPE}  # type: ignore[index]  # they are there
    return client.post(path, data={**form, "alone": "yes"})


ENVELOPE = ("csrf_token", "command_id", "expected_version")


def accesses(pharmacy: Pharmacy) -> tuple[Access, ...]:
    with pharmacy.house.store.reading() as conn:
        return emergency.newest(conn)


def test_q30_a_pharmacist_finishes_what_runs_and_the_story_says_so(
    pharmacy: Pharmacy, checked: Making, quin: FlaskClient
) -> None:
    assert "NOBODY IS HERE: EMERGENCY ACCESS" in quin.get(f"/terminal/HOOD-1/p/{checked.id}/take-over").text
    refused = take_over(quin, checked)
    assert (refused.status_code, "not a technician" in refused.text) == (422, True)
    assert checked.p.claimed_by == ANN.id
    opened = ask(quin, **ILL, preparation=checked.id)
    assert (opened.status_code, opened.location) == (302, f"/terminal/HOOD-1/p/{checked.id}")
    assert "TAKE OVER ALONE: EMERGENCY ACCESS" in quin.get(f"/terminal/HOOD-1/p/{checked.id}/take-over").text
    assert take_over(quin, checked).status_code == 302
    assert checked.p.claimed_by == QUIN.id
    page = unescape(desk(pharmacy, PAM).get(f"/record/{checked.id}").text)
    assert "Taken over in EMERGENCY ACCESS by Quin S. at station HOOD-1" in page
    assert "Quin S. works in EMERGENCY ACCESS" in page
    assert page.count(SAID) >= 2


def test_q30_it_needs_a_reason_and_the_person_s_own_pin(pharmacy: Pharmacy, quin: FlaskClient) -> None:
    for form, says in (
        ({"pin": QUIN.pin}, "Choose why you need it."),
        ({"reason": "something else", "words": "because", "pin": QUIN.pin}, "Write why, in 10 letters or more."),
        (ILL | {"pin": PAM.pin}, "This is not your PIN."),
        (ILL | {"pin": ""}, "This is not your PIN."),
    ):
        answer = ask(quin, **form)
        assert (answer.status_code, says in unescape(answer.text)) == (422, True), form
        assert "reason" not in form or f'value="{form.get("words", "")}"' in answer.text
    assert accesses(pharmacy) == ()


def test_the_script_of_the_pin_keys_comes_with_the_pin_keys_alone(quin: FlaskClient) -> None:
    """On the page of reasons it would stop: there is no form for it."""
    for page, keys in ((PATH, False), (f"{PATH}?reason={quote(REASONS[0])}", True)):
        text = quin.get(page).text
        assert ('id="urgent"' in text, "js/urgent.js" in text) == (keys, keys)


def test_q39_guessing_at_the_pin_locks(pharmacy: Pharmacy, quin: FlaskClient) -> None:
    for _ in range(5):
        ask(quin, **(ILL | {"pin": "000000"}))
    assert "Too many wrong tries" in ask(quin, **ILL).text
    assert accesses(pharmacy) == ()


def test_q30_it_counts_at_its_station_for_its_hour_and_for_its_person_alone(
    pharmacy: Pharmacy, quin: FlaskClient
) -> None:
    ask(quin, **ILL)
    (found,) = accesses(pharmacy)
    assert (found.until - found.opened, found.reason, found.station) == (timedelta(hours=1), SAID, "HOOD-1")
    settings, last = pharmacy.house.settings, found.until - timedelta(seconds=1)
    with pharmacy.house.store.reading() as conn:
        here = [
            actor(conn, QUIN.id, settings, at, "HOOD-1").in_emergency(at) for at in (found.opened, last, found.until)
        ]
        others = [
            actor(conn, who.id, settings, last, station).in_emergency(last)
            for who, station in ((QUIN, "HOOD-2"), (QUIN, ""), (PAM, "HOOD-1"))
        ]
    assert (here, others) == ([True, True, False], [False, False, False])
    assert "You have emergency access here already" in unescape(ask(quin, **ILL).text)


def test_q30_everybody_who_is_signed_in_is_told_at_once_on_every_page_and_by_what_pages_ask(
    pharmacy: Pharmacy, quin: FlaskClient
) -> None:
    pam, tablet = desk(pharmacy, PAM), at_station(pharmacy, BO)
    assert pam.get("/review/rows").headers["X-Emergency"] == ""
    ask(quin, **ILL)
    alarm = f"Quin S. at HOOD-1, .* to .*: {re.escape(SAID)}\\."
    for client, path in ((pam, "/review"), (desk(pharmacy, ADA), "/people"), (tablet, "/terminal/HOOD-1/worklist")):
        strip = re.search(r'id="emergency-notice" role="alert"([^>]*)>(.*?)</div>', client.get(path).text)
        assert strip is not None
        assert ("hidden" in strip[1], bool(re.search(alarm, strip[2]))) == (False, True), path
    assert re.search(alarm, unquote(pam.get("/review/rows").headers["X-Emergency"]))
    assert "Ann fainted" not in pharmacy.client().get("/sign-in").text
    later = now() + timedelta(minutes=61)
    with patch.object(visits, "now", lambda: later):
        assert desk(pharmacy, PAM).get("/review/rows").headers["X-Emergency"] == ""


def test_q30_it_is_ended_at_its_station_or_from_a_desk(pharmacy: Pharmacy, quin: FlaskClient) -> None:
    ask(quin, **ILL)
    assert "You have emergency access here until" in quin.get(PATH).text
    assert ask(quin, f"{PATH}/end").status_code == 302
    ask(quin, **ILL)
    second = next(one for one in accesses(pharmacy) if one.ended is None)
    una = desk(pharmacy, UNA)
    assert una.post(f"/emergency/{second.id}/end", data={"csrf_token": token_of(una.get("/me"))}).status_code == 303
    assert all(one.ended is not None for one in accesses(pharmacy))
    again = una.post(f"/emergency/{second.id}/end", data={"csrf_token": token_of(una.get("/me"))})
    assert (again.status_code, "over already" in again.text) == (422, True)


def test_q30_somebody_else_reviews_it_once_when_it_is_over(pharmacy: Pharmacy, quin: FlaskClient) -> None:
    ask(quin, **ILL)
    (found,) = accesses(pharmacy)
    lee, path = desk(pharmacy, LEE), f"/emergency/{found.id}/review"

    def review(client: FlaskClient, words: str) -> TestResponse:
        return client.post(path, data={"csrf_token": token_of(client.get("/me")), "finding": words})

    assert "It is still open" in review(lee, "bag finished, needed").text
    ask(quin, f"{PATH}/end")
    assert "to be reviewed" in lee.get("/emergency").text
    assert "in 10 letters or more" in review(lee, "fine").text
    assert review(desk(pharmacy, PAM), "bag finished, needed").status_code == 403
    assert review(lee, "bag finished, needed").status_code == 303
    assert "reviewed already" in review(lee, "bag finished, needed").text
    assert "bag finished, needed" in desk(pharmacy, PAM).get("/emergency").text
    with pharmacy.house.store.reading() as conn:
        kinds = [line.what for line in history.of(conn, QUIN.id, most=3)]
    assert kinds == ["emergency_reviewed", "emergency_ended", "emergency_opened"]


def test_q30_nobody_reviews_their_own(pharmacy: Pharmacy) -> None:
    lee = at_station(pharmacy, LEE)
    ask(lee, **(ILL | {"pin": LEE.pin}))
    ask(lee, f"{PATH}/end")
    (found,) = accesses(pharmacy)
    client = desk(pharmacy, LEE)
    form = {"csrf_token": token_of(client.get("/me")), "finding": "it was all fine"}
    refused = client.post(f"/emergency/{found.id}/review", data=form)
    assert (refused.status_code, "Nobody reviews their own" in refused.text) == (422, True)


def test_whoever_left_has_no_emergency_access(pharmacy: Pharmacy, quin: FlaskClient) -> None:
    ask(quin, **ILL)
    pharmacy.house.door.write(lambda act: accounts.leave(act, QUIN.id, why="left today"), by=ADA.id, at=now())
    with pharmacy.house.store.reading() as conn:
        assert actor(conn, QUIN.id, pharmacy.house.settings, now(), "HOOD-1").emergency is None
