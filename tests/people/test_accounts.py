from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Text, delete, insert, update
from sqlalchemy.exc import DatabaseError

from app.people import accounts, badges, competencies, entry, history, sessions
from app.people.accounts import NotDoneError
from app.people.actors import actor
from app.people.door import Door
from app.people.entry import Entered
from app.people.history import Act
from app.people.tables import ROLES, attempt, person_history, user_name
from app.record import log
from app.record.engine import Store
from tests.people.cast import ADA, ANN, PAM, START, UNA


def ada_does(door: Door, work: Callable[[Act], None], at: datetime = START) -> None:
    door.write(work, by=ADA.id, at=at)


def take_on(act: Act, **given: object) -> None:
    fields: dict[str, object] = {"id": "ZED00009", "user": "zed", "name": "Zed", "roles": ["technician"], **given}
    accounts.take_on(act, **fields)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("again", ["ann", "ANN", " Ann ", "ａｎｎ", "ANN\u00a0"])
def test_q22_a_user_name_is_never_given_out_again(door: Door, again: str) -> None:
    ada_does(door, lambda act: accounts.leave(act, ANN.id, why="moved away"))
    with pytest.raises(NotDoneError, match="never given out again"):
        ada_does(door, lambda act: take_on(act, user=again))
    with door.store.reading() as conn:
        assert [p.id for p in accounts.everybody(conn) if p.id == "ZED00009"] == []


@pytest.mark.parametrize(
    ("user", "folded"), [("Straße", "strasse"), ("ﬁona", "fiona"), ("İPEK", "i̇pek"), ("Ångström", "ångström")]
)
def test_q22_names_are_compared_folded(user: str, folded: str) -> None:
    assert accounts.folded(user) == accounts.folded(folded) == accounts.folded(accounts.folded(user))


def test_q24_a_signing_role_needs_a_checked_identity(door: Door) -> None:
    with pytest.raises(NotDoneError, match="identity"):
        ada_does(door, lambda act: take_on(act, roles=["pharmacist"], identity_checked_by=" "))
    ada_does(door, lambda act: take_on(act, roles=["pharmacist"], identity_checked_by="HR, passport"))
    with door.store.reading() as conn:
        assert accounts.by_id(conn, "ZED00009").roles == {"pharmacist"}


def test_unknown_roles_and_none_are_refused(door: Door) -> None:
    for roles in (["surgeon"], []):
        with pytest.raises(NotDoneError):
            ada_does(door, lambda act, roles=roles: take_on(act, roles=roles))


def test_nobody_changes_their_own_rights(door: Door) -> None:
    with pytest.raises(NotDoneError, match="their own rights"):
        ada_does(door, lambda act: accounts.change_roles(act, ADA.id, ROLES, why="because I can"))


def test_a_change_needs_a_reason(door: Door) -> None:
    for why in ("", "   ", "ok"):
        with pytest.raises(NotDoneError, match="reason"):
            ada_does(door, lambda act, why=why: accounts.change_roles(act, ANN.id, ["qa"], why=why))


@pytest.mark.parametrize("act", ["roles", "leave", "badge", "pin"])
def test_q37_an_open_session_dies_when_its_grounds_change(door: Door, act: str) -> None:
    entered = entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START)
    assert isinstance(entered, Entered)
    later = START + timedelta(minutes=1)
    if act == "roles":
        ada_does(
            door,
            lambda act: accounts.change_roles(act, ANN.id, ["technician", "lead_technician"], why="new post"),
            later,
        )
    elif act == "leave":
        ada_does(door, lambda act: accounts.leave(act, ANN.id, why="moved away"), later)
    elif act == "badge":
        ada_does(door, lambda act: badges.revoke(act, ANN.id, why="lost on the bus"), later)
    else:
        entry.set_secret(door, ANN.id, "pin", "593028", by=ANN.id, at=later)
    with door.store.reading() as conn:
        session = sessions.find(conn, entered.token)
    assert session is not None
    assert session.ended == later


def test_q42_a_revoked_badge_opens_nothing(door: Door) -> None:
    ada_does(door, lambda act: badges.revoke(act, ANN.id, why="lost on the bus"))
    assert not isinstance(entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START), Entered)
    with pytest.raises(NotDoneError):
        ada_does(door, lambda act: badges.revoke(act, ANN.id, why="lost again"))


def test_a_badge_reads_from_the_symbol_and_from_the_number_below_it() -> None:
    text = badges.badge_text("4M8D0ZRW")
    number = f"B-4M8D-0ZRW-{text[-2]}"
    assert badges.badge_code(text) == badges.badge_code(number) == badges.badge_code(number.lower()) == "4M8D0ZRW"
    assert badges.badge_code(text.replace("B-", "P-")) is None
    assert badges.badge_code(text[:-1]) is None
    assert badges.badge_code("") is None


def test_the_check_character_finds_every_single_wrong_character() -> None:
    text = badges.badge_text("4M8D0ZRW")
    for place in range(6, 14):
        for wrong in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if wrong != text[place]:
                assert badges.badge_code(text[:place] + wrong + text[place + 1 :]) is None


def test_r44_competencies_come_with_their_end_and_nobody_assesses_themselves(door: Door) -> None:
    end = START + timedelta(days=30)
    ada_does(door, lambda act: competencies.certify(act, ANN.id, {"GRAV": end}, assessor=UNA.id))
    with door.store.reading() as conn:
        ann = actor(conn, ANN.id, door.settings, START)
    assert ann.holds("GRAV", end - timedelta(seconds=1))
    assert not ann.holds("GRAV", end)
    assert not ann.holds("PUMP-CADD", START)
    with pytest.raises(NotDoneError):
        ada_does(door, lambda act: competencies.certify(act, ANN.id, {"GRAV": end}, assessor=ANN.id))
    with pytest.raises(NotDoneError):
        door.write(lambda act: competencies.certify(act, ANN.id, {"GRAV": end}, assessor=UNA.id), by=ANN.id, at=START)


def test_whoever_left_has_no_role(door: Door) -> None:
    ada_does(door, lambda act: accounts.leave(act, PAM.id, why="retired today"))
    with door.store.reading() as conn:
        assert actor(conn, PAM.id, door.settings, START).roles == frozenset()


def test_q8_every_change_is_an_event_of_the_site_and_a_line_in_the_persons_file(door: Door) -> None:
    both = ["technician", "lead_technician"]
    ada_does(door, lambda act: accounts.change_roles(act, ANN.id, both, why="promoted"))
    with door.store.reading() as conn:
        newest = history.of(conn, ANN.id)[0]
        stored = log.since(conn, "MAIN", newest.site_seq - 1)[0]
    wanted = {"old": ["technician"], "new": ["lead_technician", "technician"], "why": "promoted"}
    assert (newest.by, newest.what, newest.data) == (ADA.id, "roles_changed", wanted)
    assert (stored.stream, stored.kind, stored.who, stored.at) == ("site/MAIN", "roles_changed", ADA.id, START)
    assert stored.data == {"person": ANN.id, **wanted}


@pytest.mark.parametrize("table", [attempt, person_history, user_name], ids=lambda table: table.name)
def test_what_only_grows_cannot_be_changed_or_deleted(door: Door, table) -> None:  # type: ignore[no-untyped-def]  # a table
    entry.with_badge(door, ANN.badge, "000000", station="HOOD-1", at=START)
    column = next(c for c in table.columns if not c.primary_key and isinstance(c.type, Text))
    for statement in (delete(table), update(table).values({column: "changed"})):
        with pytest.raises(DatabaseError):
            door.store.write(lambda conn, statement=statement: conn.execute(statement))
    with door.store.reading() as conn:
        row = dict(conn.execute(table.select()).first()._mapping)
    with pytest.raises(DatabaseError):
        door.store.write(lambda conn: conn.execute(insert(table).prefix_with("OR REPLACE").values(**row)))


def test_q29_there_is_nobody_before_set_up(store: Store) -> None:
    with store.reading() as conn:
        assert not accounts.anybody(conn)
