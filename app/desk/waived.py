"""Lapsed competencies that quality assurance let count while a preparation was worked on, as lines of its story (DOMAIN 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.desk.names import name_of
from app.desk.story import Told
from app.people import competencies
from workflows.events import Recorded
from workflows.preparation import Preparation


def waivers(conn: Connection, p: Preparation, log: tuple[Recorded, ...], known: Mapping[str, str]) -> tuple[Told, ...]:
    """Return a line for each waiver of somebody who worked on it, that counted during the work."""
    worked = {one.who for one in log if one.station} & p.hands
    first, last, zone = log[0].at, log[-1].at, ZoneInfo(p.policy.zone)
    found = [
        Told(
            version=0,
            at=max(one.since, first),
            who=name_of(known, one.by),
            second="",
            station="",
            kind="Waiver",
            title=f"{name_of(known, person)} works on a waiver: {one.code} has lapsed",
            details=(f"{one.reason}; counts until {one.until.astimezone(zone):%Y-%m-%d %H:%M}",),
            mark="waived",
        )
        for person in sorted(worked)
        for one in competencies.waivers(conn, person)
        if one.since <= last and one.until > first
    ]
    return tuple(sorted(found, key=lambda line: line.at))
