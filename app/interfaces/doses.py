"""Orders whose doses are made together: which preparation is which dose, and the order as one of its doses asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection, bindparam, select

from app.interfaces.rhythms import ONCE, rhythm
from app.interfaces.tables import dose_made, ordered
from app.record.prepared import PreparedRows
from app.record.running import append_row
from workflows import doses
from workflows.order import Order

_OF_KEY = PreparedRows(select(dose_made).where(dose_made.c.key == bindparam("of")).order_by(dose_made.c.seq))
"""Every row of an order's doses, the oldest first."""


@dataclass(frozen=True)
class Dose:
    """One dose of an order whose doses are made together."""

    number: int
    """Which of them, from 1."""
    of: int
    """How many the order asked for when this was written."""
    batch: str
    """What was opened at once has one."""
    why: str
    """Why it may be made ahead, in words."""
    preparation: str = ""
    """Its newest preparation; empty while it has none."""


def made_of(conn: Connection, key: str) -> tuple[Dose, ...]:
    """Return the doses of an order that are made together, by number, each with its newest preparation."""
    rows = _OF_KEY.all(conn, {"of": key})
    newest = {row.dose_no: Dose(row.dose_no, row.doses, row.batch, row.why, row.preparation) for row in rows}
    return tuple(newest[number] for number in sorted(newest))


def preparations_of(conn: Connection, key: str, alone: str) -> tuple[str, ...]:
    """Return the newest preparation of each dose of an order; `alone`, if any, where its doses are not made together."""
    together = tuple(one.preparation for one in made_of(conn, key))
    return together or ((alone,) if alone else ())


def key_of(conn: Connection, preparation: str) -> str:
    """Return the key of the order that a preparation was opened for and still counts for; empty where there is none."""
    alone: str | None = conn.execute(
        select(ordered.c.key).where(ordered.c.preparation == preparation)
    ).scalar_one_or_none()
    if alone is not None:
        return alone
    of: str = (
        conn.execute(select(dose_made.c.key).where(dose_made.c.preparation == preparation)).scalar_one_or_none() or ""
    )
    return of if preparation in {one.preparation for one in made_of(conn, of)} else ""


def newest_of(conn: Connection, key: str, number: int | None) -> str:
    """Return the newest preparation of an order, or of one of its doses; empty where there is none."""
    if number is not None:
        return next((one.preparation for one in made_of(conn, key) if one.number == number), "")
    return conn.execute(select(ordered.c.preparation).where(ordered.c.key == key)).scalar_one_or_none() or ""


def named(conn: Connection, keys: Iterable[str]) -> tuple[str, ...]:
    """Return the preparations of the doses of these orders, dose by dose; none of an order that is made alone."""
    return tuple(one.preparation for key in keys for one in made_of(conn, key))


def as_dose(order: Order, number: int, zone: tzinfo) -> Order | str:
    """Return the order as one of its doses asks, or in words why that cannot be told."""
    found = rhythm(order.frequency) if order.frequency.strip() else None
    if found is None or found == ONCE:
        return f"When each dose is due cannot be told from “{order.frequency or 'nothing'}”."
    return doses.one_dose(order, number, found, zone)


def keep(conn: Connection, key: str, dose: Dose, preparation: str, *, who: str, at: datetime) -> None:
    """Write down that this preparation is that dose, in the place of the one that `dose` names.

    Raises IntegrityError, and nothing is written, where the dose has another preparation or the order does not ask for it.
    """
    row = {"key": key, "dose_no": dose.number, "doses": dose.of, "batch": dose.batch, "preparation": preparation}
    append_row(conn, dose_made, row | {"instead_of": dose.preparation, "why": dose.why, "at": at, "who": who})
