"""The stock of clinical trials and its accountability, as pages and papers show it (R56)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app import trial_labels
from app.catalogue import recipes
from app.catalogue import trial_lines as book
from app.catalogue.trial_lines import Kept, NotAccountedError
from app.desk.names import name_of, names
from app.export import accountability
from app.export.run import By
from app.web.house import house
from app.web.record_papers import handed_out
from app.web.rights import right
from app.web.trial_signing import Tried
from app.web.visit import signed_in, visit, wants_page
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
    newest: bool
    """Nothing happened to its unit since: it may be struck out, or what it dispensed may come back."""


@dataclass(frozen=True)
class Stock:
    """What is in stock of one product of a trial."""

    product: str
    """Drug and strength, or the study's text."""
    balance: int
    """Units by the record."""
    units: tuple[Kept, ...]
    """The line of receipt of each, the first to expire first."""
    printed: frozenset[str]
    """Units whose label was printed before."""
    letters: Mapping[str, str]
    """What stands beside the symbol of each unit's label, which people type."""


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
    may_write: bool
    """Whether the viewer writes lines."""
    says: str = ""
    """Why something was refused."""
    form: str = ""
    """Which form that was."""
    given: Mapping[str, str] | None = None
    """What it said."""
    attest: Tried | None = None
    """The lines that the second person is to read and sign; None where nothing is to be signed."""
    path: str = ""
    """Where their form goes."""

    @property
    def form_is_gone(self) -> bool:
        """Whether what was refused stands in a form that this page has no more: then the refusal is said above."""
        units = {one.line.unit for stock in self.stocks for one in stock.units}
        units |= {one.kept.line.unit for one in self.lines if one.newest and one.kept.line.what == "dispensed"}
        lines = {f"line-{one.kept.seq}" for one in self.lines if one.newest and one.kept.line.what != "dispensed"}
        receive = {"receive"} if self.received_by else set()
        counts = {f"count-{stock.product}" for stock in self.stocks}
        return self.form not in counts | units | {f"label-{one}" for one in units} | lines | receive


@trials.get("/trials")
@right(*READERS)
def show() -> ResponseReturnValue:
    """Which trials there are, what is in stock, and every line of the one looked at."""
    page = _page(request.args.get("protocol", ""))
    return render_template("trials.html", page=page) if wants_page() else jsonify(page)


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


def _by() -> By:
    return By(signed_in()[0].id, visit().at, visit().station)


def _record() -> accountability.Record:
    protocol = request.args.get("protocol", "")
    with house().store.reading() as conn:
        lines = book.lines(conn, house().settings.site, protocol) if protocol else ()
        known = names(conn)
        sponsors = _sponsors(of_trials(conn), protocol)
    if not lines:
        abort(404)
    return accountability.Record(protocol, sponsors, lines, known)


def no_second(who: Actor) -> str:
    """Say why somebody may not stand beside; empty for a technician, and for a pharmacist whose licence counts (R25)."""
    roles = who.roles - ({"pharmacist"} if who.no_licence else set())
    return "" if roles & SECONDS else who.no_licence or f"{who.name} is no technician or pharmacist."


def still_as_shown(conn: Connection, site: str, protocol: str, over: str) -> None:
    """Raise NotAccountedError where the record has a line that was not in it as it was read."""
    if over != over_of(conn, site, protocol):
        raise NotAccountedError("A line was added since the record was read. Read it again. Nothing was written.")


def over_of(conn: Connection, site: str, protocol: str) -> str:
    """Return the digest of a record as it is read: the protocol, and its newest line."""
    newest = max((one.seq for one in book.lines(conn, site, protocol)), default=0)
    return hashlib.sha256(f"{protocol}\x1f{newest}".encode()).hexdigest()


def again(protocol: str, form: str, says: str) -> ResponseReturnValue:
    """Return the page with what a form said, and why it was refused."""
    return render_template("trials.html", page=_page(protocol, says, form, _given())), 422


def to_be_signed(protocol: str, form: str, found: Tried, says: str, status: int) -> ResponseReturnValue:
    """Return the page with the very lines that the second person is to read and sign, and nothing else to be done."""
    given = {name: value for name, value in _given().items() if name != "over"}
    page = replace(_page(protocol, says, form, given), attest=found, may_write=False, path=request.path)
    return render_template("trials.html", page=page), status


def _given() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name not in ("badge", "pin", "csrf_token")}


def recipe_named(name: str) -> Recipe | None:
    """Return the trial's recipe of this name that is in force; None for none."""
    with house().store.reading() as conn:
        return next((one for one in of_trials(conn) if one.name == name), None)


def of_trials(conn: Connection) -> tuple[Recipe, ...]:
    """Return the recipes of trials that are in force."""
    every = recipes.in_force(conn, visit().at)
    return tuple(one for one in every if isinstance(one, Recipe) and one.protocol)


def _sponsors(made: tuple[Recipe, ...], protocol: str) -> str:
    return ", ".join(dict.fromkeys(one.sponsor for one in made if one.protocol == protocol))


def _page(asked: str, says: str = "", form: str = "", given: Mapping[str, str] | None = None) -> TrialsPage:
    site = house().settings.site
    with house().store.reading() as conn:
        made, every, known = of_trials(conn), book.lines(conn, site), names(conn)
        protocols = tuple(sorted({one.protocol for one in made} | {one.line.protocol for one in every}))
        protocol = asked if asked in protocols else next(iter(protocols), "")
    mine = tuple(one for one in every if one.line.protocol == protocol)
    own = [one for one in made if one.protocol == protocol and one.protocol_stock]
    products = dict.fromkeys([book.product_of(one) for one in own] + [one.line.product for one in mine])
    return TrialsPage(
        protocols=protocols,
        protocol=protocol,
        sponsors=_sponsors(made, protocol),
        stocks=tuple(_stock(product, mine) for product in products),
        lines=_shown(mine, known),
        received_by=tuple((one.name, book.product_of(one)) for one in own),
        may_write=bool(signed_in()[0].roles & set(HANDS)),
        says=says,
        form=form,
        given=given,
    )


def _shown(mine: tuple[Kept, ...], known: Mapping[str, str]) -> tuple[LineShown, ...]:
    newest = {one.line.unit: one.seq for one in book.moves(mine)}
    return tuple(
        LineShown(one, name_of(known, one.who), name_of(known, one.second), newest.get(one.line.unit) == one.seq)
        for one in reversed(mine)
    )


def _stock(product: str, mine: tuple[Kept, ...]) -> Stock:
    here = [one for one in mine if one.line.product == product]
    units = sorted(book.in_stock(here), key=lambda one: (_expiry(one), one.line.kit))
    printed = frozenset(one.line.unit for one in here if one.line.what == "label printed")
    letters = {one.line.unit: trial_labels.letters(one.line.unit) for one in units}
    return Stock(product, sum(one.line.change for one in here), tuple(units), printed, letters)


def _expiry(one: Kept) -> date:
    held = one.line.held
    return held.expiry if held is not None and held.expiry is not None else date.max
