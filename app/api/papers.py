"""What is taken out of the record, and what is put right in it: exports, papers, corrections, another copy, another recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from flask import g
from pydantic import Field, StringConstraints

from app.api import commands as told
from app.api.acting import reply_of
from app.api.answers import File, Reply, Trouble
from app.api.once import done, press
from app.api.operations import operation
from app.api.reading import GONE
from app.api.reviewing import as_shown, decided, signature
from app.api.shapes import WHOLE, Reason, Shape, Version
from app.api.writing import Done, acted
from app.catalogue.hazards import LEAST_WORDS, Acting
from app.clock import new_command_id
from app.desk.amending import choices
from app.desk.viewers import READERS
from app.dispatch import Ask
from app.export import single
from app.export.pseudonyms import Pseudonyms
from app.export.reader import page_of
from app.export.run import By, Made, NotMade, export
from app.export.wanted import EXPORTERS, Format, Patients, Rows
from app.record.print_jobs import REASONS
from app.settings import load_pseudonym_key
from app.web import correcting, desk, reprinting
from app.web.exports import wanted_of
from app.web.house import house
from app.web.record_papers import by, rooms_of_the_record
from app.web.visit import signed_in, visit
from workflows import commands as asked

CORRECTS = ("technician", "lead_technician", "pharmacist")
Word = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]


class ExportWanted(Shape):
    """Which part of the record is taken away, and how much of the patient."""

    format: Format
    rows: Rows = "preparations"
    """What a row is; FHIR does not look at it."""
    patients: Patients = "pseudonym"
    """named: for pharmacists alone."""
    status: Word = ""
    outcome: Word = ""
    drug: Word = ""
    station: Word = ""
    first: date | None = None
    """First day by needed-by time, in the site's zone."""
    last: date | None = None


class PaperQuery(Shape):
    """Which paper of a preparation."""

    kind: Literal["pdf", "csv", "billing", "bundle"]
    """pdf: the compounding record; csv: its events; billing: what goes on the bill; bundle: what verifies without this server."""


class CorrectNote(Shape):
    """One value of an earlier event that is wrong: old value, new value and reason stay readable."""

    expected_version: Version
    of_version: Annotated[int, Field(ge=1, le=999_999_999), WHOLE]
    old: Reason
    new: Reason
    reason: Reason
    """At least ten letters."""


class AnotherCopy(Shape):
    """Why the label of a dose that left is wanted once more, and whose printer draws it."""

    reason: Literal["DID NOT PRINT", "DAMAGED", "WILL NOT SCAN", "LOST", "OTHER"]
    words: Word = ""
    """In words, for OTHER."""
    station: Reason


class RecipeChoice(Shape):
    """One other signed recipe that this preparation can be made by now."""

    key: str
    name: str
    version: int
    changes: list[list[str]]
    """Name, old and new of each value that differs."""
    again: int
    """How many filled steps would be open again."""


class RecipeChoices(Shape):
    """Every recipe that this person may have it made by now."""

    items: list[RecipeChoice]


class AmendRecipe(Shape):
    """By which signed recipe a preparation is made from now on."""

    expected_version: Version
    recipe: Reason
    """Key of one of the choices."""
    reason: Reason
    """At least ten letters."""
    signature: told.Signed


class NotPrintedError(ValueError):
    """The copy is not asked for; the text says why."""


@operation(
    "POST /exports", scope="exports", tag="Record", answer=None, body=ExportWanted, bytes_out=True, session=True,
    roles=EXPORTERS,
)  # fmt: skip
def export_record(body: ExportWanted) -> File | Trouble:
    """Take a part of the record away as a file. It is an act of the person signed in, and stands in the record."""
    given = {name: "" if value is None else str(value) for name, value in body.model_dump().items()}
    wanted = wanted_of(given, signed_in()[0].roles)
    if isinstance(wanted, str):
        return Trouble(422, "NOT_VALID", wanted)
    rooms = house()
    return _file(export(rooms.store, rooms.settings, Pseudonyms(load_pseudonym_key(rooms.settings)), wanted, _by()))


@operation(
    "GET /preparations/{preparation}/paper", scope="record:read", tag="Record", answer=None, query=PaperQuery,
    bytes_out=True, roles=READERS,
)  # fmt: skip
def show_paper(preparation: str, query: PaperQuery) -> File | Trouble:
    """Hand out a paper of one preparation: compounding record, events, billing lines, or the bundle that verifies by itself."""
    rooms, viewer, who = rooms_of_the_record(), desk.viewer(), _by()
    match query.kind:
        case "pdf":
            return _file(single.paper(rooms, preparation, viewer, who))
        case "csv":
            return _file(single.events_csv(rooms, preparation, viewer, who))
        case "billing":
            return _file(single.billing_csv(rooms, preparation, viewer, who))
        case "bundle":
            return _file(single.bundled(rooms, preparation, viewer, who, page_of(rooms, who.at)))


@operation(
    "POST /preparations/{preparation}/correct", scope="record:write", tag="Record", answer=told.Outcome, body=CorrectNote,
    session=True, keyed=True, roles=CORRECTS,
)  # fmt: skip
def correct_note(preparation: str, body: CorrectNote) -> Reply | Trouble:
    """Correct a note of an earlier event. It changes nothing that was done; old value, new value and reason stay readable."""
    dispatcher, at = house().dispatcher, visit().at
    with house().store.reading() as conn:
        if dispatcher.current(conn, preparation) is None:
            return GONE
        who = desk.acting(conn)
    if body.old not in correcting.texts(preparation, body.of_version):
        return Trouble(409, "NOT_DONE", "The event of this version does not say so: give one of its values as `old`.")
    command = asked.Correct(body.of_version, body.old, body.new, body.reason)
    version = body.expected_version
    ask = Ask(press().command_id, preparation, command, who, station=visit().station, expected_version=version)
    return done(lambda conn: reply_of(dispatcher.within(conn, ask, at)))


@operation(
    "POST /preparations/{preparation}/label", scope="review", tag="Review", answer=Done, body=AnotherCopy, session=True,
    keyed=True,
)  # fmt: skip
def print_label_again(preparation: str, body: AnotherCopy) -> Reply | Trouble:
    """Have the label of a dose that left printed once more; every earlier copy is void from then on."""
    if body.station not in house().settings.stations:
        return Trouble(409, "NOT_DONE", "There is no such station.")
    why = REASONS[body.reason]
    if body.reason == "OTHER" and len(body.words.strip()) < LEAST_WORDS:
        return Trouble(409, "NOT_DONE", "Say in words what the other reason is.")
    why, command_id = f"{why}: {body.words.strip()}" if body.reason == "OTHER" else why, press().command_id

    def work(act: Acting) -> str:
        if says := reprinting.ask_for_copy(act.conn, preparation, why, body.station, command_id):
            raise NotPrintedError(says)
        return preparation

    return acted(work, NotPrintedError)


@operation("GET /preparations/{preparation}/recipes", scope="review", tag="Review", answer=RecipeChoices)
def list_recipe_choices(preparation: str) -> RecipeChoices | Trouble:
    """List the other signed recipes that this preparation can be made by now, and what each would change."""
    with house().store.reading() as conn:
        if desk.row_of(conn, preparation) is None:
            return GONE
        opened = desk.open_up(conn, preparation)
        offered = choices(conn, desk.about(), opened.p, desk.circumstances(conn, opened, desk.acting(conn)))
    return RecipeChoices(
        items=[
            RecipeChoice(
                key=one.key,
                name=one.recipe.name,
                version=one.recipe.version,
                changes=[list(each) for each in one.changes],
                again=one.again,
            )
            for one in offered
        ]
    )


@operation(
    "POST /preparations/{preparation}/amend", scope="review", tag="Review", answer=told.Outcome, body=AmendRecipe,
    session=True, keyed=True,
)  # fmt: skip
def amend_recipe(preparation: str, body: AmendRecipe) -> Reply | Trouble:
    """Sign that this one preparation is made by another signed recipe of its drug, from where the rules say."""
    p = as_shown(preparation, body.expected_version)
    if isinstance(p, Trouble):
        return p
    with house().store.reading() as conn:
        opened = desk.open_up(conn, preparation)
        offered = choices(conn, desk.about(), p, desk.circumstances(conn, opened, desk.acting(conn)))
    chosen = next((one for one in offered if one.key == body.recipe), None)
    if chosen is None:
        return Trouble(409, "NOT_OFFERED", "Choose a recipe that this can be made by now.")
    signed = signature("recipe amended", body.signature, p)
    if isinstance(signed, Trouble):
        return signed
    return decided(preparation, asked.Amend(chosen.recipe, body.reason, signed), body.expected_version)


def _by() -> By:
    """Who takes something away, where and when, and by which token."""
    return replace(by(), command_id=f"api.{g.api_token.id}.{new_command_id()}")


def _file(made: Made | NotMade | None) -> File | Trouble:
    if made is None:
        return GONE
    if isinstance(made, NotMade):
        return Trouble(409, "NOT_MADE", made.says)
    return File(b"".join(made.parts()))
