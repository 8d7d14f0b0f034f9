"""Every export is an act of the record: who took what away, in which form, with the digest of the file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.record import acts
from app.record.columns import moment
from app.record.tables import event
from app.settings import Settings

KIND = "record_exported"
"""Name of the event on the site's stream."""
PAGE = 200
"""Exports of one page."""


@dataclass(frozen=True)
class Export:
    """What was taken away."""

    format: str
    """csv, xlsx, parquet, fhir, pdf, bundle."""
    filter: str
    """What was asked for, in words."""
    file: str
    """Name of the file."""
    sha256: str
    """Hex, over the whole file; empty where an early release did not say it."""
    patients: str = ""
    """named, pseudonym, research, or masked: initials and four digits."""
    rows_are: str = ""
    """What a row is; empty where there are none."""
    preparations: int = 0
    """How many preparations were in it."""
    rows: int = 0
    """Rows, resources, pages' events."""
    size: int = 0
    """Bytes."""
    as_of: int = 0
    """Number of the site's last event when it began."""
    preparation: str = ""
    """Of an export of one preparation: its id."""
    named: str = ""
    """Of an export by command line: the person for whom it was said to be made. Nobody checked that it was them."""
    signed_in: str = ""
    """Of an export by command line: the account that signed in to the machine, where it worked as another."""


@dataclass(frozen=True)
class Recorded:
    """An export as the record tells it."""

    at: datetime
    """UTC."""
    who: str
    """Person id, or os/ and an account of the machine."""
    station: str
    """Station code; empty at a desk."""
    export: Export
    """What was taken away."""


def record_export(
    conn: Connection,
    settings: Settings,
    said: Export,
    *,
    who: str,
    at: datetime,
    station: str = "",
    command_id: str = "",
) -> None:
    """Write the event on the site's stream, in the caller's transaction; without `command_id` a new one names it."""
    acts.append(
        conn,
        settings,
        settings.site,
        KIND,
        asdict(said),
        who=who,
        at=at,
        station=station or None,
        command_id=command_id,
    )


def exports(conn: Connection, site: str, before: int = 0) -> tuple[tuple[int, Recorded], ...]:
    """Return the newest exports of a site with their event's number, newest first; only those before `before`, if given."""
    mine = (event.c.preparation == f"site/{site}") & (event.c.kind == KIND)
    query = select(event.c.site_seq, event.c.at, event.c.who, event.c.station, event.c.body).where(mine)
    if before:
        query = query.where(event.c.site_seq < before)
    rows = conn.execute(query.order_by(event.c.site_seq.desc()).limit(PAGE + 1))
    return tuple((row.site_seq, _recorded(row)) for row in rows)


def _recorded(row: Any) -> Recorded:
    said: dict[str, Any] = orjson.loads(row.body)["data"]
    return Recorded(moment(row.at), row.who, row.station or "", _upcast(said))


def _upcast(said: dict[str, Any]) -> Export:
    """Read also what an early release said: a bundle of one preparation or of everything."""
    if "sha256" in said:
        return Export(**{field.name: said[field.name] for field in fields(Export) if field.name in said})
    one = said.get("preparation") or ""
    words = f"preparation {one}" if one else "everything"
    return Export("bundle", words, said.get("file", ""), "", preparation=one)
