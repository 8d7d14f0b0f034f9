"""What ends soon or has ended: competencies, credentials, licences, certificates of instruments; who answered it (R44, R15)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.people import competencies, credentials, tokens
from app.people.tables import person
from app.record import canonical
from app.stations import cabinets, gates, register
from app.stations.tables import equipment_event

AHEAD = timedelta(days=60)
"""What ends within this time is listed."""
ANSWERED = "expiry answered"
"""What the register of events calls an answer."""
LEAST_WORDS = 4
"""Letters that an answer must have."""


@dataclass(frozen=True)
class Answer:
    """What somebody does about it."""

    words: str
    """In their words: retraining on 12 May."""
    who: str
    """Person id."""
    at: datetime
    """UTC."""


@dataclass(frozen=True)
class Ending:
    """One thing that ends, or has ended."""

    what: str
    """competency HD-STERILE, licence, certificate of a balance, check weight or cabinet."""
    whose: str
    """Printed name, or the instrument with its station."""
    ends: datetime | None
    """When, UTC; None: it never had one."""
    person: str = ""
    """Person id, where it is a person's."""
    station: str = ""
    """Station code, where it is an instrument's."""
    answer: Answer | None = None
    """The newest answer to just this end; a renewal is another end, and asks anew."""

    @property
    def key(self) -> str:
        """What names it in a form and in the register."""
        said = f"{self.what}\n{self.person or self.whose}\n{self.ends.isoformat() if self.ends else ''}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def days(self, at: datetime) -> int | None:
        """Return whole days until it ends, below 0 where it has ended; None where there is no end."""
        return None if self.ends is None else int((self.ends - at) / timedelta(days=1))

    def ended(self, at: datetime) -> bool:
        """Say whether work that needs it is refused now."""
        return self.ends is None or self.ends <= at


def listed(conn: Connection, site: str, stations: Iterable[str], at: datetime) -> tuple[Ending, ...]:
    """Return what has ended or ends within 60 days at a site, the first end first, each with its newest answer."""
    found = [*_people(conn, site), *_tokens(conn, site), *_instruments(conn, stations)]
    due = [one for one in found if one.ends is None or one.ends <= at + AHEAD]
    answers = _answers(conn, {one.key for one in due})
    shown = (Ending(one.what, one.whose, one.ends, one.person, one.station, answers.get(one.key)) for one in due)
    return tuple(sorted(shown, key=lambda one: (one.ends is not None, one.ends or at, one.whose, one.what)))


def of_people(conn: Connection, site: str) -> tuple[datetime, ...]:
    """Return when each competency of those who work at a site ends, where it counts there."""
    return tuple(one.ends for one in _people(conn, site) if one.ends is not None and one.what != "licence")


def _people(conn: Connection, site: str) -> Iterator[Ending]:
    works = (person.c.active == 1, (person.c.sites == "") | (" " + person.c.sites + " ").contains(f" {site} "))
    for row in conn.execute(select(person).where(*works)):
        if row.licence and row.licence_until is not None:
            yield Ending("licence", row.printed_name, row.licence_until, person=row.id)
    held, papers = competencies.everybodys(conn), credentials.everybodys(conn)
    for row in conn.execute(select(person.c.id, person.c.printed_name).where(*works)):
        for code, assessed in sorted(competencies.here(held.get(row.id, ()), site).items()):
            yield Ending(f"competency {code}", row.printed_name, assessed.until, person=row.id)
        for one in credentials.newest(papers.get(row.id, ())).values():
            if one.paper.until is not None:
                yield Ending(f"credential {one.paper.code}", row.printed_name, one.paper.until, person=row.id)


def _tokens(conn: Connection, site: str) -> Iterator[Ending]:
    """Yield the tokens of programs: one that sends orders ends with its owner's licence too."""
    for one in tokens.lapses(conn, site):
        why = ", by its owner's licence" if one.by_licence else ""
        named = f"API token {one.token.name} ({one.token.id}){why}"
        yield Ending(named, one.owner.name, one.at, person=one.owner.id)


def _instruments(conn: Connection, stations: Iterable[str]) -> Iterator[Ending]:
    for station in stations:
        scale = register.balance_status(conn, station)
        if scale is not None:
            yield Ending("balance certificate", f"{scale.name}, {station}", scale.calibrated_until, station=station)
        for weight in gates.weights_of(conn, station):
            named = f"check weight {weight.name} ({weight.code}), {station}"
            yield Ending("check weight certificate", named, weight.certified_until, station=station)
        for one in cabinets.of_station(conn, station):
            yield Ending("cabinet certificate", f"{one.code}, {station}", one.certified_until, station=station)


def _answers(conn: Connection, keys: set[str]) -> dict[str, Answer]:
    rows = conn.execute(
        select(equipment_event)
        .where(equipment_event.c.what == ANSWERED, equipment_event.c.equipment.in_(keys))
        .order_by(equipment_event.c.seq)
    )
    found: dict[str, Answer] = {}
    for row in rows:
        detail: Any = canonical.parse(row.detail)
        found[row.equipment] = Answer(detail["words"], row.who, row.at)
    return found


def answer(conn: Connection, one: Ending, words: str, *, at: datetime, who: str) -> str:
    """Keep what somebody does about it; return why it was not kept, or nothing. It lifts nothing: what ended stays ended."""
    if len(words.strip()) < LEAST_WORDS:
        return "Say what is done about it: retraining on 12 May, sent for calibration."
    detail = {"what": one.what, "of": one.person or one.whose, "words": words.strip()[:200]}
    register.note(conn, one.key, ANSWERED, at=at, who=who, station=one.station, detail=detail)
    return ""
