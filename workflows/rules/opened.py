"""May this opened vial go in: shared by the rules, in its cabinet, in time, holding enough, weighing what it should (R32)."""

from __future__ import annotations

from workflows import holding, sharing
from workflows.evidence import CabinetCode, Container, Scan, Weighing
from workflows.findings import Finding
from workflows.rules.rule import Case, Rule
from workflows.wording import letter, reading

SEALED = "Take a sealed vial, or another opened one."
AWAY = "Discard it as hazardous waste, and record that on the page of opened vials. Scan another vial."


def _may_go_in(case: Case[Scan]) -> Finding | None:
    found, p = case.evidence.found, case.preparation
    known = found.opened if isinstance(found, Container) else None
    if not isinstance(found, Container) or known is None:
        return None
    if why := sharing.why_not(p.order, p.recipe, p.policy):
        return Finding(
            "NOT_SHARED", f"This {found.text} was opened for another dose, and {why}.", "Take a sealed vial."
        )
    if case.now.no_stock:
        return Finding("NO_STOCK", f"This opened {found.text} is no stock: {case.now.no_stock}.", AWAY)
    if known.until <= case.now.at:
        return Finding("OPEN_TOO_LONG", f"The in-use limit of this opened {found.text} has passed.", AWAY)
    cabinet = p.evidence("cabinet")
    here = cabinet.found.code if isinstance(cabinet, Scan) and isinstance(cabinet.found, CabinetCode) else "none"
    if here != known.cabinet:
        says = f"This {found.text} was opened in {known.cabinet} and may be used there alone; this is {here}."
        return Finding("OTHER_CABINET", says, SEALED)
    return None


def _enough_left(case: Case[Scan]) -> Finding | None:
    found, p = case.evidence.found, case.preparation
    known = found.opened if isinstance(found, Container) else None
    if known is None:
        return None
    needed, sure = sharing.asked_of(p, str(case.unit)), sharing.usable_ml(known, p.policy)
    if sure >= needed:
        return None
    says = (
        f"{reading(known.left_ml)} mL are left in it, of which {reading(sure)} mL are sure to come out; "
        f"{reading(needed)} mL are needed of it."
    )
    return Finding("TOO_LITTLE_LEFT", says, SEALED)


def _same_adaptors(case: Case[Scan]) -> Finding | None:
    """An opened vial has its adaptor on: one that was scanned for it before is a piece too many."""
    found, p = case.evidence.found, case.preparation
    if not isinstance(found, Container) or found.opened is None:
        return None
    scanned = sum(slot.startswith("device:vial adaptor") for slot in p.entries)
    needed = len(sharing.sealed_units(p)) - 1
    if scanned <= needed:
        return None
    says = f"Its adaptor is on it, and {scanned} vial adaptors were scanned where {needed} are needed."
    return Finding("ADAPTOR_TOO_MANY", says, "BACK takes the spare adaptor back; then scan the opened vial.")


def _its_balance(case: Case[Weighing]) -> Finding | None:
    known = holding.opened_vial(case.preparation, str(case.unit))
    if known is None or known.balance == case.evidence.balance:
        return None
    says = f"It was weighed on balance {known.balance} when it was kept, and on {case.evidence.balance} now."
    return Finding("OTHER_BALANCE", says, "REDO with a sealed vial.")


def _as_it_was(case: Case[Weighing]) -> Finding | None:
    known, balance = holding.opened_vial(case.preparation, str(case.unit)), case.now.balance
    if known is None or balance is None:
        return None
    apart, most = case.evidence.g - known.gross_g, sharing.NOISE * balance.repeatability_g
    if abs(apart) <= most:
        return None
    more = "more" if apart > 0 else "less"
    weighs = f"VIAL {letter(case.unit)} weighs {abs(apart):.3f} g {more} than when it was kept ({known.gross_g} g)"
    do = "Is it this vial, with its adaptor? Weigh it again. Else draw nothing: REDO with a new one."
    return Finding("NOT_AS_KEPT", f"{weighs}; {most:.3f} g may be noise.", do)


MAY_BE_SHARED = Rule[Scan](
    "A vial opened for an earlier dose is taken only where recipe and policy share vials, never for a trial; in the cabinet "
    "in which it was opened and that has seen neither another drug nor a cleaning since; and before its in-use limit (R31, R32).",
    _may_go_in,
    edges=("opened before", "opened, no stock", "opened elsewhere", "opened too long ago"),
)
HOLDS_ENOUGH = Rule[Scan](
    "What is left in an opened vial by weight, less its doubt and what cannot be drawn out, is what the dose needs of it (R32).",
    _enough_left,
    edges=("opened, too little left",),
)
ADAPTOR_IS_ON = Rule[Scan](
    "An opened vial keeps the adaptor it has; no second one waits for it (R32).",
    _same_adaptors,
    edges=("opened before",),
)
IS_ON_ITS_BALANCE = Rule[Weighing](
    "It comes from the balance that weighed the vial when it was kept (R2).", _its_balance, edges=("other balance",)
)
IS_AS_IT_WAS_KEPT = Rule[Weighing](
    "The opened vial weighs what it weighed when it was kept, within 3·√2·s: nothing left it and nothing came in (R32).",
    _as_it_was,
    edges=("heavier than kept", "lighter than kept"),
)
