"""Enters what other commands of this machine hand in while the server has the record: exports and backups, by whom (Q8)."""

from __future__ import annotations

import json
import os
import pwd
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from app import logs
from app.record import acts
from app.record.engine import Store
from app.record.handing import DONE, FOLDER, NEW, TAKEN
from app.record.tables import event
from app.settings import Settings

log = logs.of("upkeep")

KINDS = frozenset({"record_exported", "backed_up"})
"""What may be handed in. Everything else is done through a page, or with the server stopped."""
LARGEST = 64 * 1024
"""Bytes of one act."""
KEPT = timedelta(hours=1)
"""An answer that nobody fetched goes after this."""


def take(store: Store, settings: Settings, at: datetime) -> int:
    """Enter every act that waits, and those in hand when an earlier server died; return how many."""
    folder = settings.data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)  # made by hand: others would fill the record with acts of theirs
    for waiting in sorted(folder.glob(f"*{NEW}")):
        try:
            waiting.rename(waiting.with_suffix(TAKEN))
        except FileNotFoundError:
            continue  # taken back
    count = 0
    for taken in sorted(folder.glob(f"*{TAKEN}")):
        entered = _enter(store, settings, taken, at)
        _answer(taken, entered=entered)
        count += entered
    for answer in folder.glob(f"*{DONE}"):
        if answer.stat().st_mtime < (at - KEPT).timestamp():
            answer.unlink(missing_ok=True)
    return count


def _enter(store: Store, settings: Settings, taken: Path, at: datetime) -> bool:
    """Write one act as an event, by the account that owns its file; False for what is no act."""
    try:
        who, said = _read(taken)
        kind, data = said["kind"], said["data"]
        if kind not in KINDS or not isinstance(data, dict):
            raise ValueError(f"{kind!r} is not handed in")
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        log.warning("an act that was handed in is none", says=f"{taken.name}: {trouble}")
        return False

    def work(conn: Connection) -> None:
        if conn.execute(select(event.c.seq).where(event.c.command_id == taken.stem)).first() is None:
            acts.append(conn, settings, settings.site, kind, data, who=who, at=at, command_id=taken.stem)

    store.write(work)
    return True


def _read(taken: Path) -> tuple[str, Any]:
    """Return whose file it is and what it says."""
    with open(os.open(taken, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            raise ValueError("it is no plain file, or too long")
        said = json.loads(file.read(LARGEST))
    try:
        return f"os/{pwd.getpwuid(about.st_uid).pw_name}", said
    except KeyError:
        return f"os/{about.st_uid}", said


def _answer(taken: Path, *, entered: bool) -> None:
    draft = taken.with_name(f".{taken.stem}")
    draft.write_bytes(json.dumps({"entered": entered}).encode())
    draft.chmod(0o644)
    draft.rename(taken.with_suffix(DONE))
    taken.unlink()
