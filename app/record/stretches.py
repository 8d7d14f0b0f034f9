"""Follows the chains of a long log in stretches, each on the word of what is stored before it, and joins what was found.

A stretch is followed as if the last events before it were whole. Whoever joins it compares them with what the stretch
before was found to end with: only where they are the same, and every event of the stretch is plainly whole, it counts.
Otherwise the stretch is read again, one event after the other, by whom it was asked of. So this way finds exactly what
reading alone does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, select

from app.record.chain import ChainCheck, End, EventRow, Told
from app.record.stream import rows_of
from app.record.tables import event

LONG = 100_000
"""Events from which on it is worth the start of other processes."""
EACH = 25_000
"""Events of a stretch: some tenths of a second, and some megabytes of what has to be told of it."""


@dataclass(frozen=True)
class Stretch:
    """A part of the log, by the rows' own numbers."""

    after: int | None
    """The row before it; None for the beginning."""
    until: int | None
    """Its last row; None for the end."""

    @property
    def query(self) -> Select[Any]:
        """Its events, in order."""
        wanted: Select[Any] = select(event).order_by(event.c.seq)
        if self.after is not None:
            wanted = wanted.where(event.c.seq > self.after)
        return wanted if self.until is None else wanted.where(event.c.seq <= self.until)


@dataclass(frozen=True)
class Followed:
    """A stretch of which every event is plainly whole, if the ends that it began with are so."""

    began: tuple[dict[str, End], dict[str, End]]
    """The last event before it of each of its sites and streams."""
    ended: tuple[dict[str, End], dict[str, End]]
    """Their last event in it."""
    last: int
    """Number of its last row."""
    events: int
    """How many there are."""
    told: tuple[tuple[Any, ...], ...]
    """Rows that somebody has to be told of, in order."""


def stretches(conn: Connection, count: int) -> Sequence[Stretch]:
    """Cut the log for so many processes; one that reads alone has one stretch, and so has a log that is short.

    And one in which numbers are missing: it is not whole, and a single row with a number put in by hand could lie so far off
    that there were no end of stretches.
    """
    if count < 2:
        return (Stretch(None, None),)
    last, events = conn.execute(select(func.max(event.c.seq), func.count())).one()
    if last != events or events < LONG:
        return (Stretch(None, None),)
    ends = [*range(EACH, last, EACH), last]
    return [Stretch(after, until) for after, until in zip([None, *ends], ends, strict=False)]


def follow(conn: Connection, told: Told, stretch: Stretch) -> Followed | None:
    """Follow the chains through a stretch; None where an event is not plainly whole."""
    chain = ChainCheck(conn, seq=stretch.after or 0)
    sites, streams, rows_told, count = dict[str, End](), dict[str, End](), list[tuple[Any, ...]](), 0
    for rows in rows_of(conn, stretch.query):
        count, number = count + len(rows), 0
        while (number := chain.pass_over(rows, number, told)) < len(rows):
            row: Any = EventRow._make(rows[number])
            if row.site not in sites:
                site = event.c.site == row.site
                sites[row.site] = chain.begin_site(row.site, _before(conn, site, event.c.site_seq, row.site_seq))
            if row.preparation not in streams:
                stream, version = event.c.preparation == row.preparation, row.version
                last = _before(conn, stream, event.c.version, version)
                streams[row.preparation] = chain.begin_stream(row.preparation, last)
            if any(chain.next(row)):
                return None
            rows_told.append(rows[number])
            number += 1
    ended = (chain.sites, chain.streams)
    return Followed((sites, streams), ended, chain.seq, count, tuple(rows_told))


def _before(conn: Connection, mine: ColumnElement[bool], column: Column[int], number: Any) -> Any:
    """Return the event of a site or stream that stands before this number of its own, as it is stored; None for none."""
    if number == 1:
        return None
    for rows in rows_of(conn, select(event).where(mine, column == number - 1)):
        return EventRow._make(rows[0])
    return None


def join(chain: ChainCheck, found: Followed, stretch: Stretch) -> bool:
    """Go on with `chain` behind a stretch, where it began with what the chain ends with; else say no, and change nothing."""
    fits = (
        chain.seq == (stretch.after or 0)
        and found.last == stretch.until
        and all(chain.sites.get(site, End()) == end for site, end in found.began[0].items())
        and all(chain.streams.get(stream, End()) == end for stream, end in found.began[1].items())
    )
    if fits:
        chain.seq = found.last
        chain.sites.update(found.ended[0])
        chain.streams.update(found.ended[1])
    return fits
