"""Accuracy a person, for quality assurance: what went otherwise against how much they made; in the order of names (G16).

It ranks nobody: many near misses of somebody who makes many doses mean less than few of somebody who makes hardly any,
and what was stopped and told is what a pharmacy wants told. So each number stands beside what it is a part of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection, and_, or_, select

from app.desk.happenings import Span, told, within
from app.desk.names import name_of
from app.desk.quality import OUTSIDE_WORDS
from app.record.tables import event, preparation
from workflows.upcasting import upcast

FEW = 20
"""Below so many preparations a share says nothing, and none is shown."""
JUDGED_LATER = frozenset({"reworked", "remade"})
"""Acts of whoever judges, about the work of whoever made it."""
_SCAN = event.c.body.contains('"kind":"scan"', autoescape=True)
_WEIGHED = event.c.body.contains('"kind":"weighing"', autoescape=True)
_KINDS = or_(
    event.c.kind.in_(("claimed", "rejected", "stepped_back", "redone", *JUDGED_LATER)),
    and_(event.c.kind == "accepted", or_(_SCAN, _WEIGHED)),
)


@dataclass(frozen=True)
class Accuracy:
    """What one person did within a span, and what of it went otherwise."""

    person: str
    """Person id."""
    name: str
    """Printed name."""
    begun: int
    """Preparations that they took up."""
    missed: int
    """Of these, preparations in which a wrong thing of theirs was stopped."""
    misses: int
    """Wrong things of theirs that were stopped."""
    scans: int
    """Codes that they read or typed."""
    typed: int
    """Of these, typed in."""
    weighings: int
    """Weights of theirs that were judged: accepted or refused."""
    outside: int
    """Of these, outside their tolerance."""
    undone: int
    """Acts that they took back or did again from empty."""
    sent_back: int
    """Preparations of theirs that were sent back to be reworked or made anew."""

    def share(self, part: int) -> str:
        """Return so many of each hundred preparations begun; empty where there are too few to say."""
        return f"{100 * part / self.begun:.1f}" if self.begun >= FEW else ""


@dataclass
class _Tally:
    """Counts of one person while the log is read."""

    begun: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    sent_back: set[str] = field(default_factory=set)
    misses: int = 0
    scans: int = 0
    typed: int = 0
    weighings: int = 0
    outside: int = 0
    undone: int = 0


def accuracy(conn: Connection, span: Span, known: Mapping[str, str]) -> tuple[Accuracy, ...]:
    """Return everybody who took up, scanned or weighed anything within a span, in the order of their names."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    query = select(
        event.c.preparation, event.c.kind, event.c.shape, event.c.who, event.c.body, preparation.c.technician
    )
    query = query.where(preparation.c.id == event.c.preparation, _KINDS, *within(conn, span))
    for row in conn.execute(query.order_by(event.c.site_seq)):
        whose = row.technician if row.kind in JUDGED_LATER else row.who
        if whose:
            data = upcast(row.kind, row.shape, orjson.loads(row.body)["data"])
            _count(tallies[whose], row.preparation, row.kind, data)
    lines = (_line(person, name_of(known, person), tally) for person, tally in tallies.items())
    return tuple(sorted(lines, key=lambda line: (line.name.casefold(), line.person)))


def _count(of: _Tally, id: str, kind: str, data: dict[str, object]) -> None:
    evidence = data.get("evidence")
    what = evidence["kind"] if isinstance(evidence, dict) else ""
    of.weighings += what == "weighing"
    match kind:
        case "claimed":
            of.begun.add(id)
        case "accepted":
            of.scans += what == "scan"
            of.typed += isinstance(evidence, dict) and evidence.get("how") == "typed"
        case "rejected":
            misses = [words for group, words, _ in told(kind, data) if group == "near miss"]
            of.misses += len(misses)
            of.missed |= {id} if misses else set()
            of.outside += what == "weighing" and not OUTSIDE_WORDS.isdisjoint(misses)
        case "stepped_back" | "redone":
            of.undone += 1
        case _:
            of.sent_back.add(id)


def _line(person: str, name: str, of: _Tally) -> Accuracy:
    return Accuracy(
        person=person,
        name=name,
        begun=len(of.begun),
        missed=len(of.missed),
        misses=of.misses,
        scans=of.scans,
        typed=of.typed,
        weighings=of.weighings,
        outside=of.outside,
        undone=of.undone,
        sent_back=len(of.sent_back),
    )
