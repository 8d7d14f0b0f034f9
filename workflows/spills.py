"""Spills of a hazardous drug, people exposed, the yearly simulation: what is recorded, and what it takes to close (R45).

Nothing here treats anybody: an exposed person is first seen by the emergency service that the site named for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from workflows.hazards import a_year_after

SURFACES = ("cabinet", "bench", "floor", "equipment", "clothing")
ROUTES = ("skin", "eye", "inhaled", "swallowed", "needle or sharp")
STEPS = (
    ("warn", "Warn everybody near. Stop work. Keep others away, and put up the sign."),
    ("people", "Look after exposed people first: off with the clothing, rinse, call the emergency service."),
    ("kit", "Fetch the spill kit. Check that it is in date."),
    ("wear", "Put on two pairs of chemotherapy gloves, gown, eye and face protection, respirator, shoe covers."),
    (
        "contain",
        "Cover liquid with absorbent pads, powder with damp ones. Broken glass with the scoop, into the sharps box.",
    ),
    ("clean", "From the edge inwards: deactivate, decontaminate, clean, disinfect. Rinse, and do it again."),
    ("waste", "Everything used into the hazardous-drug waste, sealed and labelled."),
    ("undress", "Take protection off where it was worn, outer gloves first. Wash hands with soap and water."),
    ("replace", "Replace the kit. Tell the pharmacist. Finish this record."),
)
"""The steps of the procedure: a short name, and what is done. Proposed; a site compares it with its own."""
WORN = ("two pairs of chemotherapy gloves", "gown", "eye and face protection", "respirator", "shoe covers")
"""What is worn to clean up a spill, as proposed: a site's policy says what is worn there (R35)."""


def steps(wear: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the steps with what the site's policy has put on in the place of what is proposed (R35)."""
    own = {} if wear == WORN else {"wear": f"Put on {', '.join(wear)}."}
    return tuple((name, own.get(name, says)) for name, says in STEPS)


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step of the procedure, done."""

    step: str
    """Its short name."""
    by: str
    """Person id of who says so."""
    at: datetime
    """When they said so, UTC."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """One person who came into contact with the drug."""

    person: str
    """Person id, or the name of somebody who is not on the books."""
    route: str
    """One of ROUTES."""
    part: str
    """Which part of the body, and for how long."""
    first_aid: str
    """What was done at once."""
    service: str = ""
    """The emergency service that was contacted; empty while none was."""
    contacted_at: datetime | None = None
    """When it was, UTC."""
    outcome: str = ""
    """What the first evaluation found, or that the person declined it."""


@dataclass(frozen=True, slots=True)
class Spill:
    """One spill, as it is known now."""

    happened_at: datetime
    """When, UTC."""
    place: str
    """Station, or where else."""
    drug: str
    """Generic name, or what it may have been."""
    preparation: str = ""
    """Id of the preparation that it came from; empty for none."""
    volume_ml: Decimal | None = None
    """About how much, in mL; None: not said. 0 for powder alone."""
    surface: str = ""
    """One of SURFACES."""
    kit: str = ""
    """Which spill kit, and where it stood."""
    kit_expiry: date | None = None
    """Its date."""
    worn: tuple[str, ...] = ()
    """Which of WORN were worn."""
    why_not_worn: str = ""
    """Why something of WORN was not."""
    done: tuple[StepDone, ...] = ()
    """Steps done, in the order in which they were said to be."""
    waste: str = ""
    """What became of the waste: container, sealed by whom."""
    exposed: tuple[Exposure, ...] = ()
    """Everybody who was."""
    nobody_exposed: bool = False
    """Somebody said that nobody was."""
    cause: str = ""
    """How it came about, and what is done so that it does not again."""
    closed_by: str = ""
    """Person id of who closed it; empty while it is open."""
    closed_at: datetime | None = None
    """When, UTC."""


def why_open(
    spill: Spill, now: datetime, names: Mapping[str, str] | None = None, wear: tuple[str, ...] = WORN
) -> tuple[str, ...]:
    """Return what stands in the way of closing a spill's record, in words; nothing where it may be closed (R45, G30).

    `names` are printed names by person id; who is not among them is named as written. `wear` is what the site has put on.
    """
    return (*_missing(spill, wear), *_steps_left(spill), *_people_left(spill, now, names or {}))


def _missing(spill: Spill, wear: tuple[str, ...]) -> Iterator[str]:
    wanted = {
        "how much was spilled": spill.volume_ml is not None,
        "the surface": bool(spill.surface),
        "which spill kit was used": bool(spill.kit.strip()),
        "the kit's date": spill.kit_expiry is not None,
        "what became of the waste": bool(spill.waste.strip()),
        "how it came about": bool(spill.cause.strip()),
    }
    yield from (f"Say {what}." for what, said in wanted.items() if not said)
    left = [one for one in wear if one not in spill.worn]
    if left and not spill.why_not_worn.strip():
        yield f"Not worn: {', '.join(left)}. Say why."


def _steps_left(spill: Spill) -> Iterator[str]:
    done = {one.step for one in spill.done}
    yield from (f"Not done yet: {says}" for name, says in STEPS if name not in done)


def _people_left(spill: Spill, now: datetime, names: Mapping[str, str]) -> Iterator[str]:
    if not spill.exposed and not spill.nobody_exposed:
        yield "Say who was exposed, or that nobody was."
    if spill.exposed and spill.nobody_exposed:
        yield "It says both that somebody was exposed and that nobody was."
    for one in spill.exposed:
        who = names.get(one.person, one.person)
        if not one.service.strip() or one.contacted_at is None:
            yield f"{who}: the emergency service was not contacted. Call it, then enter which and when."
        elif not spill.happened_at <= one.contacted_at <= now:
            yield f"{who}: the service cannot have been contacted before the spill, or later than now."
        if not one.first_aid.strip():
            yield f"{who}: say what first aid was given."


@dataclass(frozen=True, slots=True)
class Drill:
    """One simulation of a spill (G28)."""

    day: date
    """When, at the site."""
    place: str
    """Where."""
    persons: tuple[str, ...]
    """Person ids of who took part; at least one."""
    minutes: int
    """Minutes until it was contained; above 0."""
    findings: str
    """What was found."""


def last_drills(drills: tuple[Drill, ...]) -> Mapping[str, date]:
    """Return for each person the day of their newest simulation."""
    last: dict[str, date] = {}
    for drill in drills:
        for person in drill.persons:
            last[person] = max(drill.day, last.get(person, drill.day))
    return last


def overdue(last: date | None, today: date) -> bool:
    """Say whether a person, or a site, has had no simulation within the year (G28)."""
    return last is None or today > a_year_after(last)
