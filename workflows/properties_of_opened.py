"""What the nine properties say of vials that were opened for an earlier dose, and of those that are kept (2, 3, 6, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from workflows import events as happened
from workflows import facts as read
from workflows import facts_of_pumps as pumped
from workflows import facts_of_waste as waste
from workflows.circumstances import Circumstances
from workflows.evidence import CabinetCode, Container, Scan, Weighing
from workflows.facts import Facts
from workflows.sentences import Breach

Found = Iterator[Breach]
APART = 3 * Decimal(2).sqrt()
"""How many times s two readings of one object that nothing happened to may be apart (R4)."""
NEARLY = Decimal("1E-9")
"""mg that two ways of one sum may be apart."""
SAID = ("NCT", "clinical trial", "study", "investigational")
"""Words that an order of a trial has, as the walk writes them."""


def _forbidden(f: Facts) -> str:
    """Say what forbids that a vial serves two doses here; empty where nothing does."""
    recipe, policy, order = f.opened.recipe, f.opened.policy, f.begun.order
    if not (policy.share_vials and recipe.may_be_shared and policy.cstd) or recipe.single_dose is None:
        return "nobody permits it, or no closed-system device keeps it"
    if recipe.reconstitution is not None and recipe.reconstitution.mode == "B":
        return "its strength is its own dose's alone"
    return "it is a trial's" if any(word in order.protocol for word in SAID) else ""


def _here(f: Facts) -> str:
    scan = f.kept["cabinet"].evidence if "cabinet" in f.kept else None
    found = scan.found if isinstance(scan, Scan) else None
    return found.code if isinstance(found, CabinetCode) else ""


def taken_in(f: Facts, slot: str, found: Container, now: Circumstances) -> Found:
    """Yield what is wrong with an opened vial that was accepted for `slot`."""
    known = found.opened
    if known is None:
        return
    if why := _forbidden(f):
        yield Breach(2, f"{slot} was opened for another dose: {why}")
    if now.no_stock or known.until <= now.at:
        yield Breach(2, f"{slot} was opened too long ago, or is no stock: {now.no_stock}")
    if known.cabinet != _here(f):
        yield Breach(6, f"{slot} was opened in {known.cabinet}, not here")
    if known.left_ml - known.unsure_ml - f.opened.policy.dead_ml < needed_of(f, slot):
        yield Breach(2, f"{slot} does not surely hold what is needed of it")
    adaptors = sum(name.startswith("device:vial adaptor") for name in f.kept)
    opened = sum(one.opened is not None for name, one in f.inside if name.startswith("vial:")) + 1
    if adaptors > read.vials(f) - opened:
        yield Breach(8, f"{slot} has its adaptor on, and one more was scanned for it")


def needed_of(f: Facts, slot: str) -> Decimal:
    """Return the mL that the vial of `slot` has to give: for its own syringe, or what is surely in no other vial."""
    recipe, count, dead = f.opened.recipe, read.vials(f), f.opened.policy.dead_ml
    need = read.dose_mg(f) * pumped.beyond_dose(f.opened) / recipe.concentration_mg_ml
    if count > 1 and read.syringes(f) == count:
        return need / count
    for unit in range(1, count + 1):
        other = read.opened_before(f, str(unit))
        if slot != f"vial:{unit}":
            need -= recipe.vial_ml if other is None else other.left_ml - other.unsure_ml - dead
    return need


def weighed_in(f: Facts, slot: str, reading: Weighing | None, noise: Decimal) -> Found:
    """Yield where an opened vial does not weigh what it weighed when it was kept."""
    known = read.opened_before(f, slot.partition(":")[2])
    if (
        known is None
        or reading is None
        or known.balance != reading.balance
        or abs(reading.g - known.gross_g) > APART * noise
    ):
        yield Breach(3, f"{slot} is not the vial that was kept, or something left it or came in")


def unweighed(f: Facts) -> Found:
    """Yield which vials were opened before and not weighed before they were drawn from."""
    for unit in range(1, read.vials(f) + 1):
        if read.opened_before(f, str(unit)) and f.weighing(f"vial-opened:{unit}") is None:
            yield Breach(3, f"released though vial {unit}, opened before, was not weighed")


def kept(f: Facts, e: happened.VialKept, now: Circumstances) -> Found:
    """Yield what is wrong with a vial that was kept: whose, of what, by which reading, until when."""
    yield from _kept_from(f, e, now)
    yield from _kept_by_weight(f, e, now)


def _kept_from(f: Facts, e: happened.VialKept, now: Circumstances) -> Found:
    inside, stock = dict(f.inside), e.container
    vial, known = inside.get(e.slot), e.container.opened
    if f.outcome != "released" or now.who.id != f.holder or now.station != f.station or now.occupied_by:
        yield Breach(8, f"{e.slot} was kept of a dose {f.outcome or 'not ended'}, or by {now.who.name} elsewhere")
    if why := _forbidden(f):
        yield Breach(8, f"{e.slot} was kept: {why}")
    if vial is None or known is None or f.started_at is None:
        yield Breach(8, f"{e.slot} was kept and is no vial of it")
        return
    same = (stock.drug, stock.ndc, stock.lot, stock.expiry, stock.concentration_mg_ml) == (
        *(vial.drug, vial.ndc, vial.lot, vial.expiry, vial.concentration_mg_ml),
    )
    scanned = e.scan.found
    if not same or known.of != vial.unit or not isinstance(scanned, Container) or scanned.unit != vial.unit:
        yield Breach(8, f"{e.slot} was kept as something that it is not")
    if e.scan.how == "typed" or stock.unit != f"U/{e.label}" or any(one.slot == e.slot for one in f.stored):
        yield Breach(8, f"{e.slot} was kept twice, or as a unit that no label tells apart")
    hours = min(Decimal(12), f.opened.recipe.opened_h or Decimal(12))
    end = vial.opened.until if vial.opened else f.started_at + timedelta(minutes=int(hours * 60))
    if known.until != end or end <= now.at:
        yield Breach(8, f"{e.slot} was kept past its limit, or with another one")
    if known.cabinet != _here(f) or now.no_stock:
        yield Breach(6, f"{e.slot} did not stay in the air of its cabinet: {now.no_stock}")
    today = now.at.astimezone(ZoneInfo(f.opened.policy.zone)).date()
    if now.recalled or vial.recalled or vial.expiry is None or vial.expiry < today:
        yield Breach(8, f"{e.slot} was kept though it is no good any more")
    adaptors = [one for name, one in f.kept.items() if name.startswith("device:vial adaptor")]
    sealed = sum(one.opened is None for name, one in f.inside if name.startswith("vial:"))
    if len(adaptors) != sealed or any(one.evidence is None for one in adaptors) or f.harmed:
        yield Breach(8, f"{e.slot} was kept without its adaptor on record, or after a spill or particles")


def _kept_by_weight(f: Facts, e: happened.VialKept, now: Circumstances) -> Found:
    unit, balance, known, reading = e.slot.partition(":")[2], now.balance, e.container.opened, e.weighing
    full, density = read.full_vial(f, unit), f.opened.recipe.density.g_per_ml
    if balance is None or known is None or full is None or density is None or full.balance != reading.balance:
        yield Breach(3, f"{e.slot} was kept without two readings of one balance")
        return
    checked = [balance.check_valid_until, balance.calibrated_until]
    if balance.checked_at is None or any(one is None or one <= now.at for one in checked):
        yield Breach(3, f"{e.slot} was kept by a balance whose check is over")
    settled = reading.mode in ("stable", "averaged") and reading.balance == balance.serial and reading.g > 0
    if not settled or reading.zero_g is None or abs(reading.zero_g) > 2 * balance.division_g:
        yield Breach(3, f"{e.slot} was kept by a reading that is none")
    lost, noise = full.g - reading.g, APART * max(balance.repeatability_g, full.repeatability_g or Decimal(0))
    drawn = sum((read.draw_g(f, one) or Decimal(0) for one in range(1, read.syringes(f) + 1)), Decimal(0))
    most, after = max(drawn * Decimal("0.02"), noise), f.weighing(f"vial-after:{unit}")
    alone = read.vials(f) == 1 and drawn - lost > most
    if lost < -noise or lost - drawn > most or alone or (after is not None and abs(after.g - reading.g) > noise):
        yield Breach(8, f"{e.slot} lost {lost} g; {drawn} g were drawn")
    before = read.opened_before(f, unit)
    made = read.content(f, int(unit)) if f.opened.recipe.reconstitution else f.opened.recipe.vial_ml * density
    held = before.left_g if before else made
    if held is None or known.left_g > held - max(lost, Decimal(0)) or known.gross_g != reading.g:
        yield Breach(8, f"{e.slot} was kept with {known.left_g} g, of which {lost} g are gone")
    if not 0 <= min(known.left_g / density, _spare_ml(f)) - known.left_ml < Decimal("0.001"):
        yield Breach(8, f"{e.slot} was kept with another volume than its weight is, or with some that counts as used")
    if known.unsure_ml < 2 * Decimal(2).sqrt() * balance.repeatability_g / density:
        yield Breach(8, f"{e.slot} was kept as if no balance had a doubt")
    if known.left_ml - known.unsure_ml <= f.opened.policy.dead_ml:
        yield Breach(8, f"{e.slot} was kept with nothing in it that can be drawn")


def _spare_ml(f: Facts) -> Decimal:
    """Return the mL in all vials that are neither the dose's nor another kept vial's."""
    strength = f.opened.recipe.concentration_mg_ml
    full = f.opened.recipe.vial_ml * strength
    vials = (waste.counted_mg(f, one, full) for _, one in f.inside if one.role == "drug")
    mg = sum(vials, Decimal(0)) - read.dose_mg(f) * pumped.beyond_dose(f.opened)
    return (mg - sum((one.left_mg for one in f.stored), Decimal(0))) / strength


def accounted(f: Facts, e: happened.Closed) -> Found:
    """Yield where what was brought in is not what was used, kept and thrown away, or a kept vial counts as another."""
    stored = {one.container.opened.of for one in f.stored if one.container.opened}
    told = {one.unit for one in e.accounts if one.fate == "used, rest kept"} if not f.counted else stored
    if told != stored or e.kept_mg != sum((one.left_mg for one in f.stored), Decimal(0)):
        yield Breach(8, f"{e.kept_mg} mg count as kept; {len(stored)} vials were")
    if f.counted or f.started_at is None:
        return
    recipe = f.opened.recipe
    vials = [one for one in (*f.aside, *(one for _, one in f.inside)) if one.role == "drug"]
    if f.outcome == "released" and not f.aside:
        brought = sum(
            (waste.counted_mg(f, one, recipe.vial_ml * recipe.concentration_mg_ml) for one in vials), Decimal(0)
        )
        said = e.brought_mg or Decimal(0)
        if abs(said - brought) > NEARLY or said + NEARLY < e.kept_mg + e.wasted_mg + read.dose_mg(f):
            yield Breach(8, f"{e.brought_mg} mg count as brought in; {brought} mg were")
