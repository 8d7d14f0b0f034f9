"""What a sender profile may not say, whoever signs it: a unit that means another, a route that is none, a table of guesses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from app.interfaces.news import PHASES
from app.interfaces.profile import LABEL, Profile, ProfileError, profile_text, read_profile
from app.interfaces.spellings import MINUTES_OF, RATES, UNIT_OF, containers_meant, routes_meant
from workflows.order import Container, Route

UNITS: dict[str, tuple[str, Decimal]] = {
    "mg": ("mass", Decimal(1)),
    "g": ("mass", Decimal(1000)),
    "ug": ("mass", Decimal("0.001")),
    "mL": ("volume", Decimal(1)),
    "L": ("volume", Decimal(1000)),
    "[iU]": ("activity", Decimal(1)),
    "mmol": ("substance", Decimal(1)),
    "{each}": ("count", Decimal(1)),
}
"""What an order can be written in, with the one factor that is right."""
NEVER = frozenset({"u", "iu"})
"""Spellings that never get a row: they were read as a zero and as intravenous (I34)."""
MOST_TOLD = 5
"""Faults of a document that are told where it is loaded."""
A_CHANGE = "A new spelling is a change of the program (app/interfaces/spellings.py), not of a profile."
OVERFILL = ("ask", "never", "included")
ONE_STRENGTH = "amount in one container"
"""The one shape of a FHIR ingredient's strength that is read, by any profile (I61)."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")
KINDS = ("drug", "base", "container", "additive")


def wrong_in(text: str) -> tuple[str, ...]:
    """Return what is wrong with a profile's document, each in a sentence; nothing where it may be signed."""
    try:
        read_profile(text)
        data = json.loads(text)
        return tuple(one for check in (_head, _units, _times, _words, _codes, _told, _sides) for one in check(data))
    except ProfileError as trouble:
        return (f"It cannot be read: {trouble}.",)
    except (KeyError, TypeError, AttributeError, InvalidOperation) as trouble:
        return (f"A table of it has another shape than the shipped profile's ({type(trouble).__name__} {trouble}).",)


def placed(text: str, sentence: str) -> str:
    """Return a sentence of `wrong_in` with the line of the document that it speaks of, as far as it names a table and a row."""
    table, _, rest = sentence.partition(":")
    at = text.find(f'"{table.split(" ")[0].split(".")[0]}"')
    row = rest.split()[0] if rest.split() else ""
    inside = text.find(f'"{row.rpartition(":")[2]}"', at) if at >= 0 and row else -1
    return sentence if at < 0 else f"line {text.count(chr(10), 0, max(at, inside)) + 1}: {sentence}"


def load_checked(name_or_file: str) -> Profile:
    """Return a shipped profile by name, or one from a file, held against the closed tables. Raises ProfileError with the line."""
    text = profile_text(name_or_file)
    profile = read_profile(text)
    if faults := wrong_in(text):
        raise ProfileError(f"{name_or_file}: {' '.join(placed(text, one) for one in faults[:MOST_TOLD])}")
    return profile


def _head(data: dict[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(data["name"]):
        yield "The name is 2 to 40 small letters, digits, - and _."
    if data["processing_id"] not in ("P", "T", "D"):
        yield "processing_id is P, T or D."
    if not data["match"]["msh3"]:
        yield "match.msh3 is empty: every sender would be this one."
    for name in ("content", "door"):
        if data["acknowledge"][name] not in ("AE", "AR"):
            yield f"acknowledge.{name} is AE or AR."


def _units(data: dict[str, Any]) -> Iterator[str]:
    for spelling, row in data["units"].items():
        ucum = row["ucum"]
        if spelling != spelling.strip() or not spelling.isprintable():
            yield f"units: {spelling!r} holds characters that nobody sees."
        elif spelling.casefold() in NEVER:
            yield f"units: {spelling} never gets a row: U and IU are misread."
        elif ucum not in UNITS:
            yield f"units: {spelling} stands for {ucum}, which no order here is written in; there are {', '.join(UNITS)}."
        elif (row["dimension"], Decimal(row["factor"])) != UNITS[ucum]:
            kind, factor = UNITS[ucum]
            yield f"units: {spelling} is {ucum}, so its dimension is {kind} and its factor {factor:f}."
        elif (meant := UNIT_OF.get(spelling.casefold())) is None:
            yield f"units: {spelling} is no known spelling of {ucum}. {A_CHANGE}"
        elif meant != ucum:
            yield f"units: {spelling} is read as {meant} everywhere and cannot stand for {ucum}."


def _times(data: dict[str, Any]) -> Iterator[str]:
    for spelling, meaning in data["rate_units"].items():
        if meaning != "mL/h":
            yield f"rate_units: {spelling} must stand for mL/h: a rate in another unit is refused, not worked out."
        elif spelling.casefold() not in RATES:
            yield f"rate_units: {spelling} is no known spelling of mL/h. {A_CHANGE}"
    for spelling, minutes in data["duration_units"].items():
        try:
            length = Decimal(minutes)
        except InvalidOperation:
            yield f"duration_units: {spelling} needs its minutes as a number."
            continue
        right = MINUTES_OF.get(spelling.casefold())
        if right is None:
            yield f"duration_units: {spelling} is no known spelling of a time. {A_CHANGE}"
        elif length != right:
            yield f"duration_units: {spelling} is not {minutes} minutes."


def _words(data: dict[str, Any]) -> Iterator[str]:
    for code, route in data["routes"].items():
        if route not in get_args(Route):
            yield f"routes: {code} stands for {route}; there are {', '.join(get_args(Route))}."
        elif code in get_args(Route) and code != route:
            yield f"routes: {code} is a route itself and cannot stand for {route}."
        elif (meant := routes_meant(code)) - {route}:
            yield f"routes: {code} names another route than {route}, and cannot stand for it."
        elif not meant:
            yield f"routes: {code} names no route by itself, so nobody could see a wrong one. {A_CHANGE}"
    for code, container in data["forms"].items():
        if container not in get_args(Container):
            yield f"forms: {code} stands for {container}; there are {', '.join(get_args(Container))}."
        elif (held := containers_meant(code)) and container not in held:
            yield f"forms: {code} names a {' or '.join(sorted(held))} and cannot stand for a {container}."
    for code, role in data["base_roles"].items():
        if role not in ("active", "base"):
            yield f"base_roles: {code} is active or base."


def _codes(data: dict[str, Any]) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for row in data["codes"]:
        key = (row["system"], row["code"])
        if key in seen:
            yield f"codes: {row['system']}:{row['code']} stands twice."
        seen.add(key)
        if row["kind"] not in KINDS:
            yield f"codes: {row['code']} is one of {', '.join(KINDS)}."
        for name in ("concentration_mg_ml", "container_ml"):
            if row.get(name) and not Decimal(row[name]) > 0:
                yield f"codes: {row['code']} has a {name} that is not above zero."


def _told(data: dict[str, Any]) -> Iterator[str]:
    to = data.get("destinations") or {}
    if unknown := set(to.get("phases", ())) - PHASES:
        yield f"destinations.phases: there is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(PHASES))}."


def _sides(data: dict[str, Any]) -> Iterator[str]:
    if data["dose_from"] not in ("order segment", "components"):
        yield "dose_from is order segment or components."
    if (overfill := data.get("overfill", "ask")) not in OVERFILL:
        yield f"overfill: {overfill} is none of {', '.join(OVERFILL)}."
    if data.get("fhir_strength", ONE_STRENGTH) != ONE_STRENGTH:
        yield f"fhir_strength is \"{ONE_STRENGTH}\": a concentration may be the source's or the product's, and is refused."
    if (label := data.get("label_id", "")) and not LABEL.fullmatch(label):
        yield f"label_id: {label} is no field of ORC, RXE or RXO, such as ORC-3 or RXE-15.1."
    unknown = set(data["containers_without_base"]) - set(get_args(Container))
    if unknown:
        yield f"containers_without_base: there is no {', '.join(sorted(unknown))}."
