"""The patient as a page may show one: in full to whoever treats or made it, initials and last four digits to others (Q32)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from app.record import canonical, codec, ordertext
from app.record.tables import order_text
from workflows.order import PatientText


@dataclass(frozen=True)
class Patient:
    """What a page shows of a patient."""

    name: str
    """Family name, given names; initials where masked."""
    number: str
    """Record number with who assigned it; the last four characters where masked."""
    born: str
    """Birth date, ISO; empty where unknown or masked."""
    short: str
    """For lists: family name, first initial, last four characters of the number."""
    masked: bool
    """True: only initials and last four characters are in this value."""
    allergies: tuple[str, ...] = ()
    """In the sender's words; empty where masked."""
    location: str = ""
    """Ward, room, bed; empty where masked."""


NOBODY = Patient("no patient on record", "", "", "no patient on record", masked=True)
PURGED = Patient("patient text purged", "", "", "patient text purged", masked=True)
ALTERED = Patient(
    "PATIENT TEXT WAS CHANGED: do not use, tell quality assurance", "", "", "TEXT WAS CHANGED", masked=True
)


def patient_of(conn: Connection, text_id: str | None, *, masked: bool, digest: str | None = None) -> Patient:
    """Return the patient behind an order text; what was purged, changed or never there says so.

    `digest` is what the preparation's own event holds of the text.
    """
    kept = ordertext.get(conn, text_id, digest) if text_id else None
    if isinstance(kept, ordertext.Altered):
        return ALTERED
    if isinstance(kept, ordertext.Purged):
        return PURGED
    if kept is None:
        return NOBODY
    text: PatientText = codec.decode(PatientText, kept.fields)
    return _masked(text) if masked else _whole(text)


def _last_four(text: PatientText) -> str:
    return f"..{text.mrn[-4:]}"


def _initials(text: PatientText) -> str:
    return "".join(f"{word[0]}." for word in (*text.given.split()[:1], *text.family.split()[:1]))


def _masked(text: PatientText) -> Patient:
    short = f"{_initials(text)} {_last_four(text)}".strip()
    return Patient(_initials(text) or "?", _last_four(text), "", short, masked=True)


def _whole(text: PatientText) -> Patient:
    name = ", ".join(part for part in (text.family, text.given) if part) or "name missing"
    short = " ".join(part for part in (text.family, text.given[:1], _last_four(text)) if part)
    return Patient(
        name,
        f"MRN {text.mrn}",
        text.birth_date.isoformat() if text.birth_date else "",
        short,
        masked=False,
        allergies=tuple(one.text for one in text.allergies),
        location=text.location,
    )


CANDIDATES = 3000
"""Texts of one search that are read at most; a longer name or the whole number narrows it."""
LEAST_LETTERS = 2
"""Letters of a name, and figures of a number, that a search must have."""


def texts_of(conn: Connection, said: str, *, masked: bool) -> tuple[str, ...]:
    """Return the order texts of the patients that `said` names: a whole number; for who may read names also their beginning.

    Whoever sees no names finds nobody by one. What was purged is found by nothing.
    """
    wanted = said.strip().casefold().removeprefix("mrn").strip().lstrip(".")
    parts = sorted(re.findall("[a-z0-9]+", wanted), key=len)
    if not parts or len(wanted) < LEAST_LETTERS:
        return ()
    query = select(order_text.c.id, order_text.c.fields).where(func.lower(order_text.c.fields).contains(parts[-1]))
    found = conn.execute(query.limit(CANDIDATES))
    return tuple(row.id for row in found if _is_named(canonical.parse(row.fields), wanted, masked=masked))


def _is_named(fields: Any, wanted: str, *, masked: bool) -> bool:
    number, family, given = (str(fields.get(name, "")).casefold() for name in ("mrn", "family", "given"))
    if number == wanted or masked:
        return number == wanted
    return any(name.startswith(wanted) for name in (f"{family}, {given}", f"{family} {given}", f"{given} {family}"))
