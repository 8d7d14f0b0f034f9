"""Acts without a preparation, kept on the site's own stream (Q8): administration, people, sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app import clock
from app.record import grants, handing, log
from app.record.engine import open_store
from app.record.log import NewEvent, StoredEvent
from app.record.place import place_of, read_only
from app.record.sqlite import FileLock
from app.record.troubles import CannotOpen
from app.settings import Settings


def may_enter(settings: Settings) -> bool:
    """Say whether this process may write to the record now: a file may be served by another, an account may only read."""
    place = place_of(settings)
    if not isinstance(place, Path):
        with read_only(place) as conn:
            return grants.may_write(conn)
    try:
        FileLock(place).release()
    except (CannotOpen, OSError):
        return False
    return True


def enter(settings: Settings, kind: str, data: Mapping[str, Any], *, who: str, at: datetime) -> bool:
    """Write one event on the site's stream; False, with nothing written, where this process may not write now.

    Raises CannotOpen for a record that is not fit to be written to.
    """
    if not may_enter(settings):
        return False
    with closing(open_store(settings)) as store:
        store.write(lambda conn: append(conn, settings, settings.site, kind, data, who=who, at=at))
    return True


def enter_or_hand_in(settings: Settings, kind: str, data: Mapping[str, Any], *, who: str, at: datetime) -> bool:
    """Write it where this process may, else have the server that runs here write it; False where neither could."""
    return enter(settings, kind, data, who=who, at=at) or handing.hand_in(settings, kind, data)


def append(
    conn: Connection,
    settings: Settings,
    site: str,
    kind: str,
    data: Mapping[str, Any],
    *,
    who: str,
    at: datetime,
    station: str | None = None,
    second_person: str | None = None,
    command_id: str = "",
) -> StoredEvent:
    """Write one event on a site's stream in the caller's transaction, and return it as stored."""
    stream = f"site/{site}"
    (stored,) = log.append(
        conn,
        stream=stream,
        expected_version=log.version_of(conn, stream),
        events=[NewEvent(stream, kind, 1, dict(data))],
        who=who,
        second_person=second_person,
        at=at,
        station=station,
        command_id=command_id or clock.new_command_id(),
        site=site,
        software=settings.software,
    )
    return stored
