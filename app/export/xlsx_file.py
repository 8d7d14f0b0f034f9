"""A workbook of two sheets: the rows, and what the file says of itself. Nothing in it is a formula or a link."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from app.export.cells import About, Cell, Column, Row

MOST_ROWS = 50_000
"""Rows of one workbook (SCREENS 12): beyond, spreadsheets become a burden."""
LONGEST = 32_767
"""Characters of one cell; the format allows no more."""
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook's own date has no zone; equal questions give equal bytes


class TooManyRows(Exception):  # noqa: N818  # named as the answer the caller hears
    """The rows do not fit into a workbook; the sentence says what to do."""

    def __init__(self) -> None:
        """Say it."""
        super().__init__(
            f"An Excel file holds at most {MOST_ROWS:,} rows here, and this is more. "
            "Choose a shorter period, or CSV or Parquet, which have no limit."
        )


class XlsxFile:
    """Writes each row to disk as it comes."""

    def __init__(self, file: BinaryIO, columns: tuple[Column, ...], about: About) -> None:
        """Begin the workbook in `file`."""
        import xlsxwriter

        self._book: Any = xlsxwriter.Workbook(file, OPTIONS)
        self._book.set_properties({"created": LONG_AGO, "comments": about.software})
        bold = self._book.add_format({"bold": True})
        self._day: Any = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._about, self._columns, self._rows = about, columns, 0
        self._sheet: Any = self._book.add_worksheet("rows")
        for number, column in enumerate(columns):
            in_zone = f" ({about.zone.key})" if column.kind == "time" else ""
            self._sheet.write_string(0, number, f"{column.name}{in_zone}", bold)
        self._sheet.freeze_panes(1, 0)

    def add(self, row: Row) -> None:
        """Write one row; raise TooManyRows at the first that is too many."""
        if self._rows == MOST_ROWS:
            raise TooManyRows
        self._rows += 1
        for number, cell in enumerate(row.cells):
            self._put(self._rows, number, cell)

    def close(self) -> None:
        """Write the second sheet and finish."""
        sheet = self._book.add_worksheet("about")
        for number, (name, words) in enumerate(self._about.said()):
            sheet.write_string(number, 0, name)
            sheet.write_string(number, 1, words)
        self._book.close()

    def _put(self, row: int, column: int, cell: Cell) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            self._sheet.write_string(row, column, cell[:LONGEST])
        elif isinstance(cell, datetime):
            local = cell.astimezone(self._about.zone).replace(tzinfo=None)
            self._sheet.write_datetime(row, column, local)
        elif isinstance(cell, int | Decimal):
            self._sheet.write_number(row, column, cell)
        else:
            self._sheet.write_datetime(row, column, cell, self._day)
