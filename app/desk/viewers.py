"""Who looks at a record, and what of it is theirs to see: one rule for pages, papers and exports (Q32)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.catalogue.billing import billed
from app.desk import records
from app.desk.opened import Opened, load
from app.desk.patients import Patient, patient_of
from app.desk.record_page import RecordPage, photos_in, record_page
from app.desk.sent_messages import sent
from app.stations import incidents
from workflows.billing import NotBilled
from workflows.preparation import Preparation

READERS = ("pharmacist", "qa", "lead_technician")
"""Roles that read every record of the site; a technician reads what they had a hand in."""


@dataclass(frozen=True)
class Viewer:
    """A person as far as reading goes."""

    id: str
    """Person id."""
    name: str
    """Printed name."""
    roles: frozenset[str]
    """What they may be."""

    def sees_patient(self, hands: frozenset[str]) -> bool:
        """Whether they have need of the patient's name: a pharmacist, or whoever had a hand in preparing."""
        return "pharmacist" in self.roles or self.id in hands

    def may_read(self, hands: frozenset[str]) -> bool:
        """Whether they may open the record at all."""
        return bool(self.roles & set(READERS)) or self.id in hands


def opened_for(conn: Connection, site: str, preparation: str, viewer: Viewer) -> Opened | None:
    """Load a preparation as this viewer may see it; None where there is none here, or it is not theirs to read (Q46)."""

    def shown(p: Preparation) -> Patient:
        return patient_of(conn, p.patient, masked=not viewer.sees_patient(p.hands), digest=p.patient_digest)

    found = load(conn, site, preparation, shown)
    return found if found is not None and viewer.may_read(found.p.hands) else None


def held_back(conn: Connection, opened: Opened) -> frozenset[str]:
    """Return the photos that show a name, where this viewer may not see it."""
    if not opened.patient.masked:
        return frozenset()
    return frozenset(sha for sha in photos_in(opened.log) if records.identifying(conn, sha) is not False)


def page_for(conn: Connection, opened: Opened) -> RecordPage:
    """Return the record page of what was opened."""
    replaced_by = records.replacement(conn, opened.row.id, opened.p)
    page = record_page(opened.row.id, opened, held_back=held_back(conn, opened), replaced_by=replaced_by)
    spilled = incidents.of_preparation(conn, opened.row.site, opened.row.id)
    told = sent(conn, opened.row.id, opened.known)
    page = replace(page, spills=tuple(one.id for one in spilled), messages=told)
    if opened.p.outcome != "released":
        return page
    lines = billed(conn, opened.p)
    return replace(page, not_billed=lines.says) if isinstance(lines, NotBilled) else replace(page, billing=lines)
