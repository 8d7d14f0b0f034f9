"""Events as CSV, one row an event, written as it is read: typed columns, no formula ever runs in a spreadsheet (SCREENS 12)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from app.desk.story import Told
from app.record.columns import moment_text
from workflows.preparation import Preparation

SCHEMA = "vialtrace-events/1"
"""Name and version of the columns."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is taken for a formula."""


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet runs: a leading quote where it would begin a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def header(zone: ZoneInfo) -> tuple[str, ...]:
    """Return the columns."""
    return (
        "preparation", "event", "at_utc", f"at_site ({zone.key})", "what", "details", "mark", "who", "second_person", "station",
        "drug", "dose_mg", "order", "patient", "old_value", "new_value", "corrects_event", "corrected_by", "photos", "digest",
        "schema", "filter", "software",
    )  # fmt: skip


def rows(
    preparation: str, p: Preparation, lines: Iterable[Told], *, patient: str, zone: ZoneInfo, wanted: str, software: str
) -> Iterator[tuple[str, ...]]:
    """Yield one row for each line of the story."""
    for line in lines:
        yield (
            preparation,
            str(line.version or ""),
            moment_text(line.at),
            f"{line.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            line.title,
            " | ".join(line.details),
            line.mark,
            line.who,
            line.second,
            line.station,
            p.recipe.printed_drug,
            f"{p.plan.ordered_mg:f}",
            p.order.key.placer,
            patient,
            line.old,
            line.new,
            str(line.of_version or ""),
            " ".join(map(str, line.corrected_by)),
            " ".join(line.photos),
            line.digest,
            SCHEMA,
            wanted,
            software,
        )


def written(table: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the text of each row as it comes: quoted where needed, formulas disarmed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in table:
        writer.writerow([safe(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
