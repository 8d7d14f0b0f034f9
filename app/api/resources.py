"""What a program reads: shapes of orders, preparations, events, stations, people and messages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from app.api.shapes import Shape


class Page(Shape):
    """One part of a list."""

    next: str
    """Give it as `cursor` for what follows; empty where this was the last part."""


class Patient(Shape):
    """The patient, as far as this person may see who it is."""

    name: str
    """Initials where masked."""
    number: str
    """Record number; its last four characters where masked."""
    born: str
    """ISO date; empty where masked or unknown."""
    location: str
    """Ward, room, bed; empty where masked."""
    allergies: list[str]
    """In the sender's words; empty where masked."""
    masked: bool


class OrderFinding(Shape):
    """Something about an order that a pharmacist must see."""

    code: str
    text: str
    blocks: bool
    """Nothing is made of the order before it is cleared."""


class Order(Shape):
    """An order as it now stands."""

    id: str
    number: str
    """At its sender."""
    sender: str
    version: int
    """Counts the sender's changes."""
    status: str
    """What the sender wants of it now: active, held, cancelled, discontinued."""
    stage: str
    """What has to happen: clear, verify, waits, in work, done, ended."""
    waits: str
    """Why nothing is made of it yet; empty where nothing is in the way."""
    drug: str
    dose: str
    """Decimal, in dose_unit."""
    dose_unit: str
    """UCUM."""
    route: str
    container: str
    """As ordered; empty where the sender does not say."""
    priority: str
    """S stat, A as soon as possible, T timed, R routine."""
    due: datetime
    received: datetime
    preparation: str
    """Id of its preparation; empty for none."""
    patient: Patient
    findings: list[OrderFinding]
    over: str
    """Digest of it as it now stands: give it back with what is cleared of it."""


class OrderPage(Page):
    """Orders, the newest first."""

    items: list[Order]


class PreparationLine(Shape):
    """A preparation as lists show it."""

    id: str
    version: int
    """Give it as expected_version with the next act."""
    change: int
    """Number of the event of the site that changed it last."""
    workflow: str
    """Name and version."""
    step: str
    """The step that waits; empty when closed."""
    status: str
    due: datetime | None
    priority: str
    station: str
    cabinet: str
    technician: str
    """Person id of who makes it."""
    drug: str
    dose: str
    """Amount and unit."""
    flags: list[str]


class PreparationPage(Page):
    """Preparations in the order of their last change: the last cursor, given later, brings what changed since."""

    items: list[PreparationLine]


class Wanted(Shape):
    """One step that may be done now."""

    slot: str
    step: str
    by: str
    """technician, pharmacist or system."""
    kind: str
    """Which evidence: scan, weigh, photo, confirm, seconded, count, volume, programme, print or sign."""
    task: str
    """What the technician reads."""
    item: str
    """What is expected; for a confirmation, the very item to confirm."""
    detail: str


class Label(Shape):
    """A label that came out."""

    kind: str
    """in_process or final."""
    id: str
    copy_number: int


class Picture(Shape):
    """A photo that counts."""

    slot: str
    sha256: str


class Miss(Shape):
    """Something that was tried and was wrong: a near miss."""

    slot: str
    codes: list[str]
    says: str


class Preparation(PreparationLine):
    """A preparation as it stands."""

    head: str
    """Digest of its last event: what a signature is over."""
    outcome: str
    """released, aborted, remade, downtime; empty while it is open."""
    paused: str
    """Why work is stopped; empty while it goes on."""
    called: str
    """What the technician called a pharmacist about."""
    order: str
    """Number of the order at its sender."""
    patient: Patient
    wanted: list[Wanted]
    """Steps that may be done now; the first one is what the tablet shows."""
    labels: list[Label]
    pictures: list[Picture]
    typed: list[str]
    """Slots whose code was typed, with a witness: whoever signs accepts each."""
    near_misses: list[Miss]


class Event(Shape):
    """One event of a preparation's record, as it is stored and chained."""

    version: int
    kind: str
    """Its name in docs/record-format.md."""
    at: datetime
    who: str
    """Person id, or system."""
    name: str
    """Printed name."""
    second: str
    """Person id of who signed this command beside them; empty for nobody."""
    station: str
    command: str
    """Id of the command; api.TOKEN.… for one that came through the API."""
    software: str
    digest: str
    """Link in the preparation's chain, hex."""
    shape: int
    """Form of the body."""
    body: dict[str, Any]


class EventPage(Page):
    """Events in their order."""

    items: list[Event]


class Waiting(Shape):
    """One line of the pharmacist's queue."""

    preparation: str
    version: int
    reason: str
    """release, pre-mix, held or called."""
    about: str
    stat: bool
    due: datetime | None
    since: datetime
    drug: str
    dose: str
    container: str
    look_at: list[str]
    holder: str
    """Printed name of another pharmacist who has it open."""
    patient: Patient


class Queue(Shape):
    """What waits for a pharmacist, the most urgent first."""

    items: list[Waiting]


class Station(Shape):
    """A station and what stands there."""

    id: str
    cabinets: list[str]
    balance: str
    """Serial number on the register; empty for none."""
    check_valid_until: datetime | None
    """End of today's check of the balance; nothing is weighed after it."""
    scanner: bool
    """A scanner of its own hangs here."""
    camera: bool


class Stations(Shape):
    """Every station of this site."""

    items: list[Station]


class Scale(Shape):
    """What the balance shows: for the eye, never evidence."""

    state: str
    """ready, busy, silent, wrong or trouble; none where there is no balance."""
    says: str
    value: str
    """As sent, with its decimals."""
    unit: str
    settled: bool
    empty: bool
    """Settled and empty: now it may be put on."""
    armed: bool
    """What lies there was put on a pan that was seen empty: only then can it be weighed."""


class Reading(Shape):
    """One reading of the station's own scanner."""

    id: str
    trouble: str
    """Why it cannot be used; empty where it can."""


class Readings(Shape):
    """The newest readings of the station's own scanner; what was read stays at the station."""

    items: list[Reading]


class Person(Shape):
    """Somebody on the staff."""

    id: str
    name: str
    roles: list[str]
    licence: str
    licence_until: date | None
    sites: list[str]
    """Where they work; none: at every site."""
    active: bool


class People(Page):
    """The staff, by id."""

    items: list[Person]


class Complaint(Shape):
    """Why a message was turned away."""

    where: str
    says: str
    do: str


class Message(Shape):
    """A message that came in from another system, and what became of it."""

    seq: int
    at: datetime
    sender: str
    control_id: str
    outcome: str
    refused: bool
    reasons: list[Complaint]
    orders: list[str]
    """Ids of the orders whose newest message it is."""


class MessagePage(Page):
    """Messages, the newest first."""

    items: list[Message]


class Scopes(Shape):
    """Whose token this is, and what it opens."""

    token: str
    name: str
    person: str
    person_name: str
    scopes: list[str]
    senders: list[str]
    """Sender profiles that it may speak for."""
    station: str
    """The one station where it may be used; empty for any."""
    expires: datetime
