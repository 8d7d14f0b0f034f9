"""Lines that people write into a trial's record: one enters, both see the very lines, the second signs them (R56, R29)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

import labels
from app import labelling, trial_labels
from app.catalogue import trial_counts
from app.catalogue import trials as book
from app.catalogue.trial_lines import (
    LEAVES,
    Act,
    Delivery,
    Line,
    NotAccountedError,
    What,
    in_stock,
    is_of,
    lines,
    of_unit,
)
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.rights import right
from app.web.trial_signing import Tried, done, tried
from app.web.trials import HANDS, STANDS_BESIDE, again, no_second, of_trials, recipe_named, to_be_signed
from app.web.visit import signed_in, visit

trial_acts = Blueprint("trial_acts", __name__)


@trial_acts.post("/trials/receive")
@right(*HANDS)
def receive() -> ResponseReturnValue:
    """Take a delivery into a trial's stock: a unit label and a line for each unit."""
    recipe = recipe_named(request.form.get("recipe", ""))
    if recipe is None:
        abort(404)
    try:
        came = Delivery(
            kits=numbers(request.form.get("kits", "")),
            lot=request.form.get("lot", ""),
            expiry=_day("expiry"),
            retest=_day("retest"),
            note=request.form.get("note", ""),
        )
    except ValueError:
        return again(recipe.protocol, "receive", "Write each date as 2027-06-30.")
    return _witnessed(recipe.protocol, "receive", lambda act: book.receive(act, recipe, came))


@trial_acts.post("/trials/units/<label>/leave")
@right(*HANDS)
def leave(label: str) -> ResponseReturnValue:
    """Keep that a unit left the stock: returned to the sponsor, destroyed, transferred."""
    what: What = next((one for one in LEAVES if one == request.form.get("what")), "struck")
    note = request.form.get("note", "")
    return _witnessed(protocol_of(label), label, lambda act: book.leave(act, label, what, note))


@trial_acts.post("/trials/units/<label>/back")
@right(*HANDS)
def back(label: str) -> ResponseReturnValue:
    """Keep that a subject brought a dispensed unit back: it is never stock again."""
    note = request.form.get("note", "")
    return _witnessed(protocol_of(label), label, lambda act: book.come_back(act, label, note))


@trial_acts.post("/trials/count")
@right(*HANDS)
def count() -> ResponseReturnValue:
    """Keep what was found on the shelf of one product, and take out what is not there."""
    protocol, product, note = (request.form.get(name, "") for name in ("protocol", "product", "note"))
    kits = numbers(request.form.get("kits", ""))
    with house().store.reading() as conn:
        every = lines(conn, house().settings.site, protocol) if protocol else ()
    if product not in {one.line.product for one in every}:
        abort(404)
    return _witnessed(protocol, f"count-{product}", lambda act: trial_counts.count(act, protocol, product, kits, note))


@trial_acts.post("/trials/lines/<int:seq>/strike")
@right(*HANDS)
def strike(seq: int) -> ResponseReturnValue:
    """Strike a wrong line out: it stays, and counts for nothing."""
    note = request.form.get("note", "")
    with house().store.reading() as conn:
        found = next((one for one in lines(conn, house().settings.site) if one.seq == seq), None)
    if found is None:
        abort(404)
    return _witnessed(found.line.protocol, f"line-{seq}", lambda act: book.strike(act, seq, note))


@trial_acts.post("/trials/units/<label>/label")
@right(*HANDS)
def unit_label(label: str) -> ResponseReturnValue:
    """The unit label of one unit in stock, to be printed and stuck on it: once freely, then for a reason that is kept."""
    rooms, protocol, note = house(), protocol_of(label), request.form.get("note", "")
    with rooms.store.reading() as conn:
        here = next(iter(in_stock(of_unit(conn, rooms.settings.site, label))), None)
        made = next((one for one in of_trials(conn) if here and is_of(here.line, one)), None)
    if here is None or made is None:
        return again(protocol, f"label-{label}", "That unit is not in stock, or no recipe of its trial is in force.")
    drawn = trial_labels.unit_of_a_trial(here.line, made, rooms.settings)
    body = labels.render(drawn, labelling.usual_stock(drawn, rooms.settings)).pdf

    def inside(conn: Connection) -> Line:
        return book.printed(Act(conn, rooms.settings, signed_in()[0].id, "", visit().at), label, note)

    try:
        rooms.store.write(inside)
    except NotAccountedError as trouble:
        return again(protocol, f"label-{label}", str(trouble))
    named = {"Content-Disposition": f'inline; filename="unit-{label}.pdf"'}
    return Response(body, content_type="application/pdf", headers=named)


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a field, apart by blanks, commas, semicolons or lines."""
    return tuple(text.replace(",", " ").replace(";", " ").split())


def protocol_of(label: str) -> str:
    """Return the trial that a unit's own record says it is of."""
    with house().store.reading() as conn:
        every = of_unit(conn, house().settings.site, label)
    if not every:
        abort(404)
    return every[0].line.protocol


def _witnessed(protocol: str, form: str, work: Callable[[Act], object]) -> ResponseReturnValue:
    """Show both people the very lines, and write them once the second has signed them."""
    found = tried(protocol, work)
    if isinstance(found, str):
        return again(protocol, form, found)
    over = request.form.get("over", "")
    if not over:
        return to_be_signed(protocol, form, found, "", 200)
    if over != found.over:
        return to_be_signed(protocol, form, found, "A line was added since this was shown. Look at it again.", 422)
    return _signed(protocol, form, found, work)


def _signed(protocol: str, form: str, found: Tried, work: Callable[[Act], object]) -> ResponseReturnValue:
    rooms, at, who = house(), visit().at, signed_in()[0].id
    second = desk.cosign(STANDS_BESIDE, found.over)
    if isinstance(second, SignRefused):
        return to_be_signed(protocol, form, found, second.says, 429 if second.locked_until else 422)
    beside, _ = second
    if wrong := no_second(beside):
        return to_be_signed(protocol, form, found, wrong, 422)
    try:
        rooms.store.write(lambda conn: done(Act(conn, rooms.settings, who, beside.id, at, found.over), protocol, work))
    except NotAccountedError as trouble:
        return again(protocol, form, str(trouble))
    return redirect(url_for("trials.show", protocol=protocol), 303)


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    return date.fromisoformat(text) if text else None
