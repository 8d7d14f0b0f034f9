"""Competencies with their end, and quality assurance's waiver of a lapsed one for at most a day (R44, DOMAIN 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, union_all

from app.clock import new_id
from app.people import accounts
from app.people.accounts import NotDoneError
from app.people.history import Act
from app.people.tables import competency, competency_waiver, put
from app.record.columns import moment_text
from app.record.prepared import PreparedRows

LONGEST_WAIVER = timedelta(hours=24)
LEAST_REASON = 10
"""Letters that the reason of a waiver must have (Q3)."""


@dataclass(frozen=True)
class Competency:
    """One code that somebody was assessed in."""

    code: str
    """HD-STERILE, GRAV, …"""
    until: datetime
    """The moment it lapses."""
    assessor: str
    """Person id, or words."""
    assessed: datetime
    """When."""


@dataclass(frozen=True)
class Waiver:
    """A lapsed competency that counts all the same, for hours."""

    code: str
    """Which."""
    since: datetime
    """From."""
    until: datetime
    """To, at most a day later."""
    reason: str
    """Why quality assurance allowed it."""
    by: str
    """Person id of who allowed it."""


def certify(act: Act, person_id: str, codes: Mapping[str, datetime], *, assessor: str) -> None:
    """Record competencies (R44) with the moment each lapses. Nobody assesses themselves, or enters their own."""
    accounts.not_ones_own(act, person_id)
    if assessor == person_id:
        raise NotDoneError("Nobody assesses their own competency. Another person must.")
    if not assessor.strip():
        raise NotDoneError("Say who assessed it.")
    for code, until in codes.items():
        values = {"valid_until": until, "assessor": assessor.strip(), "assessed": act.at}
        put(act.conn, competency, {"person": person_id, "code": code}, values)
    ends = {code: until.isoformat() for code, until in codes.items()}
    act.note("competency_recorded", person_id, {"codes": ends, "assessor": assessor.strip()})


def waive(act: Act, person_id: str, code: str, *, lasts: timedelta, reason: str) -> Waiver:
    """Let a lapsed competency count for at most 24 hours. Quality assurance does this, never for themselves."""
    who = accounts.by_id(act.conn, act.by)
    if "qa" not in who.roles:
        raise NotDoneError("Only quality assurance waives a lapsed competency.")
    if person_id == act.by:
        raise NotDoneError("Nobody waives their own competency. Another person of quality assurance must.")
    if not timedelta() < lasts <= LONGEST_WAIVER:
        raise NotDoneError("A waiver lasts from one to 24 hours.")
    if len(reason.strip()) < LEAST_REASON:
        raise NotDoneError(f"Give a reason of at least {LEAST_REASON} letters.")
    held = next((one for one in of(act.conn, person_id) if one.code == code), None)
    if held is None:
        raise NotDoneError(f"{code} was never assessed. Training comes before the first handling; it is not waived.")
    if held.until > act.at:
        raise NotDoneError(f"{code} has not lapsed. There is nothing to waive.")
    made = Waiver(code, act.at, act.at + lasts, reason.strip(), act.by)
    row = {"person": person_id, "code": code, "since": made.since, "until": made.until, "reason": made.reason}
    act.conn.execute(insert(competency_waiver).values(id=new_id(), by=act.by, **row))
    detail = {"code": code, "lapsed": held.until.isoformat(), "until": made.until.isoformat(), "why": made.reason}
    act.note("competency_waived", person_id, detail)
    return made


_OF = select(competency).where(competency.c.person == bindparam("of")).order_by(competency.c.code)
_WAIVERS = (
    select(competency_waiver)
    .where(competency_waiver.c.person == bindparam("of"))
    .order_by(competency_waiver.c.since.desc())
)
_NOW = (competency_waiver.c.since <= bindparam("at")) & (competency_waiver.c.until > bindparam("at"))
_CURRENT = PreparedRows(
    union_all(
        select(competency.c.code, competency.c.valid_until).where(competency.c.person == bindparam("of")),
        select(competency_waiver.c.code, competency_waiver.c.until).where(
            competency_waiver.c.person == bindparam("of"), _NOW
        ),
    )
)
"""Asked at every command: in one question, made once."""


def of(conn: Connection, person_id: str) -> tuple[Competency, ...]:
    """Return what somebody was assessed in, lapsed or not."""
    rows = conn.execute(_OF, {"of": person_id})
    return tuple(Competency(r.code, r.valid_until, r.assessor, r.assessed) for r in rows)


def waivers(conn: Connection, person_id: str, at: datetime | None = None) -> tuple[Waiver, ...]:
    """Return every waiver of a person, or those that count at a time; newest first."""
    rows = conn.execute(_WAIVERS if at is None else _WAIVERS.where(_NOW), {"of": person_id, "at": at})
    return tuple(Waiver(r.code, r.since, r.until, r.reason, r.by) for r in rows)


def current(conn: Connection, person_id: str, at: datetime) -> tuple[tuple[str, datetime], ...]:
    """Return pairs of code and end, as the clinical rules know them; a waiver counts until its own end."""
    rows = _CURRENT.all(conn, {"of": person_id, "at": moment_text(at)})
    return tuple(sorted((code, until) for code, until in rows))
