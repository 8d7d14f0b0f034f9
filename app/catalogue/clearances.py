"""What was confirmed of an order before it is made (R57): entered by name, taken back by name, each also an act of the site."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from app.catalogue.tables import clearance
from app.record import acts, canonical, codec
from app.record.running import append_row
from app.settings import Settings
from workflows.clearances import Clearance, Requirement, why_not
from workflows.order import Order, OrderKey

LEAST_REASON = 10
"""Letters that a reason must have."""


class NotClearedError(ValueError):
    """A confirmation cannot be kept or taken back; the text says why."""


@dataclass(frozen=True)
class Kept:
    """One row: what was confirmed, or that it was taken back."""

    given: Clearance | None
    """What was confirmed; None: it was taken back."""
    why: str = ""
    """Why it was taken back."""


@dataclass(frozen=True)
class Acting:
    """In whose transaction something is written, by whom and when."""

    conn: Connection
    """The caller's transaction."""
    settings: Settings
    """Site and software."""
    who: str
    """Person id."""
    roles: frozenset[str]
    """Their roles."""
    at: datetime
    """The command's one clock reading."""
    command_id: str = ""
    """Names the command in the record; empty: a new one. That of a program names its token."""


def key_text(key: OrderKey) -> str:
    """Return what names an order in the table."""
    return canonical.dump(codec.encode(key)).decode()


def standing(conn: Connection, site: str, key: OrderKey) -> tuple[Clearance, ...]:
    """Return what is confirmed of an order at a site and was not taken back."""
    mine = (clearance.c.order_key == key_text(key)) & (clearance.c.site == site)
    rows = conn.execute(select(clearance.c.requirement, clearance.c.body).where(mine).order_by(clearance.c.seq))
    newest = {row.requirement: codec.decode(Kept, canonical.parse(row.body)) for row in rows}
    return tuple(kept.given for kept in newest.values() if kept.given is not None)


def count(conn: Connection) -> int:
    """Return how many rows there are: it changes with everything that is confirmed or taken back."""
    return conn.execute(select(func.max(clearance.c.seq))).scalar_one_or_none() or 0


def signed_over(order: Order, required: Requirement, stands: Iterable[Clearance]) -> str:
    """Return the digest that a signature for `required` is over, hex: the order's version, what is asked, what stands."""
    told = next((codec.encode(one) for one in stands if one.requirement == required.name), None)
    shown = {
        "order": codec.encode(order.key),
        "version": order.version,
        "asked": codec.encode(required),
        "stands": told,
    }
    return hashlib.sha256(canonical.dump(shown)).hexdigest()


def give(act: Acting, order: Order, required: Requirement, given: Clearance, over: str) -> None:
    """Keep that something was confirmed. Raises NotClearedError for what does not meet what is asked."""
    _entitled(act, required)
    stands = standing(act.conn, act.settings.site, order.key)
    if over != signed_over(order, required, stands):
        raise NotClearedError("Something changed since this page was drawn. Look at it again. Nothing was kept.")
    if wrong := why_not(required, given, act.at):
        raise NotClearedError(" ".join(wrong))
    _keep(act, order, required, Kept(given), "order_cleared", over)


def take_back(act: Acting, order: Order, required: Requirement, why: str) -> None:
    """Keep that a confirmation no longer counts, and why. Raises NotClearedError where none stands."""
    _entitled(act, required)
    if required.name not in {one.requirement for one in standing(act.conn, act.settings.site, order.key)}:
        raise NotClearedError("Nothing of this stands.")
    if len(why.strip()) < LEAST_REASON:
        raise NotClearedError(f"Give a reason of at least {LEAST_REASON} letters.")
    _keep(act, order, required, Kept(None, why.strip()), "order_clearance_taken_back", "")


def _entitled(act: Acting, required: Requirement) -> None:
    if not act.roles & set(required.entered_by):
        who = " or ".join(role.replace("_", " ") for role in required.entered_by)
        raise NotClearedError(f"A {who} enters this.")


def _keep(act: Acting, order: Order, required: Requirement, kept: Kept, kind: str, over: str) -> None:
    said = codec.encode(kept)
    row = {"site": act.settings.site, "order_key": key_text(order.key), "requirement": required.name}
    append_row(act.conn, clearance, {**row, "body": canonical.dump(said).decode(), "at": act.at, "who": act.who})
    data = {"order": codec.encode(order.key), "requirement": required.name, "over": over, **said}
    acts.append(
        act.conn, act.settings, act.settings.site, kind, data, who=act.who, at=act.at, command_id=act.command_id
    )
