"""How often a dose is given, in a sender's codes and words: what is said twice must agree, and no word is guessed at."""

from __future__ import annotations

import re
from functools import lru_cache
from math import gcd

Rhythm = tuple[int, int]
"""Doses in so many hours, reduced: twice a day is (1, 12). No hours at all: once."""
ONCE: Rhythm = (1, 0)
_WHOLE: dict[str, Rhythm] = {
    **dict.fromkeys(("once", "one time", "once only", "single dose", "1 time", "einmal", "einmalig"), ONCE),
    **dict.fromkeys(
        ("qd", "daily", "every day", "each day", "qam", "qpm", "qhs", "every morning", "every evening"), (1, 24)
    ),
    **dict.fromkeys(("in the morning", "at bedtime", "nightly", "täglich", "taeglich"), (1, 24)),
    **dict.fromkeys(("bid", "morning and evening", "in the morning and in the evening"), (1, 12)),
    **dict.fromkeys(("tid",), (1, 8)),
    **dict.fromkeys(("qid",), (1, 6)),
    **dict.fromkeys(("qod", "every other day", "every second day", "jeden zweiten tag"), (1, 48)),
    **dict.fromkeys(("weekly", "every week", "q1w", "qweek", "wk", "wöchentlich", "woechentlich"), (1, 168)),
}
"""A whole text to its rhythm."""
_COUNTS = {
    **{str(n): n for n in range(1, 25)},
    "once": 1,
    "one": 1,
    "twice": 2,
    "two": 2,
    "three": 3,
    "thrice": 3,
    "four": 4,
    "six": 6,
    "einmal": 1,
    "zweimal": 2,
    "dreimal": 3,
    "viermal": 4,
}
_PERIODS = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "stunde", "stunden"), 1),
    **dict.fromkeys(("d", "day", "days", "tag", "tage", "tagen"), 24),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks", "woche", "wochen"), 168),
}
_EACH = {"daily": 24, "täglich": 24, "taeglich": 24, "weekly": 168, "wöchentlich": 168, "woechentlich": 168}
_COUNT, _PERIOD = "|".join(_COUNTS), "|".join(sorted(_PERIODS, key=len, reverse=True))
_IN_A = re.compile(rf"({_COUNT})(?: ?x| times?)? (?:(?:a|per|each|every|pro|am) ({_PERIOD})|({'|'.join(_EACH)}))")
_EVERY = re.compile(rf"(?:q|every|alle) ?({_COUNT}) ?({_PERIOD})")
_SOMEWHERE = re.compile(
    rf"(?<!\w)(?:{_IN_A.pattern}|{_EVERY.pattern}|daily|every other day|every day|weekly|every week|[btq]id|qd|qod)(?!\w)"
)
_PLACE = re.compile(r" at institution specified times?$")


def reduced(doses: int, hours: int) -> Rhythm:
    """Return doses and hours in their lowest terms."""
    shared = gcd(doses, hours)
    return doses // shared, hours // shared


@lru_cache(maxsize=2048)
def rhythm(text: str) -> Rhythm | None:
    """Return how often a whole text says; None where not every word of it is understood."""
    plain = _PLACE.sub("", " ".join(re.sub(r"[.,;()-]", " ", re.sub(r"(?<=\w)\.(?=\w)", "", text.casefold())).split()))
    if plain in _WHOLE:
        return _WHOLE[plain]
    if match := _IN_A.fullmatch(plain):
        return reduced(_COUNTS[match[1]], _PERIODS[match[2]] if match[2] else _EACH[match[3]])
    if match := _EVERY.fullmatch(plain):
        return reduced(1, _COUNTS[match[1]] * _PERIODS[match[2]])
    return None


def rhythms_in(sentence: str) -> set[Rhythm]:
    """Return every rhythm that a sentence names somewhere; these only contradict, and are never taken from it."""
    said = (rhythm(found[0]) for found in _SOMEWHERE.finditer(" ".join(sentence.casefold().split())))
    return {one for one in said if one}
