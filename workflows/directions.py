"""What an order's own words say of the taking, held against its dose, its frequency and its days (R54).

A label prints both: two that do not agree are a patient who takes the wrong one. What is not understood is not judged: the
pharmacist reads every word beside the numbers before signing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from workflows.wording import amount

NAMED = (*("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),)
"""Numbers in words, from 1."""
NUMBER = rf"(\d[\d,]*(?:\.\d+)?|{'|'.join(NAMED)}|half|½)"
A_DAY = r"(?:\s*/\s*day|\s+(?:a|per|each|every)\s+day|\s+daily)"
UNITS = re.compile(
    rf"\b{NUMBER}((?:\s+and\s+a\s+half|\s*½)?)(?:\s+an?)?\s+(?:(?!m?c?g\b)[a-z-]+\s+)?(?:tab|cap|pill)(?:let|sule)?s?\b"
)
MASS = re.compile(rf"\b(\d[\d,]*(?:\.\d+)?)\s*(mg|g|mcg|microg)\b(?!\s*/\s*(?:m|kg))({A_DAY}?)")
TIMES = re.compile(rf"\b{NUMBER}\s+times\b|\b(once|twice|thrice)\b(?:\s+(?:a|per|each|every))?\s+(?:daily|day)\b")
HOURS = re.compile(rf"\bevery\s+{NUMBER}\s*(?:hours|hourly|hrs?|h)\b")
LATIN = re.compile(r"\b(?:(qd|od)|(bid|b\.i\.d)|(tid|t\.i\.d)|(qid|q\.i\.d))\b")
RARELY = re.compile(r"\b(?:weekly|once\s+a\s+week|(?:per|every|each)\s+week|every\s+other\s+day|alternate\s+days)\b")
FOR_DAYS = re.compile(rf"\bfor\s+{NUMBER}\s+(day|week)s?\b")
FROM_TO = re.compile(r"\bdays?\s+(\d+)\s*(?:to|through|-|–)\s*(\d+)\b")
ALTERED = re.compile(r"\b(?:crush|split|cut|halve|chew|dissolve|open)\b")
NEVER = re.compile(r"\b(?:not|never|without|no)\b|n['’]t\b")
MORNING, EVENING = re.compile(r"\bmorning\b"), re.compile(r"\b(?:evening|bedtime|night)\b")
MG = {"mg": Decimal(1), "g": Decimal(1000), "mcg": Decimal("0.001"), "microg": Decimal("0.001")}


@dataclass(frozen=True, slots=True)
class Taking:
    """How it is taken, by the order's numbers."""

    each_time: Decimal
    """Units at one time."""
    dose_mg: Decimal
    """mg at one time."""
    strength_mg: Decimal
    """mg in one unit."""
    times: int
    """How often on a day of taking."""
    days: int
    """Days of taking."""
    often: str
    """How often, in the label's words: at bedtime."""


def contradictions(text: str, taking: Taking) -> Iterator[tuple[str, str]]:
    """Yield what the words say that the numbers do not, as written, with what the numbers say."""
    words = text.casefold()
    for sentence in re.split(r"[.;!](?:\s|$)|\n", words):
        yield from _amounts(sentence, taking)
        yield from _pace(sentence, taking)
        yield from _span(sentence, taking)
        if (altered := ALTERED.search(sentence)) and not NEVER.search(sentence):
            yield altered[0], "swallowed whole"


def _amounts(words: str, taking: Taking) -> Iterator[tuple[str, str]]:
    for found in UNITS.finditer(words):
        number = _value(found[1]) + (Decimal("0.5") if found[2] else 0)
        if number != taking.each_time:
            yield found[0], f"{amount(taking.each_time)} at a time"
    for found in MASS.finditer(words):
        mg, daily = _value(found[1]) * MG[found[2]], bool(found[3])
        right = {taking.dose_mg * taking.times} if daily else {taking.dose_mg, taking.strength_mg}
        if mg not in right:
            yield found[0], f"{amount(taking.dose_mg)} mg at a time"


def _pace(words: str, taking: Taking) -> Iterator[tuple[str, str]]:
    said: list[tuple[str, Decimal]] = []
    for found in TIMES.finditer(words):
        said.append(
            (found[0], _value(found[1]) if found[1] else Decimal(("once", "twice", "thrice").index(found[2]) + 1))
        )
    said += [(found[0], Decimal(24) / _value(found[1])) for found in HOURS.finditer(words) if _value(found[1])]
    said += [(found[0], Decimal(found.lastindex or 1)) for found in LATIN.finditer(words)]
    said += [(found[0], Decimal(0)) for found in RARELY.finditer(words)]
    yield from ((what, taking.often) for what, times in said if times != taking.times)
    morning, evening = MORNING.search(words), EVENING.search(words)
    wrong = {"in the morning": evening, "at bedtime": morning}.get(taking.often)
    if taking.times > 1 and evening and not morning and evening[0] == "bedtime":
        wrong = evening
    if wrong or (taking.times == 1 and morning and evening):
        yield (wrong or morning or evening)[0], taking.often  # type: ignore[index]  # one of them was found


def _span(words: str, taking: Taking) -> Iterator[tuple[str, str]]:
    spans = [(found[0], _value(found[1]) * (7 if found[2] == "week" else 1)) for found in FOR_DAYS.finditer(words)]
    spans += [(found[0], Decimal(int(found[2]) - int(found[1]) + 1)) for found in FROM_TO.finditer(words)]
    yield from ((what, f"{taking.days} days") for what, days in spans if days != taking.days)


def _value(word: str) -> Decimal:
    if word in ("half", "½"):
        return Decimal("0.5")
    return Decimal(NAMED.index(word) + 1) if word in NAMED else Decimal(word.replace(",", ""))
