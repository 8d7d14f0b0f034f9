"""What counts of a person at one site and time, as the clinical rules know it: competencies, waivers, credentials (R44, G17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, literal_column, select, union_all

from app.people.credentials import PREFIX, words_of
from app.people.tables import competency, competency_waiver, credential
from app.record.columns import moment_text
from app.record.prepared import PreparedRows
from app.settings import Settings

NEVER = datetime.max.replace(tzinfo=UTC)
"""End of a credential that does not lapse."""
_NOTHING = literal_column("''", Text)
_STANDING = PreparedRows(
    union_all(
        select(
            competency.c.code,
            competency.c.valid_until,
            competency.c.site,
            _NOTHING.label("states"),
            _NOTHING.label("verified_by"),
        ).where(competency.c.person == bindparam("of")),
        select(competency_waiver.c.code, competency_waiver.c.until, competency_waiver.c.site, _NOTHING, _NOTHING).where(
            competency_waiver.c.person == bindparam("of"),
            competency_waiver.c.since <= bindparam("at"),
            competency_waiver.c.until > bindparam("at"),
        ),
        select(
            credential.c.code, credential.c.valid_until, _NOTHING, credential.c.states, credential.c.verified_by
        ).where(credential.c.person == bindparam("of"), credential.c.ended.is_(None)),
    )
)
"""Asked at every command: in one question, made once."""


@dataclass(frozen=True)
class Standing:
    """What somebody may be asked for, and why the rest does not count."""

    counts: tuple[tuple[str, datetime], ...]
    """Pairs of code and end; a waiver counts until its own end, a credential once it is verified."""
    wanting: tuple[tuple[str, str], ...]
    """Pairs of code and, in words, why what is on record under it does not count here and now."""


def standing(conn: Connection, person_id: str, settings: Settings, at: datetime) -> Standing:
    """Return what counts of a person at the site of these settings, and of the rest why not."""
    counts: list[tuple[str, datetime]] = []
    why: dict[str, list[str]] = {}
    for row in _STANDING.all(conn, {"of": person_id, "at": moment_text(at)}):
        says = _not_here(row, settings, at)
        if says:
            why.setdefault(row.code, []).append(says)
        else:
            counts.append((row.code, row.valid_until or NEVER))
    known = {code for code, until in counts if until > at}
    wanting = ((code, _sentence(code, says)) for code, says in why.items() if code not in known)
    return Standing(tuple(sorted(counts)), tuple(sorted(wanting)))


def _not_here(row: Any, settings: Settings, at: datetime) -> str:
    """Say why one row does not count at the site; empty where it does, or where it simply lapsed as a competency."""
    if not row.code.startswith(PREFIX):
        return "" if row.site in ("", settings.site) or row.valid_until <= at else f"counts at {row.site}, not here"
    if not row.verified_by:
        return "is entered, and no second person has verified it"
    if row.valid_until is not None and row.valid_until <= at:
        return f"lapsed on {row.valid_until.astimezone(settings.zone):%Y-%m-%d}"
    if row.states and settings.site_state and settings.site_state not in row.states.split():
        return f"covers {', '.join(row.states.split())}, not {settings.site_state}"
    return ""


def _sentence(code: str, says: Sequence[str]) -> str:
    """Return why a code does not count: IDS counts at EAST, not here."""
    return f"{words_of(code)} {', and '.join(sorted(set(says)))}."
