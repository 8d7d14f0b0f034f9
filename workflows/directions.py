"""What an order's own words say of the taking, held against its dose, its frequency and its days (R54).

A label prints both: two that do not agree are a patient who takes the wrong one. A number
beside a tablet or a mass that cannot be read for certain counts as a contradiction; other words are not judged: the pharmacist
reads every one beside the numbers before signing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from workflows.wording import amount

NAMED = (*("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),)
"""Numbers in words, from 1."""
PARTS = {"half": Decimal("0.5"), "½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
UNSURE = "(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|dozen"
"""Words for numbers that are not read here: beside a unit they are shown to the pharmacist."""
DIGIT = "[\\d½¼¾⅓⅔⅛]"
RUN = rf"[^\s()\[\]\"“:;=]*{DIGIT}(?!{DIGIT}|[.,/]{DIGIT})"
"""All that touches a number on its left belongs to it: of “2,5” or “1/2” never the last digit alone."""
WORDED = rf"(?<![\w-])(?:{'|'.join(NAMED)}|half|quarter|third|couple|few|(?:{UNSURE})(?:-[a-z]+)?)\b"
ONE = rf"(?:(?<![^\s()\[\]\"“:;=]){RUN}|{WORDED})"
NUMBER = rf"({ONE}(?:\s*(?:[-–—]|to\b|or\b)\s*{ONE})?)"
"""One number, or two with “to” between, as written; `_value` reads it, or says that it cannot."""
A_DAY = r"(?:\s*/\s*day|\s+(?:a|per|each|every)\s+day|\s+daily)"
TABLET = r"(?:tab|cap|pill)(?:let|sule)?s?\b"
MASSES = r"(mg|g|mcg|microg|[uμ]g|(?:milli|micro)?grams?|mgs|gm)\b"
PER_BODY = r"(?:\s*(?:/|per\b)\s*(?:m|kg|sq))"
SMALL = r"(?:\s+(?:of|the|an?|these|your)\b)*"
NO_NAME = r"(?:m?c?g|[ap]m|times|and|or|to|then|take|swallow|with|at|day|days|daily|hour\w*|week\w*|month\w*|min\w*)\b"
ONE_WORD = rf"(?:\s+(?!{NO_NAME})[a-z-]+)?"
TIMES_SIGN = r"\s*[x×*]"
INNER = r"(?:\s*\(([^()]*)\))?"
UNITS = re.compile(
    rf"{NUMBER}((?:\s+and\s+a\s+half|\s*½)?){INNER}(?:{TIMES_SIGN})?{SMALL}{ONE_WORD}{SMALL}"
    rf"(?:\s*({RUN})[\s-]*{MASSES}{ONE_WORD})?[\s-]+{TABLET}"
)
TAKE_A = re.compile(rf"\btake\s+(?:an?|another|single)\b{ONE_WORD}\s+{TABLET}")
MANY = re.compile(rf"{NUMBER}{INNER}(?:{TIMES_SIGN}\s*|\s+(?:of\s+)?)({RUN})[\s-]*{MASSES}(?!{PER_BODY})({A_DAY}?)")
SO_MANY = re.compile(
    rf"{NUMBER}[\s-]*{MASSES}{TIMES_SIGN}\s*({RUN})(?!\s*(?:{MASSES}|d\b|day|wk|week|h\b|hour|cycle|dose|a\s|per\s|daily))"
)
MASS = re.compile(rf"{NUMBER}[\s-]*{MASSES}(?!{PER_BODY})({A_DAY}?)")
BY_BODY = re.compile(rf"{NUMBER}[\s-]*{MASSES}{PER_BODY}")
TIMES = re.compile(
    rf"{NUMBER}(?:\s+times\b|{TIMES_SIGN}{A_DAY})|\b(once|twice|thrice)\b(?:\s+(?:a|per|each|every))?\s+(?:daily|day)\b"
)
HOURS = re.compile(rf"\bevery\s+{NUMBER}[\s-]*(?:hours|hourly|hrs?|h)\b|\bq\s?(\d+)\s?h\b|\b(\d+)[\s-]?hourly\b")
LATIN = re.compile(r"\b(?:(qd|od)|(bid|b\.i\.d)|(tid|t\.i\.d)|(qid|q\.i\.d))\b")
RARELY = re.compile(
    r"\w*weekly\b|\b(?:a|per|every|each)\s+(?:week|month)\b|\bmonthly\b|\b(?:alternate|alternating)\s+days?\b|\bq\s?\d+\s?[dw]\b"
    r"|\b(?:qod|eod|fortnightly)\b|\bevery\s+(?:other|second|third|fourth|fifth|sixth|seventh|few|\d+(?:nd|rd|th))\s+days?\b"
)
EVERY_DAYS = re.compile(rf"\bevery\s+{NUMBER}[\s-]*(day|week|month)s?\b")
FOR_DAYS = re.compile(rf"\bfor\s+{NUMBER}\s+(day|week)s?\b")
FROM_TO = re.compile(r"\bdays?\s+(\d+)\s*(?:to|through|-|–)\s*(\d+)\b")
CLOSE = re.compile(rf"{DIGIT}\W{{0,3}}(?:{MASSES}|{TABLET})(?!{PER_BODY})")
AFTER = re.compile(
    rf"\b(?:{TABLET}|{MASSES})\W{{0,3}}(?:[x×#]|no\.?)?\W{{0,2}}(?<!{DIGIT})({DIGIT}[^\s()a-z]*+)"
    r"(?!\s*(?:times|[x×*]\s*(?:a|per|daily)|x?daily|m(?:in|l)|h\b|hour|day|week|month|cycle|dose|[ap]m\b|:|°|refill|o['’]clock))"
)
ALTERED = re.compile(r"\b(?:crush|split|cut|halve|chew|dissolve|open)\b")
NEVER = re.compile(r"\b(?:not|never|without|no)\b|n['’]t\b")
MORNING, EVENING = re.compile(r"\bmorning\b"), re.compile(r"\b(?:evening|bedtime|night)\b")
MG = {"mg": Decimal(1), "g": Decimal(1000), "mcg": Decimal("0.001")}
IN_FULL = {
    "milligram": "mg",
    "mgs": "mg",
    "gram": "g",
    "gm": "g",
    "microgram": "mcg",
    "microg": "mcg",
    "ug": "mcg",
    "μg": "mcg",
}
WHOLE = re.compile(r"(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
"""A number that has one meaning everywhere: 2,500 and 2.5, never 2,5 nor .5."""
FRACTION = re.compile(r"([0-9]+)/([1-9][0-9]*)")


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
    timed = _spans(words, TIMES, HOURS, EVERY_DAYS, FOR_DAYS, FROM_TO)
    units = [found for found in UNITS.finditer(words) if not _within(found.start(1), timed)]
    read = [found.span() for found in units]
    for found in units:
        if not _units_agree(found, taking):
            yield found[0], f"{amount(taking.each_time)} at a time"
    for found in TAKE_A.finditer(words):
        if taking.each_time != 1:
            yield found[0], f"{amount(taking.each_time)} at a time"
    many = [found for found in MANY.finditer(words) if not _within(found.start(1), (*timed, *read))]
    read += [found.span() for found in many]
    for found in many:
        if not _many_agree(found[1], found[2], found[3], found[4], taking, daily=bool(found[5])):
            yield found[0], f"{amount(taking.dose_mg)} mg at a time"
    so_many = [found for found in SO_MANY.finditer(words) if not _within(found.start(1), read)]
    read += [found.span() for found in so_many]
    for found in so_many:
        if not _many_agree(found[3], None, found[1], found[2], taking, daily=False):
            yield found[0], f"{amount(taking.dose_mg)} mg at a time"
    for found in MASS.finditer(words):
        mg, daily = _mass(found[1], found[2]), bool(found[3])
        right = {taking.dose_mg * taking.times} if daily else {taking.dose_mg, taking.strength_mg}
        if not _within(found.start(1), read) and mg not in right:
            yield found[0], f"{amount(taking.dose_mg)} mg at a time"
    read += [*timed, *_spans(words, MASS, BY_BODY)]
    yield from ((found, f"{amount(taking.each_time)} at a time") for found in _unread(words, read))


def _spans(words: str, *patterns: re.Pattern[str]) -> list[tuple[int, int]]:
    return [found.span() for pattern in patterns for found in pattern.finditer(words)]


def _within(at: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _unread(words: str, read: list[tuple[int, int]]) -> Iterator[str]:
    """Yield what has a digit beside a tablet or a mass and was read by nothing: it is shown, never passed in silence."""
    yield from (found[0] for found in CLOSE.finditer(words) if not _within(found.start(), read))
    yield from (found[0] for found in AFTER.finditer(words) if not _within(found.start(2), read))


def _units_agree(found: re.Match[str], taking: Taking) -> bool:
    number, inner, strength = _value(found[1]), (found[3] or "").strip(), found[4]
    if number is None or number + (Decimal("0.5") if found[2] else 0) != taking.each_time:
        return False
    if re.fullmatch(NUMBER, inner) and _value(inner) != number:
        return False
    return not strength or _mass(strength, found[5]) == taking.strength_mg


def _many_agree(times: str, inner: str | None, each: str, unit: str, taking: Taking, *, daily: bool) -> bool:
    """Say whether “4 × 500 mg” is the dose in units of its strength, or “2 × 2,000 mg a day” the dose as often as ordered."""
    number, mg = _value(times), _mass(each, unit)
    if inner and re.fullmatch(NUMBER, inner.strip()) and _value(inner.strip()) != number:
        return False
    if daily and mg == taking.dose_mg and mg != taking.strength_mg:
        return number == taking.times
    return mg == taking.strength_mg and number == taking.each_time and not daily


def _pace(words: str, taking: Taking) -> Iterator[tuple[str, str]]:
    said: list[tuple[str, Decimal | None]] = []
    for found in TIMES.finditer(words):
        worded = ("once", "twice", "thrice")
        said.append((found[0], _value(found[1]) if found[1] else Decimal(worded.index(found[2]) + 1)))
    said += [(found[0], _a_day(found[1] or found[2] or found[3])) for found in HOURS.finditer(words)]
    said += [(found[0], Decimal(found.lastindex or 1)) for found in LATIN.finditer(words)]
    said += [(found[0], Decimal(0)) for found in RARELY.finditer(words)]
    daily = [found for found in EVERY_DAYS.finditer(words) if found[2] != "day" or _value(found[1]) != 1]
    said += [(found[0], Decimal(0)) for found in daily]
    yield from ((what, taking.often) for what, times in said if times != taking.times)
    morning, evening = MORNING.search(words), EVENING.search(words)
    wrong = {"in the morning": evening, "at bedtime": morning}.get(taking.often)
    if taking.times > 1 and evening and not morning and evening[0] == "bedtime":
        wrong = evening
    if wrong or (taking.times == 1 and morning and evening):
        yield (wrong or morning or evening)[0], taking.often  # type: ignore[index]  # one of them was found


def _a_day(hours: str) -> Decimal | None:
    """Return how often a day something every so many hours is; None where that cannot be told."""
    number = _value(hours)
    return Decimal(24) / number if number else None


def _span(words: str, taking: Taking) -> Iterator[tuple[str, str]]:
    spans: list[tuple[str, Decimal | None]] = []
    for found in FOR_DAYS.finditer(words):
        number = _value(found[1])
        spans.append((found[0], None if number is None else number * (7 if found[2] == "week" else 1)))
    spans += [(found[0], Decimal(int(found[2]) - int(found[1]) + 1)) for found in FROM_TO.finditer(words)]
    yield from ((what, f"{taking.days} days") for what, days in spans if days != taking.days)


def _mass(number: str, unit: str) -> Decimal | None:
    """Return mg, or None where the number cannot be told."""
    value = _value(number)
    short = IN_FULL.get(unit, IN_FULL.get(unit.removesuffix("s"), unit))
    return None if value is None else value * MG[short]


def _value(written: str) -> Decimal | None:
    """Return a number as it is written; None for what has two readings (2,5 .5) or two ends (1-2)."""
    ends = [_one(end) for end in re.split(r"\s*(?:[-–—]|\bto\b|\bor\b)\s*", written.strip())]
    return ends[0] if len(set(ends)) == 1 else None


def _one(word: str) -> Decimal | None:
    if word in PARTS or word in NAMED:
        return PARTS[word] if word in PARTS else Decimal(NAMED.index(word) + 1)
    if parts := FRACTION.fullmatch(word):
        return Decimal(parts[1]) / Decimal(parts[2])
    return Decimal(word.replace(",", "")) if WHOLE.fullmatch(word) else None
