"""PID, PV1, AL1, MRG: who the patient is, chosen by type and authority, never by position (I14)."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.interfaces.hl7_coded import leaves
from app.interfaces.hl7_reader import NULL, Message, Segment
from app.interfaces.profile import Profile
from app.interfaces.reasons import Fault
from app.interfaces.values import day
from workflows.order import Allergy, Code, OtherId, PatientText


@dataclass(slots=True)
class PatientRead:
    """The patient of one message, while it is read."""

    patient: PatientText | None = None
    """None if no record number was found."""
    errors: list[Fault] = field(default_factory=list)
    """Why not."""
    deleted: list[str] = field(default_factory=list)
    """Fields sent as `""`."""


def _ids(segment: Segment, number: int) -> list[OtherId]:
    found = []
    for raw in segment.repetitions(number):
        text = segment.part(raw, 1).strip(" ")
        if text and text != NULL:
            found.append(OtherId(text, segment.part(raw, 4).strip(" "), segment.part(raw, 5).strip(" ")))
    return found


def record_numbers(segment: Segment, number: int, profile: Profile) -> list[OtherId]:
    """Return the identifiers of a CX field that are record numbers of this profile's authority."""
    ids = _ids(segment, number)
    typed = [one for one in ids if one.type in profile.number_types and one.authority in ("", profile.authority)]
    if not typed and profile.single_untyped_is_mrn and len(ids) == 1 and not ids[0].type:
        typed = [one for one in ids if one.authority in ("", profile.authority)]
    return typed


def two_part(segment: Segment, number: int, profile: Profile) -> bool:
    """Say whether a record number, or its type, stands in two sub-components: the second would be lost (I31)."""
    for raw in segment.repetitions(number):
        components = raw.split(segment.marks.component)
        types = [segment.marks.plain(part).strip(" ") for part in (components[4:5] or [""])[0].split(segment.marks.sub)]
        own = bool(set(types) & profile.number_types) or types == [""]
        halves = (part.split(segment.marks.sub) for part in (components[0], *components[4:5]))
        if own and any(len([half for half in parts if half]) > 1 for parts in halves):
            return True
    return False


def died(pid: Segment) -> bool:
    """Say whether PID-29 or PID-30 says that the patient has died."""
    return bool(pid.value(29)) or pid.value(30) == "Y"


def two_names(pid: Segment) -> bool:
    """Say whether PID-5 has two different names of one kind: nobody can tell which is the one used now (I31)."""
    kinds: dict[str, set[tuple[str, ...]]] = {}
    for raw in pid.repetitions(5):
        kind, name = pid.part(raw, 7).strip(" "), tuple(pid.part(raw, n).strip(" ").casefold() for n in (1, 2, 3))
        if any(name):
            kinds.setdefault(kind, set()).add(name)
    return any(len(names) > 1 for names in kinds.values())


def _old_number(pid: Segment, version: str, profile: Profile) -> list[OtherId]:
    """Return PID-2 where the profile says that it is the record number, up to version 2.3."""
    return _ids(pid, 2)[:1] if profile.pid2_is_mrn and version.startswith(("2.1", "2.2", "2.3")) else []


def _given(pid: Segment) -> str:
    return " ".join(name for name in (pid.value(5, 2), pid.value(5, 3)) if name)


def _location(pv1: Segment | None) -> str:
    return " ".join(part for part in (pv1.value(3, n) for n in range(1, 5)) if part) if pv1 else ""


def _allergies(message: Message) -> list[Allergy]:
    """Read AL1 and IAM: substance, severity and reactions stand in the same fields of both; what IAM-6 takes back is none."""
    found = []
    for segment in (*message.all("AL1"), *message.all("IAM")):
        if segment.name == "IAM" and segment.value(6) == "D":
            continue
        said = (segment.part(raw).strip(" ") for raw in segment.repetitions(5))
        reactions = tuple(reaction for reaction in said if reaction not in ("", NULL))
        for code, text in _substances(segment):
            found.append(Allergy(text or code.code, code if code.code else None, segment.value(4), reactions))
    return found


def _substances(segment: Segment) -> list[tuple[Code, str]]:
    """Return each substance of field 3 by every code it has, once: what only a second code names must match too (I44)."""
    found: dict[tuple[str, str, str], tuple[Code, str]] = {}
    for raw in segment.repetitions(3):
        for n in (1, 4):
            code, text, system = (segment.part(raw, component).strip(" ") for component in (n, n + 1, n + 2))
            code, text = ("" if one == NULL else one for one in (code, text))
            if code or text:
                found.setdefault((system, code, text.casefold()), (Code(system, code, text), text))
    return list(found.values())


def _deleted(pid: Segment, message: Message) -> list[str]:
    asked = [name for name, n in (("family", 5), ("given", 5), ("birth_date", 7), ("sex", 8)) if pid.raw(n) == NULL]
    cleared = any(segment.get(3) == NULL for segment in message.all("AL1"))
    return [*asked, *(["allergies"] if cleared else [])]


def read_patient(message: Message, version: str, profile: Profile) -> PatientRead:
    """Return the patient of a message, or why there is none."""
    read = PatientRead()
    pids = message.all("PID")
    if len(pids) != 1:
        read.errors.append(
            Fault("NO_PATIENT", "PID" if not pids else "PID[2]", hint="the message needs exactly one PID segment")
        )
        return read
    pid, pv1 = pids[0], message.first("PV1")
    numbers = record_numbers(pid, 3, profile) or _old_number(pid, version, profile)
    if len({one.id for one in numbers}) != 1:
        says = "no record number of a known type and authority" if not numbers else "two different record numbers"
        read.errors.append(Fault("NO_PATIENT", "PID-3", hint=f"PID-3 has {says}", err_code="101"))
        return read
    if two_part(pid, 3, profile):
        read.errors.append(Fault("SEVERAL_VALUES", "PID-3", hint="a record number and its type have one part each"))
    birth, said = day(pid.value(7)), pid.value(7)
    if said and (birth is None or len(leaves(pid, 7)) > 1):
        read.errors.append(Fault("DATE_INVALID", "PID-7"))
    read.deleted = _deleted(pid, message)
    mrn = numbers[0]
    read.patient = PatientText(
        mrn=mrn.id,
        authority=mrn.authority or profile.authority,
        family=pid.value(5, 1),
        given=_given(pid),
        birth_date=birth,
        sex=pid.value(8),
        other_ids=tuple(one for one in (*_ids(pid, 3), *_ids(pid, 18)) if one != mrn),
        visit=pv1.value(19) if pv1 else "",
        location=_location(pv1),
        allergies=tuple(_allergies(message)),
    )
    return read
