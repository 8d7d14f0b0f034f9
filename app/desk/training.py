"""What somebody was assessed in, with what it lets them do here, until when, on what it rests; and what is called to mind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.desk.names import name_of
from app.people import competencies, credentials
from app.people.competencies import Competency
from app.people.credentials import Credential
from workflows.recipe import Policy

KNOWN = {
    "CALC": "calculations of doses, volumes and weights",
    "MEDHX": "taking a medication history",
    "SPILL": "cleaning up a spill",
}
"""Codes that no step asks for."""


@dataclass(frozen=True)
class Held:
    """One line of somebody's own training."""

    code: str
    """HD-STERILE."""
    lets: str
    """What it lets them do here, in words."""
    where: str
    """Code of the site at which it counts; empty for every site of theirs."""
    here: bool
    """Whether it counts at the site of this page."""
    until: datetime
    """The moment it lapses, UTC."""
    says: str
    """Days left or gone, in words."""
    ended: bool
    """Nothing that asks for it can be done now."""
    soon: bool
    """Its end is near enough to be called to mind."""
    assessed: datetime
    """When it was assessed, UTC."""
    assessor: str
    """Printed name."""
    evidence: str
    """What it rests on; empty where nobody wrote it."""


def lets(code: str, policy: Policy | None) -> str:
    """Say what a competency lets its owner do at a site with this policy."""
    if policy is None:
        return KNOWN.get(code, "the site has no policy that asks for it")
    found = []
    if code in policy.competencies:
        found.append("preparing hazardous drugs at the cabinet")
    if code in policy.pump_competencies:
        found.append("filling a cassette and setting its pump")
    if policy.counting and code in policy.counting.competencies:
        found.append("what is taken by mouth")
    return ", ".join(found) or KNOWN.get(code, "no step of this site asks for it")


def held(
    conn: Connection,
    person: str,
    *,
    site: str,
    policy: Policy | None,
    known: Mapping[str, str],
    at: datetime,
    ahead: timedelta,
) -> tuple[Held, ...]:
    """Return everything somebody was assessed in, what counts at the site first."""
    found = competencies.of(conn, person)
    counting = {one.key for one in competencies.here(found, site).values()}
    lines = [
        Held(
            code=one.code,
            lets=lets(one.code, policy),
            where=one.site,
            here=one.key in counting,
            until=one.until,
            says=days_in_words(one.until, at),
            ended=one.until <= at,
            soon=at < one.until <= at + ahead,
            assessed=one.assessed,
            assessor=name_of(known, one.assessor),
            evidence=one.evidence,
        )
        for one in found
    ]
    return tuple(sorted(lines, key=lambda line: (not line.here, line.code, line.where)))


def near(found: Iterable[Competency], site: str, at: datetime, ahead: timedelta) -> tuple[Competency, ...]:
    """Return what counts at a site and has ended, or ends within `ahead`; the first end first."""
    due = (one for one in competencies.here(found, site).values() if one.until <= at + ahead)
    return tuple(sorted(due, key=lambda one: (one.until, one.code)))


def expiring(papers: Iterable[Credential], at: datetime, ahead: timedelta) -> tuple[tuple[str, datetime], ...]:
    """Return code and end of each credential that has ended, or ends within `ahead`, and that nothing renews."""
    found = credentials.newest(papers).values()
    ends = [(one.paper.code, one.paper.until) for one in found if one.paper.until and one.paper.until <= at + ahead]
    return tuple(sorted(ends, key=lambda one: (one[1], one[0])))


def reminder(conn: Connection, person: str, *, site: str, at: datetime, ahead: timedelta) -> str:
    """Return one line for somebody who has just come to a station; empty where nothing of theirs ends soon."""
    due = [(one.code, one.until) for one in near(competencies.of(conn, person), site, at, ahead)]
    papers = expiring(credentials.of(conn, person), at, ahead)
    said = [_ends(word, found, at) for word, found in (("competency", due), ("credential", papers)) if found]
    return f"Your {'; your '.join(said)}. Ask who assesses it here." if said else ""


def _ends(word: str, found: Iterable[tuple[str, datetime]], at: datetime) -> str:
    """Say of one kind: competency ended: CALC; ends: GRAV in 10 days."""
    ends = tuple(found)
    ended = [code for code, until in ends if until <= at]
    soon = [f"{code} {days_in_words(until, at)}" for code, until in ends if until > at]
    parts = [f"ended: {', '.join(ended)}"] if ended else []
    parts += [f"ends: {', '.join(soon)}"] if soon else []
    return f"{word} {'; '.join(parts)}"


def days_in_words(until: datetime, at: datetime) -> str:
    """Say how many whole days are left or gone: in 3 days, today, 2 days ago."""
    days = int((until - at) / timedelta(days=1))
    if days == 0:
        return "today"
    return f"{-days} day{'s' if days != -1 else ''} ago" if days < 0 else f"in {days} day{'s' if days != 1 else ''}"
