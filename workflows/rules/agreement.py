"""Do vials and used syringes say what the draws say: the balance's second opinion of every transfer (R3, R4)."""

from __future__ import annotations

from decimal import Decimal

from workflows import gravimetry, holding, measured
from workflows.containers import into
from workflows.evidence import Weighing
from workflows.findings import Finding
from workflows.quantities import Mass
from workflows.rules.rule import Case, Rule
from workflows.rules.weighing import with_reading
from workflows.wording import letter

AGAIN = "Is it the right one, with its adaptor and without a hand on it? Weigh it again."


def _first(case: Case[Weighing]) -> Weighing | None:
    """Return the reading that this one is compared with: the full vial, or the empty syringe."""
    p, unit = case.preparation, case.slot.partition(":")[2]
    vial = case.slot.startswith("vial-after")
    return p.weighing(holding.full_slot(p, unit) if vial else f"syringe-empty:{unit}")


def _one_balance(case: Case[Weighing]) -> Finding | None:
    first = _first(case)
    if first is None or first.balance == case.evidence.balance:
        return None
    says = f"It was weighed on balance {first.balance} before, and on {case.evidence.balance} now."
    return Finding("OTHER_BALANCE", says, "Weigh it on the balance of its first reading.")


def _noise(case: Case[Weighing]) -> Mass:
    """Return what the repeatability of a difference comes to at most: 3 x sqrt 2 x s (R4)."""
    balance = case.now.balance
    return gravimetry.vial_agreement_limit(Mass(Decimal(0)), Mass(balance.repeatability_g if balance else Decimal(0)))


def _not_heavier(case: Case[Weighing]) -> Finding | None:
    first = _first(case)
    if first is None or case.evidence.g - first.g <= _noise(case).g:
        return None
    says = f"VIAL {letter(case.unit)} is {case.evidence.g - first.g:.2f} g heavier than before the draw."
    return Finding("VIAL_HEAVIER", says, AGAIN)


def _agrees(case: Case[Weighing]) -> Finding | None:
    p = with_reading(case.preparation, case.slot, case.evidence)
    left = holding.lost_in_all(p)
    drawn = holding.drawn_in_all(p)
    if left is None or drawn is None or case.now.balance is None:
        return None
    limit = gravimetry.vial_agreement_limit(Mass(drawn), Mass(case.now.balance.repeatability_g)).g
    says = f"{left:.2f} g left the vials; the syringes hold {drawn:.2f} g."
    if abs(left - drawn) > limit:
        return Finding("VIALS_DISAGREE", f"{says} They may be {limit:.2f} g apart (R4).", _which_way(left > drawn))
    aim = measured.whole_target(p)
    if not aim.low_g <= left <= aim.high_g:
        limits = f"{aim.low_g:.2f} to {aim.high_g:.2f} g"
        return Finding("VIALS_DISAGREE", f"{says} {limits} may have left the vials (R4).", _which_way(left > drawn))
    return None


def _which_way(lost: bool) -> str:
    if lost:
        return f"Did something leak, or was a full syringe thrown away? {AGAIN} If it stays so: REDO the vials, or discard."
    return f"Do not inject. Something else was drawn from. {AGAIN} If it stays so: REDO the vials, or discard."


def _emptied(case: Case[Weighing]) -> Finding | None:
    first, drawn = _first(case), measured.draw(case.preparation, case.unit)
    if first is None or drawn is None:
        return None
    rest, limit = case.evidence.g - first.g, gravimetry.residual_limit(drawn.mass).g
    if rest > limit:
        says = f"SYRINGE {case.unit} still holds {rest:.2f} g; at most {limit:.2f} g may stay in it (R3)."
        return Finding(
            "NOT_EMPTIED", says, f"Inject the rest into the {into(case.preparation.plan)}, then weigh it again."
        )
    if -rest > limit:
        says = f"SYRINGE {case.unit} is {-rest:.2f} g lighter than when it was empty."
        return Finding("LIGHTER_THAN_EMPTY", says, "Weigh the same syringe, with its connector.")
    return None


IS_ON_THE_SAME_BALANCE = Rule[Weighing](
    "It comes from the balance that weighed the same object before (R2).", _one_balance, edges=("other balance",)
)
IS_NO_HEAVIER = Rule[Weighing](
    "No vial is heavier after the draw than before it, but for the balance's noise (R4).",
    _not_heavier,
    edges=("heavier than before",),
)
VIALS_AGREE_WITH_SYRINGES = Rule[Weighing](
    "What has left all vials is what all syringes hold, within the greater of 2 % and 3·√2·s, and is the dose "
    "within its limits (R4).",
    _agrees,
    edges=("vials lost less", "vials lost more", "vials just agree"),
)
IS_EMPTIED = Rule[Weighing](
    "The used syringe keeps at most the greater of 0.5 % of its draw and 0.15 g, and is no other one (R3).",
    _emptied,
    edges=("too much stays", "lighter than empty", "just emptied"),
)
