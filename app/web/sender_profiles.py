"""Sender profiles at a desk: what each table says, a draft beside what counts, its trial on messages, two signatures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import beginning
from app.catalogue.hazards import Acting, Signer
from app.desk.profile_trial import MOST, Tried, came_from, on_messages
from app.interfaces import kept_profiles as book
from app.interfaces.kept_profiles import Draft, NotProfileError, Trial, Version
from app.interfaces.profile import Profile, ProfileError, profile_text, read_profile, shipped_names
from app.people.signing import SignRefused
from app.web import desk, profile_form
from app.web.house import house
from app.web.profile_form import Field
from app.web.review_page import Signing
from app.web.rights import right
from app.web.signing_form import signing_form
from app.web.visit import acting_roles, signed_in, visit, wants_page

sender_profiles = Blueprint("sender_profiles", __name__)

READS = ("pharmacist", "informatics", "admin", "qa")
WRITES = ("pharmacist", "informatics")
"""Who writes, tries and signs; of the two who sign at least one is a pharmacist."""
NOTHING_READ = "The draft took no order of any of these messages: that is no trial. Paste an order in that it takes."


@dataclass(frozen=True)
class Line:
    """One profile of the list."""

    name: str
    """Its name."""
    sender: str
    """MSH-3 and MSH-4 that it is known by."""
    admitted: bool
    """Whether a port or client of the settings names it."""
    counts: Version | None
    """The signed version that counts; None where the document of the settings does, or nothing yet."""
    coming: Version | None
    """A newer one that begins later."""
    draft: Draft | None
    """What is being written."""


@dataclass(frozen=True)
class ProfilePage:
    """One profile."""

    name: str
    """Its name."""
    number: int
    """The version that counts now; 0 for none."""
    filed: bool
    """Whether that is the document of the settings, signed by nobody."""
    versions: tuple[Version, ...]
    """Signed ones, newest first."""
    draft: Draft | None
    """What is being written."""
    before: int
    """The version that counts on the day the draft begins; 0 for none."""
    changes: tuple[tuple[str, str, str], ...]
    """What the draft changes of that: what, old, new."""
    fields: tuple[Field, ...]
    """The form."""
    given: dict[str, str]
    """What a refused form held."""
    form: str
    """Which form was refused or answered: draft, try or sign."""
    says: str
    """Why it was refused."""
    trial: Tried | None
    """What the trial just asked for found."""
    message: str
    """The message pasted in."""
    signing: Signing | None
    """For who may sign the draft now."""
    may_write: bool
    """The viewer may write, try and sign."""
    sees_patients: bool
    """The viewer may see what of the patient is read otherwise."""


@sender_profiles.get("/sender-profiles")
@right(*READS)
def show() -> ResponseReturnValue:
    with house().store.reading() as conn:
        named = dict.fromkeys((*house().senders.names, *book.names(conn)))
        lines = tuple(line(conn, name) for name in named)
    if not wants_page():
        return jsonify(profiles=lines)
    return render_template("sender_profiles.html", lines=lines, may_write=_may_write())


@sender_profiles.get("/sender-profiles/new")
@right(*WRITES)
def new() -> ResponseReturnValue:
    return _new(profile_text(shipped_names()[0]))


@sender_profiles.post("/sender-profiles/new")
@right(*WRITES)
def begin() -> ResponseReturnValue:
    """Keep a whole document under a new name as a draft."""
    document, form = request.form.get("document", ""), request.form
    try:
        name, day = read_profile(document).name, date.fromisoformat(form.get("effective_on", "").strip())
    except ProfileError as trouble:
        return _new(document, str(trouble))
    except ValueError:
        return _new(document, "Write the day from which it counts as 2027-06-30.")
    with house().store.reading() as conn:
        taken = name in {*house().senders.names, *book.names(conn)}
    says = f"There is a profile {name}: open it." if taken else ""
    says = says or _written(lambda act: book.keep(act, name, document, day, form.get("why", ""), None))
    return _new(document, says) if says else redirect(url_for("sender_profiles.page", name=name), 303)


@sender_profiles.get("/sender-profiles/<name>")
@right(*READS)
def page(name: str) -> ResponseReturnValue:
    return _page(name)


@sender_profiles.post("/sender-profiles/<name>/draft")
@right(*WRITES)
def draft(name: str) -> ResponseReturnValue:
    """Keep what is written as a draft; nothing is read by it."""
    form = request.form.to_dict()
    with house().store.reading() as conn:
        before = base(conn, name)
    if not before:
        abort(404)
    try:
        document = profile_form.read(form, before)
        day = date.fromisoformat(form.get("effective_on", "").strip())
    except NotProfileError as trouble:
        return _page(name, "draft", str(trouble), 422)
    except ValueError:
        return _page(name, "draft", "Write the day from which it counts as 2027-06-30.", 422)
    filed = house().senders.filed(name)
    says = _written(lambda act: book.keep(act, name, document, day, form.get("why", ""), filed))
    return _page(name, "draft", says, 422) if says else redirect(url_for("sender_profiles.page", name=name), 303)


@sender_profiles.post("/sender-profiles/<name>/try")
@right(*WRITES)
def try_it(name: str) -> ResponseReturnValue:
    """Read messages by the draft and by what counts, show what differs, and keep that it was tried."""
    over = request.form.get("over", "")
    pasted = request.form.get("message", "").replace("\r\n", "\r").encode("utf-8")
    most = int(request.form.get("newest", "0")) if request.form.get("newest", "0").isdecimal() else 0
    found = tried_on(name, pasted, most)
    if found is None:
        abort(404)
    if says := is_no_trial(found):
        return _page(name, "try", says, 422, trial=found if found.empty else None)
    trial = Trial(visit().at, signed_in()[0].id, found.pasted, found.real, len(found.differing))
    says = _written(lambda act: book.tried(act, name, over, trial))
    if says:
        return _page(name, "try", says, 409)
    if _sees_patients() and any(one.identifying for each in found.differing for one in each.lines):
        desk.note_access("message", "", (f"trial/{name}",))
    return _page(name, "try", trial=found)


def tried_on(name: str, pasted: bytes, most: int) -> Tried | None:
    """Return what the draft reads otherwise, of a message and of the newest `most` that came; None where there is no draft."""
    at = visit().at
    with house().store.reading() as conn:
        drafted = book.open_draft(conn, name)
        if drafted is None:
            return None
        counts = _counts_before(conn, drafted, at)
        came = came_from(conn, counts, house().blobs, most) if counts and most else ()
    return on_messages(read_profile(drafted.document), counts, pasted, came, at)


def is_no_trial(found: Tried) -> str:
    """Return why a trial shows nothing of how the draft reads an order; empty where it does."""
    if found.pasted + found.real:
        return ""
    return NOTHING_READ if found.empty else "Paste a message in, or try it on those that came."


@sender_profiles.post("/sender-profiles/<name>/sign")
@right(*WRITES)
def sign(name: str) -> ResponseReturnValue:
    """Put one's name to the draft; the second name makes it the next version."""
    over, against = request.form.get("over", ""), request.form.get("against", "").strip()
    if len(against) < book.LEAST_WORDS:
        return _page(name, "sign", "Say what you compared it with.", 422)
    signed = desk.sign_as("sender profile approved", over)
    if isinstance(signed, SignRefused):
        return _page(name, "sign", signed.says, 429 if signed.locked_until else 422)
    signer, pharmacist = (
        Signer(signed.person, signed.name, signed.licence, signed.at, against),
        "pharmacist" in acting_roles(),
    )
    says = _written(lambda act: book.sign(act, name, signer, over, pharmacist))
    return _page(name, "sign", says, 409) if says else redirect(url_for("sender_profiles.page", name=name), 303)


def _written(work: Callable[[Acting], object]) -> str:
    rooms, who, at = house(), signed_in()[0].id, visit().at

    def inside(conn: Connection) -> str:
        try:
            work(Acting(conn, rooms.settings, who, at))
        except NotProfileError as trouble:
            return str(trouble)
        return ""

    return rooms.store.write(inside)


def _may_write() -> bool:
    return bool(signed_in()[0].roles & set(WRITES))


def _sees_patients() -> bool:
    return "pharmacist" in signed_in()[0].roles


def _counts_before(conn: Connection, drafted: book.Draft, at: datetime) -> Profile | None:
    """Return the profile whose place a draft takes: what counts on its day, perhaps a version that waits for its own."""
    known, zone = book.versions(conn, drafted.name), house().settings.zone
    found = beginning.counting_on(known, drafted.effective_on, at, zone)
    return found.profile if found else house().senders.filed(drafted.name)


def _filed_text(name: str) -> str:
    """Return the document that the settings name under this name; empty for none."""
    word = house().senders.word_of(name)
    return profile_text(word) if word else ""


def base(conn: Connection, name: str) -> str:
    """Return the document that the next draft begins from: the draft, the newest version, or that of the settings."""
    drafted, known = book.open_draft(conn, name), book.versions(conn, name)
    return drafted.document if drafted else known[0].document if known else _filed_text(name)


def line(conn: Connection, name: str) -> Line:
    known, at, senders = book.versions(conn, name), visit().at, house().senders
    counts = next((one for one in known if one.effective_from <= at), None)
    coming = known[0] if known and known[0] is not counts else None
    shown = read_profile(base(conn, name))
    drafted = book.open_draft(conn, name)
    return Line(name, f"{shown.msh3} {shown.msh4}".strip(), name in senders.names, counts, coming, drafted)


def _new(document: str, says: str = "") -> ResponseReturnValue:
    shown = render_template("sender_profile_new.html", document=document, says=says, day=_today(), given=request.form)
    return shown, 422 if says else 200


def _today() -> str:
    return visit().at.astimezone(house().settings.zone).date().isoformat()


def _page(name: str, form: str = "", says: str = "", status: int = 200, trial: Tried | None = None) -> Response:
    with house().store.reading() as conn:
        known, drafted, document = book.versions(conn, name), book.open_draft(conn, name), base(conn, name)
        counts = book.counting(conn, name, visit().at)
    if not document:
        abort(404)
    given = request.form.to_dict() if form == "draft" else {}
    filed = _filed_text(name)
    day = drafted.effective_on if drafted else beginning.first_day(known, visit().at, house().settings.zone)
    before = beginning.counting_on(known, day, visit().at, house().settings.zone)
    written = int(json.loads(filed).get("version", 1)) if filed else 0
    shown = ProfilePage(
        name=name,
        number=counts.version if counts else written,
        filed=counts is None and bool(filed),
        versions=known,
        draft=drafted,
        before=before.version if before else written,
        changes=profile_form.differences(before.document if before else filed, drafted.document) if drafted else (),
        fields=profile_form.fields(document, given),
        given={"effective_on": day.isoformat(), **given},
        form=form,
        says=says,
        trial=trial,
        message=request.form.get("message", ""),
        signing=_signing(drafted, says if form == "sign" else "") if drafted else None,
        may_write=_may_write(),
        sees_patients=_sees_patients(),
    )
    drawn = render_template("sender_profile.html", page=shown, most=MOST) if wants_page() else jsonify(shown)
    return make_response(drawn, status)


def _signing(drafted: Draft, says: str) -> Signing | None:
    if drafted.tried is None:
        return None
    return signing_form(WRITES, {one.person for one in drafted.signed}, says)
