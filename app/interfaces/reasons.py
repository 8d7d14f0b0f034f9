"""Every reason for which a message is refused and every finding on an accepted order: one vocabulary for all doors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.order import OrderFinding

ERROR_CODES = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "207": "Application internal error",
}
"""HL7 table 0357, as far as it is used. 207 stands for rules of ours, never for a failure of ours."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message is refused."""

    err: str
    """ERR-3, a code of table 0357."""
    door: bool
    """True: wrong door (AR). False: content (AE)."""
    name: str
    """A few words for ERR-5; ASCII."""
    says: str
    """What is wrong, for ERR-7; {at} is the place. ASCII, and never a value of the message."""
    do: str = ""
    """What to do, for ERR-8; empty: correct the place and send again."""


def _content(err: str, name: str, says: str, do: str = "") -> Reason:
    return Reason(err, False, name, says, do)


def _door(err: str, name: str, says: str, do: str = "") -> Reason:
    return Reason(err, True, name, says, do)


REASONS: dict[str, Reason] = {
    "EMPTY_FRAME": _door("100", "Empty frame", "The frame holds nothing", "Send one message a frame."),
    "NOT_HL7": _door(
        "100",
        "Not an HL7 message",
        "The first segment is not a readable MSH",
        "Send an HL7 v2 message beginning with MSH.",
    ),
    "NOT_JSON": _door(
        "100",
        "Not FHIR R4 JSON",
        "The document is not one FHIR R4 resource in JSON",
        "Send a MedicationRequest, or a Bundle of type transaction or batch, as FHIR R4 JSON.",
    ),
    "MERGED_FRAMES": _door(
        "100",
        "Two messages in one frame",
        "A second MSH stands in the same frame",
        "Send each message in a frame of its own.",
    ),
    "BATCH": _door(
        "100", "Batch in a frame", "A batch is read from a file only", "Send each message in a frame of its own."
    ),
    "NO_CONTROL_ID": _door("101", "No control id", "MSH-10 is empty", "Send a message control id in MSH-10."),
    "UNKNOWN_SENDER": _door(
        "103",
        "Sender not known",
        "No sender profile fits MSH-3 and MSH-4 at this port",
        "Ask the pharmacy to admit this sender, or correct MSH-3 and MSH-4.",
    ),
    "WRONG_TYPE": _door(
        "200", "Message type not supported", "MSH-9 is not a message type read here", "Send orders as RDE^O11."
    ),
    "WRONG_EVENT": _door("201", "Event not supported", "MSH-9 is not an order event", "Send orders as RDE^O11."),
    "WRONG_PROCESSING_ID": _door(
        "202",
        "Processing id not admitted",
        "MSH-11 is not the processing id of this port",
        "Send test messages to the test port.",
    ),
    "WRONG_VERSION": _door(
        "203", "Version not supported", "MSH-12 is not a version read from this sender", "Send HL7 2.3 to 2.8.2."
    ),
    "TOO_LARGE": _door(
        "207", "Frame too large", "The frame is longer than the limit of this port", "Send a smaller message."
    ),
    "NO_PATIENT": _content("100", "No patient", "{at}: the patient's record number is not there"),
    "NO_ORDER": _content("100", "No order", "There is no ORC segment, so no order"),
    "NO_DRUG": _content("100", "No drug segment", "The order has no RXE or RXO segment, or it names no drug"),
    "TWO_DRUGS": _content(
        "100", "Two drugs in one order", "One ORC has more than one drug", "Send one ORC for each drug."
    ),
    "SEGMENT_ORDER": _content("100", "Segments out of order", "{at} must stand before its RXR and RXC, after its ORC"),
    "NO_ROUTE": _content("100", "No route", "The order has no route in RXR-1"),
    "NO_COMPONENTS": _content("100", "No components", "The order has no active component in RXC"),
    "NO_BASE": _content("100", "No base", "The order has no base fluid in RXC and its container needs one"),
    "NO_PLACER_NUMBER": _content("101", "No order number", "ORC-2 is empty"),
    "AMOUNT_MISSING": _content("101", "Amount missing", "{at} is empty"),
    "BAD_CHARSET": _content(
        "102",
        "Bytes do not fit the character set",
        "The bytes do not fit the character set declared in MSH-18",
        "Declare the character set that is used, e.g. UNICODE UTF-8, and send again.",
    ),
    "NOT_A_NUMBER": _content("102", "Amount is not a number", "{at} is not a plain decimal number"),
    "NOT_POSITIVE": _content("102", "Amount is not above zero", "{at} is not greater than zero"),
    "DOSE_RANGE": _content("102", "A range is no dose", "{at} makes the dose a range", "Send one dose."),
    "UNIT_NOT_AN_AMOUNT": _content(
        "102",
        "Unit is not an absolute amount",
        "{at} is not the unit of an absolute amount",
        "Send the dose to be given as an amount, e.g. in mg.",
    ),
    "UNIT_NOT_A_RATE": _content("102", "Unit is not a rate", "{at} is not a rate in mL/h"),
    "ROUTE_AMBIGUOUS": _content("102", "More than one route", "{at} gives two different routes", "Send one route."),
    "SEVERAL_VALUES": _content("102", "More than one value", "{at} holds more than one value", "Send one value."),
    "DATE_INVALID": _content("102", "Not a date", "{at} is not a date and time that exists"),
    "DATE_NO_TIME": _content(
        "102", "No time of day", "{at} gives no time of day", "Send when administration starts, with the time of day."
    ),
    "DATE_AMBIGUOUS": _content(
        "102",
        "Repeated hour without zone",
        "{at} is in the hour that the autumn change repeats, without a zone",
        "Send the time with its offset, e.g. -0500.",
    ),
    "DATE_NONEXISTENT": _content(
        "102",
        "Skipped hour",
        "{at} is in the hour that the spring change skips",
        "Send the time with its offset, e.g. -0500.",
    ),
    "SEVERAL_DOSAGES": _content("102", "Several dosages", "{at} differs between timings", "Send one order a dosage."),
    "STRENGTH_SHAPE": _content("102", "Strength not an amount", "{at} is not the amount in one container"),
    "UNIT_UNKNOWN": _content("103", "Unit not known", "{at} unit not known"),
    "UNIT_SYSTEM": _content("103", "Unit system not UCUM", "{at} is not a UCUM unit"),
    "ROUTE_UNKNOWN": _content("103", "Route not known", "{at} is not in the route table of this sender"),
    "ORDER_CONTROL": _content("103", "Order control not supported", "{at} is not an order control read here"),
    "CODE_NAME_CONFLICT": _content("103", "Code and name differ", "{at}: code and text name different products"),
    "MODIFIER_UNKNOWN": _content("103", "Modifier not known", "{at} changes the meaning in a way not known here"),
    "DO_NOT_PERFORM": _content("103", "Not to be performed", "{at} says not to perform"),
    "FIELD_NOT_TEXT": _content("102", "Not a text cell", "{at} is a number cell where a code or a name belongs"),
    "FILE_REFUSED": _content(
        "207",
        "Another row is refused",
        "Nothing is wrong with this row, but another row of the file is refused, and a file is imported whole or not at all",
        "Correct the other row and import the file again.",
    ),
    "UNKNOWN_COLUMN": _content("103", "Column not known", "{at} is not a column of the order sheet"),
    "ORDER_UNKNOWN": _content(
        "204",
        "Order not known",
        "{at}: no order of this number is stored",
        "Send the order as new, or correct the order number.",
    ),
    "DUPLICATE_CONTROL_ID": _content(
        "205",
        "Control id used before",
        "MSH-10 was used for a message with other content",
        "Give each message a control id of its own.",
    ),
    "ORDER_EXISTS": _content(
        "205",
        "Order number used before",
        "{at}: an order of this number is stored with other content",
        "Send a change as XO.",
    ),
    "STALE_CHANGE": _content(
        "205",
        "Older than the last change",
        "{at} is older than the last accepted change of this order",
        "Check the order in the pharmacy before sending again.",
    ),
    "AMOUNTS_DISAGREE": _content("207", "Amounts disagree", "{at} does not agree exactly with the ordered dose"),
    "BASE_ADDITIVE_SWAPPED": _content(
        "207", "Base and additive mixed up", "{at}: a base needs a volume, an additive an amount of drug"
    ),
    "HARD_STOP": _content(
        "207",
        "Fatal by this route",
        "{at}: this drug is fatal by this route",
        "Do NOT send again. Telephone the pharmacy.",
    ),
    "STATE_REFUSES": _content(
        "207",
        "Too late",
        "{at}: the preparation has gone too far, or the order was cancelled",
        "Telephone the pharmacy at once.",
    ),
}

BLOCKING = frozenset(
    {
        "UNVERIFIED",
        "DRUG_UNKNOWN",
        "BASE_UNKNOWN",
        "CONTAINER_UNKNOWN",
        "PRESCRIBED_DIFFERS",
        "PATIENT_INCOMPLETE",
        "PATIENT_DIFFERS",
        "PATIENT_UNKNOWN",
        "PATIENT_MERGED",
        "PATIENT_DISCHARGED",
        "ADMIT_CANCELLED",
        "ALLERGY_MATCH",
        "INTRATHECAL",
        "SEVERAL_ACTIVES",
        "OVERFILL_STATED",
        "VOLUME_MISMATCH",
        "VOLUME_UNCHECKED",
        "DOSE_BASIS_DIFFERS",
        "BSA_MISMATCH",
        "WEIGHT_CHANGED",
        "FIELD_UNREADABLE",
        "TEXT_INVISIBLE",
        "TEXT_LOOKALIKE",
    }
)
"""Findings that block confirmation until a pharmacist clears them with a reason."""
SHOWN = frozenset({"DOSE_BASIS_UNCHECKED", "MEASURE_OLD", "PAST_DUE", "REPLAYED"})
"""Findings that are shown only."""

PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[([0-9]+)\])?(?:-([0-9]+))?")
MOST_ERRORS = 10
"""ERR segments in one answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason a message is refused, at one place."""

    reason: str
    """Key of REASONS."""
    at: str
    """RXE-3, RXC[2]-4, a segment alone, a JSON path or a column."""
    received: str = ""
    """The clinical value as received, for people at this site only; never patient text, never sent back or logged."""
    hint: str = ""
    """What would have been right, e.g. "use a decimal point"."""
    err_code: str = ""
    """ERR-3 where it differs from the reason's own: NO_PATIENT is 101 when only PID-3 is missing."""

    @property
    def err(self) -> str:
        """ERR-3."""
        return self.err_code or REASONS[self.reason].err

    @property
    def door(self) -> bool:
        """Whether the message came to the wrong door (AR)."""
        return REASONS[self.reason].door

    @property
    def text(self) -> str:
        """What is wrong, without a value of the message: for answers and logs (I48)."""
        return REASONS[self.reason].says.format(at=self.at)

    @property
    def do(self) -> str:
        """What the sender should do."""
        default = f"Correct {self.at} and send again."
        said = REASONS[self.reason].do or default
        return said if self.door else f"Order NOT stored. {said}"

    @property
    def shown(self) -> str:
        """The same for a person at this site, with the value where it is a clinical one."""
        has = f"{self.at} has {self.received}: " if self.received else ""
        return f"{has}{self.hint or self.text}"


def finding(code: str, text: str) -> OrderFinding:
    """Return a finding; raises KeyError for a code outside the vocabulary."""
    if code not in BLOCKING and code not in SHOWN:
        raise KeyError(code)
    return OrderFinding(code, code in BLOCKING, text)
