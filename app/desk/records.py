"""Finding preparations again: by state, drug and day, or by whatever is printed on a bag or an order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, Text, func, select, type_coerce
from sqlalchemy import false as nothing

from app import preparations
from app.interfaces import doses
from app.interfaces.opening import key_text
from app.interfaces.tables import ordered
from app.record import found_by, views
from app.record.tables import blob, preparation
from app.record.views import PreparationRow
from devices.scanner import own
from workflows.preparation import Preparation

PAGE = 300
"""Lines of one page (SCREENS 12)."""
STATES = (
    "ordered", "ready", "claimed", "garbed", "staged", "reconstituted", "drawn", "hold", "mixed", "labelled",
    "awaiting-check", "approved", "released", "closed", "paused", "aborted", "remade",
    "downtime",
)  # fmt: skip
"""What a list may be filtered by."""
OUTCOMES = ("released", "downtime", "remade", "aborted", "open")
"""How a preparation ended; open: it has not."""
PRINTED = re.compile(r"([PIF])-?([0-9A-Z]{4})-?([0-9A-Z]{4})(?:-?[0-9A-Z])?")
"""An id as it stands under a code: P-7F3K-2Q9X-P."""


@dataclass(frozen=True)
class Filter:
    """What a list shows; all empty: everything."""

    status: str = ""
    """One of STATES."""
    drug: str = ""
    """Part of the drug's name, in any case."""
    first: date | None = None
    """First day by needed-by time, in the site's zone."""
    last: date | None = None
    """Last day, itself included."""
    station: str = ""
    """Code of the station it was made at."""
    outcome: str = ""
    """One of OUTCOMES; only exports look at it."""
    lot: str = ""
    """Lot of something that was scanned for it, in any case; also of what was refused."""
    person: str = ""
    """Person id of who did or witnessed something of it."""
    patients: tuple[str, ...] | None = None
    """Order texts of the patient looked for; None: of any."""

    def words(self) -> str:
        """Return the filter as an export says it."""
        said = [self.status and f"state {self.status}", self.drug and f"drug contains {self.drug}"]
        said += [f"needed from {self.first}" if self.first else "", f"to {self.last}" if self.last else ""]
        said += [self.station and f"station {self.station}", self.outcome and f"outcome {self.outcome}"]
        said += [self.lot and f"lot {self.lot}", "one person" if self.person else ""]
        said.append("" if self.patients is None else "one patient")
        return ", ".join(word for word in said if word) or "everything"


def search(
    conn: Connection, sites: Sequence[str], wanted: Filter, zone: ZoneInfo, page: int = 1
) -> tuple[PreparationRow, ...]:
    """Return one page of preparations of these sites, newest needed-by first; one line more than PAGE: there are more."""
    query = _where(select(preparation.c.id), sites, wanted, zone)
    query = query.order_by(preparation.c.due.desc(), preparation.c.id.desc()).limit(PAGE + 1).offset((page - 1) * PAGE)
    return views.these(conn, conn.execute(query).scalars().all())


@dataclass(frozen=True)
class Place:
    """Where a walk over many preparations stands: after this one."""

    due: str
    """Its needed-by time as stored; empty for none."""
    id: str
    """Its id."""


START = Place("", "")
"""Before the first."""


def ids(
    conn: Connection, site: str, wanted: Filter, zone: ZoneInfo, after: Place = START, most: int = 200
) -> tuple[Place, ...]:
    """Return the next preparations that fit, oldest first: an export walks on from the last of them, and holds no more.

    The outcome is not looked at here: it stands in the log alone.
    """
    due = func.coalesce(type_coerce(preparation.c.due, Text), "")
    later = (due > after.due) | ((due == after.due) & (preparation.c.id > after.id))
    query = _where(select(due, preparation.c.id), (site,), wanted, zone).where(later)
    return tuple(Place(*row) for row in conn.execute(query.order_by(due, preparation.c.id).limit(most)))


def _where(query: Select[Any], sites: Sequence[str], wanted: Filter, zone: ZoneInfo) -> Select[Any]:
    query = query.where(preparation.c.site.in_(sites))
    if wanted.status:
        query = query.where(preparation.c.status == wanted.status if wanted.status in STATES else nothing())
    if wanted.drug:
        query = query.where(func.lower(preparation.c.drug).contains(wanted.drug.lower(), autoescape=True))
    if wanted.station:
        query = query.where(preparation.c.station == wanted.station)
    if wanted.first:
        query = query.where(preparation.c.due >= _midnight(wanted.first, zone))
    if wanted.last:
        query = query.where(preparation.c.due < _midnight(wanted.last + timedelta(days=1), zone))
    if wanted.lot:
        query = query.where(preparation.c.id.in_(found_by.preparations_with("lot", wanted.lot)))
    if wanted.person:
        query = query.where(preparation.c.id.in_(found_by.preparations_with("person", wanted.person)))
    if wanted.patients is not None:
        query = query.where(preparation.c.patient.in_(wanted.patients))
    return query


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def find(conn: Connection, site: str, text: str) -> tuple[str, ...]:
    """Return the preparations that a typed or scanned text names: an id, a label of ours, or an order number."""
    tidy = text.strip()
    named = _named(conn, tidy)
    if not named:
        part = f"\x1f{tidy}\x1f"
        where = (ordered.c.site == site) & ordered.c.key.contains(part, autoescape=True) & (ordered.c.preparation != "")
        rows = conn.execute(select(ordered.c.key, ordered.c.preparation).where(where)).all() if tidy else ()
        named = tuple(one for row in rows for one in doses.preparations_of(conn, row.key, row.preparation))
    here = (views.get_preparation(conn, one) for one in named)
    return tuple(row.id for row in here if row is not None and row.site == site)


def _named(conn: Connection, tidy: str) -> tuple[str, ...]:
    if own.is_own(tidy):
        said = own.answer(tidy, None).own
        kind, code = (said.kind, said.id or "") if said else ("", "")
    else:
        match = PRINTED.fullmatch(tidy.upper())
        kind, code = (match[1], match[2] + match[3]) if match else ("P", tidy)
    if kind == "P":
        return (code,) if views.get_preparation(conn, code) else ()
    label = views.label_of(conn, code)
    return (label[1],) if label else ()


def identifying(conn: Connection, sha256: str) -> bool | None:
    """Say whether a content shows a patient's name; None where it does not belong to the record."""
    found = conn.execute(select(blob.c.identifying).where(blob.c.sha256 == sha256)).scalar_one_or_none()
    return None if found is None else bool(found)


def replacement(conn: Connection, preparation_id: str, p: Preparation) -> str:
    """Return the preparation that was opened in place of this one, or an empty text: walks back from the order's newest."""
    if p.outcome not in ("remade", "aborted"):
        return ""
    newest = doses.newest_of(conn, key_text(p.order.key), p.order.dose_no)
    while newest and newest != preparation_id:
        later = preparations.load(conn, newest)
        if later is None or later.replaces == preparation_id:
            return newest if later else ""
        newest = later.replaces
    return ""
