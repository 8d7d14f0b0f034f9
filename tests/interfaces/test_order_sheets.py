"""Orders by CSV and Excel: whole or not at all, each row with its reasons, nothing repaired."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.cli import main
from app.interfaces.book import MemoryBook
from app.interfaces.csv_orders import read_sheet
from app.interfaces.judge import Handled, handle
from app.interfaces.sheet_file import COLUMNS, NUMBERS, read_table, template
from tests.interfaces.cases import AT, PROFILE

SHEET = Path(__file__).parent / "orders.csv"
ROWS = list(csv.DictReader(io.StringIO(SHEET.read_text("utf-8"), newline="")))
NOTES = {"DOSE_BASIS_UNCHECKED", "MEASURE_OLD", "PAST_DUE"}


def written(rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    out = io.StringIO(newline="")
    sheet = csv.DictWriter(out, columns, extrasaction="ignore")
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue().encode()


def judged(raw: bytes, book: MemoryBook | None = None) -> list[Handled]:
    known = MemoryBook() if book is None else book
    return [handle(one, known, AT, "") for one in read_sheet(raw, read_table(raw), PROFILE)]


def reasons(raw: bytes) -> list[list[tuple[str, str]]]:
    return [[(fault.reason, fault.at) for fault in one.verdict.errors] for one in judged(raw)]


def row(number: int, **changes: str) -> dict[str, str]:
    return {**ROWS[number - 1], **changes}


def test_the_sample_sheet_gives_six_orders_and_one_finding() -> None:
    book = MemoryBook()
    handled = judged(SHEET.read_bytes(), book)
    assert [one.verdict.effect for one in handled] == ["created"] * 6
    assert [{one.code for one in done.verdict.findings} - NOTES for done in handled] == [
        set(), set(), set(), {"DOSE_BASIS_DIFFERS"}, set(), set(),
    ]  # fmt: skip
    made = {key.placer: kept.order for key, kept in book.orders.items()}
    assert made["CSV1003"].dose == made["CSV1003"].actives[0].amount
    assert (str(made["CSV1003"].dose), str(made["CSV1003"].total_volume_ml)) == ("282.7", "297.1")
    assert (made["CSV1001"].container, made["CSV1001"].base, made["CSV1001"].doses_total) == ("tablets", None, 28)
    assert made["CSV1002"].due_at.isoformat() == "2026-03-11T18:00:00+00:00"


def test_the_template_is_the_header_of_the_sample() -> None:
    assert template().decode().strip() == SHEET.read_text("utf-8").splitlines()[0]


HOSTILE = [
    ("dose", "970,5", "NOT_A_NUMBER"),
    ("dose", "1,000", "NOT_A_NUMBER"),
    ("dose", ".5", "NOT_A_NUMBER"),
    ("dose", "970 mg", "NOT_A_NUMBER"),
    ("dose", "9.7E2", "NOT_A_NUMBER"),
    ("dose", "٩٧٠", "NOT_A_NUMBER"),
    ("dose", "=960+10", "NOT_A_NUMBER"),
    ("dose", "-970", "NOT_POSITIVE"),
    ("dose", "0", "NOT_POSITIVE"),
    ("dose", "", "AMOUNT_MISSING"),
    ("dose_unit", "", "AMOUNT_MISSING"),
    ("dose_unit", "MCG", "UNIT_UNKNOWN"),
    ("dose_unit", "µg", "UNIT_UNKNOWN"),
    ("dose_unit", "U", "UNIT_UNKNOWN"),
    ("dose_unit", "milligram", "UNIT_UNKNOWN"),
    ("dose_unit", "mg/m2", "UNIT_NOT_AN_AMOUNT"),
    ("dose_unit", "mL", "UNIT_NOT_AN_AMOUNT"),
    ("per_unit", "mg/m", "UNIT_UNKNOWN"),
    ("route", "i.v.", "ROUTE_UNKNOWN"),
    ("route", "", "NO_ROUTE"),
    ("base", "", "NO_BASE"),
    ("base_ml", "", "AMOUNT_MISSING"),
    ("base_ml", "250 mL", "NOT_A_NUMBER"),
    ("drug_code", "RXNORM:5657", "CODE_NAME_CONFLICT"),
    ("drug_code", "3002", "CODE_NAME_CONFLICT"),
    ("drug", "", "NO_DRUG"),
    ("drug", "ifosfamide", "CODE_NAME_CONFLICT"),
    ("due_at", "2026-03-11", "DATE_NO_TIME"),
    ("due_at", "", "DATE_NO_TIME"),
    ("due_at", "2026-03-11T10:00:00", "DATE_INVALID"),
    ("due_at", "11.03.2026 10:00", "DATE_INVALID"),
    ("birth_date", "14/02/1968", "DATE_INVALID"),
    ("mrn", "", "NO_PATIENT"),
    ("order_no", "", "NO_PLACER_NUMBER"),
    ("action", "new", "ORDER_CONTROL"),
    ("priority", "urgent", "ORDER_CONTROL"),
    ("rate_ml_h", "10 drops", "NOT_A_NUMBER"),
]


@pytest.mark.parametrize(("column", "said", "reason"), HOSTILE)
def test_what_is_ambiguous_is_refused(column: str, said: str, reason: str) -> None:
    book = MemoryBook()
    (handled,) = judged(written([row(6, **{column: said})]), book)
    assert reason in {fault.reason for fault in handled.verdict.errors}
    assert book.orders == {}


def test_tablets_that_do_not_make_the_doses_are_refused() -> None:
    assert reasons(written([row(1, dispense_quantity="11")])) == [[("AMOUNTS_DISAGREE", "dispense_quantity")]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total_ml": "310"}, "VOLUME_MISMATCH"),
        ({"base": "dextrose 5%"}, "BASE_UNKNOWN"),
        ({"container": "Beutel"}, "CONTAINER_UNKNOWN"),
        ({"drug_code": ""}, "DRUG_UNKNOWN"),
        ({"verified_by": ""}, "UNVERIFIED"),
        ({"family_name": ""}, "PATIENT_INCOMPLETE"),
        ({"allergies": "Cyclophosphamide"}, "ALLERGY_MATCH"),
        ({"rate_ml_h": ""}, "VOLUME_UNCHECKED"),
        ({"instructions": "Infuse\u200b"}, "TEXT_INVISIBLE"),
    ],
)
def test_what_must_be_seen_blocks(changes: dict[str, str], code: str) -> None:
    (handled,) = judged(written([row(6, **changes)]))
    assert code in {one.code for one in handled.verdict.findings if one.blocks}


def test_vincristine_into_the_spine_is_refused() -> None:
    assert ("HARD_STOP", "route") in reasons(written([row(4, route="IT")]))[0]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "UNKNOWN_COLUMN"),
        (template(), "NO_ORDER"),
        (SHEET.read_bytes().replace(b"order_no,", b"order_nr,"), "UNKNOWN_COLUMN"),
        (SHEET.read_bytes().replace(b"revision,", b"action,"), "UNKNOWN_COLUMN"),
        (SHEET.read_bytes().replace(b",", b";"), "UNKNOWN_COLUMN"),
        (SHEET.read_bytes() + b'"open', "UNKNOWN_COLUMN"),
        (SHEET.read_bytes().replace(b"Marta", b"M\xe4rta"), "BAD_CHARSET"),
        (b"PK\x03\x04 no workbook", "UNKNOWN_COLUMN"),
    ],
)
def test_a_file_that_is_no_sheet_says_why(raw: bytes, reason: str) -> None:
    (handled,) = judged(raw)
    assert handled.verdict.errors[0].reason == reason


def test_a_row_with_a_cell_too_many_is_refused() -> None:
    raw = written([row(6)]).rstrip(b"\r\n") + b",surplus\r\n"
    assert reasons(raw)[0][0] == ("UNKNOWN_COLUMN", "row")


def test_changes_go_by_their_revision() -> None:
    book = MemoryBook()
    judged(written([row(6)]), book)
    change = row(6, action="CHANGE", revision="3", dose="960", total_ml="298")
    assert judged(written([change]), book)[0].verdict.effect == "changed"
    late = row(6, action="CHANGE", revision="2", dose="950", total_ml="297.5")
    assert judged(written([late]), book)[0].verdict.errors[0].reason == "STALE_CHANGE"
    assert judged(written([row(6, action="CANCEL", revision="4")]), book)[0].verdict.effect == "cancelled"
    assert [f"{kept.order.dose:f}" for kept in book.orders.values()] == ["960"]


def imported(*words: str | Path) -> list[dict[str, object]]:
    result = CliRunner().invoke(main, ["order", "import", "--json", *map(str, words)])
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_file_is_imported_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(tmp_path / "data"))
    bad = tmp_path / "bad.csv"
    bad.write_bytes(written([row(1), row(2, dose="4320,0"), row(3)]))
    for dry in (["--dry-run"], []):
        lines = imported(bad, *dry)
        told = [[error["reason"] for error in line["errors"]] for line in lines]  # type: ignore[attr-defined]
        assert told[0] == told[2] == ["FILE_REFUSED"]
        assert "NOT_A_NUMBER" in told[1]
        assert [line["effect"] for line in lines] == ["none"] * 3
    good = [line["effect"] for line in imported(SHEET)]
    assert good == ["created"] * 6
    assert [line["effect"] for line in imported(SHEET)] == ["replayed"] * 6


def workbook(rows: list[dict[str, object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS))
    for one in rows:
        sheet.append([one.get(name) or None for name in COLUMNS])
    book.save(out)
    return out.getvalue()


def typed(number: int, **changes: object) -> dict[str, object]:
    cells: dict[str, object] = dict(row(number))
    return {
        name: float(str(cells[name])) if name in NUMBERS and cells[name] else cells[name] for name in cells
    } | changes


def test_a_workbook_gives_the_same_orders_as_the_text() -> None:
    by_text, by_book = MemoryBook(), MemoryBook()
    judged(SHEET.read_bytes(), by_text)
    handled = judged(workbook([typed(n) for n in range(1, 7)]), by_book)
    assert [one.verdict.effect for one in handled] == ["created"] * 6
    amounts = [
        [(o.order.dose, o.order.total_volume_ml, o.order.due_at) for o in b.orders.values()] for b in (by_text, by_book)
    ]
    assert amounts[0] == amounts[1]


@pytest.mark.parametrize(
    ("changes", "reason", "cell"),
    [
        ({"mrn": 10234567}, "FIELD_NOT_TEXT", "D2"),
        ({"birth_date": date(1968, 2, 14)}, "DATE_INVALID", "H2"),
        ({"birth_date": 24882}, "DATE_INVALID", "H2"),
        ({"dose": "=960+10"}, "NOT_A_NUMBER", "R2"),
        ({"dose": True}, "FIELD_NOT_TEXT", "R2"),
    ],
)
def test_cells_that_lose_what_was_typed_are_refused_by_their_name(
    changes: dict[str, object], reason: str, cell: str
) -> None:
    (handled,) = judged(workbook([typed(6, **changes)]))
    assert any(fault.reason == reason and fault.at.endswith(f"in cell {cell}") for fault in handled.verdict.errors)


def spread(rows: list[tuple[int, dict[str, object]]], *, hidden: bool = False, far: str = "") -> bytes:
    """A workbook with its rows at these lines, perhaps with its sheet hidden or with something in a cell far away."""
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(COLUMNS))
    for line, one in rows:
        for n, name in enumerate(COLUMNS, 1):
            sheet.cell(line, n).value = one.get(name) or None  # type: ignore[assignment]  # text, number or nothing
    if far:
        sheet[far] = "x"
    if hidden:
        sheet.sheet_state = "hidden"
        book.create_sheet("Orders").append(["see the other sheet"])
    book.save(out)
    return out.getvalue()


def test_i62_a_row_far_down_is_imported_or_the_file_is_refused() -> None:
    assert len(judged(spread([(2, typed(1)), (2500, typed(2))]))) == 2
    (refused,) = judged(spread([(2, typed(1)), (20_000, typed(2))]))
    assert [fault.reason for fault in refused.verdict.errors] == ["TOO_LARGE"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (spread([(2, typed(1))], hidden=True), "UNKNOWN_COLUMN"),
        (spread([(2, typed(1))], far="XFD1"), "UNKNOWN_COLUMN"),
        (spread([(2, typed(1))], far="XFD2"), "UNKNOWN_COLUMN"),
        ((",".join(f"c{n}" for n in range(60_000)) + "\n1\n").encode(), "UNKNOWN_COLUMN"),
    ],
    ids=["a hidden sheet", "a column far away", "a cell far away", "sixty thousand columns"],
)
def test_i62_a_sheet_that_nobody_sees_whole_is_refused(raw: bytes, reason: str) -> None:
    refused = [one for one in judged(raw) if one.verdict.errors]
    assert {fault.reason for one in refused for fault in one.verdict.errors} == {reason}


def looking(change: Callable[[Worksheet], None]) -> bytes:
    """A workbook of two orders that somebody has made look otherwise."""
    book, out = load_workbook(io.BytesIO(workbook([typed(6), typed(2)]))), io.BytesIO()
    change(book.active)  # type: ignore[arg-type]  # the first sheet of a workbook of cells
    book.save(out)
    return out.getvalue()


DOSE = f"{get_column_letter(COLUMNS.index('dose') + 1)}2"


def as_format(how: str, value: float | str = 970.4) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet[DOSE].value, sheet[DOSE].number_format = value, how

    return change


@pytest.mark.parametrize("how", ["0", "0%", "0.0,", '0"0"', '0" g"', "0.00E+00", ";;;", "# ?/?", "$#,##0.00"])
def test_i62_a_number_whose_cell_shows_another_one_is_refused(how: str) -> None:
    faults = [fault for one in judged(looking(as_format(how))) for fault in one.verdict.errors]
    assert (faults[0].reason, faults[0].at) == ("NOT_A_NUMBER", f"dose in cell {DOSE}")


@pytest.mark.parametrize("how", ["General", "@", "0.0", "#,##0.00", "0.0##"])
def test_a_number_that_is_shown_as_it_is_is_read(how: str) -> None:
    book = MemoryBook()
    judged(looking(as_format(how)), book)
    assert {str(kept.order.dose) for kept in book.orders.values() if kept.order.drug == "cyclophosphamide"} == {"970.4"}


@pytest.mark.parametrize("how", ['@" g"', ';;;"97"'])
def test_i62_a_text_whose_cell_shows_another_one_is_refused(how: str) -> None:
    faults = [fault for one in judged(looking(as_format(how, "970"))) for fault in one.verdict.errors]
    assert (faults[0].reason, faults[0].at) == ("FIELD_NOT_TEXT", f"dose in cell {DOSE}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sheet: setattr(sheet.row_dimensions[3], "hidden", True), "rows of the sheet are hidden"),
        (lambda sheet: sheet.row_dimensions.group(2, 2, hidden=True), "rows of the sheet are hidden"),
        (lambda sheet: setattr(sheet.column_dimensions[DOSE[0]], "hidden", True), "columns of the sheet are hidden"),
        (lambda sheet: sheet.merge_cells(f"{DOSE[0]}2:{DOSE[0]}3"), "cells of the sheet are merged"),
    ],
    ids=["a hidden row", "a folded group", "a hidden column", "merged cells"],
)
def test_i62_what_nobody_sees_of_a_sheet_is_not_imported(change: Callable[[Worksheet], None], says: str) -> None:
    (refused,) = judged(looking(change))
    assert says in refused.verdict.errors[0].hint


def test_rows_beyond_the_extent_that_a_workbook_claims_are_read() -> None:
    raw, out = workbook([typed(1), typed(2), typed(3)]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as book, zipfile.ZipFile(out, "w") as written_anew:
        for part in book.infolist():
            text = book.read(part)
            if part.filename.endswith("sheet1.xml"):
                text, changed = re.subn(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:AP2"', text)
                assert changed == 1
            written_anew.writestr(part, text)
    assert len(judged(out.getvalue())) == len(judged(raw)) == 3
