"""The one path of every export over many preparations, from page and command line: walk, write, digest, record, hand out.

Nothing leaves before the export is an event of the record. One preparation at a time is in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from sqlalchemy import Connection

from app.catalogue.billing import billed
from app.desk import access, records
from app.desk.names import names
from app.desk.opened import load
from app.desk.patients import NOBODY
from app.export.cases import Case, case_of
from app.export.cells import About, Column
from app.export.csv_file import CsvFile
from app.export.fhir_file import SCHEMA as FHIR_SCHEMA
from app.export.fhir_file import FhirFile
from app.export.parquet_file import NoParquet, ParquetFile
from app.export.pseudonyms import Pseudonyms
from app.export.recorded import Export, record_export
from app.export.tables import TABLES, Table
from app.export.wanted import ENDING, Wanted
from app.export.xlsx_file import TooManyRows, XlsxFile
from app.record import log
from app.record.engine import Store
from app.settings import Settings

PART = 1 << 20
"""Bytes read at a time."""
NOTED = 500
"""Patients of one line in the access log."""


@dataclass(frozen=True)
class By:
    """Who exports, where and when."""

    who: str
    """Person id."""
    at: datetime
    """UTC."""
    station: str = ""
    """Station code; empty at a desk."""
    named: str = ""
    """Of a command line: the person for whom it was said to be."""
    signed_in: str = ""
    """Of a command line: the account that signed in to the machine, where it works as another."""
    command_id: str = ""
    """Names the act in the record, and with it the token of a program; empty: a new one."""


@dataclass(frozen=True)
class Made:
    """A finished file, recorded, at its beginning. It has no name on disk and is gone when closed."""

    file: BinaryIO
    """Its bytes."""
    name: str
    """What to call it."""
    media_type: str
    """What it is."""
    rows: int
    """Rows or resources."""
    preparations: int
    """Preparations that fitted."""
    sha256: str
    """Hex, over the whole file."""
    size: int
    """Bytes."""

    def parts(self) -> Iterator[bytes]:
        """Yield the bytes, and close the file."""
        with self.file as file:
            while part := file.read(PART):
                yield part


@dataclass(frozen=True)
class NotMade:
    """Why there is no file; nothing was recorded."""

    says: str
    """In words, with what to do."""


class File(Protocol):
    """What takes the rows of one preparation after the other."""

    def add(self, case: Case) -> int:
        """Write a preparation; return how many rows that were."""

    def close(self) -> None:
        """Finish the file."""


TABULAR: dict[str, Callable[[BinaryIO, tuple[Column, ...], About], CsvFile | XlsxFile | ParquetFile]] = {
    "csv": CsvFile,
    "xlsx": XlsxFile,
    "parquet": ParquetFile,
}
"""Formats that hold rows. A new one adds its line."""


class _Tabular:
    """Lays a preparation's rows into a file of rows."""

    def __init__(self, table: Table, file: CsvFile | XlsxFile | ParquetFile) -> None:
        self._table, self._file = table, file

    def add(self, case: Case) -> int:
        count = 0
        for row in self._table.rows(case):
            self._file.add(row)
            count += 1
        return count

    def close(self) -> None:
        self._file.close()


def export(store: Store, settings: Settings, pseudonyms: Pseudonyms, wanted: Wanted, by: By) -> Made | NotMade:
    """Make the file and record it; say in words why not, with nothing recorded."""
    file = cast(BinaryIO, tempfile.TemporaryFile(dir=settings.data_dir))  # noqa: SIM115  # closed by whoever hands it out
    try:
        written, about = _begin(store, settings, wanted, file)
        rows = preparations = 0
        try:
            for case in _cases(store, settings, pseudonyms, wanted, by):
                rows += written.add(case)
                preparations += 1
        finally:
            written.close()  # also of what is thrown away: a half-written file keeps others open
        digest, size = digest_of(file)
    except (TooManyRows, NoParquet) as trouble:
        file.close()
        return NotMade(str(trouble))
    except BaseException:
        file.close()
        raise
    said = Export(
        format=wanted.format,
        rows_are="" if wanted.format == "fhir" else wanted.rows,
        filter=about.filter,
        patients=wanted.patients,
        preparations=preparations,
        rows=rows,
        file=wanted.name,
        size=size,
        sha256=digest,
        as_of=about.as_of,
        named=by.named,
        signed_in=by.signed_in,
    )
    store.write(
        lambda conn: record_export(
            conn, settings, said, who=by.who, station=by.station, at=by.at, command_id=by.command_id
        )
    )
    return Made(file, wanted.name, ENDING[wanted.format][1], rows, preparations, digest, size)


def about_of(conn: Connection, settings: Settings, schema: str, wanted: str, patients: str) -> About:
    """Return what a file says of itself."""
    head = log.head_of(conn, settings.site)[0]
    return About(schema, wanted, patients, settings.zone, settings.site, settings.software, head, settings.demo)


def _begin(store: Store, settings: Settings, wanted: Wanted, file: BinaryIO) -> tuple[File, About]:
    table = TABLES[wanted.rows]
    schema = FHIR_SCHEMA if wanted.format == "fhir" else table.schema
    with store.reading() as conn:
        about = about_of(conn, settings, schema, wanted.filter.words(), wanted.patients)
    if wanted.format == "fhir":
        return FhirFile(file, about), about
    return _Tabular(table, TABULAR[wanted.format](file, table.columns, about)), about


def _cases(store: Store, settings: Settings, pseudonyms: Pseudonyms, wanted: Wanted, by: By) -> Iterator[Case]:
    """Walk through what fits, oldest first; who was named is noted before the file is handed out (Q32)."""
    with store.reading() as conn:
        known = names(conn)
    place = records.START
    while True:
        with store.reading() as conn:
            chunk = records.ids(conn, settings.site, wanted.filter, settings.zone, place, NOTED)
        if not chunk:
            return
        seen: list[str] = []
        for place in chunk:
            with store.reading() as conn:
                opened = load(conn, settings.site, place.id, lambda _: NOBODY, known)
                fits = opened is not None and wanted.filter.outcome in ("", opened.p.outcome or "open")
                case = case_of(conn, opened, wanted.patients, pseudonyms) if opened is not None and fits else None
                if case is not None and wanted.rows == "billing" and case.opened.p.outcome == "released":
                    case = replace(case, billed=billed(conn, case.opened.p))
            if case is not None:
                seen.append(case.opened.p.patient)
                yield case
        if wanted.patients == "named":
            _note(store, settings, by, wanted, seen)


def _note(store: Store, settings: Settings, by: By, wanted: Wanted, seen: list[str]) -> None:
    what = f"export {wanted.format}"
    store.write(
        lambda conn: access.note(
            conn,
            site=settings.site,
            at=by.at,
            who=by.who,
            station=by.station,
            what=what,
            preparation="",
            patients=seen,
        )
    )


def digest_of(file: BinaryIO) -> tuple[str, int]:
    """Return digest and size of a file, and leave it at its beginning."""
    file.seek(0)
    digest, size = sha256(), 0
    while part := file.read(PART):
        digest.update(part)
        size += len(part)
    file.seek(0)
    return digest.hexdigest(), size


def save(made: Made, out: Path) -> None:
    """Write the file where the command line wants it: whole or not at all."""
    draft = out.with_name(f".{out.name}.draft")
    try:
        with draft.open("xb") as file:
            for part in made.parts():
                file.write(part)
        draft.rename(out)
    finally:
        draft.unlink(missing_ok=True)
