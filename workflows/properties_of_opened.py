"""What the nine properties say of vials that were opened for an earlier dose, and of those that are kept (2, 3, 6, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from workflows import events as happened
from workflows import facts as read
from workflows import facts_of_pumps as pumped
from workflows import facts_of_waste as waste
from workflows.circumstances import Circumstances
from workflows.copying import replace
from workflows.evidence import CabinetCode, Container, Scan, Weighing
from workflows.facts import Facts
from workflows.open_vial import OpenVial
from workflows.sentences import Breach

Found = Iterator[Breach]
APART = 3 * Decimal(2).sqrt()
"""How many times s two readings of one object that nothing happened to may be apart (R4)."""
SOUND = "clear, no particles, its adaptor on and dry"
"""What is confirmed of a vial that another opened."""
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
    if "IT" in recipe.routes:
        return "it is given into the spine"
    if not recipe.opened_h or not recipe.stability_h:
        return "nobody knows how long it is good once it was opened"
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
    if now.no_stock or known.until <= now.at or known.label_g is None:
        yield Breach(2, f"{slot} was opened too long ago, or is no stock: {now.no_stock}")
    recipe, open_s = f.opened.recipe, Decimal(str((now.at - known.punctured_at).total_seconds()))
    if open_s >= 3600 * min(recipe.opened_h or Decimal(0), recipe.stability_h or Decimal(0), Decimal(12)):
        yield Breach(2, f"{slot} was opened {open_s} s ago, longer than {recipe.name} lets one serve")
    makes = [one.text.split()[0] for one in known.parts if one.role == "device"]
    if not makes or (recipe.cstd_brand and makes != [recipe.cstd_brand]):
        yield Breach(2, f"{slot} has {makes} on it, not {recipe.cstd_brand}")
    today = now.at.astimezone(ZoneInfo(f.opened.policy.zone)).date()
    if any(one.expiry is None or one.expiry < today for one in known.parts):
        yield Breach(2, f"{slot} holds or carries something that has expired")
    yield from _content(f, slot, known)
    if known.cabinet != _here(f):
        yield Breach(6, f"{slot} was opened in {known.cabinet}, not here")
    if known.left_ml - known.unsure_ml - f.opened.policy.dead_ml < needed_of(f, slot):
        yield Breach(2, f"{slot} does not surely hold what is needed of it")
    if slot.replace("vial:", "device:vial adaptor:") in f.kept:
        yield Breach(8, f"{slot} has its adaptor on, and one more was scanned for it")


def _content(f: Facts, slot: str, known: OpenVial) -> Found:
    """Yield where what is in an opened vial is not what would be drawn from a sealed one here."""
    making, inside = f.opened.recipe.reconstitution, [one.what for one in known.parts if one.role == "diluent"]
    if inside != ([making.diluent] if making else []):
        yield Breach(2, f"{slot} holds {inside}; here it is dissolved in {making.diluent if making else 'nothing'}")
    touched = {what.casefold() for one in known.parts if one.role == "device" for what in (one.materials or ("?",))}
    if f.opened.recipe.keeps_from and touched & {"?", *(one.casefold() for one in f.opened.recipe.keeps_from)}:
        yield Breach(2, f"{slot} has an adaptor of {touched}, which its drug is kept from")
    if known.density_g_per_ml is None or known.density_g_per_ml != f.opened.recipe.density.g_per_ml:
        yield Breach(3, f"{slot} was measured at {known.density_g_per_ml} g/mL, not as here")


def stands_alone(f: Facts, now: Circumstances) -> Found:
    """Yield which opened vial stands in the cabinet that is scanned, of another drug or beside an intrathecal dose."""
    for one in now.standing:
        if f.begun.order.route == "IT":
            yield Breach(16, f"begun with {one.text} open in the cabinet")
        elif one.drug != f.begun.order.drug:
            yield Breach(6, f"begun with {one.text}, another drug, open in the cabinet")


def looked_into(f: Facts, slot: str, now: Circumstances) -> Found:
    """Yield where somebody draws who did not look into the opened vials that it is drawn from."""
    for unit in range(1, read.vials(f) + 1):
        look = f.kept.get(f"vial-look:{unit}")
        if read.opened_before(f, str(unit)) is not None and (look is None or look.who != now.who.id):
            yield Breach(2, f"{slot} was drawn by {now.who.name}, who did not look into vial {unit}")


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
    if f.outside.get(slot, 0) >= f.opened.policy.max_attempts:
        yield Breach(3, f"{slot} was weighed until it was right")


def unweighed(f: Facts) -> Found:
    """Yield which vials were opened before and not weighed before they were drawn from."""
    for unit in range(1, read.vials(f) + 1):
        if read.opened_before(f, str(unit)) is None:
            continue
        if f.weighing(f"vial-opened:{unit}") is None:
            yield Breach(3, f"released though vial {unit}, opened before, was not weighed")
        if f"vial-look:{unit}" not in f.kept:
            yield Breach(2, f"released though nobody looked into vial {unit}, opened before")


def set_apart(f: Facts, e: happened.VialSetApart, now: Circumstances) -> Found:
    """Yield what is wrong with a vial that was weighed out and gets a label: whose, of what, by which reading, until when."""
    yield from _kept_from(f, e, now)
    inside, scanned, known = dict(f.inside), e.scan.found, e.container.opened
    vial = inside.get(e.slot)
    if vial is None or known is None:
        return
    if known.of != vial.unit or not isinstance(scanned, Container) or scanned.unit != vial.unit:
        yield Breach(8, f"{e.slot} was set apart as something that it is not")
    if known.gross_g != e.weighing.g or known.label_g is not None:
        yield Breach(8, f"{e.slot} was set apart as if its label were on it")
    yield from _parts(f, e.slot, known)
    yield from _by_weight(f, e, now)


def kept(f: Facts, e: happened.VialKept, now: Circumstances) -> Found:
    """Yield what is wrong with a vial that was kept: other than it was weighed out, or by a reading without its label."""
    yield from _kept_from(f, e, now)
    yield from _good_reading(e, now)
    out, known, scanned = f.waits, e.container.opened, e.scan.found
    before = out.container.opened if out else None
    if out is None or known is None or before is None or (out.slot, out.label) != (e.slot, e.label):
        yield Breach(8, f"{e.slot} was kept and is not what was set apart last")
        return
    if not isinstance(scanned, Container) or scanned.unit != f"U/{out.label}":
        yield Breach(8, f"{e.slot} was kept without its new label read")
    added = e.weighing.g - out.weighing.g
    if replace(known, gross_g=before.gross_g, label_g=None) != before or known.gross_g != e.weighing.g:
        yield Breach(8, f"{e.slot} was kept as something else than was set apart")
    label = f.opened.policy
    if (
        abs(added - label.label_g) > label.label_within_g
        or known.label_g != added
        or e.weighing.balance != out.weighing.balance
    ):
        yield Breach(3, f"{e.slot} weighs {added} g more than without its label")


def put_back(f: Facts, e: happened.Closed) -> Found:
    """Yield which opened vial was brought into a dose that was not made of it, and counts as anything but thrown away."""
    opened = {one.unit for one in waste.opened_before(f)} if not f.counted else set()
    used = {one.unit for _, one in f.inside} if f.outcome == "released" else set()
    for one in e.accounts:
        if one.unit in opened - used and one.fate != "wasted":
            yield Breach(8, f"{one.text}, opened before, counts as {one.fate}: nobody weighed and kept it anew")


def taken_back(f: Facts, slot: str) -> Found:
    """Yield which opened vial went back into its cabinet without a trace though something happened to it."""
    if any(name == slot and one.opened is not None for name, one in f.inside) and (f.harmed or f.unlike):
        yield Breach(8, f"{slot} was taken back after a spill, a leak, particles or another weight")


def _kept_from(f: Facts, e: happened.VialSetApart | happened.VialKept, now: Circumstances) -> Found:
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
    if not same or e.scan.how == "typed" or stock.unit != f"U/{e.label}" or any(one.slot == e.slot for one in f.stored):
        yield Breach(8, f"{e.slot} was kept twice, or as something or a unit that no label tells apart")
    handled = min([at for unit, at in f.handled if unit == vial.unit])
    first = known.punctured_at == (vial.opened.punctured_at if vial.opened else handled)
    if not first or known.until != _end(f, vial, known) or known.until <= now.at:
        yield Breach(8, f"{e.slot} was kept past its limit, or with another one")
    if known.cabinet != _here(f) or now.no_stock or _carried(f, e.slot):
        yield Breach(6, f"{e.slot} did not stay in the air of its cabinet: {now.no_stock}")
    today = now.at.astimezone(ZoneInfo(f.opened.policy.zone)).date()
    dated = (vial.expiry, *(one.expiry for one in known.parts))
    if now.recalled or vial.recalled or any(one is None or one < today for one in dated):
        yield Breach(8, f"{e.slot} was kept though it is no good any more")
    if f.harmed:
        yield Breach(8, f"{e.slot} was kept after a spill or particles")


def _end(f: Facts, vial: Container, known: OpenVial) -> datetime:
    """Return the end of a vial's limit, found out anew: from its first puncture, and the last day of all that is in it."""
    recipe, day = f.opened.recipe, timedelta(days=1)
    hours = [Decimal(12), recipe.stability_h or Decimal(0), *([recipe.opened_h] if recipe.opened_h else [])]
    ends = [known.punctured_at + timedelta(minutes=int(one * 60)) for one in hours]
    if vial.opened is not None:
        return min([*ends, vial.opened.until])
    zone = ZoneInfo(f.opened.policy.zone)
    days = [one for one in (vial.expiry, *(part.expiry for part in known.parts)) if one is not None]
    over = (datetime.combine(one + day, time.min, tzinfo=zone) - timedelta.resolution for one in days)
    return min([*ends, *(one.astimezone(UTC) for one in over)])


def _carried(f: Facts, slot: str) -> bool:
    """Say whether it was taken to another station since the vial of `slot` was scanned."""
    return slot not in f.kept or f.carried_at > f.kept[slot].version


def _parts(f: Facts, slot: str, known: OpenVial) -> Found:
    """Yield where a kept vial does not say what it was dissolved in, or which adaptor is on it."""
    unit, inside = slot.partition(":")[2], dict(f.inside)
    before = read.opened_before(f, unit)
    if before is not None:
        if known.parts != before.parts:
            yield Breach(8, f"{slot} was kept with other parts than it had")
        return
    wet, dry = f.kept.get("diluent"), f.kept.get(f"recon-before:{unit}")
    powder = f.opened.recipe.reconstitution is not None
    if powder and (wet is None or dry is None or wet.version > dry.version):
        yield Breach(8, f"{slot} was kept though nobody knows what it was dissolved in")
    wanted = [inside.get("diluent")] if powder else []
    had = [
        (one.item_id, one.lot, one.expiry, one.unit)
        for one in (*wanted, inside.get(f"device:vial adaptor:{unit}"))
        if one
    ]
    if len(had) != len(wanted) + 1 or had != [(one.item_id, one.lot, one.expiry, one.unit) for one in known.parts]:
        yield Breach(8, f"{slot} was kept without its adaptor or its diluent on record")


def _good_reading(e: happened.VialSetApart | happened.VialKept, now: Circumstances) -> Found:
    balance, reading = now.balance, e.weighing
    if balance is None:
        yield Breach(3, f"{e.slot} was kept without a balance")
        return
    checked = [balance.check_valid_until, balance.calibrated_until]
    if balance.checked_at is None or any(one is None or one <= now.at for one in checked):
        yield Breach(3, f"{e.slot} was kept by a balance whose check is over")
    settled = reading.mode in ("stable", "averaged") and reading.balance == balance.serial and reading.g > 0
    if not settled or reading.zero_g is None or abs(reading.zero_g) > 2 * balance.division_g:
        yield Breach(3, f"{e.slot} was kept by a reading that is none")


def _by_weight(f: Facts, e: happened.VialSetApart, now: Circumstances) -> Found:
    unit, balance, known, reading = e.slot.partition(":")[2], now.balance, e.container.opened, e.weighing
    full, density = read.full_vial(f, unit), f.opened.recipe.density.g_per_ml
    yield from _good_reading(e, now)
    if balance is None or known is None or full is None or density is None or full.balance != reading.balance:
        yield Breach(3, f"{e.slot} was kept without two readings of one balance")
        return
    lost, noise = full.g - reading.g, APART * max(balance.repeatability_g, full.repeatability_g or Decimal(0))
    drawn = sum((read.draw_g(f, one) or Decimal(0) for one in range(1, read.syringes(f) + 1)), Decimal(0))
    most, after = max(drawn * Decimal("0.02"), noise), f.weighing(f"vial-after:{unit}")
    if read.vials(f) > 1 and after is None:
        yield Breach(8, f"{e.slot} was kept of several, and none was weighed after the draws")
    alone = read.vials(f) == 1 and drawn - lost > most
    if lost < -noise or lost - drawn > most or alone or (after is not None and abs(after.g - reading.g) > noise):
        yield Breach(8, f"{e.slot} lost {lost} g; {drawn} g were drawn")
    before = read.opened_before(f, unit)
    made = read.content(f, int(unit)) if f.opened.recipe.reconstitution else f.opened.recipe.vial_ml * density
    held = before.left_g if before else made
    if held is None or known.left_g > held - max(lost, Decimal(0)):
        yield Breach(8, f"{e.slot} was kept with {known.left_g} g, of which {lost} g are gone")
    if not 0 <= min(known.left_g / density, _spare_ml(f)) - known.left_ml < Decimal("0.001"):
        yield Breach(8, f"{e.slot} was kept with another volume than its weight is, or with some that counts as used")
    if known.density_g_per_ml != density:
        yield Breach(8, f"{e.slot} was kept by another density than it was drawn by")
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
