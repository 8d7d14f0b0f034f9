"""What a log says, read a second time without the rules: the checker's own memory of one preparation, and its own sums."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from workflows import events as happened
from workflows import facts_of_pumps as pumped
from workflows import facts_of_volumes as volumes
from workflows.accounts import VialKept, VialSetApart
from workflows.copying import replace
from workflows.evidence import Container, Evidence, Photo, Printed, Scan, Weighing
from workflows.facts_of_opened import others_until
from workflows.open_vial import OpenVial

PAIRS = {
    "recon-after": "recon-before",
    "syringe-full": "syringe-empty",
    "fluid-full": "fluid-empty",
    "bag-after": "bag-before",
    "reservoir-full": "reservoir-empty",
}
"""Second readings, and the first ones they belong to."""
NEVER = datetime.min.replace(tzinfo=UTC)
"""Before everything."""
MIXED = ("bag-after", "reservoir-full", "bag-mixed")
"""Final readings, and the word by volume: what was drawn is in a bag or a reservoir."""
ENTERED = ("vial-before", "vial-opened", "vial-after", "syringe-used")
"""Readings that nothing is poured or drawn between: they say what the draws and the injection left behind (R3, R4)."""
AMOUNTS = frozenset({"TOO_MUCH", "TOO_LITTLE", "SUM_OUTSIDE", "CONCENTRATION_OFF", "TOO_CLOSE", "DOSE_NOT_IN_VOLUME"})
"""Findings about how much was measured: a reading with no others was a true one."""
STERILE_HOURS = {"20 to 25 °C": {1: 12, 2: 96}, "2 to 8 °C": {1: 24, 2: 240}}
"""Hours by storage and category (R30)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that was accepted and not taken back."""

    evidence: Evidence | None
    """None where a finding was waived instead."""
    who: str
    """Person id."""
    second: str
    """Person id or empty."""
    at: datetime
    """UTC."""
    version: int
    """Event number."""
    station: str
    """Where."""


@dataclass(frozen=True)
class Facts:
    """One log, as the checker understands it."""

    begun: happened.Opened | happened.CountOpened
    """What it is made by."""
    kept: Mapping[str, Kept] = field(default_factory=lambda: MappingProxyType({}))
    """By slot."""
    preparers: frozenset[str] = frozenset()
    """Everybody who ever had a hand in it."""
    set_by: frozenset[str] = frozenset()
    """Everybody who ever handed in how its pump was set, or a syringe drawn by volume."""
    held_by: frozenset[str] = frozenset()
    """Everybody who ever had it."""
    holder: str = ""
    """Who has it."""
    station: str = ""
    """Where it is."""
    started_at: datetime | None = None
    """First accepted weighing ever; by volume the first syringe."""
    gloves_at: datetime | None = None
    """Last donned; None after a change of hands."""
    gown_at: datetime | None = None
    """The same for the gown."""
    category: int = 0
    """Worst sterility category of the cabinets used since the start; 0 before any."""
    stops: frozenset[str] = frozenset()
    """Why work is stopped."""
    order: str = ""
    """Worst thing the sender ever said: cancelled, changed, held, equal, or nothing."""
    changed_at: int = 0
    """Event number of the last change of the product."""
    inside: tuple[tuple[str, Container], ...] = ()
    """Containers by slot that count as part of it."""
    handled: tuple[tuple[str, datetime], ...] = ()
    """Every container that was ever scanned in, by its unit, and when: also those taken back."""
    aside: tuple[Container, ...] = ()
    """Containers taken out after they may have been opened, or thrown out by a redo."""
    final: Printed | None = None
    """The live final label."""
    in_process: Printed | None = None
    """The live in-process label."""
    moved: frozenset[str] = frozenset()
    """Second readings that were tried and showed a gain, however wrong they were otherwise, since the object was new."""
    over: frozenset[str] = frozenset()
    """Second readings of a vial or bag that truly found too much, or a vial too weak: nothing takes it out again."""
    diluted: int = 0
    """Vials weighed dry since the diluent was scanned, whatever became of them."""
    beyond: bool = False
    """A true reading of a syringe was more than its vials can have held."""
    lain: int = 0
    """Number of the last event from which the drug may have lain in the tray: stock, a count, a picture of it (R54)."""
    apart: bool = False
    """A second count, a reading of a pump or of a volume was unlike the first one, and not made anew since (R13, R54, R55)."""
    called: bool = False
    """A call waits for its answer."""
    weighed_at: datetime = NEVER
    """When the latest reading was taken that was ever accepted, also one taken back."""
    outcome: str = ""
    """How it ended."""
    closed: bool = False
    """Nothing may follow but corrections."""
    outside: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Weighings outside their limits, by slot, since the object was new."""
    harmed: bool = False
    """A spill, a leak or particles were noted once, whoever said so and whatever came of it."""
    unlike: bool = False
    """An opened vial once did not weigh what it weighed when it was kept."""
    carried_at: int = 0
    """Number of the last event that took it to another station; 0 for none."""
    waits: VialSetApart | None = None
    """The vial that was weighed out last, until it is kept with its label on."""
    stored: tuple[VialKept, ...] = ()
    """Vials of it that were kept for other doses."""
    loads: Mapping[str, tuple[Weighing, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """True readings of what is on the pan, by the slot of the second one, accepted or not, oldest first."""

    @property
    def opened(self) -> happened.Opened:
        """What it is made by, by weight. Raises ValueError where units are counted."""
        if not isinstance(self.begun, happened.Opened):
            raise ValueError("what is counted has neither a recipe nor a plan by weight")
        return self.begun

    @property
    def counted(self) -> happened.CountOpened | None:
        """What is counted, and how many; None where it is made by weight."""
        return self.begun if isinstance(self.begun, happened.CountOpened) else None

    @property
    def met(self) -> bool:
        """A final reading was tried that showed a gain: what was drawn is in the bag, right or wrong."""
        return not self.moved.isdisjoint(MIXED)

    def wet(self, slot: str) -> bool:
        """Say whether liquid was seen to go into what the first reading `slot` weighs as empty."""
        return any(first_of(second) == slot for second in self.moved)

    def step(self, name: str) -> dict[str, Kept]:
        """Return what is kept of one step, by slot."""
        return {slot: kept for slot, kept in self.kept.items() if slot.partition(":")[0] == name}

    def weighing(self, slot: str) -> Weighing | None:
        """Return the kept weighing of `slot`; where the load was weighed several times, with the mean of its readings."""
        found = self.kept[slot].evidence if slot in self.kept else None
        load = self.loads.get(slot, ())
        if not isinstance(found, Weighing) or len(load) < 2:
            return found if isinstance(found, Weighing) else None
        return replace(found, g=sum((one.g for one in load), Decimal(0)) / len(load))

    def photos(self) -> set[str]:
        """Return the digests of the kept pictures."""
        return {kept.evidence.sha256 for kept in self.kept.values() if isinstance(kept.evidence, Photo)}

    def to_be_seen(self) -> set[str]:
        """Return the digests of all pictures a signer must have looked at: those of typed codes too."""
        scans = (kept.evidence for kept in self.kept.values())
        return self.photos() | {one.photo for one in scans if isinstance(one, Scan) and one.how == "typed"}

    def typed(self) -> set[str]:
        """Return the slots whose code was typed."""
        return {s for s, k in self.kept.items() if isinstance(k.evidence, Scan) and k.evidence.how == "typed"}


def dose_mg(f: Facts) -> Decimal:
    """Return the ordered dose in mg."""
    return f.begun.order.dose * pumped.MG[f.begun.order.dose_unit]


def ordered_number(f: Facts) -> Decimal:
    """Return how many units the order asks for; 0 where it does not say."""
    return f.begun.order.dispense_quantity or Decimal(0)


def vials(f: Facts) -> int:
    """Return how many vials the dose needs, by order and recipe: the plan's own count is not believed."""
    return math.ceil(dose_mg(f) * pumped.beyond_dose(f.opened) / f.opened.recipe.vial_mg)


def in_a_bag(f: Facts) -> bool:
    """Say whether what is drawn goes into a bag of base fluid; else the one syringe is itself what leaves."""
    return f.opened.order.container in ("bag", "minibag")


def last_transfer(f: Facts) -> str:
    """Return the slot whose reading shows the dose where it will leave, or its last count."""
    if f.counted:
        return "count-2"
    if volumes.by_volume(f.begun):
        return "bag-mixed" if in_a_bag(f) else "syringe-read:1"
    if pumped.in_a_pump(f.begun.order):
        return "reservoir-full"
    return "bag-after" if in_a_bag(f) else "syringe-full:1"


def syringes(f: Facts) -> int:
    """Return how many syringes there are."""
    return len(f.opened.plan.syringes_ml)


def strength(f: Facts) -> Decimal:
    """Return mg/mL of what is drawn: the label's, or in mode B the actual one (R5)."""
    recipe, making = f.opened.recipe, f.opened.recipe.reconstitution
    if making is None or making.mode == "A" or making.displacement_ml is None or not making.diluent_density.g_per_ml:
        return recipe.concentration_mg_ml
    liquid = Decimal(0)
    for unit in range(1, vials(f) + 1):
        gain = gained(f, f"recon-after:{unit}")
        if gain is None:
            return recipe.concentration_mg_ml
        liquid += gain / making.diluent_density.g_per_ml + making.displacement_ml
    return recipe.vial_mg * vials(f) / liquid


def allowed(f: Facts, volume_ml: Decimal) -> Decimal | None:
    """Return the fraction allowed for one draw of `volume_ml` (R11); None where a weight alone does not count."""
    fractions: list[Decimal | None] = [None]
    for band in sorted(f.opened.policy.bands, key=lambda one: one.above_ml):
        weighed_from = not any(fractions) and band.tolerance is not None
        if volume_ml > band.above_ml or (weighed_from and volume_ml == band.above_ml):
            fractions.append(band.tolerance)
    known = [one for one in (*fractions, f.opened.recipe.tolerance) if one is not None]
    return min(known) if fractions[-1] is not None and volume_ml * 2 >= 1 else None


def expected(f: Facts, slot: str) -> tuple[Decimal, Decimal] | None:
    """Return expected grams and allowed fraction of the difference that ends in `slot`; None if none is right."""
    step, recipe = slot.partition(":")[0], f.opened.recipe
    if step == "recon-after" and recipe.reconstitution and recipe.reconstitution.diluent_density.g_per_ml:
        making = recipe.reconstitution
        return making.volume_ml * making.diluent_density.g_per_ml, making.tolerance  # type: ignore[operator]  # not None: asked above
    if recipe.density.g_per_ml is None:
        return None
    volume = dose_mg(f) * pumped.beyond_dose(f.opened) / strength(f)
    if step in ("fluid-full", "reservoir-full"):
        return _filling(f, step, volume)
    if step == "bag-after":
        return volume * recipe.density.g_per_ml, f.opened.policy.dose_tolerance
    share = volume / syringes(f)
    fraction = allowed(f, share)
    return None if fraction is None else (share * recipe.density.g_per_ml, fraction)


def _filling(f: Facts, step: str, drug_ml: Decimal) -> tuple[Decimal, Decimal] | None:
    """Return expected grams and allowed fraction of a syringe of diluent, or of all that is in a reservoir (R55)."""
    made, recipe = f.opened.recipe.reservoir, f.opened.recipe
    if made is None or not made.fluid_density.g_per_ml or not recipe.density.g_per_ml:
        return None
    fluid_ml = pumped.filled_ml(f.opened) - drug_ml
    if step == "reservoir-full":
        grams = drug_ml * recipe.density.g_per_ml + fluid_ml * made.fluid_density.g_per_ml
        return grams, f.opened.policy.filled_tolerance
    share = fluid_ml / max(pumped.fluid_syringes(f.opened), 1)
    fraction = allowed(f, share)
    return None if fraction is None else (share * made.fluid_density.g_per_ml, fraction)


def gained(f: Facts, slot: str) -> Decimal | None:
    """Return the grams between the first reading and the one kept for `slot`; None while one is missing."""
    first, second = f.weighing(first_of(slot)), f.weighing(slot)
    return second.g - first.g if first and second else None


def dispensed_mg(f: Facts) -> Decimal | None:
    """Return mg of the dose in all kept draws, of a pump in what it infuses; None while one is missing."""
    drawn = drawn_ml(f)
    if drawn is None:
        return None
    mg = drawn * strength(f)
    return mg * (pumped.to_infuse_ml(f.opened) / pumped.filled_ml(f.opened)) if pumped.in_a_pump(f.begun.order) else mg


def drawn_ml(f: Facts) -> Decimal | None:
    """Return mL of drug in all kept draws; None while one is missing."""
    if volumes.by_volume(f.begun):
        return volumes.in_all(f.kept, syringes(f))
    density = f.opened.recipe.density.g_per_ml
    gains = [gained(f, f"syringe-full:{unit}") for unit in range(1, syringes(f) + 1)]
    if density is None or None in gains:
        return None
    return sum((g for g in gains if g is not None), Decimal(0)) / density


def opened_before(f: Facts, unit: str) -> OpenVial | None:
    """Return what stands in the record of vial `unit` where an earlier dose was drawn from it."""
    return next((one.opened for slot, one in f.inside if slot == f"vial:{unit}"), None)


def content(f: Facts, unit: int) -> Decimal | None:
    """Return the grams of liquid in vial `unit` as it was made up; None for a liquid, or while it is not weighed."""
    before = opened_before(f, str(unit))
    if before is not None:
        return before.left_g if f.opened.recipe.reconstitution else None
    gain = gained(f, f"recon-after:{unit}")
    return None if gain is None else gain + f.opened.recipe.vial_mg / 1000


def draw_g(f: Facts, unit: int) -> Decimal | None:
    """Return the grams kept of syringe `unit`."""
    return gained(f, f"syringe-full:{unit}")


def available(f: Facts, unit: int) -> Decimal | None:
    """Return the grams that syringe `unit` can hold at most, by what the vials hold (R4); None where it is not known."""
    if syringes(f) == vials(f):
        return content(f, unit)
    stock = [content(f, vial) for vial in range(1, vials(f) + 1)]
    if None in stock:
        return None
    gone = (draw_g(f, other) or Decimal(0) for other in range(1, syringes(f) + 1) if other != unit)
    return sum((one for one in stock if one is not None), Decimal(0)) - sum(gone, Decimal(0))


def full_vial(f: Facts, unit: str) -> Weighing | None:
    """Return the reading of vial `unit` before anything was drawn from it for this dose."""
    if opened_before(f, unit) is not None:
        return f.weighing(f"vial-opened:{unit}")
    return f.weighing(f"{'recon-after' if f.opened.recipe.reconstitution else 'vial-before'}:{unit}")


def left_vials(f: Facts) -> Decimal | None:
    """Return the grams that all vials lost; None while one is not weighed again."""
    total = Decimal(0)
    for unit in range(1, vials(f) + 1):
        full, after = full_vial(f, str(unit)), f.weighing(f"vial-after:{unit}")
        if full is None or after is None:
            return None
        total += full.g - after.g
    return total


def vials_weighed(f: Facts) -> bool:
    """Say whether the vials have to be weighed after the draws (R4)."""
    return f.opened.policy.weigh_vials or f.beyond


def beyond_use(f: Facts) -> datetime | None:
    """Return the moment after which it may not be used (R30); None while it cannot be told."""
    zone = ZoneInfo(f.begun.policy.zone)
    if f.counted:
        ends = []
    else:
        recipe = f.opened.recipe
        if f.started_at is None or not f.category or recipe.stability_h is None:
            return None
        runs = (f.opened.order.duration_min or Decimal(0)) / 60
        within = recipe.stable_through_infusion or (pumped.in_a_pump(f.begun.order) and recipe.storage.startswith("20"))
        stable = min(recipe.stability_h, Decimal(2160)) - (runs if within else 0)
        sterile = f.started_at + timedelta(hours=STERILE_HOURS[recipe.storage][f.category])
        ends = [] if f.opened.order.container == "oral syringe" else [sterile]
        entered = [f.started_at, *(one.opened.punctured_at for _, one in f.inside if one.opened)]
        ends += [at + timedelta(minutes=int(stable * 60)) for at in entered]
        ends += others_until(f.inside, f.opened.recipe)
    for _, one in f.inside:
        if one.role != "device" and one.expiry:
            ends.append(datetime.combine(one.expiry, time.max, tzinfo=zone).astimezone(UTC))
    return min(ends, default=None) if f.started_at else None


def opened_until(f: Facts) -> datetime | None:
    """Return until when the vials may be used after the first weighing (R31); None before it."""
    if f.counted:
        return None
    hours = min(Decimal(12), f.opened.recipe.opened_h or Decimal(12))
    if f.started_at is None:
        return None
    return min([*others_until(f.inside, f.opened.recipe), f.started_at + timedelta(minutes=int(hours * 60))])


def first_of(slot: str) -> str:
    """Return the slot of the first reading that the second reading `slot` is the difference to; empty for no second one."""
    step, colon, unit = slot.partition(":")
    return f"{PAIRS[step]}{colon}{unit}" if step in PAIRS else ""
