"""What every view of the terminal needs: the station, the preparation, the person as actor, and the answer to a page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, abort, request
from sqlalchemy import Connection

from app import clock, preparations
from app.desk import choosing, claims
from app.dispatch import Ask, Outcome
from app.people import accounts, actors
from app.people.accounts import Person
from app.record import codec, log, ordertext, receipts
from app.station_settings import StationSettings
from app.stations import messages, register
from app.stations.benches import Bench
from app.web import desk
from app.web.house import house
from app.web.rights import right
from app.web.station import draw, live, verdicts
from app.web.station.screen import Note, Screen, Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import CoSignature
from workflows.order import PatientText
from workflows.preparation import Preparation

works_here = right("technician", "lead_technician", "pharmacist")
"""Who may open a terminal's pages; the rules say who may act."""
looks_here = right("technician", "lead_technician", "pharmacist", polled=True)
"""The same for what a page asks by itself."""
PART = "preparing_part.html"
"""What changes on a preparation's page."""
PURGED = "patient's text was purged"
ALTERED = "PATIENT'S TEXT WAS CHANGED: stop and tell quality assurance"


@dataclass(frozen=True)
class Asked:
    """A command as a page sent it, and what became of it."""

    outcome: Outcome
    command: asked.Command


def stands(station: str) -> StationSettings:
    """Return what is set for a station, or answer 404."""
    found = house().settings.stations.get(station)
    if found is None:
        abort(404)
    return found


def bench(station: str) -> Bench:
    """Return a station's instruments, or answer 404."""
    found = house().benches.at(station)
    if found is None:
        abort(404)
    return found


def me(conn: Connection) -> Actor:
    """Return the person signed in, as the rules know them."""
    person, here = signed_in()
    return actors.actor(conn, person.id, house().settings, visit().at, here.station)


def current(preparation: str) -> Preparation:
    """Return a preparation as it stands, or answer 404."""
    with house().store.reading() as conn:
        found = house().dispatcher.current(conn, preparation)
    if found is None:
        abort(404)
    return found


@dataclass(frozen=True)
class Cosigner:
    """A second person, and the signature with which they joined one command."""

    actor: Actor
    """Who, as the rules know them."""
    signature: CoSignature
    """Whole, as the event keeps it."""


def ask(station: str, preparation: str, command: asked.Command, second: Cosigner | None = None) -> Asked:
    """Send one command with the id and the version of the page's form."""
    return Asked(house().dispatcher.do(envelope(station, preparation, command, second)), command)


def envelope(station: str, preparation: str, command: asked.Command, second: Cosigner | None = None) -> Ask:
    """Return a command in the envelope of the page's form: its id and the version that it showed."""
    with house().store.reading() as conn:
        who = me(conn)
    version = request.form.get("expected_version", "")
    return Ask(
        command_id=request.form.get("command_id") or abort(400),
        preparation=preparation,
        command=command,
        who=who,
        station=station,
        second=second.actor if second else None,
        cosigned=second.signature if second else None,
        expected_version=int(version) if version.isdecimal() else abort(400),
    )


def screen_of(station: str, preparation: str) -> Screen:
    """Return the screen of a preparation as it stands, with a fresh command id; opening it is noted (Q32).

    What a tablet hears back on its own scan or weight is the page that it has open already.
    """
    return _seen(station, preparation)[1]


def _seen(station: str, preparation: str) -> tuple[Preparation, Screen]:
    """Return a preparation and its screen, both of the same moment."""
    person, _ = signed_in()
    rooms = house()
    with rooms.store.reading() as conn:
        p = rooms.dispatcher.current(conn, preparation)
        if p is None:
            abort(404)
        view = draw.View(
            settings=rooms.settings,
            station=station,
            person=person,
            at=visit().at,
            command_id=clock.new_command_id(),
            patient=patient_of(conn, p.patient, p.patient_digest),
            owner=_owner(conn, p, person),
            balance=register.balance_status(conn, station),
            advice=choosing.advice(
                conn, rooms.dispatcher.current, preparation, p, site=rooms.settings.site, at=visit().at
            ),
            heard=live.last_heard(bench(station), rooms.benches.run),
            note=note_of(conn, preparation),
            opened=claims.holder(conn, preparation, visit().at) is not None,
        )
    if request.method == "GET":
        desk.note_access("terminal", preparation, (p.patient,) if isinstance(view.patient, PatientText) else ())
    return p, draw.screen(preparation, p, view)


def note_of(conn: Connection, preparation: str) -> Note | None:
    """Return a pharmacist's oldest message about a preparation that nobody has read."""
    found = messages.unseen(conn, preparation)
    if found is None:
        return None
    by = accounts.by_id(conn, found.sent_by).name
    return Note(found.id, by, desk.site_clock(found.sent_at), found.text, found.telephone)


def _owner(conn: Connection, p: Preparation, person: Person) -> str:
    if p.claimed_by in ("", person.id):
        return person.name if p.claimed_by else ""
    return accounts.by_id(conn, p.claimed_by).name


def patient_of(conn: Connection, text_id: str | None, digest: str | None = None) -> PatientText | str:
    """Return the patient's text, or in words why it is not shown; `digest` is what the preparation's event holds."""
    text = ordertext.get(conn, text_id, digest) if text_id else None
    if isinstance(text, ordertext.Altered):
        return ALTERED
    return codec.decode(PatientText, text.fields) if isinstance(text, ordertext.OrderText) else PURGED


def answer(station: str, preparation: str, said: Verdict | None, status: int = 200, **more: str) -> Response:
    """Answer a page: the verdict and the screen as it stands now."""
    return told(said, screen_of(station, preparation), PART, status, **more)


def heard_before() -> int | None:
    """Return the status with which this person's very command was answered already, or None (Q70)."""
    person, _ = signed_in()
    with house().store.reading() as conn:
        found = receipts.find(conn, request.form.get("command_id", ""))
    return found.status if found is not None and found.person == person.id else None


def judged(station: str, preparation: str, done: Asked) -> Response:
    """Answer with what became of a command."""
    if done.outcome.kind == "unknown":
        abort(404)
    p, shown = _seen(station, preparation)
    said = verdicts.verdict(done.outcome, done.command, p, preparations.workflow_of(p))
    return told(said, shown, PART, done.outcome.status)


def since(preparation: str, version: int) -> Verdict | None:
    """Return what others did to a preparation after `version`."""
    person, _ = signed_in()
    with house().store.reading() as conn:
        stored = [one for one in log.load(conn, preparation) if one.version > version]
    p = current(preparation)
    log_since = tuple(preparations.from_stored(one) for one in stored)
    return verdicts.news(log_since, person.id, p, preparations.workflow_of(p))
