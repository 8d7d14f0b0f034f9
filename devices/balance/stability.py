"""Is the weight at rest? Our own rule besides the balance's flag (R9); pure arithmetic over samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal

from devices.readings import Epoch, decimals_of, in_grams

SLOPE_SHARE: Final = Decimal(12).sqrt()
"""The change over a window that its noise alone makes seem is so many times the standard error of its mean."""
MOST_SCATTER: Final = 4
"""A window that scatters more than so many times the least s is of another cabinet than the one that was qualified."""
TOO_FEW: Final = "There is no settled weight yet: too few readings in a row."
SMALLEST_S: Final = Decimal("0.41")
"""A standard deviation is taken for no smaller than so many divisions (USP <41>)."""
RESTLESS: Final = "The balance does not come to rest. Keep hands, tubing and airflow away from the pan."


@dataclass(frozen=True)
class Sample:
    """One line of a live weight."""

    value: Decimal
    """As sent, in `unit`."""

    unit: str
    """g, kg or mg."""

    stable: bool | None
    """The balance's flag."""

    at: float
    """time.monotonic when the line was complete, in s."""

    taken_at: datetime
    """The same moment in UTC."""

    raw: bytes
    """The line."""

    epoch: Epoch
    """The weighing epoch it was heard in."""


@dataclass(frozen=True)
class StabilityRule:
    """When a weight is settled."""

    window_s: float = 2.0
    """Shortest span of the window, in s (R9)."""

    samples: int = 8
    """Fewest samples in the window."""

    flagged: int = 5
    """How many of the last samples the balance itself must call stable; a flag that flaps is not stable (F22)."""

    longest_gap_s: float = 0.5
    """Longest pause between two samples, in s; a longer one breaks the window."""

    repeatability: Decimal | None = None
    """The station's own standard deviation s in g, measured in the running cabinet (R13); None: two digits decide."""

    averaging: bool = False
    """Every weight is the mean of a longer window, whether or not the balance ever calls itself at rest: for a cabinet
    whose airflow keeps it moving. Always or never, so that no pair has one weight of each kind."""

    averaged_s: float = 5.0
    """Shortest span of a window that is averaged, in s."""

    averaged_samples: int = 20
    """Fewest samples in it."""


@dataclass(frozen=True)
class Settled:
    """A window that satisfies the rule."""

    samples: tuple[Sample, ...]
    """The window, oldest first."""

    sd: Decimal
    """Standard deviation, in the samples' unit."""

    slope: Decimal
    """Least-squares slope, in the samples' unit per second."""

    n_eff: Decimal
    """Independent samples the window is worth."""

    mean: Decimal | None = None
    """The mean in the samples' unit, on the balance's divisions, where the window was averaged."""


@dataclass(frozen=True)
class NotSettled:
    """Why a window does not satisfy the rule."""

    why: Literal["too_short", "not_flagged", "spread", "drift"]
    """The condition that failed first."""

    says: str
    """What the technician reads if it stays so."""


def judge(samples: Sequence[Sample], rule: StabilityRule) -> Settled | NotSettled:
    """Judge the newest window of `samples` (oldest first): long enough, flagged, narrow, and not drifting (R9)."""
    if rule.averaging:
        return _averaged(samples, rule)
    window = _newest_window(samples, rule.samples, rule.window_s, rule.longest_gap_s)
    if window is None:
        return NotSettled("too_short", TOO_FEW)
    if not all(sample.stable for sample in window[-rule.flagged :]):
        return NotSettled("not_flagged", RESTLESS)
    step = Decimal(1).scaleb(-decimals_of(window[-1].value))
    values = [sample.value for sample in window]
    widest = _widest(step, window[-1].unit, rule)
    slope = slope_of(window)
    if abs(slope) * _moment(window[-1], window[0]) > step and _range(_without(slope, window)) <= widest:
        return _drifting(slope, window[-1].unit)
    if _range(values) > widest:
        return NotSettled("spread", RESTLESS)
    return Settled(window, _short(sd_of(values)), _short(slope), n_eff_of(values).quantize(Decimal("0.1")))


def _averaged(samples: Sequence[Sample], rule: StabilityRule) -> Settled | NotSettled:
    """Average the newest longer window: drifting no more than its noise explains, and its mean as good as one weight must be.

    Good is a standard error sd/sqrt(n_eff) of no more than max(s, 0.41 d), which is what R13 takes for one weighing.
    One corrupted reading moves the mean by no more than that either: it moves the standard error as far.
    """
    window = _newest_window(samples, rule.averaged_samples, rule.averaged_s, rule.longest_gap_s)
    if window is None:
        return NotSettled("too_short", TOO_FEW)
    if any(sample.stable is None for sample in window):
        return NotSettled("not_flagged", RESTLESS)
    step = Decimal(1).scaleb(-decimals_of(window[-1].value))
    values, slope = [sample.value for sample in window], slope_of(window)
    sd, n_eff = sd_of(values), n_eff_of(values)
    rest = _without(slope, window)
    noise = SLOPE_SHARE * sd_of(rest) / n_eff_of(rest).sqrt()
    if abs(slope) * _moment(window[-1], window[0]) > max(step, noise):
        return _drifting(slope, window[-1].unit)
    least = SMALLEST_S * step
    if rule.repeatability is not None:
        least = max(least, rule.repeatability / in_grams(Decimal(1), window[-1].unit))
    if sd > MOST_SCATTER * least or sd / n_eff.sqrt() > least:
        return NotSettled("spread", RESTLESS)
    mean = (sum(values, Decimal(0)) / len(values)).quantize(step)
    return Settled(window, _short(sd), _short(slope), n_eff.quantize(Decimal("0.1")), mean)


def _drifting(slope: Decimal, unit: str) -> NotSettled:
    says = f"The weight is drifting by {abs(slope):.4f} {unit} a second. Is something touching it?"
    return NotSettled("drift", says)


def _newest_window(
    samples: Sequence[Sample], fewest: int, span_s: float, longest_gap_s: float
) -> tuple[Sample, ...] | None:
    """The shortest run at the end that is long enough, of one epoch, one unit and one number of decimals, without a gap."""
    if not samples:
        return None
    last = newer = samples[-1]
    for count, sample in enumerate(reversed(samples), start=1):
        if newer.at - sample.at > longest_gap_s or not _alike(sample, last):
            return None
        if count >= fewest and last.at - sample.at >= span_s:
            return tuple(samples[-count:])
        newer = sample
    return None


def _alike(one: Sample, other: Sample) -> bool:
    return one.epoch == other.epoch and one.unit == other.unit and decimals_of(one.value) == decimals_of(other.value)


def _widest(step: Decimal, unit: str, rule: StabilityRule) -> Decimal:
    """Largest allowed range, in the samples' unit: two digits, or six standard deviations of the station."""
    if rule.repeatability is None:
        return 2 * step
    return max(2 * step, 6 * rule.repeatability / in_grams(Decimal(1), unit))


def _moment(sample: Sample, start: Sample) -> Decimal:
    """Seconds since `start`, to the microsecond."""
    return Decimal(round((sample.at - start.at) * 1_000_000)).scaleb(-6)


def _range(values: Sequence[Decimal]) -> Decimal:
    return max(values) - min(values)


def _without(slope: Decimal, samples: Sequence[Sample]) -> list[Decimal]:
    """The values with a steady drift taken out: what is left tells a drift from a restless pan."""
    return [sample.value - slope * _moment(sample, samples[0]) for sample in samples]


def _short(value: Decimal) -> Decimal:
    """Seven decimals are a tenth of a milligram even in kg, and keep the record readable."""
    return value.quantize(Decimal("1E-7"))


def slope_of(samples: Sequence[Sample]) -> Decimal:
    """Least-squares slope in the samples' unit per second; 0 for samples of one moment."""
    times = [_moment(sample, samples[0]) for sample in samples]
    middle = sum(times, Decimal(0)) / len(times)
    below = sum(((time - middle) ** 2 for time in times), Decimal(0))
    if below == 0:
        return Decimal(0)
    first = samples[0].value
    above = sum(
        ((time - middle) * (sample.value - first) for time, sample in zip(times, samples, strict=True)), Decimal(0)
    )
    return above / below


def sd_of(values: Sequence[Decimal]) -> Decimal:
    """Sample standard deviation (n - 1) in the values' unit; needs two values or more."""
    mean = sum(values, Decimal(0)) / len(values)
    return (sum(((value - mean) ** 2 for value in values), Decimal(0)) / (len(values) - 1)).sqrt()


def n_eff_of(values: Sequence[Decimal]) -> Decimal:
    """Independent samples the values are worth: n(1-r)/(1+r), r the lag-1 correlation taken between 0 and 1."""
    mean = sum(values, Decimal(0)) / len(values)
    apart = [value - mean for value in values]
    whole = sum((part * part for part in apart), Decimal(0))
    if whole == 0:
        return Decimal(len(values))
    lagged = sum((one * other for one, other in pairwise(apart)), Decimal(0))
    r = min(max(lagged / whole, Decimal(0)), Decimal(1))
    return max(Decimal(1), len(values) * (1 - r) / (1 + r))
