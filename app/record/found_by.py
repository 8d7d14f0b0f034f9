"""What a preparation is found by besides its own row: lots its events name, also of what was refused, and people in them.

A view of the log, written with each event in its transaction, and anew by `vialtrace db rebuild`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from sqlalchemy import Connection, Select, delete, select, text

from app.record.prepared import Prepared
from app.record.tables import found_by

Kind: TypeAlias = Literal["lot", "person"]
Named: TypeAlias = tuple[str, str | None, str]
"""Of one event: who, the second person, the body as it is stored."""
SITES_OWN = "site/"
"""Begins the stream of acts that belong to no preparation."""
_LOT = re.compile(r'"lot":("(?:[^"\\]|\\.)*")')
_NOTE = Prepared(
    text("INSERT INTO found_by (kind, value, preparation) VALUES (:kind, :value, :of) ON CONFLICT DO NOTHING")
)


def named_in(events: Iterable[Named]) -> frozenset[tuple[str, str]]:
    """Return what the events of one preparation name: kind and value, a lot in small letters."""
    found = set()
    for who, second, body in events:
        found |= {("lot", str(json.loads(lot)).lower()) for lot in _LOT.findall(body)}
        found |= {("person", one) for one in (who, second) if one}
    return frozenset(one for one in found if one[1])


def note(conn: Connection, stream: str, events: Iterable[Named]) -> None:
    """Write what some events name; what is known already stays, and an act without a preparation is left out."""
    if not stream.startswith(SITES_OWN):
        for kind, value in sorted(named_in(events)):
            _NOTE.change(conn, {"kind": kind, "value": value, "of": stream})


def preparations_with(kind: Kind, value: str) -> Select[tuple[str]]:
    """Return the query for the preparations that name a lot, in any case, or a person."""
    wanted = value.lower() if kind == "lot" else value
    return select(found_by.c.preparation).where(found_by.c.kind == kind, found_by.c.value == wanted)


def of_preparation(conn: Connection, preparation: str) -> frozenset[tuple[str, str]]:
    """Return what one preparation is found by."""
    mine = select(found_by.c.kind, found_by.c.value).where(found_by.c.preparation == preparation)
    return frozenset((row.kind, row.value) for row in conn.execute(mine))


def clear(conn: Connection) -> None:
    """Empty the view before a rebuild."""
    conn.execute(delete(found_by))
