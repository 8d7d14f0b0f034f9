"""The orders and patients already known, as the judge needs them: a narrow protocol, and one that lives in memory.

The book on the database implements the same five methods inside one transaction: `handle` reads and then calls `keep`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from app.interfaces.reading import Reading
from app.interfaces.reasons import Fault
from workflows.order import Order, OrderFinding, OrderKey, PatientText

Stage = Literal["unclaimed", "in-work", "checking", "released", "aborted"]
"""How far the preparation is: before claimed; claimed to labelled; awaiting check or approved; released and later; aborted."""
Effect = Literal["created", "changed", "cancelled", "held", "released", "replayed", "patient", "none"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One order as it is stored."""

    order: Order
    """Its newest version."""
    patient: PatientText
    """Its identity half."""
    stage: Stage = "unclaimed"
    """How far its preparation is."""

    @property
    def open(self) -> bool:
        """Whether something can still be made or is being made of it."""
        return self.order.status in ("active", "held") and self.stage != "released"


@dataclass(frozen=True, slots=True)
class Answered:
    """An accepted message that came before, kept 30 days under its sender and control id."""

    digest: str
    """`Reading.digest` of that message."""
    reply: str
    """What was answered; given again, word for word."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one message does to one order."""

    key: OrderKey
    """Which order."""
    effect: Effect
    """created, changed, cancelled, held, released (from hold), replayed, patient, none."""
    order: Order | None = None
    """The new version to store; None where the order stays as it is."""
    patient: PatientText | None = None
    """The identity half to store with it; None where it stays as it is."""
    findings: tuple[OrderFinding, ...] = ()
    """To be attached to the order; blocking ones must be cleared by a pharmacist before it is confirmed."""
    cleared: tuple[str, ...] = ()
    """Codes of findings that the sender has taken back (A13 clears PATIENT_DISCHARGED)."""
    pause: bool = False
    """True: the tablet must stop at once, with paused(order-change) (I49)."""
    reason: str = ""
    """ORC-16 in words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with one message, and what is answered."""

    outcome: Literal["accepted", "content", "door"]
    """AA; AE; AR (as the profile maps them)."""
    errors: tuple[Fault, ...] = ()
    """Why it is refused; at most ten."""
    changes: tuple[Change, ...] = ()
    """What to store; empty when refused: all or nothing (I18)."""
    patient: PatientText | None = None
    """The patient as now known, to store; None: no news, or nothing that may be believed yet."""
    ended: tuple[tuple[str, str], ...] = ()
    """(record number, authority) merged into `patient`."""
    again: str | None = None
    """The stored answer of an identical message: give it again and store nothing."""
    alerts: tuple[str, ...] = ()
    """Alarms for a pharmacist, e.g. a cancel that came after release; never patient text."""

    @property
    def effect(self) -> str:
        """The effects joined by +, in message order."""
        said: list[str] = [change.effect for change in self.changes if change.effect != "patient"]
        if not said:
            said = ["patient"] if self.patient or self.changes else ["none"]
        return "+".join(said)

    @property
    def findings(self) -> tuple[OrderFinding, ...]:
        """All findings, each once."""
        return tuple(dict.fromkeys(one for change in self.changes for one in change.findings))


class OrderBook(Protocol):
    """What the judge may ask, and the one thing it does."""

    def answered(self, sender: str, control_id: str) -> Answered | None:
        """Return the accepted message of this sender and control id, if one came in the last 30 days."""

    def find(self, key: OrderKey) -> Kept | None:
        """Return the order of this key with its newest version and its stage."""

    def patient(self, mrn: str, authority: str) -> PatientText | None:
        """Return the patient of a record number, from ADT or provisionally from an order."""

    def open_orders(self, mrn: str, authority: str) -> tuple[Kept, ...]:
        """Return the patient's orders that are active or held and not released."""

    def keep(self, reading: Reading, verdict: Verdict, reply: str) -> None:
        """Store the verdict of an accepted message, and the message itself under its control id."""


@dataclass(slots=True)
class MemoryBook:
    """A book that forgets when the program ends: for dry runs and tests."""

    messages: dict[tuple[str, str], Answered] = field(default_factory=dict)
    """By sender and control id."""
    orders: dict[OrderKey, Kept] = field(default_factory=dict)
    """Newest version each."""
    patients: dict[tuple[str, str], PatientText] = field(default_factory=dict)
    """By record number and authority."""

    def answered(self, sender: str, control_id: str) -> Answered | None:
        return self.messages.get((sender, control_id))

    def find(self, key: OrderKey) -> Kept | None:
        return self.orders.get(key)

    def patient(self, mrn: str, authority: str) -> PatientText | None:
        return self.patients.get((mrn, authority))

    def open_orders(self, mrn: str, authority: str) -> tuple[Kept, ...]:
        mine = (kept for kept in self.orders.values() if (kept.patient.mrn, kept.patient.authority) == (mrn, authority))
        return tuple(kept for kept in mine if kept.open)

    def keep(self, reading: Reading, verdict: Verdict, reply: str) -> None:
        for change in verdict.changes:
            known = self.orders.get(change.key)
            order, patient = change.order or (known and known.order), change.patient or (known and known.patient)
            if order and patient:
                again = change.order is not None and known is not None and known.stage == "aborted"
                stage: Stage = "unclaimed" if known is None or again else known.stage
                self.orders[change.key] = Kept(order, patient, stage)
        if verdict.patient:
            self.patients[verdict.patient.mrn, verdict.patient.authority] = verdict.patient
        for ended in verdict.ended:
            self.patients.pop(ended, None)
        self.messages[reading.header.sender, reading.header.control_id] = Answered(reading.digest, reply)

    def copy(self) -> MemoryBook:
        """Return a book of the same content that goes its own way."""
        return MemoryBook(dict(self.messages), dict(self.orders), dict(self.patients))

    def become(self, other: MemoryBook) -> None:
        """Take over what another book holds."""
        self.messages, self.orders, self.patients = other.messages, other.orders, other.patients

    def advance(self, key: OrderKey, stage: Stage) -> None:
        """Set how far an order's preparation is, as the workflow would."""
        self.orders[key] = replace(self.orders[key], stage=stage)
