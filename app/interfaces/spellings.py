"""Every spelling that a sender profile may give a unit, a time, a rate or a route, each with its one meaning.

Closed on purpose: a spelling that nobody has looked at cannot be told from one that was mapped wrongly, and a wrong one is
a dose a thousandfold off. A new spelling is a line here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from app.interfaces.routes import ANOTHER, routes_named, understood

_UNITS = {
    "mg": ("mg", "mgs", "milligram", "milligrams", "milligramme", "milligrammes"),
    "g": ("g", "gm", "gms", "gram", "grams", "gramme", "grammes"),
    "ug": ("ug", "mcg", "mcgs", "μg", "microgram", "micrograms", "microgramme", "microgrammes"),
    "mL": ("ml", "mls", "cc", "milliliter", "milliliters", "millilitre", "millilitres"),
    "L": ("l", "liter", "liters", "litre", "litres"),
    "[iU]": ("[iu]", "unit", "units", "international unit", "international units"),
    "mmol": ("mmol", "millimole", "millimoles"),
    "{each}": ("{each}", "each", "ea", "tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps"),
}
UNIT_OF: Mapping[str, str] = {spelling: ucum for ucum, spellings in _UNITS.items() for spelling in spellings}
"""Spelling in lower case, to the UCUM code that it means."""
_TIMES = {
    Decimal(1) / 60: ("s", "sec", "secs", "second", "seconds"),
    Decimal(1): ("min", "mins", "minute", "minutes"),
    Decimal(60): ("h", "hr", "hrs", "hour", "hours"),
    Decimal(1440): ("d", "day", "days"),
    Decimal(10080): ("wk", "wks", "week", "weeks"),
}
MINUTES_OF: Mapping[str, Decimal] = {spelling: length for length, spellings in _TIMES.items() for spelling in spellings}
"""Spelling in lower case, to its minutes."""
RATES = frozenset(
    f"{volume}{per}{hour}" for volume in _UNITS["mL"] for per in ("/", " per ") for hour in _TIMES[Decimal(60)]
)
"""Spellings of mL/h in lower case."""
_CODES = {
    "47625008": "IV", "26643006": "PO", "72607000": "IT", "34206005": "SC", "78421000": "IM", "38239002": "IP",
    "6064005": "TOP", "subq": "SC", "sub-q": "SC", "sq": "SC", "ivp": "IV", "iv push": "IV",
    "ivpush": "IV", "ivbolus": "IV", "ivinf": "IV", "ivci": "IV", "civi": "IV",
    "372471009": "IVES",
}  # fmt: skip
"""Codes of SNOMED CT, and short forms, that everybody reads one way."""
_ELSEWHERE = frozenset(
    {
        "bu",
        "dt",
        "en",
        "ep",
        "gtt",
        "gu",
        "ia",
        "ib",
        "ic",
        "icv",
        "id",
        "ih",
        "in",
        "io",
        "is",
        "iu",
        "mm",
        "mth",
        "ng",
    }
    | {"np", "ns", "nt", "op", "ot", "pf", "pr", "rm", "sd", "sl", "td", "tl", "tra", "ur", "vg", "vm"}
)
"""Codes of HL7 table 0162 for a route that no order here can have."""


_CONTAINERS: Mapping[str, frozenset[str]] = {
    "minibag": frozenset({"minibag"}), "bag": frozenset({"bag", "minibag"}), "syr": frozenset({"syringe"}),
    "cas": frozenset({"cassette", "pump"}), "ela": frozenset({"elastomeric", "pump"}),
    "pump": frozenset({"pump", "elastomeric", "cassette"}), "tab": frozenset({"tablets"}), "cap": frozenset({"capsules"}),
    "vial": frozenset({"vial"}), "bot": frozenset({"bottle"}),
}  # fmt: skip
"""Beginning of a word in lower case, to what it can be; `ivpb` and a sender's own codes say nothing of it."""


def containers_meant(code: str) -> frozenset[str]:
    """Return the containers that a code names by itself, in any case; nothing where it says nothing."""
    words = re.findall("[a-z]+", code.casefold())
    held = frozenset().union(*(held for start, held in _CONTAINERS.items() for word in words if word.startswith(start)))
    return frozenset({"oral syringe"}) if "oral" in words and "syringe" in held else held


def routes_meant(code: str) -> frozenset[str]:
    """Return the one route that a code names by itself, in any case; `another` and others where it names more.

    Nothing where it says nothing, or where a word of it is not understood.
    """
    plain = code.casefold()
    if plain in _CODES:
        return frozenset({_CODES[plain]})
    if plain in _ELSEWHERE:
        return frozenset({ANOTHER})
    named = routes_named([code, code.upper()], {})
    return understood(code) or (frozenset(named) if len(named) > 1 or ANOTHER in named else frozenset())
