from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Text, delete, insert, update
from sqlalchemy.exc import DatabaseError

from app.people import accounts, entry, sessions
from app.people.accounts import NotDoneError
from app.people.actors import actor
from app.people.door import Door
from app.people.entry import Entered
from app.people.tables import ROLES, attempt, person_history, user_name
from app.record.engine import Store
from tests.people.cast import ADA, ANN, BO, PAM, START, UNA


def take_on(conn: Connection, **given: object) -> None:
    fields: dict[str, object] = {
        "id": "ZED00009",
        "user": "zed",
        "name": "Zed",
        "roles": ["technician"],
        "by": ADA.id,
        "at": START,
        **given,
    }
    accounts.take_on(conn, **fields)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("again", ["ann", "ANN", " Ann ", "ａｎｎ", "ANN\u00a0"])
def test_q22_a_user_name_is_never_given_out_again(door: Door, again: str) -> None:
    door.store.write(lambda conn: accounts.leave(conn, ANN.id, why="moved away", by=ADA.id, at=START))
    with pytest.raises(NotDoneError, match="never given out again"):
        door.store.write(lambda conn: take_on(conn, user=again))
    with door.store.reading() as conn:
        assert [p.id for p in accounts.everybody(conn) if p.id == "ZED00009"] == []


@pytest.mark.parametrize(
    ("user", "folded"), [("Straße", "strasse"), ("ﬁona", "fiona"), ("İPEK", "i̇pek"), ("Ångström", "ångström")]
)
def test_q22_names_are_compared_folded(user: str, folded: str) -> None:
    assert accounts.folded(user) == accounts.folded(folded) == accounts.folded(accounts.folded(user))


def test_q24_a_signing_role_needs_a_checked_identity(door: Door) -> None:
    with pytest.raises(NotDoneError, match="identity"):
        door.store.write(lambda conn: take_on(conn, roles=["pharmacist"], identity_checked_by=" "))
    door.store.write(lambda conn: take_on(conn, roles=["pharmacist"], identity_checked_by="HR, passport"))
    with door.store.reading() as conn:
        assert accounts.by_id(conn, "ZED00009").roles == {"pharmacist"}


def test_unknown_roles_and_none_are_refused(door: Door) -> None:
    for roles in (["surgeon"], []):
        with pytest.raises(NotDoneError):
            door.store.write(lambda conn, roles=roles: take_on(conn, roles=roles))


def test_nobody_changes_their_own_rights(door: Door) -> None:
    with pytest.raises(NotDoneError, match="their own rights"):
        door.store.write(
            lambda conn: accounts.change_roles(conn, ADA.id, ROLES, why="because I can", by=ADA.id, at=START)
        )


def test_a_change_needs_a_reason(door: Door) -> None:
    for why in ("", "   ", "ok"):
        with pytest.raises(NotDoneError, match="reason"):
            door.store.write(
                lambda conn, why=why: accounts.change_roles(conn, ANN.id, ["qa"], why=why, by=ADA.id, at=START)
            )


@pytest.mark.parametrize("act", ["roles", "leave", "badge", "pin"])
def test_q37_an_open_session_dies_when_its_grounds_change(door: Door, act: str) -> None:
    entered = entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START)
    assert isinstance(entered, Entered)
    later = START + timedelta(minutes=1)
    if act == "roles":
        door.store.write(lambda conn: accounts.change_roles(conn, ANN.id, ["qa"], why="new post", by=ADA.id, at=later))
    elif act == "leave":
        door.store.write(lambda conn: accounts.leave(conn, ANN.id, why="moved away", by=ADA.id, at=later))
    elif act == "badge":
        door.store.write(lambda conn: accounts.revoke_badge(conn, ANN.id, why="lost on the bus", by=ADA.id, at=later))
    else:
        entry.set_secret(door, ANN.id, "pin", "593028", by=ANN.id, at=later)
    with door.store.reading() as conn:
        session = sessions.find(conn, entered.token)
    assert session is not None
    assert session.ended == later


def test_q42_a_revoked_badge_opens_nothing(door: Door) -> None:
    door.store.write(lambda conn: accounts.revoke_badge(conn, ANN.id, why="lost on the bus", by=ADA.id, at=START))
    assert not isinstance(entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START), Entered)
    with pytest.raises(NotDoneError):
        door.store.write(lambda conn: accounts.revoke_badge(conn, ANN.id, why="lost again", by=ADA.id, at=START))


def test_a_badge_reads_from_the_symbol_and_from_the_number_below_it() -> None:
    text = accounts.badge_text("4M8D0ZRW")
    number = f"B-4M8D-0ZRW-{text[-2]}"
    assert accounts.badge_code(text) == accounts.badge_code(number) == accounts.badge_code(number.lower()) == "4M8D0ZRW"
    assert accounts.badge_code(text.replace("B-", "P-")) is None
    assert accounts.badge_code(text[:-1]) is None
    assert accounts.badge_code("") is None


def test_the_check_character_finds_every_single_wrong_character() -> None:
    text = accounts.badge_text("4M8D0ZRW")
    for place in range(6, 14):
        for wrong in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if wrong != text[place]:
                assert accounts.badge_code(text[:place] + wrong + text[place + 1 :]) is None


def test_r44_competencies_come_with_their_end_and_nobody_assesses_themselves(door: Door) -> None:
    end = START + timedelta(days=30)
    door.store.write(lambda conn: accounts.certify(conn, ANN.id, "GRAV", until=end, assessor=UNA.id, at=START))
    with door.store.reading() as conn:
        ann = actor(conn, ANN.id)
    assert ann.holds("GRAV", end - timedelta(seconds=1))
    assert not ann.holds("GRAV", end)
    assert not ann.holds("PUMP-CADD", START)
    with pytest.raises(NotDoneError):
        door.store.write(lambda conn: accounts.certify(conn, ANN.id, "GRAV", until=end, assessor=ANN.id, at=START))


def test_r25_a_licence_counts_only_where_it_covers(door: Door) -> None:
    with door.store.reading() as conn:
        assert [actor(conn, PAM.id, state).licence for state in (None, "IL", "WI", "TX")] == [
            "RPH-1001",
            "RPH-1001",
            "RPH-1001",
            "",
        ]
        assert actor(conn, BO.id) == actor(conn, BO.id, "IL")


def test_whoever_left_has_no_role(door: Door) -> None:
    door.store.write(lambda conn: accounts.leave(conn, PAM.id, why="retired today", by=ADA.id, at=START))
    with door.store.reading() as conn:
        assert actor(conn, PAM.id).roles == frozenset()


def test_every_change_leaves_a_line_and_the_lines_hang_together(door: Door) -> None:
    door.store.write(
        lambda conn: accounts.change_roles(
            conn, ANN.id, ["technician", "lead_technician"], why="promoted", by=ADA.id, at=START
        )
    )
    with door.store.reading() as conn:
        last = conn.execute(person_history.select().order_by(person_history.c.seq.desc())).first()
    assert last is not None
    assert (last.by, last.person, last.what) == (ADA.id, ANN.id, "roles changed")
    assert last.body == '{"new":["lead_technician","technician"],"old":["technician"],"why":"promoted"}'


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
