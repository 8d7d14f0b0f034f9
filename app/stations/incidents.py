"""Spills, the people exposed, simulations: versions that only grow, each also an event of the site (R45, G28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from app.catalogue import recipes
from app.clock import new_id
from app.people import accounts, history
from app.record import acts, canonical, codec
from app.record.running import append_row
from app.settings import Settings
from app.stations import places, register
from app.stations.tables import incident
from workflows.spills import STEPS, WORN, Drill, Spill, StepDone, last_drills, overdue, why_open

DRILLED = frozenset({"technician", "lead_technician", "pharmacist"})
"""Roles that take part in simulations: whoever handles hazardous drugs."""


class NotKeptError(ValueError):
    """The record of a spill or simulation cannot be written; the text says why and what to do instead."""


class StaleError(NotKeptError):
    """Somebody else changed it meanwhile."""


@dataclass(frozen=True)
class Acting:
    """In whose transaction something is written, by whom, when and where."""

    conn: Connection
    """The caller's transaction."""
    settings: Settings
    """Site and software."""
    who: str
    """Person id."""
    at: datetime
    """The command's one clock reading."""
    station: str = ""
    """Station code; empty at a desk."""


@dataclass(frozen=True)
class Kept:
    """One spill as it is kept."""

    id: str
    """Eight characters."""
    version: int
    """How often it was written, from 1."""
    spill: Spill
    """What is known."""
    hands: frozenset[str]
    """Person ids of everybody who wrote on it."""

    def concerns(self, person_id: str) -> bool:
        """Whether somebody wrote on it or was exposed: it is theirs to read."""
        return person_id in self.hands or any(one.person == person_id for one in self.spill.exposed)


def begin(act: Acting, spill: Spill) -> str:
    """Keep a new spill and return its id; one that is recorded already stays as it is."""
    if not spill.place.strip() or not spill.drug.strip():
        raise NotKeptError("Say where it was spilled, and what.")
    if spill.happened_at > act.at:
        raise NotKeptError("The time of the spill is still to come.")
    if (before := _same(act, spill)) is not None:
        return before.id
    id = new_id()
    _write(act, id, 1, spill, "spill_recorded")
    _end_what_is_open(act, spill, id)
    return id


def stopped_by(act: Acting, spill: Spill) -> str:
    """Return the open spill of a preparation that was stopped for one: its own, the one its station's card began, or a new one.

    What is spilt is said once (R45): on the tablet's STOP or on the card, whichever is nearer.
    """
    mine = [
        one for one in of_preparation(act.conn, act.settings.site, spill.preparation) if one.spill.closed_at is None
    ]
    if mine:
        _end_what_is_open(act, spill, mine[-1].id)
        return mine[-1].id
    here = open_at(act.conn, act.settings.site, spill.place)
    if here is None or here.spill.preparation:
        return begin(act, spill)
    known = replace(here.spill, preparation=spill.preparation, drug=spill.drug)
    _write(act, here.id, here.version + 1, known, "spill_changed")
    _end_what_is_open(act, spill, here.id)
    return here.id


def _end_what_is_open(act: Acting, spill: Spill, id: str) -> None:
    """Keep that no vial which stands open where it was spilt is stock any more, whoever opened it (R32)."""
    codes = [one.code for one in register.cabinets_at(act.conn, spill.place)]
    places.keep_doubt(act.conn, codes, places.SPILT, at=act.at, who=act.who, told=id)


def _same(act: Acting, spill: Spill) -> Kept | None:
    """Return the open spill of this time, place and drug, if it was recorded already: a form may be sent twice."""
    wanted = (spill.happened_at, spill.place, spill.drug)
    found = (one for one in of_site(act.conn, act.settings.site) if one.spill.closed_at is None)
    return next((one for one in found if (one.spill.happened_at, one.spill.place, one.spill.drug) == wanted), None)


def change(act: Acting, id: str, version: int, spill: Spill) -> None:
    """Write what is known now. Raises StaleError where `version` is not the newest, NotKeptError for one that is closed."""
    before = _open(act, id, version)
    if spill == before.spill:
        raise NotKeptError("Nothing of it is different.")
    if spill.happened_at > act.at:
        raise NotKeptError("The time of the spill is still to come.")
    _write(act, id, version + 1, spill, "spill_changed")
    _enter_in_files(act, id, spill, {one.person for one in before.spill.exposed})


def step_done(act: Acting, id: str, step: str) -> None:
    """Tick a step of the procedure; one that is ticked already stays as it was."""
    found = by_id(act.conn, act.settings.site, id)
    if found is None or found.spill.closed_at is not None:
        raise NotKeptError("There is no such open spill.")
    if step not in dict(STEPS):
        raise NotKeptError("There is no such step.")
    if step in {one.step for one in found.spill.done}:
        return
    done = (*found.spill.done, StepDone(step, act.who, act.at))
    _write(act, id, found.version + 1, replace(found.spill, done=done), "spill_step_done", {"step": step})


def close(act: Acting, id: str, version: int) -> None:
    """Close it, if nothing stands in the way (R45)."""
    before = _open(act, id, version)
    known = {one.id: one.name for one in accounts.everybody(act.conn)}
    if reasons := why_open(before.spill, act.at, known, to_wear(act.conn, act.settings.site, before.spill)):
        raise NotKeptError(f"It stays open. {' '.join(reasons)}")
    _write(act, id, version + 1, replace(before.spill, closed_by=act.who, closed_at=act.at), "spill_closed")


def to_wear(conn: Connection, site: str, spill: Spill) -> tuple[str, ...]:
    """Return what the site's policy of the time had put on to clean it up; what is proposed where it did not say (R35)."""
    return wear_at(conn, site, spill.happened_at)


def wear_at(conn: Connection, site: str, at: datetime) -> tuple[str, ...]:
    """Return what the policy that counts `at` a time has put on to clean up a spill."""
    policy = recipes.policy_of(conn, site, at)
    return policy.worn.spill if policy and policy.worn else WORN


def _open(act: Acting, id: str, version: int) -> Kept:
    found = by_id(act.conn, act.settings.site, id)
    if found is None:
        raise NotKeptError("There is no such spill.")
    if found.version != version:
        raise StaleError("Somebody else wrote on it meanwhile. Look at it again. Nothing was changed.")
    if found.spill.closed_at is not None:
        raise NotKeptError("It is closed. What was found later is said in a new record.")
    return found


def _write(act: Acting, id: str, version: int, spill: Spill, kind: str, told: Mapping[str, Any] | None = None) -> None:
    body = codec.encode(spill)
    row = {"site": act.settings.site, "id": id, "version": version, "kind": "spill", "preparation": spill.preparation}
    append_row(act.conn, incident, {**row, "body": canonical.dump(body).decode(), "at": act.at, "who": act.who})
    _note(act, kind, {"spill": id, "version": version, **(told or {"says": body})})


def _note(act: Acting, kind: str, data: Mapping[str, Any]) -> None:
    station = act.station or None
    acts.append(act.conn, act.settings, act.settings.site, kind, data, who=act.who, at=act.at, station=station)


def _enter_in_files(act: Acting, id: str, spill: Spill, before: set[str]) -> None:
    """Point to the spill from the file of everybody on the books who was exposed, once."""
    known = {one.id for one in accounts.everybody(act.conn)}
    deed = history.Act(act.conn, act.settings, by=act.who, at=act.at, station=act.station)
    for who in dict.fromkeys(one.person for one in spill.exposed if one.person in known - before):
        deed.note("exposed_in_spill", who, {"spill": id})


def by_id(conn: Connection, site: str, id: str) -> Kept | None:
    """Return one spill, or None."""
    return next(iter(_those(conn, site, incident.c.id == id)), None)


def of_site(conn: Connection, site: str) -> tuple[Kept, ...]:
    """Return every spill of a site: open ones first, then the newest."""
    found = _those(conn, site, incident.c.kind == "spill")
    return tuple(sorted(found, key=lambda one: (one.spill.closed_at is not None, -one.spill.happened_at.timestamp())))


def of_preparation(conn: Connection, site: str, preparation: str) -> tuple[Kept, ...]:
    """Return the spills of a preparation, oldest first."""
    found = _those(conn, site, incident.c.preparation == preparation) if preparation else ()
    return tuple(sorted(found, key=lambda one: one.spill.happened_at))


def open_at(conn: Connection, site: str, station: str) -> Kept | None:
    """Return the newest spill at a station whose steps are not all done, or None."""
    left = [one for one in of_site(conn, site) if one.spill.place == station and one.spill.closed_at is None]
    return next((one for one in left if len({done.step for done in one.spill.done}) < len(STEPS)), None)


def _those(conn: Connection, site: str, which: ColumnElement[bool]) -> tuple[Kept, ...]:
    newest = select(func.max(incident.c.seq)).where(incident.c.site == site, incident.c.kind == "spill", which)
    rows = conn.execute(select(incident).where(incident.c.seq.in_(newest.group_by(incident.c.id)))).all()
    wrote = select(incident.c.id, incident.c.who).where(incident.c.id.in_([row.id for row in rows])).distinct()
    hands: dict[str, set[str]] = {}
    for row in conn.execute(wrote):
        hands.setdefault(row.id, set()).add(row.who)
    return tuple(
        Kept(row.id, row.version, codec.decode(Spill, canonical.parse(row.body)), frozenset(hands[row.id]))
        for row in rows
    )


def add_drill(act: Acting, drill: Drill) -> None:
    """Keep a simulation: who took part, how long it took, what was found (G28)."""
    today = act.at.astimezone(act.settings.zone).date()
    if not drill.persons:
        raise NotKeptError("Say who took part.")
    if drill.day > today:
        raise NotKeptError("The day of the simulation is still to come.")
    if not 0 < drill.minutes < 1000 or not drill.place.strip():
        raise NotKeptError("Say where it was, and how many minutes it took to contain.")
    if drill in drills(act.conn, act.settings.site):
        raise NotKeptError("This simulation is recorded already.")
    id, body = new_id(), codec.encode(drill)
    row = {"site": act.settings.site, "id": id, "version": 1, "kind": "drill", "preparation": ""}
    append_row(act.conn, incident, {**row, "body": canonical.dump(body).decode(), "at": act.at, "who": act.who})
    _note(act, "spill_simulated", {"drill": id, "says": body})


def drills(conn: Connection, site: str) -> tuple[Drill, ...]:
    """Return every simulation of a site, newest first."""
    rows = conn.execute(select(incident.c.body).where(incident.c.site == site, incident.c.kind == "drill"))
    found = (codec.decode(Drill, canonical.parse(body)) for body in rows.scalars())
    return tuple(sorted(found, key=lambda one: one.day, reverse=True))


@dataclass(frozen=True)
class Practised:
    """When somebody last took part in a simulation."""

    person: str
    """Person id."""
    name: str
    """Printed name."""
    last: date | None
    """Day of it; None for never."""
    overdue: bool
    """More than a year ago, or never."""


def practised(conn: Connection, site: str, today: date) -> tuple[Practised, ...]:
    """Return everybody of the site who handles hazardous drugs, the overdue ones first (G28)."""
    last = last_drills(drills(conn, site))
    here = [one for one in accounts.everybody(conn) if one.roles & DRILLED and one.counts_at(site)]
    found = [Practised(one.id, one.name, last.get(one.id), overdue(last.get(one.id), today)) for one in here]
    return tuple(sorted(found, key=lambda one: (not one.overdue, one.name)))
