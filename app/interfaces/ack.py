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
        return _old_reply(head, code, verdict.errors, at.astimezone(zone), own_id)
    event = head.event if EVENT.fullmatch(head.event) else ""
    lines = [
        _msh(head, f"{at.astimezone(zone):%Y%m%d%H%M%S%z}", f"ACK^{event}^ACK" if event else "ACK", own_id)
        + "||||||UNICODE UTF-8",
        f"MSA|{code}|{escape(head.control_id)}",
        *(_err(fault, head) for fault in verdict.errors),
    ]
    return "".join(f"{line}\r" for line in lines)


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


def _old_reply(head: Header, code: str, errors: tuple[Fault, ...], local: datetime, own_id: str) -> str:
    """Return an answer for versions below 2.5: text in MSA-3, code in MSA-6 and ERR-1."""
    msh = _msh(head, f"{local:%Y%m%d%H%M%S}", "ACK", own_id)
    if not errors:
        return f"{msh}\rMSA|{code}|{escape(head.control_id)}\r"
    first = errors[0]
    tail = "order NOT stored. Correct and send again." if not first.door else "message refused."
    segments = [msh, f"MSA|{code}|{escape(head.control_id)}|{escape(f'{_says(first, head)}: {tail}')}|||{first.err}"]
    places = []
    for fault in errors:
        segment, sequence, field = _place(fault)
        places.append(f"{segment}^{sequence}^{field}^{fault.err}&{ERROR_CODES[fault.err]}&HL70357")
    return "".join(f"{line}\r" for line in (*segments, "ERR|" + "~".join(places)))
