"""The access log as CSV: who opened whose record, when, where. Recorded before it goes, like every export."""

from __future__ import annotations

import tempfile
from typing import BinaryIO, cast

from app.desk.access import PAGE, Asked, Opening, search
from app.desk.names import name_of, names
from app.export.cells import Row, columns
from app.export.csv_file import CsvFile
from app.export.recorded import Export, record_export
from app.export.run import By, Made, about_of, digest_of
from app.record.columns import moment_text
from app.record.engine import Store
from app.settings import Settings

SCHEMA = "vialtrace-openings/1"
COLUMNS = columns(
    "number:whole", "at_utc", "at_site:time", "person", "printed_name", "station", "opened", "preparation",
    "patients_shown:whole", "order_texts",
)  # fmt: skip
NAME = "vialtrace-openings.csv"


def openings(store: Store, settings: Settings, asked: Asked, by: By) -> Made:
    """Write the openings that fit, newest first, a page of them in memory at a time."""
    file = cast(BinaryIO, tempfile.TemporaryFile(dir=settings.data_dir))  # noqa: SIM115  # closed by whoever hands it out
    try:
        with store.reading() as conn:
            known = names(conn)
            about = about_of(conn, settings, SCHEMA, asked.words(), "none")
        written, rows, before = CsvFile(file, COLUMNS, about), 0, 0
        while True:
            with store.reading() as conn:
                found = search(conn, settings.site, asked, settings.zone, before)[:PAGE]
            for one in found:
                written.add(_row(one, name_of(known, one.who)))
                rows, before = rows + 1, one.number
            if len(found) < PAGE:
                break
        digest, size = digest_of(file)
        said = Export(
            "csv",
            f"access log, {about.filter}",
            NAME,
            digest,
            "none",
            "opening",
            rows=rows,
            size=size,
            as_of=about.as_of,
        )
        store.write(
            lambda conn: record_export(
                conn, settings, said, who=by.who, at=by.at, station=by.station, command_id=by.command_id
            )
        )
    except BaseException:
        file.close()
        raise
    return Made(file, NAME, "text/csv; charset=utf-8", rows, 0, digest, size)


def _row(one: Opening, name: str) -> Row:
    return Row((
        one.number, moment_text(one.at), one.at, one.who, name, one.station, one.what, one.preparation,
        len(one.patients), " ".join(one.patients),
    ))  # fmt: skip
