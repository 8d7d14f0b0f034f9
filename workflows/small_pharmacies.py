"""Which small worlds each workflow of the library is walked through, and with whose recipe its page is printed and signed."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.library.by_volume import BAG_BY_VOLUME, SYRINGE_BY_VOLUME
from workflows.library.cadd_cassette import CADD_CASSETTE
from workflows.library.elastomeric_pump import ELASTOMERIC_PUMP
from workflows.library.iv_bag import IV_BAG
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.library.oral_count import ORAL_COUNT
from workflows.library.oral_liquid import ORAL_LIQUID
from workflows.worlds import WITH_DEVICES, WORLDS, World
from workflows.worlds_of_additions import (
    ADDED_BAGS,
    ADDED_CASSETTES,
    ADDED_COUNTS,
    ADDED_DEVICES,
    ADDED_ORAL,
    ADDED_READ_BAGS,
    ADDED_READ_SYRINGES,
    ADDED_SYRINGES,
)
from workflows.worlds_of_counts import COUNT_WORLDS, WITH_EVERY_STEP
from workflows.worlds_of_oral import HELD_DOSE, ORAL_WORLDS
from workflows.worlds_of_pumps import CASSETTE_WORLDS, DEVICE_WITH_MORE, ELASTOMERIC_WORLDS, FILLED_WITH_MORE
from workflows.worlds_of_sharing import SHARED_BAGS, SHARED_CASSETTE, SHARED_DEVICE, SHARED_SYRINGE
from workflows.worlds_of_syringes import SYRINGE_WITH_DEVICES, SYRINGE_WORLDS
from workflows.worlds_of_trials import BESIDE, TRIAL_BAGS
from workflows.worlds_of_volumes import AWAY_SYRINGE, BAG_WORLDS, UNKNOWN_BAG
from workflows.worlds_of_volumes import SYRINGE_WORLDS as READ_SYRINGES

WALKED: Mapping[str, tuple[World, ...]] = {
    IV_BAG.name: (*WORLDS, *SHARED_BAGS, *TRIAL_BAGS, *ADDED_BAGS, BESIDE[IV_BAG.name]),
    IV_SYRINGE.name: (*SYRINGE_WORLDS, SHARED_SYRINGE, *ADDED_SYRINGES, BESIDE[IV_SYRINGE.name]),
    CADD_CASSETTE.name: (*CASSETTE_WORLDS, SHARED_CASSETTE, *ADDED_CASSETTES, BESIDE[CADD_CASSETTE.name]),
    ELASTOMERIC_PUMP.name: (*ELASTOMERIC_WORLDS, SHARED_DEVICE, *ADDED_DEVICES, BESIDE[ELASTOMERIC_PUMP.name]),
    ORAL_COUNT.name: (*COUNT_WORLDS, *ADDED_COUNTS, BESIDE[ORAL_COUNT.name]),
    ORAL_LIQUID.name: (*ORAL_WORLDS, *ADDED_ORAL, BESIDE[ORAL_LIQUID.name]),
    BAG_BY_VOLUME.name: (*BAG_WORLDS, *ADDED_READ_BAGS, BESIDE[BAG_BY_VOLUME.name]),
    SYRINGE_BY_VOLUME.name: (*READ_SYRINGES, *ADDED_READ_SYRINGES, BESIDE[SYRINGE_BY_VOLUME.name]),
}
"""What `workflow check` walks, by the workflow's name."""
SHOWN: Mapping[str, World] = {
    IV_BAG.name: WITH_DEVICES,
    IV_SYRINGE.name: SYRINGE_WITH_DEVICES,
    CADD_CASSETTE.name: FILLED_WITH_MORE,
    ELASTOMERIC_PUMP.name: DEVICE_WITH_MORE,
    ORAL_COUNT.name: WITH_EVERY_STEP,
    ORAL_LIQUID.name: HELD_DOSE,
    BAG_BY_VOLUME.name: UNKNOWN_BAG,
    SYRINGE_BY_VOLUME.name: AWAY_SYRINGE,
}
"""Whose recipe and policy the procedure is printed and signed with: every kind of step occurs in it."""
