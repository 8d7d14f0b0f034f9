"""Somebody's credentials as lines to read: what each is, whether it counts, who entered and who verified it (G1, G17, G18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.desk.names import name_of
from app.desk.training import days_in_words
from app.people import credentials
from app.people.credentials import Credential


@dataclass(frozen=True)
class Line:
    """One credential."""

    credential: Credential
    """As kept."""
    title: str
    """Its code with what it means."""
    state: str
    """taken back, to be verified, ended, ends soon or counts."""
    says: str
    """Days to its end or since, in words; empty where it has none."""
    entered_by: str
    """Printed name."""
    verified_by: str
    """Printed name; empty while nobody did."""
    mine_to_verify: bool
    """Whether the viewer may be the second person: neither its owner nor whoever entered it."""


def lines(
    conn: Connection, person: str, known: Mapping[str, str], *, viewer: str, at: datetime, ahead: timedelta
) -> tuple[Line, ...]:
    """Return a person's credentials: those that count, then those to be verified, then the rest."""
    found = [_line(one, known, viewer, at, ahead) for one in credentials.of(conn, person)]
    order = ("counts", "ends soon", "to be verified", "ended", "taken back")
    return tuple(sorted(found, key=lambda line: (order.index(line.state), line.credential.paper.code)))


def _line(one: Credential, known: Mapping[str, str], viewer: str, at: datetime, ahead: timedelta) -> Line:
    until, open_ = one.paper.until, one.verified is None and one.ended is None
    return Line(
        credential=one,
        title=credentials.words_of(one.paper.code),
        state=_state(one, at, ahead),
        says=days_in_words(until, at) if until else "",
        entered_by=name_of(known, one.entered_by),
        verified_by=name_of(known, one.verified_by),
        mine_to_verify=open_ and viewer not in (one.person, one.entered_by),
    )


def _state(one: Credential, at: datetime, ahead: timedelta) -> str:
    until = one.paper.until
    if one.ended is not None:
        return "taken back"
    if one.verified is None:
        return "to be verified"
    if until is None or until > at + ahead:
        return "counts"
    return "ended" if until <= at else "ends soon"
