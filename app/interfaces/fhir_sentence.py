"""What the sentence of a dosage may not contradict: dose, route and how often. Nothing is taken from it (I31, I37)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from app.interfaces.components import Dose
from app.interfaces.fhir_components import Mixture
from app.interfaces.fhir_json import Json, text
from app.interfaces.fhir_timing import DOSAGE, Timing
from app.interfaces.notes import Notes
from app.interfaces.rhythms import rhythms_in
from app.interfaces.routes import ANOTHER, NEAR_THE_SKIN, routes_named
from workflows.order import Route

AMOUNT = re.compile(
    r"(?<![\w.,])(\d[\d.,]*) ?(mg|milligrams?|gm?|grams?|mcg|ug|[\u00b5\u03bc]g|micrograms?)\b(?! ?(?:/|per\b|pro\b))"
)
"""A number and a unit of mass that are not per something: 600 mg/m2 is how a dose was reckoned, and 20 mg/mL a strength."""
IN_MG = {"m": Decimal(1), "g": Decimal(1000), "mic": Decimal("0.001"), "mc": Decimal("0.001"), "u": Decimal("0.001")}


def hold_sentence(notes: Notes, dosage: Json, dose: Dose, route: Route | None, said: tuple[Mixture, Timing]) -> None:
    """Note where the words of a dosage name amounts, routes or times a day, and none of them is the order's."""
    sentence, (mixture, timing), at = text(dosage, "text"), said, f"{DOSAGE}.text"
    if _other_amount(sentence, dose, mixture):
        notes.unreadable(at, "names another amount than doseQuantity")
    named = routes_named([sentence], notes.profile.routes) - NEAR_THE_SKIN
    if route and named and (route not in named or ANOTHER in named):
        notes.unreadable(at, "names another route than the route's code")
    often = rhythms_in(sentence)
    if timing.rhythm and often and timing.rhythm not in often:
        notes.unreadable(at, "names another frequency than timing")


def _other_amount(sentence: str, dose: Dose, mixture: Mixture) -> bool:
    """Say whether a sentence names masses, and none is the dose or what one tablet holds."""
    if dose.amount is None or dose.unit is None or dose.unit.dimension != "mass":
        return False
    held = {dose.amount * dose.unit.factor}
    if mixture.strength and mixture.strength_unit and mixture.strength_unit.dimension == "mass":
        held.add(mixture.strength * mixture.strength_unit.factor)
    named = [one for number, unit in AMOUNT.findall(sentence) for one in (_in_mg(number, unit),)]
    return bool(named) and not any(one & held for one in named)


def _in_mg(number: str, unit: str) -> frozenset[Decimal]:
    """Return every mg that a number may mean: a comma is a decimal point to some, and parts thousands to others."""
    factor = next(value for start, value in sorted(IN_MG.items(), reverse=True) if _plain(unit).startswith(start))
    found = set()
    for meant in (number.rstrip(".,").replace(",", ""), number.rstrip(".,").replace(",", ".")):
        try:
            found.add(Decimal(meant) * factor)
        except InvalidOperation:
            continue
    return frozenset(found)


def _plain(unit: str) -> str:
    return unit.replace("\u00b5", "u").replace("\u03bc", "u")
