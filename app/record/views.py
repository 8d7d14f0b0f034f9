"""Where each preparation and each order stands: rows projected from the log in its transaction, to be rebuilt."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from app.record import canonical
from app.record.columns import moment_text
from app.record.prepared import FIRST, Prepared, PreparedRows
from app.record.tables import open_vial, preparation, printed_label, stock_taken, used_once

_CHANGE = Prepared(
    update(preparation)
    .where(preparation.c.id == bindparam("id_now"))
    .values(
        {
            column.name: bindparam(f"{column.name}_now", type_=Text() if column.name == "due" else column.type)
            for column in preparation.c
            if column.name != "id"
        }
    )
)
_NEW = insert(preparation)
_ROW = select(preparation).where(preparation.c.id == bindparam("of"))
_ROWS = select(preparation).where(preparation.c.id.in_(bindparam("any", expanding=True)))
_USER = select(used_once.c.preparation).where(used_once.c.thing == bindparam("of"))
_USED = select(used_once.c.thing).where(used_once.c.preparation == bindparam("of"))
_LAST_CHANGE = select(func.max(preparation.c.updated_site_seq)).where(preparation.c.site == bindparam("of"))
_LABEL = select(printed_label).where(printed_label.c.label == bindparam("of")).limit(1)
_COPY = select(printed_label.c.label).where(
    printed_label.c.label == bindparam("of"), printed_label.c.copy == bindparam("number")
)
_NEW_LABEL = insert(printed_label)
PICTURE = "photo/"
"""What the name of a picture begins with, among the things that are used once."""


@dataclass(frozen=True)
class PreparationRow:
    """What lists and queues show of a preparation, without opening its log."""

    id: str  # the stream
    version: int  # of the stream when projected
    site: str  # code
    workflow: str  # name and version, such as iv-bag-gravimetric/1
    step: str  # name of the open step, empty when closed
    status: str  # the preparation's status, as its state says
    due: datetime | None  # UTC
    priority: str  # as ordered
    station: str | None  # code, where it is being made
    cabinet: str | None  # code, where it is being made
    technician: str | None  # person id of who makes it
    drug: str  # name as shown in lists
    dose: str  # amount and unit as shown in lists
    patient: str | None  # id in order_text
    flags: tuple[str, ...]  # such as hazardous, held, near_miss
    updated_site_seq: int  # number of the event that changed it last


def put_preparation(conn: Connection, row: PreparationRow) -> None:
    """Write the row, new or changed."""
    values: dict[str, Any] = {**vars(row), "flags": canonical.dump(list(row.flags)).decode()}
    now = {f"{name}_now": value for name, value in values.items()}
    if _CHANGE.change(conn, {**now, "due_now": moment_text(row.due) if row.due else None}) == 0:
        conn.execute(_NEW, values)


def stations_elsewhere(conn: Connection, site: str, stations: Collection[str]) -> dict[str, str]:
    """Return which of these stations already stand at another site, and at which."""
    rows = select(preparation.c.station, preparation.c.site).where(
        preparation.c.station.in_(list(stations)), preparation.c.site != site
    )
    return {row.station: row.site for row in conn.execute(rows.distinct())}


def get_preparation(conn: Connection, id: str) -> PreparationRow | None:
    """Return the row of a preparation, None when there is none."""
    row = conn.execute(_ROW, {"of": id}).mappings().one_or_none()
    return None if row is None else _preparation(dict(row))


def these(conn: Connection, ids: Sequence[str]) -> tuple[PreparationRow, ...]:
    """Return the rows of so many preparations, in the order in which they are named; who has none is left out."""
    rows = conn.execute(_ROWS, {"any": list(ids)}).mappings() if ids else ()
    found = {row["id"]: _preparation(dict(row)) for row in rows}
    return tuple(found[id] for id in ids if id in found)


def preparations(
    conn: Connection, *, site: str | None = None, statuses: Sequence[str] = (), after: int = 0
) -> tuple[PreparationRow, ...]:
    """Return the rows in order of due time (none last), then id; of every site and status unless named.

    `after` keeps those that changed after this site number, for a screen that polls.
    """
    where = [preparation.c.updated_site_seq > after]
    where += [preparation.c.site == site] if site is not None else []
    where += [preparation.c.status.in_(list(statuses))] if statuses else []
    return _preparations(conn, *where)


def last_change(conn: Connection, site: str) -> int:
    """Return the number of the event that changed one of a site's rows last; 0 for a site without any."""
    return conn.execute(_LAST_CHANGE, {"of": site}).scalar() or 0


def in_state_or_flagged(
    conn: Connection, *, site: str, statuses: Sequence[str], flag: str, among: Sequence[str]
) -> tuple[PreparationRow, ...]:
    """Return a site's rows of these statuses, and those `among` others that carry a flag, as `preparations` does."""
    rows = _flagged(tuple(statuses), flag, tuple(among)).all(conn, {"of": site})
    return tuple(_preparation(row._asdict()) for row in rows)


@cache
def _flagged(statuses: tuple[str, ...], flag: str, among: tuple[str, ...]) -> PreparedRows:
    """Return what looks for a site's rows of these statuses, or of those others with a flag of ours; made once."""
    flagged = preparation.c.flags.like(literal_column(f"'%\"{flag}\"%'"))
    return PreparedRows(
        select(preparation)
        .where(
            preparation.c.site == bindparam("of"), _is_one_of((*statuses, *among))
        )  # by the index: few are under way
        .where(or_(_is_one_of(statuses), and_(_is_one_of(among), flagged)))
        .order_by(preparation.c.due.is_(None), preparation.c.due, preparation.c.id)
    )


def _is_one_of(statuses: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(preparation.c.status == one for one in statuses))


def _preparations(conn: Connection, *where: Any) -> tuple[PreparationRow, ...]:
    query = select(preparation).where(*where).order_by(preparation.c.due.is_(None), preparation.c.due, preparation.c.id)
    return tuple(_preparation(dict(row)) for row in conn.execute(query).mappings())


def _preparation(row: dict[str, Any]) -> PreparationRow:
    flags: Any = canonical.parse(row["flags"])
    return PreparationRow(**{**row, "flags": tuple(flags)})


@cache
def _there(statuses: tuple[str, ...], flag: str) -> Prepared:
    """Return what looks for the first preparation of these statuses, with a flag of ours, at a place; made once."""
    return Prepared(
        select(preparation.c.id)
        .where(preparation.c.site == bindparam("of"), _is_one_of(statuses))
        .where(preparation.c.flags.like(literal_column(f"'%\"{flag}\"%'")), preparation.c.id != bindparam("but"))
        .where(
            or_(
                and_(preparation.c.station == bindparam("here"), bindparam("here") != ""),
                and_(preparation.c.cabinet == bindparam("code"), bindparam("code") != ""),
            )
        )
        .order_by(preparation.c.due.is_(None), preparation.c.due, preparation.c.id)
        .limit(FIRST)
    )


def first_there(
    conn: Connection, statuses: Sequence[str], flag: str, *, site: str, station: str, cabinet: str, but: str
) -> str:
    """Return the first preparation with such a status and this flag at a station or in a cabinet; `but` does not count.

    An empty station or cabinet is nowhere; the text is empty where there is none.
    """
    values = {"of": site, "but": but, "here": station, "code": cabinet}
    found = _there(tuple(statuses), flag).one(conn, values)
    return found[0] if found else ""


def clear(conn: Connection) -> None:
    """Empty the views before a rebuild; who knows the workflows writes them anew in the same transaction."""
    conn.execute(delete(preparation))
    conn.execute(delete(printed_label))
    conn.execute(delete(used_once))
    conn.execute(delete(stock_taken))
    conn.execute(delete(open_vial))


def put_label(conn: Connection, *, label: str, copy: int, kind: str, preparation: str) -> None:
    """Note for which preparation a label and copy were printed; a second note of the same changes nothing.

    Raises ValueError for a label that belongs to another preparation already.
    """
    known = label_of(conn, label)
    if known is not None and known != (kind, preparation):
        raise ValueError(f"label {label} belongs to preparation {known[1]} already")
    if known is None or conn.execute(_COPY, {"of": label, "number": copy}).one_or_none() is None:
        row = {"label": label, "copy": copy, "kind": kind, "preparation": preparation}
        conn.execute(_NEW_LABEL, row)


def label_of(conn: Connection, label: str) -> tuple[str, str] | None:
    """Return the kind and the preparation of a label by its eight characters, or None."""
    row = conn.execute(_LABEL, {"of": label}).one_or_none()
    return None if row is None else (row.kind, row.preparation)


def one_name(thing: str) -> str:
    """Return the one name of a unit, whose letters count the same in either case (R16); a picture's stays as it is."""
    return thing if thing.startswith(PICTURE) else thing.upper()


def keep_used(conn: Connection, preparation: str, things: frozenset[str]) -> None:
    """Note what belongs to one preparation and to no other (units, pictures); what it no longer names is free again."""
    mine, named = set(conn.execute(_USED, {"of": preparation}).scalars()), frozenset(map(one_name, things))
    for thing in mine - named:
        conn.execute(delete(used_once).where(used_once.c.thing == thing))
    for thing in named - mine:
        if user_of(conn, thing) is None:  # an old record may name one vial in two ways: whoever had it first keeps it
            conn.execute(insert(used_once), {"thing": thing, "preparation": preparation})


def keep_taken(conn: Connection, preparation: str, taken: Mapping[str, int]) -> None:
    """Note how many one preparation took out of each stock bottle, in place of what was noted before."""
    conn.execute(delete(stock_taken).where(stock_taken.c.preparation == preparation))
    summed: Counter[str] = Counter()
    for unit, number in taken.items():
        summed[one_name(unit)] += number
    for unit, number in summed.items():
        conn.execute(insert(stock_taken), {"unit": unit, "preparation": preparation, "number": number})


def keep_open_vials(conn: Connection, preparation: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note the opened vials of one preparation that were kept, in place of what was noted before."""
    conn.execute(delete(open_vial).where(open_vial.c.preparation == preparation))
    for row in rows:
        conn.execute(insert(open_vial), {**row, "preparation": preparation})


def open_vial_of(conn: Connection, label: str) -> str | None:
    """Return the kept vial with this unit label as it was written, or None."""
    return conn.execute(select(open_vial.c.body).where(open_vial.c.label == label)).scalar_one_or_none()


def open_vials_of(conn: Connection, preparation: str) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of the opened vials that one preparation kept, as `keep_open_vials` took them, by label."""
    columns = [column for column in open_vial.c if column.name != "preparation"]
    mine = select(*columns).where(open_vial.c.preparation == preparation).order_by(open_vial.c.label)
    return tuple(dict(row._mapping) for row in conn.execute(mine))


def taken_by(conn: Connection, preparation: str) -> dict[str, int]:
    """Return how many one preparation took out of which stock bottle."""
    rows = conn.execute(
        select(stock_taken.c.unit, stock_taken.c.number).where(stock_taken.c.preparation == preparation)
    )
    return {row.unit: row.number for row in rows}


def taken_from(conn: Connection, unit: str, but: str = "") -> int:
    """Return how many were taken out of a stock bottle by all preparations together, one of them left out."""
    mine = (stock_taken.c.unit == one_name(unit)) & (stock_taken.c.preparation != but)
    return sum(conn.execute(select(stock_taken.c.number).where(mine)).scalars())


def differences(
    conn: Connection, row: PreparationRow, labels: Mapping[tuple[str, int], str], things: frozenset[str]
) -> Iterator[str]:
    """Say in words where the stored rows of one preparation are not these: its line, its labels, what is its alone."""
    try:
        stored = get_preparation(conn, row.id)
    except ValueError as error:
        yield f"its line in the list cannot be read ({error})"
        return
    if stored is None:
        yield "it is missing from the list"
        return
    for name, value in dataclasses.asdict(row).items():
        shown = getattr(stored, name)
        if shown != value:
            yield f"the list says {name} {shown!r}, the log says {value!r}"
    mine = select(printed_label).where(printed_label.c.preparation == row.id)
    if {(one.label, one.copy): one.kind for one in conn.execute(mine)} != labels:
        yield "its printed labels are not those of the log"
    used = conn.execute(select(used_once.c.thing).where(used_once.c.preparation == row.id)).scalars()
    if frozenset(used) != frozenset(map(one_name, things)):
        yield "its units and pictures are not those of the log"


def user_of(conn: Connection, thing: str) -> str | None:
    """Return the preparation that a unit or picture belongs to, or None."""
    return conn.execute(_USER, {"of": one_name(thing)}).scalar_one_or_none()
