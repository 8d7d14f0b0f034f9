"""A whole label of each kind that a station prints, of a fictional patient: what a preview shows before any dose is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from labels.label import InProcessLabel, Label, UnitLabel
from labels.language import ENGLISH, fixed
from labels.oral import OralBottleLabel
from labels.pump import PumpLabel
from labels.sterile import IvBagLabel, SyringeLabel

TITLES = {
    "in_process": "In-process label",
    "iv_bag": "Infusion bag",
    "syringe": "Syringe",
    "pump": "Pump",
    "oral_bottle": "Bottle of tablets or capsules",
    "unit": "Opened vial",
}
"""The kinds that a station prints, as a page names them."""


def specimen(kind: str, mark: str | None, zone: str, at: datetime, language: str = ENGLISH) -> Label:
    """Return a label of one of TITLES, made at a moment, with the mark of a demo or none. KeyError for another kind."""
    return _KINDS[kind]({"mark": mark, "zone": zone, "language": language}, at)


def _patient(given: dict[str, Any], at: datetime) -> dict[str, Any]:
    return given | {
        "label_id": "00000000",
        "patient_name": "SPECIMEN, Not A Patient",
        "second_identifier": "MRN 00000000",
        "birth_date": datetime(1968, 2, 14, tzinfo=at.tzinfo).date(),
        "location": "Infusion centre, chair 12",
        "hazard_line": fixed("hazard", given["language"]).text,
    }


def _leaves(given: dict[str, Any], at: datetime) -> dict[str, Any]:
    return _patient(given, at) | {
        "storage": "20 to 25 °C, protect from light",
        "cycle_day": "Cycle 3, day 1",
        "order_number": "ORD7700123",
        "prepared_by": "Ann T.",
        "prepared_at": at,
        "pharmacy": "Main Hospital Pharmacy",
        "telephone": "555 010 0199",
    }


def _liquid(given: dict[str, Any], at: datetime) -> dict[str, Any]:
    return _leaves(given, at) | {
        "dose_unit": "mg",
        "concentration_unit": "mg/mL",
        "use_before": at + timedelta(hours=24),
        "dose_use": "single dose",
    }


def _bag(given: dict[str, Any], at: datetime) -> IvBagLabel:
    return IvBagLabel(
        **_liquid(given, at),
        drug="vinCRIStine",
        dose=Decimal("1.5"),
        diluent="sodium chloride 0.9 %",
        container="minibag",
        bag_volume=Decimal(50),
        overfill="exact volume",
        total_volume=Decimal("51.5"),
        concentration=Decimal("0.0291"),
        route="intravenous infusion",
        rate=Decimal(309),
        duration_minutes=10,
        handling=("Vesicant: give through a free-flowing line",),
    )


def _syringe(given: dict[str, Any], at: datetime) -> SyringeLabel:
    return SyringeLabel(
        **_liquid(given, at),
        drug="DOXOrubicin",
        dose=Decimal(40),
        diluent="undiluted",
        container="35 mL syringe",
        total_volume=Decimal(20),
        concentration=Decimal(2),
        route="intravenous",
        given_by="push",
        duration_minutes=Decimal(5),
        handling=("vesicant", "not liposomal"),
    )


def _pump(given: dict[str, Any], at: datetime) -> PumpLabel:
    return PumpLabel(
        **_liquid(given, at) | {"use_before": at + timedelta(hours=96)},
        drug="fluorouracil",
        dose=Decimal(4320),
        diluent="sodium chloride 0.9 %",
        container="100 mL CADD cassette",
        total_volume=Decimal(92),
        concentration=Decimal("46.96"),
        route="intravenous infusion",
        device="cassette",
        volume_to_infuse=Decimal(92),
        reservoir_volume=Decimal(92),
        rate=Decimal(2),
        hours=Decimal(46),
        library_entry="FU 46 h, version 3",
    )


def _bottle(given: dict[str, Any], at: datetime) -> OralBottleLabel:
    return OralBottleLabel(
        **_leaves(given, at),
        drug="capecitabine",
        dose=Decimal(2000),
        dose_unit="mg",
        form="tablets",
        strength=Decimal(500),
        each_time=4,
        times_a_day=2,
        directions="4 tablets morning and evening",
        days_supply=21,
        taking_days=14,
        days_on=14,
        days_off=7,
        count=112,
        child_resistant=True,
        refills=0,
        lot="CT4471",
        discard_after=(at + timedelta(days=365)).date(),
        prescriber="P. Prescriber, MD",
    )


def _in_process(given: dict[str, Any], at: datetime) -> InProcessLabel:
    return InProcessLabel(
        **_patient(given, at), drug="cyclophosphamide", dose=Decimal(970), dose_unit="mg", step_count=17
    )


def _unit(given: dict[str, Any], at: datetime) -> UnitLabel:
    return UnitLabel(
        **given,
        unit_id="00000000",
        drug="cyclophosphamide",
        strength="20 mg/mL",
        package_code="NDC 10019-955-50",
        lot="AB123",
        expiry=(at + timedelta(days=300)).date(),
        opened_at=at,
        cabinet="BSC-2",
        use_by=at + timedelta(hours=6),
        storage="stays in this cabinet",
        volume_left=Decimal("7.5"),
    )


_KINDS: dict[str, Callable[[dict[str, Any], datetime], Label]] = {
    "in_process": _in_process,
    "iv_bag": _bag,
    "syringe": _syringe,
    "pump": _pump,
    "oral_bottle": _bottle,
    "unit": _unit,
}
