"""What stands on the paper: read from the PDF of each label, not from the code that drew it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from labels import DEMO, TRAINING, Label, LabelRefused, amount, render
from labels.wording import quantity, span, stamp
from tests.labels.examples import (
    EXAMPLES,
    HAZARD,
    bag,
    bottle,
    card,
    in_process,
    opened_unit,
    pump,
    syringe,
    unit,
    vincristine,
)
from tests.misreading import LINT, OWN_CODE, in_line, on_paper

VINCA = "FOR INTRAVENOUS USE ONLY – FATAL IF GIVEN BY OTHER ROUTES"
LARGER = {opened_unit: "76.2x50.8", syringe: "76.2x50.8", pump: "101.6x76.2", bottle: "101.6x50.8"}
"""Stock for a label that carries more than its kind's own has room for."""


def words(label: Label, stock: str | None = None) -> str:
    return on_paper(render(label, stock).pdf)


@pytest.mark.parametrize("name", EXAMPLES)
def test_n1_n5_no_label_writes_a_number_or_a_name_that_can_be_misread(name: str) -> None:
    label, stock = EXAMPLES[name]
    text = OWN_CODE.sub("", words(label, stock))

    assert len(text) > 10
    assert in_line(text) == []


@pytest.mark.parametrize("text", ["5.0 mg", "dose .5 mg", "1000 mg", "10 IU", "5 U", "10 µg", "2 cc", "10mg"])
def test_the_lint_finds_what_it_is_for(text: str) -> None:
    assert any(re.search(pattern, text) for pattern in LINT)


def test_r50_l2_a_bag_label_says_everything_in_order() -> None:
    text = words(vincristine(warnings=("Minibag only",)))
    said = [
        "Sample-Featherstonehaugh, Bartholomew", "MRN 10998812", "Infusion centre, chair 12", "vinCRIStine", "1.5 mg",
        "sodium chloride 0.9 %", "minibag 50 mL, exact volume", "Total volume 51.5 mL", "0.0291 mg/mL", "intravenous infusion",
        "309 mL/h for 10 min", VINCA, "Minibag only", "DO NOT USE AFTER 2026-11-24 09:05", "2 to 8 °C, protect from light",
        "Single dose", "Vesicant: give through a free-flowing line", HAZARD, "Cycle 3, day 1", "Order ORD7700123",
        "Prepared by Ann T., 2026-11-23 09:05", "Approved by Pam P., 2026-11-23 09:25", "Main Hospital Oncology Pharmacy",
        "555 010 0199", "770012345601",
    ]  # fmt: skip

    places = [text.find(one) for one in said]

    assert -1 not in places, [one for one, place in zip(said, places, strict=True) if place < 0]
    assert places == sorted(places)
    assert "F-7QK2-X0B4-R" in text


def test_an_in_process_label_says_so_twice_and_promises_nothing() -> None:
    text = words(in_process())

    assert text.count("IN PROCESS – NOT FOR ADMINISTRATION") == 2
    for said in (
        "Example, Marta Jean",
        "MRN 10234567",
        "cycloPHOSPHamide",
        "970 mg",
        "18 steps",
        HAZARD,
        "I-9T4W-1XKD-T",
    ):
        assert said in text
    for unsaid in ("DO NOT USE AFTER", "intravenous", "mL/h"):
        assert unsaid not in text


@pytest.mark.parametrize(
    "drug",
    [
        "vinCRIStine",
        "vinBLAStine",
        "vinORELBine",
        "VINCRISTINE sulfate",
        "vindesine",
        "vinflunine",
        "vinCRIStin",
        "Vinblastin",
        "vinorelbin",
        "Vindesin",
        "Vinfluninditartrat",
    ],
)
def test_l3_a_vinca_drug_carries_the_sentence_whole_whatever_the_caller_says(drug: str) -> None:
    for make in (bag, in_process, unit):
        assert VINCA in words(make(drug=drug, intravenous_only=False)), make.__name__


@pytest.mark.parametrize(
    "route",
    ["intrathecal", "subcut", "oral", "intravenous infusion or intrathecal", "not intravenous", "intravenous push"],
)
def test_l3_a_vinca_drug_by_another_route_gets_no_label(route: str) -> None:
    with pytest.raises(LabelRefused) as refused:
        bag(drug="vinCRIStine", route=route)

    assert refused.value.field == "route"


def test_a_blinded_vinca_drug_carries_the_sentence_by_its_flag() -> None:
    assert VINCA in words(bag(drug="Study drug 17", intravenous_only=True, study="Protocol ONC-17, subject 004"))
    assert VINCA not in words(bag())


@pytest.mark.parametrize("mark", [DEMO, TRAINING])
@pytest.mark.parametrize("make", [bag, vincristine, syringe, pump, bottle, in_process, unit, opened_unit, card])
def test_a_demo_or_training_label_says_so(make, mark: str) -> None:
    assert mark not in words(make())
    assert mark in words(make(mark=mark), LARGER.get(make))


def test_every_copy_after_the_first_is_called_a_reprint() -> None:
    assert "REPRINT" not in words(bag())
    assert "copy 3" in words(bag(copy=3))
    assert "REPRINT 2" in words(bag(copy=3))
    for make in (in_process, syringe, pump, bottle):
        assert "REPRINT 1" in words(make(copy=2), LARGER.get(make))


@pytest.mark.parametrize("make", [bag, syringe, pump, bottle, in_process])
def test_what_nobody_confirmed_stands_behind_a_triangle(make) -> None:
    label = make(unconfirmed=("density", "hazard line"))
    assert "⚠ UNCONFIRMED: density, hazard line" in words(label, LARGER.get(make))


def test_an_opened_container_says_where_when_and_how_long() -> None:
    text = words(opened_unit())

    for said in (
        "USE BY 2026-11-23 15:02",
        "Opened 2026-11-23 09:02 in BSC-2",
        "in this cabinet, protect from light",
        "1.5 mL left",
        "HAZARDOUS DRUG",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+3", "1,000"), ("0.0380", "0.038"), (".5", "0.5"), ("12345.600", "12,345.6"), ("970", "970"), ("1.0", "1"),
        ("100000", "100,000"), ("1000000", "1 million"), ("1500000", "1.5 million"), ("4320", "4,320"), ("100", "100"),
    ],
)  # fmt: skip
def test_n4_an_amount_is_written_as_the_field_writes_it(number: str, text: str) -> None:
    assert amount(Decimal(number)).replace("\u00a0", " ") == text


def test_a_number_never_leaves_its_unit() -> None:
    assert " " not in quantity(Decimal("1000000"), "units per mL")


@pytest.mark.parametrize(
    ("minutes", "text"), [(30, "30 min"), (60, "1 h"), (90, "90 min"), (150, "2 h 30 min"), (2760, "46 h")]
)
def test_a_duration_is_written_in_words(minutes: int, text: str) -> None:
    assert span(minutes).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("hour", "text"),
    [(4, "2026-11-01 00:30"), (5, "2026-11-01 01:30 EDT"), (6, "2026-11-01 01:30 EST"), (7, "2026-11-01 02:30")],
)
def test_the_hour_that_occurs_twice_names_its_zone(hour: int, text: str) -> None:
    moment = datetime(2026, 11, 1, hour, 30, 59, tzinfo=UTC)

    assert stamp(moment, "America/New_York").replace("\u00a0", " ") == text
