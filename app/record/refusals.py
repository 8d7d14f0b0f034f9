"""What could not be tried: wrong step, wrong person, wrong PIN, stale screen, missing right. All of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.record import canonical
from app.record.columns import moment, moment_text
from app.record.running import append_row
from app.record.tables import refusal


@dataclass(frozen=True)
class Refusal:
    """One act that was refused."""

    seq: int  # counts from 1 over all refusals
    site: str  # code of the site
    at: datetime  # UTC
    who: str  # the person's id, or what was claimed
    station: str | None  # code of the station
    stream: str | None  # the preparation it was meant for
    command_id: str  # the command
    command: str  # what was asked, in snake_case
    code: str  # the reason's code
    says: str  # the reason in words, as the person saw it
    details: dict[str, Any]  # what was handed in, without secrets; JSON-able


def keep(
    conn: Connection,
    *,
    site: str,
    at: datetime,
    who: str,
    station: str | None,
    stream: str | None,
    command_id: str,
    command: str,
    code: str,
    says: str,
    details: Mapping[str, Any],
) -> int:
    """Write a refusal and return its number. Never hand in a PIN or a password."""
    row = {
        "site": site, "at": moment_text(at), "who": who, "station": station, "stream": stream, "command_id": command_id,
        "command": command, "code": code, "says": says, "details": canonical.dump(dict(details)).decode(),
    }  # fmt: skip
    return append_row(conn, refusal, row)


def of_stream(conn: Connection, stream: str) -> tuple[Refusal, ...]:
    """Return the refusals of a preparation in order."""
    return _read(conn, refusal.c.stream == stream)


def of_site(conn: Connection, site: str, *, after: int = 0) -> tuple[Refusal, ...]:
    """Return the refusals of a site after this number, in order."""
    return _read(conn, refusal.c.site == site, refusal.c.seq > after)


def _read(conn: Connection, *where: Any) -> tuple[Refusal, ...]:
    rows = conn.execute(select(refusal).where(*where).order_by(refusal.c.seq)).mappings()
    return tuple(_refusal(dict(row)) for row in rows)


def _refusal(row: dict[str, Any]) -> Refusal:
    del row["digest"]
    return Refusal(**{**row, "at": moment(row["at"]), "details": canonical.parse(row["details"])})
