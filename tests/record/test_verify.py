"""Whoever changes the record by hand is found, and the row is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection

from app.cli.record import record as record_command
from app.record import blobs as contents
from app.record import ordertext, sqlite
from app.record.abreast import Hands
from app.record.blobs import Blobs
from app.record.columns import moment_text
from app.record.engine import Store, open_store
from app.record.notes import Note, Signature
from app.record.trust import Evidence
from app.record.verify import Fault, Verdict, check, verify
from app.settings import Settings
from tests.record import second_verifier
from tests.record.conftest import NOON, SALT, a_day, administrator, every_byte, settled, write_event

Record = Callable[[], tuple[Path, Path]]


def test_an_untouched_day_verifies(a_record: Record, tmp_path: Path) -> None:
    path, photos = a_record()
    assert verify(path, photos) == Verdict(18, 3, 0, 2, (), None)
    assert second_verifier.first_fault(settled(path, tmp_path / "copy.db")) is None


def test_it_verifies_while_the_server_writes(store: Store, settings: Settings) -> None:
    a_day(store, settings.photos)
    assert verify(store.path, settings.photos).ok
    store.write(lambda conn: write_event(conn, "P2", "C-more"))
    assert (verify(store.path, settings.photos).ok, verify(store.path, settings.photos).events) == (True, 19)


def test_verifying_changes_no_byte(a_record: Record) -> None:
    path, photos = a_record()
    with closing(sqlite.raw_connection(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    path.chmod(0o444)
    assert verify(path, photos).ok
    assert path.read_bytes() == before


EVENT_COLUMNS = ("seq", "preparation", "version", "kind", "shape", "body", "who", "second_person", "at", "station",
                 "command_id", "ordinal", "digest", "site", "site_seq", "site_digest")  # fmt: skip


@pytest.mark.parametrize("column", EVENT_COLUMNS)
def test_q59_every_flipped_byte_of_every_column_is_found_and_the_event_named(
    store: Store, settings: Settings, column: str
) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1", second_person="bo", data={}))
    store.write(lambda conn: write_event(conn, "P2", "C2", data={"a": "é"}))
    store.close()
    blobs, tried = Blobs(settings.photos), 0
    with administrator(store.path) as raw, sqlite.read_only(store.path, damaged_text=True) as conn:
        raw.execute("PRAGMA ignore_check_constraints=ON")
        rows = raw.execute(f"SELECT seq, site_seq, {column} FROM event ORDER BY seq").fetchall()
        for seq, site_seq, value in rows:
            for wrong in every_byte(value):
                tried += 1
                marks = "CAST(? AS TEXT)" if isinstance(wrong, bytes) and isinstance(value, str) else "?"
                try:
                    raw.execute(f"UPDATE event SET {column} = {marks} WHERE seq = ?", (wrong, seq))
                except raw.IntegrityError:  # another event has that key: the database itself refuses
                    continue
                faults = event_faults(conn, blobs, store.path)
                back = wrong if column == "seq" else seq
                raw.execute(f"UPDATE event SET {column} = ?, seq = ? WHERE seq = ?", (value, seq, back))
                assert faults, f"{column} of event {seq} as {wrong!r} was not found"
                assert names(faults, site_seq, column), (column, seq, wrong, faults)
    assert tried >= len(rows) * (1 if column == "second_person" else 2)
    assert verify(store.path, settings.photos).ok


def event_faults(conn: Connection, blobs: Blobs, path: Path) -> list[Fault]:
    """Look afresh; the missing triggers are the administrator's and not what is looked for."""
    faults = [fault for fault in check(conn, blobs, Evidence(), None, Hands(path)).faults if fault.kind != "schema"]
    conn.rollback()
    return faults


def names(faults: list[Fault], site_seq: int, column: str) -> bool:
    """Say whether the altered row, or the place where it was, is among the first faults."""
    if column == "site_seq":
        return any(
            re.search(
                rf"events? {site_seq}( to \d+)? of site MAIN (is|are) missing|ends at|MAIN ",
                f"{fault.where} {fault.says}",
            )
            for fault in faults
        )
    return any(re.search(rf"\S+ {site_seq} \(", fault.where) for fault in faults[:3])


def test_q59_every_flipped_byte_of_a_body_in_the_file_itself_is_found(a_record: Record, tmp_path: Path) -> None:
    """Not through SQL: in the raw file, a sample of bytes of every body."""
    path, photos = a_record()
    copy = settled(path, tmp_path / "copy.db")
    whole = copy.read_bytes()
    with closing(sqlite.raw_connection(copy)) as raw:
        bodies = [(row[0], row[1].encode()) for row in raw.execute("SELECT site_seq, body FROM event").fetchall()]
    for site_seq, body in bodies:
        assert whole.count(body) == 1
        for place in range(site_seq % 97, len(body), 97):
            spoilt = bytearray(whole)
            spoilt[whole.index(body) + place] ^= 0x80 if place % 2 else 0x01
            copy.write_bytes(bytes(spoilt))
            faults = verify(copy, photos).faults
            assert re.match(rf"MAIN {site_seq} \(", faults[0].where), faults
            assert second_verifier.first_fault(copy) is not None


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (9, 9, "row 10 comes after row 8: row 9 is missing, removed or moved"),
        (9, 12, "row 13 comes after row 8: rows 9 to 12 are missing, removed or moved"),
    ],
)
def test_every_number_that_is_missing_is_named(a_record: Record, first: int, last: int, says: str) -> None:
    path, photos = a_record()
    with administrator(path) as raw:
        raw.execute("DELETE FROM event WHERE seq BETWEEN ? AND ?", (first, last))
    gaps = [fault.says for fault in verify(path, photos).faults if fault.kind == "gap"]
    numbers = "event 9" if first == last else "events 9 to 12"
    assert gaps[0] == says
    assert any(one.startswith(f"{numbers} of site MAIN") for one in gaps)


# --- heads, views, photos, text, checkpoints, triggers ---


def faults_after(path: Path, photos: Path, *statements: str) -> list[tuple[str, str]]:
    with administrator(path) as raw:
        for statement in statements:
            raw.execute(statement)
    return [(fault.kind, fault.where) for fault in verify(path, photos).faults]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DELETE FROM event WHERE seq > 15", ("head", "MAIN 16")),
        ("DELETE FROM event", ("head", "MAIN 1")),
        ("DELETE FROM site_head", ("head", "MAIN")),
        ("UPDATE site_head SET site_seq = 19", ("head", "MAIN 19")),
        ("UPDATE site_head SET site_digest = zeroblob(32)", ("head", "MAIN 18")),
        ("DELETE FROM receipt WHERE seq > 10", ("row", "receipt 11")),
        ("DELETE FROM refusal", ("row", "refusal 1")),
        ("DELETE FROM running_head WHERE name = 'refusal'", ("row", "refusal 4")),
        ("UPDATE preparation SET version = 2", ("view", "preparation P1")),
        ("UPDATE preparation SET id = 'P7'", ("view", "preparation P7")),
        ('UPDATE order_text SET fields = \'{"family":"Roe"}\'', ("order_text", "order_text OT1")),
        ("UPDATE order_text SET fields = NULL, salt = NULL", ("order_text", "order_text OT1")),
    ],
)
def test_what_points_at_the_log_is_compared_with_it(a_record: Record, sql: str, expected: tuple[str, str]) -> None:
    path, photos = a_record()
    assert faults_after(path, photos, sql)[0] == expected


def for_a_patient(store: Store) -> None:
    """Two preparations, each recorded for its own patient's text."""

    def act(conn: Connection) -> None:
        for stream, family in (("P1", "Doe"), ("P2", "Roe")):
            digest = ordertext.put(conn, id=f"OT-{family}", fields={"family": family}, salt=SALT)
            write_event(conn, stream, f"C-{stream}", data={"patient": f"OT-{family}", "patient_digest": digest})

    store.write(act)


SWAPPED = (
    "UPDATE order_text SET (salt, fields, digest) = (SELECT salt, fields, digest FROM order_text WHERE id = 'OT-Roe')"
)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (SWAPPED, "the text is not the one that MAIN 1 (P1 version 1) was recorded for"),
        ("DELETE FROM order_text WHERE id = 'OT-Doe'", "the text is missing; MAIN 1 (P1 version 1) was recorded for it"),
    ],
)  # fmt: skip
def test_a_patients_text_is_compared_with_the_event_and_not_with_its_own_row_alone(
    store: Store, settings: Settings, sql: str, says: str
) -> None:
    for_a_patient(store)
    assert verify(store.path, settings.photos).ok
    with administrator(store.path) as raw:
        raw.execute(sql)
    assert verify(store.path, settings.photos).faults == (Fault("order_text", "order_text OT-Doe", says),)


def test_two_events_may_not_name_one_text_by_two_digests(store: Store, settings: Settings) -> None:
    for_a_patient(store)
    forged = {"patient": "OT-Doe", "patient_digest": "00" * 32}
    store.write(lambda conn: write_event(conn, "P3", "C-P3", data=forged))
    says = "MAIN 3 (P3 version 1) names another digest for this text than MAIN 1 (P1 version 1)"
    assert verify(store.path, settings.photos).faults == (Fault("order_text", "order_text OT-Doe", says),)


def test_a_missing_trigger_is_a_fault(a_record: Record) -> None:
    path, photos = a_record()
    with closing(sqlite.raw_connection(path)) as raw:
        raw.execute("DROP TRIGGER event_no_delete")
    assert [(fault.kind, fault.says) for fault in verify(path, photos).faults] == [
        ("schema", "the trigger event_no_delete is missing: the record could be changed unseen")
    ]


def photo_files(photos: Path) -> list[Path]:
    return sorted(path for path in photos.glob("??/??/*") if path.is_file())


def test_q61_a_deleted_photo_is_found(a_record: Record) -> None:
    path, photos = a_record()
    gone = photo_files(photos)[0]
    gone.unlink()
    assert [(fault.kind, fault.where, "missing" in fault.says) for fault in verify(path, photos).faults] == [
        ("photo", f"photo {gone.name}", True)
    ]


def test_q61_every_flipped_byte_of_a_photo_is_found(a_record: Record) -> None:
    path, photos = a_record()
    spoilt = photo_files(photos)[1]
    whole = spoilt.read_bytes()
    spoilt.chmod(0o640)
    for place_ in range(len(whole)):
        spoilt.write_bytes(whole[:place_] + bytes([whole[place_] ^ 1]) + whole[place_ + 1 :])
        assert [(fault.kind, fault.where) for fault in verify(path, photos).faults] == [
            ("photo", f"photo {spoilt.name}")
        ]


def test_q61_two_swapped_photos_are_found(a_record: Record) -> None:
    path, photos = a_record()
    one, other = photo_files(photos)
    one.rename(one.with_suffix(".x"))
    other.rename(one)
    one.with_suffix(".x").rename(other)
    assert [fault.kind for fault in verify(path, photos).faults] == ["photo", "photo"]


def test_a_purged_photo_is_no_fault_unless_its_file_is_still_there(settings: Settings) -> None:
    store = open_store(settings)
    a_day(store, settings.photos)
    gone = photo_files(settings.photos)[0]
    store.write(lambda conn: contents.enter_purge(conn, gone.name, who="pam", at=NOON, command_id="CX"))
    assert [fault.says for fault in verify(store.path, settings.photos).faults] == [
        "it was purged, but the file is still there"
    ]
    Blobs(settings.photos).erase(gone.name)
    assert verify(store.path, settings.photos).ok
    store.close()


def enter_checkpoint(path: Path, *, site_seq: int, epoch: int = 0) -> None:
    """A row of the table, by a signer whose public key is not at hand."""
    with closing(sqlite.raw_connection(path)) as raw:
        digest = raw.execute("SELECT site_digest FROM event WHERE site_seq = ?", (site_seq,)).fetchone()[0]
        note = Note("MAIN", epoch, site_seq, digest, {}, NOON, (Signature("0" * 32, bytes(64)),))
        raw.execute(
            "INSERT INTO checkpoint (site, epoch, site_seq, site_digest, at, note) VALUES ('MAIN', ?, ?, ?, ?, ?)",
            (epoch, site_seq, digest, moment_text(NOON), note.text),
        )


def test_a_checkpoint_is_compared_with_the_chain(a_record: Record) -> None:
    path, photos = a_record()
    enter_checkpoint(path, site_seq=10)
    verdict = verify(path, photos)
    assert (verdict.ok, verdict.checkpoints, verdict.trusted_until) == (True, 1, None)
    assert "counts for nothing" in verdict.notices[0]
    assert faults_after(path, photos, "UPDATE checkpoint SET site_digest = zeroblob(32)") == [("checkpoint", "MAIN 10")]
    assert faults_after(path, photos, "UPDATE checkpoint SET note = 'vialtrace/MAIN'") == [("checkpoint", "MAIN 10")]


def test_a_checkpoint_after_a_restore_that_the_record_does_not_know_is_a_fault(a_record: Record) -> None:
    path, photos = a_record()
    enter_checkpoint(path, site_seq=10, epoch=1)
    assert [(fault.kind, fault.where) for fault in verify(path, photos).faults] == [("checkpoint", "MAIN 10")]


def test_an_end_cut_off_together_with_its_head_shows_against_a_checkpoint(a_record: Record) -> None:
    path, photos = a_record()
    enter_checkpoint(path, site_seq=17)
    found = faults_after(
        path,
        photos,
        "DELETE FROM event WHERE site_seq > 15",
        "UPDATE site_head SET site_seq = 15, site_digest = (SELECT site_digest FROM event WHERE site_seq = 15), "
        "last_at = (SELECT at FROM event WHERE site_seq = 15)",
    )
    assert ("checkpoint", "MAIN 17") in found


def test_a_file_that_is_no_database_is_a_fault_not_a_crash(a_record: Record) -> None:
    path, photos = a_record()
    path.write_bytes(b"not a database at all" * 1000)
    assert [fault.kind for fault in verify(path, photos).faults] == ["file"]


# --- the command ---


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(record_command, ["verify", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_says_that_nothing_is_wrong(a_record: Record, settings: Settings) -> None:
    a_record()
    code, out, _ = run("--json", "--data-dir", str(settings.data_dir))
    assert (code, json.loads(out)) == (
        0,
        {
            "ok": True,
            "events": 18,
            "preparations": 3,
            "checkpoints": 0,
            "photos": 2,
            "faults": [],
            "trusted_until": None,
        },
    )
    code, out, _ = run()
    assert (code, out.split(".")[1]) == (0, " Nothing is wrong")


def test_the_command_names_the_first_altered_row_and_exits_with_1(a_record: Record, settings: Settings) -> None:
    path, photos = a_record()
    faults_after(path, photos, "UPDATE event SET who = 'bo' WHERE seq IN (5, 9)")
    code, out, _ = run("--data-dir", str(settings.data_dir))
    assert code == 1
    assert "FIRST ALTERED ROW: MAIN 5 (P3 version 1): the columns who do not say what the body says" in out
    code, out, _ = run("--json")
    assert (code, [fault["where"] for fault in json.loads(out)["faults"]]) == (
        1,
        ["MAIN 5 (P3 version 1)", "MAIN 9 (P2 version 4)"],
    )


def test_an_altered_row_is_named_first_also_when_the_triggers_were_left_dropped(
    a_record: Record, settings: Settings
) -> None:
    path, photos = a_record()
    with closing(sqlite.raw_connection(path)) as raw:
        for name in ("event_no_update", "event_no_delete"):
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE event SET who = 'bo' WHERE seq = 5")
    faults = verify(path, photos).faults
    assert [(one.kind, one.where) for one in faults] == [
        ("event", "MAIN 5 (P3 version 1)"), ("schema", "database"), ("schema", "database"),
    ]  # fmt: skip
    code, out, _ = run("--data-dir", str(settings.data_dir))
    lines = out.splitlines()
    assert code == 1
    assert lines[1].startswith("FIRST ALTERED ROW: MAIN 5 (P3 version 1): the columns who")
    assert lines[2] == (
        "THE SCHEMA IS NOT AS IT WAS INSTALLED: the trigger event_no_update is missing: the record could be changed "
        "unseen (and 1 more)"
    )


def test_a_schema_fault_alone_names_no_row(a_record: Record, settings: Settings) -> None:
    path, _ = a_record()
    with closing(sqlite.raw_connection(path)) as raw:
        raw.execute("DROP TRIGGER event_no_delete")
    code, out, _ = run("--data-dir", str(settings.data_dir))
    assert (code, "ROW" in out) == (1, False)
    assert "THE SCHEMA IS NOT AS IT WAS INSTALLED: the trigger event_no_delete is missing" in out


def test_the_command_says_when_there_is_nothing_to_check(tmp_path: Path) -> None:
    code, out, err = run("--data-dir", str(tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert "does not exist: there is no record to check" in err
