"""Acts at a station through the API, as its tablet does them: the same evidence, the same rules, the same dispatch."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from app.api import commands as told
from app.api.answers import Reply, Trouble
from app.api.once import done, press
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Shape, VersionAsked
from app.dispatch import Ask, Outcome
from app.people import actors, signing
from app.people.signing import SignRefused
from app.preparations import workflow_of
from app.stations import scans, taking
from app.web import problems
from app.web.house import house
from app.web.station.scanned import as_of, told_apart, untested
from app.web.station.stills import judged_still, photo_within
from app.web.visit import signed_in, visit
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import CoSignature, Scan
from workflows.preparation import Preparation
from workflows.status import next_slots
from workflows.steps import Slot

BASE = "/stations/{station}/preparations/{preparation}"
MEANINGS = {
    told.HandOver: "takes the preparation over",
    told.TakeOver: "lets the preparation be taken over",
    told.EnterProgramme: "programme verified",
    told.EnterVolume: "volume read",
}
"""What a second person's signature says, by the act that may need one."""


class PhotoQuery(Shape):
    """What a photo is for."""

    expected_version: VersionAsked
    """The version that the decision was made on."""
    slot: told.Slot = ""
    """Where it belongs; empty: the step that waits first."""
    camera: Annotated[str, StringConstraints(max_length=80, pattern=r"^[0-9A-Za-z ._-]*$")] = ""
    """What the camera calls itself."""


@operation(
    f"POST {BASE}/commands", scope="stations:work", tag="At a station", answer=told.Outcome, body=told.StationAct,
    session=True, keyed=True,
)  # fmt: skip
def act_at_station(station: str, preparation: str, body: told.StationAct) -> Reply | Trouble:
    """Do one act with a preparation at a station, as its tablet does it.

    What is wrong with a scan, a weight or a confirmation is an answer of 200 with outcome "rejected" and the findings: it
    was tried, and it is in the record. 409 says that it could not even be tried as things stand, and its code says why: STALE
    where something changed since the version given.
    """
    p = _standing(station, preparation)
    if isinstance(p, Trouble):
        return p
    command = _command(station, p, body.command)
    if isinstance(command, Trouble):
        return command
    second = _second(station, p, body) if body.second is not None else None
    if isinstance(second, Trouble):
        return second
    ask = _ask(station, preparation, command, body.expected_version, second)
    dispatcher, at = house().dispatcher, visit().at
    reply = done(lambda conn: reply_of(dispatcher.within(conn, ask, at)))
    bench = house().benches.at(station)
    if isinstance(body.command, told.Weigh) and bench is not None and bench.pan is not None and _was_judged(reply):
        accepted = isinstance(reply, Reply) and reply.body["outcome"] == "accepted"
        taking.counted(bench.pan, body.command.slot, accepted=accepted)
    return reply


@operation(
    f"POST {BASE}/photos", scope="stations:work", tag="At a station", answer=told.Outcome, query=PhotoQuery,
    bytes_in=True, session=True, keyed=True,
)  # fmt: skip
def take_photo(station: str, preparation: str, query: PhotoQuery, content: bytes) -> Reply | Trouble:
    """Hand over a photo (JPEG or PNG), byte for byte as the camera took it.

    It is examined at once: blurred, dark or of other things is an answer of 200 with outcome "rejected".
    """
    p = _standing(station, preparation)
    if isinstance(p, Trouble):
        return p
    waits = slot_of(p)
    slot = query.slot or (waits.name if waits is not None else "")
    seen = judged_still(station, preparation, content, slot, camera=query.camera)
    if isinstance(seen, str):
        return Trouble(409, "NO_PICTURE", seen)
    taken, kept = seen
    ask = _ask(station, preparation, asked.Submit(query.slot, taken), query.expected_version, None)
    dispatcher, at = house().dispatcher, visit().at
    return done(lambda conn: reply_of(photo_within(conn, dispatcher, ask, kept, at)))


def reply_of(outcome: Outcome) -> Reply:
    """Return what became of a command as it is answered and kept for its key."""
    if outcome.kind in ("accepted", "rejected"):
        findings = [
            told.FindingTold(code=one.code, says=one.says, do=one.do, waived_by=list(one.waived_by))
            for one in outcome.findings
        ]
        said = told.Outcome(
            outcome="accepted" if outcome.kind == "accepted" else "rejected",
            version=outcome.version,
            code=outcome.code,
            says=outcome.says,
            findings=findings,
        )
        return Reply(200, said.model_dump(mode="json"))
    status = outcome.status if outcome.kind == "unknown" else 409
    return Reply(status, problems.body_of(status, outcome.code, outcome.says, version=outcome.version))


def slot_of(p: Preparation) -> Slot | None:
    """Return the slot that waits first."""
    slots = next_slots(workflow_of(p), p)
    return slots[0] if slots else None


def _was_judged(reply: Reply | Trouble) -> bool:
    return isinstance(reply, Reply) and reply.status == 200 and not reply.replayed


def _standing(station: str, preparation: str) -> Preparation | Trouble:
    """Return the preparation as it stands, at a station of this site."""
    if station not in house().settings.stations:
        return GONE
    with house().store.reading() as conn:
        found = house().dispatcher.current(conn, preparation)
    return GONE if found is None else found


def _command(station: str, p: Preparation, command: told.AtStation) -> asked.Command | Trouble:
    """Return what is asked as the rules know it: codes told apart, the weight taken from the balance itself."""
    match command:
        case told.Scan() | told.ScanReading():
            scan = _scan(station, command)
            return scan if isinstance(scan, Trouble) else asked.Submit("", scan)
        case told.Weigh():
            bench = house().benches.at(station)
            taken = taking.settled(p, slot_of(p), bench.pan if bench else None)
            return Trouble(409, "NO_WEIGHT", taken) if isinstance(taken, str) else asked.Submit(command.slot, taken)
        case told.Confirm() | told.CountUnits() | told.EnterProgramme() | told.EnterVolume():
            return told.told_by_a_person(command)
        case told.Claim():
            bench_scanner = "serial" if house().settings.stations[station].scanner else "wedge"
            unfit = untested(station, bench_scanner)  # type: ignore[arg-type]  # one of the two
            return Trouble(409, "SCANNER_NOT_TESTED", unfit.says) if unfit else asked.Claim()
        case _:
            return told.plain(command)


def _scan(station: str, command: told.Scan | told.ScanReading) -> Scan | Trouble:
    heard = _heard(station, command)
    if isinstance(heard, Trouble):
        return heard
    raw, how = heard
    first = command.first if isinstance(command, told.Scan) else ""
    with house().store.reading() as conn:
        read = told_apart(conn, raw, how)
        both = scans.joined(conn, first, read.scan, as_of=as_of()) if first else read.scan
    if unfit := untested(station, how):
        return Trouble(409, "SCANNER_NOT_TESTED", unfit.says)
    if read.word or read.badge:
        what = f"the card {read.word}: send what it means" if read.word else "a badge: it is given with its PIN"
        return Trouble(409, "NO_EVIDENCE", f"This is {what}.")
    if read.refused:
        return Trouble(409, "CODE_REFUSED", read.refused)
    if read.written:
        return Trouble(409, "CODE_REFUSED", "These are the letters beside the symbol. Scan the symbol itself.")
    if both is None or isinstance(both, str):
        return Trouble(409, "CODE_REFUSED", both or "These two codes are not of one container.")
    return both


def _heard(station: str, command: told.Scan | told.ScanReading) -> tuple[str, scans.How] | Trouble:
    if isinstance(command, told.Scan):
        return command.raw, "wedge"
    bench, (run, _, number) = house().benches.at(station), command.reading.partition("-")
    kept = bench.scans.numbered(int(number)) if bench and number.isascii() and number.isdecimal() else None
    if kept is None or run != house().benches.run:
        return Trouble(409, "NO_SUCH_READING", "This reading is no longer there. Scan it again.")
    return Trouble(409, "CODE_REFUSED", kept.trouble) if kept.trouble else (kept.raw, kept.how)


def _second(station: str, p: Preparation, body: told.StationAct) -> tuple[Actor, CoSignature] | Trouble:
    """Check the second person's badge and PIN, and return who it is with their signature (Q23)."""
    meaning = MEANINGS.get(type(body.command))
    if body.second is None or meaning is None:
        return Trouble(409, "NO_SECOND", f"{body.command.kind} is signed by nobody else.")
    rooms, at, person = house(), visit().at, signed_in()[0]
    signed = signing.second_person(
        rooms.door,
        body.second.badge,
        body.second.pin,
        not_person=person.id,
        station=station,
        meaning=meaning,
        over_digest=p.digest,
        at=at,
    )
    if isinstance(signed, SignRefused):
        return Trouble(429 if signed.locked_until else 403, "NOT_SIGNED", signed.says)
    with rooms.store.reading() as conn:
        who = actors.actor(conn, signed.person, rooms.settings, at, station)
    parts = len(signed.components)
    return who, CoSignature(
        who.id, signed.name, who.licence, meaning, "badge and PIN", parts, signed.over_digest, signed.at
    )


def _ask(
    station: str, preparation: str, command: asked.Command, version: int, second: tuple[Actor, CoSignature] | None
) -> Ask:
    with house().store.reading() as conn:
        who = actors.actor(conn, signed_in()[0].id, house().settings, visit().at, station)
    return Ask(
        command_id=press().command_id,
        preparation=preparation,
        command=command,
        who=who,
        station=station,
        second=second[0] if second else None,
        expected_version=version,
        cosigned=second[1] if second else None,
    )
