"""Faults in what looks at the work once more: vials and syringes weighed again, opened vials, labels that wait (R3, R4, R31)."""

from __future__ import annotations

from dataclasses import replace

from tests.workflows.fault_list import NEVER, POURING, allow
from tests.workflows.faults import Fault, loosened, patched, without
from workflows import gates, preparation, taking_back, worlds
from workflows.rules import agreement, expiry
from workflows.worlds import TWO_CABINETS, TWO_VIALS, WEIGHED_AGAIN

TWO_VIALS_WEIGHED = replace(
    TWO_VIALS,
    opening=replace(TWO_VIALS.opening, policy=replace(TWO_VIALS.opening.policy, weigh_vials=True)),
)
RETARED = replace(WEIGHED_AGAIN, only=frozenset({worlds.AGAIN, worlds.OUTSIDE}))
AGREEMENT_FAULTS = (
    Fault("vials need not agree", without(agreement.VIALS_AGREE_WITH_SYRINGES), 3, WEIGHED_AGAIN),
    Fault("a vial may grow heavier", without(agreement.IS_NO_HEAVIER), 3, TWO_VIALS_WEIGHED),
    Fault("a used syringe may keep anything", without(agreement.IS_EMPTIED), 3, WEIGHED_AGAIN),
    Fault("the vials are not weighed again", loosened("vial-after", when=NEVER), 3, WEIGHED_AGAIN),
    Fault("used syringes are not weighed", loosened("syringe-used", when=NEVER), 3, WEIGHED_AGAIN),
    Fault(
        "nobody notices a draw of more than the vials held",
        patched(preparation, "exceeds", lambda *_: False),
        3,
        POURING,
        1,
    ),
    Fault("an injection seen is forgotten", patched(preparation, "injected", lambda *_: False), 3, RETARED, 1),
    Fault(
        "full syringes are photographed after they were weighed empty",
        patched(taking_back, "before_slot", lambda _: "any reading"),
        1,
        WEIGHED_AGAIN,
    ),
    Fault("vials stay open for days", without(expiry.VIALS_ARE_FRESH), 7, TWO_CABINETS, 1),
    Fault("a label comes out over anything", patched(gates, "may_print", allow), 7, departures=1),
)
