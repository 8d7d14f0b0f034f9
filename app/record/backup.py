"""Backup and restore: an online copy that was checked, photos by their hash, checkpoints and public keys beside it.

A record on PostgreSQL is carried into a file, which is checked and comes back like any other.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.record import canonical, carry, sqlite
from app.record.acts import append
from app.record.blobs import Blobs, kept_within
from app.record.checkpoints import RESTORED, restore_of
from app.record.columns import moment_text
from app.record.engine import open_store
from app.record.keys import write_file
from app.record.notes import Note
from app.record.place import Place, place_of
from app.record.tables import blob, checkpoint, event, purge, running_head, site_head
from app.record.trust import Evidence, gather, read_notes
from app.record.verify import Verdict, verify
from app.settings import Settings

FORMAT = "vialtrace-backup/1"
DATABASE = "vialtrace.db"
MANIFEST = "manifest.json"


class CannotDo(Exception):  # noqa: N818  # named as the answer the caller hears
    """The backup or the restore was not made; the sentence says why and what to do."""


@dataclass(frozen=True)
class BackedUp:
    """A backup that was made and checked."""

    verdict: Verdict  # of the copy, photos included
    heads: Mapping[str, int]  # number of each site's last event in the copy
    photos_copied: int  # contents that the folder did not have before


@dataclass(frozen=True)
class Lost:
    """What a restore lost of one site, as far as checkpoints can tell."""

    site: str  # code
    restored_to: int  # number of the last event in the backup
    missing_to: int | None  # number of the last event that a checkpoint covers; None when nothing is known to be lost
    epoch: int  # number of this restore


@dataclass(frozen=True)
class Restored:
    """A record that came back."""

    verdict: Verdict  # of the restored record, with the restore's own event
    lost: tuple[Lost, ...]  # one for each site


def back_up(
    database: Place, photos: Path | str, beside: Path, to: Path, at: datetime, *, photos_too: bool = True
) -> BackedUp:
    """Copy the record into a folder while others write; `beside` is the folder of checkpoints.

    Without `photos_too` the photos stay where they are, and are checked there.

    The folder may hold an earlier backup of the same record: then photos that are there are not copied again, and the
    database is replaced once the new copy was checked. Raises CannotDo, and leaves the earlier backup as it was.
    """
    if isinstance(database, Path) and not database.exists():
        raise CannotDo(f"{database} does not exist: there is nothing to back up. Set VIALTRACE_DATA_DIR to its folder.")
    to.mkdir(parents=True, exist_ok=True)
    draft = to / f".{DATABASE}.draft"
    draft.unlink(missing_ok=True)
    try:
        copy_folder(beside, to / "checkpoints")  # before the database: none may cover an event that the copy lacks
        copy_database(database, draft)
        _continues(to, draft)
        copied = copy_photos(draft, Blobs(photos), Blobs(to / "blobs")) if photos_too else 0
        evidence = gather((to / "checkpoints",), (to / "checkpoints" / "keys",), None)
        verdict = verify(draft, to / "blobs" if photos_too else photos, evidence)
        if not verdict.ok:
            first = verdict.faults[0]
            raise CannotDo(f"the copy is not whole, and was not kept: {first.where}: {first.says}. Look at the record.")
        draft.rename(to / DATABASE)
    finally:
        for left in to.glob(f".{DATABASE}.draft*"):
            left.unlink()
    heads = _heads(to / DATABASE)
    _write_manifest(to, heads, verdict, at)
    return BackedUp(verdict, {site: seq for site, (seq, _) in heads.items()}, copied)


def copy_database(source: Place, draft: Path) -> None:
    """Copy in one step: with pages at a time the copy would start over at each commit of the server, for ever."""
    if isinstance(source, Path):
        with (
            closing(sqlite.raw_connection(source, mode="ro")) as reader,
            closing(sqlite.raw_connection(draft, mode="rwc")) as copy,
        ):
            reader.backup(copy, pages=-1)
    else:
        carry.into_file(source, draft)
    with closing(sqlite.raw_connection(draft)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        said = copy.execute("PRAGMA quick_check").fetchone()[0]
    if said != "ok":
        raise CannotDo(
            f"the copy is damaged ({said}), and was not kept. Look at the record with `vialtrace record verify`."
        )
    _sync(draft)


def _continues(to: Path, draft: Path) -> None:
    """Refuse to replace a backup that the new copy does not continue: it may be the only good one."""
    if not (to / DATABASE).exists():
        return
    with sqlite.read_only(draft) as conn:
        for site, (seq, digest) in _heads(to / DATABASE).items():
            if _digest_at(conn, site, seq) != digest:
                raise CannotDo(
                    f"{to} holds a backup with event {seq} of {site}, which this record does not have or has otherwise. "
                    "Back up into a new folder, and find out which of the two is right."
                )


def contents_of(database: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names of the photos and other contents that a record has on its shelf, and of those that were purged."""
    with sqlite.read_only(database) as conn:
        gone = frozenset(conn.execute(select(purge.c.ref).where(purge.c.what == "blob")).scalars())
        elsewhere = gone | kept_within(conn)
        names = tuple(name for name in conn.execute(select(blob.c.sha256)).scalars() if name not in elsewhere)
    return names, gone


def copy_photos(database: Path, photos: Blobs, to: Blobs) -> int:
    """Copy what the backup does not have; what is missing or damaged at its source is left out, and `verify` names it."""
    count = 0
    names, gone = contents_of(database)
    for name in gone:
        to.erase(name)
    for name in names:
        if not to.shelf.has(name) and isinstance(content := photos.get(name), bytes):
            to.put(content, "")
            count += 1
    return count


def copy_folder(source: Path, to: Path) -> None:
    """Copy every file of a folder that is there; drafts are left out."""
    for path in sorted(path for path in source.glob("**/*") if path.is_file()):
        if not path.name.startswith("."):
            _copy(path, to / path.relative_to(source))


def _copy(source: Path, to: Path) -> None:
    """Copy beside the final place, sync, rename."""
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = to.with_name(f".{to.name}.draft")
    shutil.copyfile(source, draft)
    draft.chmod(0o440)
    _sync(draft)
    draft.rename(to)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _heads(database: Path) -> dict[str, tuple[int, bytes]]:
    with sqlite.read_only(database) as conn:
        return {row.site: (row.site_seq, row.site_digest) for row in conn.execute(select(site_head))}


def _digest_at(conn: Connection, site: str, seq: int) -> bytes | None:
    query = select(event.c.site_digest).where(event.c.site == site, event.c.site_seq == seq)
    return conn.execute(query).scalar_one_or_none()


def _write_manifest(to: Path, heads: Mapping[str, tuple[int, bytes]], verdict: Verdict, at: datetime) -> None:
    """Name every file but the photos, whose names are their digests."""
    files = [to / DATABASE, *(path for path in sorted((to / "checkpoints").glob("**/*")) if path.is_file())]
    said = {
        "format": FORMAT,
        "at": moment_text(at),
        "heads": {site: {"site_seq": seq, "site_digest": digest.hex()} for site, (seq, digest) in heads.items()},
        "events": verdict.events,
        "preparations": verdict.preparations,
        "photos": verdict.photos,
        "files": {str(path.relative_to(to)): _sha256_of(path) for path in files},
    }
    write_file(to / MANIFEST, canonical.dump(said).decode() + "\n", 0o644)


def _sha256_of(path: Path) -> str:
    """Hash a file a piece at a time: a year's record is larger than the memory."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a backup's manifest and compare each file with it; raise CannotDo for what does not fit."""
    try:
        said: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
        files = said["files"].items() if said["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotDo(
            f"{folder} is not a backup: its {MANIFEST} cannot be read ({error}). Name the folder of one."
        ) from error
    if files is None:
        raise CannotDo(
            f"{folder} is a backup in a form that this release does not know. Restore it with the one that made it."
        )
    for name, digest in files:
        path = folder / name
        if not path.is_file() or _sha256_of(path) != digest:
            raise CannotDo(f"{path} is missing or is not what was backed up. Take an earlier backup.")
    return said


def restore(
    backup: Path, settings: Settings, elsewhere: tuple[Path, ...], *, who: str, why: str, at: datetime, hands: int = 1
) -> Restored:
    """Bring a backup back into the new folder that `settings` names, and write down that it was done and what is missing.

    `elsewhere` are folders of checkpoints: the newest of them tells what was lost. It is checked before and after, by so many
    processes at once. Raises CannotDo, and leaves the folder without a database, when there is a record already or the
    backup is not whole.
    """
    target, photos = settings.data_dir / DATABASE, settings.photos
    if target.exists() or (isinstance(photos, Path) and any(photos.glob("*"))):
        raise CannotDo(f"{settings.data_dir} holds a record already. Restore into a new folder; nothing was changed.")
    for folder in elsewhere:
        if not folder.is_dir():
            raise CannotDo(
                f"{folder} is not a folder. Name the one with the copies of checkpoints, or leave the option out."
            )
    manifest = read_manifest(backup)
    texts = (backup / "checkpoints", *elsewhere)
    evidence = gather(texts, [folder / "keys" for folder in texts], None)
    try:
        _bring(backup, settings)
        alone = gather(texts[:1], [texts[0] / "keys"], None)
        verdict = verify(target, settings.photos, alone, hands=hands)
        if not verdict.ok:
            first = verdict.faults[0]
            raise CannotDo(f"the backup is not whole: {first.where}: {first.says}. Take an earlier one.")
        digest = sha256((backup / MANIFEST).read_bytes()).hexdigest()
        lost = _enter(settings, evidence, manifest, digest, who=who, why=why, at=at)
        verdict = verify(target, settings.photos, evidence, hands=hands)
    except BaseException:
        for left in settings.data_dir.glob(f"{DATABASE}*"):
            left.unlink()
        if isinstance(photos, Path):
            shutil.rmtree(photos, ignore_errors=True)
        raise
    return Restored(verdict, lost)


def brought_back(settings: Settings, elsewhere: tuple[Path, ...], *, who: str, why: str, at: datetime) -> Restored:
    """Write down that PostgreSQL's own tools have brought the record back, and what is missing since; serve only afterwards.

    `elsewhere` are folders of checkpoints, beside the one of `settings`. Raises CannotDo, and writes nothing, where the record
    is a file, is not whole, or is another than the one the checkpoints were made over.
    """
    place, beside = place_of(settings), settings.data_dir / "checkpoints"
    if isinstance(place, Path):
        raise CannotDo(
            "The record is a file: bring a backup of it back with `vialtrace db restore`. Nothing was written."
        )
    for folder in elsewhere:
        if not folder.is_dir():
            raise CannotDo(
                f"{folder} is not a folder. Name the one with the copies of checkpoints. Nothing was written."
            )
    verdict = verify(place, settings.photos)
    if not verdict.ok:
        first = verdict.faults[0]
        raise CannotDo(f"what came back is not whole: {first.where}: {first.says}. Restore an earlier moment.")
    folders = [folder for folder in (beside, *elsewhere) if folder.is_dir()]
    evidence = gather(folders, [folder / "keys" for folder in folders], None)
    lost = _enter(settings, evidence, {"at": moment_text(at)}, "", who=who, why=why, at=at)
    return Restored(verify(place, settings.photos, evidence), lost)


def _bring(backup: Path, settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _bring_photos(backup / "blobs", Blobs(settings.photos))
    copy_folder(backup / "checkpoints", settings.data_dir / "checkpoints")
    _copy(backup / DATABASE, settings.data_dir / DATABASE)
    (settings.data_dir / DATABASE).chmod(0o640)


def _bring_photos(backup: Path, to: Blobs) -> None:
    kept = Blobs(backup)
    for path in sorted(backup.glob("??/??/*")):
        content = kept.get(path.name)
        if isinstance(content, bytes):
            to.put(content, "")


def _enter(
    settings: Settings,
    evidence: Evidence,
    manifest: Mapping[str, Any],
    digest: str,
    *,
    who: str,
    why: str,
    at: datetime,
) -> tuple[Lost, ...]:
    """Write the event of the restore on each site's stream; the next checkpoint is signed once a person accepted it."""
    with closing(open_store(settings)) as store, store.reading() as conn:
        table = {f"row {row.seq}": row.note for row in conn.execute(select(checkpoint))}
        known, _ = read_notes({**table, **evidence.texts})
        heads = {row.site: (row.site_seq, row.site_digest) for row in conn.execute(select(site_head))}
        lost = tuple(_lost(conn, site, seq, known) for site, (seq, _) in sorted(heads.items()))
        running = {row.name: row.seq for row in conn.execute(select(running_head))}
    data = {
        "backup_at": manifest["at"],
        "backup_sha256": digest,
        "running": running,
        "why": why,
    }

    def write(conn: Connection) -> None:
        for one in lost:
            said = {"epoch": one.epoch, "restored_to": one.restored_to, "missing_to": one.missing_to}
            said["restored_digest"] = heads[one.site][1].hex()
            append(conn, settings, one.site, RESTORED, {**data, **said}, who=who, at=at)

    with closing(open_store(settings)) as store:
        store.write(write)
    return lost


def _lost(conn: Connection, site: str, last: int, known: tuple[Note, ...]) -> Lost:
    """Compare the end with the newest checkpoint at hand; refuse a backup of another history."""
    ours = [note for note in known if note.site == site]
    query = select(event).where(event.c.preparation == f"site/{site}", event.c.kind == RESTORED)
    restores = [one for one in map(restore_of, conn.execute(query)) if one is not None]
    epoch = max((one.epoch for one in restores), default=0)
    for note in ours:
        here = note.epoch == epoch and note.site_seq <= last
        if here and _digest_at(conn, site, note.site_seq) != note.site_digest:
            raise CannotDo(
                f"the checkpoint of {note.where} was made over another history than this backup's. "
                "One of the two is forged: find out which before anything is restored."
            )
    beyond = max((note.site_seq for note in ours if note.epoch >= epoch), default=0)
    newest = max([epoch, *(note.epoch for note in ours)])
    return Lost(site, last, beyond if beyond > last else None, newest + 1)
