"""Spills at a desk: what happened, who was exposed, closing it, its report; and the yearly simulations (R45, G28, G30)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.desk.names import names
from app.export.incident_report import incident_report
from app.people.accounts import everybody
from app.stations import incidents as book
from app.stations.incidents import Acting, Kept, NotKeptError, Practised, StaleError
from app.web.house import house
from app.web.record_papers import handed_out
from app.web.rights import right
from app.web.spills_form import MOMENT, day_of, fields_of, moment, preparation_of, read_spill
from app.web.visit import signed_in, visit, wants_page
from app.web.writing import refusal
from workflows.spills import ROUTES, SURFACES, Drill, Spill, StepDone, why_open
from workflows.spills import steps as spill_steps

spills = Blueprint("spills", __name__)

SEES_ALL = ("pharmacist", "lead_technician", "qa")
"""Who reads every spill, and closes them; a technician reads those they wrote on or were exposed in."""
EXPOSED = 4
"""Rows for exposed people on the form; more come as they are filled."""


@dataclass(frozen=True)
class Line:
    """One spill of the list."""

    kept: Kept
    """As kept."""
    left: int
    """How many things stand in the way of closing it."""


@dataclass(frozen=True)
class SpillsPage:
    """The list, and who has to practise."""

    lines: tuple[Line, ...]
    """Open ones first."""
    drills: tuple[Drill, ...]
    """Simulations, newest first."""
    practised: tuple[Practised, ...]
    """Who handles hazardous drugs, the overdue first."""
    names: dict[str, str]
    """Printed names by person id."""
    sees_all: bool
    """The viewer reads every spill and keeps simulations."""
    now: str
    """The time at the site, as it is typed."""
    form: str
    """Which form was refused: begin or drill."""
    says: str
    """Why."""
    given: dict[str, str]
    """What was filled in."""
    ticked: tuple[str, ...]
    """Who was ticked as having taken part."""


@dataclass(frozen=True)
class SpillPage:
    """One spill."""

    kept: Kept
    """As kept."""
    left: tuple[str, ...]
    """What stands in the way of closing it."""
    steps: tuple[tuple[str, str, StepDone | None], ...]
    """Each step: short name, words, and when it was done."""
    given: dict[str, str]
    """The form's fields."""
    rows: range
    """Rows for exposed people."""
    worn: tuple[str, ...]
    """What can be worn."""
    ticked: tuple[str, ...]
    """What was."""
    surfaces: tuple[str, ...]
    """To choose from."""
    routes: tuple[str, ...]
    """To choose from."""
    names: dict[str, str]
    """Printed names by person id."""
    may_close: bool
    """The viewer may close it."""
    says: str
    """Why the last press was refused."""


@spills.get("/spills")
@right("technician", *SEES_ALL)
def show() -> ResponseReturnValue:
    return _list()


@spills.post("/spills")
@right("technician", *SEES_ALL)
def begin() -> ResponseReturnValue:
    """Keep a new spill; the rest is filled in on its own page."""
    made: list[str] = []

    def work(act: Acting) -> None:
        form = request.form
        spill = Spill(moment(form.get("happened_at", "")), form.get("place", "").strip(), form.get("drug", "").strip())
        made.append(book.begin(act, replace(spill, preparation=preparation_of(act.conn, form.get("preparation", "")))))

    trouble = _refused(work)
    if trouble:
        return _list("begin", str(trouble), 422)
    return redirect(url_for("spills.page", id=made[-1]), 303)


@spills.post("/spills/simulation")
@right(*SEES_ALL)
def simulation() -> ResponseReturnValue:
    """Keep a simulation."""

    def work(act: Acting) -> None:
        form, known = request.form, {one.id for one in everybody(act.conn)}
        minutes = form.get("minutes", "").strip()
        persons = tuple(one for one in form.getlist("persons") if one in known)
        drill = Drill(
            day_of(form.get("day", "")), form.get("place", "").strip(), persons, int(minutes) if minutes.isdecimal() else 0,
            form.get("findings", "").strip(),
        )  # fmt: skip
        book.add_drill(act, drill)

    trouble = _refused(work)
    return _list("drill", str(trouble), 422) if trouble else redirect(url_for("spills.show"), 303)


@spills.get("/spills/<id>")
@right("technician", *SEES_ALL)
def page(id: str) -> ResponseReturnValue:
    return _page(id)


@spills.post("/spills/<id>")
@right("technician", *SEES_ALL)
def change(id: str) -> ResponseReturnValue:
    """Write what is known now."""
    _theirs(id)

    def work(act: Acting) -> None:
        before = book.by_id(act.conn, act.settings.site, id)
        if before is not None:
            book.change(act, id, _version(), read_spill(act, before.spill))

    return _answered(id, _refused(work))


@spills.post("/spills/<id>/close")
@right(*SEES_ALL)
def close(id: str) -> ResponseReturnValue:
    """Close it, where nothing stands in the way."""
    _theirs(id)
    return _answered(id, _refused(lambda act: book.close(act, id, _version())))


@spills.get("/spills/<id>/pdf")
@right("technician", *SEES_ALL)
def pdf(id: str) -> ResponseReturnValue:
    """The incident report; who took it away is recorded first."""
    kept, here, person = _theirs(id), visit(), signed_in()[0]
    rooms = house()
    with rooms.store.reading() as conn:
        known = dict(names(conn))
    return handed_out(
        incident_report(rooms.store, rooms.settings, kept, known, who=person.id, by=person.name, at=here.at)
    )


def _answered(id: str, trouble: NotKeptError | None) -> ResponseReturnValue:
    if trouble is None:
        return redirect(url_for("spills.page", id=id), 303)
    return _page(id, str(trouble), 409 if isinstance(trouble, StaleError) else 422)


def _refused(work: Callable[[Acting], object]) -> NotKeptError | None:
    rooms, who, at = house(), signed_in()[0].id, visit().at
    return refusal(lambda conn: work(Acting(conn, rooms.settings, who, at)), NotKeptError)


def _version() -> int:
    text = request.form.get("expected_version", "")
    if not text.isdecimal():
        abort(400)
    return int(text)


def _theirs(id: str) -> Kept:
    """Return the spill if it is this viewer's to read, or answer 404."""
    person = signed_in()[0]
    with house().store.reading() as conn:
        kept = book.by_id(conn, house().settings.site, id)
    if kept is None or not (person.roles & set(SEES_ALL) or kept.concerns(person.id)):
        abort(404)
    return kept


def _list(form: str = "", says: str = "", status: int = 200) -> Response:
    person, at, rooms = signed_in()[0], visit().at, house()
    site, zone = rooms.settings.site, rooms.settings.zone
    sees_all = bool(person.roles & set(SEES_ALL))
    with rooms.store.reading() as conn:
        found, held = book.of_site(conn, site), book.drills(conn, site)
        wear = {one.id: book.to_wear(conn, site, one.spill) for one in found}
        late, known = book.practised(conn, site, at.astimezone(zone).date()), dict(names(conn))
    shown = SpillsPage(
        lines=tuple(
            Line(one, 0 if one.spill.closed_at else len(why_open(one.spill, at, wear=wear[one.id])))
            for one in found
            if sees_all or one.concerns(person.id)
        ),
        drills=held,
        practised=late,
        names=known,
        sees_all=sees_all,
        now=at.astimezone(zone).strftime(MOMENT),
        form=form,
        says=says,
        given=request.form.to_dict() if form else {},
        ticked=tuple(request.form.getlist("persons")),
    )
    return make_response(render_template("spills.html", page=shown) if wants_page() else jsonify(shown), status)


def _page(id: str, says: str = "", status: int = 200) -> Response:
    kept, person, at = _theirs(id), signed_in()[0], visit().at
    spill = kept.spill
    with house().store.reading() as conn:
        known = dict(names(conn))
        wear = book.to_wear(conn, house().settings.site, spill)
        users = {one.id: one.user for one in everybody(conn)}
    done = {one.step: one for one in spill.done}
    given = request.form.to_dict() if says and request.form.get("rows") else fields_of(spill, users)
    shown = SpillPage(
        kept=kept,
        left=() if spill.closed_at else why_open(spill, at, known, wear),
        steps=tuple((name, words, done.get(name)) for name, words in spill_steps(wear)),
        given=given,
        rows=range(max(EXPOSED, len(spill.exposed) + 1)),
        worn=wear,
        ticked=tuple(request.form.getlist("worn")) if says and request.form.get("rows") else spill.worn,
        surfaces=SURFACES,
        routes=ROUTES,
        names=known,
        may_close=bool(person.roles & set(SEES_ALL)),
        says=says,
    )
    return make_response(render_template("spill.html", page=shown) if wants_page() else jsonify(shown), status)
