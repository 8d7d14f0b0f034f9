"""What the technician reads: one task a screen, with the numbers of this preparation (SCREENS 8)."""

from __future__ import annotations

from dataclasses import dataclass

from workflows import by_weight, count_words, holding, measured, oral_words, pump_instructions
from workflows.added import AddedConfirmation
from workflows.additions import addition
from workflows.budgets import target as expected
from workflows.containers import called
from workflows.evidence import Confirmation, Count, Photo, Programme, Scan, VolumeRead, Weighing
from workflows.oral import is_oral
from workflows.pairs import before_slot
from workflows.preparation import Preparation
from workflows.rules.counting import CLEANED
from workflows.rules.intrathecal import APART
from workflows.rules.oral import SHAKEN
from workflows.rules.pumps import SHUT
from workflows.rules.volumes import INJECTED, new_syringe
from workflows.sharing import LOOKS_RIGHT
from workflows.standing import READS_A_SYRINGE, SHOWS_A_SYRINGE, WASTE_WORN
from workflows.steps import Slot
from workflows.target_words import drawn_as, limits
from workflows.targets import Target
from workflows.trials import shown_drug
from workflows.wording import amount, letter, reading

SECONDED = "seconded"
"""The kind of a confirmation that a second person gives, by badge and PIN."""
KINDS = {
    Scan: "scan",
    Weighing: "weigh",
    Photo: "photo",
    Confirmation: "confirm",
    Count: "count",
    Programme: "programme",
    VolumeRead: "volume",
}


@dataclass(frozen=True, slots=True)
class Instruction:
    """One slot in words."""

    slot: str
    """The slot."""
    kind: str
    """scan, weigh, photo, confirm, seconded, count, programme, volume, print or sign: which panel the screen shows."""
    task: str
    """At most twelve words, one verb."""
    name: str
    """The expected thing, for a list."""
    detail: str
    """What it should be: product, code, amount."""


def added_words(asked: AddedConfirmation) -> tuple[str, str, str]:
    """Return task, name and detail of what a site's policy adds: its own sentence."""
    seconds = asked.by == "second person"
    task = f"{'A second person confirms' if seconds else 'Is it so'}: {asked.says}"
    return task, asked.says, "badge and PIN of the second person" if seconds else "confirm with NEXT"


def instruction(p: Preparation, slot: Slot) -> Instruction:
    """Return the words for one slot of this preparation."""
    kind = KINDS.get(slot.step.needs, "sign" if slot.step.by == "pharmacist" else "print")
    asked = addition(p, slot.name)
    if asked is not None and asked.by == "second person":
        kind = SECONDED
    task, name, detail = _words(p, slot)
    return Instruction(slot.name, kind, task, name, detail)


def _words(p: Preparation, slot: Slot) -> tuple[str, str, str]:
    step, unit = slot.step.name, slot.unit
    if (asked := addition(p, slot.name)) is not None:
        return added_words(asked)
    if step == WASTE_WORN:
        return f"Put on {unit}, to discard what is left.", unit, "confirm with NEXT"
    if p.counted_by and p.counts:
        if step in count_words.WEIGHED:
            return count_words.weighed(p, p.counts, step, unit)
        return count_words.words(p.counted_by, p.counts, step, unit)
    recipe, plan = p.recipe, p.plan
    number = int(unit) if unit.isdigit() else 0
    if step == "ppe":
        return f"Put on {unit}.", unit, "confirm with NEXT"
    if is_oral(plan.container) and (said := oral_words.words(p, step)):
        return said
    if step == "vial":
        strength = f"{shown_drug(recipe)} {amount(recipe.vial_mg)} mg"
        detail = f"{' or '.join(recipe.ndcs)}, {amount(recipe.concentration_mg_ml)} mg/mL"
        return f"Scan vial {letter(number)}.", f"vial {letter(number)}: {strength}", detail
    if step == "diluent" and recipe.reconstitution:
        return f"Scan the {recipe.reconstitution.diluent} vial.", recipe.reconstitution.diluent, "diluent"
    if step == "base":
        bag = f"{recipe.bag} bag" if recipe.bag else "bag"
        return f"Scan the {plan.base} {bag}.", f"{plan.base}, {amount(plan.base_ml)} mL {bag}", "final container"
    if step == "device":
        kind, _, piece = unit.rpartition(":")
        return f"Scan the {kind}.", f"{kind} {piece}", recipe.cstd_brand or "closed-system device"
    if p.pump is not None and step in pump_instructions.STEPS:
        return pump_instructions.words(p, p.pump, step, number)
    if step.startswith("vial-"):
        return _weighed_vial(p, step, unit)
    if step.startswith("recon"):
        return _reconstitution(p, step, number)
    if step.startswith("syringe"):
        return _syringe(p, step, number)
    return _once(p, step, slot)


def _reconstitution(p: Preparation, step: str, number: int) -> tuple[str, str, str]:
    making, name = p.recipe.reconstitution, f"vial {letter(number)}"
    if making is None:
        return "", name, ""
    if step == "recon-before":
        return f"Weigh {name} with its adaptor.", name, "before diluent"
    if step == "recon-after":
        volume = amount(making.volume_ml)
        return f"Add {volume} mL {making.diluent} to {name}. Weigh it.", name, limits(p.plan.diluent)
    return f"Swirl {name} gently. Is it {making.inspect}?", making.inspect, "confirm with NEXT"


def _weighed_vial(p: Preparation, step: str, unit: str) -> tuple[str, str, str]:
    name = f"vial {letter(int(unit))}"
    if step == "vial-before":
        return f"Weigh {name} with its adaptor.", name, "before anything is drawn"
    if step == "vial-look":
        return f"Look at opened {name}. Is it {LOOKS_RIGHT}?", LOOKS_RIGHT, "confirm with NEXT"
    known = holding.opened_vial(p, unit)
    if step == "vial-opened":
        was = f"{known.gross_g:,f} g when it was kept" if known else ""
        return f"Weigh opened {name} with its adaptor.", f"opened {name}", was
    before = p.weighing(holding.full_slot(p, unit))
    was = f", {reading(before.g)} g before the draw" if before else ""
    return f"Weigh {name} again, with its adaptor.", f"{name}{was}", "a syringe read more than its vials held"


def _syringe(p: Preparation, step: str, number: int) -> tuple[str, str, str]:
    size = amount(p.plan.syringes_ml[number - 1])
    name = f"syringe {number}"
    if step == "syringe-empty":
        return f"Weigh empty {name} with its connector.", f"{name}, {size} mL", "empty, with connector"
    if step == "syringe-used":
        return f"Inject {name}. Weigh it empty, with its connector.", f"{name}, {size} mL", "emptied, with connector"
    if step == "syringe-new":
        return f"Take a new {size} mL syringe.", f"{name}, {size} mL", "new and empty, with its connector"
    if step == READS_A_SYRINGE:
        return f"Ask a second person to read {name}.", f"{name}, volume read", "they are told no volume"
    aim = measured.draw_target(p)
    many = len(p.plan.syringes_ml) > 1 and len(p.plan.syringes_ml) == p.plan.vials
    source = f"vial {letter(number)}" if many else ("the vials" if p.plan.vials > 1 else "the vial")
    if step == SHOWS_A_SYRINGE:
        task = f"Draw {drawn_as(aim)} mL from {source}. Photograph {name}."
        return task, f"{name}, filled", "plunger at the mark, scale in view"
    return f"Draw {drawn_as(aim)} mL from {source}. Weigh {name}.", f"{name}, {size} mL", limits(aim)


ONCE = {
    "verify": ("Compare the order with its message and sign.", "order", "two pharmacists' eyes"),
    "cabinet": ("Scan the cabinet.", "cabinet", "the code on its front"),
    "apart": ("Empty the cabinet of all else. No vinca drug.", "cabinet for this dose alone", "confirm with NEXT"),
    "photo-staged": ("Photograph vials and bag, labels in view.", "staged ingredients", "all labels readable"),
    "photo-syringes": ("Photograph the syringes beside their vials.", "filled syringes", "plungers in view"),
    "premix": ("Do not inject. A pharmacist looks first.", "pre-mix approval", ""),
    "bag-mixed": ("Inject every syringe into the bag.", INJECTED, "confirm with NEXT"),
    "bag-before": ("Weigh the bag with its adaptor.", "bag", "before injection"),
    "photo-empty": ("Photograph the emptied vials and syringes.", "emptied vials", ""),
    "label-print": ("The final label prints.", "final label", ""),
    "label-scan": ("Put the label on the {container}. Scan it.", "final label", "of this preparation"),
    "photo-final": ("Photograph the {container} with both labels.", "finished {container}", "both labels readable"),
    "approve": ("Wait for the final check. Cleaning may begin.", "final check", ""),
    "release": ("Scan and remove the in-process label.", "in-process label", "then the dose is released"),
    "waste": ("Discard leftovers as hazardous waste.", "leftovers discarded", "confirm with NEXT"),
}
"""Task, name and detail of steps that are done once; {container} is the final container's name."""
DRAWN_ONLY = {
    "photo-staged": ("Photograph the vials, labels in view.", "staged ingredients", "all labels readable"),
    "photo-syringes": ("Photograph the syringe beside its vials.", "filled syringe", "plunger in view"),
    "premix": ("Leave it as it is. A pharmacist looks first.", "approval of the syringe", ""),
    "photo-empty": ("Photograph the emptied vials.", "emptied vials", ""),
}
"""The same where nothing is injected: the syringe that is drawn is the final container."""


FILLED = {
    "photo-staged": (
        "Photograph vials, diluent and {container}, labels in view.",
        "staged ingredients",
        "all readable",
    ),
    "photo-pump": ("Photograph the pump with its screen.", "pump screen", "numbers readable"),
}
"""The same where a pump's reservoir is filled."""


def _once(p: Preparation, step: str, slot: Slot) -> tuple[str, str, str]:
    if step == "bag-after":
        task = "Weigh the bag." if p.policy.weigh_used_syringes else f"Inject every syringe.{mixing(p)} Weigh the bag."
        return task, "bag", limits(measured.gain_target(p))
    known = FILLED.get(step) if p.pump else DRAWN_ONLY.get(step) if p.plan.gain is None else None
    task, name, detail = known or ONCE.get(step, (f"{slot.step.says}.", slot.name, ""))
    if step == "bag-mixed":
        task = f"{task}{mixing(p)}"
    if step == "photo-final" and not p.counts and p.recipe.looks:
        detail = f"{detail}; {p.recipe.looks}"
    container = called(p.planned)
    return task.format(container=container), name.format(container=container), detail


def mixing(p: Preparation) -> str:
    """Return the recipe's own sentence for the mixing, after a blank; nothing where it has none (R49)."""
    return f" {p.recipe.mixing}" if p.recipe.mixing else ""


def confirms(p: Preparation, slot: Slot) -> str:
    """Return the item that a confirmation for this slot names; empty for other kinds of evidence."""
    if slot.step.needs is not Confirmation:
        return ""
    if slot.step.name in ("ppe", WASTE_WORN):
        return slot.unit
    if (asked := addition(p, slot.name)) is not None:
        return asked.says
    if p.counts:
        return CLEANED
    if slot.step.name == "reservoir-closed":
        return SHUT
    if slot.step.name == "apart":
        return APART
    if slot.step.name == "shaken":
        return SHAKEN
    if slot.step.name == "syringe-new":
        return new_syringe(p, int(slot.unit))
    if slot.step.name == "bag-mixed":
        return INJECTED
    if slot.step.name == "vial-look":
        return LOOKS_RIGHT
    if slot.step.name == "recon-mixed" and p.recipe.reconstitution:
        return p.recipe.reconstitution.inspect
    return "leftovers discarded"


def window(p: Preparation, slot: Slot) -> tuple[Target, Weighing] | None:
    """Return the limits of a difference and the reading it starts from; None for a first reading."""
    if p.counts:
        return by_weight.window(p, slot.name)
    aim, first = expected(p, slot.name), before_slot(slot.name)
    before = p.weighing(first) if first else None
    return (aim, before) if aim and before else None
