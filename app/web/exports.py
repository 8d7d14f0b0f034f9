"""Exports over many preparations, and the list of everything that was ever taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.desk.names import name_of, names
from app.desk.records import OUTCOMES, STATES, Filter
from app.export.pseudonyms import Pseudonyms
from app.export.recorded import PAGE, Recorded, exports
from app.export.run import NotMade, export
from app.export.wanted import EXPORTERS, FORMATS, PATIENTS, ROWS, Format, Patients, Rows, Wanted, may_have
from app.settings import load_pseudonym_key
from app.web.house import house
from app.web.record_papers import by, handed_out
from app.web.rights import right
from app.web.visit import signed_in, wants_page

export_pages = Blueprint("exports", __name__)


@dataclass(frozen=True)
class Line:
    """One export of the list."""

    number: int
    """Number of its event in the site's stream."""
    recorded: Recorded
    """What was taken away, and when."""
    who: str
    """Printed name, or the account of a command line."""
    named: str
    """Printed name of whom a command line said it was for; empty otherwise."""


@dataclass(frozen=True)
class ExportsPage:
    """The whole page."""

    lines: tuple[Line, ...]
    older: int
    """Show those before this number; 0 when there are none."""
    formats: Mapping[Format, str]
    rows: Mapping[Rows, str]
    patients: Mapping[Patients, str]
    """What this person may have."""
    states: tuple[str, ...]
    outcomes: tuple[str, ...]
    stations: tuple[str, ...]
    given: dict[str, str]
    """What was filled in."""
    says: str = ""
    """Why nothing was exported."""


@export_pages.get("/exports")
@right(*EXPORTERS)
def show() -> ResponseReturnValue:
    page = _page(dict(request.args), "")
    return render_template("exports.html", page=page) if wants_page() else jsonify(page)


@export_pages.post("/exports")
@right(*EXPORTERS, role_alone=True)
def make() -> ResponseReturnValue:
    wanted = wanted_of(dict(request.form), signed_in()[0].roles)
    if isinstance(wanted, str):
        return _refused(wanted)
    rooms = house()
    pseudonyms = Pseudonyms(load_pseudonym_key(rooms.settings))
    made = export(rooms.store, rooms.settings, pseudonyms, wanted, by())
    return _refused(made.says) if isinstance(made, NotMade) else handed_out(made)


def _refused(says: str) -> ResponseReturnValue:
    page = _page(dict(request.form), says)
    return (render_template("exports.html", page=page) if wants_page() else jsonify(page)), 422


def _page(given: dict[str, str], says: str) -> ExportsPage:
    rooms, before = house(), request.args.get("before", 0, int)
    with rooms.store.reading() as conn:
        known = names(conn)
        found = exports(conn, rooms.settings.site, before)
    lines = tuple(
        Line(number, one, name_of(known, one.who), name_of(known, one.export.named)) for number, one in found[:PAGE]
    )
    patients = {one: PATIENTS[one] for one in may_have(signed_in()[0].roles)}
    return ExportsPage(
        lines=lines,
        older=lines[-1].number if len(found) > PAGE else 0,
        formats=dict(FORMATS),
        rows=dict(ROWS),
        patients=patients,
        states=STATES,
        outcomes=OUTCOMES,
        stations=tuple(sorted(rooms.settings.stations)),
        given={name: value for name, value in given.items() if name != "csrf_token"},
        says=says,
    )


def wanted_of(given: dict[str, str], roles: frozenset[str]) -> Wanted | str:
    """Read what is asked for; says in words what cannot be."""
    format: Any = given.get("format", "csv")
    rows: Any = given.get("rows", "preparations")
    patients: Any = given.get("patients", "pseudonym")
    if format not in get_args(Format) or rows not in get_args(Rows) or patients not in get_args(Patients):
        return "Choose a format, what a row is, and what stands for the patient, from the lists."
    if patients not in may_have(roles):
        return "Your role may not take patients' names away. Choose pseudonyms."
    first, last = day_of(given.get("first", "")), day_of(given.get("last", ""))
    if isinstance(first, str):
        return f"Write days as 2026-11-24: {first} is none."
    if isinstance(last, str):
        return f"Write days as 2026-11-24: {last} is none."
    if first and last and last < first:
        return "The last day is before the first. Nothing would fit."
    status, outcome = given.get("status", ""), given.get("outcome", "")
    if status not in ("", *STATES) or outcome not in ("", *OUTCOMES):
        return "Choose state and outcome from the lists."
    drug, station = given.get("drug", "").strip(), given.get("station", "").strip()
    return Wanted(format, rows, Filter(status, drug, first, last, station, outcome), patients)


def day_of(text: str) -> date | str | None:
    """The day; None for nothing, the text itself where it is none."""
    tidy = text.strip()
    if not tidy:
        return None
    try:
        return date.fromisoformat(tidy)
    except ValueError:
        return tidy
