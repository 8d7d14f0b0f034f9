"""A preparation becomes the values of its labels: what the record says, in the words of the label room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Any, TypeAlias, TypeVar

import labels
from app.dose_labels import place_in_treatment
from app.settings import ORDER_NUMBER, Settings
from app.trial_labels import of_a_trial
from labels import (
    ENGLISH,
    InProcessLabel,
    IvBagLabel,
    Label,
    LabelIncomplete,
    LabelRefused,
    LabelTroubleError,
    OralBottleLabel,
    PumpLabel,
    SyringeLabel,
    UnitLabel,
)
from workflows import events as happened
from workflows.containers import called
from workflows.counting import CountPlan, directions
from workflows.made_by import Master, Planned
from workflows.measured import concentration, draw_target
from workflows.oral import is_oral
from workflows.order import Order, PatientText
from workflows.pairs import completing
from workflows.plan import MG_PER, Plan
from workflows.preparation import Preparation
from workflows.recipe import CountRecipe, Recipe
from workflows.rules.counting import LONGEST_LOT, MOST_LOTS
from workflows.rules.dating import beyond_use
from workflows.status import progress
from workflows.steps import Workflow
from workflows.trials import shown_drug
from workflows.wording import amount, unit

V = TypeVar("V")
Final: TypeAlias = IvBagLabel | SyringeLabel | PumpLabel | OralBottleLabel
"""The labels that leave with a dose."""
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
DEMO_STOCK = "101.6x50.8"
"""A demo's labels carry its mark, which leaves no room for every line on a syringe's own stock."""
DEMO_BOTTLE_STOCK = "101.6x76.2"
"""Nor on a bottle's."""
LARGER_STOCK = {"syringe": "101.6x76.2", "pump": "101.6x76.2", "oral_bottle": "101.6x76.2", "unit": "101.6x50.8"}
"""What a kind of label needs in another language than English."""
PUSHED = {"IV": "intravenous"}
"""Routes whose usual words say more than what a syringe does: a push is no infusion."""


def route_words(route: str, container: str | None) -> str:
    """Return a route in full words, as it goes with what the dose is given from."""
    pushed = PUSHED.get(route) if container == "syringe" else None
    return pushed or ROUTES.get(route, route)


def in_process(
    p: Preparation,
    workflow: Workflow,
    patient: PatientText,
    settings: Settings,
    *,
    label_id: str,
    copy: int,
    language: str = ENGLISH,
) -> InProcessLabel:
    """Return the label of the tray and container until release. Raises LabelIncomplete where the order lacks something."""
    return InProcessLabel(
        language=language,
        mark=labels.DEMO if settings.demo else None,
        unconfirmed=p.master.unconfirmed,
        label_id=label_id,
        copy=copy,
        patient_name=patient_name(patient),
        second_identifier=f"MRN {patient.mrn}",
        birth_date=patient.birth_date,
        location=patient.location or None,
        drug=shown_drug(p.master),
        dose=p.order.dose,
        dose_unit=unit(p.order.dose_unit),
        hazard_line=labels.fixed("hazard", language).text if p.master.hazardous else None,
        hazardous=p.master.hazardous,
        intravenous_only=not isinstance(p.master, CountRecipe) and p.master.is_vinca,
        zone=settings.site_zone,
        step_count=progress(workflow, p)[1],
    )


def final(
    p: Preparation,
    patient: PatientText,
    settings: Settings,
    *,
    label_id: str,
    copy: int,
    by: str,
    language: str = ENGLISH,
) -> Final:
    """Return the label that leaves with the dose; `by` is the preparer's printed name.

    Raises LabelIncomplete or LabelRefused where the order or the record lacks what it must carry.
    """
    at, until = _needed("prepared_at", _made_at(p)), _needed("use_before", beyond_use(p)).at
    if p.counts:
        made = Made(label_id, copy, by, at, until, lot=", ".join(dict.fromkeys(one.lot for one in p.containers())))
    else:
        made = Made(label_id, copy, by, at, until, draw_target(p).volume_ml, concentration(p).mg_per_ml)
    return of_its_kind(p.order, p.master, p.planned, patient, settings, replace(made, language=language))


def unit_of(p: Preparation, settings: Settings, label_id: str, language: str = ENGLISH) -> UnitLabel:
    """Return the unit label of an opened vial that was kept (R32). Raises LabelIncomplete where there is no such vial."""
    told = (one.event for one in p.notes if isinstance(one.event, happened.VialSetApart))
    kept = next((one for one in told if one.label == label_id), None)
    known = kept.container.opened if kept else None
    if kept is None or known is None:
        raise LabelIncomplete("unit_id", "is no vial of this preparation that was kept")
    vial = kept.container
    return UnitLabel(
        language=language,
        mark=labels.DEMO if settings.demo else None,
        unconfirmed=p.master.unconfirmed,
        unit_id=label_id,
        drug=p.recipe.printed_drug,
        strength=f"{amount(p.recipe.concentration_mg_ml)} mg/mL",
        package_code=f"NDC {vial.ndc}" if vial.ndc else vial.gtin14,
        lot=vial.lot,
        expiry=_needed("expiry", vial.expiry),
        hazardous=p.recipe.hazardous,
        intravenous_only=p.recipe.is_vinca,
        opened_at=known.punctured_at,
        cabinet=known.cabinet,
        use_by=known.until,
        storage="in this cabinet, protect from light" if p.recipe.light_protect else "stays in this cabinet",
        volume_left=known.left_ml.quantize(Decimal("0.01"), ROUND_DOWN),
        zone=settings.site_zone,
    )


def of_its_kind(
    order: Order, recipe: Master, plan: Planned, patient: PatientText, settings: Settings, made: Made
) -> Final:
    """Return the final label of the order's container. Raises LabelIncomplete or LabelRefused where it may not be."""
    if isinstance(plan, CountPlan) or isinstance(recipe, CountRecipe):
        return bottle_of(order, recipe, plan, patient, settings, made)
    make = pump if plan.pump is not None else syringe if plan.gain is None else bag
    return of_a_trial(make(order, recipe, plan, patient, settings, made), recipe, plan)


def why_no_label(
    order: Order, recipe: Master, plan: Planned, patient: PatientText, settings: Settings, trial: Made
) -> str:
    """Say why the final label of an order could never be printed, in words; empty where it can.

    Asked before anything is made: a dose that is found without a label after the last weighing is a bag thrown away.
    """
    try:
        label = of_its_kind(order, recipe, plan, patient, settings, trial)
        labels.try_out(label, usual_stock(label, settings))
    except LabelTroubleError as trouble:
        return f"Its final label cannot be printed: {trouble}"
    return ""


def kind_of(label: Label) -> str:
    """Return the name of a label's kind, as the label room has it."""
    return next(name for name, kind in labels.KINDS.items() if type(label) is kind.label)


def usual_stock(label: Label, settings: Settings) -> str:
    """Return the stock that a label is laid out for when its order comes: its kind's own, but for a syringe and in a demo.

    Another language than English is longer, and says besides that nobody has signed its texts: it has larger stock; so has
    a trial's label, which says protocol, subject and the law's sentence besides. An opened vial's is as long as a syringe's.
    """
    if (label.language != ENGLISH or getattr(label, "study", None)) and (larger := LARGER_STOCK.get(kind_of(label))):
        return larger
    if isinstance(label, OralBottleLabel) and settings.demo:
        return DEMO_BOTTLE_STOCK
    if isinstance(label, UnitLabel) and (settings.demo or label.opened_at is not None):
        return DEMO_STOCK if settings.demo else settings.syringe_stock
    if not isinstance(label, SyringeLabel):
        return labels.KINDS[kind_of(label)].stock
    if label.given_by == "mouth" and not settings.demo:
        return labels.KINDS["oral_bottle"].stock
    return DEMO_STOCK if settings.demo else settings.syringe_stock


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
    drawn_ml: Decimal = Decimal(0)
    """mL that each syringe was to hold: of the actual strength, where the draw was worked out with it (R5)."""
    mg_ml: Decimal = Decimal(0)
    """That strength, in mg/mL."""
    lot: str = ""
    """Lot of the stock that units were counted from."""
    language: str = ENGLISH
    """Of the label's sentences and words."""


def trial(plan: Planned, recipe: Master, at: datetime, by: str) -> Made:
    """Return stand-ins as long as the real ones, for a label that is laid out before the preparation exists."""
    if isinstance(plan, CountPlan) or isinstance(recipe, CountRecipe):
        lots = min(plan.bottles, MOST_LOTS) if isinstance(plan, CountPlan) else MOST_LOTS
        return Made("0" * 8, 99, by, at, at + timedelta(days=366), lot=", ".join(["W" * LONGEST_LOT] * lots))
    return Made("0" * 8, 99, by, at, at + timedelta(hours=24), plan.draw.volume_ml, recipe.concentration_mg_ml)


def syringe(
    order: Order, recipe: Recipe, plan: Plan, patient: PatientText, settings: Settings, made: Made
) -> SyringeLabel:
    """Return the final label of a syringe. Raises LabelIncomplete or LabelRefused where it may not be printed so.

    An order with a rate is for a syringe pump; one without is pushed by hand, over the time that the order gives.
    """
    return SyringeLabel(
        **_common(order, recipe, patient, settings, made),
        diluent="undiluted",
        container=f"{amount(plan.syringes_ml[0])} mL {plan.container}",
        total_volume=_shown(made.drawn_ml, 2),
        concentration=_shown(made.mg_ml, 2 if made.mg_ml >= 1 else 4),
        route=route_words(order.route, order.container),
        given_by="mouth" if is_oral(plan.container) else "push" if order.rate_ml_h is None else "pump",
        rate=order.rate_ml_h,
        duration_minutes=order.duration_min,
    )


def pump(order: Order, recipe: Recipe, plan: Plan, patient: PatientText, settings: Settings, made: Made) -> PumpLabel:
    """Return the final label of a pump. Raises LabelIncomplete or LabelRefused where it may not be printed so.

    Its dose is what is infused; where more was filled in, the label says what is in the device too (R55).
    """
    runs, said = _needed("rate", plan.pump), _common(order, recipe, patient, settings, made)
    cold = tuple(one for one in recipe.warnings if "do not refrigerate" in one.casefold())
    more = runs.filled_ml != runs.infuse_ml
    return PumpLabel(
        **said | {"handling": tuple(one for one in recipe.warnings if one not in cold)},
        diluent=runs.fluid if runs.fluid_ml else "undiluted",
        container=f"{amount(runs.capacity_ml)} mL {called(plan)}".replace(" ", labels.wording.NBSP),
        total_volume=runs.filled_ml,
        concentration=_shown(plan.final_mg_ml, 2 if plan.final_mg_ml >= 1 else 4),
        route=route_words(order.route, order.container),
        device="cassette" if plan.container == "cassette" else "elastomeric",
        volume_to_infuse=runs.infuse_ml,
        reservoir_volume=runs.reservoir_ml,
        prime_volume=runs.prime_ml or None,
        residual_volume=runs.residual_ml or None,
        total_dose=_shown(runs.total_mg / MG_PER[order.dose_unit], 0 if runs.total_mg >= 100 else 2) if more else None,
        rate=runs.rate_ml_h,
        rate_step=recipe.reservoir.rate_step_ml_h if recipe.reservoir else Decimal("0.1"),
        hours=runs.hours,
        library_entry=f"{runs.entry}, version {runs.entry_version}" if runs.entry else None,
        do_not_refrigerate=bool(cold),
    )


def bag(order: Order, recipe: Recipe, plan: Plan, patient: PatientText, settings: Settings, made: Made) -> IvBagLabel:
    """Return the final label of a bag. Raises LabelIncomplete or LabelRefused where it may not be printed so."""
    return IvBagLabel(
        **_common(order, recipe, patient, settings, made),
        diluent=plan.base,
        container=f"{recipe.bag} bag" if recipe.bag else "bag",
        bag_volume=plan.base_ml,
        overfill="plus overfill" if recipe.overfill == "ignore" else "exact volume",
        total_volume=_shown(plan.base_ml + plan.volume_ml, 1),
        concentration=_shown(plan.final_mg_ml, 2 if plan.final_mg_ml >= 1 else 4),
        route=route_words(order.route, order.container),
        rate=_needed("rate", order.rate_ml_h),
        duration_minutes=_whole("duration_minutes", _needed("duration_minutes", order.duration_min)),
        admin_code=settings.bedside_code.replace(ORDER_NUMBER, order.key.placer) or None,
    )


def _common(order: Order, recipe: Recipe, patient: PatientText, settings: Settings, made: Made) -> dict[str, Any]:
    """Return the fields that the final labels of what is made by weight have in common, under their names."""
    return every_final(order, recipe, patient, settings, made) | {
        "concentration_unit": "mg/mL",
        "intravenous_only": recipe.is_vinca,
        "use_before": made.use_before,
        "dose_use": "single dose",
    }


def every_final(order: Order, recipe: Master, patient: PatientText, settings: Settings, made: Made) -> dict[str, Any]:
    """Return the fields that every final label has, under their names."""
    return {
        "language": made.language,
        "mark": labels.DEMO if settings.demo else None,
        "unconfirmed": recipe.unconfirmed,
        "label_id": made.label_id,
        "copy": made.copy,
        "patient_name": patient_name(patient),
        "second_identifier": f"MRN {patient.mrn}",
        "birth_date": patient.birth_date,
        "location": patient.location or None,
        "drug": shown_drug(recipe),
        "dose": order.dose,
        "dose_unit": unit(order.dose_unit),
        "hazard_line": labels.fixed("hazard", made.language).text if recipe.hazardous else None,
        "hazardous": recipe.hazardous,
        "zone": settings.site_zone,
        "warnings": _only_by(order),
        "handling": recipe.warnings,
        "storage": recipe.storage + (", protect from light" if recipe.light_protect else ""),
        "cycle_day": place_in_treatment(order),
        "order_number": order.key.placer,
        "prepared_by": made.by,
        "prepared_at": made.at,
        "pharmacy": settings.site_name,
        "telephone": settings.site_telephone,
    }


def _only_by(order: Order) -> tuple[str, ...]:
    """Return what stands on the label of a dose that kills by another way than its own."""
    return (labels.INTRATHECAL,) if order.route == "IT" else (labels.BY_MOUTH,) if is_oral(order.container) else ()


def bottle_of(
    order: Order, recipe: Master, plan: Planned, patient: PatientText, settings: Settings, made: Made
) -> OralBottleLabel:
    """Return the final label of a bottle of counted units (R54). Raises LabelIncomplete or LabelRefused where it may not be."""
    if not isinstance(plan, CountPlan) or not isinstance(recipe, CountRecipe):
        raise LabelRefused("count", "what is weighed gets no label of a bottle")
    return OralBottleLabel(
        **(every_final(order, recipe, patient, settings, made) | {"dose": plan.ordered_mg, "dose_unit": "mg"}),
        form=recipe.form,
        strength=plan.strength_mg,
        each_time=plan.each_time,
        times_a_day=plan.times_a_day,
        directions=directions(order, plan),
        days_supply=plan.taking_days,
        taking_days=plan.taking_days,
        count=plan.count,
        child_resistant=recipe.child_resistant,
        refills=0,
        lot=made.lot,
        discard_after=made.use_before.astimezone(settings.zone).date(),
        prescriber=_needed("prescriber", order.prescriber.name if order.prescriber else None),
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
        raise LabelRefused(field, f"{amount(minutes)} min is no whole number of minutes: have the order sent with one")
    return int(minutes)


def _made_at(p: Preparation) -> datetime | None:
    """Return when the dose was in its final container: its last weighing."""
    return entry.at if (entry := p.entries.get(completing(p.planned))) else None


def _shown(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
