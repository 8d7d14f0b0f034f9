"""Faults in the concentration that leaves: nobody judges the one that was found, or it is the planned one that is judged."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

from tests.workflows.faults import Fault, patched, without
from workflows import measured
from workflows.library import LIBRARY
from workflows.quantities import Concentration
from workflows.rules import dating, strength
from workflows.worlds import ENTRY, NEAR
from workflows.worlds_of_pumps import ONE_DEVICE
from workflows.worlds_of_volumes import SMALL_BAG

FLOWING = replace(ONE_DEVICE, doubts=False)
READ = replace(SMALL_BAG, only=frozenset({ENTRY}))
UNJUDGED = strength.IS_WITHIN_ITS_FINAL_LIMITS
STRENGTH_FAULTS = (
    Fault("any concentration leaves in a bag", without(UNJUDGED), 20, NEAR, 1),
    Fault(
        "the planned concentration is judged",
        patched(measured, "final_concentration", lambda p: Concentration(p.plan.final_mg_ml)),
        20,
        NEAR,
        1,
    ),
    Fault("the infusion is left out of the stability", patched(dating, "running_h", lambda _: D(0)), 7, NEAR, 1),
    Fault(
        "any concentration leaves in a pump",
        without(UNJUDGED, of=LIBRARY["elastomeric-pump-gravimetric"]),
        20,
        FLOWING,
        1,
    ),
    Fault("any concentration leaves by volume", without(UNJUDGED, of=LIBRARY["iv-bag-by-volume"]), 20, READ, 1),
)
