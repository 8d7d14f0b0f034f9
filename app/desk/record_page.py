"""What the record page shows: one frozen value, which is also its JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.desk.keyed import checked
from app.desk.opened import Opened
from app.desk.patients import Patient
from app.desk.sent_messages import Sent
from app.desk.shown import ROUTES, Figure, Shown, figures_of, people_of, photos_of
from app.desk.story import Told
from app.preparations import taken, workflow_of
from app.record.views import PreparationRow
from workflows import billing, measured
from workflows import events as happened
from workflows.containers import held_in
from workflows.counting import units
from workflows.events import Recorded
from workflows.evidence import Container, Photo, Scan
from workflows.lines import Line
from workflows.pairs import completing
from workflows.preparation import Preparation
from workflows.sheet import sheet
from workflows.status import status
from workflows.trials import shown_drug
from workflows.wording import amount, reading


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
    maker: str
    """Vendor, or empty."""
    amount: str
    """How much of it went in, as weighed or labelled; empty where it is not a liquid or powder."""


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
    compounded: tuple[datetime, ...]
    """First weighing, and when the liquids met: UTC; fewer while it is being made."""
    released: datetime | None
    """When it was released, UTC."""
    form: str
    """Strength and form of what is made."""
    quantity: str
    """How much is made in all."""
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
    """How many values were changed since first entry: corrected, or taken back and entered anew (Q10)."""
    held_back: frozenset[str]
    """Photos that this viewer may not see, because they show a name."""
    replaces: str
    replaced_by: str
    outcome: str
    billing: tuple[billing.Line, ...] = ()
    """What a claim for it says (R58); empty before it is released, and where no line can be made."""
    spills: tuple[str, ...] = ()
    """Ids of the spills that came from it (R45)."""
    messages: tuple[Sent, ...] = ()
    """What pharmacists wrote to the tablet about it, and when that was read."""
    not_billed: str = ""
    """Why there is no line, of what was released."""


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
        elif isinstance(one.event, happened.MadeOnPaper):
            found.update(one.event.sheet.pages)
    return frozenset(found)


def components_of(p: Preparation) -> tuple[Component, ...]:
    """Return every container that is part of it, then those set aside."""
    inside = [
        _component(
            entry.evidence.found,
            "typed with a witness" if entry.evidence.how == "typed" else "scanned",
            "in it",
            _went_in(p, entry.evidence.found),
        )
        for entry in p.entries.values()
        if isinstance(entry.evidence, Scan) and isinstance(entry.evidence.found, Container)
    ]
    return (*inside, *(_component(found, "", "set aside", "") for found in p.set_aside))


def _component(found: Container, how: str, fate: str, went_in: str) -> Component:
    expiry = found.expiry.isoformat() if found.expiry else "unknown"
    lot, ndc = found.lot or "unknown", found.ndc
    return Component(found.text, ndc, lot, expiry, found.role, how, found.unit, fate, found.maker, went_in)


def _went_in(p: Preparation, found: Container) -> str:
    """Return the weight or volume of a component (R48): the labelled content of vials, the diluent weighed into them, the bag."""
    if p.counts:
        return f"{taken(p).get(found.unit, 0):,} of {amount(p.counts.strength_mg)} mg"
    if p.pump is not None and found.part == p.pump.part:
        return f"{amount(p.pump.filled_ml)} mL filled in"
    filling = p.evidence("fluid")
    if isinstance(filling, Scan) and filling.found == found:
        return f"{reading(measured.fluid_in_all(p).ml)} mL weighed in"
    if found.role == "drug":
        return f"{amount(p.recipe.vial_mg)} mg in the vial"
    if found.role == "diluent":
        gains = [one.diluent for one in measured.vial_gains(p) if one is not None]
        return f"{reading(sum((one.ml for one in gains), Decimal(0)))} mL weighed in" if gains else ""
    return f"{amount(p.plan.base_ml)} mL" if found.role == "base" else ""


def _compounded(p: Preparation) -> tuple[datetime, ...]:
    met = p.entries.get(completing(p.planned))
    return tuple(at for at in (p.started_at, met.at if met else None) if at is not None)


def _form(p: Preparation) -> str:
    route = ROUTES.get(p.order.route, p.order.route)
    if p.counted_by:
        return f"{held_in(p.planned)}, {p.counted_by.form}, for {route} use"
    container = p.order.container or "bag"
    return f"{amount(p.planned.ordered_mg)} mg in {held_in(p.planned)}, solution in a {container} for {route} use"


def _quantity(p: Preparation) -> str:
    if p.counts:
        return f"1 bottle, {units(p.counts.count, p.counts.container)}, counted twice by hand"
    return f"1 {p.order.container or 'bag'}, {reading(p.plan.base_ml + p.plan.volume_ml, 1)} mL by plan"


def record_page(preparation: str, opened: Opened, *, held_back: frozenset[str], replaced_by: str) -> RecordPage:
    """Put the page together."""
    p, lines = opened.p, checked(preparation, opened.log, opened.lines)
    signed = [line for line in lines if line.mark == "signed" or line.kind in ("Reworked", "Remade", "RecipeAmended")]
    return RecordPage(
        preparation=preparation,
        version=p.version,
        head=p.digest,
        state=status(workflow_of(p), p),
        patient=opened.patient,
        patient_id=p.patient,
        drug=shown_drug(p.master),
        dose=f"{amount(p.planned.ordered_mg)} mg",
        container=p.order.container or "bag",
        route=ROUTES.get(p.order.route, p.order.route),
        due=p.order.due_at,
        opened=opened.log[0].at,
        compounded=_compounded(p),
        released=next((one.at for one in opened.log if isinstance(one.event, happened.Released)), None),
        form=_form(p),
        quantity=_quantity(p),
        lines=lines,
        rows=sheet(p),
        figures=figures_of(p),
        people=people_of(p, opened.known),
        components=components_of(p),
        photos=photos_of(p, opened.known),
        signatures=tuple(signed),
        near_misses=sum(not one.in_doubt for one in p.near_misses),
        changed=sum(bool(line.corrected_by or line.undone_by) for line in lines),
        held_back=held_back,
        replaces=p.replaces,
        replaced_by=replaced_by,
        outcome=p.outcome,
    )
