"""A backup comes back whole, and a restore says what it lost."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.db import db
from app.record import backup as backup_room
from app.record import sqlite
from app.record.backup import CannotDo, Lost, back_up, read_manifest, restore
from app.record.engine import open_store
from app.record.signer import WillNotSign
from app.record.verify import verify
from app.settings import Settings, load_settings
from tests.record import rewriting
from tests.record.conftest import NOON, a_day, write_event
from tests.record.signing import Office, at, write_events


@pytest.fixture
def office(settings: Settings, tmp_path: Path) -> Office:
    """A day's record with two photos, signed at its end, event 18."""
    office = Office(settings, tmp_path / "office")
    with closing(open_store(settings)) as store:
        a_day(store, settings.photos)
    office.sign(20)
    return office


def backed_up(office: Office, to: Path) -> Path:
    data = office.settings.data_dir
    back_up(data / "vialtrace.db", office.settings.photos, data / "checkpoints", to, NOON)
    return to


def restored_into(folder: Path) -> Settings:
    return load_settings(data_dir=folder, database_url="")


def restored(office: Office, backup: Path, folder: Path) -> tuple[Settings, tuple[Lost, ...]]:
    settings = restored_into(folder)
    made = restore(backup, settings, (office.shelf,), who="pam", why="disk failed", at=at(500))
    assert made.verdict.ok, made.verdict.faults
    return settings, made.lost


def test_a_record_larger_than_the_memory_is_backed_up_and_brought_back(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody on the way reads the database into memory whole."""
    whole = Path.read_bytes

    def no_database(path: Path) -> bytes:
        assert not path.name.endswith(".db"), f"{path.name} was read at once"
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", no_database)
    backup = backed_up(office, tmp_path / "backup")
    assert restored(office, backup, tmp_path / "new")[1] == (Lost("MAIN", 18, None, 1),)


def test_q75_a_backup_comes_back_with_every_event_photo_and_checkpoint(office: Office, tmp_path: Path) -> None:
    backup = backed_up(office, tmp_path / "backup")
    manifest = read_manifest(backup)
    assert (manifest["events"], manifest["preparations"], manifest["photos"]) == (18, 3, 2)
    assert not [path for path in backup.glob("**/*") if path.suffix == ".key" or path.name in {"pepper", "secret_key"}]
    settings, lost = restored(office, backup, tmp_path / "new")
    assert lost == (Lost("MAIN", 18, None, 1),)
    verdict = verify(settings.data_dir / "vialtrace.db", settings.photos, office.evidence())
    assert (verdict.ok, verdict.events, verdict.photos, verdict.checkpoints) == (True, 19, 2, 1)
    with sqlite.read_only(settings.data_dir / "vialtrace.db") as conn:
        row = conn.exec_driver_sql("SELECT preparation, kind, who, body FROM event WHERE site_seq = 19").one()
    assert tuple(row)[:3] == ("site/MAIN", "restored", "pam")
    data = json.loads(row[3])["data"]
    assert (data["epoch"], data["restored_to"], data["missing_to"], data["why"]) == (1, 18, None, "disk failed")


def test_a_restore_names_what_the_newest_checkpoint_covers_and_the_backup_lacks(office: Office, tmp_path: Path) -> None:
    backup = backed_up(office, tmp_path / "backup")
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 105)
    office.sign(200)
    settings, lost = restored(office, backup, tmp_path / "new")
    assert lost == (Lost("MAIN", 18, 23, 1),)
    path = settings.data_dir / "vialtrace.db"
    unsigned = verify(path, settings.photos, office.evidence())
    assert [(fault.kind, fault.where) for fault in unsigned.faults] == [("checkpoint", "MAIN 23")]
    assert "no checkpoint that counts was made over the restore" in unsigned.faults[0].says
    again = Office(settings, office.folder)
    with pytest.raises(WillNotSign, match="--accept-restore 1"):
        again.sign(600)
    signed = again.sign(601, accept=1)
    assert signed is not None
    assert (signed.note.epoch, signed.note.site_seq) == (1, 19)
    verdict = verify(path, settings.photos, office.evidence())
    assert (verdict.faults, verdict.notices) == ((), ("Restore 1 lost the events 19 to 23 of MAIN.",))
    assert verdict.trusted_until == "2026-03-02T18:10:01.000250Z"
    with closing(open_store(settings)) as store:
        store.write(lambda conn: write_event(conn, "P1", "C-after", at=at(700)))
    assert again.sign(701) is not None, "and on it goes"


def test_a_database_put_back_without_a_restore_is_found(office: Office, tmp_path: Path) -> None:
    backup = backed_up(office, tmp_path / "backup")
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 105)
    office.sign(200)
    for left in office.settings.data_dir.glob("vialtrace.db*"):
        left.unlink()
    shutil.copy(backup / "vialtrace.db", office.settings.data_dir / "vialtrace.db")
    verdict = verify(office.settings.data_dir / "vialtrace.db", office.settings.photos, office.evidence())
    assert [(fault.kind, fault.where) for fault in verdict.faults] == [("checkpoint", "MAIN 23")]


def test_a_restore_over_a_record_is_refused_and_changes_nothing(office: Office, tmp_path: Path) -> None:
    backup = backed_up(office, tmp_path / "backup")
    before = (office.settings.data_dir / "vialtrace.db").read_bytes()
    with pytest.raises(CannotDo, match="holds a record already"):
        restore(backup, office.settings, (), who="pam", why="", at=NOON)
    assert (office.settings.data_dir / "vialtrace.db").read_bytes() == before


@pytest.mark.parametrize("spoilt", ["vialtrace.db", "manifest.json", "photo", "checkpoint"])
def test_a_spoilt_backup_is_not_restored_and_leaves_no_database(office: Office, tmp_path: Path, spoilt: str) -> None:
    backup = backed_up(office, tmp_path / "backup")
    path = {
        "photo": next(path for path in backup.glob("blobs/??/??/*")),
        "checkpoint": next(backup.glob("checkpoints/*.note")),
    }.get(spoilt, backup / spoilt)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 if spoilt != "manifest.json" else 0] ^= 1
    path.chmod(0o640)
    path.write_bytes(bytes(raw))
    with pytest.raises(CannotDo):
        restore(backup, restored_into(tmp_path / "new"), (), who="pam", why="", at=NOON)
    assert not (tmp_path / "new" / "vialtrace.db").exists()


def test_a_backup_of_another_history_is_not_restored_against_the_checkpoint(office: Office, tmp_path: Path) -> None:
    data = office.settings.data_dir
    rewriting.rewrite(data / "vialtrace.db", rewriting.edited(5), recompute=True)
    shutil.rmtree(data / "checkpoints")
    backup = backed_up(office, tmp_path / "backup")
    with pytest.raises(CannotDo, match="made over another history"):
        restore(backup, restored_into(tmp_path / "new"), (office.shelf,), who="pam", why="", at=NOON)
    assert not (tmp_path / "new" / "vialtrace.db").exists()


def test_a_damaged_record_does_not_replace_a_good_backup(office: Office, tmp_path: Path) -> None:
    backup = backed_up(office, tmp_path / "backup")
    good = (backup / "vialtrace.db").read_bytes()
    rewriting.rewrite(office.settings.data_dir / "vialtrace.db", rewriting.edited(5), recompute=False)
    with pytest.raises(CannotDo, match=r"the copy is not whole.*MAIN 5"):
        backed_up(office, backup)
    rewriting.rewrite(office.settings.data_dir / "vialtrace.db", rewriting.edited(5), recompute=True)
    with pytest.raises(CannotDo, match="does not have or has otherwise"):
        backed_up(office, backup)
    assert (backup / "vialtrace.db").read_bytes() == good
    assert not list(backup.glob(".*"))


def test_a_second_backup_copies_only_what_is_new(office: Office, tmp_path: Path) -> None:
    backup = backed_up(office, tmp_path / "backup")
    data = office.settings.data_dir
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 102)
    made = back_up(data / "vialtrace.db", office.settings.photos, data / "checkpoints", backup, NOON)
    assert (made.photos_copied, made.heads, read_manifest(backup)["events"]) == (0, {"MAIN": 20}, 20)


def test_q77_a_backup_under_writing_ends_and_is_whole(office: Office, tmp_path: Path) -> None:
    with closing(open_store(office.settings)) as store:
        stop, written = threading.Event(), []

        def work() -> None:
            for number in range(10_000):
                if stop.is_set():
                    return
                store.write(lambda conn, number=number: write_event(conn, "P5", f"W{number}"))
                written.append(number)

        busy = threading.Thread(target=work)
        busy.start()
        try:
            backup = backed_up(office, tmp_path / "backup")
        finally:
            stop.set()
            busy.join()
    assert 18 <= read_manifest(backup)["events"] <= 18 + len(written)
    _, lost = restored(office, backup, tmp_path / "new")
    assert lost[0].restored_to == read_manifest(backup)["events"]


# --- the commands ---


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(db, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_back_up_restore_and_drill(office: Office, tmp_path: Path) -> None:
    folder, to, new = str(office.settings.data_dir), str(tmp_path / "backup"), str(tmp_path / "new")
    code, out, err = run("backup", "--to", to, "--data-dir", folder, "--who", "pam", "--json")
    assert (code, json.loads(out)["events"], json.loads(out)["photos_copied"], "NOT ENCRYPTED" in err) == (
        0,
        19,
        2,
        True,
    )
    with closing(open_store(office.settings)):
        code, _, err = run("backup", "--to", to, "--data-dir", folder)
        assert (code, "NOT in the record" in err) == (0, True)
    code, out, _ = run("drill", "--data-dir", folder, "--in", str(tmp_path), "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["events"], said["photos"], said["heads"], said["events_lost"]) == (
        0, True, 19, 2, {"MAIN": 19}, 0
    )  # fmt: skip
    assert not list(tmp_path.glob("vialtrace-drill-*"))
    code, out, err = run("restore", "--from", to, "--data-dir", new, "--why", "a test", "--json")
    assert (code, json.loads(out)["events"]) == (0, 20)
    assert "No checkpoint at hand of MAIN is newer than event 19" in err
    code, _, err = run("restore", "--from", to, "--data-dir", new)
    assert (code, "holds a record already" in err) == (2, True)


def test_a_drill_fails_where_the_backup_does_not_come_back_whole(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo that is lost on the way."""
    bring = backup_room._bring

    def drop_one(backup: Path, settings: Settings) -> None:
        bring(backup, settings)
        next(settings.photos.glob("??/??/*")).unlink()

    monkeypatch.setattr(backup_room, "_bring", drop_one)
    code, out, err = run("drill", "--data-dir", str(office.settings.data_dir), "--in", str(tmp_path))
    assert (code, out, "the file is missing" in err) == (1, "", True)


def test_a_folder_of_checkpoints_that_is_not_there_stops_the_restore(office: Office, tmp_path: Path) -> None:
    to, new = str(backed_up(office, tmp_path / "backup")), str(tmp_path / "new")
    code, _, err = run("restore", "--from", to, "--data-dir", new, "--checkpoints", str(tmp_path / "typo"))
    assert (code, "is not a folder" in err, (tmp_path / "new").exists()) == (2, True, False)


def test_the_commands_say_what_is_missing(tmp_path: Path) -> None:
    code, _, err = run("backup", "--to", str(tmp_path / "b"), "--data-dir", str(tmp_path / "nowhere"))
    assert (code, "there is nothing to back up" in err) == (2, True)
    code, _, err = run("restore", "--from", str(tmp_path / "b"), "--data-dir", str(tmp_path / "new"))
    assert (code, "is not a backup" in err) == (2, True)
    code, _, err = run("drill", "--data-dir", str(tmp_path / "nowhere"))
    assert (code, "there is nothing to back up" in err) == (2, True)
