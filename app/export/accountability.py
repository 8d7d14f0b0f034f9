"""The accountability record of a trial's product, on paper and as CSV: every line, struck ones too, nothing left out (R56)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.catalogue.trial_lines import Kept
from app.desk.names import name_of
from app.export.csv_file import BOM, safe
from app.export.recorded import Export, record_export
from app.export.run import By, Made, digest_of
from app.record import log
from app.record.engine import Store
from app.settings import Settings

COLUMNS = (
    "line", "at", "what", "subject", "dose", "change", "balance", "kit", "lot", "unit label", "preparation", "note", "by",
    "second person", "struck out",
)  # fmt: skip
"""Of the CSV, one row a line of the record."""


@dataclass(frozen=True)
class Record:
    """One protocol's record, as it is taken away."""

    protocol: str
    """Number of the trial."""
    sponsors: str
    """Who sponsors it, by its recipes."""
    lines: tuple[Kept, ...]
    """All of its lines, the oldest first."""
    known: Mapping[str, str]
    """Printed names by person id."""


def as_paper(store: Store, settings: Settings, record: Record, by: By, printed_by: str) -> Made:
    """Print the record as a PDF, a table a product, and note that it was taken away."""
    from app.export.paper_drawing import Print  # what draws is loaded with the first paper
    from app.export.paper_pages import Running, laid_out

    made = Print(settings.site_name, settings.zone, by.at, printed_by, settings.software, settings.demo)
    running = Running(
        f"Investigational product accountability record, {record.protocol}",
        "Nothing is erased: a wrong line is struck out by a later one",
    )
    return _taken(store, settings, record, by, "pdf", io.BytesIO(laid_out(_story(record, made), running, made)))


def as_csv(store: Store, settings: Settings, record: Record, by: By) -> Made:
    """Return the record as CSV, and note that it was taken away."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("protocol", "product", *COLUMNS))
    for one in record.lines:
        said = [safe(cell) for cell in (record.protocol, one.line.product, *_cells(one, record, settings.zone))]
        said[2 + COLUMNS.index("change")] = str(one.line.change)  # a number is no formula
        writer.writerow(said)
    return _taken(store, settings, record, by, "csv", io.BytesIO((BOM + out.getvalue()).encode()))


def _taken(store: Store, settings: Settings, record: Record, by: By, ending: str, content: io.BytesIO) -> Made:
    digest, size = digest_of(content)
    name = (
        "accountability-"
        + "".join(one if one.isalnum() or one == "-" else "_" for one in record.protocol)
        + f".{ending}"
    )

    def work(conn: Connection) -> None:
        export = Export(
            format=f"accountability {ending}",
            filter=f"protocol {record.protocol}",
            file=name,
            sha256=digest,
            patients="masked",
            rows_are="accountability",
            preparations=0,
            rows=len(record.lines),
            size=size,
            as_of=log.head_of(conn, settings.site)[0],
            preparation="",
        )
        record_export(conn, settings, export, who=by.who, at=by.at, station=by.station)

    store.write(work)
    media = "application/pdf" if ending == "pdf" else "text/csv; charset=utf-8"
    return Made(content, name, media, len(record.lines), 0, digest, size)


def _cells(one: Kept, record: Record, zone: ZoneInfo) -> tuple[str, ...]:
    line = one.line
    return (
        *(str(one.seq), f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}", line.what, line.subject, line.dose),
        *(
            f"{line.change:+d}" if line.change else "0",
            str(line.balance),
            line.kit,
            line.lot,
            line.unit,
            line.preparation,
        ),
        *(_said(one), name_of(record.known, one.who), name_of(record.known, one.second) if one.second else ""),
        "struck out" if one.struck else "",
    )


def _said(one: Kept) -> str:
    line = one.line
    dates = [f"expires {line.held.expiry.isoformat()}"] if line.held is not None and line.held.expiry else []
    retest = [f"re-test {line.retest.isoformat()}"] if line.retest else []
    return "; ".join(
        ([f"strikes out line {line.strikes}"] if line.strikes else [])
        + [word for word in (line.note, *dates, *retest) if word]
    )


def _story(record: Record, made: Any) -> list[Any]:
    from app.export.paper_drawing import HEAD, SMALL, TITLE, bold, table, text

    story = [text(f"Accountability record of the trial {record.protocol}", TITLE)]
    facts = [
        ("institution", made.site),
        ("protocol", record.protocol),
        ("sponsor", record.sponsors or "not said"),
        ("kind of record", "control record"),
    ]
    story.append(table([[bold(name), words] for name, words in facts], (44, 134), head=False))
    for product in dict.fromkeys(one.line.product for one in record.lines):
        story += [text(product, HEAD), table(_rows(record, product, made), (9, 25, 22, 24, 15, 16, 32, 35))]
    return [*story, text(f"times in {made.zone.key}", SMALL)]


def _rows(record: Record, product: str, made: Any) -> Iterable[list[Any]]:
    from app.export.paper_drawing import struck

    rows: list[list[Any]] = [
        ["", "when", "what", "subject, dose", "quantity", "balance", "kit, lot, label", "said, by whom"]
    ]
    for one in record.lines:
        if one.line.product != product:
            continue
        number, when, what, subject, dose, change, balance, kit, lot, unit, preparation, note, by, second, _ = _cells(
            one, record, made.zone
        )
        people = f"{by} and {second}" if second else by
        found = [number, when, what, " ".join(word for word in (subject, dose) if word), change, balance]
        found += [f"kit {kit}, lot {lot}, {unit}", "; ".join(word for word in (preparation, note, people) if word)]
        rows.append([struck(cell) for cell in found] if one.struck else found)
    return rows
