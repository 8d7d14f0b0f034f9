"""How a station prints, at a desk: its printer and stock, a test label scanned back, a picture of each kind (LABELS 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

import labels
from app import clock, label_texts, labelling, station_printers
from app.people.accounts import NotDoneError, given
from app.people.door import Refused
from app.record import print_jobs
from app.station_printers import Printing, Tested
from app.station_settings import PrinterSettings
from app.stations.register import CheckResult
from app.web.house import house
from app.web.oneself import by_password
from app.web.rights import right
from app.web.stations import KEEP, LOOK
from app.web.visit import signed_in, visit, wants_page
from labels import ENGLISH, LANGUAGES
from labels.language import catalogue
from labels.specimens import TITLES, specimen
from labels.stock import PROFILES

station_printer = Blueprint("station_printer", __name__)
KINDS = {
    "pdf": "files that a person opens",
    "spool": "files that a print queue takes away",
    "lp": "a CUPS queue on the server",
    "raw9100": "a ZPL printer on its network port",
}
"""What a printer may be, and what that means."""


@dataclass(frozen=True)
class Template:
    """One kind of label as this station prints it."""

    kind: str
    """A key of TITLES."""
    title: str
    usual: str
    """The stock its orders are judged for, 101.6x76.2 in mm."""
    stock: str
    """The stock it is printed on."""
    stocks: tuple[str, ...]
    """To choose from."""


@dataclass(frozen=True)
class Tongue:
    """A language of labels."""

    code: str
    """en, de."""
    name: str
    confirmed: bool
    """Two people of the site have signed its texts as they stand."""


@dataclass(frozen=True)
class PrinterPage:
    """A station's printer."""

    station: str
    printing: Printing
    named: str
    """As the record names it."""
    templates: tuple[Template, ...]
    tested: Tested | None
    """Its newest test label."""
    state: str
    """How far that one came; empty for none."""
    waits: bool
    """It waits for the printer yet."""
    may_keep: bool
    """Whether the viewer may change anything here."""
    command_id: str
    """Under which a test label is asked for, once."""
    says: str = ""
    """What became of a form."""
    refused: str = ""
    """Which form was not kept: printer or test; empty for none."""


@station_printer.get("/stations/<code>/printer")
@right(*LOOK)
def show(code: str) -> ResponseReturnValue:
    return _page(code)


@station_printer.post("/stations/<code>/printer")
@right(*KEEP)
def set_up(code: str) -> ResponseReturnValue:
    """Set up the printer and the stock of each kind; the next label prints so."""
    _known(code)
    (person, _), at = signed_in(), visit().at
    asked = {name: request.form.get(name, "").strip()[:200] for name in request.form if name != "password"}
    try:
        why = given(asked.get("why", ""))
    except NotDoneError as trouble:
        return _page(code, says=str(trouble), refused="printer", status=422)

    known = by_password(request.form.get("password", ""), "The printer stays as it was.")
    if isinstance(known, Refused):
        return _page(code, says=known.says, refused="printer", status=429 if known.locked_until else 422)

    def write(conn: Connection) -> CheckResult:
        return station_printers.set_up(conn, code, house().settings, asked, at=at, who=person.id, why=why)

    done = house().store.write(write)
    if not done.passed:
        return _page(code, says=done.says, refused="printer", status=422)
    return redirect(url_for("station_printer.show", code=code), 303)


@station_printer.post("/stations/<code>/printer/trial")
@right(*KEEP)
def trial(code: str) -> ResponseReturnValue:
    """Print a test label; the same page asks for one alone."""
    _known(code)
    (person, _), at = signed_in(), visit().at
    command_id = request.form.get("command_id", "")[:40] or clock.new_command_id()

    def write(conn: Connection) -> None:
        newest = station_printers.tested(conn, code, house().settings)
        if newest is None or newest.entry.command_id != command_id:
            station_printers.ask_test(conn, code, at=at, who=person.id, command_id=command_id)

    house().store.write(write)
    return redirect(url_for("station_printer.show", code=code), 303)


@station_printer.post("/stations/<code>/printer/scanned")
@right(*KEEP)
def scanned(code: str) -> ResponseReturnValue:
    """The code of the test label was read, by the scanner that types here or by the station's own."""
    _known(code)
    (person, _), at, raw = signed_in(), visit().at, request.form.get("code", "")[:200]
    if "station" in request.form:
        bench = house().benches.at(code)
        heard = bench.scans.after(0) if bench is not None else ()
        raw = heard[-1].raw if heard else ""

    def write(conn: Connection) -> CheckResult:
        return station_printers.scanned_back(conn, code, house().settings, raw, at=at, who=person.id)

    done = house().store.write(write)
    if not done.passed:
        return _page(code, says=done.says, refused="test", status=422)
    return redirect(url_for("station_printer.show", code=code), 303)


@station_printer.get("/stations/<code>/printer/<kind>.png")
@right(*LOOK)
def preview(code: str, kind: str) -> ResponseReturnValue:
    """A kind of label as this station prints it, dot for dot, of a patient who does not exist."""
    _known(code)
    if kind not in TITLES:
        abort(404)
    settings = house().settings
    with house().store.reading() as conn:
        how = station_printers.printing(conn, code, settings)
        signed = label_texts.confirmed(conn, settings.site, how.language, visit().at, settings.zone)
    label = specimen(kind, labels.DEMO if settings.demo else None, settings.site_zone, visit().at, how.language)
    label = replace(label, texts_signed=signed or None)
    drawn = labels.render(label, how.stock_of(label, settings), how.printer.dpi)
    return Response(drawn.png, content_type="image/png")


def _page(code: str, *, says: str = "", refused: str = "", status: int = 200) -> Response:
    _known(code)
    settings = house().settings
    with house().store.reading() as conn:
        how, newest = station_printers.printing(conn, code, settings), station_printers.tested(conn, code, settings)
        tongues = tuple(Tongue(one, catalogue(one).name, _known_texts(conn, one)) for one in LANGUAGES)
    page = PrinterPage(
        station=code,
        printing=how,
        named=how.printer.named,
        templates=tuple(_template(kind, how) for kind in TITLES),
        tested=newest,
        state=print_jobs.state_of(newest.entry) if newest else "",
        waits=newest is not None and newest.entry.status in ("waiting", "taken"),
        may_keep=bool(set(KEEP) & signed_in()[0].roles),
        command_id=clock.new_command_id(),
        says=says,
        refused=refused,
    )
    given_back = request.form if refused == "printer" else {}
    drawn = (
        render_template(
            "station_printer.html",
            page=page,
            given=given_back,
            kinds=KINDS,
            dpis=tuple(PROFILES),
            spoken=_spoken(),
            tongues=tongues,
        )
        if wants_page()
        else jsonify(page)
    )
    return make_response(drawn, status)


def _known_texts(conn: Connection, language: str) -> bool:
    settings = house().settings
    return language == ENGLISH or bool(label_texts.confirmed(conn, settings.site, language, visit().at, settings.zone))


def _spoken() -> tuple[str, ...]:
    return tuple(get_args(PrinterSettings.model_fields["kind"].annotation))


def _template(kind: str, how: Printing) -> Template:
    settings = house().settings
    label = specimen(kind, labels.DEMO if settings.demo else None, settings.site_zone, visit().at, how.language)
    usual = labelling.usual_stock(label, settings)
    return Template(kind, TITLES[kind], usual, how.stock_of(label, settings), station_printers.larger(usual))


def _known(code: str) -> None:
    if code not in house().settings.stations:
        abort(404)
