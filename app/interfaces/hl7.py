"""One HL7 v2 message to a Reading: the door first, then patient and orders, every fault of the content named at once."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import replace

from app.interfaces.framing import START
from app.interfaces.hl7_coded import once
from app.interfaces.hl7_group import HARMLESS, Sheet, groups_of
from app.interfaces.hl7_measures import read_measures
from app.interfaces.hl7_order import read_act
from app.interfaces.hl7_patient import died, read_patient, record_numbers, two_names, two_part
from app.interfaces.hl7_reader import NULL, Message, Segment, UnreadableError, header, read_message
from app.interfaces.profile import Profile
from app.interfaces.reading import Header, OrderAct, PatientNews, Reading
from app.interfaces.reasons import Fault, finding
from workflows.order import OrderFinding, OrderKey, Received

ORDER_EVENTS = frozenset({("RDE", "O11"), ("RDE", "O01"), ("OMP", "O09"), ("ORM", "O01")})
MERGES = frozenset({"A18", "A34", "A40"})
ADT_EVENTS = frozenset({"A01", "A02", "A03", "A04", "A08", "A11", "A13", "A31", "A60"}) | MERGES
KNOWN_TYPES = frozenset({"RDE", "OMP", "ORM", "ADT"})
MOST_BYTES = 1024 * 1024
"""Default limit of one message (64 KiB to 16 MiB by setting)."""


def read(payload: bytes, profiles: Iterable[Profile], most_bytes: int = MOST_BYTES) -> Reading:
    """Return what one message says. Never raises for anything the bytes can hold: that is a reason in `errors`."""
    try:
        return _read(payload, tuple(profiles), most_bytes)
    except UnreadableError as trouble:
        return _refused(payload, _known_header(payload), None, Fault(trouble.reason, trouble.at))
    except Exception as trouble:  # noqa: BLE001 - the message border: whatever a message provokes refuses that message
        refused = Fault("NOT_HL7", "MSH", hint=f"the message could not be read ({type(trouble).__name__})")
        return _refused(payload, _known_header(payload), None, refused)


def _known_header(payload: bytes) -> Header:
    try:
        return _header(header(payload))
    except (UnreadableError, ValueError, IndexError):
        return Header()


def _header(msh: Segment) -> Header:
    return Header(
        app=msh.value(3),
        facility=msh.value(4),
        to_app=msh.value(5),
        to_facility=msh.value(6),
        type=msh.value(9, 1),
        event=msh.value(9, 2),
        control_id=msh.value(10),
        processing_id=msh.value(11),
        version=msh.value(12),
        accept=msh.value(15),
        application=msh.value(16),
    )


def _digest(message: Message) -> str:
    """Hash all segments, MSH-7 and MSH-13 blanked: engines restamp them."""
    lines = [
        "|".join(
            segment.fields
            if segment.name != "MSH"
            else ["" if n in (7, 13) else text for n, text in enumerate(segment.fields)]
        )
        for segment in message.segments
    ]
    return hashlib.sha256("\r".join([*lines, *message.strays]).encode("utf-8", "surrogatepass")).hexdigest()


def _refused(payload: bytes, head: Header, profile: Profile | None, *faults: Fault) -> Reading:
    return Reading(payload, hashlib.sha256(payload).hexdigest(), head, profile, tuple(faults))


def _profile_for(head: Header, profiles: tuple[Profile, ...]) -> Profile | None:
    return next((one for one in profiles if (one.msh3, one.msh4) == (head.app, head.facility)), None)


def _door(head: Header, profile: Profile | None) -> Fault | None:
    """Return the first reason to turn the message away at the door."""
    if not head.control_id:
        return Fault("NO_CONTROL_ID", "MSH-10")
    if profile is None:
        return Fault("UNKNOWN_SENDER", "MSH-3")
    if head.type not in KNOWN_TYPES:
        return Fault("WRONG_TYPE", "MSH-9")
    if (head.type, head.event) not in ORDER_EVENTS and not (head.type == "ADT" and head.event in ADT_EVENTS):
        return Fault("WRONG_EVENT", "MSH-9")
    if head.version not in profile.versions:
        return Fault("WRONG_VERSION", "MSH-12")
    if head.processing_id != profile.processing_id:
        return Fault("WRONG_PROCESSING_ID", "MSH-11")
    return None


def _said_twice(msh: Segment) -> Fault | None:
    """Return the fault of a header that says its type, number or version twice: receivers differ in which they take."""
    for number, reason in (
        (9, "WRONG_TYPE"),
        (10, "NO_CONTROL_ID"),
        (11, "WRONG_PROCESSING_ID"),
        (12, "WRONG_VERSION"),
    ):
        if not once(msh, number):
            return Fault(reason, f"MSH-{number}", hint="it says one thing, once")
    return None


def _read(payload: bytes, profiles: tuple[Profile, ...], most_bytes: int) -> Reading:
    if len(payload) > most_bytes:
        return _refused(payload, _known_header(payload), None, Fault("TOO_LARGE", "MSH"))
    if START in payload:
        return _refused(payload, _known_header(payload.partition(START)[0]), None, Fault("MERGED_FRAMES", "MSH"))
    first = _known_header(payload)
    profile = _profile_for(first, profiles)
    message = read_message(payload, profile.default_charset if profile else "ASCII")
    head = _header(message.msh)
    profile = _profile_for(head, profiles)
    trouble = _door(head, profile) or _said_twice(message.msh)
    if trouble or profile is None:
        return _refused(payload, head, profile, *([trouble] if trouble else []))
    reading = Reading(payload, _digest(message), head, profile)
    return _adt(message, reading, profile) if head.type == "ADT" else _orders(message, reading, profile)


def _warnings(message: Message) -> list[OrderFinding]:
    """Return what is odd about the message as a whole."""
    odd = {segment.name for segment in message.segments if segment.name not in HARMLESS and segment.name[0] != "Z"}
    found = [finding("FIELD_UNREADABLE", f"Segment {name} is not known here; it was not used") for name in sorted(odd)]
    if "TQ2" in message.counts:
        found.append(finding("FIELD_UNREADABLE", "Segment TQ2 ties the order to another one; it was not used"))
    if message.strays:
        lines = len(message.strays)
        found.append(finding("FIELD_UNREADABLE", f"{lines} line(s) of the message are no segment; not used"))
    if (pid := message.first("PID")) is not None and two_names(pid):
        found.append(finding("PATIENT_DIFFERS", "PID-5 has two different names of one kind: check the patient"))
    if message.invisible:
        found.append(
            finding("TEXT_INVISIBLE", "The message holds control, zero-width or direction-changing characters")
        )
    return found


def _orders(message: Message, reading: Reading, profile: Profile) -> Reading:
    errors: list[Fault] = []
    groups, early = groups_of(message)
    only_orc = bool(groups) and all(group.orc.value(1) in ("CA", "DC", "HD", "RL", "SC") for group in groups)
    person = read_patient(message, reading.header.version, profile)
    if not (only_orc and not message.all("PID")):
        errors += person.errors
    if not groups:
        errors.append(Fault("NO_ORDER", "ORC"))
    elif early:
        errors.append(Fault("SEGMENT_ORDER", message.place(early[0])))
    measures = read_measures(message, profile)
    common = (
        *_warnings(message),
        *_incomplete(person.patient is not None and (not person.patient.family or person.patient.birth_date is None)),
        *_died(message),
        *measures.findings,
    )
    acts: list[OrderAct] = []
    before = tuple(itertools.takewhile(lambda one: one.name != "ORC", message.segments))
    z_common = tuple(one for one in before if one.name == profile.z_name)
    keys: set[OrderKey] = set()
    for group in groups:
        sheet = Sheet(profile, message, len(groups) == 1, z_common)
        act = read_act(group, sheet, reading.header, measures)
        errors += sheet.faults
        if act.key in keys:
            errors.append(Fault("ORDER_EXISTS", act.at, hint="the same order number stands twice in this message"))
        keys.add(act.key)
        acts.append(replace(_paid(act, message), findings=_once((*common, *act.findings))) if act.order else act)
    return replace(
        reading, errors=tuple(errors), patient=person.patient, deleted=tuple(person.deleted), orders=tuple(acts)
    )


def _paid(act: OrderAct, message: Message) -> OrderAct:
    """Add who pays, where the message names one insurance; of several it does not say which one, so nobody is known to."""
    named = message.all("IN1")
    if act.order is None or len(named) != 1 or len(named[0].repetitions(4)) != 1:
        return act
    payer = named[0].value(4, 1)
    if payer in ("", NULL):
        return act
    received = (*act.order.received, Received("payer", payer, message.place(named[0], 4)))
    return replace(act, order=replace(act.order, payer=payer, received=received))


def _incomplete(missing: bool) -> tuple[OrderFinding, ...]:
    return (finding("PATIENT_INCOMPLETE", "The patient's name or birth date is missing"),) if missing else ()


def _died(message: Message) -> tuple[OrderFinding, ...]:
    dead = any(died(pid) for pid in message.all("PID"))
    return (finding("PATIENT_DISCHARGED", "The message says that the patient has died"),) if dead else ()


def _once(findings: tuple[OrderFinding, ...]) -> tuple[OrderFinding, ...]:
    return tuple(dict.fromkeys(findings))


def _adt(message: Message, reading: Reading, profile: Profile) -> Reading:
    """Read an update of the patient; it never starts, changes or cancels an order."""
    person = read_patient(message, reading.header.version, profile)
    errors = list(person.errors)
    merged = [one for mrg in message.all("MRG") for one in record_numbers(mrg, 1, profile)]
    if reading.header.event in MERGES and len(merged) != 1:
        errors.append(
            Fault("NO_PATIENT", "MRG-1", hint="MRG-1 must give the one record number that ends", err_code="101")
        )
    if any(two_part(mrg, 1, profile) for mrg in message.all("MRG")):
        errors.append(Fault("SEVERAL_VALUES", "MRG-1", hint="a record number and its type have one part each"))
    measures = read_measures(message, profile)
    news = PatientNews(
        event=reading.header.event,
        weight_kg=measures.weight_kg,
        findings=_once((*_warnings(message), *_died(message), *measures.findings)),
        merged=tuple((one.id, one.authority or profile.authority) for one in merged),
    )
    return replace(reading, errors=tuple(errors), patient=person.patient, deleted=tuple(person.deleted), news=news)
