"""What a sender may read of what became of its orders, as FHIR R4: one resource by its id, or a page of a search.

Only its own orders: a preparation belongs to the sender of its order. Pages follow the record's own numbering, so that a
reader that goes on from where it stopped misses nothing, whatever changed meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, or_, select

from app import preparations
from app.desk.names import names
from app.desk.opened import Opened, row_of
from app.desk.patients import patient_of
from app.export.cases import case_of
from app.export.fhir_file import resources
from app.export.fhir_values import Json, instant
from app.export.pseudonyms import Pseudonyms
from app.interfaces import doses
from app.interfaces.tables import ordered
from app.record.columns import moment_text
from app.record.tables import event, preparation
from app.settings import Settings
from workflows.status import status

KINDS = ("Task", "MedicationDispense", "Provenance", "AuditEvent")
IDS = re.compile(r"(task|medicationdispense|provenance|auditevent)-([0-9A-Z]{1,32})(?:-([0-9]{1,9}))?")
LEFT = frozenset({"released", "downtime"})
"""Outcomes after which there is a dispense."""


@dataclass(frozen=True)
class Reader:
    """Who reads."""

    senders: frozenset[str]
    """What this sender's orders name it, by each door."""
    settings: Settings
    """The site's."""


@dataclass(frozen=True)
class Search:
    """What a page of a search is of; empty: everything of this sender."""

    kind: str
    """One of KINDS."""
    preparation: str = ""
    """One preparation."""
    placer: str = ""
    """Number of the order."""
    status: frozenset[str] = frozenset()
    """Status of the resource."""
    since: datetime | None = None
    """Changed at or after this, UTC."""
    until: datetime | None = None
    """Changed before this, UTC."""
    after: int = 0
    """Number of the last event of the page before; 0 for the first page."""
    most: int = 20
    """Preparations of one page."""


@dataclass
class Page:
    """One page."""

    found: list[Json] = field(default_factory=list)
    """The resources."""
    patients: list[str] = field(default_factory=list)
    """Ids of the order texts that were read."""
    next: int = 0
    """Where the next page begins; 0 where there is none."""


def one(conn: Connection, reader: Reader, kind: str, id: str) -> tuple[Json, str] | None:
    """Return a resource and the id of its patient's text; None where there is none, or it is not this sender's."""
    named = IDS.fullmatch(id)
    if named is None or named[1] != kind.lower():
        return None
    made = _resources(conn, reader, kind, named[2])
    found = next((each for each in made.found if each["id"] == id), None)
    return None if found is None else (found, made.patients[0])


def search(conn: Connection, reader: Reader, wanted: Search) -> Page:
    """Return one page."""
    page, last = Page(), wanted.after
    for id, number in _candidates(conn, reader, wanted):
        if len(page.patients) == wanted.most:
            page.next = last
            break
        last = number
        made = _resources(conn, reader, wanted.kind, id)
        fitting = [each for each in made.found if not wanted.status or each.get("status") in wanted.status]
        if fitting:
            page.found += fitting
            page.patients += made.patients
    return page


def _candidates(conn: Connection, reader: Reader, wanted: Search) -> Iterator[tuple[str, int]]:
    """Yield preparations with the number of their last event, oldest change first; those that an order has now, if it is ours."""
    site = reader.settings.site
    where = [preparation.c.site == site, preparation.c.updated_site_seq > wanted.after]
    if wanted.preparation:
        where.append(preparation.c.id == wanted.preparation)
    if wanted.placer:
        where.append(preparation.c.id.in_(_of_order(conn, reader, wanted.placer)))
    if wanted.since:
        where.append(event.c.at >= moment_text(wanted.since))
    if wanted.until:
        where.append(event.c.at < moment_text(wanted.until))
    named = [ordered.c.key.startswith(f"{sender}\x1f", autoescape=True) for sender in sorted(reader.senders)]
    others = or_(ordered.c.key.is_(None), *named)
    newest = and_(event.c.site == preparation.c.site, event.c.site_seq == preparation.c.updated_site_seq)
    both = preparation.join(event, newest).outerjoin(ordered, ordered.c.preparation == preparation.c.id)
    rows = select(preparation.c.id, preparation.c.updated_site_seq).select_from(both).where(*where, others)
    for row in conn.execute(rows.order_by(preparation.c.updated_site_seq)):
        yield row.id, row.updated_site_seq


def _of_order(conn: Connection, reader: Reader, placer: str) -> Collection[str]:
    """Return the preparations that an order of this number has now."""
    mine = [ordered.c.key.startswith(f"{sender}\x1f{placer}\x1f", autoescape=True) for sender in sorted(reader.senders)]
    rows = [row for one in mine for row in conn.execute(select(ordered.c.key, ordered.c.preparation).where(one))]
    return [id for row in rows if row.preparation for id in doses.preparations_of(conn, row.key, row.preparation)]


def as_of(conn: Connection, settings: Settings, preparation: str, version: int, kind: str) -> Json | None:
    """Return a preparation's Task or dispense as it stood at a version of its log; None where there is none."""
    loaded = _opened(conn, settings.site, preparation, version)
    found = _made(conn, loaded, settings, kind) if loaded else []
    return found[0] if found else None


def _resources(conn: Connection, reader: Reader, kind: str, id: str) -> Page:
    """Return the resources of one kind of a preparation; none where it is not this sender's."""
    loaded = _opened(conn, reader.settings.site, id)
    if loaded is None or loaded.p.order.key.sender not in reader.senders:
        return Page()
    if kind == "MedicationDispense" and loaded.p.outcome not in LEFT:
        return Page()
    return Page(_made(conn, loaded, reader.settings, kind), [loaded.p.patient])


def _opened(conn: Connection, site: str, id: str, version: int = 0) -> Opened | None:
    """Load a preparation with the patient's name, as it stands or stood at a version; without the story that people read."""
    row = row_of(conn, site, id)
    if row is None:
        return None
    log = tuple(one for one in preparations.history(conn, id) if not version or one.version <= version)
    p = preparations.after(None, log)
    if p is None:
        return None
    stood = replace(row, status=status(preparations.workflow_of(p), p))
    patient = patient_of(conn, p.patient, masked=False, digest=p.patient_digest)
    return Opened(stood, p, log, (), patient, names(conn))


def _made(conn: Connection, loaded: Opened, settings: Settings, kind: str) -> list[Json]:
    case, zone = case_of(conn, loaded, "named", Pseudonyms(b"")), settings.zone
    made = resources(case, zone, settings.site, settings.software)
    return [_stamped(each, loaded, zone) for each in made if each["resourceType"] == kind]


def _stamped(resource: Json, loaded: Opened, zone: ZoneInfo) -> Json:
    """Add version and last change: an audit event never changes, everything else with the preparation."""
    newest = loaded.log[-1]
    if resource["resourceType"] == "AuditEvent":
        return {**resource, "meta": {"versionId": "1", "lastUpdated": resource["recorded"]}}
    meta = {"versionId": str(newest.version), "lastUpdated": instant(newest.at, zone)}
    return {**resource, "meta": meta}
