"""A spreadsheet of orders to rows of text cells: CSV as written, Excel's first sheet as values; nothing is repaired (I62)."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from app.interfaces.reasons import Fault
from app.interfaces.sheet_looks import shows_otherwise, unseen, words_otherwise

# fmt: off
COLUMNS = (
    "order_no", "action", "revision", "mrn", "mrn_authority", "family_name", "given_name", "birth_date", "sex", "location",
    "weight_kg", "height_cm", "bsa_m2", "measured_on", "allergies", "drug", "drug_code", "dose", "dose_unit",
    "per_unit_dose", "per_unit", "concentration_mg_ml", "route", "container", "base", "base_ml", "total_ml", "rate_ml_h",
    "duration_min", "frequency", "doses_total", "dispense_quantity", "dispense_unit", "strength_mg", "due_at", "priority",
    "protocol", "cycle", "day", "prescriber", "verified_by", "instructions",
)
NUMBERS = frozenset({
    "revision", "weight_kg", "height_cm", "bsa_m2", "dose", "per_unit_dose", "concentration_mg_ml", "base_ml", "total_ml",
    "rate_ml_h", "duration_min", "doses_total", "dispense_quantity", "strength_mg", "cycle", "day",
})
# fmt: on
"""Columns that may be number cells of a workbook; every other must be text, or zeros and days are lost."""
DATES = frozenset({"birth_date", "measured_on", "due_at"})
MOST_ROWS = 2000
LAST_LINE = 10_000
"""Lines of a workbook that are looked through, empty ones too; what stands below would be lost."""
MOST_COLUMNS = 200
TOO_LONG = Fault(
    "TOO_LARGE", "file", hint=f"the sheet goes on below line {LAST_LINE}: delete the lines below the orders"
)
TOO_WIDE = Fault(
    "UNKNOWN_COLUMN", "file", hint=f"the sheet has more than {MOST_COLUMNS} columns: delete those beside the orders"
)
MOST_UNPACKED = 64 * 1024 * 1024


@dataclass(slots=True)
class Row:
    """One row of the sheet."""

    number: int
    """From 1, the header not counted."""
    cells: Mapping[str, str]
    """By column; an empty cell is an empty text."""
    faults: list[Fault] = field(default_factory=list)
    """What is wrong with its cells as such."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file of orders, or why it is none."""

    rows: tuple[Row, ...] = ()
    """In order."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with the file as a whole."""


def template() -> bytes:
    """Return the header line of the order sheet, to be filled in."""
    return (",".join(COLUMNS) + "\r\n").encode()


def read_table(raw: bytes) -> Table:
    """Return the rows of a CSV file or of a workbook's first sheet. Never raises for anything the bytes can hold."""
    try:
        return _workbook(raw) if raw[:4] == b"PK\x03\x04" else _text(raw)
    except Exception as trouble:  # noqa: BLE001 - the file border: whatever a file provokes refuses that file
        return Table(
            faults=(Fault("UNKNOWN_COLUMN", "file", hint=f"the file cannot be read ({type(trouble).__name__})"),)
        )


def _text(raw: bytes) -> Table:
    try:
        said = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Table(faults=(Fault("BAD_CHARSET", "file", hint="save the sheet as CSV UTF-8"),))
    if "\x00" in said:
        return Table(faults=(Fault("BAD_CHARSET", "file", hint="save the sheet as CSV UTF-8"),))
    try:
        lines = list(csv.reader(io.StringIO(said, newline=""), strict=True))
    except csv.Error as trouble:
        return Table(
            faults=(Fault("UNKNOWN_COLUMN", "file", hint=f"not CSV with commas and double quotes: {trouble}"),)
        )
    return _rows([[(cell, None) for cell in line] for line in lines])


def _rows(lines: list[list[tuple[str, Fault | None]]]) -> Table:
    if not lines:
        return Table(
            faults=(Fault("UNKNOWN_COLUMN", "file", hint="the file is empty; its first line names the columns"),)
        )
    names = [said for said, _ in lines[0]]
    if len(names) > MOST_COLUMNS:
        return Table(faults=(TOO_WIDE,))
    wrong = [Fault("UNKNOWN_COLUMN", name or f"column {n}") for n, name in enumerate(names, 1) if name not in COLUMNS]
    wrong += [
        Fault("UNKNOWN_COLUMN", name, hint="the column stands twice") for name in set(names) if names.count(name) > 1
    ]
    filled = [line for line in lines[1:] if any(said.strip() or trouble for said, trouble in line)]
    if len(filled) > MOST_ROWS:
        wrong.append(Fault("TOO_LARGE", "file", hint=f"more than {MOST_ROWS} rows: split the sheet"))
    if wrong:
        return Table(faults=tuple(wrong))
    return Table(tuple(_row(number, names, line) for number, line in enumerate(filled, 1)))


def _row(number: int, names: list[str], line: list[tuple[str, Fault | None]]) -> Row:
    row = Row(
        number, dict.fromkeys(COLUMNS, "") | dict(zip(names, (said.strip(" ") for said, _ in line), strict=False))
    )
    row.faults += [trouble for _, trouble in line if trouble]
    if len(line) != len(names):
        row.faults.append(Fault("UNKNOWN_COLUMN", "row", hint=f"{len(line)} cells where the header has {len(names)}"))
    return row


def _workbook(raw: bytes) -> Table:
    from openpyxl.reader.excel import load_workbook

    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            return Table(faults=(Fault("TOO_LARGE", "file", hint="the workbook is too large: split it"),))
    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)  # type: ignore[no-untyped-call]
    try:
        sheet = book.worksheets[0]
        if sheet.sheet_state != "visible":
            return Table(
                faults=(Fault("UNKNOWN_COLUMN", "file", hint="the first sheet is hidden: show it or delete it"),)
            )
        if says := unseen(_xml(raw, sheet), len(COLUMNS)):
            return Table(faults=(Fault("UNKNOWN_COLUMN", "file", hint=says),))
        sheet.reset_dimensions()  # some programs write a smaller one than the sheet has, and rows would be lost
        lines = list(_lines(sheet))
    except _RefusedError as refused:
        return Table(faults=(refused.fault,))
    finally:
        book.close()
    return _rows(lines)


def _xml(raw: bytes, sheet: Any) -> bytes:
    """Return a sheet as it is written; reading its cells alone does not tell which of them are seen."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return packed.read(sheet._worksheet_path)


class _RefusedError(Exception):
    """The sheet reaches further than anybody looks."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


def _lines(sheet: Any) -> Iterator[list[tuple[str, Fault | None]]]:
    names: list[str] = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number > LAST_LINE:
            raise _RefusedError(TOO_LONG)
        if len(cells) > MOST_COLUMNS and any(cell.value is not None for cell in cells[MOST_COLUMNS:]):
            raise _RefusedError(TOO_WIDE)
        if not names:
            names = [str(cell.value or "") for cell in cells[:MOST_COLUMNS]]
            while names and not names[-1]:
                names.pop()
            yield [(name, None) for name in names]
            continue
        line = [_cell(cell, names[n] if n < len(names) else "") for n, cell in enumerate(cells[:MOST_COLUMNS])]
        while len(line) > len(names) and line[-1] == ("", None):
            line.pop()
        line += [("", None)] * (len(names) - len(line))
        yield line


def _cell(cell: Any, column: str) -> tuple[str, Fault | None]:
    """Return a cell as text, or why its kind cannot be what the column holds."""
    value = cell.value
    if value is None:
        return "", None
    place = f"{column} in cell {cell.coordinate}"
    if cell.data_type == "f":
        return "", Fault("NOT_A_NUMBER", place, hint="it is a formula: paste the value")
    if isinstance(value, str) and words_otherwise(cell.number_format):
        return "", Fault("FIELD_NOT_TEXT", place, hint="its format shows another text than it holds: format it as text")
    if isinstance(value, str):
        return (value, None) if cell.data_type != "e" else ("", Fault("NOT_A_NUMBER", place, hint="it is an error"))
    if isinstance(value, datetime | date | time):
        return "", Fault("DATE_INVALID", place, hint="it is a date cell: format the column as text and type YYYY-MM-DD")
    if isinstance(value, bool) or column not in NUMBERS:
        reason = "DATE_INVALID" if column in DATES else "FIELD_NOT_TEXT"
        return "", Fault(reason, place, hint="it is a number cell and may have lost zeros: format the column as text")
    number = Decimal(repr(value))
    if shows_otherwise(number, cell.number_format):
        return "", Fault("NOT_A_NUMBER", place, hint="its format shows another number than it holds: format it as text")
    return f"{number:f}", None
