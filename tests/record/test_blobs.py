"""Photos on the shelf and messages in the record: filed by what is in them, never shown damaged, gone once they are purged."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app.record import blobs, postgres_store
from app.record.blobs import Blob, Blobs, Damaged
from app.record.engine import Store
from app.record.place import place_of
from app.record.shelf import Folder
from app.record.troubles import Busy
from app.record.verify import verify
from app.settings import Settings
from tests.postgres.fixtures import BOTH, POSTGRESQL
from tests.record.conftest import NOON


class Away(Folder):
    """A shelf that nothing comes back from."""

    def read(self, name: str) -> bytes | None:
        raise OSError(5, "the bucket is away", name)


def test_a_photo_is_filed_by_its_content_and_cannot_be_written_over(tmp_path: Path) -> None:
    folder = Blobs(tmp_path / "blobs")
    kept = folder.put(b"picture", "image/jpeg")
    assert kept == Blob("2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97", "image/jpeg", 7)
    path = tmp_path / "blobs" / kept.sha256[:2] / kept.sha256[2:4] / kept.sha256
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"picture", 0o440)
    assert folder.get(kept.sha256) == b"picture"
    assert folder.put(b"picture", "image/jpeg") == kept
    assert [file.name for file in path.parent.iterdir()] == [kept.sha256]


def test_a_photo_is_on_disk_before_its_name_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write, sync, rename, sync the folder: in this order."""
    acts: list[str] = []
    real_sync, real_rename = os.fsync, Path.rename

    def sync(descriptor: int) -> None:
        acts.append("sync folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "sync file")
        real_sync(descriptor)

    def rename(path: Path, to: Path) -> Path:
        acts.append("rename")
        return real_rename(path, to)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    folder = Blobs(tmp_path / "blobs")
    folder.put(b"first", "image/jpeg")
    assert acts == ["sync folder"] * 3 + ["sync file", "rename", "sync folder"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Blobs(tmp_path / "blobs")
    name = folder.put(b"other", "image/jpeg").sha256

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put(b"picture", "image/jpeg")
    assert [file.name for file in (tmp_path / "blobs").rglob("*") if file.is_file()] == [name]


def test_a_damaged_photo_is_never_shown_as_the_picture_and_is_mended_by_the_same_bytes(tmp_path: Path) -> None:
    folder = Blobs(tmp_path / "blobs")
    name = folder.put(b"picture", "image/jpeg").sha256
    folder.shelf.place(name).chmod(0o640)
    folder.shelf.place(name).write_bytes(b"picturf")
    spoilt = folder.get(name)
    assert isinstance(spoilt, Damaged)
    assert "look for it in the backup" in spoilt.says
    folder.put(b"picture", "image/jpeg")
    assert folder.get(name) == b"picture"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64])
def test_a_name_that_is_no_digest_opens_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        Blobs(tmp_path).get(name)


@BOTH
def test_a_missing_photo_is_none_and_an_orphan_is_listed(store: Store, settings: Settings) -> None:
    folder = Blobs(settings.photos)
    kept, orphan = folder.put(b"kept", "image/png"), folder.put(b"orphan", "image/png")
    for _ in range(2):
        store.write(lambda conn: blobs.enter(conn, kept, at=NOON, identifying=True))
    assert folder.get("0" * 64) is None
    later = NOON + timedelta(days=365_000)
    with store.reading() as conn:
        assert blobs.find(conn, kept.sha256) == kept
        assert blobs.find(conn, orphan.sha256) is None
        assert folder.orphans(conn, later) == (orphan.sha256,)
        assert folder.orphans(conn, NOON - timedelta(days=20_000)) == ()


# --- messages, in the record itself ---


@BOTH
def test_a_message_is_stored_by_the_commit_of_what_came_of_it_and_by_no_other(store: Store, settings: Settings) -> None:
    folder, kept = Blobs(settings.photos), blobs.filed(b"MSH|one", "text/plain")

    def cut(conn: Connection) -> None:
        blobs.keep(conn, kept, b"MSH|one", at=NOON, identifying=True)
        raise KeyError("cut")

    with pytest.raises(KeyError):
        store.write(cut)
    with store.reading() as conn:
        assert (folder.get(kept.sha256, conn), blobs.find(conn, kept.sha256)) == (None, None)
    for _ in range(2):
        store.write(lambda conn: blobs.keep(conn, kept, b"MSH|one", at=NOON, identifying=True))
    with store.reading() as conn:
        assert (folder.get(kept.sha256, conn), folder.get(kept.sha256)) == (b"MSH|one", None)
        assert (blobs.find(conn, kept.sha256), blobs.kept_within(conn)) == (kept, {kept.sha256})


def test_q61_an_altered_message_and_a_missing_one_are_found_and_a_purged_one_is_none(
    store: Store, settings: Settings
) -> None:
    names = []
    for content in (b"MSH|altered", b"MSH|missing", b"MSH|purged Doe", b"MSH|whole"):
        kept = blobs.filed(content, "text/plain")
        names.append(kept.sha256)
        store.write(partial(blobs.keep, kept=kept, content=content, at=NOON, identifying=True))
    store.write(lambda conn: blobs.enter_purge(conn, names[2], who="qa", at=NOON, command_id="C1"))
    store.forget_log()
    assert b"purged Doe" not in b"".join(one.read_bytes() for one in settings.data_dir.glob("vialtrace.db*"))
    assert verify(store.path, settings.photos).ok
    change, drop = (
        "UPDATE blob_within SET content = x'00' WHERE sha256 = :of", "DELETE FROM blob_within WHERE sha256 = :of",
    )  # fmt: skip
    store.write(lambda conn: conn.execute(text(change), {"of": names[0]}))
    store.write(lambda conn: conn.execute(text(drop), {"of": names[1]}))
    found = verify(store.path, settings.photos).faults
    assert [(one.kind, one.where) for one in found] == [("photo", f"photo {name}") for name in names[:2]]


@BOTH
def test_q12_what_was_purged_and_comes_again_is_not_kept_again(store: Store, settings: Settings) -> None:
    folder = Blobs(settings.photos, store.reading)
    small, large = blobs.filed(b"MSH|Doe", "text/plain"), folder.put(b"page of Doe", "application/pdf")

    def come() -> None:
        folder.put(b"page of Doe", "application/pdf")

        def work(conn: Connection) -> None:
            blobs.keep(conn, small, b"MSH|Doe", at=NOON, identifying=True)
            blobs.enter(conn, large, at=NOON, identifying=True)

        store.write(work)

    come()
    for kept in (small, large):
        store.write(partial(blobs.enter_purge, name=kept.sha256, who="qa", at=NOON, command_id=kept.sha256[:20]))
        folder.erase(kept.sha256)
    come()
    with store.reading() as conn:
        assert [folder.get(one.sha256, conn) for one in (small, large)] == [None, None]
    assert verify(place_of(settings), settings.photos).faults == ()


@BOTH
def test_a_message_in_the_record_is_read_while_the_shelf_is_away(store: Store, settings: Settings) -> None:
    folder, kept = Blobs(settings.photos), blobs.filed(b"MSH|two", "text/plain")
    store.write(partial(blobs.keep, kept=kept, content=b"MSH|two", at=NOON, identifying=True))
    folder.shelf = Away(settings.data_dir)
    with store.reading() as conn:
        assert folder.get(kept.sha256, conn) == b"MSH|two"
        found = folder.get("0" * 64, conn)
    assert isinstance(found, Damaged)
    assert "cannot be read: the bucket is away" in found.says


@POSTGRESQL
def test_a_table_in_use_is_not_waited_for_and_what_wrote_it_anew_serves_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_store, "FORGET_WAIT_MS", 20)
    with store.reading() as conn:
        blobs.kept_within(conn)
        with pytest.raises(Busy, match="old pages are still there"):
            store.forget_log()
    store.forget_log()
    with store.engines[1].connect() as conn:
        assert conn.execute(text("SHOW lock_timeout")).scalar_one() == "10s"
