"""A record of an earlier release is brought up to date with every row it had, or is left as it was."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from app import preparations
from app.clock import now
from app.people import accounts
from app.people.history import Act
from app.record import sqlite, upgrade, views
from app.record.engine import open_store
from app.record.sqlite import CannotOpen
from app.record.verify import verify
from app.settings import Settings
from tests.people.cast import ANN

OLD = Path(__file__).parent.parent / "records" / "v0" / "pharmacy"
"""A small pharmacy as release 0.1.0 kept it at migration 0007: people, shelf, one verified order, two wrong PINs."""


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """That pharmacy's data folder."""
    settings = Settings(data_dir=tmp_path / "data", demo=True)  # type: ignore[call-arg]  # the rest has defaults
    shutil.copytree(OLD / "photos", settings.photos)
    with closing(sqlite.raw_connection(settings.data_dir / "vialtrace.db", mode="rwc")) as raw:
        raw.executescript((OLD / "vialtrace.sql").read_text("utf-8"))
    return settings


def file_of(settings: Settings) -> Path:
    return settings.data_dir / "vialtrace.db"


def counted(path: Path) -> dict[str, int]:
    """How many rows each table has, but for the heads that a migration adds."""
    with closing(sqlite.raw_connection(path)) as raw:
        names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        left_out = {"alembic_version", "running_head"}
        return {one: raw.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in names if one not in left_out}


def test_the_migrations_are_named_as_their_chain_numbers_them() -> None:
    chain = ScriptDirectory.from_config(upgrade.configuration())
    assert upgrade.known() == tuple(one.revision for one in chain.walk_revisions())
    assert chain.get_heads() == [upgrade.newest()]


def test_q74_an_older_record_is_not_served_before_it_was_upgraded(old: Settings) -> None:
    with pytest.raises(CannotOpen, match=r"at migration 0007_used_once, not .*`vialtrace db upgrade`"):
        open_store(old)
    assert verify(file_of(old), old.photos).faults[0].kind == "schema"


def test_q11_an_older_record_is_upgraded_with_every_row_and_verifies(old: Settings) -> None:
    before = counted(file_of(old))
    assert upgrade.upgrade(file_of(old)) == ("0007_used_once", upgrade.newest())
    assert {name: count for name, count in counted(file_of(old)).items() if name in before} == before
    assert verify(file_of(old), old.photos, lists=preparations.view_faults).faults == ()
    with closing(open_store(old)) as store, store.reading() as conn:
        made = preparations.load(conn, preparations.views.preparations(conn)[0].id)
        assert made is not None
        assert made.order.drug == "cyclophosphamide"
        assert accounts.by_user(conn, "ann") == accounts.by_id(conn, ANN.id)


def test_r16_a_vial_used_in_small_letters_before_the_upgrade_is_used_in_capitals_after_it(old: Settings) -> None:
    with upgrade.offline(file_of(old)) as conn, conn.begin():
        command.upgrade(upgrade.configuration(conn), "0029_open_vials")
        for thing, of in (("G/ab12/x9", "P1"), ("G/ab13/x1", "P1"), ("G/AB13/X1", "P2"), ("photo/ab", "P1")):
            conn.exec_driver_sql("INSERT INTO used_once (thing, preparation) VALUES (?, ?)", (thing, of))
        for unit, of, number in (("G/ab14/b", "P3", 60), ("G/AB14/B", "P3", 30), ("G/ab14/b", "P4", 10)):
            conn.exec_driver_sql("INSERT INTO stock_taken VALUES (?, ?, ?)", (unit, of, number))
    upgrade.upgrade(file_of(old))
    with closing(open_store(old)) as store, store.reading() as conn:
        assert views.user_of(conn, "G/AB12/X9") == "P1"
        assert views.user_of(conn, "G/AB13/X1") in ("P1", "P2")
        assert views.user_of(conn, "photo/ab") == "P1"
        assert (views.taken_by(conn, "P3"), views.taken_from(conn, "G/AB14/B")) == ({"G/AB14/B": 90}, 100)


def test_r56_the_lots_of_a_trial_received_before_the_upgrade_are_known_after_it(old: Settings) -> None:
    said = '{"held":{"drug":"Doxorubicin"},"lot":" t 100"}'
    with upgrade.offline(file_of(old)) as conn, conn.begin():
        command.upgrade(upgrade.configuration(conn), "0038_credentials")
        for seq, what in ((1, "received"), (2, "received"), (3, "destroyed")):
            row = (
                seq,
                "MAIN",
                "S-2301",
                "it",
                f"U{seq}",
                what,
                said,
                "2026-01-01T00:00:00.000000Z",
                "A",
                "B",
                b"0" * 32,
            )
            conn.exec_driver_sql(f"INSERT INTO trial_line VALUES ({', '.join('?' * 11)})", row)
        command.upgrade(upgrade.configuration(conn), "head")
        kept = conn.exec_driver_sql("SELECT site, protocol, drug, lot FROM trial_lot").all()
    assert [tuple(one) for one in kept] == [("MAIN", "S-2301", "doxorubicin", "t100")]


def test_r16_a_unit_that_the_log_names_in_small_letters_is_one_with_the_same_in_capitals(old: Settings) -> None:
    upgrade.upgrade(file_of(old))
    with closing(open_store(old)) as store:
        store.write(lambda conn: views.keep_used(conn, "P1", frozenset({"G/ab12/x9", "photo/ab"})))
        store.write(lambda conn: views.keep_used(conn, "P2", frozenset({"G/AB12/X9", "photo/cd"})))
        store.write(lambda conn: views.keep_taken(conn, "P3", {"G/ab14/b": 60}))
        with store.reading() as conn:
            users = [views.user_of(conn, one) for one in ("G/AB12/X9", "G/ab12/x9", "photo/ab", "photo/AB", "photo/cd")]
            assert users == ["P1", "P1", "P1", None, "P2"]
            assert views.taken_from(conn, "G/AB14/B") == views.taken_from(conn, "G/ab14/b") == 60


def test_a_user_name_of_before_the_upgrade_is_not_given_out_again(old: Settings) -> None:
    upgrade.upgrade(file_of(old))
    with closing(open_store(old)) as store, pytest.raises(accounts.NotDoneError, match="never given out again"):
        store.write(lambda conn: accounts.give_user_name(Act(conn, old, "ada", now()), "pam", "ANN"))


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE person_history SET body = '{}' WHERE seq = 5", 5),
        ("DELETE FROM person_history WHERE seq = 5", 5),
        ("UPDATE person_history SET digest = 'x' WHERE seq = 73", 73),
    ],
)
def test_a_history_of_people_that_was_changed_is_not_chained_anew(old: Settings, sql: str, line: int) -> None:
    with closing(sqlite.raw_connection(file_of(old))) as raw:
        raw.executescript(f"DROP TRIGGER person_history_no_update; DROP TRIGGER person_history_no_delete; {sql}")
    before = counted(file_of(old))
    with pytest.raises(CannotOpen, match=rf"line {line} of the history of people is not what was written"):
        upgrade.upgrade(file_of(old))
    assert counted(file_of(old)) == before
    with pytest.raises(CannotOpen, match="at migration 0007_used_once"):
        open_store(old)
