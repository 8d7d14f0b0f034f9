"""Faults in what makes a syringe that is itself the final container: vinca drugs, two syringes, steps and rules left out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.workflows.faults import Fault, Plant, left_out, loosened, patched, without
from workflows import intrathecal as spine
from workflows import plan, recipe, worlds
from workflows.findings import Finding
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.rules import agreement, expiry, identity, intrathecal, people, protection, weighing
from workflows.rules.rule import Rule
from workflows.worlds_of_syringes import (
    HELD_AND_AGAIN,
    HELD_SYRINGE,
    INTRATHECAL,
    ONE_SYRINGE,
    SPINAL,
    TOO_MUCH_FOR_ONE,
    TWO_VIALS_ONE_SYRINGE,
    VINCA,
    VINCA_BY_NAME,
    WITH_PRESERVATIVE,
)

_ORDER_FINDINGS = plan._order_findings


def blind_to_vincas(*asked: object) -> list[Finding]:
    return [one for one in _ORDER_FINDINGS(*asked) if one.code != "VINCA_NOT_IN_A_BAG"]  # type: ignore[arg-type]  # as the real one


STABLE = replace(
    HELD_AND_AGAIN,
    opening=replace(HELD_AND_AGAIN.opening, recipe=replace(HELD_AND_AGAIN.opening.recipe, stability_h=Decimal(48))),
)
BY_OTHERS, LATE = (
    replace(ONE_SYRINGE, only=frozenset(kinds)) for kinds in ((worlds.PERSON, worlds.AGAIN), (worlds.CLOCK,))
)
AFTER_ANOTHER = replace(
    INTRATHECAL,
    cabinets=(worlds.CABINET, replace(worlds.CABINET, code="BSC-1", last_drug=SPINAL.drug)),
)
OF_ANY_DRUG = replace(
    INTRATHECAL,
    departures=0,
    opening=replace(
        INTRATHECAL.opening,
        recipe=replace(SPINAL, drug=worlds.LIQUID.drug, printed_drug=worlds.LIQUID.drug),
        order=replace(worlds.order_of(worlds.LIQUID.drug, "1.5", "", "1"), container="syringe", base=None, route="IT"),
    ),
    goods=ONE_SYRINGE.goods,
)
LIMITS = (weighing.IS_WITHIN_TOLERANCE, weighing.SUM_IS_WITHIN_TOLERANCE)


def planted(name: str, value: object, module: object = plan) -> Plant:
    return patched(module, name, value, IV_SYRINGE)


def no(*rules: Rule[Any], step: str = "") -> Plant:
    return without(*rules, step=step, of=IV_SYRINGE)


SYRINGE_FAULTS = (
    Fault("a vinca drug may be ordered in a syringe", planted("_order_findings", blind_to_vincas), 10, VINCA),
    Fault("a vinca drug is known by its recipe's flag alone", planted("VINCAS", (), recipe), 10, VINCA_BY_NAME),
    Fault("a dose may take two syringes", planted("_one_syringe", lambda *_: ()), 11, TOO_MUCH_FOR_ONE),
    Fault("a syringe is not weighed against its limits", no(*LIMITS, step="syringe-full"), 3, ONE_SYRINGE),
    Fault("a syringe is not held for the pharmacist", left_out("premix", IV_SYRINGE), 1, HELD_SYRINGE),
    Fault("whoever drew it may approve it", loosened("approve", IV_SYRINGE, not_by_preparers=False), 1, BY_OTHERS, 1),
    Fault("a syringe's label is not scanned back", left_out("label-scan", IV_SYRINGE), 2, ONE_SYRINGE),
    Fault("any vial goes into a syringe", no(identity.IS_THE_ORDERED_PRODUCT), 2, ONE_SYRINGE),
    Fault("one vial counts twice in a syringe", no(identity.IS_A_NEW_UNIT), 2, TWO_VIALS_ONE_SYRINGE),
    Fault("a syringe's vials need not agree", no(agreement.VIALS_AGREE_WITH_SYRINGES), 3, TWO_VIALS_ONE_SYRINGE),
    Fault("a syringe is drawn from vials open for days", no(expiry.VIALS_ARE_FRESH), 7, STABLE, 1),
    Fault("what goes into the spine may hold a preservative", planted("findings", lambda *_: (), spine), 16, WITH_PRESERVATIVE),
    Fault("any drug is given into the spine", planted("is_given", lambda _: True, spine), 16, OF_ANY_DRUG),
    Fault("an intrathecal dose follows on another", no(intrathecal.IS_CLEANED_FOR_INTRATHECAL), 16, AFTER_ANOTHER),
    Fault("nobody looks into the cabinet of an intrathecal dose", left_out("apart", IV_SYRINGE), 16, INTRATHECAL),
    Fault("any word sets an intrathecal dose apart", no(intrathecal.IS_APART), 16, INTRATHECAL),
    Fault("a syringe is made in an uncertified cabinet", no(protection.IS_A_CERTIFIED_PEC), 6, ONE_SYRINGE),
    Fault("a syringe leaves past its beyond-use time", no(people.LEAVES_BEFORE_BEYOND_USE), 7, LATE, 1),
)  # fmt: skip
"""At least one of each kind that a syringe could break in a way of its own."""
