"""What the desk's screens share: whose request it is as the rules see them, loading a preparation, signing, noting who looked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from flask import Response, abort, current_app, g, make_response, request
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app import logs
from app.clock import new_command_id
from app.desk import access, opened, orders
from app.desk.judging import Judgement, Meaning, judgement, signing_ask
from app.desk.opened import Opened
from app.desk.patients import Patient, patient_of
from app.desk.sites import Neighbours
from app.desk.viewers import Viewer
from app.dispatch import Ask, Dispatcher
from app.people import signing
from app.people.actors import actor
from app.people.signing import Given, SignedAs, SignRefused
from app.record import log as log_of_record
from app.record.engine import Busy, NotSaved, PerhapsSaved
from app.record.views import PreparationRow
from app.settings import Settings
from app.web.house import house
from app.web.visit import signed_in, visit
from workflows import commands as asked
from workflows.circumstances import Actor, Circumstances
from workflows.evidence import CoSignature, Signature
from workflows.preparation import Preparation

log = logs.of("web")
KEPT_FIELDS = ("reason", "note", "telephone", "to_step", "how", "recipe")
"""Fields of a refused form that come back filled in; never a secret."""
SECRETS = frozenset({"password", "pin", "badge"})
"""Fields of a form that never come back."""


def about() -> Settings:
    """The settings of the site whose preparation this request is about; this process's own where it is about none."""
    found = g.get("about")
    return found if isinstance(found, Settings) else house().settings


def dispatcher() -> Dispatcher:
    """What acts on a preparation of that site."""
    return house().dispatcher.at_site(about())


def turn_to(preparation: str) -> None:
    """Let this request be about the site where a preparation is made, if the one signed in works there and may open it here.

    Otherwise it stays with this process's own site, where there is no such preparation (Q46).
    """
    person, rooms = visit().person, house()
    if person is None:
        return
    with rooms.store.reading() as conn:
        site = log_of_record.site_of(conn, preparation)
        if site is None or not person.counts_at(site):
            return
        found = neighbours().of(conn, rooms.settings, site)
    if isinstance(found, Settings):
        g.about = found


def neighbours() -> Neighbours:
    """What the other sites said of themselves."""
    found: Neighbours = current_app.extensions.setdefault("vialtrace-neighbours", Neighbours())
    return found


def acting(conn: Connection) -> Actor:
    """The signed-in person as the rules know them, at the site that this is about."""
    return actor(conn, signed_in()[0].id, about(), visit().at)


def judge(conn: Connection, found: Opened, who: Actor) -> Judgement:
    """What this person may do with a preparation now, by the circumstances that the dispatcher itself would judge in."""
    return judgement(found.p, circumstances(conn, found, who))


def circumstances(conn: Connection, found: Opened, who: Actor) -> Circumstances:
    """What the dispatcher itself would take into account, were this person to sign now."""
    ask = signing_ask(found.row.id, found.p, who, visit().station)
    return dispatcher()._circumstances(conn, ask, found.p, visit().at)


def viewer() -> Viewer:
    """The signed-in person as far as reading goes."""
    person, _ = signed_in()
    return Viewer(person.id, person.name, person.roles)


def sees_patient(row_hands: frozenset[str]) -> bool:
    """Whether this viewer has need of the patient's name."""
    return viewer().sees_patient(row_hands)


def row_of(conn: Connection, preparation: str) -> PreparationRow | None:
    """The line of a preparation of this site, or None."""
    return opened.row_of(conn, about().site, preparation)


def open_up(conn: Connection, preparation: str) -> Opened:
    """Load a preparation of this site, or answer 404."""
    found = load(conn, preparation, lambda hands: not sees_patient(hands))
    if found is None:
        abort(404)
    return found


def load(conn: Connection, preparation: str, masked: Callable[[frozenset[str]], bool]) -> Opened | None:
    """Load a preparation of this site; `masked` says of those who had a hand in it whether the name is held back."""

    def shown(p: Preparation) -> Patient:
        return patient_of(conn, p.patient, masked=masked(p.hands), digest=p.patient_digest)

    return opened.load(conn, about().site, preparation, shown)


SHOWN = frozenset(("terminal", "queue", "review", "orders", "order", "record", "records", "refused message"))
"""Pages that are shown even where nothing can be saved: a bag in the cabinet is not left alone because a disk is full. The
opening is then in the log. What takes patient text out of the house is in no such list and fails (Q32, Q65)."""


def note_access(what: str, preparation: str, patients: tuple[str, ...], site: str = "") -> None:
    """Record that this person opened a page with patient text (Q32), in the log of the site whose patients they are."""
    person, _ = signed_in()
    here, site = visit(), site or about().site

    def work(conn: Connection) -> None:
        access.note(
            conn,
            site=site,
            at=here.at,
            who=person.id,
            station=here.station,
            what=what,
            preparation=preparation,
            patients=patients,
        )

    if not patients:
        return
    try:
        house().store.write(work)
    except (Busy, NotSaved, PerhapsSaved, DBAPIError):
        if what not in SHOWN:
            raise
        log.warning("access not recorded", person=person.id, station=here.station or None, code=what)


def needs_both() -> bool:
    """Whether the next signature of this session asks for the user name or badge as well (Q20)."""
    _, session = signed_in()
    return signing.needs_both(session, visit().at, house().door.policy)


def method() -> str:
    """How this session's signatures are proved: password, or PIN."""
    return "PIN" if signed_in()[1].method == "badge and PIN" else "password"


def sign_as(meaning: str, over: str) -> SignedAs | SignRefused:
    """Ask again who it is, by the form's `user` and `password`, and return what they put their name to."""
    person, session = signed_in()
    given = Given(request.form.get("password", ""), request.form.get("user", ""))
    if not given.private:
        return SignRefused(f"Give your {method()}.", both_needed=needs_both())
    return signing.sign(
        house().door,
        person.id,
        given,
        session=session,
        station=session.station,
        meaning=meaning,
        over_digest=over,
        at=visit().at,
    )


def sign(meaning: Meaning, over: str) -> Signature | SignRefused:
    """Ask again who it is, and return the signature for the command."""
    signed = sign_as(meaning, over)
    if isinstance(signed, SignRefused):
        return signed
    return Signature(
        meaning,
        signed.name,
        signed.licence,
        "password" if signed.method == "password" else "badge and PIN",
        len(signed.components),
        over,
        tuple(request.form.getlist("seen")),
        tuple(request.form.getlist("accepts")),
    )


def cosign(meaning: str, over: str, station: str = "") -> tuple[Actor, CoSignature] | SignRefused:
    """Check the second person's badge and PIN of the form, and return who it is with their signature (Q23).

    Never call it inside a write.
    """
    here, rooms = visit(), house()
    badge, pin = request.form.get("badge", ""), request.form.get("pin", "")
    if not badge.strip() or not pin.strip():
        return SignRefused("The second person scans their badge, then gives their PIN.", both_needed=True)
    signed = signing.second_person(
        rooms.door,
        badge,
        pin,
        not_person=signed_in()[0].id,
        station=station or here.station,
        meaning=meaning,
        over_digest=over,
        at=here.at,
    )
    if isinstance(signed, SignRefused):
        return signed
    with rooms.store.reading() as conn:
        who = actor(conn, signed.person, rooms.settings, here.at, station)
    parts = len(signed.components)
    return who, CoSignature(
        who.id, signed.name, who.licence, meaning, "badge and PIN", parts, signed.over_digest, signed.at
    )


def ask_for(preparation: str, command: asked.Command, who: Actor) -> Ask:
    """The command of the form in hand: its id, and the version that its page showed."""
    return Ask(
        request.form.get("command_id") or new_command_id(),
        preparation,
        command,
        who,
        station=visit().station,
        expected_version=shown_version(),
    )


def site_clock(at: datetime) -> str:
    """The time in the site's zone, with its date where that is not today."""
    zone = about().zone
    local, today = at.astimezone(zone), visit().at.astimezone(zone)
    return local.strftime("%H:%M" if local.date() == today.date() else "%Y-%m-%d %H:%M")


def site_day(at: datetime) -> str:
    """The day in the site's zone."""
    return f"{at.astimezone(about().zone):%Y-%m-%d}"


def site_second(at: datetime) -> str:
    """The time of day in the site's zone, to the second."""
    return f"{at.astimezone(about().zone):%H:%M:%S}"


def orders_waiting() -> int:
    """How many orders wait for a pharmacist."""
    with house().store.reading() as conn:
        return orders.waiting(conn, house().settings.site)


def shown_version() -> int:
    """The version that the form's page showed; a form without one is refused."""
    text = request.form.get("expected_version", "")
    if not text.isdecimal():
        abort(400)
    return int(text)


def form_fields() -> dict[str, str]:
    """A refused form as it comes back filled in, without any secret in it."""
    return {name: text for name, text in request.form.items() if name not in SECRETS}


def given_fields() -> dict[str, str]:
    """What was filled in, to come back with a refused form."""
    return {name: request.form[name] for name in KEPT_FIELDS if name in request.form}


def with_etag(body: Response, *parts: object) -> Response:
    """Answer 304 where the asker has this already."""
    tag = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    answer = make_response(body)
    answer.set_etag(tag)
    answer.make_conditional(request)
    return answer
