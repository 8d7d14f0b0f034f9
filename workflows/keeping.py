"""Keeping an opened vial of a released dose for another: by who made it, in its cabinet, weighed, in its limit (R31, R32).

It is asked twice: weighed as it stands, for what is left, it gets a label; weighed with that label on, it is stock.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_UP, Decimal

from workflows import commands as asked
from workflows import holding, sharing
from workflows.accounts import VialKept, VialSetApart
from workflows.circumstances import Circumstances
from workflows.copying import replace
from workflows.evidence import Container, Weighing
from workflows.findings import Refused
from workflows.gates import may_work
from workflows.open_vial import CameWith, OpenVial
from workflows.preparation import Preparation
from workflows.rules import expiry, weighing
from workflows.rules.rule import Case
from workflows.uncertainty import stated
from workflows.wording import amount

STEP_ML = Decimal("0.001")
"""mL to which what is left is stated: never more than there is, never surer than it is."""
DISCARD = "Discard it with the other leftovers."
READ = (weighing.IS_SETTLED, weighing.IS_FRESH, weighing.IS_QUALIFIED, weighing.IS_ZEROED)
"""What must be so of every reading, also of this one."""


def keep(p: Preparation, command: asked.Keep, now: Circumstances) -> tuple[VialSetApart | VialKept, ...] | Refused:
    """Return that a vial was set apart, or kept with its label on, and as what; or why it is discarded instead."""
    found, apart = command.scan.found, sharing.set_apart(p)
    again = apart is not None and isinstance(found, Container) and found.unit == apart.container.unit
    unit = apart.slot.partition(":")[2] if apart is not None and again else _which(p, found)
    if not isinstance(found, Container) or unit is None or p.outcome != "released":
        return not_now(p) or Refused(
            "NOT_ONE_OF_THEM", "That is no vial of this preparation. Scan the vial's own code."
        )
    unable = why_not(p, unit, now) or may_work(p, now, paused=True)
    if unable:
        return unable
    if command.scan.how == "typed":
        return Refused("TYPED", f"A vial that is kept is scanned, not typed. {DISCARD}")
    read = _stated(command.weighing, now)
    for rule in READ:
        if wrong := rule.check(Case(p, f"vial-kept:{unit}", read, now)):
            return Refused(wrong.code, f"{wrong.says} {wrong.do}")
    if apart is not None and again:
        done = _with_its_label(p, apart, command, read)
        return done if isinstance(done, Refused) else (done,)
    weighed = _left(p, unit, read)
    stock = weighed if isinstance(weighed, Refused) else _as_stock(p, unit, command, read, weighed, now)
    return stock if isinstance(stock, Refused) else (stock,)


def _with_its_label(p: Preparation, apart: VialSetApart, command: asked.Keep, read: Weighing) -> VialKept | Refused:
    """Return that a vial is stock, as it weighs with its label on: what it must weigh when somebody draws from it next."""
    known, label_g = apart.container.opened, read.g - apart.weighing.g
    if known is None:
        raise ValueError("a vial was set apart as one that was never opened")
    if read.balance != apart.weighing.balance:
        return Refused("OTHER_BALANCE", f"It was weighed on another balance without its label. {DISCARD}")
    if not _is_a_label(p, label_g):
        said = f"{amount(p.policy.label_g)} g, give or take {amount(p.policy.label_within_g)} g"
        says = f"It weighs {label_g:+.3f} g against before; a unit label weighs {said}."
        return Refused(
            "LABEL_NOT_ON", f"{says} Is the new label on it, and nothing else? Weigh it again, or discard it."
        )
    stock = replace(apart.container, opened=replace(known, gross_g=read.g, label_g=label_g))
    return VialKept(apart.slot, stock, command.scan, read, apart.label)


def _is_a_label(p: Preparation, grams: Decimal) -> bool:
    """Say whether what a vial gained can be one unit label, by the site's own (R32)."""
    return abs(grams - p.policy.label_g) <= p.policy.label_within_g


def _stated(reading: Weighing, now: Circumstances) -> Weighing:
    """Return the reading with what the balance could do then."""
    known = stated(reading, now.balance)
    return known if isinstance(known, Weighing) else reading


def not_now(p: Preparation) -> Refused | None:
    """Say that nothing is kept before its dose was released, or of a run without a product; or None (R28)."""
    if p.outcome == "released":
        return None
    says = (
        "A vial is kept after its dose was released."
        if not p.outcome
        else f"It was {p.outcome}: nothing of it is kept."
    )
    return Refused("NOT_RELEASED", f"{says}")


def why_not(p: Preparation, unit: str, now: Circumstances) -> Refused | None:
    """Say why vial `unit` of a released dose is not kept, whoever asks; None where it may be."""
    vial, limit = sharing.vial_of(p, unit), sharing.limit_of(p, unit)
    if p.counts or vial is None or limit is None:
        return Refused("NOT_ONE_OF_THEM", "That is no vial of this preparation.")
    if why := sharing.why_not(p.order, p.recipe, p.policy) or ("it was made by volume" if p.plan.by_volume else ""):
        return Refused("NOT_SHARED", f"Nothing of it is kept: {why}. {DISCARD}")
    if any(one.slot == f"vial:{unit}" for one in sharing.kept(p)):
        return Refused("KEPT_ALREADY", "This vial was kept already.")
    if limit <= now.at:
        return Refused("OPEN_TOO_LONG", f"Its in-use limit has passed. {DISCARD}")
    things: tuple[Container | CameWith, ...] = (vial, *sharing.parts_of(p, unit))
    if vial.recalled or now.recalled or any(expiry.expired(one, now.at, p.policy.zone) for one in things):
        return Refused("NOT_GOOD", f"It is recalled, or has expired. {DISCARD}")
    return _not_whole(p, unit, now)


def _not_whole(p: Preparation, unit: str, now: Circumstances) -> Refused | None:
    """Say that its containment or its cabinet was not the same throughout, or that something happened to it."""
    roles = {one.role for one in sharing.parts_of(p, unit)}
    if "device" not in roles:
        return Refused("NO_CSTD", f"Its closed-system adaptor is not on record. {DISCARD}")
    if p.recipe.reconstitution is not None and "diluent" not in roles:
        return Refused("NO_DILUENT", f"Which diluent it was dissolved in is not on record. {DISCARD}")
    if sharing.harmed(p):
        return Refused("INTEGRITY", f"A spill, a leak or particles were noted. {DISCARD}")
    if sharing.carried(p, unit):
        return Refused("CARRIED", f"It was carried to another cabinet since it was opened. {DISCARD}")
    if now.no_stock:
        return Refused("CABINET_BROKEN", f"It cannot become stock: {now.no_stock}. {DISCARD}")
    if now.occupied_by:
        return Refused("CABINET_OCCUPIED", f"Preparation {now.occupied_by} is open in this cabinet. {DISCARD}")
    return None


def _which(p: Preparation, found: object) -> str | None:
    if p.counts or not isinstance(found, Container) or not found.unit:
        return None
    units = (str(unit) for unit in range(1, p.plan.vials + 1))
    return next((unit for unit in units if (one := sharing.vial_of(p, unit)) and one.unit == found.unit), None)


def _left(p: Preparation, unit: str, read: Weighing) -> Decimal | Refused:
    """Return the g left in a vial, or why the balance does not bear it out (R4)."""
    full, held, drawn = p.weighing(holding.full_slot(p, unit)), holding.labelled(p, unit), holding.drawn_in_all(p)
    if full is None or held is None or drawn is None:
        return Refused("NOT_WEIGHED", f"It was not weighed before it was drawn from. {DISCARD}")
    if full.balance != read.balance:
        return Refused("OTHER_BALANCE", f"It was weighed on another balance before. {DISCARD}")
    after = p.weighing(f"vial-after:{unit}")
    if after is None and p.plan.vials > 1:
        return Refused(
            "NOT_WEIGHED", f"It was not weighed after the draws: which vial gave how much nobody knows. {DISCARD}"
        )
    lost, noise = full.g - read.g, sharing.NOISE * _scatter(full, read)
    most = max(drawn * Decimal("0.02"), noise)
    gone = (
        lost < -noise
        or lost - drawn > most
        or (p.plan.vials == 1 and drawn - lost > most)
        or (after is not None and abs(after.g - read.g) > noise)
    )
    if gone:
        says = f"It lost {lost:.3f} g; the syringes hold {drawn:.3f} g."
        return Refused("VIALS_DISAGREE", f"{says} Is it this vial, with its adaptor? Weigh it again, or discard it.")
    return sharing.left_after(full.g, held, read.g)


def _scatter(*readings: Weighing) -> Decimal:
    return max((one.repeatability_g or Decimal(0) for one in readings), default=Decimal(0))


def _as_stock(
    p: Preparation, unit: str, command: asked.Keep, read: Weighing, left_g: Decimal, now: Circumstances
) -> VialSetApart | Refused:
    vial, full, limit = sharing.vial_of(p, unit), p.weighing(holding.full_slot(p, unit)), sharing.limit_of(p, unit)
    density, before = p.recipe.density, holding.opened_vial(p, unit)
    opened = sharing.punctured_at(p, unit)
    if vial is None or full is None or limit is None or opened is None or not density.g_per_ml or not p.cabinet:
        raise ValueError(f"vial {unit} of a released dose lacks what a dose is not released without")
    unsure = sharing.unsure_ml(left_g, _scatter(full, read), density.g_per_ml, density.uncertainty_g_per_ml)
    known = OpenVial(
        of=vial.unit,
        punctured_at=opened,
        until=limit,
        cabinet=p.cabinet.code,
        gross_g=read.g,
        left_g=left_g,
        left_ml=min(left_g / density.g_per_ml, sharing.spare_ml(p)).quantize(STEP_ML, ROUND_DOWN),
        unsure_ml=(unsure + (before.unsure_ml if before else 0)).quantize(STEP_ML, ROUND_UP),
        balance=read.balance,
        history=before.history if before else now.history,
        parts=sharing.parts_of(p, unit),
        density_g_per_ml=density.g_per_ml,
    )
    if sharing.usable_ml(known, p.policy) <= 0:
        return Refused(
            "TOO_LITTLE_LEFT", f"{known.left_ml:.2f} mL are left in it: nothing that can be drawn. {DISCARD}"
        )
    stock = replace(vial, unit=f"U/{command.label}", opened=known)
    return VialSetApart(f"vial:{unit}", stock, command.scan, read, command.label)
