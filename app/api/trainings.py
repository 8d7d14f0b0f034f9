"""Training of people for a program: what somebody took, entered and listed; who took it signs on their own page (G2, G5-G9)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal

from app.api.answers import Reply, Trouble
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Reason, Shape, Words
from app.api.staff import filed
from app.api.writing import Done
from app.people import accounts, trainings
from app.people.trainings import Taken
from app.web.house import house
from app.web.people import SEES

Part = Literal["classroom", "hands-on", "gloved fingertip", "media fill"]
Route = Literal["on the job", "employer course", "online", "formal programme"]


class EnterTraining(Shape):
    """One training that somebody took; a failed one too."""

    plan: Reason
    """Name and version of its plan, and who owns it."""
    item: Reason
    """What was trained."""
    part: Part
    oncology: bool = False
    """Specific to oncology."""
    route: Route
    accredited: bool = False
    on: date
    trainer: Reason
    """Who gave or observed it."""
    passed: bool
    result: Words = ""
    """Score, or what a practicum found."""
    evidence: Reason
    """Where its paper is kept."""


class TrainingTold(Shape):
    """One training of a person."""

    id: str
    plan: str
    item: str
    part: str
    oncology: bool
    route: str
    accredited: bool
    on: datetime
    trainer: str
    passed: bool
    result: str
    evidence: str
    entered_by: str
    signed: datetime | None
    """When who took it said so themselves."""


class TrainingsTold(Shape):
    """Training of a person, the newest first."""

    items: list[TrainingTold]
    missing: list[str]
    """Parts that nothing passed and signed covers: classroom, hands-on, oncology."""


@operation(
    "GET /people/{person}/trainings", scope="people:read", tag="People", answer=TrainingsTold, roles=SEES
)  # fmt: skip
def list_trainings(person: str) -> TrainingsTold | Trouble:
    """List the training of one person, with the parts that are missing."""
    with house().store.reading() as conn:
        try:
            accounts.by_id(conn, person)
        except LookupError:
            return GONE
        found = trainings.of(conn, person)
    told = [
        TrainingTold(
            id=one.id,
            plan=one.taken.plan,
            item=one.taken.item,
            part=one.taken.part,
            oncology=one.taken.oncology,
            route=one.taken.route,
            accredited=one.taken.accredited,
            on=one.taken.on,
            trainer=one.taken.trainer,
            passed=one.taken.passed,
            result=one.taken.result,
            evidence=one.taken.evidence,
            entered_by=one.entered_by,
            signed=one.signed,
        )
        for one in found
    ]
    return TrainingsTold(items=told, missing=list(trainings.missing_parts(found)))


@operation(
    "POST /people/{person}/trainings", scope="people:write", tag="People", answer=Done, body=EnterTraining, session=True,
    keyed=True, roles=SEES,
)  # fmt: skip
def enter_training(person: str, body: EnterTraining) -> Reply | Trouble:
    """Enter a training that somebody else took. HD-STERILE is assessed once both practicum records are here."""
    taken = Taken(
        plan=body.plan,
        item=body.item,
        part=body.part,
        oncology=body.oncology,
        route=body.route,
        accredited=body.accredited,
        on=datetime.combine(body.on, time.min, house().settings.zone),
        trainer=body.trainer,
        passed=body.passed,
        result=body.result,
        evidence=body.evidence,
    )
    return filed(lambda act: trainings.enter(act, person, taken), person)
