"""A preparation of this site with its whole log, as one reading of the record: what pages, papers and exports are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from app import preparations
from app.desk.names import names
from app.desk.pace import too_fast
from app.desk.patients import Patient
from app.desk.story import Told, story
from app.desk.urgent import accesses
from app.desk.waived import waivers
from app.record import refusals, views
from app.record.views import PreparationRow
from workflows.events import Recorded
from workflows.preparation import Preparation


@dataclass(frozen=True)
class Opened:
    """A preparation with its whole log."""

    row: PreparationRow
    """Its line in the lists."""
    p: Preparation
    """As it stands."""
    log: tuple[Recorded, ...]
    """Every event."""
    lines: tuple[Told, ...]
    """The story, refusals included."""
    patient: Patient
    """As this viewer may see them."""
    known: Mapping[str, str]
    """Printed names by person id."""


def row_of(conn: Connection, site: str, preparation: str) -> PreparationRow | None:
    """Return the line of a preparation of this site, or None (Q46)."""
    row = views.get_preparation(conn, preparation)
    return row if row is not None and row.site == site else None


def load(
    conn: Connection,
    site: str,
    preparation: str,
    patient: Callable[[Preparation], Patient],
    known: Mapping[str, str] | None = None,
) -> Opened | None:
    """Load a preparation of this site, or None; `patient` says what of the patient is shown to this viewer.

    `known` are the printed names, where the caller has read them already.
    """
    row = row_of(conn, site, preparation)
    if row is None:
        return None
    log = preparations.history(conn, preparation)
    p = preparations.after(None, log)
    if p is None:
        return None
    printed = names(conn) if known is None else known
    beside = (*waivers(conn, p, log, printed), *accesses(conn, p, log, printed), *too_fast(p, log, printed))
    lines = story(p, log, refusals.of_stream(conn, preparation), printed, beside)
    return Opened(row, p, log, lines, patient(p), printed)
