"""Training that somebody took: which part of which plan, by which route, with what result; signed by who took it (G2, G5-G9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.clock import new_id
from app.people import accounts
from app.people.accounts import NotDoneError
from app.people.history import Act
from app.people.tables import training

CLASSROOM, HANDS_ON, FINGERTIP, MEDIA_FILL = "classroom", "hands-on", "gloved fingertip", "media fill"
PARTS = (CLASSROOM, HANDS_ON, FINGERTIP, MEDIA_FILL)
"""What kind of training it was; the last two are practicum records of aseptic work."""
PRACTICUM = (FINGERTIP, MEDIA_FILL)
ROUTES = ("on the job", "employer course", "online", "formal programme")
"""By which way the knowledge came (G2)."""
STERILE = "HD-STERILE"
"""The competency that rests on both practicum records (G9)."""
PRACTICUM_COUNTS = timedelta(days=184)
"""A practicum is done first, and again every six months (R44)."""


@dataclass(frozen=True)
class Taken:
    """One training as whoever enters it knows it."""

    plan: str
    """Name and version of the training plan it belongs to, and who owns that plan, in words."""
    item: str
    """What was trained."""
    part: str
    """One of PARTS."""
    oncology: bool
    """Whether it is specific to oncology (G7)."""
    route: str
    """One of ROUTES."""
    accredited: bool
    """Whether the course is accredited."""
    on: datetime
    """First moment of its day, UTC."""
    trainer: str
    """Who gave or observed it, in words."""
    passed: bool
    """Whether it was passed."""
    result: str
    """Score, or what was found: 0 CFU on both hands."""
    evidence: str
    """Where its paper is kept."""


@dataclass(frozen=True)
class Training:
    """One training on somebody's file."""

    id: str
    """Eight characters."""
    person: str
    """Who took it."""
    taken: Taken
    """What it was."""
    entered_by: str
    """Person id."""
    entered: datetime
    """UTC."""
    signed: datetime | None
    """When who took it said so themselves; None: not yet."""


def enter(act: Act, person_id: str, taken: Taken) -> str:
    """Enter a training that somebody else took; return its id. A failed one is entered too."""
    accounts.by_id(act.conn, person_id)
    accounts.not_ones_own(act, person_id)
    if wrong := _wrong(taken, act.at):
        raise NotDoneError(wrong)
    id, words = new_id(), _words(taken)
    flags = {name: int(getattr(taken, name)) for name in ("oncology", "accredited", "passed")}
    row = {"person": person_id, "on": taken.on, "entered_by": act.by, "entered": act.at, **words, **flags}
    act.conn.execute(insert(training).values(id=id, **row))
    said = {"training": id, "on": taken.on.isoformat(), **words, **{name: bool(flag) for name, flag in flags.items()}}
    act.note("training_entered", person_id, said)
    return id


def sign(act: Act, id: str) -> None:
    """Keep that who took a training says so: only they do, once."""
    found = next((one for one in of(act.conn, act.by) if one.id == id), None)
    if found is None:
        raise NotDoneError("There is no such training on your file.")
    if found.signed is not None:
        raise NotDoneError("You have signed it already.")
    act.conn.execute(update(training).where(training.c.id == id).values(signed=act.at))
    act.note("training_signed", act.by, {"training": id, "item": found.taken.item, "plan": found.taken.plan})


_OF = (
    select(training)
    .where(training.c.person == bindparam("of"))
    .order_by(training.c.on.desc(), training.c.entered.desc())
)


def of(conn: Connection, person_id: str) -> tuple[Training, ...]:
    """Return every training of a person, the newest first."""
    return tuple(_training(row) for row in conn.execute(_OF, {"of": person_id}))


def without_practicum(taken: Iterable[Training], at: datetime) -> tuple[str, ...]:
    """Return the practicum records of aseptic work that were not passed within six months before `at` (G9).

    The newest counts; one that failed on its day counts against one passed the same day.
    """
    known = tuple(taken)
    last = {one.taken.part: one.taken.on for one in sorted(known, key=lambda one: one.taken.on)}
    failed = {one.taken.part for one in known if not one.taken.passed and one.taken.on == last[one.taken.part]}
    good = {part for part, on in last.items() if part not in failed and at - on <= PRACTICUM_COUNTS}
    return tuple(part for part in PRACTICUM if part not in good)


def missing_parts(taken: Iterable[Training]) -> tuple[str, ...]:
    """Return which part of a whole training nobody passed and signed: classroom, hands-on, oncology (G3, G6, G7)."""
    done = [one.taken for one in taken if one.taken.passed and one.signed is not None]
    parts = {one.part for one in done} | ({"oncology"} if any(one.oncology for one in done) else set())
    return tuple(part for part in (CLASSROOM, HANDS_ON, "oncology") if part not in parts)


def must_rest_on_practicum(act: Act, person_id: str, code: str) -> None:
    """Refuse an assessment of sterile hazardous work that does not rest on both practicum records (G9)."""
    lacks = without_practicum(of(act.conn, person_id), act.at) if code == STERILE else ()
    if lacks:
        raise NotDoneError(
            f"{STERILE} rests on a passed {FINGERTIP} test and a passed {MEDIA_FILL} within six months. "
            f"Missing: {', '.join(lacks)}. Enter it under Training first."
        )


def _wrong(taken: Taken, at: datetime) -> str:
    if taken.part not in PARTS:
        return f"Say which part it was: {', '.join(PARTS)}."
    if taken.route not in ROUTES:
        return f"Say by which route: {', '.join(ROUTES)}."
    if not all(words.strip() for words in (taken.plan, taken.item, taken.trainer, taken.evidence)):
        return "Write the plan with its version, what was trained, by whom, and where its paper is kept."
    if taken.part in PRACTICUM and not taken.result.strip():
        return "Write what the practicum found: 0 CFU on both hands, no growth after 14 days."
    if taken.on > at:
        return "It lies in the future. Enter it when it was done."
    return ""


def _words(taken: Taken) -> dict[str, str]:
    names = ("plan", "item", "part", "route", "trainer", "result", "evidence")
    return {name: str(getattr(taken, name)).strip() for name in names}


def _training(row: Any) -> Training:
    taken = Taken(
        plan=row.plan,
        item=row.item,
        part=row.part,
        oncology=bool(row.oncology),
        route=row.route,
        accredited=bool(row.accredited),
        on=row.on,
        trainer=row.trainer,
        passed=bool(row.passed),
        result=row.result,
        evidence=row.evidence,
    )
    return Training(row.id, row.person, taken, row.entered_by, row.entered, row.signed)
