"""The hazardous-drug list: read and printed by everybody without signing in (G29); entered, signed and reviewed by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import cast

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalogue import hazards as book
from app.catalogue import recipes
from app.catalogue.hazards import EDITION, FORMS, Entry, NotEnteredError, Review, Signer
from app.desk.names import name_of, names
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.review_page import Signing
from app.web.rights import open_to_all, right
from app.web.signing_form import signing_form
from app.web.visit import signed_in, visit, wants_page
from app.web.writing import written
from workflows.hazards import WEAR, Assessment, Handling, Hazard, Niosh, Wear, activities
from workflows.site_policy import worn_for

hazards = Blueprint("hazards", __name__)

ENTERS = ("pharmacist",)
"""Who writes an entry and reviews the list."""
SIGNS = ("pharmacist", "qa")
"""Who signs entries: two different people for each."""
TABLES = {"1": "table 1", "2": "table 2", "none": "not listed", "": "not looked up"}
FIELDS = (
    *(
        "drug",
        "form",
        "niosh_table",
        "antineoplastic",
        "mshi",
        "manipulated",
        "api",
        "source",
        "why",
        "against",
        "note",
    ),
    *("number", "risk", "packaging", "manipulation", "containment", "assessed_on"),
)
"""Fields that come back with a refused form."""


@dataclass(frozen=True)
class Line:
    """One line of the list."""

    entry: Entry
    """What is known, and who signed it."""
    handling: Handling
    """What follows from it today."""
    table: str
    """NIOSH table in words."""


@dataclass(frozen=True)
class ListPage:
    """The list."""

    lines: tuple[Line, ...]
    """By drug and form."""
    edition: str
    """What the proposals were drawn from."""
    unconfirmed: int
    """Lines that two people have not signed."""
    reviewed: Review | None
    """The newest review of the whole list."""
    due: str
    """Why the list itself needs a look; empty where it does not."""
    alerts: tuple[str, ...]
    """What quality assurance must see to."""
    wear: tuple[Wear, ...]
    """What is worn for which activity."""
    own: tuple[tuple[str, tuple[str, ...]], ...]
    """What the site's signed policy has put on, activity by activity; empty where nobody has signed one."""
    version: int
    """That policy's version; 0 for none."""
    day: date
    """The day it is read for."""
    back: str
    """Station whose tablet it was opened at, or empty."""
    may_enter: bool
    """The viewer may write entries and review the list."""
    says: str = ""
    """Why a review was refused."""
    given: str = ""
    """Its note."""


@dataclass(frozen=True)
class Written:
    """One line that the site wrote of an entry."""

    at: datetime
    """UTC."""
    who: str
    """Printed name."""
    words: str
    """What it did."""


@dataclass(frozen=True)
class EntryPage:
    """One entry."""

    line: Line | None
    """As it stands; None for a new one."""
    wear: tuple[Wear, ...]
    """What is worn for the activities that it meets."""
    history: tuple[Written, ...]
    """What the site wrote of it, newest first."""
    forms: tuple[str, ...]
    """Dosage forms to choose from."""
    given: dict[str, str]
    """What the form holds."""
    form: str
    """Which form was refused: enter or sign."""
    says: str
    """Why."""
    signing: Signing | None
    """For who may sign it now."""
    may_enter: bool
    """The viewer may change it."""


@hazards.get("/hazardous-drugs")
@open_to_all
def show() -> ResponseReturnValue:
    return _list()


@hazards.post("/hazardous-drugs/review")
@right(*ENTERS)
def reviewed() -> ResponseReturnValue:
    """Keep that the whole list was compared, by whom and with what."""
    person, note = signed_in()[0], request.form.get("note", "")
    trouble = written(lambda act: book.review(act, person.name, person.licence, note), NotEnteredError)
    return _list(trouble, note, 422) if trouble else redirect(url_for("hazards.show"), 303)


@hazards.get("/hazardous-drugs/new")
@right(*ENTERS)
def new() -> ResponseReturnValue:
    return _entry("")


@hazards.post("/hazardous-drugs/enter")
@right(*ENTERS)
def enter() -> ResponseReturnValue:
    """Keep the site's own values of a drug in a form."""
    try:
        hazard = hazard_of(request.form.to_dict())
    except NotEnteredError as refused:
        return _entry(request.form.get("key", ""), "enter", str(refused), 422)
    trouble = written(lambda act: book.enter(act, hazard, why=request.form.get("why", "")), NotEnteredError)
    if trouble:
        return _entry(request.form.get("key", ""), "enter", trouble, 422)
    return redirect(url_for("hazards.page", key=book.key_of(hazard.drug, hazard.form)), 303)


@hazards.get("/hazardous-drugs/<key>")
@open_to_all
def page(key: str) -> ResponseReturnValue:
    return _entry(key)


@hazards.post("/hazardous-drugs/<key>/sign")
@right(*SIGNS)
def sign(key: str) -> ResponseReturnValue:
    """Put one's name to what an entry says; the second name confirms it."""
    over, against = request.form.get("over", ""), request.form.get("against", "")
    if len(against.strip()) < book.LEAST_WORDS:
        return _entry(key, "sign", "Say what you compared it with: the list, its edition, the page.", 422)
    signed = desk.sign_as("hazard entry confirmed", over)
    if isinstance(signed, SignRefused):
        return _entry(key, "sign", signed.says, 429 if signed.locked_until else 422)
    signer = Signer(signed.person, signed.name, signed.licence, signed.at, against.strip())
    trouble = written(lambda act: book.sign(act, key, signer, over), NotEnteredError)
    return _entry(key, "sign", trouble, 409) if trouble else redirect(url_for("hazards.page", key=key), 303)


def _today() -> date:
    return visit().at.astimezone(house().settings.zone).date()


def _may(roles: tuple[str, ...]) -> bool:
    person = visit().person
    return person is not None and bool(person.roles & set(roles))


def _line(entry: Entry) -> Line:
    return Line(entry, entry.handled(_today()), TABLES[entry.hazard.niosh_table])


def _list(says: str = "", given: str = "", status: int = 200) -> Response:
    site, day, station = house().settings.site, _today(), request.args.get("from", "")
    with house().store.reading() as conn:
        entries, last = book.listed(conn, site), book.last_review(conn, site)
        policy = recipes.policy_of(conn, site, visit().at)
    shown = ListPage(
        lines=tuple(_line(one) for one in entries),
        edition=EDITION,
        unconfirmed=sum(one.status == "unconfirmed" for one in entries),
        reviewed=last,
        due=book.review_due(last, visit().at, house().settings.zone),
        alerts=book.alerts(entries, day),
        wear=WEAR,
        own=worn_for(policy) if policy else (),
        version=policy.version if policy else 0,
        day=day,
        back=station if station in house().settings.stations else "",
        may_enter=_may(ENTERS),
        says=says,
        given=given,
    )
    return make_response(render_template("hazards.html", page=shown) if wants_page() else jsonify(shown), status)


def _entry(key: str, form: str = "", says: str = "", status: int = 200) -> Response:
    with house().store.reading() as conn:
        found = book.one(conn, house().settings.site, key) if key else None
        if key and found is None:
            abort(404)
        written = book.history(conn, house().settings.site, found.hazard) if found else ()
        known = names(conn) if written else {}
    line = _line(found) if found else None
    met = activities(line.entry.hazard, line.handling.level) if line else ()
    shown = EntryPage(
        line=line,
        wear=tuple(one for one in WEAR if one.activity in met),
        history=tuple(Written(at, name_of(known, who), _words(kept)) for at, who, kept in written),
        forms=FORMS,
        given={**(_fields(found.hazard) if found else {}), **_given(form)},
        form=form,
        says=says,
        signing=_signing(found, says) if found and _may(SIGNS) else None,
        may_enter=_may(ENTERS),
    )
    return make_response(render_template("hazard.html", page=shown) if wants_page() else jsonify(shown), status)


def _words(kept: book.Kept) -> str:
    if kept.signed:
        last = kept.signed[-1]
        return f"signed, compared with: {last.against}"
    return "entered this site's own values, unconfirmed"


def _signing(entry: Entry, says: str) -> Signing | None:
    if entry.status == "confirmed":
        return None
    return signing_form(SIGNS, {one.person for one in entry.signed}, says)


def _given(form: str) -> dict[str, str]:
    return {name: request.form[name] for name in FIELDS if name in request.form} if form else {}


def _fields(hazard: Hazard) -> dict[str, str]:
    known = {True: "y", False: "n", None: ""}
    made = hazard.assessment
    assessed = (
        {"number": made.number, "risk": made.risk, "packaging": made.packaging, "manipulation": made.manipulation}
        | {"containment": made.containment, "assessed_on": made.assessed_on.isoformat()}
        if made
        else {}
    )
    return {
        "drug": hazard.drug,
        "form": hazard.form,
        "niosh_table": hazard.niosh_table,
        "antineoplastic": known[hazard.antineoplastic],
        "mshi": known[hazard.mshi],
        "manipulated": known[hazard.manipulated],
        "api": known[hazard.api],
        "source": hazard.source,
        **assessed,
    }


def hazard_of(fields: dict[str, str]) -> Hazard:
    """Return the entry that a form says. Raises NotEnteredError for a field that says nothing that is known."""
    said = {name: fields.get(name, "").strip() for name in FIELDS}
    if said["niosh_table"] not in TABLES:
        raise NotEnteredError("Choose the NIOSH table.")
    known = {"y": True, "n": False}
    hazard = Hazard(
        drug=said["drug"].casefold(),
        form=said["form"],
        niosh_table=cast("Niosh", said["niosh_table"]),
        antineoplastic=known.get(said["antineoplastic"]),
        mshi=known.get(said["mshi"]),
        manipulated=said["manipulated"] != "n",
        api=said["api"] == "y",
        source=said["source"],
        standing="",
    )
    return replace(hazard, assessment=_assessment(said))


def _assessment(said: dict[str, str]) -> Assessment | None:
    named = ("number", "risk", "packaging", "manipulation", "containment", "assessed_on")
    if not any(said[name] for name in named):
        return None
    try:
        day = date.fromisoformat(said["assessed_on"])
    except ValueError:
        raise NotEnteredError("Write the day of the assessment as 2027-06-30.") from None
    if day > _today():
        raise NotEnteredError("The day of the assessment is still to come.")
    return Assessment(said["number"], said["risk"], said["packaging"], said["manipulation"], said["containment"], day)
