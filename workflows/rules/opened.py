"""May this opened vial go in: shared by the rules, in its cabinet, in time, holding enough, weighing what it should (R32)."""

from __future__ import annotations

from workflows import holding, intrathecal, sharing
from workflows.evidence import CabinetCode, Confirmation, Container, Scan, Weighing
from workflows.findings import Finding
from workflows.open_vial import StandsOpen
from workflows.rules import expiry
from workflows.rules.rule import Case, Rule
from workflows.wording import letter, reading

SEALED = "Take a sealed vial, or another opened one."
OUT_FIRST = "Discard it as hazardous waste, and record that on the page of opened vials; then scan again. Or use another cabinet."
CLOSED_FIRST = (
    "Finish that preparation and discard its leftovers, or clean the cabinet; then scan again. Or use another cabinet."
)
AWAY = "Discard it as hazardous waste, and record that on the page of opened vials. Scan another vial."


def _stands_alone(case: Case[Scan]) -> Finding | None:
    found, p = case.evidence.found, case.preparation
    if not isinstance(found, CabinetCode):
        return None
    spinal = p.order.route == intrathecal.ROUTE
    others = [one for one in case.now.standing if spinal or one.drug != p.master.drug]
    if not others:
        return None
    named = ", ".join(f"{one.text} ({_whose(one)})" for one in others)
    apart = " An intrathecal dose is begun with no opened vial in the cabinet." if spinal else ""
    do = OUT_FIRST if any(one.label for one in others) else CLOSED_FIRST
    return Finding("OPENED_STANDS_THERE", f"Opened in {found.code} and not discarded yet: {named}.{apart}", do)


def _whose(one: StandsOpen) -> str:
    return f"unit label {one.label}" if one.label else f"of preparation {one.preparation}"


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
    if known.label_g is None:
        says = f"This opened {found.text} was not weighed with its label on: it is no stock."
        return Finding("NO_STOCK", says, AWAY)
    if known.until <= case.now.at:
        return Finding("OPEN_TOO_LONG", f"The in-use limit of this opened {found.text} has passed.", AWAY)
    if sharing.good_until(known, p.recipe) <= case.now.at:
        hours = sharing.hours_kept(p.recipe).normalize()
        says = f"This {found.text} was opened more than {hours:f} h ago, which is as long as {p.recipe.name} lets one serve."
        return Finding("OPEN_TOO_LONG", says, SEALED)
    brand, adaptor = p.recipe.cstd_brand.casefold(), known.part("device")
    if adaptor is None or (brand and adaptor.text.split()[0].casefold() != brand):
        on = adaptor.text if adaptor else "no adaptor on record"
        says = f"This opened {found.text} has {on}; this recipe uses devices of {p.recipe.cstd_brand or 'any make'}."
        return Finding("OTHER_ADAPTOR", says, SEALED)
    if otherwise := sharing.made_up_otherwise(known, p.recipe):
        return Finding("OTHER_CONTENT", f"This opened {found.text} {otherwise}.", SEALED)
    cabinet = p.evidence("cabinet")
    here = cabinet.found.code if isinstance(cabinet, Scan) and isinstance(cabinet.found, CabinetCode) else "none"
    if here != known.cabinet:
        says = f"This {found.text} was opened in {known.cabinet} and may be used there alone; this is {here}."
        return Finding("OTHER_CABINET", says, SEALED)
    return None


def _parts_in_date(case: Case[Scan]) -> Finding | None:
    found, zone = case.evidence.found, case.preparation.policy.zone
    known = found.opened if isinstance(found, Container) else None
    for one in known.parts if known else ():
        if expiry.expired(one, case.now.at, zone):
            on = f"on {one.expiry:%Y-%m-%d}" if one.expiry else "on a day that is not known"
            says = f"{one.text}, lot {one.lot or 'unknown'}, which this opened vial holds or carries, expired {on}."
            return Finding("EXPIRED", says, AWAY)
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
    if f"device:vial adaptor:{case.unit}" not in p.entries:
        return None
    says = f"Its adaptor is on it, and another vial adaptor was scanned for VIAL {letter(case.unit)}."
    return Finding("ADAPTOR_TOO_MANY", says, "BACK takes the spare adaptor back; then scan the opened vial.")


def _looked_at(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == sharing.LOOKS_RIGHT:
        return None
    says = f"Confirmed {case.evidence.item}; asked for {sharing.LOOKS_RIGHT}."
    return Finding("OTHER_ITEM", says, "Confirm what the screen shows. If it is not so: NOT CLEAR.")


def _still_stands(case: Case[Weighing]) -> Finding | None:
    if not case.now.no_stock:
        return None
    says = f"VIAL {letter(case.unit)} is no stock any more: {case.now.no_stock}."
    return Finding("NO_STOCK", says, "REDO with a sealed vial; this one is discarded.")


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


NOTHING_OPEN_STANDS_THERE = Rule[Scan](
    "No opened vial of another drug stands in it; of an intrathecal dose none at all (R20, R42).",
    _stands_alone,
    edges=("another drug's opened vial", "the same drug's opened vial"),
)
MAY_BE_SHARED = Rule[Scan](
    "A vial opened for an earlier dose is taken only where recipe and policy share vials, never for a trial; in the cabinet "
    "in which it was opened and that has seen neither another drug nor a cleaning since; weighed with its label on; before its "
    "in-use limit, and no longer after its first puncture than this recipe lets its vials serve; with an adaptor of the "
    "recipe's make on it, of nothing that the drug is kept from; dissolved in the recipe's diluent, and of the density that it "
    "has there (R31, R32, R46).",
    _may_go_in,
    edges=(
        *("opened before", "opened, no stock", "opened elsewhere", "opened too long ago"),
        *("opened, not labelled", "opened earlier than the recipe lets", "opened, other adaptor"),
        *("opened, other diluent", "opened, other density"),
    ),
)
ITS_PARTS_ARE_IN_DATE = Rule[Scan](
    "The diluent that an opened vial was dissolved in, and the adaptor on it, are in date too (R19, R30).",
    _parts_in_date,
    edges=("opened, its parts expired",),
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
LOOKS_RIGHT = Rule[Confirmation](
    f"Whoever draws from it next sees that it is {sharing.LOOKS_RIGHT} (R32).", _looked_at, edges=("other item",)
)
STILL_STANDS = Rule[Weighing](
    "Nothing happened in its cabinet since it was scanned that ends its use (R32).",
    _still_stands,
    edges=("opened, no stock any more",),
)
IS_ON_ITS_BALANCE = Rule[Weighing](
    "It comes from the balance that weighed the vial when it was kept (R2).", _its_balance, edges=("other balance",)
)
IS_AS_IT_WAS_KEPT = Rule[Weighing](
    "The opened vial weighs what it weighed when it was kept, within 3·√2·s: nothing left it and nothing came in (R32).",
    _as_it_was,
    edges=("heavier than kept", "lighter than kept"),
)
