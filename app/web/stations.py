"""The stations at a desk: which balance stands where, whether it may weigh, and everything that was ever done to it (R15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app import station_printers
from app.desk.control_charts import Drawing, drawn
from app.desk.names import name_of, names
from app.stations import cabinets, gates, history, register, scanner_gate, setting_up, trays
from app.stations.gates import TestWeight
from app.stations.history import Answered, Line, Qualification
from app.stations.pan import Glance
from app.stations.setting_up import UNMEASURED, Setup
from app.web.frame import site_date, site_time
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page
from devices.balance import qualification
from devices.registry import BALANCES, balance_codec
from workflows.circumstances import BalanceStatus

stations = Blueprint("stations", __name__)

LOOK = ("lead_technician", "pharmacist", "qa", "admin", "informatics")
"""Who may see how the instruments are."""
KEEP = ("lead_technician", "qa", "informatics")
"""Who puts an instrument on the register."""
SOON = timedelta(days=30)
"""A certificate that runs out within this time is named."""


@dataclass(frozen=True)
class Sign:
    """One thing that must be so before a dose is weighed, and whether it is."""

    name: str
    state: str
    """right, check or wrong."""
    word: str
    """In a word or two."""
    says: str
    """In a sentence, with what to do where it is not right."""


@dataclass(frozen=True)
class Standing:
    """One station in the list."""

    station: str
    status: BalanceStatus | None
    """Its balance; None for none on the register."""
    identity: str
    """Maker, model and serial number, as far as they are known."""
    signs: tuple[Sign, ...]
    answers: str
    """How the link stands now, in words; empty where it is not this server's."""

    @property
    def troubles(self) -> tuple[Sign, ...]:
        return tuple(one for one in self.signs if one.state != "right")


@dataclass(frozen=True)
class BalancePage:
    """One station's balance, and its history."""

    standing: Standing
    setup: Setup | None
    """How it was set up on the register; None where only the settings file says how it is reached."""
    answered: Answered | None
    qualified: Qualification | None
    gate_g: str
    """Smallest difference that it may judge, in g; empty while its repeatability is not known."""
    net_g: str
    """Smallest net weight of USP <41> in g: shown, gates nothing."""
    charts: tuple[Drawing, ...]
    weights: tuple[TestWeight, ...]
    cabinets: tuple[cabinets.Standing, ...]
    """The station's safety cabinets."""
    trays: tuple[trays.Standing, ...]
    """Its counting trays (R54)."""
    uncertified: tuple[str, ...]
    """Those of them that take no work: out of service, or with a certificate that ran out."""
    lines: tuple[Line, ...]
    older: int | None
    """The page of the history after this one begins before this line."""
    people: dict[str, str]
    """Printed names by person id."""
    may_keep: bool
    """Whether the viewer may put instruments on the register."""
    says: str = ""
    """Why a form was refused, or what became of it."""
    refused: str = ""
    """Which form: balance, weight, cabinet or tray; empty for none."""


@stations.get("/stations")
@right(*LOOK)
def show() -> ResponseReturnValue:
    at = visit().at
    with house().store.reading() as conn:
        found = [standing(conn, code, at) for code in sorted(house().settings.stations)]
    return make_response(render_template("stations.html", page=found)) if wants_page() else jsonify(found)


@stations.get("/stations/<code>")
@right(*LOOK)
def one(code: str) -> ResponseReturnValue:
    """The balance of a station: who it is, what it may do, its charts and its history."""
    return page_of(code)


def page_of(station: str, *, says: str = "", refused: str = "", status: int = 200) -> Response:
    """Draw the page of a station's balance, with what became of a form."""
    if station not in house().settings.stations:
        abort(404)
    before = request.args.get("before", "")
    with house().store.reading() as conn:
        page = _page(conn, station, int(before) if before.isdecimal() else None, says, refused)
    given = request.form if refused else {}
    drawn_page = render_template("station.html", page=page, given=given, protocols=_protocols())
    return make_response(drawn_page if wants_page() else jsonify(page), status)


def _protocols() -> tuple[str, ...]:
    return tuple(name for name in BALANCES if not balance_codec(name).display_only)


def _page(conn: Connection, station: str, before: int | None, says: str, refused: str) -> BalancePage:
    stands = standing(conn, station, visit().at)
    shown = history.lines(conn, station, before)
    known, status = names(conn), stands.status
    measured = status is not None and status.repeatability_g != UNMEASURED
    return BalancePage(
        standing=stands,
        setup=setting_up.set_up_of(conn, station),
        answered=history.answered(conn, station),
        qualified=history.qualification(conn, station),
        gate_g=_least(status) if status and measured else "",
        net_g=_net(status) if status and measured else "",
        charts=tuple(drawn(one, house().settings.zone) for one in history.charts(conn, station)),
        weights=gates.weights_of(conn, station),
        cabinets=(found := cabinets.of_station(conn, station)),
        trays=trays.of_station(conn, station),
        uncertified=tuple(
            one.code for one in found if one.certified_until is None or one.certified_until <= visit().at
        ),
        lines=shown,
        older=shown[-1].seq if len(shown) == history.PAGE else None,
        people={line.who: name_of(known, line.who) for line in shown},
        may_keep=bool(set(KEEP) & signed_in()[0].roles),
        says=says,
        refused=refused,
    )


def _least(status: BalanceStatus) -> str:
    return f"{qualification.m_min_gate(status.repeatability_g, status.division_g).quantize(status.division_g)}"


def _net(status: BalanceStatus) -> str:
    return f"{qualification.minimum_net(status.repeatability_g, status.division_g).quantize(status.division_g)}"


def standing(conn: Connection, station: str, at: datetime) -> Standing:
    """Return how a station's balance stands: what must be so before it weighs a dose, sign by sign."""
    status = register.balance_status(conn, station)
    bench = house().benches.at(station)
    glance = bench.pan.glance() if bench is not None and bench.pan is not None else None
    answers = _answers(glance)
    if status is None:
        none = Sign("balance", "wrong", "none", "No balance is on the register. A station weighs no dose without one.")
        rest = (none, _scanner(conn, station), _printer(conn, station))
        return Standing(station, None, "", (_cabinets(conn, station, at), *rest), answers)
    signs = (
        _cabinets(conn, station, at),
        _link_sign(glance),
        _calibration(status, at),
        _check(conn, station, status, at),
        _repeatability(status),
        _scanner(conn, station),
        _printer(conn, station),
    )
    return Standing(station, status, _identity(conn, station, status), tuple(one for one in signs if one), answers)


def _answers(glance: Glance | None) -> str:
    return "" if glance is None else glance.says


def _identity(conn: Connection, station: str, status: BalanceStatus) -> str:
    setup, said = setting_up.set_up_of(conn, station), history.answered(conn, station)
    named = f"{setup.maker} {setup.model}" if setup else (said.model if said else "")
    return f"{named or 'balance'}, serial number {status.serial}"


def _cabinets(conn: Connection, station: str, at: datetime) -> Sign:
    """Say whether the station has a cabinet that takes work (R41)."""
    found = cabinets.of_station(conn, station)
    if not found:
        return Sign("cabinet", "wrong", "none", "No cabinet is on the register. Nothing is begun without one.")
    good = [one.certified_until for one in found if one.certified_until is not None and one.certified_until > at]
    if len(good) < len(found):
        says = (
            "Out of service or with a certificate that ran out; the others take work." if good else "None takes work."
        )
        return Sign("cabinet", "check" if good else "wrong", f"{len(good)} of {len(found)} certified", says)
    until = min(good)
    if until - at <= SOON:
        return Sign("cabinet", "check", f"{(until - at).days} days left", f"A certificate ends on {site_date(until)}.")
    return Sign("cabinet", "right", f"until {site_date(until)}", f"{(until - at).days} days left.")


def _link_sign(glance: Glance | None) -> Sign | None:
    if glance is None or glance.state in ("ready", "busy"):
        return None
    word = "another balance" if glance.state == "wrong" else "not answering"
    return Sign("link", "wrong", word, glance.says)


def _calibration(status: BalanceStatus, at: datetime) -> Sign:
    until = status.calibrated_until
    if until is None:
        return Sign("calibration", "wrong", "no certificate", "No calibration certificate is on the register: no dose.")
    if until <= at:
        says = f"Its certificate ran out on {site_date(until)}. It weighs no dose until a new one is on the register."
        return Sign("calibration", "wrong", "run out", says)
    days = (until - at).days
    if until - at <= SOON:
        return Sign("calibration", "check", f"{days} days left", f"Its certificate runs out on {site_date(until)}.")
    return Sign("calibration", "right", f"until {site_date(until)}", f"{days} days left.")


def _check(conn: Connection, station: str, status: BalanceStatus, at: datetime) -> Sign:
    bench_set = house().benches.balance_set(station)
    warm_up = timedelta(minutes=bench_set.warm_up_minutes if bench_set else 0)
    if (warms := gates.warming(conn, station, at, warm_up)) is not None:
        return Sign(
            "today's check", "wrong", "warming up", f"It was or may have been off: warm at {site_time(warms.until)}."
        )
    if status.check_valid_until is None or status.check_valid_until <= at:
        return Sign("today's check", "check", "not done", "It is done at the station, with both check weights.")
    until = site_time(status.check_valid_until)
    return Sign("today's check", "right", "passed", f"Good until {until}, or until it is switched off or moved.")


def _repeatability(status: BalanceStatus) -> Sign:
    if status.repeatability_g == UNMEASURED:
        says = "Its repeatability in the running cabinet is not known: `vialtrace balance qualify` with --keep."
        return Sign("repeatability", "wrong", "not measured", says)
    return Sign("repeatability", "right", f"s = {status.repeatability_g} g", f"It judges {_least(status)} g and more.")


def _scanner(conn: Connection, station: str) -> Sign:
    set_as = house().settings.stations[station]
    found = scanner_gate.tested(conn, station, scanner_gate.kind_at(set_as), set_as)
    if found.at is None or not found.passed:
        return Sign(
            "scanner", "check", "not tested", f"{found.says} It is done at the station, with the printed sheet."
        )
    return Sign("scanner", "right", "tested", f"On {site_date(found.at)}; anew after any change of its set-up.")


def _printer(conn: Connection, station: str) -> Sign:
    """Say whether a label of this printer, as it is set up now, was ever read back from the paper."""
    newest = station_printers.tested(conn, station, house().settings)
    if newest is None or newest.proved_at is None or not newest.since_set_up:
        return Sign("printer", "check", "not tested", "Print a test label under Printer and labels, and scan it.")
    return Sign("printer", "right", "tested", f"On {site_date(newest.proved_at)}; anew after any change of its set-up.")
