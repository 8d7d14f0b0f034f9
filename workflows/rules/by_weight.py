"""Units that were counted twice are weighed: one bottle on one balance, and a number that the weight bears out (R54)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from workflows import by_weight
from workflows.evidence import Weighing
from workflows.findings import Finding
from workflows.rules.rule import Case, Rule
from workflows.standing import TOO_CLOSE
from workflows.targets import Target
from workflows.wording import of_units

RECOUNT = "Put all back in the tray. Count and weigh all again, from the first count on."
ANEW = "Put all of them back in the tray. BACK until the empty bottle is asked for, and weigh it again."


def _one_bottle(case: Case[Weighing]) -> Finding | None:
    empty, found = case.preparation.weighing(by_weight.EMPTY), case.evidence
    if empty is None:
        return None
    limit = case.preparation.policy.pair_minutes
    if (empty.balance, empty.epoch, empty.mode) != (found.balance, found.epoch, found.mode):
        says = "The balance was restarted, zeroed, tared or exchanged since the empty bottle: its weight is void."
        return Finding("PAIR_BROKEN", says, ANEW)
    if found.taken_at - empty.taken_at > timedelta(minutes=limit):
        return Finding("PAIR_TOO_OLD", f"The empty bottle was weighed more than {limit} minutes ago.", ANEW)
    return None


def _heavier(case: Case[Weighing]) -> Finding | None:
    p = case.preparation
    slots = (by_weight.EMPTY, *map(by_weight.slot_of, by_weight.laid_in(p)))
    before = [one.g for slot in slots if slot != case.slot and (one := p.weighing(slot))]
    if case.evidence.g > max(before, default=case.evidence.g - 1):
        return None
    says = "The bottle is no heavier than before: nothing was laid in."
    return Finding("NOTHING_LAID_IN", says, "Lay in what the screen says, and weigh the bottle again.")


def guard_g(known: by_weight.Reference) -> Decimal:
    """Return by how many grams the limits of all units are narrowed on either side: their weight's expanded uncertainty."""
    return known.off * known.mean_g


def _borne_out(case: Case[Weighing]) -> Finding | None:
    p, found = case.preparation, case.evidence
    numbers, empty = by_weight.laid_in(p), p.weighing(by_weight.EMPTY)
    known = by_weight.reference(p, numbers[-1], found) if numbers else None
    aim = by_weight.target(p)
    if known is None or empty is None or aim is None or not known.decides:
        says = "This balance cannot tell one number from the next."
        return Finding("CANNOT_TELL", says, "Call the pharmacist: the balance is to be looked at.")
    gain, guard = found.g - empty.g, guard_g(known)
    if aim.low_g + guard <= gain <= aim.high_g - guard:
        return None
    if aim.low_g <= gain <= aim.high_g:
        return Finding(TOO_CLOSE, _doubt(gain, guard, aim), RECOUNT)
    too, limits = "MUCH" if gain > aim.high_g else "LITTLE", (of_units(one) for one in (aim.low_g, aim.high_g))
    says = (
        f"TOO {too} FOR THIS NUMBER. All weigh {of_units(gain)}; the number counted weighs "
        f"{of_units(aim.expected_g)}, limits {' to '.join(limits)}."
    )
    return Finding("WEIGHT_DIFFERS", says, RECOUNT)


def _doubt(gain: Decimal, guard: Decimal, aim: Target) -> str:
    limit = aim.low_g if gain < aim.expected_g else aim.high_g
    return (
        f"TOO CLOSE TO CALL. All weigh {of_units(gain)}. The limit of the number counted is {of_units(limit)}, and the "
        f"weight of that number may be off by {of_units(guard)}."
    )


IS_THE_SAME_BOTTLE = Rule[Weighing](
    "It and the empty bottle were weighed on one balance without restart, zero or tare between, within 30 minutes (R2).",
    _one_bottle,
    edges=("restarted between", "31 minutes after the empty bottle"),
)
HOLDS_MORE = Rule[Weighing](
    "The bottle is heavier than with fewer units.", _heavier, edges=("nothing laid in", "one unit laid in too few")
)
IS_BORNE_OUT = Rule[Weighing](
    "All weigh what the counted number weighs by the mean of those laid in first, within half a unit less the expanded "
    "uncertainty (k = 2), which is a quarter of a unit at most; else all are counted and weighed anew (R54).",
    _borne_out,
    edges=(
        "within the guard band",
        "too near to half a unit",
        "just over half a unit",
        "a unit short",
        "a unit more",
        "coarse balance",
    ),
)
