"""The patient as a page may show one: in full to whoever treats or made it, initials and last four digits to others (Q32)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from app.record import codec, ordertext
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
