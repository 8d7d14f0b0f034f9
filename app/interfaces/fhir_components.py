"""The ingredients of a FHIR Medication: strength is read in one shape only, the amount in one container (I61)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from app.interfaces.components import ORAL_FORMS, Dose, Places, Row
from app.interfaces.fhir_json import Json, Written, each, one, text
from app.interfaces.fhir_parts import UCUM, World, amount, concept, optional, unit
from app.interfaces.hl7_coded import names_another_unit
from app.interfaces.notes import Notes
from app.interfaces.products import Named, another_formulation, drugs_in
from app.interfaces.profile import Unit
from app.interfaces.scripts import of_another_script
from app.interfaces.values import number
from workflows.order import Container

INGREDIENTS = "Medication.ingredient"
CONTAINERS: dict[str, Container] = {
    "{bag}": "bag",
    "{minibag}": "minibag",
    "{syringe}": "syringe",
    "{oral_syringe}": "oral syringe",
    "{cassette}": "cassette",
    "{elastomeric}": "elastomeric",
    "{pump}": "pump",
    "{vial}": "vial",
    "{bottle}": "bottle",
    "{tbl}": "tablets",
    "{tablet}": "tablets",
    "{cap}": "capsules",
    "{capsule}": "capsules",
}
"""Annotation of a denominator to the container it counts."""
NAMED_BY_FORM = {
    "syringe": frozenset({"syringe", "oral syringe"}),
    "cassette": frozenset({"cassette"}),
    "bag": frozenset({"bag", "minibag"}),
}
"""A word of a form to the containers that it can be."""


@dataclass(slots=True)
class Mixture:
    """What one Medication says."""

    drug: Named | None = None
    """The ordered drug; None with a fault."""
    rows: list[Row] = field(default_factory=list)
    """Its components; none for a plain oral product."""
    containers: set[Container] = field(default_factory=set)
    """Every container that a denominator names."""
    units: list[Named] = field(default_factory=list)
    """What one tablet or capsule holds."""
    strength: Decimal | None = None
    """Of one tablet or capsule."""
    strength_unit: Unit | None = None
    """Its unit."""
    total_ml: Decimal | None = None
    """mL as stated in Medication.amount."""


def read_mixture(notes: Notes, request: Json, world: World) -> Mixture:
    """Return the medication of a request, or note why it cannot be read."""
    found = Mixture()
    medication = world.find(one(request, "medicationReference"), "Medication")
    plain = one(request, "medicationCodeableConcept")
    if medication is None and not plain:
        notes.fault("NO_DRUG", "MedicationRequest.medicationReference", hint="send the Medication with the order")
        return found
    if medication is None:
        found.drug = concept(plain, notes.profile)
        return _judged(notes, found, "MedicationRequest.medicationCodeableConcept")
    if text(medication, "status") not in ("", "active"):
        notes.fault("ORDER_CONTROL", "Medication.status", text(medication, "status"))
    for nth, ingredient in enumerate(each(medication, "ingredient")):
        _ingredient(notes, ingredient, nth, world, found)
    total = one(medication, "amount")
    if total:
        _total(notes, total, found)
    _drug(notes, one(medication, "code"), found)
    form = one(medication, "form")
    words = " ".join([text(form, "text"), *(text(row, "display") for row in each(form, "coding"))]).casefold()
    if found.rows and ("tablet" in words or "capsule" in words):
        notes.note("CONTAINER_UNKNOWN", "Medication.form is a tablet or capsule, its ingredients are in one container")
    elif any(word in words and not found.containers & held for word, held in NAMED_BY_FORM.items() if found.containers):
        notes.note("CONTAINER_UNKNOWN", "Medication.form names another container than its ingredients' amounts")
    return found


def _ingredient(notes: Notes, ingredient: Json, nth: int, world: World, found: Mixture) -> None:
    at = f"{INGREDIENTS}[{nth}]"
    strength = one(ingredient, "strength")
    part = world.find(one(ingredient, "itemReference"), "Medication")
    named = concept(one(ingredient, "itemCodeableConcept") or one(part or {}, "code"), notes.profile)
    nested = bool(ingredient.get("itemReference")) and (part is None or bool({"amount", "ingredient"} & set(part)))
    if not strength or (nested and _in_one_container(strength)):
        notes.fault("STRENGTH_SHAPE", at, hint="send the amount in one container as this ingredient's own strength")
        return
    if not _in_one_container(strength):
        hint = (
            "a concentration may be the source's or the product's: send the amount in one container, e.g. per 1 {bag}"
        )
        notes.fault("STRENGTH_SHAPE", f"{at}.strength", hint=hint)
        return
    if named is None:
        notes.fault("NO_DRUG", at)
    elif named.conflict:
        notes.fault("CODE_NAME_CONFLICT", at)
    active = ingredient.get("isActive", True)
    if not isinstance(active, bool):
        notes.fault("BASE_ADDITIVE_SWAPPED", f"{at}.isActive")
    numerator, place = one(strength, "numerator"), f"{at}.strength"
    value = amount(notes, numerator, place, f"components.{nth + 1}.amount")
    measured = unit(notes, numerator, place, drug=False)
    places = Places(INGREDIENTS, f"{at}.isActive", at, place, place)
    role = _role(notes, active is not False, named, places)
    container = CONTAINERS.get(text(one(strength, "denominator"), "code"))
    if container:
        found.containers.add(container)
    if container in ORAL_FORMS:
        _of_one_unit(notes, found, role, named, (value, measured), at)
    else:
        found.rows.append(Row(places, role, named, value, measured))


def _of_one_unit(
    notes: Notes, found: Mixture, role: str, named: Named | None, said: tuple[Decimal | None, Unit | None], at: str
) -> None:
    """Take an active ingredient of a tablet or capsule; what holds two strengths has none that could be compared."""
    if role != "active" or named is None:
        return
    if found.units and found.strength is not None:
        notes.fault("STRENGTH_SHAPE", f"{at}.strength", hint="a tablet or capsule is read with one active ingredient")
    found.units.append(named)
    found.strength, found.strength_unit = said


def _in_one_container(strength: Json) -> bool:
    """Say whether a strength is per 1 of nothing, or of a thing counted: shape (a)."""
    return _of_one(one(strength, "denominator")) and bool(one(strength, "numerator"))


def _of_one(denominator: Json) -> bool:
    """Say whether a denominator is exactly 1 of nothing or of one container, by its code and by its words."""
    value, code, words = denominator.get("value"), text(denominator, "code"), text(denominator, "unit").casefold()
    if not isinstance(value, Written) or number(value.text) != 1 or text(denominator, "comparator"):
        return False
    if (code not in ("", "1") and code not in CONTAINERS) or text(denominator, "system") not in ("", UCUM):
        return False
    named = CONTAINERS.get(f"{{{words.removesuffix('s')}}}")
    if named and code in CONTAINERS and CONTAINERS[code] != named:
        return False
    return not names_another_unit([words], "{each}")


def _role(notes: Notes, active: bool, named: Named | None, places: Places) -> str:
    known = named.product.kind if named and named.product else ""
    if known in ("container", "additive"):
        return known
    if (active, known) in ((True, "base"), (False, "drug")):
        notes.fault("BASE_ADDITIVE_SWAPPED", places.role)
    return "active" if active else "base"


def _total(notes: Notes, total: Json, found: Mixture) -> None:
    numerator, denominator = one(total, "numerator"), one(total, "denominator")
    container = CONTAINERS.get(text(denominator, "code"))
    if not _of_one(denominator):
        notes.unreadable("Medication.amount", "is not the volume of one container")
        return
    if container:
        found.containers.add(container)
    found.total_ml = optional(notes, numerator, "mL", "Medication.amount")


def _drug(notes: Notes, code: Json, found: Mixture) -> None:
    """Name the ordered drug: the one active ingredient, or the one that the Medication's own code names (I22)."""
    said = concept(code, notes.profile)
    if said and any(map(of_another_script, said.words)):
        notes.note("TEXT_LOOKALIKE", "Medication.code is written with letters of another script than Latin")
    actives = [row for row in found.rows if row.role == "active" and row.named]
    if found.units and found.rows:
        notes.fault("STRENGTH_SHAPE", INGREDIENTS, hint="some ingredients are per tablet and some in one container")
    if not actives:
        found.drug = said or next(iter(found.units), None)
        _judged(notes, found, "Medication.code")
        if found.drug and not all(one_.same_drug(found.drug) for one_ in found.units):
            notes.fault("CODE_NAME_CONFLICT", "Medication.code", hint="an ingredient is another drug than the order's")
        return
    coded = said if said and said.codes else None
    same = [row for row in actives if coded and row.named and row.named.same_drug(coded)]
    if coded and not same:
        notes.fault("CODE_NAME_CONFLICT", "Medication.code")
    elif len(actives) > 1 and len(same) != 1:
        notes.fault(
            "TWO_DRUGS", INGREDIENTS, hint="the Medication's own code must say which of them is the ordered drug"
        )
    found.drug = (same or actives)[0].named
    words = " ".join(said.texts) if said else ""
    wrong = drugs_in(words, notes.profile)
    if found.drug and another_formulation(found.drug.name, words):
        notes.fault("CODE_NAME_CONFLICT", "Medication.code")
    if found.drug and found.drug.product and wrong - {row.named.name for row in actives if row.named}:
        notes.fault("CODE_NAME_CONFLICT", "Medication.code")


def _judged(notes: Notes, found: Mixture, at: str) -> Mixture:
    if found.drug is None:
        if not notes.faults:
            notes.fault("NO_DRUG", at)
    elif found.drug.conflict:
        notes.fault("CODE_NAME_CONFLICT", at)
    return found


def container_of(notes: Notes, found: Mixture, dispensed: Json) -> Container | None:
    """Return the one container that the denominators and the quantity to dispense name; two are none (finding)."""
    counted = CONTAINERS.get(text(dispensed, "code"))
    names = found.containers | ({counted} if counted else set())
    if len(names) == 1:
        return next(iter(names))
    if names or text(dispensed, "code") not in ("", "1", "{each}"):
        notes.note(
            "CONTAINER_UNKNOWN", "MedicationRequest.dispenseRequest.quantity does not say which container is meant"
        )
    return None


def no_dose(at: str) -> Dose:
    """Return the dose of an order that states none that could be read."""
    return Dose(None, None, at)
