"""Is it still good: expiry, lot and recall of everything that goes in (R18, R19)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflows import sharing
from workflows.evidence import Container, Scan, Weighing
from workflows.findings import Finding
from workflows.open_vial import CameWith
from workflows.preparation import Preparation
from workflows.rules.rule import Case, Rule
from workflows.wording import amount

AWAY = "Set it aside for quarantine and scan another one."


def expired(container: Container | CameWith, at: datetime, zone: str) -> bool:
    """Say whether the last day of use is over at `at`, in the site's zone `zone` (B10). Unknown counts as expired."""
    return container.expiry is None or at.astimezone(ZoneInfo(zone)).date() > container.expiry


def _in_date(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, Container):
        return None
    if found.expiry is None:
        says = f"No expiry date is known for this {found.text}: its code has none and receiving recorded none."
        return Finding("NO_EXPIRY", says, "Scan its unit label, or have it received with lot and expiry.")
    if not found.lot:
        return Finding("NO_LOT", f"No lot is known for this {found.text}.", "Scan its unit label.")
    if expired(found, case.now.at, case.preparation.policy.zone):
        return Finding("EXPIRED", f"{found.text}, lot {found.lot}, expired on {found.expiry:%Y-%m-%d}.", AWAY)
    return None


def _not_recalled(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if isinstance(found, Container) and found.recalled:
        return Finding("RECALLED", f"{found.text}, lot {found.lot}, is recalled: {found.recalled}.", AWAY)
    return None


def opened_until(p: Preparation) -> datetime | None:
    """Return until when what was opened may go into its container: the least of all vials; None before any is (R31)."""
    if p.started_at is None:
        return None
    own = p.started_at + timedelta(minutes=int(sharing.hours_open(p.recipe) * 60))
    return min((own, *(sharing.good_until(known, p.recipe) for known in sharing.opened_vials(p))))


def _vials_fresh(case: Case[Weighing]) -> Finding | None:
    until = opened_until(case.preparation)
    if until is None or case.now.at < until:
        return None
    hours = sharing.hours_open(case.preparation.recipe).normalize()
    says = f"The vials were entered more than {amount(hours)} hours ago, or the in-use limit of one opened before has passed."
    return Finding("OPEN_TOO_LONG", says, "Do not use them any more: discard this preparation.")


VIALS_ARE_FRESH = Rule[Weighing](
    "What was opened goes into the final container within 12 hours of the first weighing, or sooner where the recipe says so; "
    "what was opened for an earlier dose, before its own limit (R31).",
    _vials_fresh,
    edges=("open too long",),
)
IS_IN_DATE = Rule[Scan](
    "Its lot and expiry are known and the expiry day is not over (R19).",
    _in_date,
    edges=("expired yesterday", "expires today", "no lot"),
)
IS_NOT_RECALLED = Rule[Scan]("Its lot is not recalled (R19).", _not_recalled, edges=("recalled lot",))


def _nothing_recalled(case: Case[Scan]) -> Finding | None:
    return recalled_since(case.now.recalled)


def recalled_since(what: str) -> Finding | None:
    """Return the finding that something inside was recalled meanwhile; `what` in words, empty for nothing (R19)."""
    if not what:
        return None
    return Finding("RECALLED_SINCE", f"Recalled meanwhile: {what}.", "A pharmacist rejects it to remake.")


NOTHING_IN_IT_IS_RECALLED = Rule[Scan](
    "Nothing that went in was recalled meanwhile (R19).", _nothing_recalled, edges=("recalled meanwhile",)
)
