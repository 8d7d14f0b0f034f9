"""A station's own repeatability: one weight, put on and taken off again and again in the running cabinet (R13, USP <41>)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic, sleep

from app.stations.pan import Glance, NoWeighing, Pan
from devices.balance import qualification
from devices.readings import decimals_of
from workflows.evidence import Weighing

PATIENCE_S = 120.0
"""How long a person may take to put the weight on or take it off, and the balance to come to rest."""
LOOKS_EVERY_S = 0.1
ANOTHER = Decimal("0.10")
"""A reading further than this share from the first is another weight."""
VOID = "The balance was zeroed, tared, restarted or reconnected meanwhile: the weighings do not belong together. Begin anew."


@dataclass(frozen=True)
class Weighed:
    """One of the weighings."""

    number: int
    """Counts from 1."""
    got: Weighing
    """The settled reading, with the empty pan before it."""

    @property
    def net_g(self) -> Decimal:
        """Reading less the empty pan before it, in g."""
        return self.got.g - (self.got.zero_g or Decimal(0))


@dataclass(frozen=True)
class Qualified:
    """What the weighings come to. All in g."""

    serial: str
    """The balance's serial number."""
    weighings: int
    mean_g: Decimal
    range_g: Decimal
    """Largest less smallest."""
    d_g: Decimal
    """One step of the last digit it sent."""
    s_g: Decimal
    """Standard deviation, n - 1."""
    gate_g: Decimal
    """Smallest mass that a difference of two weighings may gate (R13)."""
    net_g: Decimal
    """Smallest net weight of USP <41>: shown, gates nothing."""


def weighings(pan: Pan, count: int, ask: Callable[[str], None]) -> Iterator[Weighed | NoWeighing]:
    """Yield `count` weighings of one weight, asking a person for each move; ends with the first that could not be had."""
    first: Weighing | None = None
    for number in range(1, count + 1):
        ask("Take everything off the pan." if number == 1 else "Take the weight off.")
        trouble = _wait(pan, lambda glance: glance.empty)
        if trouble is None:
            ask(f"Put the weight on the pan ({number} of {count}).")
        got = trouble or _taken(pan)
        if isinstance(got, Weighing):
            first = first or got
            got = _another(first, got) or got
        if isinstance(got, NoWeighing):
            yield got
            return
        pan.counted()
        yield Weighed(number, got)


def _taken(pan: Pan) -> Weighing | NoWeighing:
    """Take the load once it is at rest; one that moved again meanwhile, or a link that broke off, is waited out."""
    end = monotonic() + PATIENCE_S
    while True:
        got = _wait(pan, lambda glance: glance.armed and glance.settled) or pan.capture()
        lies_still = pan.link.state.name == "ready" and pan.glance().settled
        if isinstance(got, Weighing) or lies_still or monotonic() > end:
            return got


def _wait(pan: Pan, true: Callable[[Glance], bool]) -> NoWeighing | None:
    """Wait until it is so; a balance that is gone or wrong, or a person who does not come, ends it."""
    end = monotonic() + PATIENCE_S
    while True:
        glance = pan.glance()
        if glance.state == "wrong" or monotonic() > end:
            return NoWeighing(glance.says if glance.state != "ready" else "Nothing happened for two minutes.")
        if true(glance):
            return None
        sleep(LOOKS_EVERY_S)


def _another(first: Weighing, got: Weighing) -> NoWeighing | None:
    if got.epoch != first.epoch:
        return NoWeighing(VOID)
    if abs(got.g - first.g) > first.g * ANOTHER:
        return NoWeighing(f"{got.g} g is not the weight of {first.g} g that was weighed first. Begin anew.")
    return None


def qualified(taken: list[Weighed]) -> Qualified:
    """Return what the weighings come to; ValueError for fewer than ten."""
    nets = [one.net_g for one in taken]
    d = Decimal(1).scaleb(-decimals_of(taken[-1].got.g))
    s = qualification.repeatability(nets)
    return Qualified(
        serial=taken[-1].got.balance,
        weighings=len(nets),
        mean_g=(sum(nets, Decimal(0)) / len(nets)).quantize(d / 10),
        range_g=max(nets) - min(nets),
        d_g=d,
        s_g=s.quantize(d / 1000),
        gate_g=qualification.m_min_gate(s, d).quantize(d),
        net_g=qualification.minimum_net(s, d).quantize(d),
    )
