"""What is true of the confirmations that a site's policy adds, judged without asking the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflows import events as happened
from workflows.added import AddedConfirmation
from workflows.circumstances import Circumstances
from workflows.evidence import Confirmation, Photo
from workflows.facts import MIXED, Facts
from workflows.properties import is_pharmacist, is_technician
from workflows.sentences import Breach

Found = Iterator[Breach]
POINTS = {
    "before staging": "added-staging",
    "before drawing": "added-drawing",
    "before mixing": "added-mixing",
    "before the label": "added-label",
    "before the final check": "added-check",
}
"""The slots of each point, before their colon."""
COMES_AFTER = {
    "added-staging": {"vial", "diluent", "base", "device", "dispenser", "fluid", "reservoir", "stock"},
    "added-drawing": {"syringe-empty", "syringe-new", "count-1"},
    "added-mixing": {"bag-before", "reservoir-empty", "bag-mixed"},
    "added-label": {"label-print"},
    "added-check": {"approve"},
}
"""What is not done before what was added there is confirmed."""
WITHOUT_MIXING = ("syringe", "oral syringe", "tablets", "capsules")
"""Final containers that nothing is mixed in: the point is not in their procedures."""
AFTER_MIXING = ("added-label", "added-check")
"""Points at which it is mixed, or counted."""
VINCA = "vin"
"""How the name of every vinca drug begins."""


def asked_at(begun: happened.Opened | happened.CountOpened, slot: str) -> AddedConfirmation | None:
    """Return what the policy asks at `slot` of this preparation; None where nothing is."""
    return dict(_asked(begun)).get(slot)


def _asked(begun: happened.Opened | happened.CountOpened) -> Iterator[tuple[str, AddedConfirmation]]:
    """Yield slot and sentence of everything that the policy it was opened with adds to it."""
    count: dict[str, int] = {}
    order, drug = begun.order, begun.recipe.drug
    for one in begun.policy.adds:
        if one.group == "vinca drugs" and not (drug.startswith(VINCA) or getattr(begun.recipe, "vinca", False)):
            continue
        if one.group == "intrathecal doses" and order.route != "IT":
            continue
        if (one.drugs and drug not in [name.strip().lower() for name in one.drugs]) or (
            one.workflows and begun.workflow not in one.workflows
        ):
            continue
        if one.at == "before mixing" and order.container in WITHOUT_MIXING:
            continue
        step = POINTS[one.at]
        count[step] = count.get(step, 0) + 1
        yield f"{step}:{count[step]}", one


def passed(f: Facts, slot: str) -> Found:
    """Yield what was added before `slot` and is not confirmed as it is filled (17)."""
    step = slot.partition(":")[0]
    for before, one in _asked(f.begun):
        if step in COMES_AFTER[before.partition(":")[0]] and before not in f.kept:
            yield Breach(17, f"{slot} before it was confirmed: {one.says}")


def confirmed(f: Facts, slot: str, evidence: Confirmation, now: Circumstances) -> Found:
    """Yield what is wrong with an added confirmation as it is accepted (17)."""
    one = asked_at(f.begun, slot)
    if one is None or evidence.item != one.says:
        yield Breach(17, f"{slot} was answered with: {evidence.item}")
    elif one.by == "second person":
        second = now.second
        if second is None or second.id in {now.who.id, f.holder, *f.held_by}:
            yield Breach(17, f"{slot} was answered without a second person")
        elif not (is_pharmacist(second) or is_technician(f, second, now)):
            yield Breach(17, f"{second.name} answered {slot}")


def all_confirmed(f: Facts) -> Found:
    """Yield what was added and is not confirmed of a dose that leaves, or was confirmed before its last picture (17)."""
    pictured = max((one.version for one in f.kept.values() if isinstance(one.evidence, Photo)), default=0)
    for slot, one in _asked(f.begun):
        if slot not in f.kept:
            yield Breach(17, f"released without: {one.says}")
        elif slot.startswith("added-check") and f.kept[slot].version < pictured:
            yield Breach(17, f"a picture is newer than: {one.says}")


def left_standing(f: Facts, slots: Iterable[str]) -> Found:
    """Yield what was confirmed after a picture that is taken again, and stands over the new one (17).

    Once it is mixed, nobody confirms again what is to be so before.
    """
    gone = tuple(slots)
    pictures = (f.kept[slot].version for slot in gone if slot in f.kept and isinstance(f.kept[slot].evidence, Photo))
    first = min(pictures, default=None)
    mixed = f.met or any(slot in f.kept for slot in MIXED)
    for slot, kept in f.kept.items():
        if first is None or not slot.startswith("added-") or (mixed and slot.startswith("added-mixing")):
            continue
        if kept.version > first and slot not in gone:
            yield Breach(17, f"{slot} stands over a picture that is taken after it")


def handed(f: Facts, e: happened.HandedOver) -> Found:
    """Yield what whoever takes it over confirmed as second person, and still vouches for, of what can still be seen (17)."""
    mixed = f.met or any(slot in f.kept for slot in MIXED)
    for slot, kept in f.kept.items():
        step = slot.partition(":")[0]
        seen = step in POINTS.values() and not (mixed and step not in AFTER_MIXING)
        if seen and kept.second == e.to and slot not in e.reopened:
            yield Breach(17, f"{slot} was confirmed by {e.to}, who has it now")


def cleared_away(f: Facts, slot: str, evidence: Confirmation) -> Found:
    """Yield what is wrong as leftovers are discarded: an item of the site's list for waste not put on, or put on before (6)."""
    worn = f.begun.policy.worn
    items = worn.waste if worn else ()
    if slot == "waste":
        if missing := [item for item in items if f"waste-on:{item}" not in f.kept]:
            yield Breach(6, f"leftovers were discarded without {', '.join(missing)}")
    elif slot != f"waste-on:{evidence.item}" or evidence.item not in items:
        yield Breach(6, f"{evidence.item} was confirmed for {slot}")
    elif not f.outcome:
        yield Breach(6, f"{evidence.item} was put on for waste before there was any")
