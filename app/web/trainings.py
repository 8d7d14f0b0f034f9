"""Training on a person's file: entered by one, signed by who took it, and the whole file for an inspector (G2, G5-G9)."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue

from app.desk.names import names
from app.export import training_file
from app.people import accounts, trainings
from app.people.accounts import NotDoneError
from app.people.history import Act
from app.people.trainings import Taken
from app.web.house import house
from app.web.people import SEES
from app.web.people_acts import done_to
from app.web.people_form import Form
from app.web.record_papers import handed_out
from app.web.rights import ones_own, right
from app.web.visit import signed_in, visit

training = Blueprint("training", __name__)


@training.post("/people/<person>/trainings")
@right(*SEES)
def enter(person: str) -> ResponseReturnValue:
    """Enter a training that somebody else took."""
    return done_to(person, "training", _enter)


@training.post("/me/trainings/<id>/sign")
@ones_own
def sign(id: str) -> ResponseReturnValue:
    """Who took it says so."""
    person, at = signed_in()[0], visit().at
    try:
        house().door.write(lambda act: trainings.sign(act, id), by=person.id, at=at)
    except NotDoneError:
        abort(404)
    return redirect(url_for("me.show"), 303)


@training.get("/people/<person>/training-file.<any(pdf, csv):form>")
@right(*SEES)
def file(person: str, form: str) -> ResponseReturnValue:
    """The training file on paper or as a table; who took it away is recorded first."""
    rooms, at, reader = house(), visit().at, signed_in()[0]
    with rooms.store.reading() as conn:
        try:
            whose = accounts.by_id(conn, person)
        except LookupError:
            abort(404)
        found = training_file.read(conn, whose, dict(names(conn)))
    if form == "pdf":
        made = training_file.on_paper(rooms.store, rooms.settings, found, who=reader.id, by=reader.name, at=at)
    else:
        made = training_file.as_table(rooms.store, rooms.settings, found, who=reader.id, at=at)
    return handed_out(made)


def _enter(act: Act, person: str, form: Form) -> None:
    taken = Taken(
        plan=form.text("plan"),
        item=form.text("item"),
        part=form.text("part"),
        oncology=bool(form.text("oncology")),
        route=form.text("route"),
        accredited=bool(form.text("accredited")),
        on=form.day("on", "Write the day of the training, as 2027-06-30."),
        trainer=form.text("trainer"),
        passed=form.text("passed") == "yes",
        result=form.text("result"),
        evidence=form.text("evidence"),
    )
    trainings.enter(act, person, taken)
