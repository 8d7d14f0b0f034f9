"""Checks a whole record and names what is wrong with it: chains, columns, gaps, heads, checkpoints, photos, triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import DBAPIError

from app.record import assertions, canonical, log, ordertext, postgres_fitness, running, upgrade
from app.record.abreast import Hands, parts
from app.record.blobs import Blobs, Damaged, kept_within
from app.record.chain import ChainCheck, EventRow, Told
from app.record.checkpoints import RESTORED, Comparison
from app.record.place import Place, name_of, read_only
from app.record.schema import declared_tables, schema_faults
from app.record.stream import rows_of
from app.record.stretches import follow, join, stretches
from app.record.tables import blob, order_text, preparation, purge, running_head, site_head
from app.record.trust import Evidence

MOST_FAULTS = 1000
"""Faults listed; a record with more is broken as a whole, and the first ones say where it began."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    kind: str  # file, schema, event, gap, head, checkpoint, row, photo, order_text, view or more
    where: str  # the row, such as MAIN 17 (PREP1 version 3)
    says: str  # what is wrong, in words


@dataclass(frozen=True)
class Verdict:
    """What was checked and what was found."""

    events: int  # events read
    preparations: int  # streams that are preparations
    checkpoints: int  # checkpoints compared with the chain, those of the table and those handed in, each once
    photos: int  # contents of the record, purged ones included
    faults: tuple[Fault, ...]  # altered rows in the order of the record, then schema and file; look at the first first
    trusted_until: str | None  # time of the newest checkpoint signed by a key given and fitting all before it
    notices: tuple[str, ...] = ()  # what a reader should know and is no fault, such as a restore and what it lost

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as `record verify --json` prints it."""
        return {
            "ok": self.ok,
            "events": self.events,
            "preparations": self.preparations,
            "checkpoints": self.checkpoints,
            "photos": self.photos,
            "faults": [{"kind": fault.kind, "where": fault.where, "says": fault.says} for fault in self.faults],
            "trusted_until": self.trusted_until,
        }


BESIDE = ("schema", "file")
"""Kinds of faults that name no row. They are told after those that do, and even where there are too many of those."""

NAMES_A_PATIENT = '"patient_digest":"'
"""Stands in the body of each event that was recorded for a patient's text."""

MARKS = (NAMES_A_PATIENT, assertions.MARK)
KINDS = frozenset({assertions.REGISTERED, assertions.ENDED, RESTORED})
"""What stands in bodies, and the kinds, of the events that more than the chain has to look at."""

TOGETHER = 500
"""Preparations whose lists are compared at a time: their events are read whole."""

NOTHING_ELSE = Evidence()
"""Without checkpoints or keys from elsewhere."""


Lists = Callable[[Connection, Sequence[str]], Iterable[tuple[str, str]]]
"""Compares what the lists say of preparations with the log, and yields where and what is wrong.

`app.preparations.view_faults` does: only who knows the workflows can.
"""


def verify(
    place: Place, photos: Path | str, evidence: Evidence = NOTHING_ELSE, lists: Lists | None = None, hands: int = 1
) -> Verdict:
    """Read the record without writing and check everything, with so many processes at once where it is long.

    Raises CannotOpen when there is no database to check.
    """
    try:
        with read_only(place) as conn:
            verdict = check(conn, Blobs(photos), evidence, lists, Hands(place, hands))
        if any(fault.kind == "file" for fault in verdict.faults):  # slower, and tells damaged text from a damaged file
            with read_only(place, damaged_text=True) as conn:
                verdict = check(conn, Blobs(photos), evidence, lists, Hands(place))
        return verdict
    except DBAPIError as error:
        name = place.name if isinstance(place, Path) else name_of(place)
        fault = Fault("file", name, f"the database cannot be read: {error.orig}; restore the last backup")
        return Verdict(0, 0, 0, 0, (fault,), None)


@dataclass
class _Found:
    """What the parts add up while they read."""

    events: int = 0
    preparations: int = 0
    photos: int = 0
    comparison: Comparison | None = None
    patients: dict[str, tuple[str, str]] = field(default_factory=dict)  # id of a text: digest in the event, its place

    def verdict(self, faults: list[Fault]) -> Verdict:
        compared = self.comparison
        count, until, says = (0, None, ()) if compared is None else (
            compared.count, compared.trusted_until, tuple(dict.fromkeys(compared.notices))
        )  # fmt: skip
        return Verdict(self.events, self.preparations, count, self.photos, tuple(faults), until, says)


def check(conn: Connection, blobs: Blobs, evidence: Evidence, lists: Lists | None, hands: Hands) -> Verdict:
    """Check what this connection sees, where `hands` read beside it. It only reads."""
    with hands.beside(_file_faults) as file_faults:
        return _check(conn, blobs, evidence, lists, hands, file_faults)


def _check(
    conn: Connection,
    blobs: Blobs,
    evidence: Evidence,
    lists: Lists | None,
    hands: Hands,
    file_faults: Callable[[], list[Fault] | None],
) -> Verdict:
    behind = _behind(conn)
    faults = [Fault("schema", "database", behind)] if behind else []
    found = _Found()
    parts: dict[str, Iterable[Fault]] = {
        "events": _events(conn, evidence, found, hands),
        "rows": _rows(conn),
        "photos": _photos(conn, blobs, found),
        "order texts": _order_texts(conn, found),
        "references": _references(conn),
        "lists": _lists(conn, lists, hands),
        "schema": () if behind else (Fault("schema", "database", says) for says in schema_faults(conn)),
        "file": _file(conn, file_faults),
    }
    for name, part in parts.items():
        if len(faults) >= MOST_FAULTS and name not in BESIDE:
            continue
        try:
            for fault in part:
                faults.append(fault)
                if len(faults) == MOST_FAULTS:
                    faults.append(Fault("more", "", f"there are more than {MOST_FAULTS} faults; the rest was not read"))
                    break
        except DBAPIError as error:
            faults.append(Fault("file", name, f"this part cannot be read: {error.orig}"))
    return found.verdict(faults)


def _file(conn: Connection, asked: Callable[[], list[Fault] | None]) -> Iterator[Fault]:
    """Hear what was asked beside, or ask now."""
    said = asked()
    yield from _file_faults(conn) if said is None else said


def _file_faults(conn: Connection) -> list[Fault]:
    """Ask the database about its own pages: SQLite reads them all, PostgreSQL tells what its checksums found so far."""
    if conn.dialect.name == "postgresql":
        says = (f"the server: {fault}" for fault in postgres_fitness.server_faults(conn))
        return [Fault("file", "database", one) for one in (*says, *postgres_fitness.page_faults(conn))]
    told: Iterable[Any] = conn.exec_driver_sql("PRAGMA integrity_check(20)")
    return [Fault("file", "database", str(said)) for (said,) in told if said != "ok"]


def _behind(conn: Connection) -> str | None:
    """Say when the database is of another release; where even that cannot be read, the file's own check will tell."""
    try:
        return upgrade.difference(conn)
    except DBAPIError:
        return None


def _events(conn: Connection, evidence: Evidence, found: _Found, hands: Hands) -> Iterator[Fault]:
    """Read the log once, in the order in which it was written, and compare everything that points at it."""
    comparison = Comparison(conn, evidence)
    chain, keys = ChainCheck(conn), assertions.Keys(whole=True)
    for row, wrong in _worth_a_look(conn, chain, comparison, found, hands):
        for kind, says in wrong:
            comparison.broken(row.site, row.site_seq)
            yield Fault(kind, chain.place(row), says)
        comparison.event(row)
        if NAMES_A_PATIENT in row.body:
            yield from _patient(row, chain.place(row), found)
        if assertions.worth_a_look(row.kind, row.body) and (says := _signed(row.body, keys)):
            yield Fault("signature", chain.place(row), says)
    found.preparations = sum(not stream.startswith("site/") for stream in chain.streams)
    found.comparison = comparison
    for where, says in comparison.faults():
        yield Fault("checkpoint", where, says)
    yield from _heads(conn, chain)
    yield from _views(conn, chain)


def _worth_a_look(
    conn: Connection, chain: ChainCheck, comparison: Comparison, found: _Found, hands: Hands
) -> Iterator[tuple[Any, Iterable[tuple[str, str]]]]:
    """Count every event and follow its chains; yield those that are not plainly whole, or say something of other tables.

    Beside each stands what is wrong with it.
    """
    told = Told(KINDS, MARKS, comparison.wanted)
    for stretch, followed in hands.in_order(follow, told, stretches(conn, hands.count)):
        if followed is not None and join(chain, followed, stretch):
            found.events += followed.events
            yield from ((EventRow._make(row), ()) for row in followed.told)
            continue
        for rows in rows_of(conn, stretch.query):
            found.events += len(rows)
            number = 0
            while (number := chain.pass_over(rows, number, told)) < len(rows):
                row = EventRow._make(rows[number])
                yield row, chain.next(row)
                number += 1
    comparison.sites |= chain.sites.keys()


def _signed(body: str, keys: assertions.Keys) -> str:
    """Say what is wrong with a signature by passkey; a body that cannot be read is named by the chain already."""
    try:
        said: Any = canonical.parse(body)
    except canonical.CanonicalError:
        return ""
    return keys.wrong(said)


def _heads(conn: Connection, chain: ChainCheck) -> Iterator[Fault]:
    heads = {row.site: (row.site_seq, row.site_digest, row.last_at) for row in conn.execute(select(site_head))}
    for site in sorted(heads.keys() | chain.sites.keys()):
        says, ends = heads.get(site), chain.ends(site)
        if says is None:
            yield Fault("head", site, "the site has events and no head")
        elif ends is None or ends[0] != says[0]:
            last = ends[0] if ends else 0
            yield Fault(
                "head", f"{site} {last + 1}", f"the head says the last event is {says[0]}, the log ends at {last}"
            )
        elif ends != says:
            yield Fault("head", f"{site} {says[0]}", "the head has another digest or time than the last event")


def _views(conn: Connection, chain: ChainCheck) -> Iterator[Fault]:
    for id_, version in conn.execute(select(preparation.c.id, preparation.c.version)):
        if (last := chain.version(id_)) != version:
            says = f"the list shows version {version}, the log ends at {last}"
            yield Fault("view", f"preparation {id_}", says)


def _lists(conn: Connection, lists: Lists | None, hands: Hands) -> Iterator[Fault]:
    """Compare the lists with the log, some preparations at a time."""
    if lists is None:
        return
    for some, told in hands.in_order(_compared, lists, tuple(parts(log.preparations(conn), TOGETHER))):
        yield from (Fault("view", where, says) for where, says in (lists(conn, some) if told is None else told))


def _compared(conn: Connection, lists: Lists, some: Sequence[str]) -> list[tuple[str, str]]:
    return list(lists(conn, some))


def _rows(conn: Connection) -> Iterator[Fault]:
    """Check the running digest of every append-only table that has one."""
    heads = {row.name: (row.seq, row.digest) for row in conn.execute(select(running_head))}
    for table in declared_tables():
        if table.info.get("running"):
            names = [column.name for column in table.c]
            parts = rows_of(conn, select(table).order_by(table.c.seq))
            rows = (dict(zip(names, row, strict=True)) for part in parts for row in part)
            for where, says in running.check_rows(rows, heads.pop(table.name, None), table.name):
                yield Fault("row", where, says)
    for name in heads:
        yield Fault("row", name, "there is a head for a table that has no running digest")


def _photos(conn: Connection, blobs: Blobs, found: _Found) -> Iterator[Fault]:
    gone, within = _purged(conn, "blob"), kept_within(conn)
    for row in conn.execute(select(blob).order_by(blob.c.seq)):
        found.photos += 1
        where = f"photo {row.sha256}"
        try:
            content = blobs.get(row.sha256, conn if row.sha256 in within else None)
        except ValueError as error:
            yield Fault("photo", where, str(error))
            continue
        if row.sha256 in gone:
            if content is not None:
                yield Fault("photo", where, "it was purged, but the file is still there")
        elif content is None:
            yield Fault("photo", where, "the file is missing; look for it in the backup")
        elif isinstance(content, Damaged):
            yield Fault("photo", where, content.says)
        elif len(content) != row.size:
            yield Fault("photo", where, f"the file has {len(content)} bytes, the record says {row.size}")


def _patient(row: Any, where: str, found: _Found) -> Iterator[Fault]:
    """Remember which text an event was written for, and say so when an earlier one named another digest for it."""
    try:
        data = orjson.loads(row.body)["data"]
        text, digest = data["patient"], data["patient_digest"]
    except (ValueError, KeyError, TypeError):
        return  # its body is no event's; the chain has said so
    if not text:
        return
    first, place = found.patients.setdefault(text, (digest, where))
    if first != digest:
        yield Fault("order_text", f"order_text {text}", f"{where} names another digest for this text than {place}")


def _order_texts(conn: Connection, found: _Found) -> Iterator[Fault]:
    gone = _purged(conn, "order_text")
    named = dict(found.patients)
    for row in conn.execute(select(order_text)):
        where = f"order_text {row.id}"
        digest, place = named.pop(row.id, (row.digest, ""))
        if (row.fields is None) != (row.id in gone):
            yield Fault(
                "order_text", where, "the text is gone without a purge" if row.fields is None else "purged, but there"
            )
        elif row.fields is not None and not ordertext.is_text(row.salt or "", row.fields, row.digest):
            yield Fault("order_text", where, "the text is not what was received: its digest does not fit")
        if row.digest != digest:
            yield Fault("order_text", where, f"the text is not the one that {place} was recorded for")
    for text, (_, place) in named.items():
        yield Fault("order_text", f"order_text {text}", f"the text is missing; {place} was recorded for it")


def _purged(conn: Connection, what: str) -> frozenset[str]:
    return frozenset(conn.execute(select(purge.c.ref).where(purge.c.what == what)).scalars())


def _references(conn: Connection) -> Iterator[Fault]:
    if conn.dialect.name == "postgresql":
        for table in declared_tables():
            yield from _dangling(conn, table)
        return
    rows: Iterable[Any] = conn.exec_driver_sql("PRAGMA foreign_key_check")
    for name, number, target, _key in rows:
        yield Fault("view", f"{name} row {number}", f"it points at a row of {target} that is not there")


def _dangling(conn: Connection, table: Table) -> Iterator[Fault]:
    """Look for rows whose reference leads nowhere: a superuser could have left them with the references switched off."""
    for key in table.foreign_keys:
        target = key.column.table.alias("target")
        there = select(target.c[key.column.name]).where(target.c[key.column.name] == key.parent).exists()
        query = select(*table.primary_key.columns).where(key.parent.is_not(None), ~there)
        for row in conn.execute(query):
            where = f"{table.name} row {', '.join(map(str, row))}"
            yield Fault("view", where, f"it points at a row of {key.column.table.name} that is not there")
