"""The languages of the labels: their fixed sentences, their words, and who has confirmed them (LABELS 5).

Names of drugs, numbers and units stand in no catalogue: they are the same in every language. English is what the rest is held
against; texts of another language are unconfirmed until people of the site have signed them, and every label in it says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from labels import catalogues
from labels.trouble import LabelRefused

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")
"""Every language that labels are printed in."""
_NUMBER = r"([0-9][0-9.,]*)"
_PARTS = re.compile(r"(, |\. )")


@dataclass(frozen=True)
class FixedText:
    """One fixed sentence."""

    text: str
    """The sentence as printed."""
    standing: str
    """S, K or D: where the sentence comes from."""
    status: str
    """unconfirmed, confirmed or superseded."""


@dataclass(frozen=True)
class Catalogue:
    """All texts of one language."""

    name: str
    """Of the language, in English."""
    trouble: str
    """What keeps labels from being printed in it, in words; empty if nothing does."""
    digest: str
    """SHA-256 of the texts: what a site's people put their names to."""
    standing: str
    """S, K or D."""
    fixed: Mapping[str, str]
    """The fixed sentences; empty for English, whose are in texts.toml, each with its own standing."""
    words: Mapping[str, str]
    """What stands beside an amount, a name or a time, with a place in braces for it."""
    cards: Mapping[str, str]
    """What a command card does, by its word; empty for English, whose are in texts.toml."""
    phrases: Mapping[str, str]
    """What vialtrace writes into free fields, and what becomes of it; # and $1 are a number."""


@cache
def english() -> Mapping[str, Any]:
    """Return texts.toml: the fixed sentences in English, the cards, and the names of the vinca alkaloids."""
    return MappingProxyType(_read("texts.toml"))


@cache
def catalogue(language: str) -> Catalogue:
    """Return the texts of a language, with what is wrong with them. KeyError for one that is not in LANGUAGES.

    The English sentences each have a standing of their own in texts.toml.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return of(language, _text(f"languages/{language}.toml"))


def of(language: str, source: str) -> Catalogue:
    """Return the texts of a language as the text of its file has them, and what is wrong with them."""
    found: dict[str, Any] = {}
    try:
        found = tomllib.loads(source)
        trouble = catalogues.unreadable(found)
    except tomllib.TOMLDecodeError as error:
        trouble = f"its file cannot be read ({error})"
    found = {} if trouble else found
    sentences = {key: row["en"] for key, row in english().items() if "en" in row}
    trouble = trouble or catalogues.trouble(
        language,
        found,
        found if language == ENGLISH else {"words": catalogue(ENGLISH).words, "cards": spelled_out()},
        sentences,
    )
    digest = catalogues.digest(found | {"fixed": sentences} if language == ENGLISH else found)
    return Catalogue(
        trouble=trouble,
        digest=digest,
        name=found.get("name", {ENGLISH: "English"}.get(language, language)),
        standing=found.get("standing", "D"),
        fixed=MappingProxyType(found.get("fixed", {})),
        words=MappingProxyType(found.get("words", {})),
        cards=MappingProxyType(found.get("cards", {})),
        phrases=MappingProxyType(found.get("phrases", {})),
    )


def spelled_out() -> frozenset[str]:
    """Return the words of the cards whose sentence each language spells out; the rest type the letter that stands on them."""
    return frozenset(english()["cards"]) | {"POINT", "DASH"}


def whole(language: str) -> Catalogue:
    """Return the texts of a language to print by. LabelRefused where one is missing or has lost a number (LABELS 5)."""
    texts = catalogue(language)
    if texts.trouble:
        raise LabelRefused("language", f"the texts in {texts.name} are not printed by: {texts.trouble}")
    return texts


def fixed(key: str, language: str = ENGLISH) -> FixedText:
    """Return the fixed sentence `key` in a language; KeyError for an unknown one, LabelRefused as `whole`."""
    texts = whole(language)
    if language == ENGLISH:
        row = english()[key]
        return FixedText(str(row["en"]), str(row["standing"]), str(row["status"]))
    return FixedText(texts.fixed[key], texts.standing, "unconfirmed")


def said(language: str, key: str, **given: object) -> str:
    """Return words with their amounts, names and times in their places, ~ as a no-break space; KeyError for unknown words."""
    return whole(language).words[key].replace("~", "\u00a0").format(**given)


def grouped(language: str, number: str) -> str:
    """Return a number whose thousands are parted by commas with them parted as the language has it.

    Only English has the comma. Elsewhere it is the decimal point, and 4,320 mg would be read as 4.32: there a no-break space
    stands in its place. The point stays a point.
    """
    return number if language == ENGLISH else number.replace(",", "\u00a0")


def translated(language: str, text: str) -> str:
    """Return a free field of a label with every phrase of vialtrace's own in the language; the rest as it was written.

    Phrases stand between commas or full stops. A no-break space counts as a space, and stays one all through the phrase.
    """
    phrases = whole(language).phrases
    return "".join(_phrase(language, phrases, one) or one for one in _PARTS.split(text)) if phrases else text


def wholly(language: str, text: str) -> bool:
    """Say whether all of a free field can be said in the language: half of it would leave a reader with two halves."""
    phrases = whole(language).phrases
    return language == ENGLISH or all(_phrase(language, phrases, one) for one in _PARTS.split(text)[::2])


def _phrase(language: str, phrases: Mapping[str, str], part: str) -> str:
    """Return a phrase in the language; empty for one that is in no catalogue."""
    for english_one, other in phrases.items():
        pattern = re.escape(english_one).replace(r"\#", _NUMBER).replace(r"\ ", "[ \u00a0]")
        if found := re.fullmatch(pattern, part):
            put = re.sub(r"\$([0-9])", lambda place, of=found: grouped(language, of[int(place[1])]), other)  # type: ignore[misc]  # bound now
            return put.replace(" ", "\u00a0") if "\u00a0" in part else put
    return ""


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))


def _text(name: str) -> str:
    return resources.files("labels").joinpath(name).read_bytes().decode("utf-8", errors="replace")
