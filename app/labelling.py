"""A preparation becomes the values of its labels: what the record says, in the words of the label room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

import labels
from app.settings import ORDER_NUMBER, Settings
from labels import InProcessLabel, IvBagLabel, LabelIncomplete, LabelRefused, LabelTroubleError
from workflows.order import Order, PatientText
from workflows.pairs import completing
from workflows.plan import Plan
from workflows.preparation import Preparation
from workflows.recipe import Recipe
from workflows.rules.dating import beyond_use
from workflows.status import progress
from workflows.steps import Workflow
from workflows.wording import unit

V = TypeVar("V")
ROUTES = {
    "IV": "intravenous infusion",
    "IT": "intrathecal",
    "SC": "subcutaneous",
    "IM": "intramuscular",
    "IP": "intraperitoneal",
    "IPL": "intrapleural",
    "IVES": "intravesical",
    "PO": "oral",
    "TOP": "topical",
}
"""Routes in full words, as a label prints them (N3)."""


def route_words(route: str) -> str:
    """Return a route in full words."""
    return ROUTES.get(route, route)


def in_process(
    p: Preparation, workflow: Workflow, patient: PatientText, settings: Settings, *, label_id: str, copy: int
) -> InProcessLabel:
    """Return the label of the tray and container until release. Raises LabelIncomplete where the order lacks something."""
    return InProcessLabel(
        mark=labels.DEMO if settings.demo else None,
        unconfirmed=p.recipe.unconfirmed,
        label_id=label_id,
        copy=copy,
        patient_name=patient_name(patient),
        second_identifier=f"MRN {patient.mrn}",
        birth_date=patient.birth_date,
        location=patient.location or None,
        drug=p.recipe.printed_drug,
        dose=p.order.dose,
        dose_unit=unit(p.order.dose_unit),
        hazard_line=labels.fixed("hazard").text if p.recipe.hazardous else None,
        hazardous=p.recipe.hazardous,
        zone=settings.site_zone,
        step_count=progress(workflow, p)[1],
    )


def final(p: Preparation, patient: PatientText, settings: Settings, *, label_id: str, copy: int, by: str) -> IvBagLabel:
    """Return the label that leaves with the bag; `by` is the preparer's printed name.

    Raises LabelIncomplete or LabelRefused where the order or the record lacks what it must carry.
    """
    made = Made(label_id, copy, by, _needed("prepared_at", _made_at(p)), _needed("use_before", beyond_use(p)).at)
    return bag(p.order, p.recipe, p.plan, patient, settings, made)


def why_no_label(
    order: Order, recipe: Recipe, plan: Plan, patient: PatientText, settings: Settings, trial: Made
) -> str:
    """Say why the final label of an order could never be printed, in words; empty where it can.

    Asked before anything is made: a bag that is found without a label after the last weighing is a bag thrown away.
    """
    try:
        labels.try_out(bag(order, recipe, plan, patient, settings, trial))
    except LabelTroubleError as trouble:
        return f"Its final label cannot be printed: {trouble}"
    return ""


@dataclass(frozen=True)
class Made:
    """What a final label says that no order knows."""

    label_id: str
    """Id of the label."""
    copy: int
    """Which print of it."""
    by: str
    """Printed name of whoever prepared it."""
    at: datetime
    """When the liquids met."""
    use_before: datetime
    """The beyond-use time."""


def trial(at: datetime, by: str) -> Made:
    """Return stand-ins as long as the real ones, for a label that is laid out before the preparation exists."""
    return Made("0" * 8, 99, by, at, at + timedelta(hours=24))


def bag(order: Order, recipe: Recipe, plan: Plan, patient: PatientText, settings: Settings, made: Made) -> IvBagLabel:
    """Return the final label of a bag. Raises LabelIncomplete or LabelRefused where it may not be printed so."""
    return IvBagLabel(
        mark=labels.DEMO if settings.demo else None,
        unconfirmed=recipe.unconfirmed,
        label_id=made.label_id,
        copy=made.copy,
        patient_name=patient_name(patient),
        second_identifier=f"MRN {patient.mrn}",
        birth_date=patient.birth_date,
        location=patient.location or None,
        drug=recipe.printed_drug,
        dose=order.dose,
        dose_unit=unit(order.dose_unit),
        hazard_line=labels.fixed("hazard").text if recipe.hazardous else None,
        hazardous=recipe.hazardous,
        zone=settings.site_zone,
        diluent=plan.base,
        container=f"{recipe.bag} bag" if recipe.bag else "bag",
        bag_volume=plan.base_ml,
        overfill="plus overfill" if recipe.overfill == "ignore" else "exact volume",
        total_volume=_shown(plan.base_ml + plan.volume_ml, 1),
        concentration=_shown(plan.final_mg_ml, 2 if plan.final_mg_ml >= 1 else 4),
        concentration_unit="mg/mL",
        route=route_words(order.route),
        intravenous_only=recipe.is_vinca,
        warnings=(),
        handling=recipe.warnings,
        rate=_needed("rate", order.rate_ml_h),
        duration_minutes=_whole("duration_minutes", _needed("duration_minutes", order.duration_min)),
        use_before=made.use_before,
        storage=recipe.storage + (", protect from light" if recipe.light_protect else ""),
        dose_use="single dose",
        cycle_day=f"Cycle {order.cycle}, day {order.day}" if order.cycle and order.day else None,
        order_number=order.key.placer,
        prepared_by=made.by,
        prepared_at=made.at,
        pharmacy=settings.site_name,
        telephone=settings.site_telephone,
        admin_code=settings.bedside_code.replace(ORDER_NUMBER, order.key.placer) or None,
    )


def patient_name(patient: PatientText) -> str:
    """Return the name as labels and screens show it: family name first."""
    return f"{patient.family}, {patient.given}" if patient.given else patient.family


def _needed(field: str, value: V | None) -> V:
    """Return what a label cannot be without. Raises LabelIncomplete where order or record do not have it."""
    if value is None:
        raise LabelIncomplete(field, "is in neither the order nor the record")
    return value


def _whole(field: str, minutes: Decimal) -> int:
    """Return whole minutes; nothing is rounded on its way to the paper."""
    if minutes != minutes.to_integral_value():
        raise LabelRefused(field, f"{minutes:f} min is no whole number of minutes: have the order sent with one")
    return int(minutes)


def _made_at(p: Preparation) -> datetime | None:
    """Return when the dose was in its final container: its last weighing."""
    entry = p.entries.get(completing(p.plan))
    return entry.at if entry else None


def _shown(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
