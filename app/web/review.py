"""The pharmacist's queue and review: read what went wrong, the numbers, the photos; approve, reject, hold, resume, answer."""

from __future__ import annotations

from dataclasses import replace

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import withdrawals
from app.clock import new_command_id
from app.desk import claims
from app.desk.amending import choices
from app.desk.deciding import decide_within
from app.desk.judging import MEANINGS
from app.desk.names import name_of, names
from app.desk.queue import Elsewhere, Line, Lines, elsewhere, without_ticking
from app.desk.queue import queue as urgent_first
from app.desk.sent_messages import sent
from app.desk.shown import STATES
from app.desk.sites import Apart
from app.people.signing import SignRefused
from app.preparations import after
from app.record import receipts
from app.settings import Settings
from app.stations.messages import SENTENCES
from app.web import desk, passkeys
from app.web.house import house
from app.web.other_site import far_pictures, place_of
from app.web.review_page import ReviewPage, Signing, review_page
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page
from workflows import commands as asked
from workflows.commands import RejectReason
from workflows.evidence import Signature
from workflows.wording import amount, percent, unit

review = Blueprint("review", __name__)

LINES = "vialtrace-queue"
REASONS: tuple[RejectReason, ...] = (
    "wrong drug",
    "wrong volume",
    "wrong diluent",
    "label",
    "integrity or particulates",
    "image unusable",
    "order changed",
    "other",
)
"""Why something is rejected (R27)."""


@review.record_once
def _remember(state: BlueprintSetupState) -> None:
    state.app.extensions[LINES] = Lines()
    for words in (desk.site_clock, desk.site_day, desk.site_second):
        state.app.add_template_filter(words)
    state.app.add_template_filter(amount)
    state.app.add_template_filter(unit)
    state.app.add_template_filter(percent)
    state.app.add_template_filter(lambda state: STATES.get(state, state), "in_words")


@review.before_request
def _at_its_site() -> None:
    """A preparation is judged, signed and shown by the site where it is made, whichever process shows it."""
    preparation = (request.view_args or {}).get("preparation", "")
    if preparation:
        desk.turn_to(preparation)


# the queue


@review.get("/review")
@right("pharmacist")
def queue() -> ResponseReturnValue:
    chosen, (lines, others) = _chosen(), _lines()
    _note_queue(lines)
    if not wants_page():
        return jsonify(lines=lines)
    longest = max((line.minutes for line in lines), default=0)
    return render_template(
        "review_queue.html", lines=lines, longest=longest, chosen=chosen, now=visit().at, orders=desk.orders_waiting(),
        elsewhere=others,
    )  # fmt: skip


@review.get("/review/rows")
@right("pharmacist", polled=True)
def rows() -> ResponseReturnValue:
    """The queue for a page that asks every two seconds: 304 while nothing but the minutes changed."""
    lines, others = _lines()
    answer = desk.with_etag(Response(), without_ticking(lines), others)
    if answer.status_code == 304:
        return answer
    _note_queue(lines)
    shown = jsonify(html=render_template("review_rows.html", lines=lines), waiting=len(lines), elsewhere=others)
    shown.headers["ETag"] = answer.headers["ETag"]
    return shown


@review.get("/review/next")
@right("pharmacist")
def following() -> ResponseReturnValue:
    """The most urgent one that nobody else has open, other than `but`."""
    but = request.args.get("but", "")
    free = [line.waiting.preparation for line in _lines()[0] if not line.holder and line.waiting.preparation != but]
    return redirect(url_for("review.open_review", preparation=free[0]) if free else url_for("review.queue"))


def _chosen() -> str:
    """The filter of the address: all, or one reason."""
    wanted = request.args.get("for", "all")
    return wanted if wanted in ("release", "pre-mix", "held", "called") else "all"


def _note_queue(lines: tuple[Line, ...]) -> None:
    """Note whose lines were shown, in the log of each site (Q32)."""
    for site in sorted({line.waiting.site for line in lines}):
        shown = tuple(line.waiting.patient for line in lines if line.waiting.site == site)
        desk.note_access("queue", "", shown, site)


def _sites(conn: Connection) -> tuple[Settings | Apart, ...]:
    """The sites where this person works: those whose work opens here, and those where it does not."""
    return desk.neighbours().sites(conn, house().settings, signed_in()[0].sites)


def _lines() -> tuple[tuple[Line, ...], str]:
    """What waits here, and in words what waits at other sites, both of one moment."""
    lines: Lines = current_app.extensions[LINES]
    person, _ = signed_in()
    with house().store.reading() as conn:
        sites = _sites(conn)
        here = [one.site for one in sites if isinstance(one, Settings)]
        shown = urgent_first(conn, lines, sites=here, viewer=person.id, known=names(conn), at=visit().at)
        others = elsewhere(conn, lines, [one for one in sites if isinstance(one, Apart)])
    chosen = _chosen()
    return tuple(line for line in shown if chosen in ("all", line.waiting.reason)), _in_a_line(others)


def _in_a_line(others: tuple[Elsewhere, ...]) -> str:
    """What waits at other sites where this person works too, and is opened there alone; empty for nothing."""
    said = [
        f"{one.waiting} at {one.site} since {desk.site_clock(one.since)}{' (STAT)' if one.stat else ''} ({one.why})"
        for one in others
    ]
    return f"Waiting elsewhere, to be opened there: {', '.join(said)}." if said else ""


# one review


@review.get("/review/<preparation>")
@right("pharmacist")
def open_review(preparation: str) -> ResponseReturnValue:
    page, text = _page(preparation)
    desk.note_access("review", preparation, (text,))
    return _draw(page, 200)


@review.get("/review/<preparation>/state")
@right("pharmacist", polled=True)
def state(preparation: str) -> ResponseReturnValue:
    """Version and holder, for a page that watches whether it still shows what is so."""
    person, _ = signed_in()
    with house().store.reading() as conn:
        opened = desk.open_up(conn, preparation)
        claim = claims.holder(conn, preparation, visit().at)
    holder = name_of(opened.known, claim.person) if claim and claim.person != person.id else ""
    since = request.args.get("since", type=int, default=opened.p.version)
    news = [line.title for line in opened.lines if line.version > since]
    body = {"version": opened.p.version, "holder": holder, "news": news}
    return desk.with_etag(jsonify(body), body)


@review.post("/review/<preparation>/claim")
@right("pharmacist", role_alone=True)
def claim(preparation: str) -> ResponseReturnValue:
    """Take it, or renew it; the answer says whose it is."""
    (person, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        known = desk.open_up(conn, preparation).known
    taken = house().store.write(lambda conn: claims.take(conn, preparation, person.id, at))
    mine = taken.person == person.id
    return jsonify(mine=mine, holder="" if mine else name_of(known, taken.person))


@review.post("/review/<preparation>/leave")
@right("pharmacist", role_alone=True)
def leave(preparation: str) -> ResponseReturnValue:
    person, _ = signed_in()
    house().store.write(lambda conn: claims.release(conn, preparation, person.id))
    return Response(status=204)


# acts


@review.post("/review/<preparation>/sign")
@right("pharmacist", role_alone=True)
def approve(preparation: str) -> ResponseReturnValue:
    """Sign the slot that waits: pre-mix approval or release."""
    slot = request.form.get("slot", "")
    if slot not in ("premix", "approve"):
        abort(400)
    if moved := stale(preparation, "sign"):
        return moved
    over = request.form.get("over", "")
    by_key = passkeys.asked_for(slot)
    signed = passkeys.sign(preparation, MEANINGS[slot], over) if by_key else desk.sign(MEANINGS[slot], over)
    if isinstance(signed, SignRefused):
        return again(preparation, "sign", signed.says, 429 if signed.locked_until else 422)
    return do(preparation, asked.Submit(slot, signed), "sign")


@review.post("/review/<preparation>/passkey")
@right("pharmacist", role_alone=True)
def ask_passkey(preparation: str) -> ResponseReturnValue:
    """What the browser asks the pharmacist's passkey, for the page as it was shown."""
    slot, over = request.form.get("slot", ""), request.form.get("over", "")
    if slot not in ("premix", "approve") or not over:
        abort(400)
    with house().store.reading() as conn:
        opened = desk.open_up(conn, preparation)
    if (opened.p.version, opened.p.digest) != (desk.shown_version(), over):
        return passkeys.answer("Something changed since this page was drawn. Load it again and look once more.", "")
    return passkeys.ask(preparation, MEANINGS[slot], over)


@review.post("/review/<preparation>/reject")
@right("pharmacist", role_alone=True)
def reject(preparation: str) -> ResponseReturnValue:
    if moved := stale(preparation, "reject"):
        return moved
    form = request.form
    reason = next((one for one in REASONS if one == form.get("reason")), None)
    how, note = form.get("how", ""), form.get("note", "").strip()
    if reason is None or how not in ("rework", "remake") or not note or (how == "rework" and not form.get("to_step")):
        says = "Choose a reason, rework or remake, the step to redo from, and write what the technician should know."
        return again(preparation, "reject", says, 422)
    signed = desk.sign("rejected", form.get("over", ""))
    if isinstance(signed, SignRefused):
        return again(preparation, "reject", signed.says, 429 if signed.locked_until else 422)
    return do(preparation, _rejection(how, reason, note, signed), "reject")


def _rejection(how: str, reason: RejectReason, note: str, signed: Signature) -> asked.Command:
    if how == "rework":
        return asked.Rework(request.form["to_step"], reason, note, signed)
    return asked.Remake(reason, note, signed)


@review.post("/review/<preparation>/<any(hold, resume, answer, waive):act>")
@right("pharmacist", role_alone=True)
def say(preparation: str, act: str) -> ResponseReturnValue:
    """Hold with one wish, let it go on with a reason, answer a call, or accept a finding that its rule lets be accepted."""
    note = request.form.get("note", "").strip()
    if moved := stale(preparation, act):
        return moved
    if not note:
        return again(preparation, act, "Write a few words; they are read at the cabinet.", 422)
    commands: dict[str, asked.Command] = {
        "hold": asked.Pause("pharmacist hold", note),
        "resume": asked.Resume(note),
        "answer": asked.Answer(note),
        "waive": asked.Waive(request.form.get("slot", ""), request.form.get("code", ""), note),
    }
    return do(preparation, commands[act], act)


def do(preparation: str, command: asked.Command, dialog: str) -> ResponseReturnValue:
    at, dispatcher = visit().at, desk.dispatcher()
    with house().store.reading() as conn:
        ask = desk.ask_for(preparation, command, desk.acting(conn))
    outcome = house().store.write(lambda conn: decide_within(conn, dispatcher, ask, at))
    if outcome.kind == "accepted":
        if not wants_page():
            return jsonify(outcome)
        return redirect(url_for("review.open_review", preparation=preparation), 303)
    if outcome.status == 404:
        abort(404)
    return again(preparation, dialog, outcome.says, outcome.status)


def stale(preparation: str, dialog: str) -> ResponseReturnValue | None:
    """Refuse before anything is signed: the record moved on, or another pharmacist has it open (Q26, R26)."""
    person, _ = signed_in()
    version = desk.shown_version()
    with house().store.reading() as conn:
        opened = desk.open_up(conn, preparation)
        claim = claims.holder(conn, preparation, visit().at)
    if dialog == "sign" and (says := far_pictures(opened.p)):
        return again(preparation, dialog, says, 409)
    over = request.form.get("over", opened.p.digest)
    if (version, over) != (opened.p.version, opened.p.digest) and not _heard_before():
        says = "Something changed since this page was drawn. What changed is marked. Nothing was signed."
        return again(preparation, dialog, says, 409)
    if claim is not None and claim.person != person.id and not _heard_before():
        says = f"{name_of(opened.known, claim.person)} has it open. Nothing was signed."
        return again(preparation, dialog, says, 409)
    return None


def _heard_before() -> bool:
    """Whether this very command was answered already: its second sending hears the first answer (Q70)."""
    with house().store.reading() as conn:
        return receipts.find(conn, request.form.get("command_id", "")) is not None


def again(preparation: str, dialog: str, says: str, code: int) -> ResponseReturnValue:
    """Draw the page anew with the reason, filled in as it was; after a conflict, with what changed marked."""
    stale = desk.shown_version() if code == 409 else None
    page, text = _page(preparation, dialog=dialog, says=says, stale=stale)
    desk.note_access("review", preparation, (text,))
    return _draw(page, code)


def _page(preparation: str, *, dialog: str = "", says: str = "", stale: int | None = None) -> tuple[ReviewPage, str]:
    """Return the page and the id of the patient's text that it shows."""
    person, _ = signed_in()
    at = visit().at
    with house().store.reading() as conn:
        opened = desk.open_up(conn, preparation)
        who = desk.acting(conn)
        held = claims.holder(conn, preparation, at)
        judged = desk.judge(conn, opened, who)
        told = sent(conn, preparation, opened.known)
        recipe_says = withdrawals.told(conn, opened.p, at)
        others = (
            choices(conn, desk.about(), opened.p, desk.circumstances(conn, opened, who)) if not opened.p.outcome else ()
        )
    before = after(None, opened.log[:stale]) if stale is not None and 0 < stale < opened.p.version else None
    by_key = passkeys.asked_for(judged.slot)
    signing = Signing(
        name=who.name,
        licence=who.licence,
        both=desk.needs_both(),
        method=desk.method(),
        command_id=new_command_id(),
        says=says,
        dialog=dialog,
        given=desk.given_fields(),
        seen=tuple(request.form.getlist("seen")),
        accepts=tuple(request.form.getlist("accepts")),
        by_passkey=by_key,
        no_passkey=passkeys.why_not() if by_key else "",
    )
    page = review_page(
        preparation,
        opened.p,
        place=place_of(opened.p),
        patient=opened.patient,
        lines=opened.lines,
        judged=judged,
        signing=signing,
        known=opened.known,
        claim=held,
        viewer=person.id,
        before=before,
        others=others,
    )
    sentences = SENTENCES if opened.p.claimed_by and not opened.p.outcome else ()
    return replace(page, messages=told, sentences=sentences, recipe_says=recipe_says), opened.p.patient


def _draw(page: ReviewPage, code: int) -> Response:
    drawn = render_template("review.html", page=page, reasons=REASONS) if wants_page() else jsonify(page)
    return make_response(drawn, code)
