"""Credentials: read off a paper by one, verified by a second, and a precondition like a competency (G1, G13, G17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.desk import training
from app.people import competencies, credentials, history
from app.people.accounts import NotDoneError
from app.people.actors import actor
from app.people.credentials import Paper
from app.people.door import Door
from app.people.history import Act
from app.people.tables import credential
from tests.people.cast import ADA, ANN, LEE, START, UNA
from tests.workflows.answers import would
from tests.workflows.example import CABINET, Bench, scan
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.findings import Refused

DAY = timedelta(days=1)
FILE, OTHER_FILE = "ab" * 32, "cd" * 32
REGISTERED = Paper(
    "CRED-REGISTRATION", "049-1234", "Illinois", ("IL",), START - 300 * DAY, START + 40 * DAY, "HR folder 12", FILE
)
CERTIFIED = replace(REGISTERED, code="CRED-CPHT", number="C-77", issuer="PTCB", states=(), until=None)


def enter(door: Door, paper: Paper = REGISTERED, *, by: str = ADA.id) -> str:
    return door.write(lambda act: credentials.enter(act, ANN.id, paper), by=by, at=START)


def verify(door: Door, id: str, *, by: str = UNA.id, digest: str = FILE) -> None:
    door.write(lambda act: credentials.verify(act, ANN.id, id, digest=digest), by=by, at=START)


def ann(door: Door, state: str = "IL", days: int = 0) -> Actor:
    settings = door.settings.model_copy(update={"site_state": state})
    with door.store.reading() as conn:
        return actor(conn, ANN.id, settings, START + days * DAY)


def test_g17_a_registration_counts_once_a_second_person_verified_it_and_until_it_lapses(door: Door) -> None:
    id = enter(door)
    assert not ann(door).holds("CRED-REGISTRATION", START)
    assert dict(ann(door).wanting)["CRED-REGISTRATION"] == (
        "CRED-REGISTRATION (state registration as technician) is entered, and no second person has verified it."
    )
    verify(door, id)
    assert ann(door).holds("CRED-REGISTRATION", START)
    assert ann(door).wanting == ()
    late = ann(door, days=40)
    assert not late.holds("CRED-REGISTRATION", START + 40 * DAY)
    assert "lapsed on 2027-01-02." in dict(late.wanting)["CRED-REGISTRATION"]


def test_g17_a_registration_counts_in_the_states_it_covers(door: Door) -> None:
    verify(door, enter(door))
    assert not ann(door, "WI").holds("CRED-REGISTRATION", START)
    assert dict(ann(door, "WI").wanting)["CRED-REGISTRATION"].endswith("covers IL, not WI.")
    verify(door, enter(door, replace(REGISTERED, states=("WI",), number="W-2")))
    assert ann(door, "WI").holds("CRED-REGISTRATION", START)


def test_g13_a_certificate_without_an_end_or_a_state_counts_everywhere(door: Door) -> None:
    verify(door, enter(door, CERTIFIED))
    assert ann(door, "TX", days=9000).holds("CRED-CPHT", START + 9000 * DAY)


def test_g1_what_is_verified_is_the_file_from_which_it_was_entered(door: Door) -> None:
    id = enter(door)
    for digest in ("", OTHER_FILE):
        with pytest.raises(NotDoneError, match="not the file"):
            verify(door, id, digest=digest)
    verify(door, id)
    with pytest.raises(NotDoneError, match="verified already"):
        verify(door, id, by=LEE.id)


@pytest.mark.parametrize(("by", "says"), [(ADA.id, "Whoever entered it"), (ANN.id, "Nobody changes their own")])
def test_g1_neither_its_owner_nor_whoever_entered_it_verifies_it(door: Door, by: str, says: str) -> None:
    id = enter(door)
    with pytest.raises(NotDoneError, match=says):
        verify(door, id, by=by)
    with pytest.raises(NotDoneError, match="Nobody changes their own"):
        enter(door, by=ANN.id)
    assert not ann(door).holds("CRED-REGISTRATION", START)


def test_g1_the_table_itself_refuses_one_person_in_both_places(door: Door) -> None:
    id = enter(door)
    with pytest.raises(IntegrityError):
        door.store.write(
            lambda conn: conn.execute(update(credential).where(credential.c.id == id).values(verified_by=ADA.id))
        )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"code": "CPHT"}, "begins with CRED-"),
        ({"number": " "}, "Write its number"),
        ({"issued": START + DAY}, "issued in the future"),
        ({"until": START - 301 * DAY}, "ends before"),
        ({"states": ()}, "states that the registration covers"),
        ({"digest": "12"}, "no SHA-256"),
    ],
)
def test_g1_what_cannot_be_is_refused(door: Door, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(NotDoneError, match=says):
        enter(door, replace(REGISTERED, **wrong))


def test_g1_one_taken_back_counts_no_longer_and_stays_on_file_with_every_act(door: Door) -> None:
    id = enter(door)
    verify(door, id)
    door.write(lambda act: credentials.take_back(act, ANN.id, id, why="struck off by the board"), by=ADA.id, at=START)
    assert not ann(door).holds("CRED-REGISTRATION", START)
    with door.store.reading() as conn:
        (kept,) = credentials.of(conn, ANN.id)
        acts = [line.what for line in history.of(conn, ANN.id)][:3]
    assert (kept.ended_why, kept.verified_by) == ("struck off by the board", UNA.id)
    assert acts == ["credential_taken_back", "credential_verified", "credential_entered"]


def test_g13_no_assessment_stands_for_a_credential(door: Door) -> None:
    def assess(act: Act) -> None:
        competencies.certify(act, ANN.id, {"CRED-CPHT": START + DAY}, assessor=LEE.id)

    with pytest.raises(NotDoneError, match="is a credential"):
        door.write(assess, by=ADA.id, at=START)


def test_g26_the_end_of_a_credential_is_called_to_mind_too(door: Door) -> None:
    verify(door, enter(door))
    with door.store.reading() as conn:
        site = door.settings.site
        near = training.reminder(conn, ANN.id, site=site, at=START + 11 * DAY, ahead=30 * DAY)
        early = training.reminder(conn, ANN.id, site=site, at=START + 9 * DAY, ahead=30 * DAY)
    assert (early, near) == ("", "Your credential ends: CRED-REGISTRATION in 29 days. Ask who assesses it here.")


def test_g17_where_the_policy_asks_for_it_a_lapsed_registration_stops_the_step_with_words(door: Door) -> None:
    verify(door, enter(door))
    bench = Bench()
    bench.until_claimed()
    policy = replace(bench.p.policy, competencies=("CRED-REGISTRATION",))
    bench.p = replace(bench.p, policy=policy)
    registered, late = ann(door), ann(door, days=41)
    assert not isinstance(
        would(bench, Submit("cabinet", scan(CABINET)), replace(registered, id=bench.p.claimed_by)), Refused
    )
    stopped = would(bench, Submit("cabinet", scan(CABINET)), replace(late, id=bench.p.claimed_by))
    assert isinstance(stopped, Refused)
    assert stopped.code == "COMPETENCY"
    assert "state registration as technician) lapsed on 2027-01-02" in stopped.says
