"""What a sender is told of its order, decided from the events of its preparation: one status an event, a dispense at release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows import events as happened
from workflows.preparation import Preparation

CANCELLED: dict[str, tuple[str, str]] = {"cancelled": ("CR", "CA"), "discontinued": ("DR", "CA")}
"""Status of the order to ORC-1 and ORC-5 of the answer that it was done as asked."""
PHASES = frozenset({"CONFIRMED", "STARTED", "PAUSED", "RESUMED", "CHECKING", "REWORK", "REMAKE", "ABORTED", "ON_PAPER"})
"""Codes of the phases (ORC-16.1) that a destination may choose from; the others answer what was asked for."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to be told."""

    kind: Literal["status", "dispense", "answer"]
    """ORM^O01, RDS^O13, or the application's answer to a message: RRE, ORP, ORR."""
    control: str
    """ORC-1."""
    status: str
    """ORC-5."""
    code: str = ""
    """ORC-16.1, ours."""
    words: str = ""
    """ORC-16.2; never free text of a person, which may name the patient."""


def news_of(
    event: happened.Event, before: Preparation | None, order_status: str, was: str, now: str
) -> tuple[News, ...]:
    """Return what one event tells; `was` and `now` are the states round the command, `order_status` the sender's wish."""
    if isinstance(event, happened.Claimed):
        return (News("status", "SC", "IP", "STARTED", "Compounding started"),)
    if isinstance(event, happened.Paused):
        return (News("status", "SC", "HD", "PAUSED", f"Work is stopped: {event.why}"),)
    if isinstance(event, happened.Resumed):
        return (News("status", "SC", "IP", "RESUMED", "Work goes on"),)
    if isinstance(event, happened.Reworked):
        return (News("status", "SC", "IP", "REWORK", f"Sent back at the check: {event.reason}"),)
    if isinstance(event, happened.Remade):
        return (News("status", "SC", "IP", "REMAKE", f"Destroyed, to be made again: {event.reason}"),)
    if isinstance(event, happened.Released):
        return (News("dispense", "RE", "CM"),)
    if isinstance(event, happened.OrderChanged) and event.change == "held":
        return (News("status", "HR", "HD", "HELD", "Held as asked"),)
    if isinstance(event, happened.OrderChanged) and event.change == "released":
        begun = before is not None and bool(before.claimed_by)
        return (News("status", "OR", "IP" if begun else "SC", "HOLD_ENDED", "The hold is cleared as asked"),)
    if isinstance(event, happened.MadeOnPaper):
        return (
            News(
                "status", "SC", "CM", "ON_PAPER", "Made on paper during a downtime; nothing was weighed by the system"
            ),
        )
    if isinstance(event, happened.Aborted):
        return _ended(event, order_status)
    if isinstance(event, happened.Accepted) and event.slot == "verify" and before is not None:
        return (News("status", "SC", "SC", "CONFIRMED", "Verified by a pharmacist"),)
    if isinstance(event, happened.Accepted) and now == "awaiting-check" != was:
        return (News("status", "SC", "IP", "CHECKING", "Waits for the pharmacist's check"),)
    return ()


def _ended(event: happened.Aborted, order_status: str) -> tuple[News, ...]:
    if order_status in CANCELLED:
        control, status = CANCELLED[order_status]
        return (News("status", control, status, "CANCELLED", "Ended as asked; nothing leaves the pharmacy"),)
    return (News("status", "SC", "SC", "ABORTED", f"Discarded: {event.reason}"),)
