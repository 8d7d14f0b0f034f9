"""The label of a syringe: all of it is the dose, it says how fast, and no vinca drug ever gets one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from labels import DoesNotFit, Label, LabelIncomplete, LabelRefused, render, typefaces
from labels.drawing import Fill
from labels.wording import span
from tests.labels.examples import HAZARD, bag, intrathecal, pumped, swallowed, syringe
from tests.labels.test_layout import LEAST, NAMES, SENTENCES, draw, sound_or_refused
from tests.labels.test_words import words

SYRINGE = LEAST | {"drug": 11.0, "dose": 11.0}


def test_r50_l2_a_syringe_label_says_everything_in_order() -> None:
    text = words(
        pumped(
            approved_by="Pam P.", approved_at=datetime(2026, 11, 23, 14, 25, tzinfo=UTC), warnings=("Central line",)
        ),
        "101.6x76.2",
    )
    said_in_order = [
        "Sample-Featherstonehaugh, Bartholomew", "MRN 10555107", "born 1972-03-08", "Infusion centre, chair 12", "cytarabine",
        "750 mg", "37.5 mL", "20 mg/mL", "undiluted", "60 mL Luer-lock syringe", "intravenous infusion",
        "pump 75 mL/h for 30 min",
        "Central line", "DO NOT USE AFTER", "2026-11-24 09:05", "20 to 25 °C, protect from light", "Single dose",
        "Cycle 1, day 1",
        "Order ORD7700131", "Prepared by Ann T., 2026-11-23 09:05", "Approved by Pam P., 2026-11-23 09:25",
        "Main Hospital Pharmacy, telephone 555 010 0199", "F-T5R0-YB9D-", "770012345601", HAZARD,
    ]  # fmt: skip

    places = [text.find(one) for one in said_in_order]

    assert -1 not in places, [one for one, place in zip(said_in_order, places, strict=True) if place < 0]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("changed", "pace"),
    [
        ({}, "push over 5 min"),
        ({"duration_minutes": Decimal("0.05")}, "push over 3 seconds"),
        ({"duration_minutes": Decimal("1.5")}, "push over 90 seconds"),
        ({"route": "subcutaneous", "duration_minutes": None}, "push"),
        ({"given_by": "pump", "rate": Decimal(40), "duration_minutes": None}, "pump 40 mL/h"),
        ({"given_by": "pump", "duration_minutes": Decimal(90)}, "pump over 90 min"),
        ({"given_by": "pump", "rate": Decimal(40), "duration_minutes": Decimal(30)}, "pump 40 mL/h for 30 min"),
    ],
)
def test_a_syringe_says_push_or_pump_with_its_time_or_rate(changed: dict[str, object], pace: str) -> None:
    (run,) = [run for run in draw(syringe(**changed)).runs if run.field == "given_by"]

    assert run.text.replace("\u00a0", " ") == pace


@pytest.mark.parametrize("drug", ["vinCRIStine", "vinBLAStine", "vinORELBine", "VINCRISTINE sulfate", "vindesine"])
@pytest.mark.parametrize("route", ["intravenous", "intravenous infusion", "intrathecal", "subcutaneous", "oral"])
def test_l3_no_vinca_drug_gets_a_syringe_label_whatever_its_route(drug: str, route: str) -> None:
    given = {"given_by": "pump", "rate": Decimal(40), "duration_minutes": None}
    with pytest.raises(LabelRefused, match="never given from a syringe") as refused:
        syringe(drug=drug, route=route, **given)

    assert refused.value.field == "container"


def test_l3_a_blinded_vinca_drug_gets_none_either() -> None:
    with pytest.raises(LabelRefused, match="never given from a syringe"):
        syringe(drug="Study drug 17", intravenous_only=True, study="Protocol ONC-17, subject 004")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("duration_minutes", {"duration_minutes": None}),
        ("rate", {"given_by": "pump", "duration_minutes": None}),
    ],
)
def test_a_syringe_whose_pace_is_missing_is_incomplete(field: str, changed: dict[str, object]) -> None:
    with pytest.raises(LabelIncomplete) as missing:
        syringe(**changed)

    assert missing.value.field == field


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("given_by", {"given_by": "gravity"}),
        ("rate", {"rate": Decimal(40)}),
        ("rate", {"given_by": "pump", "rate": Decimal(400), "duration_minutes": Decimal(30)}),
        ("rate", {"given_by": "pump", "rate": Decimal("37.9"), "duration_minutes": Decimal(30)}),
        ("route", {"route": "intravenous infusion"}),
        ("route", {"route": "IV"}),
        ("route", {"route": "SC"}),
        ("duration_minutes", {"duration_minutes": Decimal("0.01")}),
        ("duration_minutes", {"duration_minutes": Decimal(10_081)}),
        ("duration_minutes", {"duration_minutes": 5}),
        ("dose", {"dose": Decimal(400)}),
        ("dose", {"dose": Decimal(4)}),
        ("dose", {"dose": Decimal("38.09")}),
        ("dose", {"total_volume": Decimal("18.9")}),
        ("dose", {"dose_unit": "g"}),
        ("concentration_unit", {"dose_unit": "units"}),
        ("concentration_unit", {"concentration_unit": "mg"}),
    ],
)
def test_amounts_of_a_syringe_that_do_not_say_the_same_are_refused(field: str, changed: dict[str, object]) -> None:
    with pytest.raises(LabelRefused) as refused:
        syringe(**changed)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "changed",
    [
        {"dose": Decimal("38.1")},
        {"dose": Decimal("0.04"), "dose_unit": "g"},
        {"dose": Decimal(40_000), "dose_unit": "mcg"},
        {"dose_unit": "units", "concentration_unit": "units/mL"},
        {"given_by": "pump", "rate": Decimal(42), "duration_minutes": Decimal(30)},
    ],
)
def test_what_is_rounded_or_in_another_unit_of_mass_is_the_same_dose(changed: dict[str, object]) -> None:
    assert syringe(**changed)


@pytest.mark.parametrize("make", [syringe, intrathecal])
@pytest.mark.parametrize(("stock", "least"), [("57.2x31.8", 15), ("63.5x38.1", 4), ("76.2x25.4", 14)])
def test_l4_a_syringe_label_does_not_fit_stock_that_is_smaller(make, stock: str, least: float) -> None:
    with pytest.raises(DoesNotFit, match="use larger stock") as refused:
        render(make(), stock)

    assert refused.value.by_mm > least


def test_a_bedside_code_that_does_not_fit_is_refused_by_its_own_name_and_never_left_out() -> None:
    with pytest.raises(DoesNotFit, match=r"bedside code does not fit .* print none") as refused:
        render(syringe(admin_code="770012345601"))

    assert refused.value.field == "admin_code"
    on_larger = render(syringe(admin_code="770012345601"), "101.6x50.8")
    assert {code.field for code in on_larger.codes} == {"code", "admin_code"}


def test_no_text_lies_across_the_fold() -> None:
    for label, stock in ((syringe(), "57.2x50.8"), (intrathecal(), "57.2x50.8"), (pumped(), "101.6x50.8")):
        drawing = draw(label, stock)
        ticks = [box for box in drawing.boxes if isinstance(box, Fill) and box.field == "fold"]
        before = {
            "patient_name",
            "second_identifier",
            "drug",
            "dose",
            "total_volume",
            "concentration",
            "route",
            "given_by",
        }
        (fold,) = {(tick.y, tick.y + tick.h) for tick in ticks}
        assert [tick.x for tick in ticks] == sorted(tick.x for tick in ticks)
        assert len(ticks) == 2
        for run in drawing.runs:
            assert run.y + run.h <= fold[0] or run.y >= fold[1]
            assert run.field not in before or run.y < fold[0]
            assert run.field not in {"use_before", "storage", "hazard_line", "code"} or run.y > fold[1]


@pytest.mark.parametrize("make", [syringe, intrathecal])
def test_the_ninety_ninth_copy_still_fits_the_kinds_own_stock(make) -> None:
    """The label is tried with the longest copy before anything is made: one that only fits as a first print is none."""
    assert "REPRINT 98" in words(make(copy=99), "57.2x50.8")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(NAMES, NAMES, SENTENCES, st.sampled_from(["57.2x50.8", "76.2x50.8", "101.6x76.2"]))
def test_a_syringe_label_is_sound_or_refused(name, location, handling, stock) -> None:
    label = syringe(patient_name=name, location=location, handling=handling)
    sound_or_refused(label, stock, SYRINGE, "patient_name", "location", "handling")


def test_no_character_rises_higher_than_its_line_has_room_for() -> None:
    """Lines that stand close are as near as this allows: a letter that rose higher would touch the line above."""
    space = 0.026  # ems between two lines: a breve over a capital reaches into it
    for file in typefaces.FILES.values():
        font = ImageFont.truetype(f"labels/fonts/{file}", 1000, layout_engine=ImageFont.Layout.BASIC)
        for character in map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2013, 0x2014, 0x2019, 0x2026, 0x26A0]):
            _, top, _, _ = font.getbbox(character, anchor="ls")
            assert -top <= 1000 * (typefaces.ascent(character) + space), (file, character)
    assert (typefaces.ascent("Ann, 24.25 mL – 2 °C"), typefaces.ascent("Ångström")) == (0.77, 0.928)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [("0.05", "3 seconds"), ("0.5", "30 seconds"), ("1.5", "90 seconds"), ("5", "5 min"), ("150", "2 h 30 min")],
)
def test_a_part_of_a_minute_is_written_in_seconds(minutes: str, text: str) -> None:
    assert span(Decimal(minutes)).replace("\u00a0", " ") == text


def test_r54_an_oral_syringe_says_for_oral_use_only_and_no_pace() -> None:
    said = {run.field: run.text for run in draw(swallowed(), "76.2x50.8").runs}
    assert (said["route"], said["warnings"], "given_by" in said) == ("oral", "FOR ORAL USE ONLY", False)
    assert said["container"].replace("\u00a0", " ") == "in 5 mL oral syringe"


@pytest.mark.parametrize(
    ("field", "make", "changed"),
    [
        ("route", swallowed, {"container": "5 mL syringe"}),
        ("route", swallowed, {"given_by": "push"}),
        ("route", swallowed, {"route": "subcutaneous"}),
        ("route", syringe, {"container": "35 mL oral syringe"}),
        ("route", syringe, {"route": "oral"}),
        ("route", syringe, {"given_by": "mouth", "duration_minutes": None}),
        ("route", bag, {"route": "oral"}),
        ("warnings", swallowed, {"warnings": ()}),
        ("warnings", syringe, {"warnings": ("FOR ORAL USE ONLY",)}),
        ("rate", swallowed, {"rate": Decimal(3)}),
        ("rate", swallowed, {"duration_minutes": Decimal(5)}),
        ("container", swallowed, {"drug": "vinCRIStine"}),
    ],
)
def test_r54_no_label_says_half_of_what_an_oral_syringe_is(
    field: str, make: Callable[..., Label], changed: dict[str, object]
) -> None:
    with pytest.raises(LabelRefused) as refused:
        make(**changed)
    assert refused.value.field == field


def test_an_intrathecal_dose_says_so_in_one_sentence_and_nothing_else_says_it() -> None:
    assert intrathecal().warnings == ("FOR INTRATHECAL USE ONLY",)
    for wrong in (lambda: intrathecal(warnings=()), lambda: syringe(warnings=("FOR INTRATHECAL USE ONLY",))):
        with pytest.raises(LabelRefused, match="INTRATHECAL"):
            wrong()
    with pytest.raises(LabelRefused, match="made in a syringe"):
        bag(route="intrathecal")
