"""The log: append events to a stream, read them back. Each is a link in two chains, its stream's and its site's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from app.record import canonical, found_by
from app.record.columns import moment, moment_text
from app.record.prepared import FIRST, Prepared
from app.record.tables import event, site_head

CLOCK_SLACK = timedelta(seconds=2)
"""How far the clock may stand behind the last event before it is called an anomaly."""


class VersionConflict(Exception):  # noqa: N818  # named as the answer the caller hears
    """The stream has moved on since the caller looked; nothing was written. The screen is drawn anew."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        """Name the stream and both versions."""
        super().__init__(f"{stream} is at version {actual}, not {expected}: someone else acted first")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class RecordDamaged(Exception):  # noqa: N818  # says what is so, like its neighbours
    """A stored event is not what was written; nobody may act on it before `vialtrace record verify` was looked at."""


@dataclass(frozen=True)
class NewEvent:
    """What is to be appended."""

    stream: str  # a preparation's id, or site/<code> for an act without one
    kind: str  # what happened, in snake_case
    shape: int  # 1 or more: which form `data` has, for upcasting
    data: Mapping[str, Any]  # JSON-able, no floats; what the codec wrote


@dataclass(frozen=True)
class StoredEvent:
    """What is in the log, as it was written."""

    stream: str  # a preparation's id, or site/<code>
    version: int  # counts from 1 within the stream
    kind: str  # what happened
    shape: int  # form of `data`
    data: dict[str, Any]  # as handed in, in JSON's types
    who: str  # the person's id, or system
    second_person: str | None  # id of who else signed this command
    at: datetime  # UTC, the one clock reading of the command
    station: str | None  # code of the station, None for the office
    command_id: str  # the command that wrote it
    ordinal: int  # counts from 0 within the command
    site: str  # code of the site
    site_seq: int  # counts from 1 within the site, without gaps
    software: str  # name and version of the program that wrote it
    digest: bytes = field(repr=False)  # 32 bytes, link in the stream's chain
    site_digest: bytes = field(repr=False)  # 32 bytes, link in the site's chain
    body: str = field(repr=False)  # the canonical JSON that the digest covers


_STREAM = Prepared(
    select(event.c.version, event.c.digest, event.c.site)
    .where(event.c.preparation == bindparam("of"))
    .order_by(event.c.version.desc())
    .limit(FIRST)
)
_SITE = select(site_head.c.site_seq, site_head.c.site_digest).where(site_head.c.site == bindparam("of"))
_NEWEST = select(func.max(event.c.version)).where(event.c.preparation == bindparam("stream")).scalar_subquery()
_LINK = select(event.c.digest).where(event.c.preparation == bindparam("stream"), event.c.version == _NEWEST)
_HEAD = site_head.c.site == bindparam("site")
_BEFORE = Prepared(
    select(
        _NEWEST.label("version"),
        _LINK.scalar_subquery().label("digest"),
        select(site_head.c.site_seq).where(_HEAD).scalar_subquery().label("site_seq"),
        select(site_head.c.site_digest).where(_HEAD).scalar_subquery().label("site_digest"),
        select(func.count()).where(event.c.command_id == bindparam("command")).scalar_subquery().label("ordinal"),
    )
)
"""All that a new event builds on, in one question: the ends of both chains, and how often its command wrote before."""
EVENT_COLUMNS = tuple(column.name for column in event.c if column.name != "seq")
"""All of an event but its row's number, which the database counts."""
_INSERT = Prepared(insert(event).values({name: bindparam(name) for name in EVENT_COLUMNS}))
_FIRST_HEAD = insert(site_head)
_MOVE_HEAD = Prepared(
    update(site_head)
    .where(site_head.c.site == bindparam("of"), site_head.c.site_seq == bindparam("before"))
    .values(site_seq=bindparam("seq"), site_digest=bindparam("link"), last_at=bindparam("time"))
)
_APPEND = Prepared(
    text(
        "SELECT actual, at_ordinal, at_site_seq, link, site_link FROM append_event(:stream, :expected, "
        "CAST(:kinds AS text[]), CAST(:shapes AS bigint[]), CAST(:bodies AS text[]), :who, :second, :at, :station, "
        ":command, :site)"
    )
)
_STORED = (event.c.body, event.c.ordinal, event.c.site_seq, event.c.digest, event.c.site_digest)
_LOAD = select(*_STORED).where(event.c.preparation == bindparam("of")).order_by(event.c.version)
_SINCE = (
    select(*_STORED)
    .where(event.c.site == bindparam("of"), event.c.site_seq > bindparam("after"))
    .order_by(event.c.site_seq)
)
_NAMING = select(*_STORED).where(event.c.preparation == bindparam("of")).order_by(event.c.version.desc()).limit(1)
_VERSION = Prepared(select(func.max(event.c.version)).where(event.c.preparation == bindparam("of")))
_SITES = Prepared(select(site_head.c.site).order_by(site_head.c.site))
_LAST_AT = select(site_head.c.last_at).where(site_head.c.site == bindparam("of"))


def append(
    conn: Connection,
    *,
    stream: str,
    expected_version: int,
    events: Sequence[NewEvent],
    who: str,
    second_person: str | None,
    at: datetime,
    station: str | None,
    command_id: str,
    site: str,
    software: str,
) -> tuple[StoredEvent, ...]:
    """Append events to one stream and move the site's head, inside the caller's transaction.

    `expected_version` is the version the caller decided on, 0 for a new stream. A command that writes to several
    streams calls this once for each; the ordinals go on counting. Raises VersionConflict when the stream has moved on,
    CanonicalError when a body cannot be written; the transaction is then rolled back by whoever owns it.
    """
    if any(new.stream != stream for new in events):
        raise ValueError(f"every event of this call belongs to the stream {stream}")
    if not events:
        return ()
    common = {
        "at": moment_text(at), "command_id": command_id, "preparation": stream, "second_person": second_person,
        "site": site, "software": software, "station": station, "who": who,
    }  # fmt: skip
    rows = [_row(common, new, expected_version + number) for number, new in enumerate(events, 1)]
    if conn.dialect.name == "postgresql":
        _by_function(conn, rows, expected_version)
    else:
        _by_hand(conn, rows, expected_version)
    found_by.note(conn, stream, [(row["who"], row["second_person"], row["body"]) for row in rows])
    return tuple(_written(row, at) for row in rows)


def _by_hand(conn: Connection, rows: list[dict[str, Any]], expected: int) -> None:
    """Link, number and insert the rows, and move the head; the caller is the only writer."""
    first = rows[0]
    version, digest, site_seq, site_digest, ordinal = _BEFORE.one(
        conn, {"stream": first["preparation"], "site": first["site"], "command": first["command_id"]}
    )
    if (version or 0) != expected:
        raise VersionConflict(first["preparation"], expected, version or 0)
    before, link, site_link = site_seq or 0, digest or canonical.NOTHING_BEFORE, site_digest or canonical.NOTHING_BEFORE
    for number, row in enumerate(rows, 1):
        link = row["digest"] = canonical.event_digest(link, row["body"].encode())
        site_link = row["site_digest"] = canonical.site_digest(site_link, link)
        row["site_seq"] = before + number
        row["ordinal"] = ordinal + number - 1
    _INSERT.change_each(conn, rows)
    _move_head(conn, first["site"], before, rows[-1])


def _by_function(conn: Connection, rows: list[dict[str, Any]], expected: int) -> None:
    """Have PostgreSQL do the same in one round trip, with the owner's right: this role may not insert."""
    first = rows[0]
    told = _APPEND.rows(
        conn,
        {
            "stream": first["preparation"], "expected": expected, "kinds": [row["kind"] for row in rows],
            "shapes": [row["shape"] for row in rows], "bodies": [row["body"] for row in rows], "who": first["who"],
            "second": first["second_person"], "at": first["at"], "station": first["station"],
            "command": first["command_id"], "site": first["site"],
        },
    )  # fmt: skip
    actual = told[0][0]
    if actual is not None:
        raise VersionConflict(first["preparation"], expected, actual)
    for row, (_, ordinal, site_seq, link, site_link) in zip(rows, told, strict=True):
        row |= {"ordinal": ordinal, "site_seq": site_seq, "digest": link, "site_digest": site_link}


def _row(common: Mapping[str, Any], new: NewEvent, version: int) -> dict[str, Any]:
    """Return the columns of an event that its author knows."""
    named = {**common, "kind": new.kind, "shape": new.shape, "version": version}
    body = canonical.dump({**named, "data": dict(new.data)})
    return {**named, "body": body.decode()}


def _move_head(conn: Connection, site: str, before: int, last: Mapping[str, Any]) -> None:
    if before == 0:
        row = {"site": site, "site_seq": last["site_seq"], "site_digest": last["site_digest"], "last_at": last["at"]}
        conn.execute(_FIRST_HEAD, row)
        return
    step = {"of": site, "before": before, "seq": last["site_seq"], "link": last["site_digest"], "time": last["at"]}
    if _MOVE_HEAD.change(conn, step) != 1:
        raise RuntimeError(f"the head of site {site} moved while an event was written")


def _written(row: Mapping[str, Any], at: datetime) -> StoredEvent:
    """Return an event that was just written, without judging again what was judged when it was."""
    data: dict[str, Any] = orjson.loads(row["body"])["data"]
    return StoredEvent(
        stream=row["preparation"], version=row["version"], kind=row["kind"], shape=row["shape"], data=data,
        who=row["who"], second_person=row["second_person"], at=at.astimezone(UTC), station=row["station"],
        command_id=row["command_id"], ordinal=row["ordinal"], site=row["site"], site_seq=row["site_seq"],
        software=row["software"], digest=row["digest"], site_digest=row["site_digest"], body=row["body"],
    )  # fmt: skip


def _stored(body: str, ordinal: int, site_seq: int, digest: bytes, site_digest: bytes) -> StoredEvent:
    said: Any = canonical.parse(body)
    return StoredEvent(
        stream=said["preparation"], version=said["version"], kind=said["kind"], shape=said["shape"], data=said["data"],
        who=said["who"], second_person=said["second_person"], at=moment(said["at"]), station=said["station"],
        command_id=said["command_id"], ordinal=ordinal, site=said["site"], site_seq=site_seq, software=said["software"],
        digest=digest, site_digest=site_digest, body=body,
    )  # fmt: skip


def load(conn: Connection, stream: str) -> tuple[StoredEvent, ...]:
    """Return the events of a stream in order; raise RecordDamaged when one is not what was written."""
    link = canonical.NOTHING_BEFORE
    events = []
    for number, row in enumerate(conn.execute(_LOAD, {"of": stream}), 1):
        link = canonical.event_digest(link, row.body.encode("utf-8", "surrogatepass"))
        if link != row.digest:
            raise RecordDamaged(f"event {number} of {stream} is not what was written; run `vialtrace record verify`")
        events.append(_from(row))
    return tuple(events)


def preparations(conn: Connection) -> tuple[str, ...]:
    """Return the streams of every site's preparations, in order of id."""
    streams = select(event.c.preparation).where(~event.c.preparation.startswith("site/")).distinct()
    return tuple(conn.execute(streams.order_by(event.c.preparation)).scalars())


def since(conn: Connection, site: str, site_seq: int) -> tuple[StoredEvent, ...]:
    """Return the events of a site after this number, in order."""
    return tuple(_from(row) for row in conn.execute(_SINCE, {"of": site, "after": site_seq}))


def _from(row: Row[Any, Any, Any, Any, Any]) -> StoredEvent:
    return _stored(row.body, row.ordinal, row.site_seq, row.digest, row.site_digest)


def newest_naming(conn: Connection, stream: str, text: str) -> StoredEvent | None:
    """Return the newest event of a stream in whose body this text stands, such as an id; None when there is none."""
    row = conn.execute(_NAMING.where(event.c.body.contains(text, autoescape=True)), {"of": stream}).one_or_none()
    return None if row is None else _from(row)


def stream_head(conn: Connection, stream: str) -> tuple[int, bytes]:
    """Return the version and the digest of a stream's last event; 0 and the first link's zeros for an empty stream."""
    last = end_of(conn, stream)
    return (0, canonical.NOTHING_BEFORE) if last is None else last[:2]


def end_of(conn: Connection, stream: str) -> tuple[int, bytes, str] | None:
    """Return version, digest and site of a stream's last event, None for an empty stream."""
    last = _STREAM.one(conn, {"of": stream})
    return None if last is None else tuple(last)


def site_of(conn: Connection, stream: str) -> str | None:
    """Return the code of the site that a stream belongs to, None for an empty one."""
    end = end_of(conn, stream)
    return None if end is None else end[2]


def sites(conn: Connection) -> tuple[str, ...]:
    """Return the codes of all sites that have events, in order."""
    return tuple(row[0] for row in _SITES.rows(conn, {}))


def version_of(conn: Connection, stream: str) -> int:
    """Return the version of a stream, 0 when nothing was ever written to it."""
    return _VERSION.one(conn, {"of": stream})[0] or 0


def head_of(conn: Connection, site: str) -> tuple[int, bytes]:
    """Return number and site digest of the site's last event, (0, 32 zero bytes) at first: the cursor of screens."""
    head = conn.execute(_SITE, {"of": site}).one_or_none()
    return (0, canonical.NOTHING_BEFORE) if head is None else (head.site_seq, head.site_digest)


def last_event_at(conn: Connection, site: str) -> datetime | None:
    """Return the time of the site's last event by number, None before the first."""
    last = conn.execute(_LAST_AT, {"of": site}).scalar_one_or_none()
    return None if last is None else moment(last)


def clock_went_back(last: datetime | None, now: datetime) -> timedelta | None:
    """Return by how much `now` stands before the last event when that is more than CLOCK_SLACK, else None (Q66).

    The dispatcher records a clock_anomaly and goes on; deadlines use the later of the two.
    """
    return last - now if last is not None and last - now > CLOCK_SLACK else None
