"""What a live weight would mean if it were accepted now: for the eye, never evidence. The rules judge what is captured."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.stations.pan import EMPTY_BELOW_G, Glance
from workflows import budgets, by_weight, gravimetry, measured
from workflows.evidence import Weighing
from workflows.instructions import window
from workflows.pairs import on_the_pan
from workflows.preparation import Preparation
from workflows.quantities import Mass
from workflows.steps import Slot
from workflows.targets import Target
from workflows.wording import of_units, percent, reading

SETTLED_INSIDE_S = 2.0
"""Seconds that a load inside its window lies settled before it is taken by itself (SCREENS 8)."""
SETTLED_OUTSIDE_S = 3.0
"""The same outside its window: it is rejected and recorded."""
TAKE_OFF = "Take the load off the pan."
"""What comes before anything else that is asked, and so stands in its place."""
BAR_SPAN = Decimal("2.2")
"""The bar shows this many half-windows on either side of the expected mass."""


@dataclass(frozen=True)
class Preview:
    """A live weight against what is wanted."""

    prompt: str
    """What to do now, in words; empty while everything is as it should be."""
    ready: bool
    """Whether the load has lain settled long enough to be taken by itself."""
    inside: bool | None
    """Whether it lies inside its window; None without a window or a load."""
    place: int | None
    """Where the mark stands on the bar, 0 to 100; None where there is no bar or load."""
    formula: str
    """The arithmetic with the numbers as they stand; empty for a first reading."""
    close: bool = False
    """Whether it lies inside its window, but nearer to a limit than it may be off: it will be too close to call."""
    void: bool = False
    """Whether the reading it would be the difference to has become void (R2, R3)."""


def preview(p: Preparation, slot: Slot, glance: Glance) -> Preview:
    """Say what the live weight would mean for `slot`."""
    pair = window(p, slot)
    if pair is not None and glance.epoch and glance.epoch != pair[1].epoch:
        return Preview(_void_words(slot), ready=False, inside=None, place=None, formula="", void=True)
    if glance.state != "ready" or glance.grams is None:
        return Preview("", ready=False, inside=None, place=None, formula="")
    if glance.empty:
        return Preview("Put it on the pan.", ready=False, inside=None, place=None, formula="")
    if not glance.armed and glance.grams > EMPTY_BELOW_G:
        return Preview(TAKE_OFF, ready=False, inside=None, place=None, formula="")
    if pair is None:
        return Preview("", _lain(glance, SETTLED_INSIDE_S), inside=None, place=None, formula="")
    return _against(p, slot, glance, *pair)


def _against(p: Preparation, slot: Slot, glance: Glance, aim: Target, before: Weighing) -> Preview:
    gain = (glance.grams or Decimal(0)) - before.g
    if gain < 0 and not glance.settled:  # on its way up or down: nothing is said of it yet
        return Preview("", ready=False, inside=None, place=None, formula="")
    if gain < 0:
        return Preview(f"Lighter than before: put the {_thing(slot)} on the pan.", False, None, None, "")
    inside, guard = aim.low_g <= gain <= aim.high_g, budgets.guard_band(p, slot.name)
    close = inside and not aim.low_g + guard <= gain <= aim.high_g - guard
    wait = SETTLED_INSIDE_S if inside and not close else SETTLED_OUTSIDE_S
    formula = _formula(p, slot, glance.value, before, gain, aim)
    return Preview("", _lain(glance, wait), inside, place(gain, aim), formula, close)


def _lain(glance: Glance, seconds: float) -> bool:
    return glance.armed and glance.settled and glance.settled_s >= seconds


def place(gain: Decimal, aim: Target) -> int:
    """Return where a mass stands on the bar: 50 is the expected one, 0 and 100 are the ends."""
    half = (aim.high_g - aim.low_g) / 2 * BAR_SPAN
    at = 50 + (gain - aim.expected_g) / half * 50
    return int(min(max(at, Decimal(0)), Decimal(100)))


def _formula(p: Preparation, slot: Slot, value: str, before: Weighing, gain: Decimal, aim: Target) -> str:
    after, first = f"{Decimal(value):,f}", f"{before.g:,f}"
    off = percent(gain / aim.expected_g - 1)
    if slot.step.name == "syringe-full":
        held = gravimetry.drawn(Mass(gain), measured.density(p), measured.concentration(p))
        return (
            f"full {after} g − empty {first} g = {reading(gain)} g = {reading(held.volume.ml)} mL"
            f" = {reading(held.dose.mg, 1)} mg   {off}"
        )
    if p.counts:
        units = reading(gain / aim.expected_g * p.counts.count, 1)
        return f"full {after} g − empty {first} g = {of_units(gain)} = {units} by weight"
    return f"after {after} g − before {first} g = {reading(gain)} g   {off}"


def _thing(slot: Slot) -> str:
    return on_the_pan(slot.step.name)


def _void_words(slot: Slot) -> str:
    why = "The balance was restarted, zeroed or reconnected: both readings are void. "
    ways = {
        "syringe-full": "REDO with a new syringe; BACK if it is still empty.",
        "fluid-full": "REDO with a new syringe; BACK if it is still empty.",
        by_weight.ALL: "Put all back in the tray. BACK until the empty bottle is asked for.",
        "recon-after": "BACK if nothing was added yet; else REDO with a new vial.",
    }
    return why + ways.get(slot.step.name, "BACK if nothing was injected yet; else CALL.")
