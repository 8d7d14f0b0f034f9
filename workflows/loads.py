"""Which readings decide together: a load that is weighed again is judged by the mean of all its readings, never by the best.

Nobody can fish for a pass by weighing once more. Noise that throws one reading inside its limits leaves the mean where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from workflows.copying import replace, with_key, without_keys
from workflows.evidence import Weighing
from workflows.pairs import after_slot, before_slot, unit_of
from workflows.standing import FIRST_READINGS, OUTSIDE
from workflows.uncertainty import extended, mean

Loads = Mapping[str, tuple[Weighing, ...]]
"""By the slot of a second reading: every true reading of what is on the pan, oldest first, accepted or not."""


def taken(loads: Loads, slot: str, reading: Weighing) -> Loads:
    """Return the loads after a true reading for `slot`; a first reading begins a new object, and forgets the old one's."""
    if before_slot(slot):
        return with_key(loads, slot, extended(loads.get(slot, ()), reading))
    return without_keys(loads, (after_slot(slot),)) if after_slot(slot) in loads else loads


def refused(loads: Loads, slot: str, reading: object, codes: Collection[str]) -> Loads:
    """Return the loads after a reading that was not accepted: it counts if nothing was wrong with it but the amount."""
    if not isinstance(reading, Weighing) or not before_slot(slot) or not OUTSIDE.issuperset(codes):
        return loads
    return taken(loads, slot, reading)


def load_anew(loads: Loads, opened: Collection[str]) -> Loads:
    """Return the loads once the slots `opened` wait for new objects."""
    units = {unit_of(slot) for slot in opened if slot.partition(":")[0] in FIRST_READINGS}
    gone = [slot for slot in loads if unit_of(slot) in units or slot in opened]
    return without_keys(loads, gone) if gone else loads


def together(reading: Weighing, load: tuple[Weighing, ...]) -> Weighing:
    """Return the accepted reading of a load, its mass being the mean of all of them."""
    return reading if len(load) < 2 else replace(reading, g=mean(load))
