"""Competencies with their end and their site, and quality assurance's waiver of a lapsed one for at most a day (R44, 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select

from app.clock import new_id
from app.people import accounts
from app.people.accounts import NotDoneError
from app.people.credentials import PREFIX
from app.people.history import Act
from app.people.tables import competency, competency_waiver, put

LONGEST = timedelta(days=367)
"""Twelve months with the whole of their last day: no assessment is good for longer (G26)."""
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
    site: str = ""
    """Code of the site at which it counts; empty: every site of its person (G11)."""
    evidence: str = ""
    """What it rests on, in words: observed technique on 12 May, form 7."""

    @property
    def key(self) -> str:
        """What tells it from the same code at another site."""
        return f"{self.code} {self.site}".strip()

    def counts_at(self, site: str) -> bool:
        """Say whether it counts at a site, as long as it lasts."""
        return self.site in ("", site)


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
    site: str = ""
    """Where it counts; empty: everywhere, as those of before sites were kept."""


def certify(
    act: Act,
    person_id: str,
    codes: Mapping[str, datetime],
    *,
    assessor: str,
    sites: Iterable[str] = (),
    evidence: str = "",
) -> None:
    """Record competencies (R44) with the moment each lapses. Nobody assesses themselves, or enters their own.

    They count at `sites`, or at every site of the person where none is named (G11).
    """
    accounts.not_ones_own(act, person_id)
    if assessor == person_id:
        raise NotDoneError("Nobody assesses their own competency. Another person must.")
    if not assessor.strip():
        raise NotDoneError("Say who assessed it.")
    if any(until > act.at + LONGEST for until in codes.values()):
        raise NotDoneError("A competency is assessed again at least every 12 months. Write an earlier last day.")
    if named := [code for code in codes if code.startswith(PREFIX)]:
        raise NotDoneError(f"{named[0]} is a credential: one person enters it, a second verifies it.")
    places = accounts.site_codes(sites)
    for code, until in codes.items():
        values = {"valid_until": until, "assessor": assessor.strip(), "assessed": act.at, "evidence": evidence.strip()}
        for site in places or ("",):
            put(act.conn, competency, {"person": person_id, "code": code, "site": site}, values)
    ends = {code: until.isoformat() for code, until in codes.items()}
    told = {"codes": ends, "assessor": assessor.strip(), "sites": list(places), "evidence": evidence.strip()}
    act.note("competency_recorded", person_id, told)


def waive(act: Act, person_id: str, code: str, *, lasts: timedelta, reason: str) -> Waiver:
    """Let a lapsed competency count at this site for at most 24 hours. Quality assurance does this, never for themselves."""
    who = accounts.by_id(act.conn, act.by)
    if "qa" not in who.roles:
        raise NotDoneError("Only quality assurance waives a lapsed competency.")
    if person_id == act.by:
        raise NotDoneError("Nobody waives their own competency. Another person of quality assurance must.")
    if not timedelta() < lasts <= LONGEST_WAIVER:
        raise NotDoneError("A waiver lasts from one to 24 hours.")
    if len(reason.strip()) < LEAST_REASON:
        raise NotDoneError(f"Give a reason of at least {LEAST_REASON} letters.")
    site = act.settings.site
    held = here(of(act.conn, person_id), site).get(code)
    if held is None:
        raise NotDoneError(
            f"{code} was never assessed here. Training comes before the first handling; it is not waived."
        )
    if held.until > act.at:
        raise NotDoneError(f"{code} has not lapsed. There is nothing to waive.")
    made = Waiver(code, act.at, act.at + lasts, reason.strip(), act.by, site)
    row = {"person": person_id, "code": code, "since": made.since, "until": made.until, "reason": made.reason}
    act.conn.execute(insert(competency_waiver).values(id=new_id(), by=act.by, site=site, **row))
    detail = {"code": code, "lapsed": held.until.isoformat(), "until": made.until.isoformat(), "why": made.reason}
    act.note("competency_waived", person_id, detail)
    return made


_OF = select(competency).where(competency.c.person == bindparam("of")).order_by(competency.c.code, competency.c.site)
_WAIVERS = (
    select(competency_waiver)
    .where(competency_waiver.c.person == bindparam("of"))
    .order_by(competency_waiver.c.since.desc())
)
_NOW = (competency_waiver.c.since <= bindparam("at")) & (competency_waiver.c.until > bindparam("at"))


def of(conn: Connection, person_id: str) -> tuple[Competency, ...]:
    """Return what somebody was assessed in, lapsed or not, at whatever site."""
    rows = conn.execute(_OF, {"of": person_id})
    return tuple(Competency(r.code, r.valid_until, r.assessor, r.assessed, r.site, r.evidence) for r in rows)


def everybodys(conn: Connection) -> Mapping[str, tuple[Competency, ...]]:
    """Return what everybody was assessed in, by person id."""
    found: dict[str, tuple[Competency, ...]] = {}
    for row in conn.execute(select(competency).order_by(competency.c.code, competency.c.site)):
        one = Competency(row.code, row.valid_until, row.assessor, row.assessed, row.site, row.evidence)
        found[row.person] = (*found.get(row.person, ()), one)
    return found


def here(held: Iterable[Competency], site: str) -> dict[str, Competency]:
    """Return, by code, what counts at a site: of several the one that lasts longest."""
    found: dict[str, Competency] = {}
    for one in held:
        if one.counts_at(site) and (one.code not in found or one.until > found[one.code].until):
            found[one.code] = one
    return found


def waivers(conn: Connection, person_id: str, at: datetime | None = None) -> tuple[Waiver, ...]:
    """Return every waiver of a person, or those that count at a time; newest first."""
    rows = conn.execute(_WAIVERS if at is None else _WAIVERS.where(_NOW), {"of": person_id, "at": at})
    return tuple(Waiver(r.code, r.since, r.until, r.reason, r.by, r.site) for r in rows)
