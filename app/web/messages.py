"""Messages in and out: what came, what became of it, what was told, what waits, and what is decided of a dead letter."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.clock import new_command_id
from app.desk import messages as listed
from app.desk import orders as book
from app.desk.messages import Wanted
from app.desk.trying import Tried, tried
from app.interfaces.profile import ProfileError, profile_text, read_profile, shipped_names
from app.web import desk
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page

messages = Blueprint("messages", __name__)


def _masked() -> bool:
    return "pharmacist" not in signed_in()[0].roles


@messages.get("/messages")
@right("pharmacist", "lead_technician", "informatics")
def show() -> ResponseReturnValue:
    """Return the newest; `before` goes on to older ones."""
    before = request.args.get("before", "")
    return _listing(Wanted(before=int(before) if before.isdecimal() and len(before) < 15 else 0))


@messages.post("/messages")
@right("pharmacist", "lead_technician", "informatics", role_alone=True)
def search() -> ResponseReturnValue:
    """Search by what no address may hold: an order's number, a control id, a sender (Q33)."""
    form = request.form
    return _listing(Wanted(form.get("looked_for", "").strip()[:80], form.get("became", "")))


def _listing(wanted: Wanted) -> ResponseReturnValue:
    with house().store.reading() as conn:
        came, queues = listed.received(conn, wanted), listed.queues(conn)
        told = () if wanted.before else listed.told(conn, wanted)
    if not wants_page():
        return jsonify(received=came, told=told, queues=queues)
    older = came[-1].seq if len(came) == listed.LISTED else 0
    shown = {"came": came, "told": told, "queues": queues, "wanted": wanted, "older": older}
    return render_template("messages.html", **shown, may_try=not _masked())


@messages.get("/messages/<int:seq>")
@right("pharmacist", "lead_technician", "informatics")
def received(seq: int) -> ResponseReturnValue:
    with house().store.reading() as conn:
        found = listed.one_received(conn, seq)
    if found is None:
        abort(404)
    again = _read_again(found) if found.refused else ()
    return render_template("message.html", found=found, again=again, **_raw(found.blob, f"message/{seq}"))


def _read_again(found: listed.Received) -> tuple[Tried, ...]:
    """Return what could be read of a refused message, by the profiles of today; clinical values only."""
    with house().store.reading() as conn:
        content = house().blobs.get(found.blob, conn)
    known = house().profiles(visit().at)
    return tried(content, known, visit().at, found.sender)[:20] if isinstance(content, bytes) else ()


@messages.get("/messages/try")
@right("pharmacist")
def trial() -> ResponseReturnValue:
    """A message and a sender profile to be tried on it: read, judged, and stored nowhere."""
    wanted = [name for port in house().settings.mllp.values() for name in port.profiles] or list(shipped_names())
    return render_template("message_try.html", profile=profile_text(wanted[0]), message="", done=(), says="")


@messages.post("/messages/try")
@right("pharmacist", role_alone=True)
def try_it() -> ResponseReturnValue:
    text, message = request.form.get("profile", ""), request.form.get("message", "")
    done: tuple[Tried, ...] = ()
    says = ""
    try:
        profile = read_profile(text)
        done = tried(message.replace("\r\n", "\r").encode("utf-8"), [profile], visit().at)
    except ProfileError as trouble:
        says = str(trouble)
    page = render_template("message_try.html", profile=text, message=message, done=done, says=says)
    return page, 422 if says else 200


@messages.get("/messages/out/<int:seq>")
@right("pharmacist", "lead_technician", "informatics")
def told(seq: int) -> ResponseReturnValue:
    return _told(seq)


@messages.post("/messages/out/<int:seq>/again")
@right("pharmacist")
def again(seq: int) -> ResponseReturnValue:
    """Send a dead letter again, with a reason."""
    return _decide(seq, "message_sent_again")


@messages.post("/messages/out/<int:seq>/dismiss")
@right("pharmacist")
def dismiss(seq: int) -> ResponseReturnValue:
    """Give a dead letter up, with a reason: the later messages of its order go on."""
    return _decide(seq, "message_dismissed")


def _told(number: int, says: str = "", status: int = 200) -> ResponseReturnValue:
    with house().store.reading() as conn:
        found = listed.one_told(conn, number)
    if found is None:
        abort(404)
    shown = _raw(found.blob, f"told/{number}")
    return render_template("message_out.html", found=found, says=says, may_decide=not _masked(), **shown), status


def _raw(blob: str, what: str) -> dict[str, object]:
    """Return the bytes of a message as this person may see them; whoever sees a name is noted (Q32)."""
    with house().store.reading() as conn:
        raw = book.raw(conn, house().blobs, blob, masked=_masked())
    if not _masked():
        desk.note_access("message", "", (what,))
    return {"raw": () if isinstance(raw, str) else raw, "no_raw": raw if isinstance(raw, str) else ""}


def _decide(number: int, kind: listed.Decision) -> ResponseReturnValue:
    reason, at, settings = request.form.get("reason", "").strip(), visit().at, house().settings
    if len(reason) < listed.LEAST_REASON:
        return _told(number, "Give a reason of at least ten letters.", 422)

    who = signed_in()[0].id

    def work(conn: Connection) -> bool:
        return listed.decide(conn, settings, number, kind, reason, who=who, at=at, command_id=new_command_id())

    if not house().store.write(work):
        return _told(number, "This message waits for nobody any more. Look at it again.", 409)
    return redirect(url_for("messages.told", seq=number), 303)
