"""What the record page shows: one frozen value, which is also its JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.desk.patients import Patient
from app.desk.story import Told
from app.preparations import workflow_of
from app.record.views import PreparationRow
from app.web.desk import Opened
from app.web.review_page import ROUTES, Figure, Shown, figures_of, people_of, photos_of
from workflows import events as happened
from workflows.events import Recorded
from workflows.evidence import Container, Photo, Scan
from workflows.preparation import Preparation
from workflows.sheet import Line, sheet
from workflows.status import status
from workflows.wording import amount


@dataclass(frozen=True)
class ListLine:
    """One line of the list of records."""

    row: PreparationRow
    """As projected."""
    patient: str
    """As this viewer may see them."""
    technician: str
    """Printed name, or empty."""


@dataclass(frozen=True)
class Component:
    """One container that was scanned in (R48)."""

    text: str
    """Name, strength and form."""
    ndc: str
    """National drug code, or empty."""
    lot: str
    """Lot."""
    expiry: str
    """ISO date, or unknown."""
    role: str
    """drug, diluent, base or device."""
    how: str
    """Read, or typed with a witness."""
    unit: str
    """Which physical container."""
    fate: str
    """In it, or set aside."""


@dataclass(frozen=True)
class RecordPage:
    """The whole page."""

    preparation: str
    version: int
    head: str
    """Digest of the last event, hex."""
    state: str
    patient: Patient
    patient_id: str
    """Id of the order text; no name."""
    drug: str
    dose: str
    container: str
    route: str
    due: datetime
    opened: datetime
    """When the preparation was opened, UTC."""
    lines: tuple[Told, ...]
    """The story."""
    rows: tuple[Line, ...]
    figures: tuple[Figure, ...]
    people: tuple[tuple[str, str], ...]
    components: tuple[Component, ...]
    photos: tuple[Shown, ...]
    signatures: tuple[Told, ...]
    """Every signed line, rejections included."""
    near_misses: int
    changed: int
    """How many values were changed since first entry (Q10)."""
    held_back: frozenset[str]
    """Photos that this viewer may not see, because they show a name."""
    replaces: str
    replaced_by: str
    outcome: str


def photos_in(log: Iterable[Recorded]) -> frozenset[str]:
    """Return every photo that any event names: accepted, retaken, or of a typed label."""
    found: set[str] = set()
    for one in log:
        if isinstance(one.event, happened.Accepted | happened.Rejected):
            evidence = one.event.evidence
            if isinstance(evidence, Photo):
                found.add(evidence.sha256)
            elif isinstance(evidence, Scan) and evidence.photo:
                found.add(evidence.photo)
    return frozenset(found)


def components_of(p: Preparation) -> tuple[Component, ...]:
    """Return every container that is part of it, then those set aside."""
    inside = [
        _component(
            entry.evidence.found, "typed with a witness" if entry.evidence.how == "typed" else "scanned", "in it"
        )
        for entry in p.entries.values()
        if isinstance(entry.evidence, Scan) and isinstance(entry.evidence.found, Container)
    ]
    return (*inside, *(_component(found, "", "set aside") for found in p.set_aside))


def _component(found: Container, how: str, fate: str) -> Component:
    expiry = found.expiry.isoformat() if found.expiry else "unknown"
    return Component(found.text, found.ndc, found.lot or "unknown", expiry, found.role, how, found.unit, fate)


def record_page(preparation: str, opened: Opened, *, held_back: frozenset[str], replaced_by: str) -> RecordPage:
    """Put the page together."""
    p = opened.p
    signed = [line for line in opened.lines if line.mark == "signed" or line.kind in ("Reworked", "Remade")]
    return RecordPage(
        preparation=preparation,
        version=p.version,
        head=p.digest,
        state=status(workflow_of(p), p),
        patient=opened.patient,
        patient_id=p.patient,
        drug=p.recipe.printed_drug,
        dose=f"{amount(p.plan.ordered_mg)} mg",
        container=p.order.container or "bag",
        route=ROUTES.get(p.order.route, p.order.route),
        due=p.order.due_at,
        opened=opened.log[0].at,
        lines=opened.lines,
        rows=sheet(p),
        figures=figures_of(p),
        people=people_of(p, opened.known),
        components=components_of(p),
        photos=photos_of(p, opened.known),
        signatures=tuple(signed),
        near_misses=len(p.near_misses),
        changed=sum(bool(line.corrected_by) for line in opened.lines),
        held_back=held_back,
        replaces=p.replaces,
        replaced_by=replaced_by,
        outcome=p.outcome,
    )
