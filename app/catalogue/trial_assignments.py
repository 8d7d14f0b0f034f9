"""Whose dose an order of a trial is, as it was entered: subject and kits, of which version of the order and which trial (R56)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from app.catalogue.trial_lines import Act
from app.catalogue.trial_tables import trial_assignment
from app.record import canonical, codec
from app.record.running import append_row
from workflows.assigned import Assigned


@dataclass(frozen=True)
class Entered:
    """For which subject an order is, and what that was entered of: it says nothing of another trial or version of the order."""

    assigned: Assigned
    """Subject and kits."""
    protocol: str = ""
    """Number of the trial whose recipe would make it; empty in what was kept before this was."""
    version: int = 0
    """Version of the order as it was read; 0 in what was kept before this was."""
    attested: str = ""
    """Digest of order, patient, recipe, subject and kits that the second person read and signed."""


def keep(act: Act, key: str, entered: Entered) -> None:
    """Keep what was entered of an order; the newest counts."""
    body = canonical.dump(codec.encode(entered)).decode()
    row = {"site": act.settings.site, "order_key": key, "body": body, "at": act.at, "who": act.who}
    append_row(act.conn, trial_assignment, row)


def newest(conn: Connection, site: str, key: str) -> Entered | None:
    """Return what was entered last of an order; None where nobody did."""
    mine = (trial_assignment.c.order_key == key) & (trial_assignment.c.site == site)
    last = select(trial_assignment.c.body).where(mine).order_by(trial_assignment.c.seq.desc()).limit(1)
    body = conn.execute(last).scalar_one_or_none()
    return None if body is None else _read(body)


def everything(conn: Connection, site: str, protocol: str) -> Iterator[tuple[str, Entered]]:
    """Yield the key of each order of a trial at a site with what was entered last of it."""
    every = select(trial_assignment.c.order_key, trial_assignment.c.body).where(trial_assignment.c.site == site)
    last = {row.order_key: row.body for row in conn.execute(every.order_by(trial_assignment.c.seq))}
    for key, body in last.items():
        entered = _read(body)
        if entered.protocol == protocol:
            yield key, entered


def assigned_to(conn: Connection, site: str, key: str, protocol: str, version: int) -> Assigned | None:
    """Return subject and kits that stand for this version of an order and this trial.

    None where nobody entered them, also where the order was changed since or is of another trial, or of none, now.
    """
    entered = newest(conn, site, key)
    if entered is None or not protocol or (entered.protocol, entered.version) != (protocol, version):
        return None
    return entered.assigned


def _read(body: str) -> Entered:
    """Read what was kept; before trial and version were, it was subject and kits alone, which stand for no order now."""
    data: Any = canonical.parse(body)
    return codec.decode(Entered, data) if "assigned" in data else Entered(codec.decode(Assigned, data))
