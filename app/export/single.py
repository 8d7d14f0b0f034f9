"""What is taken away of one preparation: the paper, its events as CSV, the bundle. Each is recorded before it goes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import Connection

from app import preparations
from app.catalogue.billing import billed
from app.desk import access
from app.desk.opened import Opened
from app.desk.pictures import Copies
from app.desk.record_page import RecordPage
from app.desk.viewers import Viewer, opened_for, page_for
from app.export.cases import Case
from app.export.csv_file import CsvFile
from app.export.proof import proof_of
from app.export.pseudonyms import Pseudonyms
from app.export.reader import INDEX
from app.export.recorded import Export, record_export
from app.export.run import By, Made, NotMade, about_of, digest_of
from app.export.tables import TABLES
from app.record import bundle, log
from app.record.blobs import Blobs
from app.record.bundle import Asked, CannotExport
from app.record.bundle_check import verify_bundle
from app.record.engine import Store
from app.record.trust import gather
from app.settings import Settings

if TYPE_CHECKING:
    from app.export.paper import Sheet


@dataclass(frozen=True)
class Rooms:
    """What an export of one preparation reads."""

    store: Store
    """The record."""
    settings: Settings
    """The site's."""
    blobs: Blobs
    """Photos."""
    copies: Copies
    """Small copies of them."""


def sheet_of(rooms: Rooms, preparation: str, viewer: Viewer) -> Sheet | None:
    """Return what goes onto the paper for this viewer; None where there is none, or it is not theirs to read."""
    from app.export.paper import Sheet  # what draws is loaded with the first paper

    settings = rooms.settings
    with rooms.store.reading() as conn:
        opened = opened_for(conn, settings.site, preparation, viewer)
        if opened is None:
            return None
        page = page_for(conn, opened)
        bodies = tuple(stored.body for stored in log.load(conn, preparation))
        proof = proof_of(conn, settings.data_dir / "checkpoints", opened.row)
    wanted = (one.sha256 for one in page.photos if one.sha256 not in page.held_back)
    found = ((sha, rooms.copies.get(rooms.blobs, sha, "thumb")) for sha in wanted)
    return Sheet(page, {sha: one for sha, one in found if isinstance(one, bytes)}, bodies, proof)


def paper(rooms: Rooms, preparation: str, viewer: Viewer, by: By) -> Made | None:
    """Print the compounding record."""
    from app.export.paper import compounding_record
    from app.export.paper_drawing import Print

    sheet, settings = sheet_of(rooms, preparation, viewer), rooms.settings
    if sheet is None:
        return None
    made = Print(settings.site_name, settings.zone, by.at, viewer.name, settings.software, settings.demo)
    content = io.BytesIO(compounding_record(sheet, made))
    said = _Said("pdf", f"compounding-record-{preparation}.pdf", "application/pdf", sheet.page.version)
    return _recorded(rooms, content, said, preparation, sheet.page.patient_id, masked=sheet.page.patient.masked, by=by)


def sheet_for_downtime(rooms: Rooms, preparation: str, viewer: Viewer, by: By) -> Made | NotMade | None:
    """Print the sheet by which a verified preparation is made on paper while something is away (R60)."""
    from app.export.downtime_sheet import downtime_sheet
    from app.export.paper_drawing import Print

    settings = rooms.settings
    with rooms.store.reading() as conn:
        opened = opened_for(conn, settings.site, preparation, viewer)
    if opened is None:
        return None
    if opened.row.status != "ready":
        return NotMade("Only a preparation whose order is verified, and whose work has not begun, is made on paper.")
    made = Print(settings.site_name, settings.zone, by.at, viewer.name, settings.software, settings.demo)
    flow = preparations.workflow_of(opened.p)
    content = io.BytesIO(downtime_sheet(opened.p, preparation, flow, opened.patient, made))
    said = _Said("downtime sheet", f"downtime-sheet-{preparation}.pdf", "application/pdf", opened.p.version)
    return _recorded(rooms, content, said, preparation, opened.p.patient, masked=opened.patient.masked, by=by)


def events_csv(rooms: Rooms, preparation: str, viewer: Viewer, by: By) -> Made | None:
    """Write the events of one preparation, the patient as this viewer may see them."""
    with rooms.store.reading() as conn:
        opened = opened_for(conn, rooms.settings.site, preparation, viewer)
        if opened is None:
            return None
        how = "masked" if opened.patient.masked else "named"
        table = TABLES["events"]
        about = about_of(conn, rooms.settings, table.schema, f"preparation {preparation}", how)
    content = io.BytesIO()
    file, rows = CsvFile(content, table.columns, about), 0
    for row in table.rows(_as_seen(opened)):
        file.add(row)
        rows += 1
    said = _Said("csv", f"record-{preparation}.csv", "text/csv; charset=utf-8", rows)
    return _recorded(rooms, content, said, preparation, opened.p.patient, masked=opened.patient.masked, by=by)


def billing_csv(rooms: Rooms, preparation: str, viewer: Viewer, by: By) -> Made | None:
    """Write the lines of a claim for one released preparation (R58)."""
    with rooms.store.reading() as conn:
        opened = opened_for(conn, rooms.settings.site, preparation, viewer)
        if opened is None or opened.p.outcome != "released":
            return None
        case = replace(_as_seen(opened), billed=billed(conn, opened.p))
        how, table = "masked" if opened.patient.masked else "named", TABLES["billing"]
        about = about_of(conn, rooms.settings, table.schema, f"preparation {preparation}", how)
    content = io.BytesIO()
    file, rows = CsvFile(content, table.columns, about), 0
    for row in table.rows(case):
        file.add(row)
        rows += 1
    said = _Said("billing csv", f"billing-{preparation}.csv", "text/csv; charset=utf-8", rows, "billing")
    return _recorded(rooms, content, said, preparation, opened.p.patient, masked=opened.patient.masked, by=by)


def _as_seen(opened: Opened) -> Case:
    return Case(opened, opened.patient.name, opened.patient.number, "named", Pseudonyms(b""))


def bundled(
    rooms: Rooms, preparation: str, viewer: Viewer, by: By, reader: Callable[[Opened, RecordPage], bytes]
) -> Made | NotMade | None:
    """Pack the verifiable bundle and check it; what shows a name stays behind where this viewer may not see it."""
    settings, folder = rooms.settings, rooms.settings.data_dir / "checkpoints"
    evidence = gather((folder,), (folder / "keys",), None)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as place:
        out = Path(place) / f"bundle-{preparation}.zip"
        with rooms.store.reading() as conn:
            opened = opened_for(conn, settings.site, preparation, viewer)
            if opened is None:
                return None
            asked = Asked(settings.site, preparation, settings.software, by.at, names=not opened.patient.masked)
            page = reader(opened, page_for(conn, opened))
            try:
                bundle.export(conn, rooms.blobs, evidence, asked, out, {INDEX: [page]})
            except CannotExport as trouble:
                return NotMade(f"{trouble}.")
        verdict = verify_bundle(out)
        if not verdict.ok:
            first = verdict.faults[0]
            return NotMade(f"The record is not whole: {first.where}: {first.says}. Run `vialtrace record verify`.")
        content = out.open("rb")
    said = _Said("bundle", out.name, "application/zip", verdict.events)
    return _recorded(rooms, content, said, preparation, opened.p.patient, masked=opened.patient.masked, by=by)


@dataclass(frozen=True)
class _Said:
    format: str
    name: str
    media_type: str
    rows: int
    rows_are: str = "event"


def _recorded(
    rooms: Rooms, content: BinaryIO, said: _Said, preparation: str, patient: str, *, masked: bool, by: By
) -> Made:
    """Write who opened whose record, and what was taken away, in one transaction; then the file may go."""
    digest, size = digest_of(content)
    settings = rooms.settings

    def work(conn: Connection) -> None:
        head = log.head_of(conn, settings.site)[0]
        export = Export(
            format=said.format,
            filter=f"preparation {preparation}",
            file=said.name,
            sha256=digest,
            patients="masked" if masked else "named",
            rows_are=said.rows_are,
            preparations=1,
            rows=said.rows,
            size=size,
            as_of=head,
            preparation=preparation,
            named=by.named,
            signed_in=by.signed_in,
        )
        what = f"record {said.format}"
        access.note(
            conn,
            site=settings.site,
            at=by.at,
            who=by.who,
            station=by.station,
            what=what,
            preparation=preparation,
            patients=(patient,),
        )
        record_export(conn, settings, export, who=by.who, at=by.at, station=by.station, command_id=by.command_id)

    rooms.store.write(work)
    return Made(content, said.name, said.media_type, said.rows, 1, digest, size)
