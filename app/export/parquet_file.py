"""Parquet for analysts: typed columns, batches of a thousand rows. pyarrow comes with the extra `analytics`."""

from __future__ import annotations

import importlib
from decimal import Decimal
from typing import Any, BinaryIO

from app.export.cells import About, Column, Row

BATCH = 1_000
"""Rows held before they are written."""
SCALE = 9
"""Decimals of a number; every quantity of the record has fewer."""


class NoParquet(Exception):  # noqa: N818  # named as the answer the caller hears
    """The package is not installed; the sentence says how it comes."""


class ParquetFile:
    """Writes a row group for each batch."""

    def __init__(self, file: BinaryIO, columns: tuple[Column, ...], about: About) -> None:
        """Begin the file. Raises NoParquet where pyarrow is not installed."""
        try:
            self._arrow: Any = importlib.import_module("pyarrow")
            parquet: Any = importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise NoParquet(
                "Parquet needs the package pyarrow, which is not installed on this server: pip install 'vialtrace[analytics]'. "
                "CSV needs nothing."
            ) from error
        fields = [self._arrow.field(column.name, self._type(column)) for column in columns]
        said = dict(about.said())
        self._schema: Any = self._arrow.schema(fields, metadata=said)
        self._file: Any = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._held: list[Row] = []

    def add(self, row: Row) -> None:
        """Keep the row until its batch is full."""
        self._held.append(row)
        if len(self._held) == BATCH:
            self._flush()

    def close(self) -> None:
        """Write what is held and finish."""
        self._flush()
        self._file.close()

    def _type(self, column: Column) -> Any:
        kinds = {
            "text": self._arrow.string(),
            "whole": self._arrow.int64(),
            "number": self._arrow.decimal128(28, SCALE),
            "time": self._arrow.timestamp("us", tz="UTC"),
            "day": self._arrow.date32(),
        }
        return kinds[column.kind]

    def _flush(self) -> None:
        if not self._held:
            return
        by_column = zip(*(map(_plain, row.cells) for row in self._held), strict=True)
        arrays = [
            self._arrow.array(list(cells), type=field.type)
            for cells, field in zip(by_column, self._schema, strict=True)
        ]
        self._file.write_table(self._arrow.table(arrays, schema=self._schema))
        self._held.clear()


def _plain(cell: object) -> object:
    return round(cell, SCALE) if isinstance(cell, Decimal) else cell
