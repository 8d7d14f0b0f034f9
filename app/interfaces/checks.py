"""What a pharmacist must see before confirming: checks of an order that accept and block, and never change a value (I44)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from app.interfaces.products import drugs_in
from app.interfaces.profile import Profile
from app.interfaces.reasons import finding
from workflows.order import Allergy, Order, OrderFinding
from workflows.wording import amount, rounded, unit

VOLUME_LIMIT = Decimal("0.01")
BASIS_LIMIT = Decimal("0.05")
SURFACE_LIMIT = Decimal("0.05")
WEIGHT_LIMIT = Decimal("0.10")
MEASURE_AGE = timedelta(days=30)
LATE = timedelta(hours=2)
FAR_AHEAD = timedelta(days=183)
NOT_INFUSED = frozenset({"syringe", "oral syringe", "tablets", "capsules", "vial", "bottle"})
FILLED_UP = frozenset({"cassette", "elastomeric"})
"""Pumps: the pharmacy fills them up with diluent to what rate and hours ask for, and an order need not name it (R55)."""


def check_order(
    order: Order, allergies: tuple[Allergy, ...], profile: Profile, at: datetime
) -> tuple[OrderFinding, ...]:
    """Return the findings on an order that was read without fault; `at` is the moment of receipt, aware."""
    found = [*allergy_match(order, allergies, profile), *_volume(order, profile), *_basis(order), *_surface(order)]
    if order.measured_at and at - order.measured_at > MEASURE_AGE:
        found.append(finding("MEASURE_OLD", "Weight or height is older than 30 days"))
    if at - order.due_at > LATE:
        found.append(finding("PAST_DUE", "The order was due more than two hours ago"))
    if order.due_at - at > FAR_AHEAD:
        found.append(finding("FIELD_UNREADABLE", "The order is due more than half a year ahead: check the year"))
    return tuple(found)


def allergy_match(order: Order, allergies: tuple[Allergy, ...], profile: Profile) -> Iterator[OrderFinding]:
    """Yield a finding if one of the allergies names a drug of the order, by code or by word."""
    drugs = {active.drug.casefold() for active in order.actives} | {order.drug.casefold()}
    codes = {(code.system, code.code) for code in order.drug_codes}
    codes |= {(active.code.system, active.code.code) for active in order.actives if active.code}
    for one in allergies:
        product = profile.codes.get((one.code.system, one.code.code)) if one.code else None
        words = {one.text.casefold(), *drugs_in(one.text, profile), *([product.maps_to] if product else [])}
        same_code = one.code is not None and (one.code.system, one.code.code) in codes
        if words & drugs or same_code or any(drug in one.text.casefold() for drug in drugs):
            yield finding("ALLERGY_MATCH", "An allergy of the patient names a drug of this order")
            return


def _volume(order: Order, profile: Profile) -> Iterator[OrderFinding]:
    """Compare the sum of volumes with rate times duration (> 1 %)."""
    if order.route == "PO" or order.container in NOT_INFUSED or (order.base is None and order.rate_ml_h is None):
        return
    rate, duration, total = order.rate_ml_h, order.duration_min, order.total_volume_ml
    if rate is None or duration is None or total is None:
        if profile.expects_rate or rate is not None:
            missing = "rate" if rate is None else "duration" if duration is None else "total volume"
            yield finding("VOLUME_UNCHECKED", f"The volume could not be checked: the {missing} is not known")
        return
    run = rate * duration / 60
    if order.container in FILLED_UP and order.base is None and total <= run:
        return
    if abs(total - run) > VOLUME_LIMIT * run:
        yield finding(
            "VOLUME_MISMATCH", f"Components add up to {amount(total)} mL, rate and duration to {_short(run)} mL"
        )


def _short(value: Decimal) -> str:
    return amount(rounded(value, 1))


def _basis(order: Order) -> Iterator[OrderFinding]:
    """Compare the dose with the prescriber's own arithmetic (> 5 %); the dose itself is never touched (I30)."""
    size = {"mg/m2": order.bsa_m2, "mg/kg": order.weight_kg}.get(order.per_unit or "")
    scale = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001")}.get(order.dose_unit)
    if order.per_unit_dose is None or size is None or scale is None:
        yield finding("DOSE_BASIS_UNCHECKED", "How the dose was calculated is not stated in a way that can be checked")
        return
    wanted = order.per_unit_dose * size * (1 - (order.reduction_percent or Decimal(0)) / 100)
    if abs(order.dose * scale - wanted) > BASIS_LIMIT * wanted:
        ordered = f"{amount(order.dose)} {unit(order.dose_unit)}"
        told = f"{order.per_unit_dose:f} {order.per_unit}"
        yield finding("DOSE_BASIS_DIFFERS", f"The order is {ordered}; {told} gives {_short(wanted)} mg")


def surface(weight_kg: Decimal, height_cm: Decimal, method: str) -> Decimal:
    """Return the body surface in m² by the named formula, Mosteller where none or another is named."""
    if method.upper().replace(" ", "").startswith("DUBOIS"):
        return Decimal("0.007184") * weight_kg ** Decimal("0.425") * height_cm ** Decimal("0.725")
    if method.upper().startswith("HAYCOCK"):
        return Decimal("0.024265") * weight_kg ** Decimal("0.5378") * height_cm ** Decimal("0.3964")
    return (weight_kg * height_cm / 3600).sqrt()


def _surface(order: Order) -> Iterator[OrderFinding]:
    if order.bsa_m2 is None or order.weight_kg is None or order.height_cm is None:
        return
    wanted = surface(order.weight_kg, order.height_cm, order.bsa_method)
    if abs(order.bsa_m2 - wanted) >= SURFACE_LIMIT * wanted:
        yield finding(
            "BSA_MISMATCH",
            f"Body surface {order.bsa_m2:f} m2 does not fit {order.weight_kg:f} kg and {order.height_cm:f} cm",
        )


def weight_changed(order: Order, weight_kg: Decimal) -> bool:
    """Say whether a new weight differs by 10 % or more from the order's (I55)."""
    return order.weight_kg is not None and abs(weight_kg - order.weight_kg) >= WEIGHT_LIMIT * order.weight_kg
