"""What went otherwise than it should, read from a site's log: findings, stops, acts done again, labels reprinted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, and_, func, or_, select

from app.record.columns import moment, moment_text
from app.record.tables import event, preparation
from workflows.standing import TOO_CLOSE
from workflows.upcasting import upcast

GROUPS = {
    "near miss": "Near misses: wrong things that were stopped",
    "again": "Weighed again: too close to call",
    "photo": "Pictures refused and taken again",
    "typed": "Codes typed in where none would scan",
    "waived": "Accepted by somebody entitled, with a reason",
    "undone": "Taken back, done again or reworked",
    "stop": "Work stopped",
    "label": "Labels printed again",
    "lost": "Remade or given up",
}
"""What is counted, in the order of the page."""
REASONED = {"reworked": "undone", "remade": "lost", "aborted": "lost"}
SLACK = timedelta(days=1)
"""How far a clock that was set wrong may put an event out of the order of its number, and it is found all the same."""
KINDS = ("rejected", "waived", "stepped_back", "redone", "paused", "label_recorded", *REASONED)
_TYPED = and_(event.c.kind == "accepted", event.c.body.contains('"how":"typed"', autoescape=True))
_COLUMNS = (
    event.c.preparation,
    event.c.kind,
    event.c.shape,
    event.c.at,
    event.c.station,
    event.c.body,
    preparation.c.drug,
)


@dataclass(frozen=True)
class Span:
    """Which part of a site's log is looked at."""

    site: str
    """Code."""
    first: date
    """First day, in the site's zone."""
    last: date
    """Last day, itself included."""
    zone: ZoneInfo
    """The site's."""
    drug: str = ""
    """Name as lists print it; empty for every drug."""
    station: str = ""
    """Code; empty for every station and the desks."""

    @property
    def begins(self) -> datetime:
        """Midnight of the first day."""
        return datetime.combine(self.first, time(), tzinfo=self.zone)

    @property
    def ends(self) -> datetime:
        """Midnight after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=self.zone)


@dataclass(frozen=True)
class Happening:
    """One thing that went otherwise."""

    preparation: str
    """Its id."""
    drug: str
    """Name as lists print it."""
    at: datetime
    """UTC."""
    station: str
    """Code; empty at a desk."""
    group: str
    """One of GROUPS."""
    kind: str
    """Which of its group, in words."""
    says: str
    """What the record says of it."""


def happenings(conn: Connection, span: Span) -> Iterator[Happening]:
    """Yield what went otherwise within a span, in the order of the log."""
    wanted = or_(event.c.kind.in_(KINDS), _TYPED)
    query = select(*_COLUMNS).where(preparation.c.id == event.c.preparation, wanted, *within(conn, span))
    for row in conn.execute(query.order_by(event.c.site_seq)):
        data = upcast(row.kind, row.shape, orjson.loads(row.body)["data"])
        for group, kind, says in told(row.kind, data):
            yield Happening(row.preparation, row.drug, moment(row.at), row.station or "", group, kind, says)


def within(conn: Connection, span: Span) -> tuple[Any, ...]:
    """Return the conditions that keep a query over events, joined with their preparations' rows, to a span."""
    begins, ends = _first_at(conn, span.site, span.begins - SLACK), _first_at(conn, span.site, span.ends + SLACK)
    numbers = (event.c.site == span.site, event.c.site_seq >= begins, event.c.site_seq < ends)
    found: tuple[Any, ...] = (*numbers, event.c.at >= moment_text(span.begins), event.c.at < moment_text(span.ends))
    found += (preparation.c.drug == span.drug,) if span.drug else ()
    return found + ((event.c.station == span.station,) if span.station else ())


def _first_at(conn: Connection, site: str, at: datetime) -> int:
    """Return about where a site's events at or after a moment begin: by halves, for their numbers run with their time."""
    text = moment_text(at)
    low, high = 1, (conn.execute(select(func.max(event.c.site_seq)).where(event.c.site == site)).scalar() or 0) + 1
    while low < high:
        middle = (low + high) // 2
        there = conn.execute(select(event.c.at).where(event.c.site == site, event.c.site_seq == middle)).scalar()
        if there is not None and there < text:
            low = middle + 1
        else:
            high = middle
    return low


def told(kind: str, data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what an event tells that went otherwise: one of GROUPS, which of it, and the record's words."""
    match kind:
        case "rejected":
            yield from _refused(data)
        case "accepted":
            yield "typed", "typed", f"{data['slot']}: {data['evidence']['raw']}"
        case "waived":
            yield "waived", in_words(data["code"]), f"{data['slot']}: {data['reason']}"
        case "stepped_back":
            yield "undone", "taken back", f"{data['slot']} {data['reason']}".strip()
        case "redone":
            yield "undone", "done again from empty", f"{', '.join(data['slots'])}: {data['reason']}"
        case "paused":
            yield "stop", data["why"], data["note"]
        case "label_recorded":
            if data["reason"]:
                yield "label", data["reason"], f"{data['printed']['label_kind']} label, copy {data['printed']['copy']}"
        case _:
            yield REASONED[kind], f"{kind}: {data['reason']}", data["note"]


def _refused(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    findings = data["findings"]
    if {one["code"] for one in findings} == {TOO_CLOSE}:
        group = "again"
    else:
        group = "photo" if data["evidence"]["kind"] == "photo" else "near miss"
    for one in findings:
        yield group, in_words(one["code"]), one["says"]


def in_words(code: str) -> str:
    """Return a finding's code as people say it: WRONG_STRENGTH is wrong strength."""
    return code.replace("_", " ").lower()
