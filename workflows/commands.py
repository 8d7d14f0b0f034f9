"""What may be asked of a preparation: imperatives, one frozen value each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.assigned import Assigned
from workflows.by_volume import ByVolume
from workflows.evidence import Evidence, Printed, Scan, Sheet, Signature, Weighing
from workflows.made_by import Master
from workflows.order import Order
from workflows.recipe import Policy, Recipe

PauseReason = Literal["spill", "integrity or particulates", "order question", "equipment", "pharmacist hold", "other"]
RejectReason = Literal[
    "wrong drug",
    "wrong volume",
    "wrong diluent",
    "label",
    "integrity or particulates",
    "image unusable",
    "order changed",
    "other",
]
AbortReason = Literal[
    "order cancelled", "spill", "integrity or particulates", "out of tolerance", "beyond use", "other"
]
OrderChange = Literal["changed", "cancelled", "held", "released"]


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a preparation of an order by a recipe under a policy."""

    order: Order
    """The clinical half."""
    recipe: Master
    """Frozen copy."""
    policy: Policy
    """Frozen copy."""
    patient: str = ""
    """Id of the patient's text, which is kept apart so that it can be purged."""
    patient_digest: str = ""
    """Salted digest of that text, hex."""
    replaces: str = ""
    """The preparation that this one remakes, if any (R27)."""
    by_volume: ByVolume | None = None
    """Why it is made by volume, where a pharmacist has it made so; None: it is weighed or counted (R13)."""
    trial: Assigned | None = None
    """Subject and kits of a clinical trial; None where it is of none (R56)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Take a ready preparation to this station and make it."""


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand over evidence for the step in hand."""

    slot: str
    """The slot it is for; empty: whichever open slot it fits."""
    evidence: Evidence
    """What was scanned, weighed, photographed, confirmed, printed or signed."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep one opened vial of a released dose as stock for another: asked twice, before and after its label is on (R32)."""

    scan: Scan
    """The vial's own code, read once more; the second time its new unit label."""
    weighing: Weighing
    """The vial with its adaptor; the second time with the label on it too."""
    label: str
    """Eight characters of the unit label that it gets; of no account the second time."""


@dataclass(frozen=True, slots=True)
class Waive:
    """Accept a finding, where its rule lets this role do so."""

    slot: str
    """The open slot."""
    code: str
    """The finding's code."""
    reason: str
    """At least ten characters."""


@dataclass(frozen=True, slots=True)
class Back:
    """Take back the last accepted piece of evidence; it stays in the record."""

    reason: str = ""
    """Optional words."""


@dataclass(frozen=True, slots=True)
class Redo:
    """Do one syringe or vial again from empty; old readings stay in the record (R14 b)."""

    group: Literal["syringe", "vial", "fluid"]
    """What is done again: a syringe of drug, a vial, or a syringe of the fluid that fills up a reservoir."""
    unit: int
    """Which, from 1."""
    reason: str
    """From a pick-list."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop here."""

    why: PauseReason
    """From the list."""
    note: str = ""
    """Words."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on."""

    note: str = ""
    """A pharmacist's reason where one is needed."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give the preparation to another technician, who signs this command as second person."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Take a preparation whose technician has left; a lead technician or pharmacist signs as second person."""


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for a pharmacist."""

    note: str = ""
    """What about."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A pharmacist has answered the call."""

    note: str
    """The answer."""


@dataclass(frozen=True, slots=True)
class ChangeGloves:
    """New gloves, and a new gown where `gown` says so: the clocks start anew (R36)."""

    gown: bool = False
    """Whether the gown was changed too."""


@dataclass(frozen=True, slots=True)
class Rework:
    """A pharmacist sends it back to an earlier step of the same preparation (R27)."""

    to_step: str
    """Name of the step to redo from."""
    reason: RejectReason
    """Coded."""
    note: str
    """Words the technician reads."""
    signature: Signature
    """Meaning "rejected"."""


@dataclass(frozen=True, slots=True)
class Remake:
    """A pharmacist has the product destroyed; a new preparation will replace it (R27)."""

    reason: RejectReason
    """Coded."""
    note: str
    """Words."""
    signature: Signature
    """Meaning "rejected"."""


@dataclass(frozen=True, slots=True)
class Amend:
    """A pharmacist has this one preparation made by another signed recipe of its drug (R14 d, R17)."""

    recipe: Recipe
    """Frozen copy of what it is made by from now on."""
    reason: str
    """Words, at least ten letters."""
    signature: Signature
    """Meaning "recipe amended"."""


@dataclass(frozen=True, slots=True)
class Abort:
    """End the run; what was opened stays consumed and visible (R28)."""

    reason: AbortReason
    """Coded."""
    note: str = ""
    """Words."""


@dataclass(frozen=True, slots=True)
class Correct:
    """Correct a note of an earlier event: old value, new value and reason stay readable (Q2, Q3)."""

    of_version: int
    """The event corrected."""
    old: str
    """What it says now."""
    new: str
    """What it should say."""
    reason: str
    """At least ten characters."""


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """The ordering system changed, cancelled, held or released the order."""

    change: OrderChange
    """What happened."""
    order_version: int
    """Version of the order after it."""
    equal: bool
    """Dose, drug, base, route and container are as before."""


@dataclass(frozen=True, slots=True)
class RecordLabel:
    """A label of this preparation came out of a printer outside the printing step: in-process, or a reprint."""

    printed: Printed
    """What came out."""
    reason: str = ""
    """Why it was printed again; empty for the first."""


@dataclass(frozen=True, slots=True)
class EnterFromPaper:
    """Enter afterwards what was made on paper while a system was away; a second person signs the command too (R60)."""

    sheet: Sheet
    """What the signed sheet says."""
    signature: Signature
    """A pharmacist's, meaning "entered from paper"."""


Command = (
    Open
    | Claim
    | Submit
    | Keep
    | Waive
    | Back
    | Redo
    | Pause
    | Resume
    | HandOver
    | TakeOver
    | Call
    | Answer
    | ChangeGloves
    | Rework
    | Remake
    | Amend
    | Abort
    | Correct
    | ChangeOrder
    | RecordLabel
    | EnterFromPaper
)
