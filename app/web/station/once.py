"""A press that is no command on a preparation, done once: the same press again hears the first answer (Q70).

The tick of a cleaning and the reading of a check weight are kept with their answer, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from flask import request
from sqlalchemy import Connection

from app import clock
from app.record import receipts
from app.record.receipts import OtherContent, Receipt
from app.web.house import house
from app.web.station.screen import Verdict
from app.web.visit import signed_in, visit

Said = tuple[Verdict, int]
"""The words, and the HTTP status."""


@dataclass(frozen=True)
class Press:
    """One press: its id, minted with the screen, whose it is, and what it asks."""

    command_id: str
    """From the form; a new one where the page sent none."""
    person: str
    """Person id."""
    digest: str
    """Of what is asked."""


def press(**what: str) -> Press:
    """Return the press of this request, `what` being all that makes it another."""
    person, _ = signed_in()
    command_id = request.form.get("command_id") or clock.new_command_id()
    return Press(command_id, person.id, receipts.request_digest(dict(what)))


def heard(conn: Connection, one: Press) -> Said | None:
    """Return what this press was answered before, or None."""
    found = receipts.heard(conn, command_id=one.command_id, person=one.person, digest=one.digest)
    if isinstance(found, OtherContent):
        return Verdict("check", "CHECK", "This screen was used already. Look at it again."), 422
    return _said(found) if found is not None else None


def heard_before(one: Press) -> Said | None:
    """The same, before an instrument is asked for anything."""
    with house().store.reading() as conn:
        return heard(conn, one)


def done_once(one: Press, do: Callable[[Connection], Said]) -> Said:
    """Do it and keep its answer, or return the first answer."""
    at = visit().at

    def work(conn: Connection) -> Said:
        before = heard(conn, one)
        if before is not None:
            return before
        said, status = do(conn)
        receipts.keep(
            conn,
            command_id=one.command_id,
            person=one.person,
            digest=one.digest,
            status=status,
            answer={name: part for name, part in asdict(said).items() if name != "answers"},
            at=at,
        )
        return said, status

    return house().store.write(work)


def _said(found: Receipt) -> Said:
    return Verdict(**found.answer), found.status
