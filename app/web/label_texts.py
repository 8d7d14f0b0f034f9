"""The label texts of a language at a desk: each beside the English, its places and numbers marked; two people sign (U1, U2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import labels
from app import label_texts as book
from app.catalogue import recipes
from app.catalogue.hazards import LEAST_WORDS, Signer
from app.label_texts import NotSignedError, Standing
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.review_page import Signing
from app.web.rights import right
from app.web.signing_form import signing_form
from app.web.visit import acting_roles, visit, wants_page
from app.web.writing import written
from labels import ENGLISH, LANGUAGES
from labels.language import Catalogue, catalogue, english, wholly

label_texts = Blueprint("label_texts", __name__)
READS = ("pharmacist", "qa", "lead_technician", "admin", "informatics")
SIGNS = ("pharmacist", "qa")
"""Who signs: two different people, one of them a pharmacist."""
MEANING = "label texts approved"
IN_CODE = {
    "intrathecal": labels.INTRATHECAL,
    "oral": labels.BY_MOUTH,
    "demo": labels.DEMO,
    "training": labels.TRAINING,
}
"""Sentences whose English stands in the code."""
_HELD = re.compile(r"(\{[^}]*\}|\$[0-9]|#|[0-9]+)")
Pieces = tuple[tuple[str, bool], ...]
"""A text in parts, and of each whether it is a place for an amount, a name or a time, or a number."""


@dataclass(frozen=True)
class Text:
    """One text in two languages."""

    key: str
    """Its name in the catalogue; empty for a phrase, whose name is its English."""
    english: Pieces
    other: Pieces


@dataclass(frozen=True)
class Part:
    """Some texts under one heading."""

    title: str
    says: str
    """What they are, in a sentence."""
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class TextsPage:
    """The whole page."""

    language: str
    """Its code: de."""
    name: str
    """In English."""
    trouble: str
    """What keeps labels from being printed in it; empty if nothing does."""
    digest: str
    """SHA-256 of the texts."""
    parts: tuple[Part, ...]
    standing: Standing
    """Who has signed."""
    begins: datetime | None
    """From when they are confirmed; None while a signature is missing."""
    counts: bool
    """They are confirmed now."""
    untold: tuple[str, ...]
    """Warnings of signed recipes that no phrase says in the language: they are printed as the site wrote them."""
    signing: Signing | None
    """For who may sign now."""
    given: Mapping[str, str]
    """What a refused form was filled in with."""
    says: str
    """Why it was refused."""


@label_texts.get("/label-texts/<language>")
@right(*READS)
def show(language: str) -> ResponseReturnValue:
    return _page(language)


@label_texts.post("/label-texts/<language>/sign")
@right(*SIGNS)
def sign(language: str) -> ResponseReturnValue:
    """Put one's name to the texts as the page showed them; with the second name they are confirmed from their day on."""
    form, texts = request.form, _texts(language)
    against = form.get("against", "").strip()
    if len(against) < LEAST_WORDS:
        return _page(language, "Say with what you compared them.", 422)
    try:
        day = date.fromisoformat(form.get("effective_on", "").strip())
    except ValueError:
        return _page(language, "Write the day from which they count as 2027-06-30.", 422)
    if form.get("texts", "") != texts.digest:
        return _page(language, "The texts changed since this page was drawn. Read them again. Nothing was signed.", 409)
    over = book.over_of(language, texts.digest, day)
    signed = desk.sign_as(MEANING, over)
    if isinstance(signed, SignRefused):
        return _page(language, signed.says, 429 if signed.locked_until else 422)
    signer = Signer(signed.person, signed.name, signed.licence, signed.at, against)
    pharmacist = "pharmacist" in acting_roles()
    says = written(lambda act: book.sign(act, language, signer, over, day, pharmacist=pharmacist), NotSignedError)
    return _page(language, says, 409) if says else redirect(url_for("label_texts.show", language=language), 303)


def _page(language: str, says: str = "", status: int = 200) -> Response:
    texts, settings, at = _texts(language), house().settings, visit().at
    with house().store.reading() as conn:
        standing = book.standing(conn, settings.site, language)
        made = recipes.in_force(conn, at)
    begins = standing.begins(settings.zone)
    warned = sorted({one for recipe in made for one in recipe.warnings})
    day = standing.effective_on or at.astimezone(settings.zone).date()
    open_ = len(standing.signed) < 2 and not texts.trouble
    page = TextsPage(
        language=language,
        name=texts.name,
        trouble=texts.trouble,
        digest=texts.digest,
        parts=tuple(_parts(texts)),
        standing=standing,
        begins=begins,
        counts=begins is not None and begins <= at,
        untold=tuple(one for one in warned if not wholly(language, one)),
        signing=signing_form(SIGNS, {one.by.person for one in standing.signed}, says) if open_ else None,
        given={"effective_on": day.isoformat(), **(desk.form_fields() if says else {})},
        says=says,
    )
    drawn = render_template("label_texts.html", page=page) if wants_page() else jsonify(page)
    return make_response(drawn, status)


def _texts(language: str) -> Catalogue:
    if language not in LANGUAGES or language == ENGLISH:
        abort(404)
    return catalogue(language)


def _parts(texts: Catalogue) -> Iterator[Part]:
    sentences = {key: row["en"] for key, row in english().items() if "en" in row} | IN_CODE
    words = catalogue(ENGLISH).words
    fixed = tuple(Text(key, _pieces(text), _pieces(texts.fixed.get(key, ""))) for key, text in sentences.items())
    beside = tuple(Text(key, _pieces(text), _pieces(texts.words.get(key, ""))) for key, text in words.items())
    does = {word: row["en"] for word, row in (english()["cards"] | english()["typing"]).items() if word in texts.cards}
    cards = tuple(Text(word, _pieces(f"{word}: {says}"), _pieces(texts.cards[word])) for word, says in does.items())
    free = tuple(Text("", _pieces(ours), _pieces(other)) for ours, other in texts.phrases.items())
    yield Part("Sentences", "Printed whole, as they stand.", fixed)
    yield Part("Words beside an amount, a name or a time", "What stands in braces is put in from the record.", beside)
    yield Part("Command cards", "The word on a card is the same in each language.", cards)
    yield Part(
        "Phrases in storage, route, container, directions and warnings", "# and $1, $2 are the same number.", free
    )


def _pieces(text: str) -> Pieces:
    parts = _HELD.split(text.replace("~", " "))
    return tuple((part, bool(n % 2)) for n, part in enumerate(parts) if part)
