"""What the program says of itself, and what it tells people to do about it."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.health import at_rest, facts
from app.health.checks import CHECKS, LEAST_FREE, LITTLE_FREE, Health, judge
from app.health.facts import Facts, Printing
from app.health.watch import Watch
from app.record import outbox
from app.record.clockmark import Mark
from app.record.engine import Store, open_store
from app.settings import Settings, load_settings
from app.upkeep.tasks import Task
from tests.laid import lay
from tests.record.conftest import write_event
from tests.record.signing import Office

NOW = datetime(2026, 11, 24, 15, 5, tzinfo=UTC)
DONE = Task("", None, None, NOW, NOW, "", {})
WELL = Facts(NOW, free_bytes=LITTLE_FREE, at_rest="dm-crypt (LUKS2)", backup=DONE, drill=DONE)
"""Nothing is wrong. Site time is 09:05."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    there, key = tmp_path / "backups", "age1" + "q" * 58
    given = {"backup_folder": there, "backup_recipients": (key,), "backup_command": ("true",)}
    return load_settings(data_dir=lay(tmp_path / "data"), **given)


@pytest.fixture
def store(settings: Settings) -> object:
    with closing(open_store(settings)) as opened:
        yield opened


def found(so: Facts, settings: Settings, name: str) -> tuple[str, str, str]:
    one = next(check for check in judge(so, settings).checks if check.name == name)
    return one.state, one.says, one.do


def states(health: Health) -> dict[str, str]:
    return {check.name: check.state for check in health.checks if check.state != "good"}


def test_when_all_is_well_nobody_has_to_do_anything(settings: Settings) -> None:
    health = judge(WELL, settings)
    assert (health.ready, health.to_look_at, len(health.checks)) == (True, (), len(CHECKS))
    assert [check.do for check in health.checks] == [""] * len(CHECKS)


STOPS = [
    ("database", replace(WELL, database="database or disk is full"), "Nothing can be saved: database or disk is full."),
    ("migrations", replace(WELL, migration="it is at migration 0001_record, not 0002"), "The database does not fit: it is"),
    ("disk", replace(WELL, free_bytes=LEAST_FREE - 1), "Only 199 MB are free on the disk of the record."),
    ("disk", replace(WELL, free_bytes=None), "The folder of the record cannot be looked at."),
    ("clock", replace(WELL, database_clock=timedelta(seconds=-3)), "clock and the database's differ by 3 s"),
    ("outbox", replace(WELL, printing=Printing(NOW - timedelta(seconds=121))), "since 2026-11-24 09:02 and nobody takes"),
]  # fmt: skip
LOOKS = [
    ("disk", replace(WELL, free_bytes=LITTLE_FREE - 1), "Only 2,047 MB are free"),
    ("outbox", replace(WELL, printing=Printing(None, 2)), "2 labels are stuck."),
    ("outbox", replace(WELL, printing=Printing(dead=1)), "1 message was refused by the system"),
    ("outbox", replace(WELL, printing=Printing(silent=NOW - timedelta(seconds=301))), "Another system has taken no message"),
    ("senders", replace(WELL, unread_senders=("oncehr",)), "Every message of oncehr is refused"),
    ("label_texts", replace(WELL, label_texts=(("German", "'lot' is missing"),)), "No label is printed in German: 'lot'"),
    ("programs", replace(WELL, ending_programs=(("robot of Pam", NOW),)), "robot of Pam ended on 2026-11-24 09:05."),
    ("programs", replace(WELL, ending_programs=(("robot", NOW + timedelta(days=9)),)), "robot ends on 2026-12-03 09:05."),
    ("checkpoint", replace(WELL, unsigned_since=NOW - timedelta(seconds=601)), "No checkpoint has ever been made"),
    ("checkpoint", replace(WELL, unsigned_since=NOW - timedelta(seconds=601), signed_ever=True), "since 2026-11-24 08:54"),
    ("clock", replace(WELL, clock_mark=Mark(NOW + timedelta(minutes=5), NOW)), "at 2026-11-24 09:05 it stood before"),
    ("clock", replace(WELL, last_event_at=NOW + timedelta(seconds=3)), "The clock stands before the last event"),
    ("encryption", replace(WELL, at_rest=""), "NOT ENCRYPTED"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "so", "says"), STOPS)
def test_what_keeps_work_from_being_done_stops_it_and_says_what_to_do(
    settings: Settings, name: str, so: Facts, says: str
) -> None:
    state, words, do = found(so, settings, name)
    assert (state, says in words, len(do) > 15) == ("stop", True, True), words
    assert not judge(so, settings).ready


@pytest.mark.parametrize(("name", "so", "says"), LOOKS)
def test_what_a_person_should_see_to_leaves_the_work_going(settings: Settings, name: str, so: Facts, says: str) -> None:
    state, words, do = found(so, settings, name)
    assert (state, says in words, len(do) > 15) == ("look", True, True), words
    assert judge(so, settings).ready


@pytest.mark.parametrize(
    ("name", "so"),
    [
        ("disk", replace(WELL, free_bytes=LITTLE_FREE)),
        ("outbox", replace(WELL, printing=Printing(NOW - timedelta(seconds=120)))),
        ("checkpoint", replace(WELL, unsigned_since=NOW - timedelta(minutes=10), signed_ever=True)),
        ("checkpoint", replace(WELL, signed_ever=True)),
        (
            "clock",
            replace(WELL, clock_mark=Mark(NOW, NOW - timedelta(hours=1)), last_event_at=NOW + timedelta(seconds=2)),
        ),
        ("clock", replace(WELL, database_clock=timedelta(seconds=2))),
    ],
)
def test_at_the_limit_all_is_still_well(settings: Settings, name: str, so: Facts) -> None:
    assert found(so, settings, name)[0] == "good"


def test_what_stops_the_work_stands_above_what_needs_a_look(settings: Settings) -> None:
    both = judge(replace(WELL, at_rest="", database="it is gone"), settings)
    assert [check.name for check in both.to_look_at] == ["database", "encryption"]


def test_q35_a_site_that_encrypts_where_the_machine_cannot_see_it_states_so(settings: Settings) -> None:
    states_it = settings.model_copy(update={"encryption_at_rest": "the SAN encrypts every volume."})
    state, says, _ = found(replace(WELL, at_rest=""), states_it, "encryption")
    assert (state, "The site states: the SAN encrypts every volume." in says) == ("good", True)


@pytest.mark.parametrize(
    ("uuids", "says"),
    [
        ({"DISK": "CRYPT-LUKS2-0f-root"}, "dm-crypt (LUKS2)"),
        ({"DISK": "LVM-x", "DISK/slaves/dm-0": "CRYPT-LUKS1-aa"}, "dm-crypt (LUKS1)"),
        ({"DISK": "LVM-x", "DISK/slaves/dm-0": "CRYPT-LUKS2-aa", "DISK/slaves/sdb": "LVM-y"}, ""),
        ({"DISK": "LVM-x"}, ""),
        ({}, ""),
    ],
    ids=["luks", "lvm on luks", "half of it", "lvm", "a plain disk"],
)
def test_q35_linux_is_asked_whether_the_disk_is_encrypted(tmp_path: Path, uuids: dict[str, str], says: str) -> None:
    number = tmp_path.stat().st_dev
    for place, uuid in uuids.items():
        device = tmp_path / place.replace("DISK", f"{os.major(number)}:{os.minor(number)}")
        (device / "dm").mkdir(parents=True)
        (device / "dm" / "uuid").write_text(uuid + "\n")
    assert at_rest.seen(tmp_path, devices=tmp_path) == says


# what is looked at


def looked(store: Store, settings: Settings, at: datetime = NOW) -> Facts:
    return facts.look(store, settings, at)


def test_an_unsigned_event_is_seen_with_its_age_until_a_checkpoint_covers_it(
    settings: Settings, tmp_path: Path
) -> None:
    with closing(open_store(settings)) as store:
        store.write(lambda conn: write_event(conn, "P1", "C1", at=NOW - timedelta(minutes=30)))
        store.write(lambda conn: write_event(conn, "P1", "C2", at=NOW - timedelta(minutes=20)))
        seen = looked(store, settings)
        assert (seen.unsigned_since, seen.signed_ever) == (NOW - timedelta(minutes=30), False)
    Office(settings, tmp_path / "office").sign()
    with closing(open_store(settings)) as store:  # takes the checkpoint in
        assert (looked(store, settings).unsigned_since, looked(store, settings).signed_ever) == (None, True)
        store.write(lambda conn: write_event(conn, "P1", "C3", at=NOW - timedelta(minutes=1)))
        assert looked(store, settings).unsigned_since == NOW - timedelta(minutes=1)


def test_a_label_nobody_takes_is_seen_but_not_one_that_waits_behind_another(store: Store, settings: Settings) -> None:
    def put(lane: str, minutes: int) -> int:
        at = NOW - timedelta(minutes=minutes)
        return store.write(
            lambda conn: outbox.put(conn, kind="print_label", lane=lane, payload={}, at=at, command_id="C")
        )

    first = put("printer/A", 9)
    put("printer/A", 8)
    put("printer/B", 3)
    assert looked(store, settings).printing == Printing(NOW - timedelta(minutes=9), 0)
    hold = timedelta(minutes=1)
    store.write(lambda conn: outbox.take(conn, kinds=["print_label"], worker="w", at=NOW, hold=hold))
    assert looked(store, settings).printing == Printing(NOW - timedelta(minutes=3), 0), "A's first is in work"
    store.write(lambda conn: outbox.failed(conn, first, worker="w", says="no paper", retry_at=None))
    assert looked(store, settings).printing == Printing(NOW - timedelta(minutes=3), 1)
    later = NOW + timedelta(minutes=5)
    store.write(lambda conn: outbox.take(conn, kinds=["print_label"], worker="w", at=NOW, hold=hold))
    assert looked(store, settings, later).printing.oldest == NOW + hold, "whoever took B's went away with it"


def test_a_record_that_was_closed_or_is_behind_is_told_and_nothing_is_raised(settings: Settings) -> None:
    store = open_store(settings)
    health = Watch(store, settings, lambda: NOW)
    assert states(health.look()).keys() <= {"encryption", "disk", "backup", "drill"}
    with store.engines[1].connect() as conn, conn.begin():
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0001_record'")
    assert states(health.look(0))["migrations"] == "stop"
    store.close()
    assert states(health.look(0))["database"] == "stop"


def test_a_look_is_kept_for_a_moment_so_that_asking_often_writes_nothing(store: Store, settings: Settings) -> None:
    ticks = iter(range(100))
    watch = Watch(store, settings, lambda: NOW + timedelta(seconds=next(ticks)))
    assert watch.last is None
    first = watch.look()
    assert watch.look() is first is watch.last
    assert watch.look(0).at > first.at


def test_the_disk_that_is_looked_at_is_that_of_the_record(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    usage = shutil.disk_usage(settings.data_dir)
    monkeypatch.setattr(facts.shutil, "disk_usage", lambda path: asked.append(path) or usage)
    assert looked(store, settings).free_bytes == usage.free
    assert asked == [settings.data_dir]
