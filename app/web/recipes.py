"""Recipes at a desk: every version with who signed it, a draft beside what counts, two signatures, the day it begins (R49)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import beginning, withdrawals
from app.catalogue import drafts as book
from app.catalogue.drafts import Draft, NotDraftedError, Version
from app.catalogue.hazards import LEAST_WORDS, Signer
from app.catalogue.recipes import policy_of
from app.catalogue.signing import written_over
from app.catalogue.withdrawals import NotWithdrawnError, Withdrawn
from app.desk import withdrawing as stopping
from app.people.signing import SignRefused
from app.web import desk, recipe_form
from app.web.house import house
from app.web.recipe_form import Input, NoRecipeError, label_of
from app.web.review_page import Signing
from app.web.rights import right
from app.web.signing_form import signing_form
from app.web.visit import signed_in, visit, wants_page
from app.web.writing import written
from workflows.authoring import differences, values
from workflows.intrathecal import wrong_in
from workflows.made_by import Master
from workflows.recipe import CountRecipe, Recipe
from workflows.summary_of_pumps import register

recipes = Blueprint("recipes", __name__)

READS = ("pharmacist", "qa", "lead_technician")
WRITES = ("pharmacist",)
"""Who writes and who signs: two different pharmacists for each version."""


@dataclass(frozen=True)
class Line:
    """One recipe of the list."""

    name: str
    """Its name."""
    counts: Version | None
    """The version that counts today; None where none does yet."""
    coming: Version | None
    """A newer one that begins later."""
    draft: Draft | None
    """What is being written."""
    withdrawn: Withdrawn | None
    """Why nothing is made by it; None where something may be."""


@dataclass(frozen=True)
class RecipePage:
    """One recipe."""

    name: str
    """Its name; empty for a new one."""
    versions: tuple[Version, ...]
    """Newest first."""
    shown: tuple[tuple[str, str], ...]
    """Name in words, and words, of each value of the newest version."""
    draft: Draft | None
    """What is being written."""
    before: Version | None
    """What counts on the day the draft begins, or the next one would; None where nothing will."""
    changes: tuple[tuple[str, str, str], ...]
    """What the draft changes of that: name in words, old, new."""
    parts: tuple[tuple[str, tuple[Input, ...]], ...]
    """The form's fields under their headings."""
    given: dict[str, str]
    """What they hold."""
    over: str
    """What the form is written over: sent back with it."""
    form: str
    """Which form was refused: draft, sign or withdraw."""
    says: str
    """Why."""
    signing: Signing | None
    """For who may sign the draft now."""
    withdrawing: Signing | None
    """For who may withdraw it now."""
    withdraw_over: str
    """What a signature under a withdrawal is over."""
    may_write: bool
    """The viewer may write a draft."""
    counts: bool = False
    """Whether it counts units: its form has other fields."""
    stopped: tuple[str, ...] = ()
    """Why nothing is made by the newest version, though it was signed: today's rules for the intrathecal route."""
    library: tuple[str, ...] = ()
    """For a recipe that fills pumps: the site's signed entries of the pumps' drug library for this drug (G32)."""


@recipes.get("/recipes")
@right(*READS)
def show() -> ResponseReturnValue:
    at = visit().at
    with house().store.reading() as conn:
        lines = tuple(_line(conn, name) for name in book.names(conn))
    if not wants_page():
        return jsonify(recipes=lines)
    return render_template("recipes.html", lines=lines, at=at, may_write=_may_write())


@recipes.get("/recipes/new")
@right(*WRITES)
def new() -> ResponseReturnValue:
    """An empty form: of what is made by weight, or of tablets and capsules that are counted."""
    return _page("")


@recipes.post("/recipes/draft")
@right(*WRITES)
def draft() -> ResponseReturnValue:
    """Keep what is written as a draft; nothing is made by it."""
    name, form = request.form.get("of", ""), request.form.to_dict()
    try:
        recipe = recipe_form.read(form, _kind())
        day = date.fromisoformat(form.get("effective_on", "").strip())
    except NoRecipeError as trouble:
        return _page(name, "draft", str(trouble), 422)
    except ValueError:
        return _page(name, "draft", "Write the day from which it counts as 2027-06-30.", 422)
    says = written(lambda act: book.keep(act, recipe, day, form.get("why", ""), form.get("over")), NotDraftedError)
    return _page(name, "draft", says, 422) if says else redirect(url_for("recipes.page", name=recipe.name), 303)


@recipes.get("/recipes/<name>")
@right(*READS)
def page(name: str) -> ResponseReturnValue:
    return _page(name)


@recipes.post("/recipes/<name>/sign")
@right(*WRITES)
def sign(name: str) -> ResponseReturnValue:
    """Put one's name to the draft; the second name makes it the next version."""
    over, against = request.form.get("over", ""), request.form.get("against", "").strip()
    if len(against) < LEAST_WORDS:
        return _page(name, "sign", "Say what you compared it with.", 422)
    signed = desk.sign_as("recipe approved", over)
    if isinstance(signed, SignRefused):
        return _page(name, "sign", signed.says, 429 if signed.locked_until else 422)
    signer = Signer(signed.person, signed.name, signed.licence, signed.at, against)
    says = written(lambda act: book.sign(act, name, signer, over), NotDraftedError)
    return _page(name, "sign", says, 409) if says else redirect(url_for("recipes.page", name=name), 303)


@recipes.post("/recipes/<name>/withdraw")
@right(*WRITES)
def withdraw(name: str) -> ResponseReturnValue:
    """Have nothing made by it any more, from now on; what is under way by it here is held."""
    over, why = request.form.get("withdraw_over", ""), request.form.get("wrong", "")
    version = request.form.get("version", "")
    if not version.isdecimal():
        return _page(name, "withdraw", "Open the page again: it names no version.", 422)
    signed = desk.sign_as("recipe withdrawn", over)
    if isinstance(signed, SignRefused):
        return _page(name, "withdraw", signed.says, 429 if signed.locked_until else 422)
    signer, dispatcher = Signer(signed.person, signed.name, signed.licence, signed.at, ""), desk.dispatcher()
    says = written(
        lambda act: stopping.withdraw(act, dispatcher, desk.acting(act.conn), name, int(version), why, signer, over),
        NotWithdrawnError,
    )
    return _page(name, "withdraw", says, 409) if says else redirect(url_for("recipes.page", name=name), 303)


def _may_write() -> bool:
    return bool(signed_in()[0].roles & set(WRITES))


def _line(conn: Connection, name: str) -> Line:
    known, at = book.versions(conn, name), visit().at
    counts = next((one for one in book.standing(known) if one.effective_from <= at), None)
    coming = known[0] if known and known[0] is not counts and known[0].withdrawn is None else None
    withdrawn = known[0].withdrawn if known and counts is None else None
    return Line(name, counts, coming, book.open_draft(conn, name), withdrawn)


def _page(name: str, form: str = "", says: str = "", status: int = 200) -> Response:
    with house().store.reading() as conn:
        known, drafted = (book.versions(conn, name), book.open_draft(conn, name)) if name else ((), None)
    if name and not known and drafted is None:
        abort(404)
    newest = known[0].recipe if known else None
    base = drafted.recipe if drafted else newest
    kind = type(base) if base else _kind()
    day = (
        drafted.effective_on
        if drafted
        else beginning.first_day(book.standing(known), visit().at, house().settings.zone)
    )
    before = beginning.counting_on(book.standing(known), day, visit().at, house().settings.zone)
    given = {**(recipe_form.written(base) if base else {}), "effective_on": day.isoformat()}
    shown = RecipePage(
        name=name,
        versions=known,
        shown=tuple((label_of(name), words) for name, words in values(newest)) if newest else (),
        draft=drafted,
        before=before,
        changes=_changes(before, drafted) if drafted else (),
        parts=recipe_form.parts(kind),
        given={**given, **(desk.form_fields() if form else {})},
        over=written_over(newest.version if newest else 0, drafted),
        form=form,
        says=says,
        signing=_signing(drafted, says) if drafted else None,
        withdrawing=signing_form(WRITES, set(), says) if known and known[0].withdrawn is None else None,
        withdraw_over=withdrawals.digest_of(name, newest.version) if newest else "",
        may_write=_may_write(),
        counts=kind is CountRecipe,
        stopped=tuple(wrong_in(newest)) if isinstance(newest, Recipe) else (),
        library=_library(newest) if isinstance(newest, Recipe) else (),
    )
    return make_response(render_template("recipe.html", page=shown) if wants_page() else jsonify(shown), status)


def _kind() -> type[Master]:
    """Return which kind of recipe the form is for."""
    return CountRecipe if request.values.get("kind") == "count" else Recipe


def _library(newest: Recipe) -> tuple[str, ...]:
    """Return the register's lines for the drug of a recipe that fills pumps, each with who signed it."""
    if newest.reservoir is None or "cassette" not in newest.containers:
        return ()
    with house().store.reading() as conn:
        policy = policy_of(conn, house().settings.site, visit().at)
    lines = tuple(register(policy.pump_library, newest.drug)) if policy else ()
    return lines or (
        f"No entry is registered for {newest.drug}: its pump cannot be set, and its orders are not opened.",
    )


def _changes(before: Version | None, drafted: Draft) -> tuple[tuple[str, str, str], ...]:
    found = differences(before.recipe if before else None, drafted.recipe)
    return tuple((label_of(name), old, new) for name, old, new in found)


def _signing(drafted: Draft, says: str) -> Signing | None:
    return signing_form(WRITES, {one.person for one in drafted.signed}, says)
