"""What rounding an ordered dose to whole vials would save, for the pharmacist who verifies it: shown, never applied (R59)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from app.catalogue.billing import sizes_of
from app.interfaces.checks import surface
from workflows.order import Order
from workflows.plan import MG_PER
from workflows.preparation import Preparation
from workflows.rounding import NoRounding, Proposal, proposals
from workflows.trials import is_trial
from workflows.wording import amount, rounded


@dataclass(frozen=True)
class Rounding:
    """What is offered, and against what."""

    proposals: tuple[Proposal, ...]
    """The nearest doses of whole vials below and above; none where there is a reason."""
    says: str
    """Why none is offered; empty where one is."""
    calculated: str
    """The dose that the prescriber's arithmetic gives, and how; empty where the order does not say it."""


def rounding_of(conn: Connection, p: Preparation) -> Rounding | None:
    """Return what rounding would save; None of whole tablets, and once the order is verified: its dose is what it is."""
    if p.counts or "verify" in p.entries or p.outcome:
        return None
    dose, how = calculated(p.order)
    sizes = sizes_of(conn, p.master.ndcs) or (p.recipe.vial_mg,)
    made = proposals(p.planned.ordered_mg, sizes, calculated_mg=dose, trial=is_trial(p.order, p.master))
    if isinstance(made, NoRounding):
        return Rounding((), made.says, how)
    return Rounding(made, "", how)


def calculated(order: Order) -> tuple[Decimal | None, str]:
    """Return the dose by the prescriber's arithmetic in mg, and how it came about; None and nothing where it is not stated."""
    size, words = _size(order)
    if order.per_unit_dose is None or size is None or order.dose_unit not in MG_PER:
        return None, ""
    left = 1 - (order.reduction_percent or Decimal(0)) / 100
    dose = order.per_unit_dose * size * left
    said = f"{amount(order.per_unit_dose)} {order.per_unit} × {words}"
    said += f", less {amount(order.reduction_percent)} %" if order.reduction_percent else ""
    return (dose, f"{said} = {amount(rounded(dose, 1))} mg") if dose > 0 else (None, "")


def _size(order: Order) -> tuple[Decimal | None, str]:
    if order.per_unit == "mg/kg" and order.weight_kg is not None:
        return order.weight_kg, f"{amount(order.weight_kg)} kg"
    if order.per_unit != "mg/m2":
        return None, ""
    if order.weight_kg is not None and order.height_cm is not None:
        area = surface(order.weight_kg, order.height_cm, order.bsa_method)
        of = f"{_formula(order.bsa_method)}, {amount(order.height_cm)} cm, {amount(order.weight_kg)} kg"
        return area, f"{amount(rounded(area, 4))} m² ({of})"
    return order.bsa_m2, f"{amount(order.bsa_m2)} m² as sent" if order.bsa_m2 is not None else ""


def _formula(method: str) -> str:
    """Return the formula that `surface` goes by: Mosteller's where none or another is named."""
    known = {"DUBOIS": "DuBois", "HAYCOCK": "Haycock"}
    named = method.upper().replace(" ", "")
    return next((name for word, name in known.items() if named.startswith(word)), "Mosteller")
