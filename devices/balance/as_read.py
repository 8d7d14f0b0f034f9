"""One sample as a reading, and what a line that is no weight for a dose says instead."""

from __future__ import annotations

from dataclasses import replace

from devices.balance.says import Says, Weight
from devices.balance.stability import Sample, Settled
from devices.errors import Garbled, Refusing, Trouble
from devices.readings import BalanceIdentity, WeightRead


def read_of(window: Settled, identity: BalanceIdentity) -> WeightRead:
    """Return the last reading of a settled window, with the mean for its value where it was averaged."""
    last = reading(window.samples[-1], identity)
    return last if window.mean is None else replace(last, value=window.mean)


def reading(sample: Sample, identity: BalanceIdentity) -> WeightRead:
    """Return one sample as a reading for the eye."""
    return WeightRead(
        value=sample.value,
        unit=sample.unit,
        mode="unstable",
        flagged_stable=sample.stable,
        legend=None,
        raw=(sample.raw,),
        balance=identity,
        taken_at=sample.taken_at,
        monotonic=sample.at,
        epoch=sample.epoch,
    )


def no_dose_unit(said: Says | None, raw: tuple[bytes, ...]) -> Trouble:
    """Say why what was heard is no weight for a dose: in motion, or in a unit that none is weighed in."""
    if isinstance(said, Weight) and said.unit is None and said.stable is False:
        says = f"In motion: {said.value} (the balance names its unit when it is at rest)."
        return Refusing(says, "not_ready", raw=b"\n".join(raw))
    unit = said.unit if isinstance(said, Weight) else "nothing that can be used"
    says = f"The balance weighs in {unit}. Set it to g." if unit else "The balance names no unit."
    return Garbled(says, b"\n".join(raw), "unit not allowed")


def passes(said: object) -> bool:
    """Return True for trouble that waiting may mend: the balance is in motion or busy."""
    return isinstance(said, Refusing) and said.kind == "not_ready"
