"""Opening a patient's record is itself recorded: who, what, when, where (Q32)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from app.desk.tables import access_log
from app.record import views
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
    number: int = 0
    """Its place in the log, from 1."""


@dataclass(frozen=True)
class Asked:
    """Which openings; all empty: every one."""

    who: str = ""
    """Person id."""
    preparation: str = ""
    """Openings of this preparation's pages, and of lists that showed its patient."""
    station: str = ""
    """Station code."""
    first: date | None = None
    """First day in the site's zone."""
    last: date | None = None
    """Last day, itself included."""

    def words(self) -> str:
        """Return the filter as an export says it."""
        said = [self.who and f"person {self.who}", self.preparation and f"preparation {self.preparation}"]
        said += [self.station and f"station {self.station}", f"from {self.first}" if self.first else ""]
        said += [f"to {self.last}" if self.last else ""]
        return ", ".join(word for word in said if word) or "everything"


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


PAGE = 200
"""Openings of one page, and of one step of an export."""


def search(conn: Connection, site: str, asked: Asked, zone: ZoneInfo, before: int = 0) -> tuple[Opening, ...]:
    """Return the newest openings that fit, newest first, one more than PAGE where there are more; only those before `before`."""
    query = select(access_log).where(access_log.c.site == site)
    if before:
        query = query.where(access_log.c.seq < before)
    if asked.who:
        query = query.where(access_log.c.who == asked.who)
    if asked.station:
        query = query.where(access_log.c.station == asked.station)
    if asked.preparation:
        query = query.where(_shows(conn, asked.preparation))
    if asked.first:
        query = query.where(access_log.c.at >= moment_text(datetime.combine(asked.first, time(), tzinfo=zone)))
    if asked.last:
        end = datetime.combine(asked.last + timedelta(days=1), time(), tzinfo=zone)
        query = query.where(access_log.c.at < moment_text(end))
    rows = conn.execute(query.order_by(access_log.c.seq.desc()).limit(PAGE + 1))
    return tuple(_opening(row) for row in rows)


def _shows(conn: Connection, preparation: str) -> ColumnElement[bool]:
    """Match openings of a preparation, and of every list that showed the same patient's text."""
    row = views.get_preparation(conn, preparation)
    named = access_log.c.preparation == preparation
    text = row.patient if row is not None else None
    return named if not text else named | access_log.c.patients.contains(text, autoescape=True)


def _opening(row: Any) -> Opening:
    shown = tuple(row.patients.split())
    return Opening(moment(row.at), row.who, row.station or "", row.what, row.preparation, shown, row.seq)


def of_preparation(conn: Connection, preparation: str) -> tuple[Opening, ...]:
    """Return who opened a preparation's pages and exports, in order."""
    rows = conn.execute(select(access_log).where(access_log.c.preparation == preparation).order_by(access_log.c.seq))
    return tuple(_opening(row) for row in rows)
