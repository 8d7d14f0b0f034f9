"""Whether the amounts of one label say the same: the paper is the last place where a slip of a decimal point can be seen."""

from __future__ import annotations

from decimal import Decimal

from labels.trouble import LabelRefused
from labels.wording import quantity

APART = Decimal("0.05")
"""Of the dose: more than this, and the amounts speak of another dose (R55). What is rounded for the paper is far inside."""

_IN_MILLIGRAMS = {"mcg": Decimal("0.001"), "mg": Decimal(1), "g": Decimal(1000)}


def dose_agrees(dose: Decimal, unit: str, concentration: Decimal, per: str, ml: Decimal) -> None:
    """Raise LabelRefused unless concentration × volume is the dose within 5 %.

    `dose` is in `unit`, `concentration` in `per` (mg/mL), `ml` is the volume that is given. Units of mass are converted
    into each other; any other unit must be the same in both (units and units/mL).
    """
    amount = per.removesuffix("/mL")
    if amount == per or not (amount == unit or {amount, unit} <= _IN_MILLIGRAMS.keys()):
        says = f"is in {per}, which cannot be compared with a dose in {unit}: write it in {unit}/mL"
        raise LabelRefused("concentration_unit", says)
    given = concentration * ml
    if amount != unit:
        given = given * _IN_MILLIGRAMS[amount] / _IN_MILLIGRAMS[unit]
    if abs(given - dose) > APART * dose:
        product = f"{quantity(concentration, per)} in {quantity(ml, 'mL')} is {quantity(rounded(given), unit)}"
        raise LabelRefused("dose", f"{product}, and the dose says {quantity(dose, unit)}: they must agree within 5 %")


def pace_agrees(rate: Decimal, hours: Decimal, ml: Decimal, within_ml: Decimal) -> None:
    """Raise LabelRefused unless rate (mL/h) × hours is the volume (mL), to within `within_ml`."""
    runs = rate * hours
    if abs(runs - ml) > within_ml:
        product = f"{quantity(rate, 'mL/h')} for {quantity(rounded(hours), 'h')} is {quantity(rounded(runs), 'mL')}"
        raise LabelRefused("rate", f"{product}, and the label says {quantity(ml, 'mL')}: they must agree")


def rounded(number: Decimal) -> Decimal:
    """Return a product as a sentence shows it, with four digits that say something."""
    return (
        number.quantize(Decimal(1).scaleb(number.adjusted() - 3))
        if number.adjusted() < 3
        else number.quantize(Decimal(1))
    )
