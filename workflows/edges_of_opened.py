"""What the walk tries with opened vials: those of earlier doses brought in, and those of a released dose that are kept (R32)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from workflows import commands as asked
from workflows import facts as read
from workflows.accounts import VialSetApart
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.evidence import Container
from workflows.open_vial import CameWith, OpenVial, StandsOpen
from workflows.preparation import Preparation
from workflows.properties_of_opened import needed_of
from workflows.scene import STEP_G, Attempt, Scene, kept_g, reading, scan
from workflows.worlds import CAST, HARMLESS, LONG_AGO, START

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
        label_g=Decimal("0.310"),
        parts=came_with(scene),
        density_g_per_ml=density,
    )
    return replace(sealed, unit=f"U/{sealed.unit}", opened=replace(known, **changes))


def came_with(scene: Scene, adaptor: str = "Demosafe vial adaptor") -> tuple[CameWith, ...]:
    """Return what an opened vial of this world has in it and on it."""
    day = scene.world.goods[0].expiry
    on = CameWith("device", "vial adaptor", adaptor, "vial adaptor", "", "", "C9", day, "earlier adaptor", HARMLESS)
    making = scene.facts.opened.recipe.reconstitution
    if making is None:
        return (on,)
    return (CameWith("diluent", "sw", making.diluent, making.diluent, "", "", "D9", day, "earlier diluent"), on)


def _opened(less_ml: Decimal = Decimal(0), no_stock: str = "", **changes: Any) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        found = earlier(scene, slot, good.found, less_ml, **changes)
        yield Attempt(Submit(slot, replace(good, found=found)), who, no_stock=no_stock)

    return make


def _with_parts(change: Callable[[Scene], tuple[CameWith, ...]]) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        yield Attempt(Submit(slot, replace(good, found=earlier(scene, slot, good.found, parts=change(scene)))), who)

    return make


def _over(scene: Scene) -> tuple[CameWith, ...]:
    first, *rest = came_with(scene)
    return (replace(first, expiry=date(2020, 1, 1)), *rest)


def _other_diluent(scene: Scene) -> tuple[CameWith, ...]:
    """Return its parts with another diluent; of a liquid, with one where it should have none."""
    *_, on = came_with(scene)
    return (CameWith("diluent", "gw", "dextrose 5 %", "dextrose 5 %", "", "", "G9", on.expiry, "earlier glucose"), on)


def _there(drug: str = "") -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        own = scene.facts.begun.order.drug
        yield Attempt(Submit(slot, good), who, standing=(StandsOpen(drug or own, drug or own, "OTHER001"),))

    return make


def _too_long_for_it(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    recipe = scene.facts.opened.recipe
    hours = min(Decimal(12), *(one for one in (recipe.opened_h, recipe.stability_h) if one is not None))
    found = earlier(scene, slot, good.found, punctured_at=scene.at - timedelta(minutes=int(hours * 60)))
    yield Attempt(Submit(slot, replace(good, found=found)), who)


def _long_ago(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, found=earlier(scene, slot, good.found, until=scene.at))), who)


def _no_more(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, good), who, no_stock="cleaned at 12:00")


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
    "opened, not labelled": _opened(label_g=None),
    "opened earlier than the recipe lets": _too_long_for_it,
    "opened, other adaptor": _with_parts(lambda scene: came_with(scene, "Othermake vial adaptor")),
    "opened, other diluent": _with_parts(_other_diluent),
    "opened, other density": _opened(density_g_per_ml=Decimal("0.987")),
    "another drug's opened vial": _there("otherine"),
    "the same drug's opened vial": _there(),
    "opened, its parts expired": _with_parts(_over),
    "opened, no stock any more": _no_more,
    "heavier than kept": _not_as_kept(1),
    "lighter than kept": _not_as_kept(-1),
}
"""What each name in the edges of an opened vial's rules means."""


def keeping(p: Preparation, scene: Scene, holder: Actor, away: str) -> Iterator[Attempt]:
    """Yield what is tried with the vials of a released dose; of one that is not released, only that it is refused."""
    if scene.facts.counted or not any(slot == "vial:1" for slot, _ in scene.facts.inside):
        return
    good = _kept(scene, "1") if scene.facts.waits is None else _with_label(scene, scene.facts.waits)
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
    yield from _read(scene, good, holder)
    if scene.facts.waits is None:
        yield from _weighed(scene, good, holder)
        return
    yield Attempt(_kept(scene, "1"), holder)
    policy = scene.facts.opened.policy
    least, most = policy.label_g - policy.label_within_g, policy.label_g + policy.label_within_g
    for more in (Decimal(0), Decimal(-1), least - STEP_G, least, most, most + STEP_G):
        read_g = scene.facts.waits.weighing.g + more
        yield Attempt(replace(good, weighing=replace(good.weighing, g=read_g)), holder)


def _with_label(scene: Scene, out: VialSetApart) -> asked.Keep:
    code = replace(scan(scene, out.slot), found=out.container)
    return asked.Keep(code, reading(scene, out.weighing.g + Decimal("0.310")), "OF NO USE")


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


def _read(scene: Scene, good: asked.Keep, holder: Actor) -> Iterator[Attempt]:
    balance = scene.world.balance
    for changes in ({"balance": "ANOTHER"}, {"mode": "unstable"}, {"zero_g": None}, {"taken_at": LONG_AGO}):
        yield Attempt(replace(good, weighing=replace(good.weighing, **changes)), holder)
    for changes in ({"checked_at": None}, {"calibrated_until": LONG_AGO}):
        yield Attempt(good, holder, balance=replace(balance, **changes))


def _kept(scene: Scene, unit: str) -> asked.Keep:
    found = next(one for slot, one in scene.facts.inside if slot == f"vial:{unit}")
    code = replace(scan(scene, f"vial:{unit}"), found=found)
    return asked.Keep(code, reading(scene, kept_g(scene, unit)), f"KEPT000{unit}")
