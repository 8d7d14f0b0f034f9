"""Emergency access in which a preparation was worked on, as lines of its story (Q30)."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.desk.names import name_of
from app.desk.story import Told
from app.people import emergency
from app.people.emergency import Access
from workflows.events import Recorded
from workflows.preparation import Preparation


def accesses(conn: Connection, p: Preparation, log: tuple[Recorded, ...], known: Mapping[str, str]) -> tuple[Told, ...]:
    """Return a line for each emergency access in which somebody did something to it, where it began to count."""
    zone = ZoneInfo(p.policy.zone)
    found = []
    for person, station in sorted({(one.who, one.station) for one in log if one.station}):
        for access in emergency.of(conn, person, station):
            done = [one for one in log if (one.who, one.station) == (person, station) and _within(one, access)]
            if done:
                found.append(_line(access, done[0], known, zone))
    return tuple(sorted(found, key=lambda line: line.at))


def _within(one: Recorded, access: Access) -> bool:
    return access.opened <= one.at < (access.ended or access.until)


def _line(access: Access, first: Recorded, known: Mapping[str, str], zone: ZoneInfo) -> Told:
    since, until = (at.astimezone(zone) for at in (access.opened, access.ended or access.until))
    return Told(
        version=0,
        at=first.at,
        who=name_of(known, access.person),
        second="",
        station=access.station,
        kind="Emergency",
        title=f"{name_of(known, access.person)} works in EMERGENCY ACCESS",
        details=(f"{access.reason}; open {since:%Y-%m-%d %H:%M} to {until:%H:%M}",),
        mark="emergency",
    )
