"""What an administrator and quality assurance do to a person's file. Each act has a reason, and is an event."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, url_for
from flask.typing import ResponseReturnValue

import labels
from app.clock import new_id
from app.people import accounts, badges, codes, competencies, enrolment, outside, passkeys, trainings
from app.people.accounts import NotDoneError
from app.people.badges import Badge
from app.people.history import Act
from app.people.secrets import Kind
from app.web.frame import role_words
from app.web.house import house
from app.web.people import SEES, draw
from app.web.people_form import Form, read_form
from app.web.people_page import Asking, Half
from app.web.rights import right
from app.web.visit import signed_in, visit

people_acts = Blueprint("people_acts", __name__)

Do = Callable[[Act, str, Form], None]


def _roles(act: Act, person: str, form: Form) -> None:
    checked = form.text("identity_checked_by")
    accounts.change_roles(act, person, form.roles, why=form.text("why"), identity_checked_by=checked)


def _sites(act: Act, person: str, form: Form) -> None:
    accounts.change_sites(act, person, form.sites(), why=form.text("why"))


def _name(act: Act, person: str, form: Form) -> None:
    accounts.change_name(act, person, form.text("name"), why=form.text("why"))


def _licence(act: Act, person: str, form: Form) -> None:
    accounts.change_licence(act, person, form.text("licence"), form.states(), form.until(), why=form.text("why"))


def _user_name(act: Act, person: str, form: Form) -> None:
    accounts.not_ones_own(act, person)
    accounts.give_user_name(act, person, form.text("user"))


def _badge(act: Act, person: str, form: Form) -> None:
    badges.give(act, person, form.badge(), review_after=form.badge_life)


def _badge_tried(act: Act, person: str, form: Form) -> None:
    badges.tried(act, person, form.badge(), review_after=form.badge_life)


def _badge_revoked(act: Act, person: str, form: Form) -> None:
    code = form.text("badge")
    if badges.whose(act.conn, code) != person:
        raise NotDoneError("There is no such badge of this person in use.")
    badges.revoke(act, code, why=form.text("why"))


def _codes(act: Act, person: str, form: Form) -> None:
    codes.must_enrol_anew(act, person, why=form.text("why"))


def _passkey(act: Act, person: str, form: Form) -> None:
    credential = form.text("credential")
    found = passkeys.find(act.conn, credential)
    if found is None or found.person != person:
        raise NotDoneError("There is no such passkey of this person in use.")
    passkeys.end(act, credential, why=accounts.given(form.text("why")))


def _link(act: Act, person: str, form: Form) -> None:
    outside.link(act, person, form.text("issuer"), form.text("subject"))


def _unlink(act: Act, person: str, form: Form) -> None:
    outside.unlink(act, person, form.text("issuer"), form.text("subject"), why=form.text("why"))


def _left(act: Act, person: str, form: Form) -> None:
    accounts.leave(act, person, why=form.text("why"))


ACTS: dict[str, Do] = {
    "roles": _roles,
    "name": _name,
    "licence": _licence,
    "sites": _sites,
    "user-name": _user_name,
    "badge": _badge,
    "badge-tried": _badge_tried,
    "badge-revoked": _badge_revoked,
    "codes": _codes,
    "passkey": _passkey,
    "link": _link,
    "unlink": _unlink,
    "left": _left,
}
"""What an administrator does, by the form's name."""


@people_acts.post("/people/<person>/act/<act>")
@right("admin")
def change(person: str, act: str) -> ResponseReturnValue:
    do = ACTS.get(act)
    return done_to(person, act, do) if do is not None else abort(404)


@people_acts.post("/people/<person>/competency")
@right("admin", "qa")
def certify(person: str) -> ResponseReturnValue:
    """Record what somebody was assessed in, by whom, and until when it is good."""
    return done_to(person, "competency", _certify)


def _certify(act: Act, person: str, form: Form) -> None:
    until, code = form.until(), form.text("code").strip().upper()
    if not code or until is None:
        raise NotDoneError("Write the code, such as HD-STERILE, and the last day on which it is good.")
    assessor = accounts.by_user(act.conn, form.text("assessor"))
    if assessor is None:
        raise NotDoneError("Write the assessor's user name. Whoever assesses is on the books here.")
    trainings.must_rest_on_practicum(act, person, code)
    said = form.text("sites").strip() or form.text("everywhere")
    sites, evidence = form.sites() if said else (act.settings.site,), form.text("evidence")
    competencies.certify(act, person, {code: until}, assessor=assessor.id, sites=sites, evidence=evidence)


@people_acts.post("/people/<person>/waive")
@right("qa")
def waive(person: str) -> ResponseReturnValue:
    """Let a lapsed competency count for some hours (DOMAIN 2.5)."""
    return done_to(person, "waive", _waive)


def _waive(act: Act, person: str, form: Form) -> None:
    competencies.waive(act, person, form.text("code"), lasts=form.hours(), reason=form.text("why"))


@people_acts.post("/people/<person>/badge-number")
@right("admin")
def badge_number(person: str) -> ResponseReturnValue:
    """Draw a number for a new badge: its card is printed, and scanned before it counts. Nothing is kept yet."""
    at = visit().at
    return draw(person, Asking("badge"), drawn_badge=Badge(new_id(), at, None, None, None, ""))


@people_acts.get("/people/<person>/badge/<code>.pdf")
@right("admin")
def badge_card(person: str, code: str) -> ResponseReturnValue:
    """The card of a badge, to be printed."""
    rooms = house()
    with rooms.store.reading() as conn:
        try:
            whose = accounts.by_id(conn, person)
        except LookupError:
            abort(404)
    mark, role = labels.DEMO if rooms.settings.demo else None, role_words(whose.roles)
    try:
        card = labels.CodeCard(mark=mark, card="B", code_id=code, title=whose.name, subtitle=role)
    except labels.LabelRefused:
        abort(404)
    headers = {"Content-Disposition": f'inline; filename="badge-{code}.pdf"'}
    return Response(labels.render(card).pdf, content_type="application/pdf", headers=headers)


@people_acts.post("/people/<person>/reset/<any(pin, password):kind>")
@right("admin")
def reset(person: str, kind: str) -> ResponseReturnValue:
    """Void a PIN or password and show the first half of a one-time one, this once."""
    which: Kind = "pin" if kind == "pin" else "password"
    half = enrolment.draw(which)
    kept = house().door.secrets
    hashed, pepper, why = kept.hash("enrolment", half), kept.pepper.id, read_form().text("why")

    def do(act: Act) -> None:
        enrolment.reset(act, person, which, hashed=hashed, pepper=pepper, why=why)

    return _shown(person, f"reset-{which}", do, Half(which, "first", _grouped(half)))


@people_acts.post("/people/<person>/second-half/<any(pin, password):kind>")
@right(*SEES)
def second_half(person: str, kind: str) -> ResponseReturnValue:
    """Show the second half to somebody who is neither the person nor whoever reset it, this once (Q23)."""
    which: Kind = "pin" if kind == "pin" else "password"
    half = enrolment.draw(which)
    kept = house().door.secrets
    hashed, pepper = kept.hash("enrolment", half), kept.pepper.id

    def do(act: Act) -> None:
        enrolment.hand_second(act, person, which, hashed=hashed, pepper=pepper)

    return _shown(person, "second-half", do, Half(which, "second", _grouped(half)))


def _shown(person: str, name: str, do: Callable[[Act], None], half: Half) -> Response:
    trouble = _write(person, do)
    return draw(person, Asking(name, trouble, read_form().kept()), status=422) if trouble else draw(person, half=half)


def done_to(person: str, name: str, do: Do) -> ResponseReturnValue:
    """Do an act of a form to a person's file; refused, the file comes back with why and what was filled in."""
    form = read_form()
    if trouble := _write(person, lambda act: do(act, person, form)):
        return draw(person, Asking(name, trouble, form.kept(), form.which()), status=422)
    return redirect(url_for("people.person", person=person), 303)


def _write(person: str, do: Callable[[Act], None]) -> str:
    """Do it in one write, to somebody who is on the books; return why not, or an empty text."""
    (viewer, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        try:
            accounts.by_id(conn, person)
        except LookupError:
            abort(404)
    try:
        house().door.write(do, by=viewer.id, at=at)
    except NotDoneError as trouble:
        return str(trouble)
    return ""


def _grouped(half: str) -> str:
    """Write a half in groups that can be read out: 482 913, ABCDE FGHJK."""
    middle = len(half) // 2
    return f"{half[:middle]} {half[middle:]}"
