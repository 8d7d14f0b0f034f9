"""The label of a bottle of tablets: whole ones, as many as the directions take, and nothing of an infusion."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import DEMO, DoesNotFit, LabelIncomplete, LabelRefused, OralBottleLabel, render
from tests.labels.examples import HAZARD, bottle, weekly
from tests.labels.test_layout import LEAST, NAMES, SENTENCES, sound_or_refused
from tests.labels.test_words import words


def test_r54_a_bottle_label_says_everything_in_order() -> None:
    text = words(bottle(location="Clinic 4", handling=("Keep in this bottle",)), "76.2x50.8")
    in_order = [
        "Example, Marta Jean", "MRN 10234567", "born 1968-02-14", "Clinic 4", "capecitabine", "2,000 mg",
        "tablets 500 mg, 4 at a time", "BY MOUTH: 4 tablets morning and evening within 30 min after food",
        "Days 1 to 14, then 7 days off", "SWALLOW WHOLE – do not crush, split or open", "DISCARD AFTER 2027-11-30",
        "Quantity 112",
        "for 21 days", "Refills none", "Lot CT4471", "20 to 25 °C", "Child-resistant closure", "Wear gloves, wash hands",
        "Keep in this bottle", "Prescriber P. Prescriber, MD", "Cycle 2", "Order ORD7700152",
        "Prepared by Ann T., 2026-11-23 09:05", "Main Hospital Pharmacy, telephone 555 010 0199", "F-W5K0-NT4C-", HAZARD,
    ]  # fmt: skip

    places = [text.find(one) for one in in_order]

    assert -1 not in places, [one for one, place in zip(in_order, places, strict=True) if place < 0]
    assert places == sorted(places)


def test_r54_a_bottle_has_no_fields_of_an_infusion() -> None:
    fields = {one.name for one in dataclasses.fields(OralBottleLabel)}

    assert not fields & {
        "route", "rate", "duration_minutes", "diluent", "container", "total_volume", "concentration", "concentration_unit",
        "intravenous_only", "dose_use", "use_before", "admin_code",
    }  # fmt: skip


def test_what_a_bottle_is_not_is_not_printed() -> None:
    text = words(weekly(swallow_whole=False, refills=2, days_on=None, days_off=None), "101.6x50.8")

    assert "NOT CHILD-RESISTANT – lock away" in text
    assert "Child-resistant closure" not in text
    assert "SWALLOW" not in text
    assert "Refills 2" in text
    assert "days off" not in text


def test_a_day_of_a_cycle_is_one_day() -> None:
    assert "Day 1, then 6 days off" in words(weekly())
    assert "Days 1 to 5, then 1 day off" in words(bottle(days_on=5, days_off=1, days_supply=6, taking_days=5, count=40))


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("dose", {"each_time": 3, "count": 84}),
        ("dose", {"dose": Decimal(20_000)}),
        ("dose", {"strength": Decimal(150)}),
        ("count", {"count": 111}),
        ("count", {"times_a_day": 1}),
        ("count", {"days_on": None, "days_off": None, "taking_days": 21}),
        ("taking_days", {"taking_days": 21, "count": 168}),
        ("taking_days", {"days_supply": 14, "days_on": 7}),
        ("taking_days", {"days_supply": 13}),
        ("taking_days", {"taking_days": 0}),
        ("days_on", {"days_on": 0}),
        ("days_on", {"days_on": 21, "days_off": 0}),
        ("days_supply", {"days_supply": 367}),
        ("times_a_day", {"times_a_day": 13}),
        ("each_time", {"each_time": 0}),
        ("each_time", {"each_time": Decimal("0.5")}),
        ("refills", {"refills": -1}),
        ("refills", {"refills": 12}),
        ("discard_after", {"discard_after": date(2026, 12, 13)}),
    ],
)
def test_r54_a_bottle_that_does_not_hold_what_is_to_be_taken_is_refused(field: str, changed: dict[str, object]) -> None:
    with pytest.raises(LabelRefused) as refused:
        bottle(**changed)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "changed",
    [
        {"days_supply": 14},
        {"days_supply": 42, "taking_days": 28, "count": 224},
        {"days_supply": 30, "taking_days": 23, "count": 184},
        {"days_on": None, "days_off": None, "days_supply": 28, "taking_days": 10, "count": 80},
        {"discard_after": date(2026, 12, 14)},
    ],
)
def test_r54_days_on_and_off_are_counted_through_the_supply(changed: dict[str, object]) -> None:
    assert bottle(**changed)


def test_the_days_of_the_supply_begin_in_the_pharmacys_own_day() -> None:
    """Half past three in the night of UTC is still the evening before in New York."""
    made = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)

    assert bottle(prepared_at=made, discard_after=date(2026, 12, 14))
    with pytest.raises(LabelRefused, match="before the supply of 21 days is used up"):
        bottle(prepared_at=made, discard_after=date(2026, 12, 14), zone="Europe/Berlin")


@pytest.mark.parametrize(("given", "lacking"), [("days_on", "days_off"), ("days_off", "days_on")])
def test_half_a_cycle_is_incomplete(given: str, lacking: str) -> None:
    with pytest.raises(LabelIncomplete) as missing:
        bottle(**{lacking: None})

    assert missing.value.field == lacking
    assert getattr(bottle(), given)


@pytest.mark.parametrize("drug", ["vinORELBine", "VINCRISTINE"])
def test_l3_no_vinca_drug_gets_the_label_of_an_oral_bottle(drug: str) -> None:
    with pytest.raises(LabelRefused, match="for intravenous use only") as refused:
        bottle(drug=drug)

    assert refused.value.field == "drug"


@pytest.mark.parametrize("stock", ["57.2x31.8", "57.2x50.8"])
def test_l4_a_bottle_label_does_not_fit_stock_that_is_smaller(stock: str) -> None:
    with pytest.raises(DoesNotFit, match="use larger stock"):
        render(bottle(), stock)


@pytest.mark.parametrize("make", [bottle, weekly])
def test_the_ninety_ninth_copy_still_fits_the_kinds_own_stock(make) -> None:
    """The label is tried with the longest copy before anything is made: one that only fits as a first print is none."""
    assert "REPRINT 98" in words(make(copy=99), "76.2x50.8")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(NAMES, NAMES, SENTENCES, st.sampled_from(["76.2x50.8", "101.6x50.8", "101.6x76.2"]))
def test_a_bottle_label_is_sound_or_refused(name, directions, warnings, stock) -> None:
    label = bottle(patient_name=name, directions=directions, warnings=warnings)
    sound_or_refused(label, stock, LEAST, "patient_name", "directions", "warnings")


@pytest.mark.parametrize(("mark", "stock"), [(None, "76.2x50.8"), (DEMO, "101.6x76.2")])
def test_r54_two_lots_as_long_as_a_code_can_have_fit_beside_everything_else(mark: str | None, stock: str) -> None:
    lots = ("W" * 20, "M" * 20)
    text = words(bottle(mark=mark, lot=", ".join(lots)), stock)
    assert all(one in text for one in lots)
