"""Numbers, dates and fixed sentences as they stand on a label."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from labels.language import ENGLISH, FixedText, english, grouped, said, whole
from labels.trouble import LabelRefused

NBSP = "\u00a0"
"""No-break space: a number never leaves its unit."""


def card(word: str, language: str = ENGLISH) -> tuple[FixedText, str]:
    """Return the sentence and the pictogram of a command card; LabelRefused for a word that is no command."""
    rows: Any = english()["cards"] | english()["typing"]
    if word not in rows:
        raise LabelRefused("words", f"{word!r} is not a command: use {', '.join(rows)}")
    row = rows[word]
    if language != ENGLISH:
        texts = whole(language)
        says = texts.cards.get(word) or said(language, "types", what=row["pictogram"])
        return FixedText(says, texts.standing, "unconfirmed"), row["pictogram"]
    return FixedText(row["en"], row["standing"], row["status"]), row["pictogram"]


def card_words() -> tuple[str, ...]:
    """Return all command words in the order of the sheet."""
    return tuple(english()["cards"])


def typing_words() -> tuple[str, ...]:
    """Return the words of the cards that type a character, in the order of their sheet."""
    return tuple(english()["typing"])


def is_vinca(drug: str) -> bool:
    """Whether a drug name, in any lettering and with any accents, contains the name of a vinca alkaloid (L3)."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", drug).casefold() if not unicodedata.combining(one))
    return any(name in plain for name in english()["vinca"]["drugs"])


UNSAFE_UNITS = {
    "ug": "mcg",
    "\u00b5g": "mcg",
    "\u03bcg": "mcg",
    "U": "units",
    "u": "units",
    "IU": "units",
    "iu": "units",
    "[iU]": "units",
    "[IU]": "units",
    "cc": "mL",
}
"""Units that are misread on paper, and what is written in their place (N3)."""


def unsafe_unit(unit: str) -> str:
    """Return what must be written in place of an error-prone unit in `unit`, or of a part of it; empty if it has none."""
    for part in (one.strip() for one in unit.split("/")):
        if part in UNSAFE_UNITS:
            return f"{UNSAFE_UNITS[part]!r} in place of {part!r}"
    return ""


def amount(number: Decimal, language: str = ENGLISH) -> str:
    """Write an ordered amount: no trailing zero, a leading zero, grouped from 1,000, words from a million (N3).

    Groups are parted as the language has it (see `grouped`): the digits and the decimal point are the same in each.
    """
    if number.is_finite() and number >= 1_000_000 and number % 100_000 == 0:
        return said(language, "million", number=amount(number / 1_000_000, language))
    plain = grouped(language, f"{number:,f}")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def quantity(number: Decimal, unit: str, language: str = ENGLISH) -> str:
    """Write a number and its unit as one unbreakable word: 970 mg, 3.25 mg/mL."""
    return f"{amount(number, language)}{NBSP}{unit.replace(' ', NBSP)}"


def bound(text: str) -> str:
    """Return a text whose numbers never leave the word after them at the end of a line: 0.9 %, 35 mL, 20 to 25 °C."""
    return re.sub(r"(?<=\d) (?=[%°A-Za-z])|(?<=\d to) (?=\d)", NBSP, text)


def stamp(moment: datetime, zone: str) -> str:
    """Write an aware moment as 2026-11-24 09:05 in the site's zone; the hour that occurs twice also names its zone."""
    local = moment.astimezone(ZoneInfo(zone))
    text = f"{local:%Y-%m-%d}{NBSP}{local:%H:%M}"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{text}{NBSP}{local.tzname()}" if twice else text


def span(minutes: int | Decimal, language: str = ENGLISH) -> str:
    """Write a duration in words: 30 seconds, 90 seconds, 30 min, 90 min, 2 h, 2 h 30 min, 46 h."""
    if minutes % 1:
        return quantity(Decimal(minutes) * 60, "seconds", language)
    hours, rest = divmod(int(minutes), 60)
    if minutes < 120 and minutes != 60:
        return quantity(Decimal(minutes), "min", language)
    whole = quantity(Decimal(hours), "h", language)
    return f"{whole}{NBSP}{quantity(Decimal(rest), 'min')}" if rest else whole


def unprintable(text: str) -> str | None:
    """Say why a text cannot be set as it stands, or return None. Composed text (NFC) is expected.

    Invisible and direction-changing characters would make the paper differ from the record; right-to-left and
    combining scripts need a typesetter that this room does not have.
    """
    for character in text:
        code = f"U+{ord(character):04X}"
        category = unicodedata.category(character)
        if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            return f"holds the invisible or control character {code}: correct the text at its source"
        if category in {"Mn", "Mc", "Me"} or unicodedata.bidirectional(character) in {"R", "AL", "AN"}:
            return f"holds {code}, of a script that cannot be set here: enter the name in Latin letters"
    return None
