"""Is it the right amount: settled, on a qualified balance, a proper pair, enough to weigh, inside its limits (R6 to R15)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from workflows import budgets, gravimetry, holding, measured
from workflows.budgets import target as expected
from workflows.circumstances import BalanceStatus
from workflows.copying import replace
from workflows.entries import Entry
from workflows.evidence import Weighing
from workflows.findings import Finding
from workflows.loads import taken
from workflows.pairs import before_slot, gained, mixing
from workflows.preparation import Preparation
from workflows.quantities import Mass, Volume
from workflows.rules.rule import Case, Rule
from workflows.targets import Target, draw_tolerance
from workflows.wording import letter

FRESH = timedelta(minutes=10)
"""How far a reading's time may be from the command's: more than a slow network, less than another load (R2)."""
NAMES = {
    "recon": "VIAL",
    "syringe": "SYRINGE",
    "fluid": "DILUENT SYRINGE",
    "bag": "BAG",
    "reservoir": "RESERVOIR",
}
"""What stands on the pan."""
INTO = ("bag", "reservoir")
"""What the syringes are injected into, which cannot be undone."""


def with_reading(p: Preparation, slot: str, weighing: Weighing, *, load: bool = False) -> Preparation:
    """Return the preparation as it would be with `weighing` accepted for `slot`: what a limit is judged on.

    By this reading alone; with `load`, by the mean of all readings of what is on the pan.
    """
    entry = Entry(slot, weighing, "", "", weighing.taken_at, p.version)
    read = taken(p.loads, slot, weighing) if load else {**p.loads, slot: (weighing,)}
    return replace(p, entries={**p.entries, slot: entry}, loads=read)


def grams(mass: Mass) -> str:
    """Return a mass with two decimals, as readings of a 0.01 g balance are shown."""
    return f"{mass.g:.2f} g"


def _qualified(case: Case[Weighing]) -> Finding | None:
    balance, weighing, at = case.now.balance, case.evidence, case.now.at
    if balance is None:
        return Finding("NO_BALANCE", "This station has no balance on its register.", "Use a station with a balance.")
    if weighing.balance != balance.serial:
        says = f"The reading came from balance {weighing.balance}; this station's is {balance.serial}."
        return Finding("OTHER_BALANCE", says, "Reconnect the station's own balance.")
    if balance.checked_at is None or balance.check_valid_until is None or balance.check_valid_until <= at:
        return Finding(
            "NOT_CHECKED", f"{balance.name} has not passed its check today.", "Do the check with both weights."
        )
    if balance.calibrated_until is None or balance.calibrated_until <= at:
        return Finding("NOT_CALIBRATED", f"The calibration of {balance.name} has run out.", "Use another balance.")
    if balance.repeatability_g <= 0:
        says = f"The scatter of {balance.name} in the running cabinet was never measured."
        return Finding("NOT_QUALIFIED", says, "Use another balance; this one is qualified first.")
    return None


def _settled(case: Case[Weighing]) -> Finding | None:
    weighing = case.evidence
    if weighing.mode not in ("stable", "averaged"):
        return Finding(
            "NOT_SETTLED", f"The reading is {weighing.mode}, not settled.", "Take hands and tubing off the pan."
        )
    if weighing.g <= 0:
        return Finding("NOTHING_ON_PAN", "There is nothing on the pan.", "Put it on the pan.")
    balance = case.now.balance
    if balance is not None and weighing.g > balance.capacity_g:
        says = f"{weighing.g} g is more than {balance.name} can weigh ({balance.capacity_g} g)."
        return Finding("OVER_CAPACITY", says, "Use a larger balance.")
    return None


def _fresh(case: Case[Weighing]) -> Finding | None:
    reading, p = case.evidence, case.preparation
    if abs(case.now.at - reading.taken_at) > FRESH:
        return Finding("NOT_FRESH", "That reading was not taken just now.", "Weigh it again.")
    last = max((one.taken_at for one in p.loads.get(case.slot, ())), default=p.last_weighed_at)
    if any(at is not None and reading.taken_at <= at for at in (p.last_weighed_at, last)):
        return Finding("NOT_FRESH", "A later reading is in the record already.", "Weigh it again.")
    return None


def _zeroed(case: Case[Weighing]) -> Finding | None:
    weighing, balance = case.evidence, case.now.balance
    if balance is None:
        return None
    zero = weighing.zero_g
    if zero is None or not gravimetry.zero_is_good(Mass(zero), Mass(balance.division_g)):
        seen = "was not seen empty" if zero is None else f"read {zero} g when empty"
        return Finding("NOT_ZERO", f"The pan {seen} before this weighing.", "Empty the pan, ZERO, then weigh again.")
    return None


def _is_a_pair(case: Case[Weighing]) -> Finding | None:
    first = before_slot(case.slot)
    before = case.preparation.weighing(first) if first else None
    if not first or before is None:
        return None
    after, limit = case.evidence, timedelta(minutes=case.preparation.policy.pair_minutes)
    if (before.balance, before.epoch, before.mode) != (after.balance, after.epoch, after.mode):
        says = "The balance was restarted, zeroed, tared or exchanged since the first reading: both readings are void."
        return Finding("PAIR_BROKEN", says, _begin_anew(case, before))
    if after.taken_at - before.taken_at > limit:
        says = f"The first reading is more than {case.preparation.policy.pair_minutes} minutes old."
        return Finding("PAIR_TOO_OLD", says, _begin_anew(case, before))
    return None


def _begin_anew(case: Case[Weighing], before: Weighing) -> str:
    """Return what to do with a first reading that is void: take it again, unless liquid has gone in since."""
    p, name = case.preparation, _on_the_pan(case.slot)
    aim, gate = expected(p, case.slot), p.policy.weigh_gate
    if case.slot not in p.moved and not gained(before, case.evidence, aim, gate):
        return f"BACK, and weigh the {name} again before anything goes in."
    if name in INTO:
        return f"Call the pharmacist: what went into the {name} cannot be weighed any more."
    return f"REDO with a new {name}."


def _on_the_pan(slot: str) -> str:
    return NAMES[slot.partition(":")[0].partition("-")[0]].lower()


def _enough(case: Case[Weighing]) -> Finding | None:
    wanted, balance = expected(case.preparation, case.slot), case.now.balance
    if wanted is None or balance is None:
        return None
    p = case.preparation
    if (
        case.slot.startswith(("syringe-full", "fluid-full"))
        and draw_tolerance(Volume(wanted.volume_ml), p.recipe, p.policy) is None
    ):
        says = f"A draw of {wanted.volume_ml:.2f} mL is too small to be accepted by weight alone."
        return Finding("DRAW_TOO_SMALL", says, "Call the pharmacist: it needs another recipe.")
    least = smallest_for(balance, case.preparation.policy.weigh_gate)
    if Mass(wanted.expected_g) < least:
        says = f"{wanted.expected_g:.2f} g is too small for {balance.name}: it needs at least {grams(least)}."
        return Finding("TOO_SMALL_TO_WEIGH", says, "Use a finer balance, or call the pharmacist.")
    off = budgets.no_room(case.preparation, case.slot, balance)
    if off is not None:
        says = f"What {balance.name} weighs here may be off by {grams(Mass(off))}: more than half of what is allowed."
        return Finding("TOO_SMALL_TO_WEIGH", says, "Use a finer balance, or call the pharmacist.")
    return None


def _tolerance(case: Case[Weighing]) -> Finding | None:
    p, slot = case.preparation, case.slot
    first, wanted = before_slot(slot), expected(p, slot)
    before = p.weighing(first) if first else None
    if wanted is None or before is None:
        return None
    gain = Mass(case.evidence.g - before.g)
    if wanted.low_g <= gain.g <= wanted.high_g or recorded_only(case, wanted):
        return None
    return _outside(case, gain, wanted)


def recorded_only(case: Case[Weighing], wanted: Target) -> bool:
    """Say whether the bag's gain is below what the balance can judge: then it is recorded, and the draws decide (R6)."""
    balance = case.now.balance
    return (
        case.slot == mixing(case.preparation.planned)
        and balance is not None
        and Mass(wanted.expected_g) < smallest_for(balance, case.preparation.policy.weigh_gate)
    )


def smallest_for(balance: BalanceStatus, gate: Decimal) -> Mass:
    """Return the smallest difference that this balance can judge (R13)."""
    return gravimetry.smallest_weighable(Mass(balance.repeatability_g), Mass(balance.division_g), gate)


def _outside(case: Case[Weighing], gain: Mass, wanted: Target) -> Finding:
    step = case.slot.partition(":")[0].partition("-")[0]
    name = named(step, case.unit)
    too = "MUCH" if gain.g > wanted.high_g else "LITTLE"
    off = gain.g / wanted.expected_g - 1
    says = (
        f"TOO {too} IN {name}. Measured {grams(gain)}. Needed {wanted.expected_g:.2f} g, "
        f"limits {wanted.low_g:.2f} to {wanted.high_g:.2f} g ({off * 100:+.1f} %)."
    )
    if too == "MUCH" and step == "syringe":
        says += _more_than_held(case, gain)
    return Finding(f"TOO_{too}", says, _what_to_do(case, step, gain, wanted))


def _more_than_held(case: Case[Weighing], gain: Mass) -> str:
    """Return what a draw says that is more than its vials held: something else was entered, and the balance will tell (R4)."""
    p, unit = case.preparation, str(case.unit)
    held = holding.held(p, unit)
    if held is None or gain.g <= held:
        return ""
    own = len(p.plan.syringes_ml) == p.plan.vials
    what = f"vial {letter(case.unit)} held" if own else "the vials held"
    other = "another vial" if own and p.plan.vials > 1 else "something else"
    return f" That is more than {what} ({held:.2f} g): {other} was entered too. Every vial is weighed after the draws."


def named(step: str, unit: int) -> str:
    """Return what stands on the pan as every screen names it: VIAL A, SYRINGE 1, BAG."""
    if not unit:
        return NAMES[step]
    return f"{NAMES[step]} {letter(unit) if step == 'recon' else unit}"


def _what_to_do(case: Case[Weighing], step: str, gain: Mass, wanted: Target) -> str:
    if step in INTO and gain.g < wanted.low_g:
        return (
            "Inject what is still in a syringe, add nothing else, weigh again. If all are empty, call the pharmacist."
        )
    if step in INTO:
        return "Stop. Do not add or take away anything. Call the pharmacist: it cannot be undone."
    if gain.g < wanted.low_g:
        return "Top up, then weigh again."
    if step == "recon":
        return "Stop. Too much diluent cannot be taken out: REDO with a new vial."
    if step == "fluid":
        return "Do not inject. Push out what is too much, and weigh again. It has touched no drug."
    surplus = Mass(gain.g - wanted.expected_g).of(measured.density(case.preparation))
    return f"Do not inject. Return {surplus.ml:.1f} mL to the vial last entered, through the connector. Weigh again."


def _concentration(case: Case[Weighing]) -> Finding | None:
    p = case.preparation
    before = p.weighing(before_slot(case.slot))
    if before is None or case.evidence.g <= before.g:
        return None
    made = measured.reconstituted(p, Mass(case.evidence.g - before.g))
    if made.nominal or made.keeps_label:
        return None
    name, has = letter(case.unit), made.concentration.mg_per_ml
    says = f"Vial {name} is {has:.2f} mg/mL, {made.off_label * 100:+.1f} % from its label."
    return Finding("CONCENTRATION_OFF", says, "Stop. The vial is not weighed again: REDO with a new one.")


def _sum(case: Case[Weighing]) -> Finding | None:
    p = with_reading(case.preparation, case.slot, case.evidence)
    dose = measured.dose(p)
    account = measured.account_of(p, dose.dose) if dose else None
    if dose is None or account is None:
        return None
    over = abs(account.compounding) > p.policy.dose_tolerance
    if over or abs(account.together) > p.policy.dispensed_ceiling:
        off = f"{account.compounding * 100:+.1f} %"
        says = f"ALL SYRINGES TOGETHER hold {dose.dose.mg:.1f} mg; {p.plan.prescribed_mg} mg is needed ({off})."
        return Finding("SUM_OUTSIDE", says, "Correct this syringe, or REDO one of the others.")
    return None


IS_QUALIFIED = Rule[Weighing](
    "The balance is this station's own, passed its check today, and its calibration is in date (R15).",
    _qualified,
    edges=("not checked", "check over", "other balance", "calibration over"),
)
IS_SETTLED = Rule[Weighing](
    "The reading is settled and was not typed (R9).",
    _settled,
    edges=("unstable", "typed", "empty pan", "over capacity"),
)
IS_FRESH = Rule[Weighing](
    "The reading was taken just now, after every reading that was ever accepted for this preparation (R2).",
    _fresh,
    edges=("old reading", "same reading again"),
)
IS_ZEROED = Rule[Weighing](
    "The empty pan read within two divisions of zero before (R10).", _zeroed, edges=("zero off", "never empty")
)
IS_A_PAIR = Rule[Weighing](
    "Both readings come from one balance without restart, zero or tare between, within 30 minutes (R2, R3).",
    _is_a_pair,
    edges=("restarted between", "31 minutes apart"),
)
IS_ENOUGH_TO_WEIGH = Rule[Weighing](
    "The expected mass is not below the smallest that this balance can judge, and its expanded uncertainty takes at most "
    "half of the tolerance (R12, R13).",
    _enough,
    edges=("coarse balance",),
)
IS_WITHIN_TOLERANCE = Rule[Weighing](
    "The difference lies within its limits; nobody can accept one that does not (R11, R14).",
    _tolerance,
    edges=("just below", "just above"),
)
IS_AT_LABEL_CONCENTRATION = Rule[Weighing](
    "The actual concentration is within 5 % of the label, where the powder's displacement is known (R5).",
    _concentration,
    edges=("off its label",),
)
SUM_IS_WITHIN_TOLERANCE = Rule[Weighing](
    "All draws together are within the product's limits, and rounding and compounding together within 10 % (R7, R11).",
    _sum,
    edges=("each at its upper limit",),
)
