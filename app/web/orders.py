"""Orders at the desk: what each waits for, its message beside what was read, clearing a finding, verifying, refused messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue.recipes import policy_of
from app.clock import new_command_id
from app.desk import choosing, cleared
from app.desk import orders as book
from app.desk.cleared import Asked
from app.desk.judging import meaning_of
from app.desk.names import names
from app.desk.of_trial import of_trial
from app.desk.orders import STAGES, OrderLine
from app.desk.rounding import rounding_of
from app.interfaces import batches, by_volume
from app.interfaces.opening import clear_finding
from app.people.signing import SignRefused
from app.record import receipts
from app.web import desk
from app.web.house import house
from app.web.order_page import OrderPage, fields_of
from app.web.review_page import Signing
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page
from workflows import commands as asked
from workflows.preparation import Preparation
from workflows.recipe import Recipe
from workflows.sheet import sheet

orders = Blueprint("orders", __name__)


def _masked() -> bool:
    return "pharmacist" not in signed_in()[0].roles


@orders.get("/orders")
@right("pharmacist", "lead_technician")
def show() -> ResponseReturnValue:
    masked = _masked()
    with house().store.reading() as conn:
        lines = book.listing(conn, house().settings.site, visit().at, masked=masked)
        turned_away = book.refused(conn)
    if not masked:
        desk.note_access("orders", "", tuple(line.patient_id for line in lines))
    if not wants_page():
        return jsonify(orders=lines, refused=turned_away)
    groups = [(words, [line for line in lines if line.stage == stage]) for stage, words in STAGES.items()]
    return render_template("orders.html", groups=groups, refused=turned_away, count=len(lines))


@orders.get("/orders/<link>")
@right("pharmacist", "lead_technician")
def page(link: str) -> ResponseReturnValue:
    return draw(link)


@orders.get("/orders/refused/<int:seq>")
@right("pharmacist", "lead_technician")
def turned_away(seq: int) -> ResponseReturnValue:
    """The raw text of a refused message beside the reasons."""
    with house().store.reading() as conn:
        found = next((one for one in book.refused(conn, most=1000) if one.seq == seq), None)
    if found is None:
        abort(404)
    with house().store.reading() as conn:
        raw = book.raw(conn, house().blobs, found.blob, masked=_masked())
    if not _masked():
        desk.note_access("refused message", "", (f"message/{found.seq}",))
    return render_template(
        "order_refused.html",
        found=found,
        raw=() if isinstance(raw, str) else raw,
        no_raw=raw if isinstance(raw, str) else "",
    )


@orders.post("/orders/<link>/clear")
@right("pharmacist")
def clear(link: str) -> ResponseReturnValue:
    """Clear one blocking finding with a reason (I44). The same press again is answered as it was (Q70)."""
    line, at, dispatcher = line_of(link), visit().at, house().dispatcher
    code, reason, over = (request.form.get(name, "") for name in ("code", "reason", "over"))
    press = _Press(
        request.form.get("command_id") or new_command_id(),
        signed_in()[0].id,
        receipts.request_digest({"clear": code, "order": line.key, "reason": reason}),
    )
    with house().store.reading() as conn:
        cleared = press.heard(conn)
    if cleared is not None:
        return draw(link, says=cleared, dialog=f"clear {code}", status=422) if cleared else _to(link)
    if code not in {one.code for one in line.blocking}:
        return draw(link, says="That finding is not open on this order.", dialog=f"clear {code}", status=422)
    with house().store.reading() as conn:
        who = desk.acting(conn)

    def work(conn: Connection) -> str:
        before = press.heard(conn)
        if before is not None:
            return before
        trouble = clear_finding(conn, dispatcher, line.key, code, over=over, reason=reason, who=who, at=at)
        if not trouble:
            press.keep(conn, at)
        return trouble

    says = house().store.write(work)
    return draw(link, says=says, dialog=f"clear {code}", status=422) if says else _to(link)


def _to(link: str) -> ResponseReturnValue:
    return redirect(url_for("orders.page", link=link), 303)


@dataclass(frozen=True)
class _Press:
    """One press of Clear. Only what was cleared takes its id: what was refused is mended on the same page."""

    command_id: str
    """From the form."""
    person: str
    """Person id."""
    digest: str
    """Of order, finding and reason."""

    def heard(self, conn: Connection) -> str | None:
        """Return an empty text where this press has cleared it, words where its id was used for something else, or None."""
        found = receipts.heard(conn, command_id=self.command_id, person=self.person, digest=self.digest)
        if isinstance(found, receipts.OtherContent):
            return "This page was used already. Look at it again."
        return "" if found is not None else None

    def keep(self, conn: Connection, at: datetime) -> None:
        kept = {"command_id": self.command_id, "person": self.person, "digest": self.digest}
        receipts.keep(conn, **kept, status=303, answer={}, at=at)


@orders.post("/orders/<link>/verify")
@right("pharmacist", role_alone=True)
def verify(link: str) -> ResponseReturnValue:
    """Sign that the order was compared with its message: only then may a technician take it (R52)."""
    line, rooms = line_of(link), house()
    with rooms.store.reading() as conn:
        opened = desk.open_up(conn, line.preparation)
    over = request.form.get("over", "")
    if (desk.shown_version(), over) != (opened.p.version, opened.p.digest):
        says = "Something changed since this page was drawn. Look at it again. Nothing was signed."
        return draw(link, says=says, dialog="sign", status=409)
    signed = desk.sign(meaning_of(opened.p, "verify"), over)
    if isinstance(signed, SignRefused):
        return draw(link, says=signed.says, dialog="sign", status=429 if signed.locked_until else 422)
    with rooms.store.reading() as conn:
        who = desk.acting(conn)
    outcome = rooms.dispatcher.do(desk.ask_for(line.preparation, asked.Submit("verify", signed), who))
    if outcome.kind != "accepted":
        return draw(link, says=outcome.says, dialog="sign", status=outcome.status)
    return redirect(url_for("orders.page", link=link), 303)


def asked_of(conn: Connection, line: OrderLine) -> tuple[Asked, ...]:
    """Everything that must be confirmed of an order: by its preparation's own policy, before there is one by the site's."""
    site, at = house().settings.site, visit().at
    p = house().dispatcher.current(conn, line.preparation) if line.preparation else None
    policy = p.policy if p else policy_of(conn, site, at)
    if policy is None:
        return ()
    made_of = p.order.version if p else line.order.version
    return cleared.asked_of(conn, site, line.order, policy, made_of=made_of, roles=signed_in()[0].roles, at=at)


def line_of(link: str) -> OrderLine:
    """Return the order that a link names, as this person may see it; 404 for none."""
    with house().store.reading() as conn:
        found = book.one(conn, house().settings.site, link, visit().at, masked=_masked())
    if found is None:
        abort(404)
    return found


def draw(
    link: str, *, says: str = "", dialog: str = "", status: int = 200, given: dict[str, str] | None = None
) -> Response:
    """Return the order's page, with what was refused and why."""
    line = line_of(link)
    if not line.patient.masked:
        desk.note_access("order", line.preparation, (line.patient_id,))
    shown = _page(line, says, dialog, given)
    return make_response(render_template("order.html", page=shown) if wants_page() else jsonify(shown), status)


def _vials(conn: Connection, line: OrderLine, p: Preparation) -> str:
    rooms = house()
    return choosing.advice(conn, rooms.dispatcher.current, line.preparation, p, site=rooms.settings.site, at=visit().at)


def _page(line: OrderLine, says: str, dialog: str, given: dict[str, str] | None) -> OrderPage:
    rooms = house()
    with rooms.store.reading() as conn:
        raw = book.raw(conn, rooms.blobs, line.blob, masked=line.patient.masked)
    with rooms.store.reading() as conn:
        who = desk.acting(conn)
        opened = desk.open_up(conn, line.preparation) if line.preparation else None
        judged = desk.judge(conn, opened, who) if opened else None
        rounding = rounding_of(conn, opened.p) if opened else None
        asks = asked_of(conn, line)
        program = book.program_of(conn, rooms.settings.site, line)
        vials = _vials(conn, line, opened.p) if opened else ""
        whys = by_volume.offered(conn, rooms.settings.site, line.order, opened.p if opened else None, visit().at)
        together = (
            batches.offered(conn, rooms.dispatcher, line.key, line.order, opened.p, visit().at) if opened else None
        )
        of_a_trial = of_trial(conn, rooms.settings.site, line, opened.p if opened else None, names(conn), visit().at)
    p = opened.p if opened else None
    entry = p.entries.get("verify") if p else None
    signing = Signing(
        name=who.name,
        licence=who.licence,
        both=desk.needs_both(),
        method=desk.method(),
        command_id=new_command_id(),
        says=says,
        dialog=dialog,
        given=desk.given_fields() if given is None else given,
    )
    return OrderPage(
        line=line,
        fields=fields_of(line.order, line.drug, rooms.settings.zone, program),
        raw=() if isinstance(raw, str) else raw,
        no_raw=raw if isinstance(raw, str) else "",
        plan=sheet(p) if p else (),
        recipe=f"{p.master.name} version {p.master.version}, signed by {' and '.join(p.master.signed_by)}" if p else "",
        judgement=judged,
        version=p.version if p else 0,
        head=p.digest if p else "",
        signing=signing,
        may_clear="pharmacist" in who.roles,
        by_weight=p is not None and isinstance(p.master, Recipe),
        verified=f"{opened.known.get(entry.who, entry.who)}, {desk.site_clock(entry.at)}" if opened and entry else "",
        rounding=rounding,
        vials=vials,
        asks=asks,
        by_volume=whys if "pharmacist" in who.roles else (),
        made_by_volume=p.plan.by_volume if p and not p.counts else None,
        trial=of_a_trial,
        together=together,
    )
