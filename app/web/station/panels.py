"""The parts of a preparation's screen: the expected list, the picture, the limits, the buttons, the cards that count."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from app.web.station import oral_panels, pump_panels
from app.web.station.screen import Action, Bar, Item, Kind, Picture, Worn
from workflows import budgets, by_weight, measured, pump_instructions, sharing
from workflows.containers import called
from workflows.evidence import Container, Programme, Scan, VolumeRead
from workflows.instructions import instruction, window
from workflows.oral import is_oral
from workflows.pairs import before_slot, on_the_pan
from workflows.preparation import Preparation
from workflows.recipe import CountRecipe
from workflows.standing import READS_A_SYRINGE, SHOWS_A_SYRINGE, WASTE_WORN
from workflows.steps import Slot, Workflow
from workflows.target_words import drawn_as
from workflows.targets import Target
from workflows.trials import shown_drug
from workflows.wording import amount, letter, of_units, reading

EVERYWHERE = ("GLOVES", "CALL", "PAUSE", "HELP", "LOGOUT")
"""Command cards that count on every screen of a preparation in hand (SCREENS 7)."""
DIGITS = {f"N{digit}": str(digit) for digit in range(10)}
"""The typing cards that enter a number where units are counted: which digit each adds (R54)."""
WORDS: dict[str, tuple[str, ...]] = {
    "scan": ("BACK",),
    "weigh": ("WEIGH", "ZERO", "BACK", "REDO"),
    "photo": ("CAPTURE", "RETAKE", "BACK"),
    "confirm": ("NEXT", "BACK"),
    "programme": ("NEXT", "BACK"),
    "volume": ("NEXT", "REDO"),
    "seconded": ("NEXT", "BACK"),
    "scale": ("NEXT",),
    "count": (*DIGITS, "NEXT", "REDO", "BACK"),
    "print": ("PRINT",),
    "wait": ("NEXT",),
}
WORN: dict[str, Worn] = {
    "outer": "outer gloves", "glove": "gloves", "gown": "gown", "hair": "hair cover", "head": "hair cover", "mask": "mask",
    "respirator": "mask", "eye": "eyes", "goggles": "eyes", "face": "eyes", "shoe": "shoe covers",
}  # fmt: skip
"""Which drawing an item is shown with: by the first of these words that its name holds."""
BETWEEN_LIMITS = 454
"""Units of the drawing between the two limits of the bar."""
LABELLED: dict[str, Literal["bag", "flag", "oral flag", "cassette", "elastomeric", "bottle"]] = {
    "syringe": "flag", "oral syringe": "oral flag", "cassette": "cassette", "elastomeric": "elastomeric",
    "tablets": "bottle", "capsules": "bottle",
}  # fmt: skip
"""How a final container is drawn with its label on it; what is not named is a bag."""
MOST_ROWS = 7
"""Rows that the expected list has room for."""


def words_of(kind: Kind, slot: Slot | None) -> tuple[str, ...]:
    """Return the command cards that do something on a screen of this kind."""
    if kind in ("other", "ended"):
        return ("NEXT", "HELP", "LOGOUT")
    own = WORDS.get(kind, ())
    if slot is not None and kind == "scan":
        own = (*own, *_of_the_step(slot))
    return (*own, *EVERYWHERE)


def _of_the_step(slot: Slot) -> tuple[str, ...]:
    if slot.step.name in ("label-scan", "release"):
        return ("PRINT",)
    return ("NEXT",) if slot.step.name == "cabinet" else ()


def group_of(workflow: Workflow, p: Preparation, slot: Slot) -> tuple[Slot, ...]:
    """Return all slots that stand beside this one: the group in any order, or the tiles of its step."""
    for group in workflow.groups(p):
        if any(one.name == slot.name for one in group) and len(group) > 1:
            return group
    return tuple(one for one in slot.step.slots(p) if slot.step.name in ("ppe", WASTE_WORN) or one.name == slot.name)


def items(workflow: Workflow, p: Preparation, slot: Slot) -> tuple[Item, ...]:
    """Return the expected list with its ticks; pieces of one kind are counted where the list grows long."""
    if slot.step.needs is VolumeRead:
        return ()
    if slot.step.needs is Programme:
        return pump_panels.items(p, slot)
    group = group_of(workflow, p, slot)
    if len(group) < 2:
        return ()
    rows = _rows(group, crowded=False)
    if len(rows) > MOST_ROWS:
        rows = _rows(group, crowded=True)
    return tuple(_item(p, slots, slot.name) for slots in rows.values())


def _rows(group: tuple[Slot, ...], *, crowded: bool) -> dict[str, list[Slot]]:
    rows: dict[str, list[Slot]] = {}
    for one in group:
        counted = one.name.rpartition(":")[0] if one.step.name == "device" else one.step.name if crowded else one.name
        rows.setdefault(counted, []).append(one)
    return rows


def _item(p: Preparation, slots: list[Slot], here: str) -> Item:
    done = [one for one in slots if one.name in p.entries]
    first = next((one for one in slots if one.name not in p.entries), slots[0])
    name, current = _name(p, first, many=len(slots) > 1), any(one.name == here for one in slots)
    if len(slots) > 1:
        return Item(name, f"{len(done)} of {len(slots)}", len(done) == len(slots), current)
    found = p.evidence(first.name)
    if isinstance(found, Scan) and isinstance(found.found, Container):
        return Item(name, _lot(found.found), done=True)
    return Item(name, "", first.name in p.entries, current)


def _name(p: Preparation, slot: Slot, *, many: bool) -> str:
    if slot.step.name == "device":
        kind = slot.unit.rpartition(":")[0]
        return f"{kind}s" if many else kind
    name = instruction(p, slot).name
    return f"vials: {name.partition(': ')[2]}" if many and slot.step.name == "vial" else name


def _lot(found: Container) -> str:
    expiry = f", {found.expiry:%Y-%m-%d}" if found.expiry else ""
    return f"lot {found.lot}{expiry}" if found.lot else found.text


def bar(p: Preparation, slot: Slot) -> Bar | None:
    """Return the limits and the reading they start from; None for a first reading."""
    pair = window(p, slot)
    if pair is None:
        return None
    aim, before = pair
    low, expected, high = (
        of_units(one) if p.counts else f"{reading(one)} g" for one in (aim.low_g, aim.expected_g, aim.high_g)
    )
    guard = budgets.guard_band(p, slot.name)
    width = int((guard / (aim.high_g - aim.low_g) * BETWEEN_LIMITS).to_integral_value(ROUND_CEILING))
    return Bar(low, expected, high, f"{before.g:,f} g", f"{reading(guard)} g" if guard else "", width)


def picture(p: Preparation, slot: Slot) -> Picture:
    """Return the drawing of what is wanted."""
    if p.counted_by and p.counts:
        return _counted(p, slot, p.counted_by)
    step, recipe, plan = slot.step.name, p.recipe, p.plan
    unit = int(slot.unit) if slot.unit.isdigit() else 0
    vial = (shown_drug(recipe), f"{amount(recipe.vial_mg)} mg")
    if is_oral(plan.container) and (drawn := oral_panels.picture(p, step)):
        return drawn
    if step == "vial":
        kept = f"{amount(recipe.concentration_mg_ml)} mg/mL"
        when = "after reconstitution" if recipe.reconstitution else "solution"
        lines = (vial[1], f"{kept} {when}", *(f"NDC {ndc}" for ndc in recipe.ndcs))
        return Picture("powder", vial[0], lines, 22) if recipe.reconstitution else Picture("vial", vial[0], lines, 80)
    if step.startswith("vial-"):
        full = 72 if step == "vial-before" else 6
        return Picture("vial", vial[0], (f"vial {letter(unit)}", vial[1], "with its adaptor"), full)
    if step.startswith("recon"):
        lines = (f"vial {letter(unit)}", vial[1], *_after(p, step))
        dry = "before" in step
        return Picture("powder" if dry else "vial", vial[0], lines, 22 if dry else 72)
    if step == "diluent" and recipe.reconstitution:
        return Picture("vial", recipe.reconstitution.diluent, ("diluent vial",), 80)
    if step.startswith("syringe"):
        return _syringe(p, step, unit, measured.draw_target(p))
    if plan.pump is not None and step in pump_instructions.STEPS:
        return pump_panels.picture(p, plan.pump, step, unit)
    if step in ("base", "bag-before", "bag-after", "bag-mixed"):
        bag = f"{recipe.bag} bag" if recipe.bag else "bag"
        return Picture("bag", plan.base, (f"{amount(plan.base_ml)} mL {bag}",), 70)
    return _other(p, slot)


def _counted(p: Preparation, slot: Slot, recipe: CountRecipe) -> Picture:
    """Return the drawing of what is wanted where units are counted; no count is in it."""
    one = f"{amount(recipe.strength_mg)} mg {recipe.form}"
    known: dict[str, Picture] = {
        "cabinet": Picture("tray", "counting tray", ("the code on its rim",)),
        "stock": Picture("tablets", shown_drug(recipe), (one, *(f"NDC {ndc}" for ndc in recipe.ndcs))),
        "count-1": Picture("tray", shown_drug(recipe), (one, "by fives, with the spatula")),
        by_weight.EMPTY: Picture("empty bottle", "empty bottle", ("without its closure",)),
        by_weight.SOME: Picture("tablets", f"{slot.unit} in the bottle", (one, "without its closure")),
        by_weight.ALL: Picture("tablets", "all in the bottle", (one, "without its closure")),
        "count-2": Picture("tray", shown_drug(recipe), (one, "all that lies in the tray")),
        "tray-clean": Picture("tray", "tray and spatula", ("decontaminate, then wipe",)),
        "waste": Picture("waste", "hazardous waste", ("what was counted, wipes, gloves",)),
    }
    return known.get(slot.step.name) or _other(p, slot)


def _after(p: Preparation, step: str) -> tuple[str, ...]:
    making = p.recipe.reconstitution
    if making is None or step == "recon-before":
        return ("with its adaptor",)
    return (f"{amount(making.volume_ml)} mL {making.diluent}",)


def _syringe(p: Preparation, step: str, unit: int, aim: Target) -> Picture:
    size = p.plan.syringes_ml[unit - 1]
    title = f"{amount(size)} mL syringe"
    if step == "syringe-new":
        return Picture("syringe", title, (f"syringe {unit}, new", "with its connector"), 0)
    if step == READS_A_SYRINGE:
        return Picture("hand", "second person", (f"reads syringe {unit}", "at the plunger's front edge"))
    if step in ("syringe-empty", "syringe-used"):
        what = "empty" if step == "syringe-empty" else "emptied"
        return Picture("syringe", title, (f"syringe {unit}, {what}", "with its connector"), 0)
    fill = int(aim.volume_ml / size * Decimal(100))
    return Picture("syringe", title, (f"syringe {unit}", "plunger at the mark"), fill, f"{drawn_as(aim)} mL")


def _other(p: Preparation, slot: Slot) -> Picture:
    step, unit = slot.step.name, slot.unit
    known: dict[str, Picture] = {
        "cabinet": Picture("cabinet", "cabinet", ("the code on its front",)),
        WASTE_WORN: Picture(_worn(unit), unit, ("to discard hazardous waste",)),
        "ppe": Picture(_worn(unit), unit, (f"item {_place(p, unit)} of {len(p.policy.ppe)}",)),
        "label-print": _labelled(p, shown_drug(p.master)),
        "label-scan": _labelled(p, f"on the {called(p.planned)}"),
        "release": Picture("label", "in-process label", ("scan it, take it off, throw it away",)),
    }
    if step == "waste":
        return Picture("waste", "hazardous waste", _leftover(p))
    if step == "device":
        kind = unit.rpartition(":")[0]
        return Picture("device", kind, (p.recipe.cstd_brand or "closed-system device",))
    if step.startswith("photo"):
        return Picture("camera", "photo", (instruction(p, slot).name,))
    return known.get(step, Picture("hand", instruction(p, slot).name))


def _labelled(p: Preparation, line: str) -> Picture:
    """Return the drawing of the final container with its label on it."""
    container = p.planned.container
    return Picture(LABELLED.get(container, "bag"), "final label", (line,), 70)


def _worn(item: str) -> Worn | Literal["hand"]:
    """Return the drawing of an item of protective equipment by the words of the site's own list."""
    return next((drawing for word, drawing in WORN.items() if word in item.casefold()), "hand")


def _place(p: Preparation, item: str) -> int:
    return p.policy.ppe.index(item) + 1 if item in p.policy.ppe else 0


def _leftover(p: Preparation) -> tuple[str, ...]:
    left = measured.leftover(p)
    mg = left.ml * p.recipe.concentration_mg_ml
    lines = (
        f"{amount(left.ml)} mL = {amount(mg)} mg left in the vials",
        "syringes, vials, gloves: yellow or black bin",
    )
    kept = tuple(f"kept: {amount(one.left_ml)} mL, unit label {one.label}" for one in sharing.kept(p))
    if p.outcome != "released":
        return (*lines, *(f"opened vial {one}: into the bin too, it does not go back" for one in _opened_before(p)))
    offered = sharing.shares(p)
    apart = sharing.set_apart(p)
    more = ("to keep a vial: weigh it, and scan it meanwhile",) if offered else ()
    if apart is not None:
        more = (f"label {apart.label} on the vial: weigh it once more, and scan that label",)
    return (*lines, *kept, *more)


def _opened_before(p: Preparation) -> tuple[str, ...]:
    """Return the unit labels of the vials of earlier doses that were brought into it."""
    return tuple(one.unit.partition("/")[2] for one in (*p.containers(), *p.set_aside) if one.opened is not None)


def actions(kind: Kind, slot: Slot | None, p: Preparation) -> tuple[Action, ...]:
    """Return the buttons: at most one primary and two others, CALL at the far right (SCREENS 8)."""
    call = Action("PHARMACIST CALLED" if p.called else "CALL PHARMACIST", "CALL", call=True)
    table: dict[str, tuple[Action, ...]] = {
        "confirm": (Action("DONE", "NEXT", main=True), *_not_clear(slot), Action("BACK", "BACK")),
        "programme": (Action("TYPE WHAT THE PUMP SHOWS", "PROGRAMME", main=True), Action("BACK", "BACK")),
        "volume": (Action("A SECOND PERSON READS IT", "VOLUME", main=True), *_redo(slot)),
        "seconded": (Action("A SECOND PERSON CONFIRMS IT", "CONFIRMED", main=True), Action("BACK", "BACK")),
        "photo": (Action("TAKE PHOTO", "CAPTURE", main=True), Action("BACK", "BACK"), *_redo(slot)),
        "scale": (Action("CHECK THE BALANCE", "NEXT", main=True),),
        "clock": (Action("GLOVES CHANGED", "GLOVES", main=True),),
        "weigh": (Action("BACK", "BACK"), *_redo(slot), Action("ZERO", "ZERO")),
        "count": (Action("BACK", "BACK"),),
        "paused": (Action("GO ON", "PAUSE", main=True),),
        "print": (Action("PRINT AGAIN", "PRINT"),),
    }
    if kind in ("other", "ended"):
        return ()
    if kind == "scan" and slot is not None:
        return (*_scanning(slot), call)
    return (*table.get(kind, ()), call)


def _not_clear(slot: Slot | None) -> tuple[Action, ...]:
    """Offer the other answer where a person looks into a vial: it stops, sets the vial aside and asks a pharmacist."""
    return (
        (Action("NOT CLEAR", "NOT CLEAR"),)
        if slot is not None and slot.step.name in ("recon-mixed", "vial-look")
        else ()
    )


def _scanning(slot: Slot) -> tuple[Action, ...]:
    if slot.step.name in ("label-scan", "release"):
        return (Action("PRINT THE LABEL AGAIN", "PRINT"),)
    back = Action("BACK", "BACK")
    return (back,) if slot.step.name == "cabinet" else (back, Action("CODE WILL NOT SCAN", "TYPE"))


def redo_of(slot: Slot) -> tuple[Literal["syringe", "vial", "fluid"], int] | None:
    """Return what REDO does again on this step: a syringe or a vial from empty, and which one (R14 b)."""
    if not slot.unit.isdigit():
        return None
    if slot.step.name.startswith("syringe"):
        return "syringe", int(slot.unit)
    if slot.step.name.startswith("fluid"):
        return "fluid", int(slot.unit)
    return ("vial", int(slot.unit)) if slot.step.name.startswith(("recon", "vial-")) else None


TAKES_A_NEW_ONE = ("vial-after", "vial-opened", SHOWS_A_SYRINGE, READS_A_SYRINGE)
"""Steps besides second weighings at which a new vial or syringe may be taken."""


def _redo(slot: Slot | None) -> tuple[Action, ...]:
    again = redo_of(slot) if slot is not None else None
    if again is None or slot is None or not (before_slot(slot.name) or slot.step.name in TAKES_A_NEW_ONE):
        return ()
    return (Action(f"REDO: NEW {on_the_pan(again[0]).upper()}", "REDO"),)
