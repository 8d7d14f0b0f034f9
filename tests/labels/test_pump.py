"""The label of a pump: what is infused, what is in the device, how fast and how long, and all of it says the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import DoesNotFit, LabelIncomplete, LabelRefused, LabelTroubleError, render
from tests.labels.examples import HAZARD, elastomeric, overfilled, pump
from tests.labels.test_layout import LEAST, NAMES, SENTENCES, draw, sound_or_refused
from tests.labels.test_words import VINCA, words


@pytest.mark.parametrize("stock", ["101.6x50.8", "101.6x76.2"])
def test_r55_l2_a_pump_label_says_everything_in_order(stock: str) -> None:
    text = words(overfilled(), stock)
    in_order = [
        "Trial, Olof", "MRN 10700431", "born 1959-09-30", "Clinic 4", "fluorouracil", "4,320 mg", "Volume to infuse 92 mL",
        "46.96 mg/mL", "Total in device 4,461 mg in 95 mL", "Reservoir 92 mL", "1.5 mL fill the line", "1.5 mL stay behind",
        "in sodium chloride 0.9 %", "100 mL CADD cassette", "intravenous infusion", "2 mL/h for 46 h", "Start 2026-11-24 10:30",
        "End 2026-11-26 08:30", "Library FU 46 h, version 3", "DO NOT USE AFTER 2026-11-27 09:05", "DO NOT REFRIGERATE",
        "20 to 25 °C, protect from light", "Single dose",
    ]  # fmt: skip

    places = [text.find(one) for one in in_order]

    assert -1 not in places, [one for one, place in zip(in_order, places, strict=True) if place < 0]
    assert places == sorted(places)
    for anywhere in (
        HAZARD,
        "Cycle 2, day 1",
        "Order ORD7700140",
        "Prepared by Ann T., 2026-11-23 09:05",
        "F-6EZ9-GAQ2-",
    ):
        assert anywhere in text


def test_a_pump_without_anything_added_says_its_total_volume_and_has_lines_for_start_and_end() -> None:
    text = words(pump())

    assert "Total volume 92 mL" in text
    assert "Total in device" not in text
    assert re.search(r"Start _+ End _+", text)


def test_the_rate_of_an_elastomeric_device_is_nominal_and_needs_no_library() -> None:
    assert "nominal 2 mL/h for 46 h" in words(elastomeric())
    assert "nominal" not in words(pump())
    with pytest.raises(LabelIncomplete) as missing:
        pump(library_entry=None)
    assert missing.value.field == "library_entry"


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("rate", {"rate": Decimal("1.9")}),
        ("rate", {"rate": Decimal(20)}),
        ("rate", {"rate": Decimal("2.05"), "hours": Decimal("44.88")}),
        ("rate", {"hours": Decimal("46.1")}),
        ("hours", {"hours": Decimal(337)}),
        ("rate", {"hours": Decimal("4.6")}),
        ("total_volume", {"total_volume": Decimal("92.1")}),
        ("total_volume", {"total_volume": Decimal(95), "residual_volume": Decimal(2), "total_dose": Decimal(4461)}),
        ("reservoir_volume", {"reservoir_volume": Decimal("91.9")}),
        ("reservoir_volume", {"reservoir_volume": Decimal(95)}),
        ("dose", {"dose": Decimal(432)}),
        ("dose", {"dose": Decimal(43_200)}),
        ("dose", {"concentration": Decimal(50)}),
        ("total_dose", {"total_dose": Decimal(4461)}),
        ("storage", {"storage": "2 to 8 °C"}),
        ("storage", {"storage": "Keep in a refrigerator"}),
        ("device", {"device": "balloon"}),
        ("start", {"start": datetime(2026, 11, 23, 14, 4, tzinfo=UTC)}),
        ("start", {"start": datetime(2026, 11, 27, 14, 6, tzinfo=UTC)}),
    ],
)
def test_r55_a_pump_whose_amounts_do_not_say_the_same_is_refused(field: str, changed: dict[str, object]) -> None:
    with pytest.raises(LabelRefused) as refused:
        pump(**changed)

    assert refused.value.field == field


def test_r55_a_rate_that_is_rounded_to_the_pumps_step_says_what_it_would_run() -> None:
    """86.4 mL in 46 h are 1.878 mL/h: neither that nor the nearest step is right; 92 mL at 2 mL/h are."""
    undiluted = {
        "volume_to_infuse": Decimal("86.4"),
        "reservoir_volume": Decimal("86.4"),
        "total_volume": Decimal("86.4"),
        "concentration": Decimal(50),
    }
    with pytest.raises(LabelRefused, match=r"cannot be set at a pump that goes in steps of 0\.1\smL/h"):
        pump(**undiluted, rate=Decimal("1.878"))
    with pytest.raises(LabelRefused, match=r"1\.9\smL/h for 46\sh is 87\.4\smL, and the label says 86\.4\smL"):
        pump(**undiluted, rate=Decimal("1.9"))
    assert pump(**undiluted, rate=Decimal("1.8"), hours=Decimal(48)).rate == Decimal("1.8")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("total_dose", {"total_dose": None}),
        ("total_dose", {"total_dose": Decimal(4320)}),
        ("total_dose", {"total_dose": Decimal(44_610)}),
        ("reservoir_volume", {"reservoir_volume": Decimal("93.6")}),
    ],
)
def test_r55_what_is_added_must_be_said_with_its_drug(field: str, changed: dict[str, object]) -> None:
    with pytest.raises(LabelTroubleError) as refused:
        overfilled(**changed)

    assert refused.value.field == field
    assert overfilled(reservoir_volume=Decimal("93.5")).added == 3


def test_an_infusion_over_a_change_of_clocks_ends_after_its_hours() -> None:
    """On 1 November 2026 the clocks of New York go back by an hour."""
    start = datetime(2026, 10, 31, 10, 0, tzinfo=ZoneInfo("America/New_York"))
    label = pump(start=start, prepared_at=datetime(2026, 10, 31, 12, 0, tzinfo=UTC))

    assert "Start 2026-10-31 10:00 End 2026-11-02 07:00" in words(label)


@pytest.mark.parametrize("make", [pump, elastomeric])
def test_l3_a_vinca_drug_in_a_pump_carries_the_sentence_whole_and_no_other_route(make) -> None:
    assert VINCA in words(make(drug="vinCRIStine", do_not_refrigerate=False), "101.6x76.2")
    with pytest.raises(LabelRefused) as refused:
        make(drug="vinCRIStine", route="intrathecal infusion")
    assert refused.value.field == "route"


def test_l4_a_pump_label_does_not_fit_the_stock_of_a_syringe() -> None:
    with pytest.raises(DoesNotFit, match="use larger stock"):
        render(pump(), "57.2x50.8")


@pytest.mark.parametrize("make", [pump, overfilled])
def test_the_ninety_ninth_copy_still_fits_the_kinds_own_stock(make) -> None:
    """The label is tried with the longest copy before anything is made: one that only fits as a first print is none."""
    assert "REPRINT 98" in words(make(copy=99), "101.6x50.8")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(NAMES, NAMES, SENTENCES, st.sampled_from(["101.6x50.8", "101.6x76.2"]))
def test_a_pump_label_is_sound_or_refused(name, location, handling, stock) -> None:
    label = overfilled(patient_name=name, location=location, handling=handling)
    sound_or_refused(label, stock, LEAST, "patient_name", "handling")


def test_a_number_in_running_small_print_keeps_its_unit() -> None:
    for length in range(1, 24):
        drawing = draw(pump(diluent="x" * length, container="100 mL cassette of 0.5 L"))
        for run in drawing.runs:
            assert not re.search(r"\d$", run.text) or run.field not in {"diluent", "container"}, run.text
