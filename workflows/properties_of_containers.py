"""What a syringe's and a pump's own sentences ask, judged as the dose leaves, and as a pump's programme is read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows import facts as read
from workflows import facts_of_doses as doses
from workflows import facts_of_pumps as pumped
from workflows import properties_of_oral as mouth
from workflows.circumstances import Circumstances
from workflows.evidence import CabinetCode, Confirmation, Container, Photo, Programme, Scan
from workflows.facts import Facts
from workflows.properties import AT_A_DESK, Found, is_pharmacist, is_technician
from workflows.properties_of_names import is_fatal
from workflows.recipe import LibraryEntry
from workflows.sentences import Breach


def own(f: Facts) -> Found:
    """Yield what of the container's own sentences is broken by a release."""
    if f.counted:
        return
    yield from asked_for(f)
    if pumped.in_a_pump(f.begun.order):
        yield from in_its_pump(f)
    elif mouth.by_mouth(f.begun.order):
        yield from mouth.leaves(f)
    elif not read.in_a_bag(f):
        yield from in_its_syringe(f)


def asked_for(f: Facts) -> Found:
    """Yield that a dose was released that its order does not ask for (7)."""
    number, doses = f.begun.order.dose_no, f.begun.order.doses_total
    if number is not None and number not in range(1, (doses or 0) + 1):
        yield Breach(7, f"dose {number} was released of an order for {doses}")


def in_its_syringe(f: Facts) -> Found:
    """Yield what may not be released in a syringe (10, 11)."""
    if is_fatal(f.opened.recipe):
        yield Breach(10, f"{f.opened.recipe.drug} was released in a syringe")
    if f.opened.order.route == "IT":
        yield from _into_the_spine(f)
    size, dose = f.opened.plan.syringes_ml[0], read.dose_mg(f)
    planned, drawn = dose / f.opened.recipe.concentration_mg_ml, dose / read.strength(f)
    if read.syringes(f) != 1 or planned > size * Decimal("0.75") or drawn > size:
        yield Breach(11, f"{drawn} mL, planned as {planned}, in {read.syringes(f)} syringes of {size} mL")


INTO_THE_SPINE = (
    *("cytarabin", "citarabin", "hydrocortison", "hidrocortison"),
    *("methotrexat", "metotrexat", "thiotepa", "tiotepa"),
)
"""What is given there, as the checker knows it."""


def _into_the_spine(f: Facts) -> Found:
    """Yield what may not be released to be given intrathecally (16)."""
    recipe = f.opened.recipe
    if recipe.routes != ("IT",) or not recipe.preservative_free or "bortezomib" in recipe.drug:
        yield Breach(16, f"{recipe.name} is no recipe for an intrathecal dose")
    first, *rest = recipe.drug.casefold().split()
    if not first.startswith(INTO_THE_SPINE) or {"and", "liposomal", "liposome"} & {*rest}:
        yield Breach(16, f"{recipe.drug} is given into no spine")
    if "premix" not in f.kept:
        yield Breach(16, "no pharmacist looked at an intrathecal dose before it went on")


def set_apart(f: Facts, slot: str, evidence: object, now: Circumstances) -> Found:
    """Yield where work on an intrathecal dose goes on in a cabinet that was not cleaned, or looked into, for it alone (16)."""
    step = slot.partition(":")[0]
    if f.begun.order.route != "IT" or step == "ppe":
        return
    found = evidence.found if isinstance(evidence, Scan) else None
    if isinstance(found, CabinetCode) and found.last_drug and not found.decontaminated:
        yield Breach(16, f"{found.code} was not decontaminated before an intrathecal dose")
    words = "cabinet empty but for this intrathecal dose, no vinca drug in it or beside it"
    if step == "apart" and (not isinstance(evidence, Confirmation) or evidence.item != words):
        yield Breach(16, "nobody said that nothing else was in the cabinet")
    apart = f.kept.get("apart")
    begins = step in AT_A_DESK or step in ("cabinet", "apart")
    if not begins and (apart is None or apart.station != now.station):
        yield Breach(16, f"{slot} before anybody saw that nothing else was in the cabinet")


def in_its_pump(f: Facts) -> Found:
    """Yield what may not be released in a pump (12 to 15)."""
    if is_fatal(f.opened.recipe):
        yield Breach(12, f"{f.opened.recipe.drug} was released in a pump")
    yield from _paced(f)
    yield from _filled(f)
    if f.opened.order.container == "cassette":
        yield from _programmed(f)


def _paced(f: Facts) -> Found:
    pump, recipe = f.opened.plan.pump, f.opened.recipe
    made, minutes, ordered = recipe.reservoir, f.opened.order.duration_min, f.opened.order.rate_ml_h
    if pump is None or made is None or minutes is None:
        yield Breach(13, "released without a rate or without hours")
        return
    if (
        pump.infuse_ml != pumped.to_infuse_ml(f.opened)
        or pump.hours * 60 != minutes
        or ordered not in (None, pump.rate_ml_h)
    ):
        yield Breach(13, f"{pump.rate_ml_h} mL/h for {minutes} min is not {pump.infuse_ml} mL, or not as ordered")
    if f.opened.order.container == "cassette" and pump.rate_ml_h % made.rate_step_ml_h:
        yield Breach(13, f"no pump is set to {pump.rate_ml_h} mL/h")
    told = pumped.to_infuse_ml(f.opened) + made.residual_ml
    if f.opened.order.container == "cassette" and told % made.volume_step_ml:
        yield Breach(13, f"no pump shows {told} mL")
    if minutes > 60 * (made.running_h or (recipe.stability_h if recipe.storage.startswith("20") else 0) or 0):
        yield Breach(7, f"it runs {minutes} min, and nobody says that it is stable for so long")
    given, dose = doses.infused_mg(f), read.dose_mg(f)
    if given is None or abs(given - dose) > dose * f.opened.policy.dose_tolerance:
        yield Breach(13, f"{pump.infuse_ml} mL hold {given} mg of {dose} mg")


def _filled(f: Facts) -> Found:
    kind, planned = f.kept.get("reservoir"), f.opened.plan.pump
    scan = kind.evidence if kind else None
    found = scan.found if isinstance(scan, Scan) else None
    named = str(f.opened.order.container)
    if named == "elastomeric" and planned is not None:
        named = f"elastomeric {planned.rate_ml_h.normalize():f} mL/h"
    if not isinstance(found, Container) or found.part != named or (found.volume_ml or 0) < pumped.filled_ml(f.opened):
        yield Breach(14, f"released in {found}, which is no {named} for {pumped.filled_ml(f.opened)} mL")
    wanted, has = read.expected(f, "reservoir-full"), read.gained(f, "reservoir-full")
    if wanted is None or has is None or abs(has - wanted[0]) > wanted[0] * wanted[1]:
        yield Breach(14, f"released with {has} g in the reservoir; {wanted} g were planned")
    shut = f.kept.get("reservoir-closed")
    if shut is None or not isinstance(shut.evidence, Confirmation):
        yield Breach(14, "released though nobody saw to its air and clamp")


def _programmed(f: Facts) -> Found:
    set_by, checked, shown = (f.kept.get(slot) for slot in ("programme", "programme-check", "photo-pump"))
    if set_by is None or checked is None:
        yield Breach(15, "released without its programme read by two people")
        return
    if not checked.second or checked.second in {set_by.who, checked.who, *f.set_by}:
        yield Breach(15, "released on one person's word for the programme")
    for one in (set_by.evidence, checked.evidence):
        yield from read_as_planned(f, one)
    if shown is None or not isinstance(shown.evidence, Photo):
        yield Breach(15, "released without a picture of the pump's screen")
    elif not in_turn(f):
        yield Breach(15, "the pump was not set, then photographed, then read by another")


def in_turn(f: Facts) -> bool:
    """Say whether what is kept of a pump's programme came in turn: it was set, then photographed, then read by another."""
    kept = [f.kept[slot].version for slot in ("programme", "photo-pump", "programme-check") if slot in f.kept]
    return kept == sorted(kept)


def read_as_planned(f: Facts, programme: object) -> Found:
    """Yield where a programme is not what order, recipe and register ask for (15)."""
    if not isinstance(programme, Programme):
        yield Breach(15, "the programme is none")
        return
    ordered, made = f.opened.order, f.opened.recipe.reservoir
    told = pumped.to_infuse_ml(f.opened) + (made.residual_ml if made else Decimal(0))
    if programme.reservoir_ml != told or programme.hours * 60 != ordered.duration_min or not programme.locked:
        yield Breach(15, f"the pump was told {programme}; {told} mL in {ordered.duration_min} min were ordered")
    if programme.rate_ml_h * programme.hours != pumped.to_infuse_ml(f.opened):
        yield Breach(
            15, f"{programme.rate_ml_h} mL/h for {programme.hours} h is not {pumped.to_infuse_ml(f.opened)} mL"
        )
    if not any(_covers(f, entry, programme) for entry in f.opened.policy.pump_library):
        yield Breach(15, f"{programme.entry} {programme.version} is no signed entry for {f.opened.recipe.drug}")


def _covers(f: Facts, entry: LibraryEntry, programme: Programme) -> bool:
    """Say whether a line of the register is the programme's, for this drug, and signed by two."""
    mg_ml = read.dose_mg(f) / (pumped.to_infuse_ml(f.opened) or Decimal(1))
    return (
        (entry.entry, entry.version, entry.drug) == (programme.entry, programme.version, f.opened.recipe.drug)
        and entry.least_mg_ml <= mg_ml <= entry.most_mg_ml
        and bool(entry.pharmacist and entry.nurse and entry.pharmacist != entry.nurse)
    )


def read_by(f: Facts, slot: str, programme: Programme, now: Circumstances) -> Iterator[Breach]:
    """Yield what is wrong with a programme as it is accepted: other than planned, or vouched for by one person (15)."""
    yield from read_as_planned(f, programme)
    second = now.second
    if slot != "programme-check":
        return
    if not in_turn(f):
        yield Breach(15, "the pump was read before its screen was photographed as it is set now")
    if f.apart:
        yield Breach(15, "the pump was read otherwise than it was set, and was not set anew")
    apart = second is not None and second.id not in {now.who.id, *f.set_by}
    if not apart or not (is_pharmacist(second) or is_technician(f, second, now)):
        yield Breach(15, "the programme was checked without an entitled second person")
