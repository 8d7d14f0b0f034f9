"""What a program may ask of a preparation: one shape a command, told apart by `kind`, with the very words the rules know.

A weight has no shape: the station's balance says it (R9). Nor has a label: the printer does. What a code means is read
from the catalogue here, and who signs is asked for again with each signature.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.api.shapes import WHOLE, Amount, Hidden, Id, Reason, Shape, Version, Words
from workflows import commands as asked
from workflows.commands import AbortReason, RejectReason
from workflows.evidence import Confirmation, Count, Programme, VolumeRead

Slot = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]
"""Name of a step's place, from `wanted`."""
Raw = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\u0000\u000a\u000d]*$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
StopReason = Literal["spill", "integrity or particulates", "order question", "equipment", "other"]


class Claim(Shape):
    """Take a preparation that is ready to this station and make it."""

    kind: Literal["claim"]


class Scan(Shape):
    """Hand over a code that the program's own scanner read, character by character."""

    kind: Literal["scan"]
    raw: Raw
    """As the scanner sent it, AIM identifier first, GS as U+001D."""
    first: Annotated[str, StringConstraints(max_length=4096, pattern=r"^[^\u0000\u000a\u000d]*$")] = ""
    """The code read just before it on the same container, where one carries the product and the other lot and expiry."""


class ScanReading(Shape):
    """Hand over a reading of the station's own scanner."""

    kind: Literal["scan_reading"]
    reading: Id
    """Its id, from the station's readings."""


class Weigh(Shape):
    """Take the settled weight of what lies on the station's balance now: the balance says it, no program does."""

    kind: Literal["weigh"]
    slot: Slot


class Confirm(Shape):
    """Say that one named thing is done or seen."""

    kind: Literal["confirm"]
    slot: Slot
    item: Reason
    """The item as `wanted` names it."""


class CountUnits(Shape):
    """Say how many were counted by hand."""

    kind: Literal["count"]
    slot: Slot
    number: Annotated[int, Field(ge=0, le=9999), WHOLE]
    how: Literal["by fives", "one by one"] = "by fives"


class EnterProgramme(Shape):
    """Hand over what one person read on the pump's screen."""

    kind: Literal["programme"]
    slot: Slot
    entry: Reason
    version: Reason
    reservoir_ml: Amount
    rate_ml_h: Amount
    hours: Amount
    locked: bool


class EnterVolume(Shape):
    """Hand over what a second person read off a filled syringe's scale; they sign this act, and are told no volume."""

    kind: Literal["volume"]
    slot: Slot
    volume_ml: Amount


class Back(Shape):
    """Take back the last accepted piece of evidence; it stays in the record."""

    kind: Literal["back"]
    reason: Words = ""


class Redo(Shape):
    """Do one syringe or vial again from empty; old readings stay in the record."""

    kind: Literal["redo"]
    group: Literal["syringe", "vial", "fluid"]
    unit: Annotated[int, Field(ge=1, le=99), WHOLE]
    reason: Reason


class Pause(Shape):
    """Stop here."""

    kind: Literal["pause"]
    why: StopReason
    note: Words = ""


class Resume(Shape):
    """Go on."""

    kind: Literal["resume"]
    note: Words = ""


class HandOver(Shape):
    """Give the preparation to another technician, who signs as second person."""

    kind: Literal["hand_over"]


class TakeOver(Shape):
    """Take a preparation whose technician has left; a lead technician or pharmacist signs as second person."""

    kind: Literal["take_over"]


class CallPharmacist(Shape):
    """Ask for a pharmacist."""

    kind: Literal["call"]
    note: Words = ""


class ChangeGloves(Shape):
    """New gloves, and a new gown where `gown` says so."""

    kind: Literal["change_gloves"]
    gown: bool = False


class Abort(Shape):
    """End the run; what was opened stays consumed and is accounted for next."""

    kind: Literal["abort"]
    reason: AbortReason
    note: Words = ""


AtStation = Annotated[
    Claim
    | Scan
    | ScanReading
    | Weigh
    | Confirm
    | CountUnits
    | EnterProgramme
    | EnterVolume
    | Back
    | Redo
    | Pause
    | Resume
    | HandOver
    | TakeOver
    | CallPharmacist
    | ChangeGloves
    | Abort,
    Field(discriminator="kind"),
]


class Second(Shape):
    """The second person, who signs this one act."""

    badge: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\u0020-\u007e]*$")]
    """As it is scanned."""
    pin: Hidden


class StationAct(Shape):
    """One act at a station."""

    expected_version: Version
    """The version that the decision was made on; another one now is answered 409."""
    command: AtStation
    second: Second | None = None


class Signed(Shape):
    """A signature: asked for anew for each act. No token and no session ever stands for it."""

    over: Digest
    """Head of the preparation as it was shown."""
    password: Hidden
    """The PIN where the session was opened by badge."""
    user: Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")] = ""
    """User name or badge as well: for the first signature of a session, and after a pause."""
    photos_seen: Annotated[list[Digest], Field(max_length=200)] = Field(default_factory=list)
    """Each photo that was looked at, large enough to judge."""
    accepts: Annotated[list[Slot], Field(max_length=50)] = Field(default_factory=list)
    """Each slot of a typed code that the signer accepts."""


class Sign(Shape):
    """Sign what waits: the look before it goes on, or release."""

    kind: Literal["sign"]
    slot: Literal["premix", "approve"]
    signature: Signed


class Rework(Shape):
    """Send it back to an earlier step."""

    kind: Literal["rework"]
    to_step: Id
    reason: RejectReason
    note: Reason
    signature: Signed


class Remake(Shape):
    """Have it destroyed and made anew."""

    kind: Literal["remake"]
    reason: RejectReason
    note: Reason
    signature: Signed


class Hold(Shape):
    """Stop it until a pharmacist lets it go on."""

    kind: Literal["hold"]
    note: Reason


class Answer(Shape):
    """Answer the technician's call."""

    kind: Literal["answer"]
    note: Reason


class Waive(Shape):
    """Accept a finding, where its rule lets a pharmacist do so."""

    kind: Literal["waive"]
    slot: Slot
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,60}$")]
    reason: Reason


class LetGoOn(Shape):
    """Let a stopped preparation go on."""

    kind: Literal["resume"]
    note: Reason


AtReview = Annotated[Sign | Rework | Remake | Hold | LetGoOn | Answer | Waive, Field(discriminator="kind")]


class ReviewAct(Shape):
    """One act of a pharmacist."""

    expected_version: Version
    command: AtReview


class VerifyOrder(Shape):
    """Sign that the order was compared with what its sender sent."""

    expected_version: Version
    signature: Signed


class FindingTold(Shape):
    """One thing that a rule found wrong."""

    code: str
    says: str
    do: str
    waived_by: list[str]
    """Roles that may accept it with a reason; nobody where it is empty."""


class Outcome(Shape):
    """What became of an act: both are in the record."""

    outcome: Literal["accepted", "rejected"]
    """rejected: it was tried and something is wrong; the findings say what. That is a near miss, and is counted."""
    version: int
    """The preparation's version now."""
    code: str
    says: str
    findings: list[FindingTold]


Plain = Claim | Back | Redo | Pause | Resume | HandOver | TakeOver | CallPharmacist | ChangeGloves | Abort
"""Commands that carry no evidence."""


def plain(command: Plain) -> asked.Command:
    """Return a command that carries no evidence as the rules know it."""
    match command:
        case Claim():
            return asked.Claim()
        case Back():
            return asked.Back(command.reason)
        case Redo():
            return asked.Redo(command.group, command.unit, command.reason)
        case Pause():
            return asked.Pause(command.why, command.note)
        case Resume():
            return asked.Resume(command.note)
        case HandOver():
            return asked.HandOver()
        case TakeOver():
            return asked.TakeOver()
        case CallPharmacist():
            return asked.Call(command.note)
        case ChangeGloves():
            return asked.ChangeGloves(command.gown)
        case Abort():
            return asked.Abort(command.reason, command.note)


def told_by_a_person(command: Confirm | CountUnits | EnterProgramme | EnterVolume) -> asked.Submit:
    """Return what a person says, sees or reads off, as evidence."""
    match command:
        case Confirm():
            return asked.Submit(command.slot, Confirmation(command.item))
        case CountUnits():
            return asked.Submit(command.slot, Count(command.number, command.how))
        case EnterVolume():
            return asked.Submit(command.slot, VolumeRead(Decimal(command.volume_ml)))
        case EnterProgramme():
            read = Programme(
                command.entry,
                command.version,
                Decimal(command.reservoir_ml),
                Decimal(command.rate_ml_h),
                Decimal(command.hours),
                command.locked,
            )
            return asked.Submit(command.slot, read)


NOT_OFFERED: dict[type, str] = {
    asked.Open: "a preparation opens by itself once its order may be made",
    asked.ChangeOrder: "the ordering system changes its orders, by message",
    asked.RecordLabel: "the printer says that a label came out",
    asked.Keep: "the opened vial is scanned and weighed in one go, on the tablet's own page",
    asked.Amend: "a choice between signed recipes, made on the page of the review",
    asked.Correct: "made on the page of the record, beside what is corrected",
    asked.EnterFromPaper: "entered on its own page, beside the sheet",
}
"""Commands that no program asks for, and why."""
