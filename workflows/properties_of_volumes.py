"""What a dose that is made by volume is judged by, as each syringe is read and as it leaves (1, 2, 3, 4, 7)."""

from __future__ import annotations

from decimal import Decimal

from workflows import facts as read
from workflows.circumstances import Circumstances
from workflows.evidence import Confirmation, Photo, Scan, Signature, VolumeRead
from workflows.facts import Facts
from workflows.facts_of_volumes import read_ml
from workflows.properties import Found, is_pharmacist, is_technician
from workflows.sentences import Breach

AUTHORISED = "order verified, making by volume authorised"
"""What the pharmacist's signature has to mean by which something is made by volume."""


def read_off(f: Facts, slot: str, found: VolumeRead, now: Circumstances) -> Found:
    """Yield what is wrong with a volume as it is accepted: by whom, when, of what, and how much (3, 4, 7)."""
    unit, second = slot.partition(":")[2], now.second
    shown, signed = f.kept.get(f"syringe-photo:{unit}"), f.kept.get("verify")
    knows = {signed.who} if signed else set()
    apart = second is not None and second.id not in {now.who.id, f.holder, *f.set_by, *knows}
    if not apart or not (is_pharmacist(second) or is_technician(f, second, now)):
        yield Breach(3, f"{slot} was read without an entitled second person")
    if shown is None or not isinstance(shown.evidence, Photo):
        yield Breach(3, f"{slot} was read before it was photographed")
    if f.apart:
        yield Breach(3, f"{slot} was read anew without a new picture")
    needed = [f"vial:{k}" for k in range(1, read.vials(f) + 1)] + (["base"] if read.in_a_bag(f) else [])
    if any(name not in f.kept for name in needed):
        yield Breach(4, f"{slot} was read before every ingredient was identified")
    if f.outside.get(slot, 0) >= f.opened.policy.max_attempts:
        yield Breach(3, f"{slot} was read more often than the policy allows")
    yield from _right(f, slot, found.volume_ml)
    yield from open_too_long(f, slot, now)


def _right(f: Facts, slot: str, ml: Decimal) -> Found:
    policy, recipe = f.opened.policy, f.opened.recipe
    wanted = read.dose_mg(f) / recipe.concentration_mg_ml / read.syringes(f)
    allowed = min(policy.volume_tolerance, policy.dose_tolerance, recipe.tolerance or Decimal(1))
    if abs(ml - wanted) > wanted * allowed:
        yield Breach(3, f"{slot}: {ml} mL is not within {allowed} of {wanted} mL")


def said(f: Facts, slot: str, item: str) -> Found:
    """Yield where something else is confirmed than that a syringe is new, or that all are injected (3)."""
    size = f.opened.plan.syringes_ml[0].normalize()
    words = {"syringe-new": f"new {size:f} mL syringe, empty", "bag-mixed": "every syringe injected and empty"}
    if words.get(slot.partition(":")[0], item) != item:
        yield Breach(3, f"{slot}: “{item}” was confirmed")


def open_too_long(f: Facts, slot: str, now: Circumstances) -> Found:
    """Yield where what was opened is used after its limit (7)."""
    until = read.opened_until(f)
    if until is not None and until <= now.at:
        yield Breach(7, f"{slot}: the vials were open too long")


def complete(f: Facts) -> Found:
    """Yield what is missing of a released dose that was made by volume (1, 2, 3)."""
    plan, recipe = f.opened.plan, f.opened.recipe
    verified = f.kept.get("verify")
    signed = verified.evidence if verified else None
    if plan.by_volume is None or plan.by_volume.why not in f.opened.policy.by_volume or len(plan.by_volume.reason) < 10:
        yield Breach(3, "made by volume without a reason, or for one that the policy does not know")
    if not isinstance(signed, Signature) or signed.meaning != AUTHORISED:
        yield Breach(3, "made by volume, and no pharmacist signed that")
    if recipe.reconstitution is not None:
        yield Breach(3, "a powder was made by volume")
    named = [f"vial:{k}" for k in range(1, read.vials(f) + 1)] + ["label-scan"] + (["base"] if read.in_a_bag(f) else [])
    for slot in named:
        if slot not in f.kept or not isinstance(f.kept[slot].evidence, Scan):
            yield Breach(2, f"released without {slot} identified")
    if any(one.opened for _, one in f.inside):
        yield Breach(2, "made by volume from a vial that was opened before")
    for unit in range(1, read.syringes(f) + 1):
        yield from _syringe(f, unit)
    if read.in_a_bag(f) and not isinstance(getattr(f.kept.get("bag-mixed"), "evidence", None), Confirmation):
        yield Breach(3, "released though nobody says that it was injected")
    if len(f.photos()) < len(f.opened.policy.photos):
        yield Breach(1, "released without every picture the policy asks for")
    if "premix" not in f.kept:
        yield Breach(1, "made by volume, and no pharmacist looked before it was injected or labelled")


def _syringe(f: Facts, unit: int) -> Found:
    """Yield where syringe `unit` was not new, then photographed, then read by somebody who did not draw it."""
    steps = [f.kept.get(f"{step}:{unit}") for step in ("syringe-new", "syringe-photo", "syringe-read")]
    new, shown, found = steps
    ml = read_ml(f.kept, unit)
    if new is None or shown is None or found is None or ml is None:
        yield Breach(3, f"released without syringe {unit} new, photographed and read")
        return
    if not found.second or found.second in (found.who, shown.who):
        yield Breach(3, f"syringe {unit} was read by whoever drew it")
    if not new.version < shown.version < found.version:
        yield Breach(3, f"syringe {unit} was not new, then photographed, then read")
    yield from _right(f, f"syringe-read:{unit}", ml)
