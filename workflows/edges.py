"""The evidence that the walk tries: the right thing for a slot, and a value on either side of each rule's limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from workflows import facts as read
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.edge_names import DATES, ENTRY, FIRST, GOODS, LAID_IN, MATERIALS, OPENED, PAIR, PAPER, SIGNING, STOCK
from workflows.edges_around import AROUND_EDGES
from workflows.edges_in_doubt import clear, close, once_more
from workflows.edges_of_added import ADDED_EDGES, TRIED_AT_POINTS
from workflows.edges_of_counts import COUNT_EDGES
from workflows.edges_of_opened import OPENED_EDGES
from workflows.edges_of_pumps import PUMP_EDGES, TRIED_AT_PUMPS
from workflows.edges_of_trials import TRIAL_EDGES, TRIALS
from workflows.edges_of_volumes import TRIED_BY_VOLUME, VOLUME_EDGES
from workflows.evidence import (
    Evidence,
    OtherCode,
    Scan,
    Weighing,
)
from workflows.facts import PAIRS
from workflows.passkeys import as_if_signed
from workflows.scene import STEP_G, Attempt, Scene
from workflows.steps import Step
from workflows.worlds import ANN, BO, CY, DANA, LONG_AGO, PAM, RAE, VERA

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]
"""Makes the attempts of one edge, from the right evidence for a slot and the person who works."""


def _changed(**changes: object) -> Maker:
    """Return a maker that changes fields of what was scanned."""

    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        found = replace(good.found, **changes)
        yield Attempt(Submit(slot, replace(good, found=found)), who)

    return make


def _with(**changes: object) -> Maker:
    """Return a maker that changes fields of the evidence itself."""

    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        yield Attempt(Submit(slot, replace(good, **changes)), who)

    return make


def _balance(**changes: object) -> Maker:
    """Return a maker that keeps the evidence and changes the balance's standing."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        yield Attempt(Submit(slot, good), who, balance=replace(scene.world.balance, **changes))

    return make


def _badge(_: Scene, slot: str, __: Evidence, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, Scan("", "serial", OtherCode("a badge"))), who)


def _same_unit(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    step = slot.partition(":")[0]
    role = {"vial": "drug", "stock": "drug"}.get(step, step)
    for one in (*scene.facts.aside, *(inside for _, inside in scene.facts.inside)):
        if one.role == role:
            yield Attempt(Submit(slot, replace(good, found=one)), who)


def _typed(photo: str, seconds: tuple[Actor | None, ...]) -> Maker:
    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        for second in (*seconds, who) if None in seconds else seconds:
            apart = ANN if second is BO and who.id == BO.id else second
            yield Attempt(Submit(slot, replace(good, raw="typed", how="typed", photo=photo)), who, apart)

    return make


def _expiry(days: int) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        today = scene.at.astimezone(ZoneInfo(scene.world.opening.policy.zone)).date()
        yield from _changed(expiry=today + timedelta(days=days))(scene, slot, good, who)

    return make


def _gain(*pushes: tuple[int, int, str]) -> Maker:
    """Return a maker of readings at the low (-1) or high (+1) limit, so many divisions further out, tagged."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        step, colon, unit = slot.partition(":")
        before, wanted = scene.facts.weighing(f"{PAIRS[step]}{colon}{unit}"), read.expected(scene.facts, slot)
        if before is None or wanted is None:
            return
        for side, divisions, tag in pushes:
            limit = wanted[0] * (1 + side * wanted[1])
            grams = before.g + limit + side * divisions * STEP_G
            yield Attempt(Submit(slot, replace(good, g=grams, raw=(tag,) if tag else ())), who)

    return make


def _loss(*parts: tuple[Decimal, int, str]) -> Maker:
    """Return a maker of vials that lost so much more than they should, as a part of the limit, so many divisions further."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        facts = scene.facts
        drawn = sum((read.draw_g(facts, one) or Decimal(0) for one in range(1, read.syringes(facts) + 1)), Decimal(0))
        limit = max(drawn * Decimal("0.02"), 3 * Decimal(2).sqrt() * scene.world.balance.repeatability_g)
        for part, divisions, tag in parts:
            grams = good.g - limit * part - divisions * STEP_G
            yield Attempt(Submit(slot, replace(good, g=grams, raw=(tag,) if tag else ())), who)

    return make


def _heavier(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    full = read.full_vial(scene.facts, slot.partition(":")[2])
    if full is not None:
        yield Attempt(Submit(slot, replace(good, g=full.g + 2 * STEP_G)), who)


def _rest(*rests: tuple[str, str]) -> Maker:
    """Return a maker of used syringes that weigh so many grams more than when they were empty, tagged."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        empty = scene.facts.weighing(f"syringe-empty:{slot.partition(':')[2]}")
        if empty is None:
            return
        for rest, tag in rests:
            yield Attempt(Submit(slot, replace(good, g=empty.g + Decimal(rest), raw=(tag,) if tag else ())), who)

    return make


def _beyond(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return a draw of one division more than its vials held (R4)."""
    empty = scene.facts.weighing(f"syringe-empty:{slot.partition(':')[2]}")
    most = read.available(scene.facts, int(slot.partition(":")[2]))
    if empty is not None and most is not None:
        yield Attempt(Submit(slot, replace(good, g=(empty.g + most).quantize(STEP_G) + STEP_G)), who)


def _old_pair(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    step, colon, unit = slot.partition(":")
    before = scene.facts.weighing(f"{PAIRS[step]}{colon}{unit}")
    if before is not None:
        late = before.taken_at + timedelta(minutes=31)
        yield Attempt(Submit(slot, replace(good, taken_at=late)), who, at=late)


def _open_too_long(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    until = read.opened_until(scene.facts)
    if until is not None and until >= scene.at:
        yield Attempt(Submit(slot, replace(good, taken_at=until)), who, at=until)


def _stale(minutes: int) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        then = scene.at - timedelta(minutes=minutes)
        yield Attempt(Submit(slot, replace(good, taken_at=then)), who)

    return make


def _read_before(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return readings of the moment of one that was accepted: the same one handed in twice, also one taken back."""
    moments = {kept.evidence.taken_at for kept in scene.facts.kept.values() if isinstance(kept.evidence, Weighing)}
    moments |= {one.taken_at for load in scene.facts.loads.values() for one in load}
    for moment in sorted(moments | {scene.facts.weighed_at} - {read.NEVER}):
        yield Attempt(Submit(slot, replace(good, taken_at=moment)), who)


def _another_cabinet(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for cabinet in scene.world.cabinets[1:]:
        yield Attempt(Submit(slot, replace(good, found=cabinet)), who)


def _off_label(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    before, wanted = scene.facts.weighing(f"recon-before:{slot.partition(':')[2]}"), read.expected(scene.facts, slot)
    if before is not None and wanted is not None:
        grams = before.g + (wanted[0] * (1 + wanted[1])).quantize(STEP_G, ROUND_DOWN)
        yield Attempt(Submit(slot, replace(good, g=grams)), who)


def _same_drug(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return a cabinet in which the same drug was opened last, not decontaminated since."""
    drug = scene.facts.begun.recipe.drug
    yield Attempt(Submit(slot, replace(good, found=replace(good.found, last_drug=drug, decontaminated=False))), who)


def _occupied(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, good), who, occupied="P-2")


def _same_picture(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for sha in sorted(scene.facts.photos()):
        yield Attempt(Submit(slot, replace(good, sha256=sha)), who)


def _late(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    limit = read.beyond_use(scene.facts)
    if limit is not None:
        yield Attempt(Submit(slot, good), who, at=max(limit, scene.at))


def _passkey(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return a password where a passkey is asked for, a passkey that signed this, and one that signed something else."""
    key, other = as_if_signed(good, "", who.id), as_if_signed(replace(good, over="other"), "", who.id)
    for one in (good, key, replace(key, assertion=None), replace(key, assertion=other.assertion)):
        yield Attempt(Submit(slot, one), who, signing="passkey")


def _copy(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return scans of the copies that were printed before the live one, and of the live one marked void."""
    for found in (replace(good.found, void=True), replace(good.found, copy=good.found.copy - 1)):
        yield Attempt(Submit(slot, replace(good, found=found)), who)


def _reprinted(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, label_kind="in_process")), who)
    for old in scene.labels:
        if old.label_kind == "final":
            yield Attempt(Submit(slot, old), who)


EDGES: dict[str, Maker] = {
    "other drug": _changed(drug="otherine", item_id="otherine"),
    "same drug, other strength": _changed(concentration_mg_ml=Decimal(100), item_id="other", ndc="99999-009-01"),
    "same strength, package not named": _changed(item_id="other", ndc="99999-009-01"),
    "other size": _changed(amount_mg=Decimal(77)),
    "badge": _badge,
    "same unit again": _same_unit,
    "no unit number": _changed(unit=""),
    "other fluid": _changed(fluid="water"),
    "other bag size": _changed(volume_ml=Decimal(77)),
    "other material": _changed(part="PVC"),
    "other part": _changed(part="spike"),
    "a syringe for the vein": _changed(part="syringe 3 mL"),
    "an oral syringe of another size": _changed(part="oral syringe 60 mL"),
    "typed alone": _typed("photo", (None, VERA, CY, RAE)),
    "typed without photo": _typed("", (BO,)),
    "typed with witness": _typed("photo", (BO, PAM, DANA)),
    "other preparation": _changed(label_id="OTHERS01"),
    "older copy": _copy,
    "expired yesterday": _expiry(-1),
    "expires today": _expiry(0),
    "recalled lot": _changed(recalled="R-1"),
    "no lot": _changed(lot=""),
    "not checked": _balance(checked_at=None),
    "check over": _balance(check_valid_until=LONG_AGO),
    "other balance": _with(balance="ANOTHER"),
    "calibration over": _balance(calibrated_until=LONG_AGO),
    "unstable": _with(mode="unstable"),
    "typed": _with(mode="typed"),
    "empty pan": _with(g=Decimal(0)),
    "over capacity": _with(g=Decimal(9999)),
    "zero off": _with(zero_g=Decimal("0.003")),
    "never empty": _with(zero_g=None),
    "restarted between": _with(epoch="2"),
    "31 minutes apart": _old_pair,
    "old reading": _stale(11),
    "same reading again": _read_before,
    "typed label": _with(how="typed", photo="photo"),
    "other station": _changed(station="HOOD-9"),
    "no category": _changed(category=3),
    "another cabinet": _another_cabinet,
    "too little of it": _changed(volume_ml=Decimal(1)),
    "coarse balance": _balance(repeatability_g=Decimal("0.4")),
    "just inside": clear,
    "too close": close,
    "weighed again": once_more,
    "just below": _gain((-1, 1, "")),
    "just above": _gain((1, 1, "")),
    "each at its upper limit": _gain((1, 0, "high")),
    "more than the vials held": _beyond,
    "open too long": _open_too_long,
    "heavier than before": _heavier,
    "vials lost less": _loss((Decimal(-1), -1, "")),
    "vials lost more": _loss((Decimal(1), 1, "")),
    "vials just agree": _loss((Decimal(1), 0, "low"), (Decimal(-1), 0, "high")),
    "too much stays": _rest(("0.151", "")),
    "lighter than empty": _rest(("-0.151", "")),
    "just emptied": _rest(("0.15", "high")),
    "off its label": _off_label,
    "certificate over": _changed(certified_until=LONG_AGO),
    "other drug before": _changed(last_drug="otherine"),
    "same drug before": _same_drug,
    "another open": _occupied,
    "other item": _with(item="something else"),
    "blurred": _with(verdict="bad", why=("blurred",)),
    "small": _with(width=800, height=600),
    "same picture": _same_picture,
    "stale page": _with(over="older"),
    "another's name": _with(name="Quin Pharmacist"),
    "other meaning": _with(meaning="rejected"),
    "one photo not seen": _with(photos_seen=()),
    "typed code not accepted": _with(accepts=()),
    "beyond use passed": _late,
    "same copy": _reprinted,
    "passkey asked": _passkey,
    **AROUND_EDGES,
    **COUNT_EDGES,
    **PUMP_EDGES,
    **VOLUME_EDGES,
    **OPENED_EDGES,
    **ADDED_EDGES,
    **TRIAL_EDGES,
}
"""What each name in a rule's `edges` means."""

ALWAYS_TRIED: dict[str, tuple[str, ...]] = {
    **TRIED_AT_POINTS,
    "verify": PAPER,
    "cabinet": (
        *(*ENTRY, "certificate over", "other drug before", "another open", "other station", "no category"),
        *("another cabinet", "another drug's opened vial", "the same drug's opened vial"),
    ),
    "ppe": ("other item",),
    "apart": ("other item",),
    "stock": (*STOCK, *TRIALS, *ENTRY, *DATES, "same unit again", "no unit number"),
    "count-1": ("none counted", "one short", "after midnight"),
    "count-2": ("none counted", "one short", "one more", "as before", "after midnight"),
    "bottle-empty": FIRST,
    "bottle-some": (*FIRST, *LAID_IN, "one unit laid in too few"),
    "bottle-all": (
        *FIRST,
        *LAID_IN,
        "within the guard band",
        "too near to half a unit",
        "just over half a unit",
        "a unit short",
        "a unit more",
    ),
    "tray-clean": ("other item",),
    "waste": ("other item",),
    "waste-on": ("other item",),
    "vial": (
        "other drug",
        "same drug, other strength",
        "same strength, package not named",
        "other size",
        "of another recipe",
        *(*GOODS, *OPENED, *TRIALS),
    ),
    "diluent": ("other fluid", "too little of it", *GOODS),
    "base": ("other fluid", "other bag size", "other material", *MATERIALS, *GOODS),
    "device": (*ENTRY, *DATES, "other part", *MATERIALS, "same unit again", "used elsewhere"),
    "dispenser": (*ENTRY, *DATES, *MATERIALS, "same unit again", "used elsewhere"),
    "shaken": ("other item",),
    "recon-before": FIRST,
    "syringe-empty": FIRST,
    "bag-before": FIRST,
    "recon-after": (*FIRST, *PAIR, "off its label"),
    "syringe-full": (*FIRST, *PAIR, "more than the vials held", "open too long"),
    "vial-before": FIRST,
    "vial-opened": (*FIRST, "heavier than kept", "lighter than kept"),
    "vial-after": (*FIRST, "heavier than before", "vials lost less", "vials lost more", "vials just agree"),
    "syringe-used": (*FIRST, "too much stays", "lighter than empty", "just emptied"),
    "bag-after": (*FIRST, *PAIR, "open too long"),
    **TRIED_AT_PUMPS,
    **TRIED_BY_VOLUME,
    "premix": SIGNING,
    "approve": SIGNING,
    "label-print": ("same copy", "order not cleared"),
    "label-scan": ("badge", "other preparation", "older copy", "typed label"),
    "release": (
        "order not cleared",
        "confirmation over",
        "badge",
        "other preparation",
        "older copy",
        "typed label",
        "beyond use passed",
        "recalled meanwhile",
    ),
}


def tried(step: Step[Any]) -> tuple[str, ...]:
    """Return the names of the edges to try at a step: those of its rules, and those it is tried with whatever its rules."""
    of_rules = (edge for rule in step.must for edge in rule.edges)
    return tuple(dict.fromkeys((*ALWAYS_TRIED.get(step.name, ()), *of_rules)))
