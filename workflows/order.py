"""What was ordered, frozen: the clinical half, and the patient's identity apart from it, which can be purged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Status = Literal["active", "held", "cancelled", "discontinued"]
Container = Literal[
    "bag",
    "minibag",
    "syringe",
    "oral syringe",
    "cassette",
    "elastomeric",
    "pump",
    "vial",
    "bottle",
    "tablets",
    "capsules",
]
Route = Literal["IV", "IT", "PO", "SC", "IM", "IVES", "IP", "IPL", "TOP"]
Priority = Literal["S", "A", "T", "R"]
Overfill = Literal["none", "stated", "unknown"]
PerUnit = Literal["mg/m2", "mg/kg", "AUC"]
Source = Literal["hl7v2", "fhir", "csv", "typed"]


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a drug, fluid or container as the sender wrote it."""

    system: str
    """Code system as sent, e.g. RXNORM or L."""
    code: str
    """The code; text, leading zeros kept (I63)."""
    text: str = ""
    """The sender's text beside the code."""


@dataclass(frozen=True, slots=True)
class Active:
    """One active component of the product: an absolute amount, never a dose per area or hour (I30)."""

    drug: str
    """Catalogue name in lower case; the text received where no code is mapped."""
    amount: Decimal
    """Amount a dose in `unit`, greater than 0, as received and unscaled (I37)."""
    unit: str
    """UCUM: mg, g, ug, [iU], mmol."""
    concentration: str | None = None
    """Stated source concentration in words, e.g. "20 mg/mL"; None if not stated."""
    code: Code | None = None
    """The code it came with."""


@dataclass(frozen=True, slots=True)
class Base:
    """The diluent."""

    fluid: str
    """Catalogue name, e.g. "dextrose 5 %"; the text received where no code is mapped."""
    volume_ml: Decimal
    """mL ordered."""
    qs: bool = False
    """True where the text says "to volume": fill up to the total, not add this volume."""
    overfill: Overfill = "unknown"
    """Whether the volume is stated to include the bag's overfill (R51)."""
    code: Code | None = None
    """The code it came with."""


@dataclass(frozen=True, slots=True)
class Other:
    """A device, stabiliser or empty container sent as a component (I21)."""

    text: str
    """Catalogue word or the text received."""
    amount: Decimal
    """How many, or how much, in `unit`."""
    unit: str
    """UCUM; {each} for devices."""
    kind: Literal["device", "container", "additive"]
    """What it is."""
    code: Code | None = None
    """The code it came with."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the sending hospital who acted on the order; not the patient."""

    id: str
    """Their number at the sender."""
    name: str = ""
    """Printed name."""
    role: str = ""
    """Degree or role as sent, e.g. PharmD."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A sentence that came with the order. Shown, never read for amounts."""

    kind: Literal["admin", "pharmacy", "dispensing", "note"]
    """For whom it is."""
    text: str
    """As received, unescaped."""


@dataclass(frozen=True, slots=True)
class Received:
    """One value exactly as the message had it (I37)."""

    field: str
    """Field of the order: dose, due_at, components.1.amount (rows counted from 1) …"""
    text: str
    """The characters received, e.g. "0970"."""
    at: str
    """Its place: RXE-3, RXC[2]-3, a JSON path, or a CSV column."""


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """Something about an accepted order that a pharmacist must see; it never changes a value (I44)."""

    code: str
    """Stable name in capitals, e.g. ALLERGY_MATCH."""
    blocks: bool
    """True: the order cannot be confirmed until a pharmacist clears it with a reason. False: shown only."""
    text: str
    """What was found, in words; never patient text."""


@dataclass(frozen=True, slots=True)
class OrderKey:
    """What names one order for ever: the sender and the sender's number."""

    sender: str
    """MSH-3|MSH-4, FHIR client or file profile."""
    placer: str
    """Order number of the sender."""
    placer_ns: str
    """Namespace of that number; may be empty."""
    group: str = ""
    """Plan number, only where the sender's profile says one number serves many orders."""


@dataclass(frozen=True, slots=True)
class Order:
    """The clinical half of an order, one version. It holds no patient's name, number or birth date."""

    key: OrderKey
    """Which order it is."""
    version: int
    """Accepted versions of this order, from 1."""
    control: str
    """Last order control code applied: NW, XO, RP, CA, DC, HD, RL."""
    status: Status
    """What the sender wants of it now."""
    group: str
    """Plan number (ORC-4.1), or empty; part of the key only by profile."""
    drug: str
    """Catalogue name in lower case; the text received with finding DRUG_UNKNOWN."""
    drug_codes: tuple[Code, ...]
    """All codes the drug came with."""
    dose: Decimal
    """Ordered amount of `drug` a dose, in `dose_unit`, greater than 0, as received (I30, I37)."""
    dose_unit: str
    """UCUM: mg, g, ug, [iU], mmol."""
    actives: tuple[Active, ...]
    """One or more; exactly one is `drug`, with the same amount as `dose` after exact scaling (I31)."""
    base: Base | None
    """None for undiluted, oral, push."""
    others: tuple[Other, ...]
    """Devices, stabilisers, empty containers."""
    container: Container | None
    """As ordered; the recipe decides. None if not stated or not understood."""
    route: Route
    """Exactly one (I43)."""
    rate_ml_h: Decimal | None
    """mL/h."""
    duration_min: Decimal | None
    """Minutes."""
    total_volume_ml: Decimal | None
    """Sum of component volumes, or as stated; for checks and display only."""
    due_at: datetime
    """Start of administration, aware, UTC (I38)."""
    due_text: str
    """The same as received."""
    priority: Priority = "R"
    """S stat, A as soon as possible, T timed, R routine."""
    frequency: str = ""
    """Code as received, e.g. ONCE, BID."""
    doses_total: int | None = None
    """Doses the order asks for."""
    dose_no: int | None = None
    """Which of them this one is."""
    dispense_quantity: Decimal | None = None
    """Units to dispense (oral)."""
    dispense_unit: str = ""
    """Their unit as received, e.g. TAB."""
    strength: str = ""
    """Strength of one unit in words, e.g. "500 mg" (oral)."""
    payer: str = ""
    """Who pays, as the sender names them; empty: not known."""
    protocol: str = ""
    """Treatment protocol."""
    cycle: int | None = None
    """Cycle of it."""
    day: int | None = None
    """Day of the cycle."""
    per_unit_dose: Decimal | None = None
    """How the prescriber got to the dose; shown and checked, never used to make one (I30)."""
    per_unit: PerUnit | None = None
    """Unit of `per_unit_dose`."""
    reduction_percent: Decimal | None = None
    """Reduction applied by the prescriber, in percent."""
    weight_kg: Decimal | None = None
    """kg, for checks."""
    height_cm: Decimal | None = None
    """cm, for checks."""
    bsa_m2: Decimal | None = None
    """Body surface in m², for checks."""
    bsa_method: str = ""
    """Formula the sender names; empty: Mosteller is assumed."""
    measured_at: datetime | None = None
    """When weight and height were taken (the older one), aware, UTC."""
    prescriber: Person | None = None
    """Who ordered it."""
    verified_by: Person | None = None
    """Pharmacist at the sender who verified it; None with finding UNVERIFIED."""
    entered_by: Person | None = None
    """Who typed it."""
    indication: str = ""
    """Diagnosis as received."""
    instructions: tuple[Instruction, ...] = ()
    """Sentences, in message order."""
    source: Source = "hl7v2"
    """Door it came in by."""
    message_id: str = ""
    """Control id of the message."""
    profile_version: int = 0
    """Version of the sender profile it was read with."""
    changed_at: datetime | None = None
    """When the sender last acted on it (ORC-9), aware, UTC; older changes are refused (I54)."""
    received: tuple[Received, ...] = ()
    """Values as the message had them, with their places; clinical fields only."""

    def received_text(self, field: str) -> str:
        """Return the text received for `field`, or an empty text if it was not in the message (I37)."""
        return next((value.text for value in self.received if value.field == field), "")


@dataclass(frozen=True, slots=True)
class OtherId:
    """Another number of the patient."""

    id: str
    """The number as text."""
    authority: str
    """Who assigned it."""
    type: str
    """What it is: SS, AN …"""


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy of the patient, as received."""

    text: str
    """Substance in the sender's words."""
    code: Code | None = None
    """Its code."""
    severity: str = ""
    """SV severe, MO moderate, MI mild, U unknown, as sent."""
    reactions: tuple[str, ...] = ()
    """What happened, as received."""


@dataclass(frozen=True, slots=True)
class PatientText:
    """The identity half: kept apart from the record so that it can be purged; events hold only its digest."""

    mrn: str
    """Record number, chosen by type and authority (I14)."""
    authority: str
    """Who assigned the record number."""
    family: str
    """Family name; empty with finding PATIENT_INCOMPLETE."""
    given: str
    """Given names, separated by a blank."""
    birth_date: date | None
    """None with finding PATIENT_INCOMPLETE."""
    sex: str = ""
    """F, M, O, U … as received."""
    other_ids: tuple[OtherId, ...] = ()
    """Further numbers."""
    visit: str = ""
    """Visit number (PV1-19.1)."""
    location: str = ""
    """Ward, room, bed and facility as one text."""
    allergies: tuple[Allergy, ...] = ()
    """As received; a snapshot of this message."""
