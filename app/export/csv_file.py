"""CSV as spreadsheets and statisticians read it: UTF-8 with mark, RFC 4180, no cell ever runs as a formula (SCREENS 12)."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

from app.export.cells import About, Cell, Column, Row

BOM = "\ufeff"
"""Says UTF-8 to spreadsheets, so that µ and names come out right."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is taken for a formula."""
CARRIED = ("schema", "filter", "patients", "time zone", "site", "software")
"""What the file says of itself stands in columns of their own: a line that was copied out still tells."""


def safe(text: str) -> str:
    """Return a text that no spreadsheet runs: a leading quote where it would begin a formula. Numbers are no text."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def cell_text(cell: Cell, about: About) -> str:
    """Return a cell as the file shows it: numbers plain, times in the site's zone with their offset."""
    if isinstance(cell, str):
        return safe(cell)
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(about.zone).isoformat(timespec="microseconds")
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


class CsvFile:
    """Writes each row as it comes and keeps none."""

    def __init__(self, file: BinaryIO, columns: tuple[Column, ...], about: About) -> None:
        """Write the first line to `file`."""
        self._file, self._about = file, about
        said = dict(about.said())
        self._tail = [safe(said[name]) for name in CARRIED]
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer, lineterminator="\r\n")
        file.write(BOM.encode())
        self._line([*(column.name for column in columns), *CARRIED])

    def add(self, row: Row) -> None:
        """Write one row."""
        self._line([*(cell_text(cell, self._about) for cell in row.cells), *self._tail])

    def close(self) -> None:
        """Nothing is left to be written."""

    def _line(self, texts: list[str]) -> None:
        self._writer.writerow(texts)
        self._file.write(self._buffer.getvalue().encode("utf-8", "replace"))
        self._buffer.seek(0)
        self._buffer.truncate()
