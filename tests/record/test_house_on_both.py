"""Looking after the house on both databases: a look, a task in hand, a clock that went back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from app.clock import now
from app.desk import claims
from app.health import checks, facts
from app.people.tables import person
from app.record import clockmark, log
from app.record.engine import Store
from app.settings import Settings
from app.upkeep import changes, tasks
from tests.postgres.fixtures import BOTH
from tests.record.conftest import NOON, write_event
from tests.upkeep.test_changes import SECRETS


@BOTH
def test_a_look_sees_a_record_that_takes_writes_its_size_and_its_clock(store: Store, settings: Settings) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    so = facts.look(store, settings, now())
    assert (so.database, so.migration, so.events) == ("", "", 1)
    assert so.size_bytes is not None
    assert so.size_bytes > 100_000
    assert so.database_clock is None or abs(so.database_clock) < timedelta(seconds=2)
    states = {check.name: check.state for check in checks.judge(so, settings).checks}
    assert {states[name] for name in ("database", "migrations", "outbox")} == {"good"}


@BOTH
def test_q73_one_process_has_a_task_in_hand(store: Store) -> None:
    def take(worker: str) -> bool:
        every, hold = timedelta(hours=24), timedelta(hours=6)
        return store.write(lambda conn: tasks.take(conn, "backup", worker=worker, every=every, hold=hold, at=NOON))

    assert [take("one"), take("two"), take("one")] == [True, False, False]
    assert store.write(lambda conn: tasks.done(conn, "backup", worker="one", facts={"events": 1}, at=NOON))
    with store.reading() as conn:
        assert tasks.find(conn, "backup").facts == {"events": 1}


@BOTH
def test_q73_a_review_left_open_by_a_process_that_died_is_somebody_elses_after_three_minutes(store: Store) -> None:
    for one in ("pam", "quin"):
        row = {"id": one, "printed_name": one, "roles": "pharmacist", "since": NOON}
        store.write(lambda conn, row=row: conn.execute(insert(person), row))

    def opens(who: str, minutes: float) -> str:
        return store.write(lambda conn: claims.take(conn, "P1", who, NOON + timedelta(minutes=minutes)).person)

    assert [opens("pam", 0), opens("quin", 1), opens("pam", 2), opens("quin", 4.9)] == ["pam"] * 4
    assert [opens("quin", 5), opens("pam", 5.1)] == ["quin"] * 2


@BOTH
def test_q66_q8_a_clock_that_went_back_and_changed_settings_are_events(store: Store, settings: Settings) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1", at=NOON))
    back = NOON - timedelta(hours=1)
    store.write(lambda conn: clockmark.watch(conn, settings, back))
    with store.reading() as conn:
        assert clockmark.judged_at(conn, "MAIN", back) == NOON
    assert store.write(lambda conn: clockmark.confirm(conn, settings, who="ada", why="it was wrong", at=back))
    changes.note_start(store, settings, SECRETS, NOON)
    changes.note_start(store, settings, SECRETS, NOON)
    with store.reading() as conn:
        kinds = [one.kind for one in log.load(conn, "site/MAIN")]
    assert kinds == ["clock_anomaly", "clock_confirmed", "settings_changed", "key_changed", "key_changed"]
