"""Append-only tables that hold no events: each row carries a digest over all before it, a head says where it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Text, bindparam, insert, select, update

from app.record import canonical
from app.record.columns import Moment, moment_text
from app.record.gaps import missing
from app.record.prepared import Prepared
from app.record.tables import running_head

_HEAD = Prepared(select(running_head.c.seq, running_head.c.digest).where(running_head.c.name == bindparam("of")))
_MOVE = Prepared(
    update(running_head)
    .where(running_head.c.name == bindparam("of"), running_head.c.seq == bindparam("before"))
    .values(seq=bindparam("after"), digest=bindparam("link"))
)
_FIRST = insert(running_head)


@cache
def _new(table: Table, names: tuple[str, ...]) -> Prepared:
    """Return what writes these columns of a table as they are stored, made once."""
    types = {name: Text() if isinstance(table.c[name].type, Moment) else table.c[name].type for name in names}
    return Prepared(insert(table).values({name: bindparam(name, type_=type_) for name, type_ in types.items()}))


def append_row(conn: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Write one row of an append-only table (all columns but seq and digest) and move its head; return its seq.

    The table has the columns `seq` (primary key) and `digest` (32 bytes). Histories of other rooms use it too.
    """
    head = _HEAD.one(conn, {"of": table.name})
    seq, before = (1, canonical.NOTHING_BEFORE) if head is None else (head[0] + 1, head[1])
    kept = stored({**row, "seq": seq})
    digest = canonical.row_digest(before, canonical.dump(kept))
    _new(table, (*kept, "digest")).change(conn, {**kept, "digest": digest})
    if head is None:
        conn.execute(_FIRST, {"name": table.name, "seq": seq, "digest": digest})
    elif _MOVE.change(conn, {"of": table.name, "before": seq - 1, "after": seq, "link": digest}) != 1:
        raise RuntimeError(f"the head of {table.name} moved while a row was written")
    return seq


def row_digest(before: bytes, row: Mapping[str, Any]) -> bytes:
    """Return the digest of a row (with its seq, without its digest) after the digest before it."""
    return canonical.row_digest(before, canonical.dump(stored(row)))


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as it is stored, which is how its digest covers it: a time is its text."""
    return {name: moment_text(value) if isinstance(value, datetime) else value for name, value in row.items()}


def check_rows(
    rows: Iterable[Mapping[str, Any]],
    head: tuple[int, bytes] | None,
    name: str,
    after: tuple[int, bytes] = (0, canonical.NOTHING_BEFORE),
) -> Iterable[tuple[str, str]]:
    """Yield (where, what is wrong) for each break in the chain of rows by seq, and for an end not the head's.

    `after` is the row before the first of `rows`: its number and digest.
    """
    last, before = after
    for row in rows:
        seq = row["seq"]
        content = {str(column): value for column, value in row.items() if column != "digest"}
        if seq != last + 1:
            yield f"{name} {last + 1}", f"{missing('row', last, seq)}: row {seq} comes after row {last}"
        elif not _fits(before, content, row["digest"]):
            yield f"{name} {seq}", "the row is not what was written: its digest does not fit"
        before, last = row["digest"], seq
    says, digest = head or (0, canonical.NOTHING_BEFORE)
    if says != last:
        yield f"{name} {last + 1}", f"the head says the last row is {says}, the table ends at {last}"
    elif digest != before:
        yield f"{name} {last}", "the head has another digest than the last row"


def _fits(before: bytes, content: Mapping[str, Any], digest: bytes) -> bool:
    try:
        return row_digest(before, content) == digest
    except canonical.CanonicalError:
        return False
