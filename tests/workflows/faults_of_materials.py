"""Faults in what the drug may touch (R46)."""

from __future__ import annotations

from tests.workflows.faults import Fault, without
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.rules import materials
from workflows.worlds import WITH_DEVICES
from workflows.worlds_of_syringes import SYRINGE_WITH_DEVICES

MATERIAL_FAULTS = (
    Fault("whatever it is made of may touch the drug", without(materials.IS_OF_NO_WRONG_MATERIAL), 2, WITH_DEVICES),
    Fault(
        "a syringe's connector may be of anything",
        without(materials.IS_OF_NO_WRONG_MATERIAL, of=IV_SYRINGE),
        2,
        SYRINGE_WITH_DEVICES,
    ),
)
