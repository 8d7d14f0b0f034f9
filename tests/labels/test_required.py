"""A label that lacks what it must carry cannot be built, and says which field."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from labels import CodeCard, InProcessLabel, IvBagLabel, Label, LabelIncomplete, LabelRefused, UnitLabel
from tests.labels.examples import bag, bottle, card, in_process, opened_unit, pump, syringe, unit

WHOLE: list[Label] = [bag(), syringe(), pump(), bottle(), in_process(), unit(), card()]
REQUIRED = [
    (label, one.name) for label in WHOLE for one in dataclasses.fields(label) if one.default is dataclasses.MISSING
]  # fmt: skip


def values(label: Label) -> dict[str, object]:
    return {one.name: getattr(label, one.name) for one in dataclasses.fields(label)}


def called(given: object) -> str:
    return type(given).__name__ if isinstance(given, Label) else str(given)


@pytest.mark.parametrize(("label", "field"), REQUIRED, ids=called)
def test_r50_a_label_without_a_required_field_is_incomplete(label: Label, field: str) -> None:
    given = values(label)
    del given[field]

    with pytest.raises(LabelIncomplete) as missing:
        type(label)(**given)  # type: ignore[arg-type]  # a whole label's own values

    assert missing.value.field == field


@pytest.mark.parametrize(("label", "field"), REQUIRED, ids=called)
def test_a_label_with_a_required_field_empty_is_incomplete(label: Label, field: str) -> None:
    empty = "  " if isinstance(getattr(label, field), str) else None

    with pytest.raises(LabelIncomplete) as missing:
        type(label)(**(values(label) | {field: empty}))  # type: ignore[arg-type]  # one value emptied

    assert missing.value.field == field


def test_these_are_among_the_required_fields() -> None:
    assert {field for label, field in REQUIRED if isinstance(label, IvBagLabel)} >= {
        "patient_name", "second_identifier", "drug", "dose", "total_volume", "concentration", "route", "rate", "duration_minutes",
        "use_before", "storage", "dose_use", "bag_volume", "overfill", "order_number", "prepared_by", "prepared_at", "pharmacy",
        "telephone", "label_id", "zone",
    }  # fmt: skip


@pytest.mark.parametrize("make", [bag, syringe, pump, bottle, in_process])
@pytest.mark.parametrize("line", [None, "", "  "])
def test_a_hazardous_drug_without_its_hazard_line_is_incomplete(make, line) -> None:
    with pytest.raises(LabelIncomplete) as missing:
        make(hazard_line=line)

    assert missing.value.field == "hazard_line"


@pytest.mark.parametrize("field", ["cabinet", "use_by", "storage", "volume_left"])
def test_an_opened_container_needs_its_whole_account(field: str) -> None:
    with pytest.raises(LabelIncomplete) as missing:
        opened_unit(**{field: None})

    assert missing.value.field == field


def test_an_in_process_label_has_no_room_for_a_route_a_rate_or_a_beyond_use_time() -> None:
    fields = {one.name for one in dataclasses.fields(InProcessLabel)}

    assert not fields & {"route", "rate", "duration_minutes", "use_before", "storage"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dose", Decimal(0)),
        ("dose", Decimal(-970)),
        ("dose", Decimal("NaN")),
        ("dose", Decimal("Infinity")),
        ("dose", 970.0),
        ("dose", 970),
        ("dose", "970"),
        ("dose", Decimal("1E+999999")),
        ("dose", Decimal("1E-999999")),
        ("warnings", "Vesicant"),
        ("patient_name", 7),
        ("birth_date", "1968-02-14"),
        ("birth_date", datetime(1968, 2, 14, tzinfo=UTC)),
        ("copy", True),
        ("use_before", datetime(2026, 11, 24, 9, 5)),  # noqa: DTZ001 - a time without a zone is what is refused
        ("use_before", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)),
        ("zone", "Mars/Olympus"),
        ("zone", "../etc/passwd"),
        ("mark", "demo"),
        ("label_id", "4M8D0ZRO"),
        ("label_id", "4M8D0ZR"),
        ("copy", 0),
        ("copy", 100),
        ("overfill", "some"),
        ("dose_use", "several"),
        ("duration_minutes", 0),
    ],
)
def test_a_value_that_cannot_be_true_is_refused(field: str, value: object) -> None:
    with pytest.raises(LabelRefused):
        bag(**{field: value})


@pytest.mark.parametrize(
    "given", [{"approved_by": "Pam P."}, {"approved_at": datetime(2026, 11, 23, 15, 0, tzinfo=UTC)}]
)
def test_half_an_approval_is_incomplete(given: dict[str, object]) -> None:
    with pytest.raises(LabelIncomplete):
        bag(**given)


def test_an_empty_line_among_the_warnings_is_incomplete() -> None:
    with pytest.raises(LabelIncomplete):
        bag(warnings=("Vesicant", ""))


def test_a_label_is_a_frozen_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        bag().dose = Decimal(9700)  # type: ignore[misc]  # what is tried
    assert bag() == bag()
    assert isinstance(dataclasses.replace(bag(), copy=2), IvBagLabel)
    assert UnitLabel is type(unit())
    assert CodeCard is type(card())


@pytest.mark.parametrize("unit", ["ug", "\u00b5g", "\u03bcg", "U", "u", "IU", "[iU]", "cc"])
def test_n3_a_unit_that_is_misread_on_paper_is_refused_with_what_to_write(unit: str) -> None:
    with pytest.raises(LabelRefused, match=r"misread too easily: write '(mcg|units|mL)'") as refused:
        bag(dose_unit=unit)
    assert refused.value.field == "dose_unit"
    with pytest.raises(LabelRefused) as refused:
        bag(concentration_unit=f"{unit}/mL")
    assert refused.value.field == "concentration_unit"


def test_n3_safe_units_are_printed() -> None:
    assert [bag(dose_unit=unit).dose_unit for unit in ("mcg", "units", "mg", "g")] == ["mcg", "units", "mg", "g"]
