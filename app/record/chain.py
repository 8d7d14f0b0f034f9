"""Follows both chains through the log, one event after the other, and says what does not fit."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select

from app.record import canonical
from app.record.canonical import EVENT_TAG, SITE_TAG
from app.record.gaps import missing
from app.record.tables import event

COPIES = ("at", "command_id", "kind", "preparation", "second_person", "shape", "site", "station", "version", "who")
"""Columns that repeat what the body says."""

_EARLIER = (
    select(func.count())
    .select_from(event)
    .where(event.c.command_id == bindparam("of"), event.c.seq < bindparam("before"))
)

EventRow: Any = namedtuple("EventRow", [column.name for column in event.c])  # type: ignore[misc]  # the table declares them
"""A row of the log whose values have names."""


@dataclass(frozen=True)
class Told:
    """Of which events somebody is told, beside those that are not whole."""

    kinds: frozenset[str]  # every event of such a kind
    marks: tuple[str, str]  # and of a body that holds one of these
    numbers: Container[tuple[str, int]]  # and of these sites and numbers


Links = tuple[bytes, ...]
"""What the next event may name as the digest before it: as stored and, after a damaged event, as it should have been."""


@dataclass(slots=True)
class End:
    """The last event of a site or of a stream, and what the next may build on."""

    number: int = 0
    links: Links | None = (canonical.NOTHING_BEFORE,)  # None after a gap: the next link cannot be judged
    digest: bytes = canonical.NOTHING_BEFORE
    at: str = ""
    command_id: str | None = None
    ordinal: int = -1


@dataclass
class ChainCheck:
    """Judges each event against those before it. Feed whole rows of `event`, in order of seq."""

    conn: Connection
    sites: dict[str, End] = field(default_factory=dict)
    streams: dict[str, End] = field(default_factory=dict)
    seq: int = 0

    def version(self, stream: str) -> int:
        """Return the last version of a stream, 0 where there is none."""
        end = self.streams.get(stream)
        return 0 if end is None else end.number

    def begin_site(self, site: str, last: Any) -> End:
        """Go on behind this event of a site, None for its beginning, and return what is taken for granted with it."""
        end = End() if last is None else End(
            last.site_seq, (last.site_digest,), last.site_digest, last.at, last.command_id, last.ordinal
        )  # fmt: skip
        self.sites[site] = end
        return replace(end)

    def begin_stream(self, stream: str, last: Any) -> End:
        """Do the same for a stream."""
        end = self.streams[stream] = End() if last is None else End(last.version, (last.digest,))
        return replace(end)

    def ends(self, site: str) -> tuple[int, bytes, str] | None:
        """Return number, site digest and time of the site's last event."""
        end = self.sites.get(site)
        return None if end is None else (end.number, end.digest, end.at)

    def pass_over(self, rows: Sequence[tuple[Any, ...]], start: int, told: Told) -> int:
        """Follow the chains from row `start` on, and return the number of the first row that somebody should look at.

        That is one that is not plainly whole or of which somebody is to be told: it is not followed yet, `next` is to be
        asked. `next` finds the same, and says what is wrong; this way costs a third, for it makes nothing for a row and
        calls nothing of ours but the comparison of its text.
        """
        number, streams, sites, last = start, self.streams, self.sites, self.seq
        kinds, (mark, other), wanted = told.kinds, told.marks, told.numbers
        try:
            for number in range(start, len(rows)):
                row = rows[number]
                seq, stream, version, kind, _, text, _, _, at, _, command_id, ordinal, digest, site, site_seq, link = (
                    row
                )
                here, there = sites.get(site), streams.get(stream)
                if here is None or there is None or here.links is None or there.links is None:
                    return number
                body = text.encode()
                if (
                    seq != last + 1
                    or site_seq != here.number + 1
                    or version != there.number + 1
                    or ordinal != (here.ordinal + 1 if command_id == here.command_id else 0)
                    or digest != sha256(EVENT_TAG + there.links[0] + body).digest()
                    or link != sha256(SITE_TAG + here.links[0] + digest).digest()
                    or kind in kinds
                    or mark in text
                    or other in text
                    or (wanted and (site, site_seq) in wanted)
                    or not _says_the_same(row, body)
                ):
                    return number
                self.seq = last = seq
                there.number, there.links = version, (digest,)
                here.number, here.digest, here.at, here.links = site_seq, link, at, (link,)
                here.command_id, here.ordinal = command_id, ordinal
        except (TypeError, ValueError, AttributeError):  # a value of another kind than was written: `next` says so
            return number
        return len(rows)

    @staticmethod
    def place(row: Any) -> str:
        """Name an event."""
        return f"{row.site} {row.site_seq} ({row.preparation} version {row.version})"

    def next(self, row: Any) -> Iterable[tuple[str, str]]:
        """Return (kind, what is wrong) for each fault of one event; the usual one has none, and is told quickly."""
        seq, stream, version, *_, command_id, ordinal, digest, site, site_seq, site_digest = row
        here = self.sites.get(site) or self.sites.setdefault(site, End())
        there = self.streams.get(stream) or self.streams.setdefault(stream, End())
        body = row[5].encode("utf-8", "surrogateescape")
        if (
            here.links is not None
            and there.links is not None
            and (seq, site_seq, version) == (self.seq + 1, here.number + 1, there.number + 1)
            and ordinal == (here.ordinal + 1 if command_id == here.command_id else 0)
            and digest == sha256(canonical.EVENT_TAG + there.links[0] + body).digest()
            and site_digest == sha256(canonical.SITE_TAG + here.links[0] + digest).digest()
            and _says_the_same(row, body)
        ):
            self.seq, here.links, there.links = seq, (site_digest,), (digest,)
            faults: Iterable[tuple[str, str]] = ()
        else:
            faults = tuple(self._faults(row, body, here, there))
        there.number = version
        here.number, here.digest, here.at = site_seq, site_digest, row[8]
        here.command_id, here.ordinal = command_id, ordinal
        return faults

    def _faults(self, row: Any, body: bytes, site: End, stream: End) -> Iterator[tuple[str, str]]:
        """Look at everything and say what is wrong."""
        yield from self._numbers(row, site, stream)
        if not _says_the_same(row, body):
            yield "event", _difference(row, body)
        says = "its body is not what was written"
        yield from self._link("event", says, stream, row.digest, body, canonical.event_digest)
        says = "it is not in its place"
        yield from self._link("event", says, site, row.site_digest, row.digest, canonical.site_digest)

    def _numbers(self, row: Any, site: End, stream: End) -> Iterator[tuple[str, str]]:
        if row.seq != self.seq + 1:
            gone = missing("row", self.seq, row.seq)
            yield "gap", f"row {row.seq} comes after row {self.seq}: {gone}, removed or moved"
        self.seq = row.seq
        if row.site_seq != site.number + 1:
            gone = missing("event", site.number, row.site_seq, f" of site {row.site}")
            yield "gap", f"{gone}: {row.site_seq} comes after {site.number}"
            site.links = None
        if row.version != stream.number + 1:
            gone = missing("version", stream.number, row.version, f" of {row.preparation}")
            yield "gap", f"{gone}: {row.version} comes after {stream.number}"
            stream.links = None
        again = row.command_id == site.command_id
        if row.ordinal != (site.ordinal + 1 if again else 0) and row.ordinal != self._earlier(row):
            yield "event", f"its ordinal {row.ordinal} does not fit the events of its command"

    def _earlier(self, row: Any) -> int:
        return int(self.conn.execute(_EARLIER, {"of": row.command_id, "before": row.seq}).scalar_one())

    @staticmethod
    def _link(kind: str, says: str, end: End, stored: bytes, content: bytes, make: Any) -> Iterator[tuple[str, str]]:
        """Compare a stored digest with the one made over what came before, and remember what the next may build on."""
        made = () if end.links is None else tuple(make(link, content) for link in end.links)
        fits = end.links is None or stored in made
        if not fits:
            yield kind, f"{says}: its digest does not fit"
        end.links = (stored,) if fits else (stored, *made)


def _says_the_same(row: Any, body: bytes) -> bool:
    """Say whether writing the columns anew gives the body byte for byte: canonical form and copies in one comparison."""
    _, stream, version, kind, shape, _, who, second, at, station, command_id, _, _, site, _, _ = row
    try:
        said = orjson.loads(body)
        columns = {
            "at": at, "command_id": command_id, "data": said["data"], "kind": kind, "preparation": stream,
            "second_person": second, "shape": shape, "site": site, "software": said["software"], "station": station,
            "version": version, "who": who,
        }  # fmt: skip
        return canonical.rewrite(columns) == body
    except (ValueError, KeyError, TypeError):
        return False


def _difference(row: Any, body: bytes) -> str:
    """Say in words how body and columns differ."""
    try:
        said = canonical.parse(body)
    except canonical.CanonicalError as error:
        return f"its body is {error}"
    if not isinstance(said, dict) or said.keys() != {*COPIES, "data", "software"}:
        return "its body does not have the parts of an event"
    names = [name for name in COPIES if said[name] != getattr(row, name)]
    return f"the columns {', '.join(names)} do not say what the body says"
