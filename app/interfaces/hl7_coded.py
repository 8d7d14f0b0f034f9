"""All that one coded field says: a second code, repetition, sub-component or word is never passed over (I31, I42).

HL7's compatibility rules give the first leaf to whoever asks (I13). That serves texts; of a field that makes an order it
hides what contradicts it, so the readers of such fields ask here first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from app.interfaces.hl7_reader import NULL, Segment
from app.interfaces.values import number

TEXTS = (2, 5, 9, 11)
"""Components of a coded element that hold words: of the code, of its alternates, and as the person typed it."""

UNIT_WORDS = {
    "mg": ("milligram", "milligramme", "milligramm", "mg"),
    "g": ("gram", "gramme", "gramm", "g", "gm"),
    "ug": ("microgram", "microgramme", "microgramm", "mikrogramm", "microg", "mcg", "ug", "\u03bcg"),
    "ng": ("nanogram", "ng"),
    "pg": ("picogram", "pg"),
    "cm": ("centimeter", "centimetre", "zentimeter", "cm"),
    "cL": ("centiliter", "centilitre", "cl"),
    "kg": ("kilogram", "kilo", "kg"),
    "mL": ("milliliter", "millilitre", "ml", "cc"),
    "L": ("liter", "litre", "l"),
    "mmol": ("millimole", "mmol"),
    "meq": ("milliequivalent", "meq"),
    "[iU]": ("unit", "iu", "u"),
    "{each}": ("each", "ea", "piece", "tablet", "tab", "capsule", "cap", "vial", "ampoule", "ampule", "bottle", "bag"),
}
"""Unit to the words that name it; never what an amount is read from, only what it may not contradict."""
SCALES = ("kilo", "mega", "giga", "milli", "micro", "mikro", "nano", "pico", "centi", "hundred", "thousand", "billion")
"""How a word begins that makes a unit another one: million beside units, microg beside mg."""
UNIT_NAMED = {word: unit for unit, words in UNIT_WORDS.items() for word in words}
TIMES = {
    "h": ("hour", "hr", "h"),
    "min": ("minute", "min"),
    "d": ("day", "d"),
    "s": ("second", "sec", "s"),
    "wk": ("week",),
}
TIME_NAMED = {word: time for time, words in TIMES.items() for word in words}
PER = re.compile(r"/|\bper\b")
REMEMBERED = 100
"""Letters of a text up to which what it says is remembered: units, routes and drugs come again with every message."""


def once(segment: Segment, number: int) -> bool:
    """Say whether a field says one thing: repetitions are equal, and no component holds two sub-components."""
    whole, marks = segment.raw(number), segment.marks
    if marks.repetition not in whole and marks.sub not in whole:
        return True
    said = {raw for raw in segment.repetitions(number) if raw not in ("", NULL)}
    return len(said) <= 1 and not any(
        _split(segment, part) for raw in said for part in raw.split(segment.marks.component)
    )


def _split(segment: Segment, component: str) -> bool:
    return sum(1 for part in component.split(segment.marks.sub) if part) > 1


def leaves(segment: Segment, number: int) -> list[str]:
    """Return every text of a field: of all repetitions, components and sub-components."""
    marks, raw = segment.marks, segment.raw(number)
    if not raw:
        return []
    parts = _between(marks.component + marks.repetition + marks.sub).split(raw)
    texts = [marks.plain(part).strip(" ") for part in parts]
    return [text for text in texts if text not in ("", NULL)]


@lru_cache(maxsize=16)
def _between(marks: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(marks)}]")


def texts(segment: Segment, number: int) -> list[str]:
    """Return the words of a coded field, of every repetition."""
    found = [segment.part(raw, n).strip(" ") for raw in segment.repetitions(number) for n in TEXTS]
    return [text for text in found if text not in ("", NULL)]


def _words(text: str) -> Sequence[str]:
    """Return the words of a text; those of units come again with every message."""
    return _short(text) if len(text) <= REMEMBERED else _apart(text)


def _apart(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return tuple(
        word if word in UNIT_NAMED or word in TIME_NAMED else word.removesuffix("s")
        for word in re.findall(r"[^\W\d_]+", plain)
    )


_short = lru_cache(maxsize=2048)(_apart)


def names_another_unit(said: list[str], ucum: str) -> bool:
    """Say whether words beside the code of an amount's unit name another unit, or something per something."""
    words = [word for text in said for word in _words(text)]
    found = {UNIT_NAMED[word] for word in words if word in UNIT_NAMED}
    scaled = any(word.startswith(SCALES) for word in words if word not in UNIT_NAMED)
    return bool(found - {ucum}) or scaled or any(PER.search(text.casefold()) for text in said)


def composite(segment: Segment, number_: int) -> tuple[Decimal | None, tuple[str, ...]]:
    """Return number and unit of a CQ field, the unit's code before its words; None and nothing where it says more than one.

    The unit is a coded element in the second component, so that its words are sub-components.
    """
    if len({raw for raw in segment.repetitions(number_) if raw}) != 1:
        return None, ()
    raw, marks = segment.raw(number_), segment.marks
    parts = raw.split(marks.component)
    said = tuple(marks.plain(part) for part in parts[1].split(marks.sub)) if len(parts) > 1 else ()
    if any(parts[2:]) or marks.sub in parts[0]:
        return None, ()
    return number(marks.plain(parts[0])), (said[0], *said[1:2], *said[4:5]) if said else ()


def names_another_time(said: list[str], minutes: Decimal) -> bool:
    """Say whether words beside the code of a duration's unit name another one than that of so many minutes."""
    lengths = {"h": 60, "min": 1, "d": 1440, "wk": 10080}
    found = {TIME_NAMED[word] for text in said for word in _words(text) if word in TIME_NAMED}
    return any(time == "s" or lengths[time] != minutes for time in found)


def names_another_rate(said: list[str]) -> bool:
    """Say whether words beside the code of a rate in mL/h name another one."""
    words = [word for text in said for word in _words(text)]
    units = {UNIT_NAMED[word] for word in words if word in UNIT_NAMED}
    times = {TIME_NAMED[word] for word in words if word in TIME_NAMED}
    return bool(units - {"mL"}) or bool(times - {"h"}) or any("m2" in text or "square" in text for text in said)
