"""Opening a patient's record is itself recorded: who, what, when, where (Q32)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.desk.tables import access_log
from app.record.columns import moment, moment_text
from app.record.running import append_row


@dataclass(frozen=True)
class Opening:
    """One opening of a page or export with patient text."""

    at: datetime
    """UTC."""
    who: str
    """Person id."""
    station: str
    """Station code; empty at a desk."""
    what: str
    """Page or export: review, record, record pdf, record csv, order, orders, queue, records."""
    preparation: str
    """Preparation id; empty for a list."""
    patients: tuple[str, ...]
    """Ids of the order texts that were shown."""


def note(
    conn: Connection,
    *,
    site: str,
    at: datetime,
    who: str,
    station: str,
    what: str,
    preparation: str,
    patients: Iterable[str],
) -> None:
    """Write that somebody opened something; nothing is written where no patient was shown."""
    shown = sorted({one for one in patients if one})
    if not shown:
        return
    row = {"site": site, "at": moment_text(at), "who": who, "station": station or None, "what": what}
    append_row(conn, access_log, {**row, "preparation": preparation, "patients": " ".join(shown)})


def of_preparation(conn: Connection, preparation: str) -> tuple[Opening, ...]:
    """Return who opened a preparation's pages and exports, in order."""
    rows = conn.execute(select(access_log).where(access_log.c.preparation == preparation).order_by(access_log.c.seq))
    return tuple(
        Opening(moment(row.at), row.who, row.station or "", row.what, row.preparation, tuple(row.patients.split()))
        for row in rows
    )
