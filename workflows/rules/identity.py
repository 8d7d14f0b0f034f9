"""Is it the right thing: product and concentration, distinct unit, diluent, bag, device, label (R16 to R20)."""

from __future__ import annotations

from typing import TypeVar

from workflows import sharing
from workflows.evidence import CabinetCode, Container, Found, LabelCode, OtherCode, Printed, Scan
from workflows.findings import Finding
from workflows.preparation import Preparation
from workflows.rules.people import entitled, may_judge
from workflows.rules.rule import Case, Rule
from workflows.trials import shown_drug
from workflows.wording import amount

F = TypeVar("F", bound=Found)
CATEGORIES = (1, 2)
"""Sterility categories that this workflow can date (R34)."""
SET_ASIDE = "Set it aside and scan the right one."


def words(found: Found) -> str:
    """Return what a scanned thing is, in words for a technician."""
    if isinstance(found, Container):
        return f"{found.text}, NDC {found.ndc}" if found.ndc else found.text
    if isinstance(found, CabinetCode):
        return f"the cabinet {found.code}"
    if isinstance(found, LabelCode):
        return f"the {found.label_kind.replace('_', '-')} label {found.label_id}, copy {found.copy}"
    return found.what


def _wrong_kind(case: Case[Scan], wanted: str) -> Finding:
    says = f"Scanned {words(case.evidence.found)}. Needed {wanted}."
    return Finding("WRONG_KIND", says, "Scan what the screen asks for.")


def _ordered_product(case: Case[Scan]) -> Finding | None:
    found, recipe = case.evidence.found, case.preparation.recipe
    wanted = f"{shown_drug(recipe)} {amount(recipe.concentration_mg_ml)} mg/mL"
    if not isinstance(found, Container):
        return _wrong_kind(case, f"a vial of {wanted}")
    if found.role != "drug" or found.drug != recipe.drug:
        return Finding("WRONG_PRODUCT", f"Scanned {words(found)}. Needed a vial of {wanted}.", SET_ASIDE)
    if found.concentration_mg_ml != recipe.concentration_mg_ml:
        has = (
            "an unknown strength" if found.concentration_mg_ml is None else f"{amount(found.concentration_mg_ml)} mg/mL"
        )
        says = f"WRONG STRENGTH. Scanned {words(found)} at {has}. Needed {wanted}."
        return Finding("WRONG_STRENGTH", says, SET_ASIDE)
    if found.item_id not in recipe.items or found.ndc not in recipe.ndcs:
        says = f"Scanned {words(found)}. It is not one of the packages this recipe allows: {', '.join(recipe.ndcs)}."
        return Finding("PACKAGE_NOT_ALLOWED", says, SET_ASIDE)
    if found.amount_mg != recipe.vial_mg:
        says = f"Scanned {words(found)}. Needed vials of {amount(recipe.vial_mg)} mg."
        return Finding("WRONG_SIZE", says, SET_ASIDE)
    return None


def _new_unit(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, Container):
        return _wrong_kind(case, "a container")
    if not found.unit:
        says = f"The code of {found.text} does not tell one container from another: it has no serial number."
        return Finding("NO_UNIT", says, "Scan the unit label that receiving put on it.")
    inside = {container.unit for container in case.preparation.containers()}
    if case.now.used_by:
        says = f"This {found.text} was already used for preparation {case.now.used_by}."
        return Finding("SAME_UNIT", says, "Set it aside: it may be open. Scan another one.")
    if found.unit in inside or found.unit in {container.unit for container in case.preparation.set_aside}:
        says = f"This {found.text} was already scanned for this preparation."
        return Finding("SAME_UNIT", says, "Scan the next container, not the same one again.")
    return None


def _new_piece(case: Case[Scan]) -> Finding | None:
    """A piece that carries a number of its own is one piece; those without are counted (decision 11)."""
    found = case.evidence.found
    if not isinstance(found, Container) or not found.unit:
        return None
    known = {one.unit for one in (*case.preparation.containers(), *case.preparation.set_aside)}
    if found.unit not in known and not case.now.used_by:
        return None
    where = f"preparation {case.now.used_by}" if case.now.used_by else "this preparation"
    return Finding("SAME_UNIT", f"This {found.text} was already scanned for {where}.", "Take a new piece, and scan it.")


def _fluid(case: Case[Scan], role: str, fluid: str) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, Container):
        return _wrong_kind(case, fluid)
    if found.role != role or found.fluid != fluid:
        code = "WRONG_DILUENT" if role == "diluent" else "WRONG_BASE"
        return Finding(code, f"Scanned {words(found)}. Needed {fluid}.", SET_ASIDE)
    return None


def _diluent(case: Case[Scan]) -> Finding | None:
    making, found = case.preparation.recipe.reconstitution, case.evidence.found
    wrong = _fluid(case, "diluent", making.diluent if making else "no diluent")
    if wrong is None and making is not None and isinstance(found, Container):
        dry = sum(slot.startswith("recon-before:") for slot in case.preparation.entries)
        needed = making.volume_ml * (len(sharing.sealed_units(case.preparation)) - dry)
        if found.volume_ml is None or found.volume_ml < needed:
            says = f"Scanned {words(found)}. {amount(needed)} mL of {making.diluent} are needed from one container."
            return Finding("TOO_SMALL", says, SET_ASIDE)
    return wrong


def _base(case: Case[Scan]) -> Finding | None:
    plan, found = case.preparation.plan, case.evidence.found
    wrong = _fluid(case, "base", plan.base)
    if wrong is None and isinstance(found, Container) and found.volume_ml != plan.base_ml:
        says = f"Scanned {words(found)}. Needed {plan.base} in a bag of {amount(plan.base_ml)} mL."
        return Finding("WRONG_VOLUME", says, SET_ASIDE)
    material = case.preparation.recipe.bag
    if wrong is None and isinstance(found, Container) and material and found.part != material:
        return Finding("WRONG_MATERIAL", f"Scanned {words(found)}. Needed a {material} bag.", SET_ASIDE)
    return wrong


def _device(case: Case[Scan]) -> Finding | None:
    found, brand = case.evidence.found, case.preparation.recipe.cstd_brand
    if not isinstance(found, Container):
        return _wrong_kind(case, f"a {case.item}")
    if found.role != "device" or found.part != case.item:
        return Finding(
            "WRONG_DEVICE", f"Scanned {words(found)}. Needed a {case.item}.", "Scan the device.", ("pharmacist",)
        )
    if brand and found.text.split()[0].casefold() != brand.casefold():
        says = f"Scanned {found.text}. This recipe uses devices of {brand}."
        return Finding("WRONG_DEVICE", says, "Scan a device of that make.", ("pharmacist",))
    return None


def _typed_with_witness(case: Case[Scan]) -> Finding | None:
    scan, second = case.evidence, case.now.second
    if scan.how != "typed":
        return None
    if not scan.photo:
        return Finding(
            "TYPED_NO_PHOTO", "A typed code needs a photo of the label.", "Take the photo, then type the code."
        )
    if second is None or second.id == case.now.who.id:
        says = "A typed code needs a second person who has looked at the container."
        return Finding("TYPED_NO_WITNESS", says, "Ask a colleague for badge and PIN.")
    if may_judge(second) and entitled(case.preparation, second, case.now):
        return Finding(
            "TYPED_NO_WITNESS", f"{second.name} may not witness a typed code.", "Ask a technician or pharmacist."
        )
    return None


def _label(case: Case[Scan], kind: str, live: Printed | None, name: str) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, LabelCode) or found.label_kind != kind:
        return _wrong_kind(case, name)
    if case.now.preparation and found.preparation != case.now.preparation:
        says = f"Label {found.label_id} belongs to preparation {found.preparation}."
        return Finding("WRONG_LABEL", says, "Keep both apart and call a pharmacist.")
    if live is None or (found.label_id, found.copy) != (live.label_id, live.copy) or found.void:
        other = live is not None and found.label_id == live.label_id
        says = f"Label {found.label_id}, copy {found.copy}, is " + (
            "an older copy: VOID." if other else "not this preparation's."
        )
        return Finding(
            "WRONG_LABEL", says, "Keep it apart from every patient and call a pharmacist if it is on a container."
        )
    return None


def _final_label(case: Case[Scan]) -> Finding | None:
    live: Preparation = case.preparation
    return _label(case, "final", live.final_label(), "the final label of this preparation")


def _in_process_label(case: Case[Scan]) -> Finding | None:
    return _label(case, "in_process", case.preparation.in_process, "the in-process label on this container")


def _cabinet(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, CabinetCode):
        return _wrong_kind(case, "the code on the cabinet")
    if found.station and found.station != case.now.station:
        says = f"{found.code} belongs to station {found.station}; this is {case.now.station}."
        return Finding("OTHER_STATION", says, "Scan the cabinet you work in.")
    if found.category not in CATEGORIES:
        return Finding("NO_CATEGORY", f"{found.code} has no sterility category 1 or 2.", "Use another cabinet.")
    return None


def _by_instrument(case: Case[Scan]) -> Finding | None:
    if case.evidence.how != "typed":
        return None
    return Finding("TYPED_LABEL", "A label is never typed.", "Scan it. If it cannot be read, have it printed again.")


def unknown(what: str) -> OtherCode:
    """Return the value for a code that names nothing the catalogue knows (B5)."""
    return OtherCode(what)


IS_THE_ORDERED_PRODUCT = Rule[Scan](
    "It is a package that the recipe names: drug, concentration, size and code all agree (R17).",
    _ordered_product,
    edges=("other drug", "same drug, other strength", "same strength, package not named", "other size", "badge"),
)
IS_A_NEW_UNIT = Rule[Scan](
    "It is a container that was not scanned before, told apart by its serial number or unit label (R16).",
    _new_unit,
    edges=("same unit again", "no unit number"),
)
IS_A_NEW_PIECE = Rule[Scan](
    "A device that has a serial number is used once (R16).", _new_piece, edges=("same unit again", "used elsewhere")
)
IS_THE_DILUENT = Rule[Scan]("It is the diluent that the recipe names.", _diluent, edges=("other fluid",))
IS_THE_BASE = Rule[Scan](
    "It is the base fluid and bag size that were ordered, in the material the recipe asks for.",
    _base,
    edges=("other fluid", "other bag size", "other material"),
)
IS_THE_DEVICE = Rule[Scan](
    "It is the closed-system device asked for; a pharmacist may accept that there is none, with a reason (R46).",
    _device,
    waives=(("WRONG_DEVICE", ("pharmacist",)),),
    edges=("other part",),
)
IS_READ_OR_WITNESSED = Rule[Scan](
    "It was read by an instrument; where the code is unreadable, typed with a photo and a second person (R19).",
    _typed_with_witness,
    edges=("typed alone", "typed without photo", "typed with witness"),
)
IS_READ_BY_INSTRUMENT = Rule[Scan](
    "It was read by an instrument: a label of ours is printed again rather than typed (R20).",
    _by_instrument,
    edges=("typed label",),
)
IS_THE_FINAL_LABEL = Rule[Scan](
    "It is the live final label of this preparation (R20).", _final_label, edges=("other preparation", "older copy")
)
IS_THE_IN_PROCESS_LABEL = Rule[Scan](
    "It is the live in-process label of this preparation (L5).",
    _in_process_label,
    edges=("other preparation", "older copy"),
)
IS_A_CABINET = Rule[Scan]("It is the code of a cabinet.", _cabinet, edges=("badge",))
