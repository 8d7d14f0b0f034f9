"""Backups are encrypted, signed, never written over, restored by drill; what is late or failed is said."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from app.health import checks, facts
from app.record import log
from app.record.backup import CannotDo, restore
from app.record.blobs import Blobs
from app.record.engine import Store, open_store
from app.record.verify import verify
from app.settings import Settings, WrongSettings, load_settings
from app.upkeep import archive, chores, job, tasks
from app.upkeep.drill import drill
from app.upkeep.keeper import Chore, Failed, Keeper, handed, in_a_process
from tests.laid import lay
from tests.record.conftest import NOON, a_day, write_event

DECOY = b"Jane Decoy was here"


@dataclass
class Kept:
    """A pharmacy with two photos, and a key that is somewhere else."""

    settings: Settings
    key: Any = field(default_factory=pyrage.x25519.Identity.generate)

    @property
    def folder(self) -> Path:
        assert self.settings.backup_folder is not None
        return self.settings.backup_folder

    def made(self, at: datetime = NOON) -> archive.Archived:
        return archive.write(self.settings, self.folder, archive.recipients_of(self.settings.backup_recipients), at)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.chdir(tmp_path)
    key = pyrage.x25519.Identity.generate()
    settings = load_settings(
        data_dir=lay(tmp_path / "data"), backup_folder=tmp_path / "backups", backup_recipients=(str(key.to_public()),)
    )
    with closing(open_store(settings)) as store:
        a_day(store, settings.photos)
        store.write(lambda conn: write_event(conn, "P9", "DECOY", data={"text": DECOY.decode()}))
    return Kept(settings, key)


# the archive


def test_q76_a_backup_holds_nothing_that_can_be_read_without_the_key(kept: Kept) -> None:
    made = kept.made()
    files = [path for path in kept.folder.rglob("*") if path.is_file()]
    assert len([path for path in files if path.parent.parent.parent.name == "photos"]) == 2
    for path in files:
        content = path.read_bytes()
        assert not [word for word in (DECOY, b"first photo", b"SQLite format", b"Doe") if word in content], path
    assert made.path.read_bytes().startswith(b"age-encryption.org/v1")
    assert not list((kept.settings.data_dir / "upkeep").iterdir()), "the plain copy is cleared up"


def test_q75_an_archive_opens_with_the_key_and_is_restored_whole(kept: Kept, tmp_path: Path) -> None:
    made = kept.made()
    said = archive.unpack(made.path, [kept.key], tmp_path / "opened")
    assert (said["events"], said["photos"], said["heads"]) == (19, 2, {"MAIN": 19})
    there = load_settings(data_dir=tmp_path / "new", backup_folder=None, backup_recipients=())
    back = restore(tmp_path / "opened", there, (), who="pam", why="disk failed", at=NOON)
    assert (back.verdict.ok, back.verdict.events, back.verdict.photos) == (True, 20, 2)
    assert verify(there.data_dir / "vialtrace.db", there.photos).faults == ()


def test_a_second_archive_stands_beside_the_first_and_carries_only_new_photos(kept: Kept) -> None:
    first = kept.made()
    before = first.path.read_bytes()
    with closing(open_store(kept.settings)) as store:
        store.write(lambda conn: write_event(conn, "P8", "later"))
    second = kept.made(NOON + timedelta(hours=1))
    assert (first.photos_new, second.photos_new, second.path != first.path) == (2, 0, True)
    assert first.path.read_bytes() == before
    assert [path for _, path in archive.archives(kept.folder)] == [first.path, second.path]
    with pytest.raises(CannotDo, match="never written over"):
        kept.made(NOON + timedelta(hours=1))


def spoil(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(bytes(raw))


def test_what_was_changed_or_forged_is_not_opened(kept: Kept, tmp_path: Path) -> None:
    made = kept.made()
    stranger = pyrage.x25519.Identity.generate()
    with pytest.raises(CannotDo, match="does not open with this identity"):
        archive.unpack(made.path, [stranger], tmp_path / "a")
    photo = next(kept.folder.glob("photos/??/??/*"))
    before = photo.read_bytes()
    spoil(photo)
    with pytest.raises(CannotDo, match=r"the photo .* does not open"):
        archive.unpack(made.path, [kept.key], tmp_path / "b")
    photo.write_bytes(pyrage.encrypt(b"another picture", [kept.key.to_public()]))
    with pytest.raises(CannotDo, match="is not what was filed"):
        archive.unpack(made.path, [kept.key], tmp_path / "c")
    photo.write_bytes(before)
    spoil(made.path)
    with pytest.raises(CannotDo, match="is not what its manifest says"):
        archive.unpack(made.path, [kept.key], tmp_path / "d")
    made.manifest.chmod(0o640)
    made.manifest.write_text(made.manifest.read_text().replace('"events":19', '"events":20'))
    with pytest.raises(CannotDo, match="may be forged"):
        archive.read(made.path)


def test_an_archive_that_would_write_elsewhere_is_not_unpacked(kept: Kept, tmp_path: Path) -> None:
    made = kept.made()
    with tarfile.open(tmp_path / "evil", "w") as tar:
        (tmp_path / "x").write_text("x")
        tar.add(tmp_path / "x", arcname="../../escaped")
    made.path.chmod(0o640)
    pyrage.encrypt_file(str(tmp_path / "evil"), str(made.path), [kept.key.to_public()])
    said = json.loads(made.manifest.read_text())
    said["archive_sha256"] = archive.sha256(made.path.read_bytes()).hexdigest()
    archive._sign(kept.settings, made.manifest, said)
    with pytest.raises(CannotDo, match="cannot be unpacked"):
        archive.unpack(made.path, [kept.key], tmp_path / "opened")
    assert not (tmp_path.parent / "escaped").exists()


@pytest.mark.parametrize("text", ["age1nonsense", "ssh-ed25519 AAAA", ""])
def test_a_recipient_that_is_none_is_told(text: str) -> None:
    with pytest.raises(CannotDo):
        archive.recipients_of([text] if text else [])


def test_q76_a_folder_for_backups_without_a_recipient_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="ackup_folder needs backup_recipients"):
        load_settings(data_dir=tmp_path, backup_folder=tmp_path / "b")


# drill and job


def test_q75_the_drill_opens_restores_and_compares_what_every_night_makes(kept: Kept) -> None:
    kept.made()
    done = drill(kept.settings, NOON + timedelta(hours=2))
    assert (done.events, done.photos, done.lost, done.heads) == (19, 2, 0, {"MAIN": 19})
    assert not list((kept.settings.data_dir / "upkeep").iterdir())
    assert len(archive.archives(kept.folder)) == 1, "the drill leaves nothing among the backups"
    spoil(archive.archives(kept.folder)[-1][1])
    with pytest.raises(CannotDo, match="is not what its manifest says"):
        drill(kept.settings, NOON + timedelta(hours=3))


def test_q75_a_drill_over_a_lost_photo_fails_in_words(kept: Kept) -> None:
    name = next(kept.settings.photos.glob("??/??/*")).name  # type: ignore[union-attr]  # a folder
    Blobs(kept.settings.photos).erase(name)
    with pytest.raises(CannotDo, match="the copy is not whole"):
        drill(kept.settings, NOON)


def run(settings: Settings, task: str = "backup") -> tuple[int, dict[str, Any]]:
    words = [sys.executable, "-m", "app.upkeep.job", task]
    done = subprocess.run(words, input=handed(settings), capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_sites_own_command_takes_the_archive_away_or_the_backup_failed(kept: Kept, tmp_path: Path) -> None:
    away = kept.settings.model_copy(update={"backup_command": ("cp", "{archive}", str(tmp_path / "away"))})
    code, said = run(away)
    assert (code, said["events"], said["taken_away"], said["photos_new"]) == (0, 19, True, 2)
    assert (tmp_path / "away").read_bytes() == (kept.folder / said["archive"]).read_bytes()
    broken = kept.settings.model_copy(update={"backup_command": ("cp", "{archive}", "/nowhere/at/all")})
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(job.clock, "now", lambda: NOON)
        with pytest.raises(CannotDo, match=r"backup_command ended with 1: .*and nowhere else"):
            job.backup(broken)


def test_old_archives_go_but_the_newest_three_and_the_first_of_each_month(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [0, 1, 2, 31, 32, 100, 101, 102, 200]
    for day in days:
        name = archive._name("MAIN", NOON + timedelta(days=day), 19)
        for ending in (archive.ENDING, ".json", ".sig"):
            (kept.folder / name.replace(archive.ENDING, ending)).parent.mkdir(exist_ok=True)
            (kept.folder / name.replace(archive.ENDING, ending)).write_text("x")
    monkeypatch.setattr(job.clock, "now", lambda: NOON + timedelta(days=201))
    assert job._clear_out(kept.settings) == 3
    left = [round((at - NOON) / timedelta(days=1)) for at, _ in archive.archives(kept.folder)]
    assert left == [0, 31, 100, 101, 102, 200]
    assert len(list(kept.folder.glob("*.json"))) == len(left)


# the keeper


@dataclass
class Book:
    """A keeper with a clock that a test moves, and a chore that does as it is told."""

    store: Store
    settings: Settings
    at: datetime = NOON
    trouble: str = ""
    done: int = 0

    def do(self, _ends: threading.Event) -> Mapping[str, Any]:
        self.done += 1
        if self.trouble:
            raise Failed(self.trouble)
        return {"events": 19, "photos": 2, "seconds": "1.5"}

    def turn(self, task: str = "backup", hours: int = 24) -> bool:
        good, bad = {"backup": ("backed_up", "backup_failed"), "drill": ("drilled", "drill_failed")}[task]
        chore = Chore(task, timedelta(hours=hours), self.do, good, bad)
        return Keeper(self.store, self.settings, [chore], [], lambda: self.at).turn(chore)

    def kinds(self) -> list[str]:
        with self.store.reading() as conn:
            return [one.kind for one in log.load(conn, "site/MAIN") if one.kind != "dose_drawn"]

    def says(self, name: str) -> tuple[str, str]:
        health = checks.judge(facts.look(self.store, self.settings, self.at), self.settings)
        one = next(check for check in health.checks if check.name == name)
        return one.state, one.says


@pytest.fixture
def book(kept: Kept) -> object:
    with closing(open_store(kept.settings)) as store:
        yield Book(store, kept.settings.model_copy(update={"backup_command": ("true",)}))


def test_q8_a_backup_and_a_drill_are_events_of_the_site_and_come_when_their_time_has(book: Book) -> None:
    assert (book.turn(), book.turn(), book.turn("drill", 168)) == (True, False, True)
    book.at += timedelta(hours=23, minutes=59)
    assert not book.turn()
    book.at += timedelta(minutes=1)
    assert book.turn()
    assert book.kinds() == ["backed_up", "drilled", "backed_up"]


def test_a_failed_backup_is_tried_again_soon_and_written_down_once_for_each_reason(book: Book) -> None:
    book.trouble = "the share is away"
    assert book.turn()
    book.at += timedelta(minutes=14)
    assert not book.turn()
    for _ in range(3):
        book.at += timedelta(minutes=15)
        assert book.turn()
    assert book.kinds() == ["backup_failed"]
    assert book.says("backup")[0] == "look"
    assert "There has been no good backup yet. The last try failed: the share is away" in book.says("backup")[1]
    book.trouble = ""
    book.at += timedelta(minutes=15)
    assert book.turn()
    assert (book.kinds(), book.says("backup")[0]) == (["backup_failed", "backed_up"], "good")


def test_q76_an_alarm_is_raised_when_the_last_good_backup_or_drill_is_too_old(book: Book) -> None:
    book.turn()
    book.turn("drill", 168)
    assert (book.says("backup")[0], book.says("drill")[0]) == ("good", "good")
    assert "19 events, 2 photos, in 1.5 s" in book.says("drill")[1]
    book.at += timedelta(hours=36)
    assert book.says("backup")[0] == "good"
    book.at += timedelta(minutes=1)
    assert (book.says("backup")[0], "too long ago" in book.says("backup")[1]) == ("look", True)
    book.at += timedelta(days=9)
    assert book.says("drill")[0] == "look"


def test_q73_a_task_in_hand_is_not_begun_by_another_and_is_taken_over_once_when_its_process_is_gone(book: Book) -> None:
    def take(worker: str, at: datetime) -> bool:
        hold, every = timedelta(hours=6), timedelta(hours=24)
        return book.store.write(lambda conn: tasks.take(conn, "backup", worker=worker, every=every, hold=hold, at=at))

    assert (take("one", NOON), take("two", NOON), take("two", NOON + timedelta(hours=5))) == (True, False, False)
    assert take("two", NOON + timedelta(hours=6))
    assert not book.store.write(lambda conn: tasks.done(conn, "backup", worker="one", facts={}, at=NOON))
    assert book.store.write(lambda conn: tasks.done(conn, "backup", worker="two", facts={}, at=NOON))


def test_the_real_backup_runs_in_a_process_of_its_own_while_the_record_is_open(book: Book) -> None:
    done = in_a_process(book.settings, "backup")(threading.Event())
    assert (done["events"], done["photos"], done["taken_away"]) == (19, 2, True)
    broken = book.settings.model_copy(update={"backup_recipients": ("age1nonsense",)})
    with pytest.raises(Failed, match="is no public key of age"):
        in_a_process(broken, "backup")(threading.Event())


def test_q76_where_backups_are_not_set_up_or_stay_here_the_page_says_so(book: Book, kept: Kept) -> None:
    book.turn()
    book.settings = kept.settings
    assert book.says("backup") == ("look", "Backups are made, but they stay on this machine.")
    book.settings = load_settings(data_dir=kept.settings.data_dir)
    assert "NO BACKUP IS SET UP" in book.says("backup")[1]
    assert "No restore drill is set up" in book.says("drill")[1]


def test_what_a_cut_left_without_a_row_is_swept_after_a_day(book: Book) -> None:
    Blobs(book.settings.photos).put(b"an orphan", "image/jpeg")
    from app.clock import now

    assert chores.sweep(book.store, book.settings, now()) == 0
    assert chores.sweep(book.store, book.settings, now() + timedelta(hours=25)) == 1
    assert len(list(book.settings.photos.glob("??/??/*"))) == 2  # type: ignore[union-attr]  # a folder
