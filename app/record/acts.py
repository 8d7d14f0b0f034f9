"""Acts without a preparation, kept on the site's own stream (Q8): administration, people, sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app import clock
from app.record import log
from app.record.engine import database_file, open_store
from app.record.log import NewEvent, StoredEvent
from app.record.sqlite import CannotOpen, FileLock
from app.settings import Settings


def is_served(settings: Settings) -> bool:
    """Say whether another process has the record open for writing, or this account may not write it."""
    try:
        FileLock(database_file(settings)).release()
    except (CannotOpen, PermissionError):
        return True
    return False


def enter(settings: Settings, kind: str, data: Mapping[str, Any], *, who: str, at: datetime) -> bool:
    """Write one event on the site's stream; False, with nothing written, while the server has the record open.

    Raises CannotOpen for a record that is not fit to be written to.
    """
    if is_served(settings):
        return False
    with closing(open_store(settings)) as store:
        store.write(lambda conn: append(conn, settings, settings.site, kind, data, who=who, at=at))
    return True


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
        command_id=clock.new_command_id(),
        site=site,
        software=settings.software,
    )
    return stored
