"""One's own account: password, PIN, one-time codes, and where one is signed in. Nobody else comes here."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue.recipes import policy_of
from app.clock import new_token
from app.desk import papers, training
from app.desk.names import names
from app.desk.papers import Line
from app.desk.training import Held
from app.people import codes, entry, review, sessions, trainings
from app.people import passkeys as keys
from app.people.accounts import Person
from app.people.codes import Drawn
from app.people.door import Refused
from app.people.history import Act
from app.people.passkeys import Passkey
from app.people.review import KeptSecret
from app.people.secrets import Kind
from app.people.sessions import Session
from app.people.trainings import Training
from app.web import passkeys
from app.web.cookies import set_key
from app.web.house import house
from app.web.rights import ones_own
from app.web.visit import signed_in, visit
from labels.codes import qr_svg

me = Blueprint("me", __name__)

DUTIES = {
    "change PIN": "Choose a new PIN before you go on.",
    "change password": "Choose a new password before you go on.",
    "enrol code": "Set up one-time codes before you go on: this site asks for one where you sign in from.",
}
PARTS = {"change PIN": "pin", "change password": "password", "enrol code": "codes"}


@dataclass(frozen=True)
class Here:
    """One place where the person is signed in."""

    session: Session
    """The session."""
    mine: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True)
class Account:
    """The page."""

    person: Person
    """Whose."""
    duty: str
    """What has to be done first, in words; empty for nothing."""
    opens: str
    """The part of the page where that is done: pin, password or codes."""
    secrets: tuple[KeptSecret, ...]
    """PIN and password, as far as there is one: when it was set, and whether it is due for a look."""
    codes: codes.Standing
    """One-time codes."""
    wanted: bool
    """Whether this site asks for one-time codes at all."""
    training: tuple[Held, ...]
    """What they were assessed in, what counts here first (G18)."""
    credentials: tuple[Line, ...]
    """Their certificates and registrations."""
    trainings: tuple[Training, ...]
    """What they took, the newest first."""
    ahead: int
    """Days before an end from which it is called to mind (G26)."""
    places: tuple[Here, ...]
    """Where they are signed in."""
    passkeys: tuple[Passkey, ...]
    """Their passkeys in use."""
    no_passkeys: str
    """Why none can be registered on this page; empty where one can."""
    signs_by_passkey: bool
    """Whether this site approves by passkey."""
    fresh: frozenset[str]
    """Kinds of secret that may be chosen without giving the present one: it was used up at sign-in."""
    form: str
    """Which form was refused; empty for none."""
    says: str
    """Why."""
    drawn: Drawn | None = field(default=None, repr=False)
    """A secret just drawn, shown this once."""
    picture: str = field(default="", repr=False)
    """Its QR code, as the address of a picture."""
    confirming: bool = False
    """A drawn secret waits for its first code."""
    recovery: tuple[str, ...] = field(default=(), repr=False)
    """Recovery codes just made, shown this once."""


@me.get("/me")
@ones_own
def show() -> ResponseReturnValue:
    return _page()


@me.post("/me/<any(pin, password):kind>")
@ones_own
def change(kind: str) -> ResponseReturnValue:
    _, here = signed_in()
    if says := change_secret(_kind(kind)):
        return _page(form=kind, says=says), 422
    return redirect(url_for("terminal.idle", station=here.station) if here.station else url_for("sign_in.form"))


def change_secret(kind: Kind) -> str:
    """Change the visitor's own PIN or password by the form's old, new and again; return why not, or empty."""
    person, here = signed_in()
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    if new != again:
        return "The two new entries differ. Type them again."
    door, at = house().door, visit().at
    if kind in fresh_kinds(here):
        refused = entry.choose_first(door, person, here, kind, new, at=at)
    else:
        refused = entry.change_own(door, person, kind, old, new, station=_place(here), at=at)
    return refused.says if refused is not None else ""


@me.post("/me/<any(pin, password):kind>/still-good")
@ones_own
def still_good(kind: str) -> ResponseReturnValue:
    """The owner has looked at an old secret and keeps it (Q44)."""
    person, _ = signed_in()
    house().door.write(lambda act: review.still_good(act, _kind(kind)), by=person.id, at=visit().at)
    return redirect(url_for("me.show"))


@me.post("/me/codes")
@ones_own
def begin_codes() -> ResponseReturnValue:
    """Draw a fresh secret and show it, this once."""
    person, here = signed_in()
    given = request.form
    drawn = codes.begin(
        house().door,
        person,
        given.get("password", ""),
        given.get("code", ""),
        station=_place(here),
        at=visit().at,
    )
    if isinstance(drawn, Refused):
        return _page(form="codes", says=drawn.says), 422
    svg = base64.b64encode(qr_svg(drawn.address).encode()).decode()
    return _page(drawn=drawn, picture=f"data:image/svg+xml;base64,{svg}", confirming=True)


@me.post("/me/codes/confirm")
@ones_own
def confirm_codes() -> ResponseReturnValue:
    """The first code takes the secret into use; the recovery codes are shown, this once."""
    person, here = signed_in()
    given = request.form.get("code", "")
    made = codes.confirm(house().door, person.id, given, session=here.id, station=_place(here), at=visit().at)
    if isinstance(made, Refused):
        return _page(form="confirm", says=made.says, confirming="too old" not in made.says), 422
    if here.duty != "enrol code":
        return _page(recovery=made)
    token = new_token()
    house().store.write(lambda conn: sessions.step_up(conn, here.id, token))
    answer = make_response(_page(recovery=made, duty=""))
    set_key(answer, token)
    return answer


@me.post("/me/passkeys/ask")
@ones_own
def ask_passkey() -> ResponseReturnValue:
    """What the browser asks of a passkey to be registered, to whoever gives their password."""
    (person, here), where = signed_in(), passkeys.site()
    if where is None:
        return passkeys.answer(passkeys.no_site(), "")
    given = request.form.get("password", "")
    asked = keys.ask_to_register(house().door, person, given, here, where, station=_place(here), at=visit().at)
    return passkeys.answer(asked.says, "") if isinstance(asked, Refused) else passkeys.answer(None, asked)


@me.post("/me/passkeys")
@ones_own
def add_passkey() -> ResponseReturnValue:
    """The passkey answered: its public half is kept."""
    (person, here), where, form = signed_in(), passkeys.site(), request.form
    if where is None:
        return _page(form="passkey", says=passkeys.no_site()), 422
    text, name = form.get("assertion", ""), form.get("name", "")
    made = keys.register(house().door, person, text, name, here, where, station=_place(here), at=visit().at)
    if isinstance(made, Refused):
        return _page(form="passkey", says=made.says), 422
    return redirect(url_for("me.show"))


@me.post("/me/passkeys/<credential>/end")
@ones_own
def end_passkey(credential: str) -> ResponseReturnValue:
    """The owner takes a lost or old passkey away."""
    person, _ = signed_in()

    def work(act: Act) -> bool:
        found = keys.find(act.conn, credential)
        if found is None or found.person != person.id or found.ended is not None:
            return False
        keys.end(act, credential, why="by its owner")
        return True

    if not house().door.write(work, by=person.id, at=visit().at):
        abort(404)
    return redirect(url_for("me.show"))


@me.post("/me/sessions/<session>/end")
@ones_own
def end_session(session: str) -> ResponseReturnValue:
    """Sign oneself out somewhere else."""
    person, _ = signed_in()

    def work(act: Act) -> bool:
        found = sessions.by_id(act.conn, session)
        if found is None or found.person != person.id:
            return False
        sessions.sign_out(act, found, why="by its own person")
        return True

    if not house().door.write(work, by=person.id, at=visit().at):
        abort(404)
    return redirect(url_for("me.show"))


def _kind(kind: str) -> Kind:
    return "pin" if kind == "pin" else "password"


def _place(here: Session) -> str:
    """What wrong tries of this page count against, beside the person."""
    return here.station or f"desk/{here.id}"


def fresh_kinds(here: Session) -> frozenset[str]:
    """The secret that an enrolment secret opened this session for, if one did."""
    kind: Kind | None = {"change PIN": "pin", "change password": "password"}.get(here.duty)  # type: ignore[assignment]
    with house().store.reading() as conn:
        gone = kind is not None and not review.has(conn, here.person, kind)
    return frozenset({kind} if kind and gone else ())


def _training(conn: Connection, person: Person, at: datetime) -> tuple[Held, ...]:
    settings = house().settings
    return training.held(
        conn,
        person.id,
        site=settings.site,
        policy=policy_of(conn, settings.site, at),
        known=names(conn),
        at=at,
        ahead=settings.training_reminder,
    )


def _page(*, form: str = "", says: str = "", duty: str | None = None, **more: object) -> Response:
    (person, here), at, door = signed_in(), visit().at, house().door
    first = here.duty if duty is None else duty
    with house().store.reading() as conn:
        kept = review.of(conn, door.policy, person.id, at)
        standing = codes.standing(conn, person.id)
        living = sessions.living(conn, since=at - door.policy.longest, person_id=person.id)
        held = keys.of(conn, person.id)
        trained, taken = _training(conn, person, at), trainings.of(conn, person.id)
        ahead = house().settings.training_reminder
        owned = papers.lines(conn, person.id, names(conn), viewer=person.id, at=at, ahead=ahead)
    page = Account(
        person=person,
        duty=DUTIES.get(first, ""),
        opens=PARTS.get(first, form),
        secrets=kept,
        codes=standing,
        wanted=door.policy.second_factor != "none",
        training=trained,
        credentials=owned,
        trainings=taken,
        ahead=house().settings.training_reminder_days,
        places=tuple(Here(one, one.id == here.id) for one in living),
        passkeys=held,
        no_passkeys=passkeys.no_site(),
        signs_by_passkey=door.policy.release_signature == "passkey",
        fresh=fresh_kinds(here),
        form=form,
        says=says,
        **more,  # type: ignore[arg-type]  # fields by name
    )
    return make_response(render_template("me.html", page=page))
