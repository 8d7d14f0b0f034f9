"""The stock of clinical trials and its accountability: received, dispensed, returned, destroyed, struck out (R56)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

import labels
from app import labelling, trial_labels
from app.catalogue import recipes
from app.catalogue import trials as book
from app.catalogue.trials import Act, Delivery, Kept, NotAccountedError, What
from app.desk.names import name_of, names
from app.export import accountability
from app.export.run import By
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.record_papers import handed_out
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page
from app.web.writing import refusal
from workflows import trials as rules
from workflows.circumstances import Actor
from workflows.recipe import Recipe

trials = Blueprint("trials", __name__)

READERS = ("technician", "lead_technician", "pharmacist", "qa")
HANDS = ("technician", "lead_technician", "pharmacist")
"""Who takes stock in, and out."""
SECONDS = frozenset({"technician", "lead_technician", "pharmacist"})
"""Who may stand beside."""
STANDS_BESIDE = "accountability line witnessed"
"""What the second person's signature means."""


@dataclass(frozen=True)
class LineShown:
    """One line as a page shows it."""

    kept: Kept
    """As it stands in the record."""
    by: str
    """Who wrote it."""
    second: str
    """Who stood beside; empty for nobody."""


@dataclass(frozen=True)
class Stock:
    """What is in stock of one product of a trial."""

    product: str
    """Drug and strength, or the study's text."""
    balance: int
    """Units by the record."""
    units: tuple[Kept, ...]
    """The line of receipt of each, the first to expire first."""


@dataclass(frozen=True)
class TrialsPage:
    """The trials of the site, and the record of the one that is looked at."""

    protocols: tuple[str, ...]
    """Numbers of all trials that have a recipe or a line."""
    protocol: str
    """The one that is looked at; empty where there is none."""
    sponsors: str
    """Who sponsors it."""
    stocks: tuple[Stock, ...]
    """In stock, a product each."""
    lines: tuple[LineShown, ...]
    """The whole record, the newest first."""
    received_by: tuple[tuple[str, str], ...]
    """Recipes that stock can be received for: name and product."""
    over: str
    """Digest of the record as it is shown: an act counts for nothing that came since."""
    may_write: bool
    """Whether the viewer writes lines."""
    not_yet: str
    """Why nothing of a trial is received or made; empty where trials are offered."""
    says: str = ""
    """Why something was refused."""
    form: str = ""
    """Which form that was."""
    given: Mapping[str, str] | None = None
    """What it said."""


@trials.get("/trials")
@right(*READERS)
def show() -> ResponseReturnValue:
    """Which trials there are, what is in stock, and every line of the one looked at."""
    page = _page(request.args.get("protocol", ""))
    return render_template("trials.html", page=page) if wants_page() else jsonify(page)


@trials.post("/trials/receive")
@right(*HANDS)
def receive() -> ResponseReturnValue:
    """Take a delivery into a trial's stock: a unit label and a line for each unit."""
    recipe = recipe_named(request.form.get("recipe", ""))
    if recipe is None:
        abort(404)
    try:
        came = Delivery(
            kits=tuple(request.form.get("kits", "").replace(",", " ").split()),
            lot=request.form.get("lot", ""),
            expiry=_day("expiry"),
            retest=_day("retest"),
            note=request.form.get("note", ""),
        )
    except ValueError:
        return _again(recipe.protocol, "receive", "Write each date as 2027-06-30.")
    return _witnessed(recipe.protocol, "receive", lambda act: book.receive(act, recipe, came))


@trials.post("/trials/units/<label>/leave")
@right(*HANDS)
def leave(label: str) -> ResponseReturnValue:
    """Keep that a unit left the stock: returned to the sponsor, destroyed, transferred."""
    what: What = next((one for one in book.LEAVES if one == request.form.get("what")), "struck")
    note = request.form.get("note", "")
    return _witnessed(request.form.get("protocol", ""), label, lambda act: book.leave(act, label, what, note))


@trials.post("/trials/units/<label>/back")
@right(*HANDS)
def back(label: str) -> ResponseReturnValue:
    """Keep that a subject brought a dispensed unit back: it is never stock again."""
    note = request.form.get("note", "")
    return _witnessed(request.form.get("protocol", ""), label, lambda act: book.come_back(act, label, note))


@trials.post("/trials/lines/<int:seq>/strike")
@right(*HANDS)
def strike(seq: int) -> ResponseReturnValue:
    """Strike a wrong line out: it stays, and counts for nothing."""
    note = request.form.get("note", "")
    return _witnessed(request.form.get("protocol", ""), f"line-{seq}", lambda act: book.strike(act, seq, note))


@trials.get("/trials/accountability.pdf")
@right(*READERS)
def paper() -> ResponseReturnValue:
    """The record of one protocol on paper."""
    rooms, record = house(), _record()
    return handed_out(accountability.as_paper(rooms.store, rooms.settings, record, _by(), signed_in()[0].name))


@trials.get("/trials/accountability.csv")
@right(*READERS)
def table() -> ResponseReturnValue:
    """The record of one protocol as CSV."""
    rooms = house()
    return handed_out(accountability.as_csv(rooms.store, rooms.settings, _record(), _by()))


@trials.get("/trials/units/<label>/label.pdf")
@right(*READERS)
def unit_label(label: str) -> ResponseReturnValue:
    """The unit label of one unit in stock, to be printed and stuck on it."""
    rooms = house()
    with rooms.store.reading() as conn:
        here = next(
            (one for one in book.in_stock(book.lines(conn, rooms.settings.site)) if one.line.unit == label), None
        )
        made = next((one for one in _of_trials(conn) if here and book.is_of(here.line, one)), None)
    if here is None or made is None:
        abort(404)
    drawn = trial_labels.unit_of_a_trial(here.line, made, rooms.settings)
    body = labels.render(drawn, labelling.usual_stock(drawn, rooms.settings)).pdf
    named = {"Content-Disposition": f'inline; filename="unit-{label}.pdf"'}
    return Response(body, content_type="application/pdf", headers=named)


def _by() -> By:
    return By(signed_in()[0].id, visit().at, visit().station)


def _record() -> accountability.Record:
    protocol = request.args.get("protocol", "")
    with house().store.reading() as conn:
        lines = book.lines(conn, house().settings.site, protocol) if protocol else ()
        known = names(conn)
        sponsors = _sponsors(_of_trials(conn), protocol)
    if not lines:
        abort(404)
    return accountability.Record(protocol, sponsors, lines, known)


def _witnessed(protocol: str, form: str, work: Callable[[Act], object]) -> ResponseReturnValue:
    """Write a line in the names of two people, over the record as it was shown."""
    rooms, at, who = house(), visit().at, signed_in()[0].id
    over = request.form.get("over", "")
    second = desk.cosign(STANDS_BESIDE, over)
    if isinstance(second, SignRefused):
        return _again(protocol, form, second.says, 429 if second.locked_until else 422)
    beside, _ = second
    if wrong := no_second(beside):
        return _again(protocol, form, wrong)

    def inside(conn: Connection) -> None:
        still_as_shown(conn, rooms.settings.site, protocol, over)
        work(Act(conn, rooms.settings, who, beside.id, at))

    trouble = refusal(inside, NotAccountedError)
    if trouble:
        return _again(protocol, form, str(trouble))
    return redirect(url_for("trials.show", protocol=protocol), 303)


def no_second(who: Actor) -> str:
    """Say why somebody may not stand beside; empty for a technician, and for a pharmacist whose licence counts (R25)."""
    roles = who.roles - ({"pharmacist"} if who.no_licence else set())
    return "" if roles & SECONDS else who.no_licence or f"{who.name} is no technician or pharmacist."


def still_as_shown(conn: Connection, site: str, protocol: str, over: str) -> None:
    """Raise NotAccountedError where the record has a line that was not shown to whoever stood beside."""
    if over != over_of(conn, site, protocol):
        raise NotAccountedError("A line was added since this page was drawn. Look at it again. Nothing was written.")


def over_of(conn: Connection, site: str, protocol: str) -> str:
    """Return the digest that a witness's signature is over: the protocol, and the newest line of its record."""
    newest = max((one.seq for one in book.lines(conn, site, protocol)), default=0)
    return hashlib.sha256(f"{protocol}\x1f{newest}".encode()).hexdigest()


def _again(protocol: str, form: str, says: str, status: int = 422) -> ResponseReturnValue:
    given = {name: value for name, value in request.form.items() if name not in ("badge", "pin", "csrf_token")}
    return render_template("trials.html", page=_page(protocol, says, form, given)), status


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    return date.fromisoformat(text) if text else None


def recipe_named(name: str) -> Recipe | None:
    """Return the trial's recipe of this name that is in force; None for none."""
    with house().store.reading() as conn:
        return next((one for one in _of_trials(conn) if one.name == name), None)


def _of_trials(conn: Connection) -> tuple[Recipe, ...]:
    every = recipes.in_force(conn, visit().at)
    return tuple(one for one in every if isinstance(one, Recipe) and one.protocol)


def _sponsors(made: tuple[Recipe, ...], protocol: str) -> str:
    return ", ".join(dict.fromkeys(one.sponsor for one in made if one.protocol == protocol))


def _page(asked: str, says: str = "", form: str = "", given: Mapping[str, str] | None = None) -> TrialsPage:
    site = house().settings.site
    with house().store.reading() as conn:
        made, every, known = _of_trials(conn), book.lines(conn, site), names(conn)
        protocols = tuple(sorted({one.protocol for one in made} | {one.line.protocol for one in every}))
        protocol = asked if asked in protocols else next(iter(protocols), "")
        over = over_of(conn, site, protocol)
    mine = tuple(one for one in every if one.line.protocol == protocol)
    own = [one for one in made if one.protocol == protocol and one.protocol_stock]
    products = dict.fromkeys([book.product_of(one) for one in own] + [one.line.product for one in mine])
    return TrialsPage(
        protocols=protocols,
        protocol=protocol,
        sponsors=_sponsors(made, protocol),
        stocks=tuple(_stock(product, mine) for product in products),
        lines=tuple(LineShown(one, name_of(known, one.who), name_of(known, one.second)) for one in reversed(mine)),
        received_by=tuple((one.name, book.product_of(one)) for one in own if rules.OFFERED),
        over=over,
        not_yet="" if rules.OFFERED else rules.NOT_YET,
        may_write=bool(signed_in()[0].roles & set(HANDS)),
        says=says,
        form=form,
        given=given,
    )


def _stock(product: str, mine: tuple[Kept, ...]) -> Stock:
    here = [one for one in mine if one.line.product == product]
    units = sorted(book.in_stock(here), key=lambda one: (_expiry(one), one.line.kit))
    return Stock(product, sum(one.line.change for one in here), tuple(units))


def _expiry(one: Kept) -> date:
    held = one.line.held
    return held.expiry if held is not None and held.expiry is not None else date.max
