"""A clock set back (Q66): kept as an event, and the latest time ever seen is remembered, so that no deadline moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, bindparam, delete, insert, select, type_coerce, update

from app.record import acts, log
from app.record.columns import moment, moment_text
from app.record.prepared import Prepared
from app.record.tables import clock_mark, site_head
from app.settings import Settings

ANOMALY = "clock_anomaly"
"""Kind of the event on the site's stream that says the clock stood before the last event."""
CONFIRMED = "clock_confirmed"
"""Kind of the event that says a person looked and the clock is right now."""
_KNOWN = Prepared(
    select(site_head.c.last_at, type_coerce(clock_mark.c.latest_at, Text))
    .select_from(site_head.outerjoin(clock_mark, clock_mark.c.site == site_head.c.site))
    .where(site_head.c.site == bindparam("of"))
)


@dataclass(frozen=True)
class Mark:
    """A clock that went back."""

    latest_at: (
        datetime  # UTC, the latest time any event carries; deadlines are judged by it until the clock has passed it
    )
    seen_at: datetime  # UTC by the clock after it went back, when that was noticed


def mark_of(conn: Connection, site: str) -> Mark | None:
    """Return the site's mark, None where the clock never went back or a person has confirmed it since."""
    row = conn.execute(select(clock_mark).where(clock_mark.c.site == site)).one_or_none()
    return None if row is None else Mark(row.latest_at, row.seen_at)


def watch(conn: Connection, settings: Settings, at: datetime) -> datetime:
    """Compare a command's time with the site's last event; where it stands before it, keep an event and the mark.

    Return the time by which the command's deadlines are judged, as `judged_at` says.
    """
    last, latest = _known(conn, settings.site)
    behind = log.clock_went_back(last, at)
    if behind is not None and last is not None:
        _keep(conn, settings, last, behind, at)
    return max(one for one in (at, last, latest) if one is not None)


def _known(conn: Connection, site: str) -> tuple[datetime | None, datetime | None]:
    """Return the time of the site's last event and the latest of its mark, in one question."""
    row = _KNOWN.one(conn, {"of": site})
    last, latest = (None, None) if row is None else row
    return moment(last) if last else None, moment(latest) if latest else None


def _keep(conn: Connection, settings: Settings, last: datetime, behind: timedelta, at: datetime) -> None:
    data = {"last_event_at": moment_text(last), "behind_s": f"{behind.total_seconds():.6f}"}
    acts.append(conn, settings, settings.site, ANOMALY, data, who="system", at=at)
    before = mark_of(conn, settings.site)
    latest = last if before is None else max(before.latest_at, last)
    mine = clock_mark.c.site == settings.site
    if conn.execute(update(clock_mark).where(mine).values(latest_at=latest, seen_at=at)).rowcount == 0:
        conn.execute(insert(clock_mark), {"site": settings.site, "latest_at": latest, "seen_at": at})


def judged_at(conn: Connection, site: str, at: datetime) -> datetime:
    """Return the time deadlines are judged by: the latest of the clock, the site's last event and the mark."""
    return max(one for one in (at, *_known(conn, site)) if one is not None)


def confirm(conn: Connection, settings: Settings, *, who: str, why: str, at: datetime) -> bool:
    """Keep that a person found the clock to be right, and judge by it again; False where there is nothing to confirm."""
    mark = mark_of(conn, settings.site)
    if mark is None:
        return False
    data = {"latest_at": moment_text(mark.latest_at), "why": why}
    acts.append(conn, settings, settings.site, CONFIRMED, data, who=who, at=at)
    conn.execute(delete(clock_mark).where(clock_mark.c.site == settings.site))
    return True
