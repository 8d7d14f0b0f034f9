"""Locks and sessions at the desk: Ada and Lee open locks and sign people out; nobody opens their own."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.people import entry, history, sessions
from app.people.sessions import Session
from tests.people.cast import ADA, ANN, BO, LEE, PAM, UNA, Member
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import at_desk, post


@pytest.fixture
def ada(pharmacy: Pharmacy) -> FlaskClient:
    return at_desk(pharmacy, ADA)


def lock_out(pharmacy: Pharmacy, member: Member) -> None:
    for n in range(5):
        entry.with_badge(pharmacy.house.door, member.badge, "000000", station=f"HOOD-{n}", at=now())


def sessions_of(pharmacy: Pharmacy, member: Member) -> tuple[Session, ...]:
    with pharmacy.house.store.reading() as conn:
        return sessions.living(conn, since=now().replace(year=2020), person_id=member.id)


def test_q39_a_lead_opens_a_lock_with_a_reason_and_the_person_comes_in(pharmacy: Pharmacy) -> None:
    lock_out(pharmacy, ANN)
    assert sign_in_station(pharmacy.client(), ANN).status_code == 429
    lee, subject = at_desk(pharmacy, LEE), f"person:{ANN.id}"
    page = lee.get("/locks").text
    assert f"<b>{ANN.name}</b>" in page
    assert "Open this lock" in page
    refused = post(lee, "/locks/open", subject=subject, why=" ")
    assert (refused.status_code, "Give a reason" in refused.text) == (422, True)
    assert post(lee, "/locks/open", subject=subject, why="stands before me").status_code == 303
    assert sign_in_station(pharmacy.client(), ANN).status_code == 302
    again = post(lee, "/locks/open", subject=subject, why="stands before me")
    assert (again.status_code, "This lock is open already." in again.text) == (422, True)
    with pharmacy.house.store.reading() as conn:
        newest = next(line for line in history.of(conn, ANN.id) if line.what == "lock_opened")
    assert (newest.by, newest.data["why"]) == (LEE.id, "stands before me")


def test_q39_nobody_opens_their_own_lock(pharmacy: Pharmacy) -> None:
    lee = at_desk(pharmacy, LEE)
    lock_out(pharmacy, LEE)
    assert "Your own lock" in lee.get("/locks").text
    refused = post(lee, "/locks/open", subject=f"person:{LEE.id}", why="it is only me")
    assert (refused.status_code, "Nobody opens their own lock" in refused.text) == (422, True)


def test_a_locked_station_is_named_as_one(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    for member in (ANN, BO, LEE, PAM, ANN):
        entry.with_badge(pharmacy.house.door, member.badge, "000000", station="HOOD-1", at=now())
    assert "<b>Station HOOD-1</b>" in ada.get("/locks").text
    assert post(ada, "/locks/open", subject="station:HOOD-1", why="keys were stuck").status_code == 303
    assert "<b>Station HOOD-1</b>" not in ada.get("/locks").text


def test_q8_every_open_session_is_listed_and_ended_from_elsewhere_with_a_reason(
    pharmacy: Pharmacy, ada: FlaskClient
) -> None:
    tablet, pam = pharmacy.client(), at_desk(pharmacy, PAM)
    assert sign_in_station(tablet, ANN).status_code == 302
    page = ada.get("/locks").text
    assert all(f"<b>{member.name}</b>" in page for member in (ANN, PAM, ADA))
    assert "this is you, here" in page
    (session,) = sessions_of(pharmacy, ANN)
    path = f"/locks/sessions/{session.id}/end"
    refused = post(ada, path, why="x")
    assert (refused.status_code, "Give a reason" in refused.text, 'value="x"' in refused.text) == (422, True, True)
    assert sessions_of(pharmacy, ANN) == (session,)
    assert post(ada, path, why="left the room").status_code == 303
    assert sessions_of(pharmacy, ANN) == ()
    assert tablet.get("/terminal/HOOD-1/worklist").status_code == 302
    assert pam.get("/me").status_code == 200
    again = post(ada, path, why="left the room")
    assert (again.status_code, "has ended already" in again.text) == (422, True)
    with pharmacy.house.store.reading() as conn:
        newest = next(line for line in history.of(conn, ANN.id) if line.what == "signed_out_remotely")
    assert (newest.by, newest.data["why"], newest.data["at_station"]) == (ADA.id, "left the room", "HOOD-1")


def test_a_reset_that_waits_for_its_second_half_is_on_the_list(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    assert post(ada, f"/people/{BO.id}/reset/pin", why="forgotten").status_code == 200
    page = at_desk(pharmacy, LEE).get("/locks").text
    assert f'<a href="/people/{BO.id}">{BO.name}</a>' in page
    assert f"PIN, reset by {ADA.name}" in page


@pytest.mark.parametrize("member", [ANN, PAM, UNA])
def test_q45_others_see_no_locks_but_their_own_sessions(pharmacy: Pharmacy, member: Member) -> None:
    client = at_desk(pharmacy, member)
    assert client.get("/locks").status_code == 403
    assert "/locks" not in client.get("/me").text
    assert "Where you are signed in" in client.get("/me").text
