"""Nothing is clipped, nothing overlaps, nothing is smaller than 7 points: or there is no label."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import INTRATHECAL, DoesNotFit, Label, LabelRefused, SyringeLabel, render, typefaces
from labels.drawing import Box, Drawing, Fill, Run
from labels.kinds import KINDS
from labels.layout import Words, lay_out
from labels.stock import PROFILES, STOCKS
from labels.wrapping import Piece
from tests.labels.examples import (
    EXAMPLES,
    bag,
    bottle,
    elastomeric,
    in_process,
    intrathecal,
    overfilled,
    pump,
    pumped,
    syringe,
    unit,
    vincristine,
    weekly,
)

NAMES = st.text("AÁÅÄÇÉÈËÍÑÖØŠÜŽaáåäçéèëíñöøšüžßłđ'’-. bcdefghijklmnopqrstuvwxyz", min_size=1, max_size=60).filter(
    str.strip
)
DOSES = st.decimals("0.001", "999999.999", places=3)
SENTENCES = st.lists(st.text("abcdefgh ij-KLM,µ°", min_size=1, max_size=80).filter(str.strip), max_size=4).map(tuple)
LEAST = {"drug": 12.0, "dose": 12.0, "patient_name": 9.0, "use_before": 9.0, "route": 8.0, "vinca": 9.0}


def draw(label: Label, stock: str | None = None, dpi: int = 203) -> Drawing:
    kind = next(kind for kind in KINDS.values() if kind.label is type(label))
    return kind.draw(label, STOCKS[stock or kind.stock], PROFILES[dpi], typefaces.width)


def drawn_or_refused(label: Label, stock: str | None = None) -> Drawing | DoesNotFit:
    try:
        return draw(label, stock)
    except DoesNotFit as refused:
        return refused


def overlap(one: Box, other: Box, slack: float) -> bool:
    apart_x = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    apart_y = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    return apart_x > slack and apart_y > slack


def stands_on(run: Box, fill: Box, slack: float) -> bool:
    return (
        isinstance(run, Run)
        and isinstance(fill, Fill)
        and run.white
        and run.field == fill.field
        and run.x >= fill.x - slack
        and run.x + run.w <= fill.x + fill.w + slack
        and run.y >= fill.y - slack
        and run.y + run.h <= fill.y + fill.h + slack
    )


def sound(drawing: Drawing, least: dict[str, float] | None = None) -> None:
    slack = 0.07  # half a dot at 203 dpi: fills are moved to the nearest dot
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.w <= drawing.width
        assert box.y + box.h <= drawing.height
    for one, other in combinations(drawing.boxes, 2):
        if stands_on(one, other, slack) or stands_on(other, one, slack):
            continue
        assert not overlap(one, other, slack), f"{one} and {other} overlap"
    for run in drawing.runs:
        assert run.size >= (least or {}).get(run.field, 7.0)
        assert not run.white or run.size >= 8.0
        if run.white:
            assert any(stands_on(run, box, slack) for box in drawing.boxes), f"{run} is white on white"


def said(drawing: Drawing, field: str) -> str:
    return "".join(re.sub(r"\s", "", run.text) for run in drawing.runs if run.field == field)


@pytest.mark.parametrize("dpi", PROFILES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_sound(name: str, dpi: int) -> None:
    label, stock = EXAMPLES[name]

    kinds = {
        "iv_bag": LEAST,
        "in_process": LEAST,
        "pump": LEAST,
        "oral": LEAST,
        "syringe": LEAST | {"drug": 11.0, "dose": 11.0},
    }
    sound(
        draw(label, stock, dpi),
        next((least for kind, least in kinds.items() if name.removeprefix("de_").startswith(kind)), None),
    )


def test_the_measure_of_soundness_finds_a_planted_fault() -> None:
    drawing = draw(bag())
    run = next(run for run in drawing.runs if run.field == "dose")
    for fault in (
        dataclasses.replace(run, y=run.y + 3),
        dataclasses.replace(run, x=-0.1),
        dataclasses.replace(run, y=75.0),
        dataclasses.replace(run, size=6.9, x=60, y=60),
        dataclasses.replace(run, white=True, y=72.5),
    ):
        with pytest.raises(AssertionError):
            sound(dataclasses.replace(drawing, boxes=(*(box for box in drawing.boxes if box is not run), fault)))


def sound_or_refused(label: Label, stock: str | None, least: dict[str, float] | None, *fields: str) -> None:
    """A label is drawn sound and says all of these fields, or refuses itself by name and millimetres."""
    drawing = drawn_or_refused(label, stock)
    if isinstance(drawing, DoesNotFit):
        assert drawing.by_mm > 0
        assert drawing.field
        return
    sound(drawing, least)
    for field in fields:
        value = getattr(label, field)
        whole = value if isinstance(value, str) else "".join(value)
        assert said(drawing, field).endswith(re.sub(r"\s", "", whole)), field


BAGS = (NAMES, NAMES, DOSES, SENTENCES, SENTENCES, st.sampled_from([None, "DEMO – NOT FOR PATIENT USE"]), st.booleans())


def check_bag(name, location, dose, warnings, handling, mark, bedside) -> None:
    label = bag(
        patient_name=name, location=location, dose=dose, warnings=warnings, handling=handling, mark=mark,
        admin_code="770012345601" if bedside else None,
    )  # fmt: skip
    sound_or_refused(label, None, LEAST, "patient_name", "location", "warnings")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(*BAGS)
def test_a_bag_label_is_sound_or_refused(name, location, dose, warnings, handling, mark, bedside) -> None:
    check_bag(name, location, dose, warnings, handling, mark, bedside)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(5))
@settings(max_examples=1000, deadline=None)
@given(*BAGS)
def test_thousands_of_bag_labels_are_sound_or_refused(
    part, name, location, dose, warnings, handling, mark, bedside
) -> None:
    """Five parts of a thousand, other ones at each run."""
    check_bag(name, location, dose, warnings, handling, mark, bedside)


SMALLER = st.sampled_from([syringe, intrathecal, pumped, pump, overfilled, elastomeric, bottle, weekly])


@pytest.mark.soak
@settings(max_examples=1000, deadline=None)
@given(SMALLER, NAMES, NAMES, SENTENCES, SENTENCES, st.sampled_from([1, 2]), st.sampled_from(sorted(STOCKS)))
def test_a_thousand_labels_of_syringes_pumps_and_bottles_are_sound_or_refused(
    make, name, location, warnings, handling, copy, stock
) -> None:
    warnings = (INTRATHECAL, *warnings) if make is intrathecal else warnings
    label = make(patient_name=name, location=location, warnings=warnings, handling=handling, copy=copy)
    least = LEAST | ({"drug": 11.0, "dose": 11.0} if isinstance(label, SyringeLabel) else {})
    sound_or_refused(label, stock, least, "patient_name", "location", "warnings", "handling")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(NAMES, NAMES, DOSES, st.sampled_from(["101.6x50.8", "76.2x50.8", "57.2x31.8"]))
def test_an_in_process_label_is_sound_or_refused(name, drug, dose, stock) -> None:
    sound_or_refused(in_process(patient_name=name, drug=drug, dose=dose), stock, LEAST, "drug")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(NAMES, NAMES, st.sampled_from(["57.2x31.8", "50.8x25.4", "57.2x50.8"]))
def test_a_unit_label_is_sound_or_refused(drug, lot, stock) -> None:
    sound_or_refused(unit(drug=drug, lot=lot), stock, None)


@pytest.mark.parametrize(
    "field",
    ["patient_name", "second_identifier", "location", "drug", "diluent", "container", "route", "storage", "hazard_line",
     "cycle_day", "order_number", "prepared_by", "pharmacy", "telephone", "study"],
)  # fmt: skip
@pytest.mark.parametrize("unit_of_length", ["word ", "unbroken", "hy-phen-"])
def test_l4_a_field_that_grows_is_set_whole_until_it_is_refused(field: str, unit_of_length: str) -> None:
    for times in (1, 3, 10, 30, 200):
        text = ("intravenous " if field == "route" else "") + (unit_of_length * times).strip()
        label = bag(**{field: text})
        drawing = drawn_or_refused(label)
        printed_in = {"container": "overfill", "telephone": "pharmacy"}.get(field, field)
        if isinstance(drawing, DoesNotFit):
            assert times > 1
            assert drawing.field == printed_in
            return
        sound(drawing, LEAST)
        assert re.sub(r"\s", "", text) in said(drawing, printed_in)
    pytest.fail(f"{field} of 200 times {unit_of_length!r} was never refused")


def test_a_dose_never_leaves_its_unit_and_begins_a_line_or_shares_its_drugs() -> None:
    for drug in (
        "cisplatin",
        "cycloPHOSPHamide",
        "DOXOrubicin liposomal pegylated",
        "paclitaxel protein-bound particles albumin",
    ):
        drawing = draw(bag(drug=drug, dose=Decimal("1234567.89")))
        (dose,) = [run for run in drawing.runs if run.field == "dose"]
        names = [run for run in drawing.runs if run.field == "drug"]
        assert dose.text == "1,234,567.89\u00a0mg"
        beside = [run for run in names if run.y == dose.y]
        assert beside == (names if len(names) == 1 and beside else [])
        assert beside or dose.x == names[0].x


def test_words_are_wrapped_first_and_shrunk_second() -> None:
    def set_words(count: int) -> Drawing:
        block = Words((Piece("field", "word " * count + "end"),), 12.0, 7.0)
        return lay_out((block,), STOCKS["101.6x76.2"], PROFILES[203], typefaces.width)

    one_line, many_lines, shrunk = set_words(3), set_words(60), set_words(180)

    assert (len(one_line.runs), one_line.runs[0].size) == (1, 12.0)
    assert len(many_lines.runs) > 3
    assert {run.size for run in many_lines.runs} == {12.0}
    assert 7.0 <= shrunk.runs[0].size < 12.0
    with pytest.raises(DoesNotFit):
        set_words(900)


def test_l1_drug_and_dose_are_the_largest_words_of_a_bag_label() -> None:
    for label in (bag(), vincristine(), bag(mark="TRAINING – NOT FOR PATIENT USE")):
        runs = draw(label).runs
        largest = max(run.size for run in runs)
        assert {run.field for run in runs if run.size == largest} == {"drug", "dose"}


@pytest.mark.parametrize("stock", ["57.2x31.8", "76.2x50.8"])
def test_l4_a_bag_label_does_not_fit_small_stock(stock: str) -> None:
    with pytest.raises(DoesNotFit) as refused:
        render(vincristine(), stock)

    assert refused.value.by_mm > 0


@pytest.mark.parametrize(
    "name", ["100%", "<b>Ann</b> & Co", "^XZ~JA Example", "%VT-F-4M8D0ZRWP-1%", "O'Brien-Łukasz", "=2+2"]
)
def test_an_odd_name_prints_as_itself(name: str) -> None:
    assert said(draw(bag(patient_name=name)), "patient_name") == name.replace(" ", "")
    render(bag(patient_name=name))


def test_an_accent_sent_apart_from_its_letter_is_set_with_it() -> None:
    assert said(draw(bag(patient_name="Jose\u0301 Nun\u0303ez")), "patient_name") == "Jos\u00e9Nu\u00f1ez"
    render(bag(patient_name="Jose\u0301"))


@pytest.mark.parametrize(
    "name",
    ["A\u202eB", "A\u200bB", "A\nB", "A\x00B", "A\u2066B", "אבג", "A\ue000", "Zoe\u0301\u0302", "張", "A\U0001f9e4"],
)
def test_a_name_that_cannot_be_printed_truly_is_refused(name: str) -> None:
    with pytest.raises(LabelRefused) as refused:
        render(bag(patient_name=name))

    assert refused.value.field == "patient_name"


@pytest.mark.parametrize(("stock", "dpi"), [("5x5", 203), ("101.6x76.2", 150)])
def test_an_unknown_stock_or_printer_is_refused(stock: str, dpi: int) -> None:
    with pytest.raises(LabelRefused):
        render(bag(), stock, dpi)
