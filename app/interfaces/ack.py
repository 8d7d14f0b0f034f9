"""The acknowledgement: accepted, or refused with place, code and what to do. No text of the message is echoed (I12, I48)."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from app.interfaces.book import Verdict
from app.interfaces.reading import Header, Reading
from app.interfaces.reasons import ERROR_CODES, PLACE, REASONS, Fault

ESCAPES = {
    "\\": "\\E\\",
    "|": "\\F\\",
    "^": "\\S\\",
    "&": "\\T\\",
    "~": "\\R\\",
    "\r": "\\X0D\\",
    "\n": "\\X0A\\",
}
ORIGINAL = {"accepted": "AA", "content": "AE", "door": "AR"}
ENHANCED = {"AA": "CA", "AE": "CE", "AR": "CR"}
EVENT = re.compile(r"[A-Z][0-9]{2}")
VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){1,2}")
OURS = ("VIALTRACE", "ONCRX")
ANSWERS = {("RDE", "O11"): ("RRE", "O12"), ("RDE", "O01"): ("RRE", "O02"), ("OMP", "O09"): ("ORP", "O10")} | {
    ("ORM", "O01"): ("ORR", "O02")
}
"""Order message to the type and event of its application's answer."""
ANSWERED = {
    "NW": ("OK", "UA"), "XO": ("XR", "UX"), "RP": ("RQ", "UM"), "CA": ("CR", "UC"), "DC": ("DR", "UD"),
    "HD": ("HR", "UH"), "RL": ("OR", "UR"),
}  # fmt: skip
"""ORC-1 asked for to ORC-1 of the answer: done, or not (HL7 table 0119)."""


def escape(text: str) -> str:
    """Return a value as HL7 text: the five delimiters, CR and LF are escaped."""
    return "".join(ESCAPES.get(letter, letter) for letter in text)


def ack_code(reading: Reading, verdict: Verdict) -> str:
    """Return MSA-1: AA, AE or AR as the profile maps them, CA, CE or CR in enhanced mode."""
    profile = reading.profile
    mapped = {"content": profile.content_code, "door": profile.door_code} if profile else {}
    code = mapped.get(verdict.outcome, ORIGINAL[verdict.outcome])
    return ENHANCED[code] if reading.header.enhanced else code


def wanted(reading: Reading, verdict: Verdict) -> bool:
    """Say whether the sender wants this answer: MSH-15 of enhanced mode is AL, NE, ER or SU."""
    accepted = verdict.outcome == "accepted"
    return {"NE": False, "ER": not accepted, "SU": accepted}.get(reading.header.accept, True)


def reply_text(reading: Reading, verdict: Verdict, at: datetime, own_id: str) -> str:
    """Return the acknowledgement, segments ended by CR; empty where the sender wants none. `at` is aware."""
    if not wanted(reading, verdict):
        return ""
    head, code = reading.header, ack_code(reading, verdict)
    zone = reading.profile.zone if reading.profile else ZoneInfo("UTC")
    if _old(head):
        return _old_reply(reading, verdict, at.astimezone(zone), own_id)
    lines = [
        _msh(head, f"{at.astimezone(zone):%Y%m%d%H%M%S%z}", _kind(reading), own_id) + "||||||UNICODE UTF-8",
        f"MSA|{code}|{escape(head.control_id)}",
        *(_err(fault, head) for fault in verdict.errors),
        *(_orders(reading, verdict) if _by_itself(reading) else ()),
    ]
    return "".join(f"{line}\r" for line in lines)


def _by_itself(reading: Reading) -> bool:
    """Say whether the one answer of original mode is the application's, with its orders."""
    known = reading.profile is not None and reading.profile.application
    return known and not reading.header.enhanced and answered_by(reading.header) is not None


def _kind(reading: Reading) -> str:
    head, kind = reading.header, answered_by(reading.header)
    if kind and _by_itself(reading):
        return f"{kind[0]}^{kind[1]}^{kind[0]}_{kind[1]}"
    event = head.event if EVENT.fullmatch(head.event) else ""
    return f"ACK^{event}^ACK" if event else "ACK"


def answered_by(head: Header) -> tuple[str, str] | None:
    """Return type and event of the application's answer to a message; None for one that brings no orders."""
    return ANSWERS.get((head.type, head.event))


def application_wanted(reading: Reading, verdict: Verdict) -> bool:
    """Say whether the sender hears the application's answer as a message of its own (MSH-16 of enhanced mode)."""
    profile, accepted = reading.profile, verdict.outcome == "accepted"
    if profile is None or not profile.application or answered_by(reading.header) is None:
        return False
    return {"AL": True, "ER": not accepted, "SU": accepted}.get(reading.header.application, False)


def application_text(reading: Reading, verdict: Verdict, at: datetime, own_id: str) -> str:
    """Return the application's answer as a message of its own: what became of each order, MSA-2 the message it answers.

    It asks for a commit answer and for nothing more. `reading` has a profile and brings orders.
    """
    head, profile = reading.header, reading.profile
    kind = answered_by(head)
    if profile is None or kind is None:
        raise ValueError("only a known sender's order message has such an answer")
    mapped = {"accepted": "AA", "content": profile.content_code, "door": profile.door_code}[verdict.outcome]
    local = at.astimezone(profile.zone)
    lines = [
        _msh(head, f"{local:%Y%m%d%H%M%S%z}", f"{kind[0]}^{kind[1]}^{kind[0]}_{kind[1]}", own_id)
        + "|||AL|NE||UNICODE UTF-8",
        f"MSA|{mapped}|{escape(head.control_id)}",
        *(_err(fault, head) for fault in verdict.errors),
        *_orders(reading, verdict),
    ]
    return "".join(f"{line}\r" for line in lines)


def _orders(reading: Reading, verdict: Verdict) -> list[str]:
    """Return an ORC for each order with its answer (table 0119); refused whole, each is refused."""
    place = 0 if verdict.outcome == "accepted" else 1
    told = [(ANSWERED[act.control][place], act.key) for act in reading.orders if act.control in ANSWERED]
    return ["|".join(("ORC", code, f"{escape(key.placer)}^{escape(key.placer_ns)}".rstrip("^"))) for code, key in told]


def _old(head: Header) -> bool:
    return VERSION.fullmatch(head.version) is not None and head.version < "2.5"


def _msh(head: Header, at: str, kind: str, own_id: str) -> str:
    version = head.version if VERSION.fullmatch(head.version) else "2.5.1"
    processing = head.processing_id if head.processing_id in ("P", "T", "D") else "P"
    ours = (head.to_app or OURS[0], head.to_facility or OURS[1])
    fields = (*(escape(one) for one in (*ours, head.app, head.facility)), at, "", kind, own_id, processing, version)
    return "MSH|^~\\&|" + "|".join(fields)


def _place(fault: Fault) -> tuple[str, str, str]:
    match = PLACE.match(fault.at)
    return (match[1], match[2] or "1", match[3] or "") if match else ("MSH", "1", "")


def _err(fault: Fault, head: Header) -> str:
    segment, sequence, field = _place(fault)
    place = f"{segment}^{sequence}" + (f"^{field}" if field else "")
    kind = f"{fault.err}^{ERROR_CODES[fault.err]}^HL70357"
    ours = f"{fault.reason}^{REASONS[fault.reason].name}^L"
    return f"ERR||{place}|{kind}|E|{ours}||{escape(_says(fault, head))}|{escape(fault.do)}"


def _says(fault: Fault, head: Header) -> str:
    """Return ERR-7; a wrong event is named, for it is no text of a patient."""
    if fault.reason == "WRONG_EVENT" and EVENT.fullmatch(head.event):
        return f"{head.type}^{head.event} is not an order event"
    return fault.text


def _old_reply(reading: Reading, verdict: Verdict, local: datetime, own_id: str) -> str:
    """Return an answer for versions below 2.5: text in MSA-3, code in MSA-6 and ERR-1."""
    head, errors, code = reading.header, verdict.errors, ack_code(reading, verdict)
    orders = _orders(reading, verdict) if _by_itself(reading) else []
    kind = answered_by(head) if _by_itself(reading) else None
    msh = _msh(head, f"{local:%Y%m%d%H%M%S}", "^".join(kind) if kind else "ACK", own_id)
    if not errors:
        return "".join(f"{line}\r" for line in (msh, f"MSA|{code}|{escape(head.control_id)}", *orders))
    first = errors[0]
    tail = "order NOT stored. Correct and send again." if not first.door else "message refused."
    segments = [msh, f"MSA|{code}|{escape(head.control_id)}|{escape(f'{_says(first, head)}: {tail}')}|||{first.err}"]
    places = []
    for fault in errors:
        segment, sequence, field = _place(fault)
        places.append(f"{segment}^{sequence}^{field}^{fault.err}&{ERROR_CODES[fault.err]}&HL70357")
    return "".join(f"{line}\r" for line in (*segments, "ERR|" + "~".join(places), *orders))
