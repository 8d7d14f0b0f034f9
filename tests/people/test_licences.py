"""A licence counts where it covers the site's state, until it lapses (R25, Q27); who waives a lapsed competency (R44)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.people import accounts, competencies, history
from app.people.accounts import NotDoneError
from app.people.actors import actor
from app.people.door import Door
from app.settings import Settings
from tests.people.cast import ADA, ANN, BO, PAM, QUIN, START, UNA

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WHY = "assessor is away until Monday"


def in_state(door: Door, state: str) -> Settings:
    return door.settings.model_copy(update={"site_state": state})


def test_r25_a_licence_counts_only_where_it_covers_and_the_words_say_so(door: Door) -> None:
    with door.store.reading() as conn:
        pam = {state: actor(conn, PAM.id, in_state(door, state), START) for state in ("", "IL", "WI", "TX")}
    assert {state: who.licence for state, who in pam.items()} == {
        "": "RPH-1001",
        "IL": "RPH-1001",
        "WI": "RPH-1001",
        "TX": "",
    }
    assert pam["TX"].no_licence.startswith("Pam Q.'s licence RPH-1001 covers IL, WI, not TX, where this pharmacy is.")
    assert pam["IL"].no_licence == ""


def test_q27_a_lapsed_licence_is_none_from_its_last_moment_on(door: Door) -> None:
    end = START + DAY
    renew = ("RPH-1001", ("IL",), end)
    door.write(lambda act: accounts.change_licence(act, PAM.id, *renew, why="renewed"), by=ADA.id, at=START)
    with door.store.reading() as conn:
        before = actor(conn, PAM.id, door.settings, end - timedelta(microseconds=1))
        after = actor(conn, PAM.id, door.settings, end)
    assert (before.licence, after.licence) == ("RPH-1001", "")
    assert "lapsed on 2026-11-24" in after.no_licence


def test_q27_a_pharmacist_without_a_licence_is_told_so(door: Door) -> None:
    door.write(lambda act: accounts.change_licence(act, PAM.id, "", (), None, why="given back"), by=ADA.id, at=START)
    with door.store.reading() as conn:
        assert actor(conn, PAM.id, door.settings, START).no_licence.startswith(
            "Pam Q. has no licence on record. Another"
        )
        assert actor(conn, ANN.id, door.settings, START).no_licence == ""


def test_q8_a_change_of_licence_is_an_event_with_old_and_new(door: Door) -> None:
    renew = ("RPH-2001", ("WI", "IL"), START + DAY)
    door.write(lambda act: accounts.change_licence(act, PAM.id, *renew, why="new number"), by=ADA.id, at=START)
    with door.store.reading() as conn:
        line = history.of(conn, PAM.id)[0]
    assert (line.what, line.by, line.data) == (
        "licence_changed",
        ADA.id,
        {
            "old": {"number": "RPH-1001", "states": ["IL", "WI"], "until": ""},
            "new": {"number": "RPH-2001", "states": ["IL", "WI"], "until": "2026-11-24T09:00:00+00:00"},
            "why": "new number",
        },
    )


def test_nobody_enters_their_own_licence(door: Door) -> None:
    with pytest.raises(NotDoneError, match="their own rights"):
        door.write(
            lambda act: accounts.change_licence(act, PAM.id, "X", ("TX",), None, why="I moved"), by=PAM.id, at=START
        )


def test_q25_a_licence_is_one_persons_so_a_second_account_stays_the_same_person(door: Door) -> None:
    """Pam cannot be taken on once more, to check under another name what she made under this one."""

    def again(act: history.Act) -> None:
        accounts.take_on(
            act,
            id="PAM00009",
            user="pam2",
            name="P. Q.",
            roles=["technician"],
            licence="RPH-1001",
            identity_checked_by="HR",
        )

    with pytest.raises(NotDoneError, match=r"Licence RPH-1001 is Pam Q\.'s"):
        door.write(again, by=ADA.id, at=START)
    door.write(lambda act: accounts.give_user_name(act, PAM.id, "Pam.Tech"), by=ADA.id, at=START)
    with door.store.reading() as conn:
        both = (accounts.by_user(conn, "pam"), accounts.by_user(conn, "PAM.TECH"))
        assert [who.id for who in both if who] == [PAM.id, PAM.id]
        assert accounts.user_names(conn, PAM.id) == ("pam", "Pam.Tech")
        assert [who.id for who in accounts.everybody(conn)].count(PAM.id) == 1
        assert actor(conn, PAM.id, door.settings, START).id == PAM.id


# competencies


@pytest.fixture
def lapsed(door: Door) -> Door:
    """Ann's GRAV lapsed yesterday."""
    yesterday = {"GRAV": START - DAY}
    door.write(lambda act: competencies.certify(act, ANN.id, yesterday, assessor=UNA.id), by=ADA.id, at=START)
    return door


def waive(
    door: Door,
    *,
    by: str = UNA.id,
    code: str = "GRAV",
    lasts: timedelta = 8 * HOUR,
    reason: str = WHY,
    at: datetime = START,
) -> competencies.Waiver:
    return door.write(lambda act: competencies.waive(act, ANN.id, code, lasts=lasts, reason=reason), by=by, at=at)


def holds(door: Door, at: datetime) -> bool:
    with door.store.reading() as conn:
        return actor(conn, ANN.id, door.settings, at).holds("GRAV", at)


def test_r44_a_waiver_counts_for_its_hours_and_no_longer(lapsed: Door) -> None:
    assert not holds(lapsed, START)
    waive(lapsed)
    assert holds(lapsed, START + 8 * HOUR - timedelta(seconds=1))
    assert not holds(lapsed, START + 8 * HOUR)
    with lapsed.store.reading() as conn:
        line = history.of(conn, ANN.id)[0]
    assert (line.what, line.by, line.data["code"], line.data["why"]) == ("competency_waived", UNA.id, "GRAV", WHY)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"by": ADA.id}, "Only quality assurance"),
        ({"by": PAM.id}, "Only quality assurance"),
        ({"lasts": timedelta(hours=24, seconds=1)}, "from one to 24 hours"),
        ({"lasts": timedelta()}, "from one to 24 hours"),
        ({"reason": "  short  "}, "at least 10 letters"),
        ({"code": "PUMP-CADD"}, "never assessed"),
        ({"code": "CALC"}, "has not lapsed"),
    ],
)
def test_r44_what_is_no_waiver(lapsed: Door, given: dict[str, object], says: str) -> None:
    with pytest.raises(NotDoneError, match=says):
        waive(lapsed, **given)  # type: ignore[arg-type]  # by name
    assert not holds(lapsed, START)


def test_r44_nobody_waives_their_own(door: Door) -> None:
    yesterday = {"GRAV": START - DAY}
    door.write(lambda act: competencies.certify(act, UNA.id, yesterday, assessor=QUIN.id), by=ADA.id, at=START)
    with pytest.raises(NotDoneError, match="their own competency"):
        door.write(lambda act: competencies.waive(act, UNA.id, "GRAV", lasts=HOUR, reason=WHY), by=UNA.id, at=START)


def test_a_renewed_competency_counts_beside_an_old_waiver(lapsed: Door) -> None:
    waive(lapsed)
    renewed = {"GRAV": START + 300 * DAY}
    lapsed.write(lambda act: competencies.certify(act, ANN.id, renewed, assessor=BO.id), by=ADA.id, at=START)
    assert holds(lapsed, START + 299 * DAY)
