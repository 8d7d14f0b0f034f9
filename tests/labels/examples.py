"""Whole labels of fictional patients, one name each: what the goldens draw and the other tests bend."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from labels import (
    DEMO,
    TRAINING,
    CodeCard,
    CommandCards,
    InProcessLabel,
    IvBagLabel,
    Label,
    OralBottleLabel,
    PumpLabel,
    SyringeLabel,
    UnitLabel,
    fixed,
)

HAZARD = fixed("hazard").text
ZONE = "America/New_York"


def bag(**changed: object) -> IvBagLabel:
    fields: dict[str, object] = {
        "label_id": "4M8D0ZRW",
        "patient_name": "Example, Marta Jean",
        "second_identifier": "MRN 10234567",
        "birth_date": date(1968, 2, 14),
        "location": "Infusion centre, chair 12",
        "drug": "cycloPHOSPHamide",
        "dose": Decimal(970),
        "dose_unit": "mg",
        "hazard_line": HAZARD,
        "zone": ZONE,
        "diluent": "dextrose 5 %",
        "container": "bag",
        "bag_volume": Decimal(250),
        "overfill": "plus overfill",
        "total_volume": Decimal("298.5"),
        "concentration": Decimal("3.25"),
        "concentration_unit": "mg/mL",
        "route": "intravenous infusion",
        "rate": Decimal(597),
        "duration_minutes": 30,
        "use_before": datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
        "storage": "Room temperature, 20 to 25 °C",
        "dose_use": "single dose",
        "cycle_day": "Cycle 3, day 1",
        "order_number": "ORD7700123",
        "prepared_by": "Ann T.",
        "prepared_at": datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        "pharmacy": "Main Hospital Oncology Pharmacy",
        "telephone": "555 010 0199",
    }
    return IvBagLabel(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


def vincristine(**changed: object) -> IvBagLabel:
    fields: dict[str, object] = {
        "label_id": "7QK2X0B4",
        "patient_name": "Sample-Featherstonehaugh, Bartholomew",
        "second_identifier": "MRN 10998812",
        "drug": "vinCRIStine",
        "dose": Decimal("1.5"),
        "diluent": "sodium chloride 0.9 %",
        "container": "minibag",
        "bag_volume": Decimal(50),
        "overfill": "exact volume",
        "total_volume": Decimal("51.5"),
        "concentration": Decimal("0.0291"),
        "rate": Decimal(309),
        "duration_minutes": 10,
        "handling": ("Vesicant: give through a free-flowing line",),
        "storage": "2 to 8 °C, protect from light",
        "admin_code": "770012345601",
        "approved_by": "Pam P.",
        "approved_at": datetime(2026, 11, 23, 14, 25, tzinfo=UTC),
    }
    return bag(**(fields | changed))


def syringe(**changed: object) -> SyringeLabel:
    fields: dict[str, object] = {
        "label_id": "3KD9W2VB",
        "patient_name": "Placebo, Petra",
        "second_identifier": "MRN 10555107",
        "birth_date": date(1972, 3, 8),
        "location": "Chair 7",
        "drug": "DOXOrubicin",
        "dose": Decimal(40),
        "dose_unit": "mg",
        "hazard_line": HAZARD,
        "zone": ZONE,
        "diluent": "undiluted",
        "container": "35 mL syringe",
        "total_volume": Decimal(20),
        "concentration": Decimal(2),
        "concentration_unit": "mg/mL",
        "route": "intravenous",
        "given_by": "push",
        "duration_minutes": Decimal(5),
        "use_before": datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
        "storage": "20 to 25 °C, protect from light",
        "dose_use": "single dose",
        "handling": ("vesicant", "not liposomal"),
        "cycle_day": "Cycle 1, day 1",
        "order_number": "ORD7700131",
        "prepared_by": "Ann T.",
        "prepared_at": datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        "pharmacy": "Main Hospital Pharmacy",
        "telephone": "555 010 0199",
    }
    return SyringeLabel(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


def swallowed(**changed: object) -> SyringeLabel:
    fields: dict[str, object] = {
        "label_id": "8B2T6QXB", "drug": "cyclophosphamide", "dose": Decimal(60), "container": "5 mL oral syringe",
        "total_volume": Decimal(3), "concentration": Decimal(20), "route": "oral", "given_by": "mouth",
        "duration_minutes": None, "handling": ("shake before use",), "storage": "2 to 8 °C", "warnings": ("FOR ORAL USE ONLY",),
    }  # fmt: skip
    return syringe(**(fields | changed))


def intrathecal(**changed: object) -> SyringeLabel:
    fields: dict[str, object] = {
        "label_id": "8B2T6QXA",
        "location": None,
        "drug": "methotrexate",
        "dose": Decimal(12),
        "container": "10 mL syringe",
        "total_volume": Decimal(6),
        "route": "intrathecal",
        "duration_minutes": None,
        "handling": ("preservative-free",),
        "storage": "20 to 25 °C",
        "warnings": ("FOR INTRATHECAL USE ONLY",),
    }
    return syringe(**(fields | changed))


def pumped(**changed: object) -> SyringeLabel:
    fields: dict[str, object] = {
        "label_id": "T5R0YB9D",
        "patient_name": "Sample-Featherstonehaugh, Bartholomew",
        "location": "Infusion centre, chair 12",
        "drug": "cytarabine",
        "dose": Decimal(750),
        "container": "60 mL Luer-lock syringe",
        "total_volume": Decimal("37.5"),
        "concentration": Decimal(20),
        "route": "intravenous infusion",
        "given_by": "pump",
        "rate": Decimal(75),
        "duration_minutes": Decimal(30),
        "handling": (),
        "admin_code": "770012345601",
    }
    return syringe(**(fields | changed))


def pump(**changed: object) -> PumpLabel:
    fields: dict[str, object] = {
        "label_id": "D1C8YH5M",
        "patient_name": "Trial, Olof",
        "second_identifier": "MRN 10700431",
        "birth_date": date(1959, 9, 30),
        "location": "Clinic 4",
        "drug": "fluorouracil",
        "dose": Decimal(4320),
        "dose_unit": "mg",
        "hazard_line": HAZARD,
        "zone": ZONE,
        "device": "cassette",
        "diluent": "sodium chloride 0.9 %",
        "container": "100 mL CADD cassette",
        "volume_to_infuse": Decimal(92),
        "reservoir_volume": Decimal(92),
        "total_volume": Decimal(92),
        "concentration": Decimal("46.96"),
        "concentration_unit": "mg/mL",
        "route": "intravenous infusion",
        "rate": Decimal(2),
        "hours": Decimal(46),
        "library_entry": "FU 46 h, version 3",
        "use_before": datetime(2026, 11, 27, 14, 5, tzinfo=UTC),
        "storage": "20 to 25 °C, protect from light",
        "do_not_refrigerate": True,
        "dose_use": "single dose",
        "cycle_day": "Cycle 2, day 1",
        "order_number": "ORD7700140",
        "prepared_by": "Ann T.",
        "prepared_at": datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        "pharmacy": "Main Hospital Pharmacy",
        "telephone": "555 010 0199",
    }
    return PumpLabel(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


def overfilled(**changed: object) -> PumpLabel:
    fields: dict[str, object] = {
        "label_id": "6EZ9GAQ2",
        "total_volume": Decimal(95),
        "prime_volume": Decimal("1.5"),
        "residual_volume": Decimal("1.5"),
        "total_dose": Decimal(4461),
        "start": datetime(2026, 11, 24, 15, 30, tzinfo=UTC),
    }
    return pump(**(fields | changed))


def elastomeric(**changed: object) -> PumpLabel:
    fields: dict[str, object] = {
        "label_id": "R7VX30JK",
        "device": "elastomeric",
        "container": "elastomeric pump, 2 mL/h",
        "library_entry": None,
    }
    return pump(**(fields | changed))


def bottle(**changed: object) -> OralBottleLabel:
    fields: dict[str, object] = {
        "label_id": "W5K0NT4C",
        "patient_name": "Example, Marta Jean",
        "second_identifier": "MRN 10234567",
        "birth_date": date(1968, 2, 14),
        "drug": "capecitabine",
        "dose": Decimal(2000),
        "dose_unit": "mg",
        "hazard_line": HAZARD,
        "zone": ZONE,
        "form": "tablets",
        "strength": Decimal(500),
        "each_time": 4,
        "times_a_day": 2,
        "directions": "4 tablets morning and evening within 30 min after food",
        "days_supply": 21,
        "taking_days": 14,
        "days_on": 14,
        "days_off": 7,
        "count": 112,
        "child_resistant": True,
        "refills": 0,
        "lot": "CT4471",
        "discard_after": date(2027, 11, 30),
        "prescriber": "P. Prescriber, MD",
        "storage": "20 to 25 °C",
        "cycle_day": "Cycle 2",
        "order_number": "ORD7700152",
        "prepared_by": "Ann T.",
        "prepared_at": datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        "pharmacy": "Main Hospital Pharmacy",
        "telephone": "555 010 0199",
    }
    return OralBottleLabel(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


def weekly(**changed: object) -> OralBottleLabel:
    fields: dict[str, object] = {
        "label_id": "0G2M7VSE",
        "drug": "methotrexate",
        "dose": Decimal(15),
        "strength": Decimal("2.5"),
        "each_time": 6,
        "times_a_day": 1,
        "directions": "6 tablets once a week, on Monday",
        "warnings": ("NOT EVERY DAY",),
        "days_supply": 28,
        "taking_days": 4,
        "days_on": 1,
        "days_off": 6,
        "count": 24,
        "child_resistant": False,
        "cycle_day": None,
    }
    return bottle(**(fields | changed))


def in_process(**changed: object) -> InProcessLabel:
    fields: dict[str, object] = {
        "label_id": "9T4W1XKD",
        "patient_name": "Example, Marta Jean",
        "second_identifier": "MRN 10234567",
        "birth_date": date(1968, 2, 14),
        "drug": "cycloPHOSPHamide",
        "dose": Decimal(970),
        "dose_unit": "mg",
        "hazard_line": HAZARD,
        "zone": ZONE,
        "step_count": 18,
    }
    return InProcessLabel(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


def unit(**changed: object) -> UnitLabel:
    fields: dict[str, object] = {
        "unit_id": "9T4W1XKD",
        "drug": "cycloPHOSPHamide",
        "strength": "20 mg/mL",
        "package_code": "NDC 10019-955-50",
        "lot": "AB123",
        "expiry": date(2027, 3, 31),
        "zone": ZONE,
    }
    return UnitLabel(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


def opened_unit(**changed: object) -> UnitLabel:
    fields: dict[str, object] = {
        "opened_at": datetime(2026, 11, 23, 14, 2, tzinfo=UTC),
        "cabinet": "BSC-2",
        "use_by": datetime(2026, 11, 23, 20, 2, tzinfo=UTC),
        "storage": "in this cabinet, protect from light",
        "volume_left": Decimal("1.5"),
    }
    return unit(**(fields | changed))


def card(**changed: object) -> CodeCard:
    fields: dict[str, object] = {
        "card": "H",
        "code_id": "2B7XQ4MA",
        "title": "BSC-2",
        "subtitle": "Hazardous room, left",
    }
    return CodeCard(**(fields | changed))  # type: ignore[arg-type]  # a test's table of plain values


GERMAN = {"language": "de", "hazard_line": fixed("hazard", "de").text}
IN_GERMAN: dict[str, tuple[Label, str]] = {
    "de_iv_bag": (bag(**GERMAN), "101.6x76.2"),
    "de_iv_bag_vinca_bedside": (vincristine(**GERMAN), "101.6x76.2"),
    "de_iv_bag_demo_reprint": (bag(**GERMAN, mark=DEMO, copy=2, unconfirmed=("density",)), "101.6x76.2"),
    "de_syringe": (syringe(**GERMAN), "76.2x50.8"),
    "de_syringe_intrathecal": (intrathecal(**GERMAN), "76.2x50.8"),
    "de_syringe_pump_bedside": (pumped(**GERMAN), "101.6x76.2"),
    "de_pump_overfilled": (overfilled(**GERMAN), "101.6x76.2"),
    "de_pump_elastomeric": (elastomeric(**GERMAN), "101.6x76.2"),
    "de_oral_bottle": (bottle(**GERMAN, directions="4 tablets morning and evening"), "101.6x76.2"),
    "de_in_process_vinca": (in_process(**GERMAN, drug="vinCRIStine", dose=Decimal("1.5")), "101.6x50.8"),
    "de_unit_vinca": (unit(language="de", drug="vinCRIStine", strength="1 mg/mL"), "57.2x50.8"),
    "de_unit_opened": (opened_unit(language="de"), "57.2x50.8"),
}
"""One label of each kind in the other language, on the stock that it needs there."""
EXAMPLES: dict[str, tuple[Label, str]] = {
    "iv_bag": (bag(), "101.6x76.2"),
    "iv_bag_vinca_bedside": (vincristine(), "101.6x76.2"),
    "iv_bag_demo_reprint": (bag(mark=DEMO, copy=2, unconfirmed=("density", "hazard line")), "101.6x76.2"),
    "iv_bag_fullest": (
        vincristine(mark=TRAINING, copy=2, unconfirmed=("density", "warning text")),
        "101.6x76.2",
    ),
    "iv_bag_small": (bag(), "101.6x50.8"),
    "syringe": (syringe(), "57.2x50.8"),
    "syringe_demo": (syringe(mark=DEMO, pharmacy="Demo pharmacy", telephone="not set"), "57.2x50.8"),
    "syringe_intrathecal": (intrathecal(), "57.2x50.8"),
    "syringe_oral": (swallowed(), "76.2x50.8"),
    "syringe_pump_bedside": (pumped(), "101.6x50.8"),
    "syringe_fullest": (
        pumped(mark=TRAINING, copy=2, unconfirmed=("density", "warning text")),
        "101.6x76.2",
    ),
    "pump": (pump(), "101.6x50.8"),
    "pump_overfilled": (overfilled(), "101.6x50.8"),
    "pump_elastomeric": (elastomeric(mark=DEMO, unconfirmed=("density",)), "101.6x76.2"),
    "oral_bottle": (bottle(), "76.2x50.8"),
    "oral_bottle_weekly": (weekly(), "76.2x50.8"),
    "oral_bottle_demo_reprint": (bottle(mark=DEMO, copy=2, unconfirmed=("directions",)), "101.6x76.2"),
    "in_process": (in_process(), "101.6x50.8"),
    "in_process_demo": (in_process(mark=DEMO, unconfirmed=("density",)), "101.6x50.8"),
    "in_process_vinca": (
        in_process(label_id="7QK2X0B4", drug="vinCRIStine", dose=Decimal("1.5"), mark=DEMO),
        "101.6x50.8",
    ),
    "unit": (unit(), "57.2x31.8"),
    "unit_vinca": (unit(unit_id="7QK2X0B4", drug="vinCRIStine", strength="1 mg/mL"), "57.2x31.8"),
    "unit_opened": (opened_unit(), "57.2x31.8"),
    "card_badge": (
        card(card="B", code_id="5C8PNT30", title="Ann Technician", subtitle="Pharmacy technician"),
        "85.6x54",
    ),
    "card_cabinet_demo": (card(mark=DEMO), "85.6x54"),
    "card_station": (card(card="S", code_id="H3ZW6T1K", title="Station 1"), "85.6x54"),
    "card_tray": (card(card="T", code_id="6R0YB9DE", title="Tray 14", subtitle=None), "57.2x50.8"),
    "command_cards_a4": (CommandCards(), "a4"),
    "de_card_cabinet": (card(language="de"), "85.6x54"),
    "de_command_cards_a4": (CommandCards(language="de"), "a4"),
    "command_cards_letter": (CommandCards(), "letter"),
    **IN_GERMAN,
    "command_strip": (CommandCards(words=("NEXT", "CAPTURE")), "101.6x50.8"),
}
