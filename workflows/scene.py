"""Where the walk stands, one thing that somebody tries there, and the evidence that ought to be accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from workflows import facts as read
from workflows import facts_of_pumps as pumped
from workflows.circumstances import Actor, BalanceStatus
from workflows.clearances import Clearance
from workflows.commands import Command
from workflows.copying import replace
from workflows.evidence import (
    Confirmation,
    Container,
    CoSignature,
    Count,
    Evidence,
    LabelCode,
    PaperLine,
    Photo,
    Printed,
    Programme,
    Scan,
    Sheet,
    Signature,
    VolumeRead,
    Weighing,
)
from workflows.facts import PAIRS, Facts
from workflows.facts_of_volumes import by_volume
from workflows.open_vial import StandsOpen
from workflows.properties_of_added import asked_at
from workflows.properties_of_counts import CLEAN
from workflows.properties_of_opened import SOUND
from workflows.recipe import CountRecipe, Recipe
from workflows.worlds import HARMLESS, World, vial_of

FIRST_G = {
    "recon-before": "30.110",
    "vial-before": "34.110",
    "syringe-empty": "18.420",
    "fluid-empty": "12.500",
    "bag-before": "287.600",
    "reservoir-empty": "61.200",
    "bottle-empty": "21.300",
}
"""Grams of the objects before anything goes in."""
UNIT_G = Decimal("0.640")
"""Grams of one tablet."""
Meaning = Literal[
    "order verified",
    "order verified, making by volume authorised",
    "pre-mix approved",
    "approved for release",
    "rejected",
    "entered from paper",
    "recipe amended",
]
MEANINGS: dict[str, Meaning] = {
    "verify": "order verified",
    "premix": "pre-mix approved",
    "approve": "approved for release",
}
STEP_G = Decimal("0.001")
"""One division of the walk's balance."""


SAME = object()
"""The world's own balance."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that somebody tries."""

    command: Command
    """What is asked."""
    who: Actor
    """By whom."""
    second: Actor | None = None
    """Who signs with them."""
    balance: BalanceStatus | object | None = SAME
    """The station's balance, where it is not the world's."""
    occupied: str | None = None
    """Another preparation in the cabinet."""
    station: str | None = None
    """Another station than the preparation's."""
    at: datetime | None = None
    """Another time than now."""
    used_by: str = ""
    """Another preparation that the scanned unit or the picture belongs to."""
    no_stock: str = ""
    """Why the opened vial in hand is no stock."""
    standing: tuple[StandsOpen, ...] = ()
    """Opened vials that stand in the cabinet."""
    recalled: str = ""
    """What was recalled meanwhile."""
    blocked: str = ""
    """What has to be cleared on the order."""
    clearances: tuple[Clearance, ...] | None = None
    """What was confirmed of the order, where it is not all that the policy requires."""
    signing: Literal["pin", "passkey"] = "pin"
    """What the site has pharmacists approve with."""
    cosigned: CoSignature | None = None
    """The second person's signature, where one is given."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the walk stands."""

    world: World
    """The configuration."""
    facts: Facts
    """What is known."""
    at: datetime
    """Now, UTC."""
    version: int
    """Number of the last event."""
    head: str
    """Its digest."""
    labels: tuple[Printed, ...]
    """Every label printed so far."""


def container(scene: Scene, slot: str) -> Container:
    """Return the right container for `slot`, one that was not seen before."""
    step, _, unit = slot.partition(":")
    if step == "device":
        part = unit.rpartition(":")[0]
        known = Container("device", part, f"Demosafe {part}", part=part, lot="C1", expiry=scene.world.goods[0].expiry)
        known = replace(known, materials=HARMLESS)
        return replace(known, unit=f"{slot}#{_seen(scene)}")
    roles = {"vial": "drug", "stock": "drug", "fluid": "diluent", "reservoir": "base", "dispenser": "device"}
    role = roles.get(step, step)
    right_one = next(one for one in _goods(scene) if one.role == role)
    return replace(right_one, unit=f"{slot}#{_seen(scene)}")


def _goods(scene: Scene) -> tuple[Container, ...]:
    """Return what there is; where a pharmacist had it made by another recipe, its vial and its bag."""
    world, master = scene.world, scene.facts.begun.recipe
    if master == world.opening.recipe or not isinstance(master, Recipe):
        return world.goods
    others = (replace(one, part=master.bag) if one.role == "base" else one for one in world.goods[1:])
    return (vial_of(master), *others)


def _seen(scene: Scene) -> int:
    return len(scene.facts.inside) + len(scene.facts.aside)


def scan(scene: Scene, slot: str) -> Scan:
    """Return the right scan for `slot`."""
    step, facts = slot.partition(":")[0], scene.facts
    if step == "cabinet":
        return Scan("", "serial", scene.world.cabinets[0])
    if step in ("label-scan", "release"):
        kind: Literal["final", "in_process"] = "final" if step == "label-scan" else "in_process"
        live = facts.final if step == "label-scan" else facts.in_process
        label = (live.label_id, live.copy) if live else ("NOTHING1", 1)
        return Scan("", "serial", LabelCode(kind, *label, "P1", False))
    return Scan("", "serial", container(scene, slot))


def weighing(scene: Scene, slot: str) -> Weighing:
    """Return the right reading for `slot`: what is expected, to the balance's division."""
    step, colon, unit = slot.partition(":")
    if step in ("vial-after", "syringe-used"):
        return reading(scene, emptied_g(scene, slot))
    if step == "vial-opened":
        known = read.opened_before(scene.facts, unit)
        return reading(scene, known.gross_g if known else Decimal(20))
    if step in ("bottle-some", "bottle-all"):
        units = Decimal(unit) if unit else read.ordered_number(scene.facts)
        return reading(scene, Decimal(FIRST_G["bottle-empty"]) + units * UNIT_G)
    if step not in PAIRS:
        return reading(scene, Decimal(FIRST_G[step]))
    before = scene.facts.weighing(f"{PAIRS[step]}{colon}{unit}")
    wanted = read.expected(scene.facts, slot)
    if before is None or wanted is None:
        return reading(scene, Decimal(20))
    return reading(scene, before.g + wanted[0].quantize(STEP_G))


def emptied_g(scene: Scene, slot: str) -> Decimal:
    """Return what an emptied thing ought to weigh: a vial less its share of the draws, a used syringe with a drop in it."""
    step, _, unit = slot.partition(":")
    facts = scene.facts
    if step == "syringe-used":
        empty = facts.weighing(f"syringe-empty:{unit}")
        return (empty.g if empty else Decimal(20)) + 5 * STEP_G
    full = read.full_vial(facts, unit)
    if full is None:
        return Decimal(20)
    return full.g - still_to_leave(facts, unit)


def still_to_leave(facts: Facts, unit: str) -> Decimal:
    """Return the grams that vial `unit` lost if the others lost an equal share, or what is left where they are weighed."""
    drawn = [read.draw_g(facts, one) or Decimal(0) for one in range(1, read.syringes(facts) + 1)]
    total, open_vials = sum(drawn, Decimal(0)), 1
    for other in range(1, read.vials(facts) + 1):
        full, after = read.full_vial(facts, str(other)), facts.weighing(f"vial-after:{other}")
        if str(other) == unit or full is None:
            continue
        if after is None:
            open_vials += 1
        else:
            total -= full.g - after.g
    return total if open_vials == 1 else (total / open_vials).quantize(STEP_G)


def kept_g(scene: Scene, unit: str) -> Decimal:
    """Return what vial `unit` of a dose ought to weigh when it is kept: as after the draws, or less its share of them."""
    after, full = scene.facts.weighing(f"vial-after:{unit}"), read.full_vial(scene.facts, unit)
    if after is not None or full is None:
        return after.g if after else Decimal(20)
    return full.g - still_to_leave(scene.facts, unit)


def reading(scene: Scene, grams: Decimal) -> Weighing:
    """Return a settled reading of the world's balance, taken now."""
    return Weighing(grams, "stable", Decimal("0.001"), scene.world.balance.serial, "1", scene.at)


def signature(scene: Scene, meaning: Meaning, who: Actor) -> Signature:
    """Return `who`'s signature over what stands, all photos seen and all typed codes accepted."""
    seen, accepts = tuple(sorted(scene.facts.to_be_seen())), tuple(sorted(scene.facts.typed()))
    return Signature(meaning, who.name, who.licence, "password", 2, scene.head, seen, accepts)


def sheet(scene: Scene) -> Sheet:
    """Return what a signed downtime sheet says that was filled in an hour ago."""
    made_at = scene.at - timedelta(hours=1)
    taken = ("one bottle", int(read.ordered_number(scene.facts))) if scene.facts.counted else ("", 0)
    if not scene.facts.counted and scene.facts.opened.recipe.protocol_stock and scene.facts.opened.recipe.protocol:
        taken = ("U/a unit of the trial", 0)
    lines = (PaperLine("the drug", "L1", *taken), PaperLine("the bag", "unknown"))
    note = "no network from eight to nine"
    return Sheet(
        "network or server",
        "Ann T",
        "Pam P",
        made_at,
        scene.at + timedelta(hours=5),
        Decimal(970),
        lines,
        ("page 1",),
        note,
    )


def cosignature(scene: Scene, who: Actor, over: str = "") -> CoSignature:
    """Return `who`'s signature as second person, over what stands or over something else."""
    means = "witnessed: what was made on paper"
    return CoSignature(who.id, who.name, who.licence, means, "badge and PIN", 2, over or scene.head, scene.at)


def programme(scene: Scene) -> Programme:
    """Return what a pump's screen shows that was set as it was planned."""
    pump = scene.facts.opened.plan.pump
    made = scene.facts.opened.recipe.reservoir
    if pump is None or made is None:
        raise ValueError(f"{scene.world.name} has no pump")
    told = pumped.to_infuse_ml(scene.facts.opened) + made.residual_ml
    return Programme(pump.entry, pump.entry_version, told, pump.rate_ml_h, pump.hours, True)


def right(scene: Scene, slot: str, needs: type, who: Actor) -> Evidence:
    """Return evidence that ought to be accepted for `slot`."""
    step, _, unit = slot.partition(":")
    if needs is Scan:
        return scan(scene, slot)
    if needs is Weighing:
        return weighing(scene, slot)
    if needs is Programme:
        return programme(scene)
    if needs is Photo:
        return Photo(f"{slot} {scene.version}", 1920, 1080, "good")
    if needs is Printed:
        copies = [label.copy for label in scene.labels if label.label_kind == "final"]
        return Printed("final", "FINAL001", max(copies, default=0) + 1, "", "spool")
    if needs is Signature:
        return signature(scene, _means(scene, step), who)
    if needs is VolumeRead:
        facts = scene.facts
        return VolumeRead(read.dose_mg(facts) / facts.opened.recipe.concentration_mg_ml / read.syringes(facts))
    if needs is Count:
        return Count(int(scene.world.opening.order.dispense_quantity or 1), "by fives")
    added = asked_at(scene.facts.begun, slot)
    return Confirmation(added.says if added else unit if step in ("ppe", "waste-on") else _said(scene, step))


def _means(scene: Scene, step: str) -> Meaning:
    if step == "verify" and by_volume(scene.facts.begun):
        return "order verified, making by volume authorised"
    return MEANINGS.get(step, "approved for release")


def _said(scene: Scene, step: str) -> str:
    """Return what is confirmed at a step that is none of the protective equipment."""
    master = scene.facts.begun.recipe
    if isinstance(master, CountRecipe):
        return CLEAN
    if step == "apart":
        return "cabinet empty but for this intrathecal dose, no vinca drug in it or beside it"
    if step == "syringe-new":
        return f"new {scene.facts.opened.plan.syringes_ml[0].normalize():f} mL syringe, empty"
    if step == "bag-mixed":
        return "every syringe injected and empty"
    if step == "reservoir-closed":
        return "air out and clamp closed"
    if step == "vial-look":
        return SOUND
    if step == "shaken":
        return "bottle shaken, nothing left on its bottom"
    return master.reconstitution.inspect if master.reconstitution and step == "recon-mixed" else "leftovers discarded"
