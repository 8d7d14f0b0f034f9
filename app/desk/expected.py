"""What each photo should show, in words and as a drawing's numbers, to stand beside the photo that was taken (R21)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from workflows import measured
from workflows.containers import called, held_in
from workflows.counting import CountPlan, units
from workflows.evidence import Container, Scan
from workflows.oral import is_oral
from workflows.preparation import Preparation
from workflows.pumping import PumpPlan
from workflows.standing import SHOWS_A_SYRINGE
from workflows.target_words import drawn_as
from workflows.targets import Target
from workflows.trials import shown_drug
from workflows.wording import amount, letter

TITLES = {
    "photo-staged": "What goes in, labels in view",
    "photo-syringes": "Filled syringes beside their vials",
    "photo-empty": "Emptied vials and syringes",
    "photo-final": "Finished, with both labels",
    "photo-pump": "Pump with its screen",
}
DRAWN_ONLY = {"photo-syringes": "Filled syringe beside its vials", "photo-empty": "Emptied vials"}
"""The same where the syringe that is drawn is the final container."""
BY_MOUTH = {"photo-syringes": "Filled oral syringe beside its bottle", "photo-empty": "Bottle after the draw"}
"""The same where that is an oral one."""
BARREL = 200
"""Length of a drawn syringe's barrel in drawing units."""


@dataclass(frozen=True)
class Tick:
    """One line of a drawn syringe's scale."""

    x: int
    """Distance from the barrel's left end in drawing units."""
    label: str
    """mL, or empty for a short line."""


@dataclass(frozen=True)
class Syringe:
    """A syringe to be drawn with its plunger at the mark."""

    name: str
    """E.g. syringe 1, 35 mL."""
    volume: str
    """What it should hold, with unit."""
    fill: int
    """Length of the liquid in drawing units."""
    ticks: tuple[Tick, ...]
    """The scale."""


@dataclass(frozen=True)
class Expected:
    """What a photo should show."""

    title: str
    """In a few words."""
    lines: tuple[str, ...]
    """Each thing that should be in view."""
    syringes: tuple[Syringe, ...] = ()
    """Drawings, for the photo of filled syringes."""


def expected(p: Preparation, slot: str) -> Expected:
    """Return what the photo of this slot should show."""
    if p.counts:
        return _counted(p, p.counts, slot)
    drawn = BY_MOUTH if is_oral(p.plan.container) else DRAWN_ONLY if p.plan.gain is None else {}
    title = drawn.get(slot) or TITLES.get(slot, slot)
    if slot == "photo-staged":
        return Expected(title, _staged(p))
    if slot == "photo-syringes":
        return Expected(title, _beside(p), syringes(p))
    if slot.startswith(SHOWS_A_SYRINGE):
        return _at_its_mark(p, int(slot.partition(":")[2]))
    if slot == "photo-empty":
        return Expected(title, _emptied(p))
    if slot == "photo-final":
        return Expected(title, _final(p))
    if slot == "photo-pump" and p.pump is not None:
        return Expected(title, _screen(p.pump))
    return Expected(title, ())


def _counted(p: Preparation, plan: CountPlan, slot: str) -> Expected:
    """Return what a photo of a count should show (R21)."""
    if slot == "photo-staged":
        return Expected("Stock bottles", _staged(p))
    one = f"{units(plan.count, plan.container)} of {shown_drug(p.master)} {amount(plan.strength_mg)} mg"
    if slot == "photo-tray":
        return Expected(
            "Counted in the tray", (one, "in rows that can be counted", "whole, none broken, nothing else in it")
        )
    printed = p.final_label()
    label = f"final label {printed.label_id}, copy {printed.copy}" if printed else "final label"
    return Expected("Filled bottle with its labels", (label, "in-process label still on", one, "bottle closed"))


def _staged(p: Preparation) -> tuple[str, ...]:
    scans = [entry.evidence for entry in p.entries.values()]
    found = [one.found for one in scans if isinstance(one, Scan) and isinstance(one.found, Container)]
    shown = Counter(f"{one.text}, lot {one.lot or 'unknown'}" for one in found if one.role != "device")
    return tuple(f"{count} x {text}" for text, count in shown.items())


def _beside(p: Preparation) -> tuple[str, ...]:
    if is_oral(p.plan.container):
        return ("the oral syringe beside its bottle", "plunger at the mark drawn here", "cap on, no large bubbles")
    vials = ", ".join(letter(unit) for unit in range(1, p.plan.vials + 1))
    return (
        f"vials {vials} beside their syringes",
        "plungers at the marks drawn here",
        "connectors closed, no large bubbles",
    )


def _at_its_mark(p: Preparation, unit: int) -> Expected:
    """Return what the photo of one syringe should show that is read by volume (R13)."""
    lines = ("plunger at the mark drawn here", "scale in view", "connector closed, no large bubbles")
    return Expected(f"Syringe {unit} beside its vial", lines, syringes(p)[unit - 1 : unit])


def _emptied(p: Preparation) -> tuple[str, ...]:
    vials = "1 vial" if p.plan.vials == 1 else f"{p.plan.vials} vials"
    if is_oral(p.plan.container):
        return ("the bottle, closed", "the rest of the drug accounted for")
    if p.plan.gain is None:
        return (vials, "the rest of the drug accounted for")
    fluids = len(p.pump.fluid_syringes_ml) if p.pump else 0
    return (vials, f"{len(p.plan.syringes_ml) + fluids} syringes", "nothing left in either")


def _final(p: Preparation) -> tuple[str, ...]:
    printed = p.final_label()
    label = f"final label {printed.label_id}, copy {printed.copy}" if printed else "final label"
    dose = f"{shown_drug(p.master)} {amount(p.planned.ordered_mg)} mg in {held_in(p.planned)}"
    whole = "bag clear, no leak, adaptor in place"
    if p.plan.gain is None:
        whole = f"{called(p.plan)} clear, no leak, closed, plunger at its mark"
    if p.pump is not None:
        whole = f"{called(p.plan)} clear, no leak, no air, clamp closed"
    return (label, "in-process label still on", dose, whole)


def _screen(pump: PumpPlan) -> tuple[str, ...]:
    return (
        f"library entry {pump.entry}, version {pump.entry_version}",
        f"reservoir {amount(pump.reservoir_ml)} mL, rate {amount(pump.rate_ml_h)} mL/h, {amount(pump.hours)} h",
        "locked",
    )


def syringes(p: Preparation) -> tuple[Syringe, ...]:
    """Return each syringe of the plan with the mark its plunger should stand at."""
    drug = _drawings(
        "oral syringe" if is_oral(p.plan.container) else "syringe", p.plan.syringes_ml, measured.draw_target(p)
    )
    pump = p.pump
    if pump is None or pump.fluid_draw is None:
        return drug
    return (*drug, *_drawings("diluent syringe", pump.fluid_syringes_ml, pump.fluid_draw))


def _drawings(name: str, sizes: tuple[Decimal, ...], aim: Target) -> tuple[Syringe, ...]:
    return tuple(
        Syringe(
            f"{name} {number}, {amount(size)} mL",
            f"{drawn_as(aim)} mL",
            _along(aim.volume_ml, size),
            _scale(size),
        )
        for number, size in enumerate(sizes, start=1)
    )


def _along(volume_ml: Decimal, size_ml: Decimal) -> int:
    return int(volume_ml / size_ml * BARREL)


def _scale(size_ml: Decimal) -> tuple[Tick, ...]:
    tenths = [size_ml * part / 10 for part in range(11)]
    return tuple(Tick(_along(at, size_ml), amount(at) if part % 2 == 0 else "") for part, at in enumerate(tenths))
