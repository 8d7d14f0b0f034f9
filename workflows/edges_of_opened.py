"""What the walk tries with opened vials: those of earlier doses brought in, and those of a released dose that are kept (R32)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from workflows import commands as asked
from workflows import facts as read
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.evidence import Container, OpenVial
from workflows.preparation import Preparation
from workflows.properties_of_opened import needed_of
from workflows.scene import STEP_G, Attempt, Scene, kept_g, reading, scan
from workflows.worlds import CAST, LONG_AGO, START

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]
STEP_ML = Decimal("0.001")
UNSURE_ML = Decimal("0.005")
GROSS_G = Decimal("45.110")


def earlier(scene: Scene, slot: str, sealed: Container, less_ml: Decimal = Decimal(0), **changes: Any) -> Container:
    """Return a vial like `sealed` that an earlier dose was drawn from: it just holds what is needed, less `less_ml`."""
    facts, density = scene.facts, scene.facts.opened.recipe.density.g_per_ml or Decimal(1)
    left = (needed_of(facts, slot) + UNSURE_ML + facts.opened.policy.dead_ml - less_ml).quantize(STEP_ML)
    known = OpenVial(
        of="earlier",
        punctured_at=START - timedelta(hours=1),
        until=START + timedelta(hours=5),
        cabinet=scene.world.cabinets[0].code,
        gross_g=GROSS_G,
        left_g=left * density,
        left_ml=left,
        unsure_ml=UNSURE_ML,
        balance=scene.world.balance.serial,
    )
    return replace(sealed, unit=f"U/{sealed.unit}", opened=replace(known, **changes))


def _opened(less_ml: Decimal = Decimal(0), no_stock: str = "", **changes: Any) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        found = earlier(scene, slot, good.found, less_ml, **changes)
        yield Attempt(Submit(slot, replace(good, found=found)), who, no_stock=no_stock)

    return make


def _long_ago(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, found=earlier(scene, slot, good.found, until=scene.at))), who)


def _not_as_kept(side: int) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        noise = 3 * Decimal(2).sqrt() * scene.world.balance.repeatability_g
        yield Attempt(Submit(slot, replace(good, g=good.g + side * (noise.quantize(STEP_G) + STEP_G))), who)

    return make


OPENED_EDGES: dict[str, Maker] = {
    "opened before": _opened(),
    "opened, no stock": _opened(no_stock="thrown away at 12:00"),
    "opened elsewhere": _opened(cabinet="BSC-9"),
    "opened too long ago": _long_ago,
    "opened, too little left": _opened(STEP_ML),
    "heavier than kept": _not_as_kept(1),
    "lighter than kept": _not_as_kept(-1),
}
"""What each name in the edges of an opened vial's rules means."""


def keeping(p: Preparation, scene: Scene, holder: Actor, away: str) -> Iterator[Attempt]:
    """Yield what is tried with the vials of a released dose; of one that is not released, only that it is refused."""
    if scene.facts.counted or not any(slot == "vial:1" for slot, _ in scene.facts.inside):
        return
    good = _kept(scene, "1")
    yield Attempt(good, holder)
    if p.outcome != "released" or not scene.world.opening.policy.share_vials:
        return
    for unit in range(2, read.vials(scene.facts) + 1):
        yield Attempt(_kept(scene, str(unit)), holder)
    for who in CAST:
        yield Attempt(good, who)
    yield Attempt(good, holder, station=away)
    yield Attempt(good, holder, occupied="P-2")
    yield Attempt(good, holder, no_stock="cleaned at 12:00")
    yield Attempt(good, holder, recalled="R-1")
    yield Attempt(replace(good, scan=replace(good.scan, how="typed", photo="photo")), holder)
    yield Attempt(replace(good, scan=scan(scene, "vial:1")), holder)
    limit = read.opened_until(scene.facts)
    if limit is not None:
        late = max(limit, scene.at)
        yield Attempt(replace(good, weighing=replace(good.weighing, taken_at=late)), holder, at=late)
    yield from _weighed(scene, good, holder)


def _weighed(scene: Scene, good: asked.Keep, holder: Actor) -> Iterator[Attempt]:
    balance, full = scene.world.balance, read.full_vial(scene.facts, "1")
    drawn = sum(
        (read.draw_g(scene.facts, one) or Decimal(0) for one in range(1, read.syringes(scene.facts) + 1)), Decimal(0)
    )
    noise = 3 * Decimal(2).sqrt() * balance.repeatability_g
    far = max(drawn * Decimal("0.02"), noise).quantize(STEP_G) + STEP_G
    grams = [good.weighing.g - far, good.weighing.g + far, *([full.g + far, full.g - drawn - far] if full else [])]
    for g in grams:
        yield Attempt(replace(good, weighing=replace(good.weighing, g=g)), holder)
    for changes in ({"balance": "ANOTHER"}, {"mode": "unstable"}, {"zero_g": None}, {"taken_at": LONG_AGO}):
        yield Attempt(replace(good, weighing=replace(good.weighing, **changes)), holder)
    for changes in ({"checked_at": None}, {"calibrated_until": LONG_AGO}):
        yield Attempt(good, holder, balance=replace(balance, **changes))


def _kept(scene: Scene, unit: str) -> asked.Keep:
    found = next(one for slot, one in scene.facts.inside if slot == f"vial:{unit}")
    code = replace(scan(scene, f"vial:{unit}"), found=found)
    return asked.Keep(code, reading(scene, kept_g(scene, unit)), f"KEPT000{unit}")
