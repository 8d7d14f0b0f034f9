"""Who works here, for a program that keeps a hospital's staff: taking on, roles, licences, competencies, leaving.

Secrets and badges are given hand to hand, on screens alone: what a program sets, a program knows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import Connection

from app.api import resources as told
from app.api.answers import Reply, Trouble
from app.api.once import done, press
from app.api.operations import operation
from app.api.reading import GONE, person_told
from app.api.shapes import WHOLE, Id, Reason, Shape, Words
from app.api.writing import Done, answered
from app.clock import new_id
from app.people import accounts, competencies, trainings
from app.people.accounts import NotDoneError
from app.people.history import Act
from app.web.house import house
from app.web.people import SEES
from app.web.visit import signed_in, visit

Role = Literal["technician", "lead_technician", "pharmacist", "qa", "admin", "informatics", "nurse"]
Roles = Annotated[list[Role], Field(min_length=1, max_length=7)]
States = Annotated[tuple[Id, ...], Field(max_length=60)]
"""States or regions that a licence covers; none: it covers none."""
ADMIN, ASSESSES, WAIVES = ("admin",), ("admin", "qa"), ("qa",)


class Competency(Shape):
    """One competency of a person."""

    code: str
    until: datetime
    """It lapses then."""
    site: str = ""
    """Code of the site at which it counts; empty: every site of its person."""
    evidence: str = ""
    """What it rests on."""


class PersonWhole(told.Person):
    """One person with what they are certified in."""

    competencies: list[Competency]


class TakeOn(Shape):
    """Somebody who begins to work here. Badge and secrets come next, on their page."""

    user: Reason
    name: Reason
    roles: Roles
    licence: Words = ""
    licence_states: States = ()
    licence_until: date | None = None
    """Last day on which it counts."""
    identity_checked_by: Words = ""
    """Who checked who they are; needed for whoever may sign."""


class NewRoles(Shape):
    """Other roles: every open session of theirs ends."""

    kind: Literal["roles"]
    roles: Roles
    identity_checked_by: Words = ""
    why: Reason


class NewName(Shape):
    """Another printed name; signatures given keep the old one."""

    kind: Literal["name"]
    name: Reason
    why: Reason


class NewLicence(Shape):
    """Another licence, or its renewal."""

    kind: Literal["licence"]
    licence: Words
    licence_states: States = ()
    licence_until: date | None = None
    why: Reason


class NewSites(Shape):
    """At which sites they work; none: at every site of the record."""

    kind: Literal["sites"]
    sites: Annotated[list[Id], Field(max_length=60)]
    why: Reason


class Leaves(Shape):
    """They leave: sessions, badges and tokens open nothing any more; the name stays taken."""

    kind: Literal["leaves"]
    why: Reason


class ChangePerson(Shape):
    """One change of a person's file."""

    change: Annotated[NewRoles | NewName | NewLicence | NewSites | Leaves, Field(discriminator="kind")]


class Certify(Shape):
    """What somebody was assessed in, by whom, and until when it is good."""

    code: Id
    until: date
    """Last day."""
    assessor: Reason
    """User name of who assessed it: somebody else."""
    sites: Annotated[list[Id], Field(max_length=60)] | None = None
    """Codes of the sites at which it counts; an empty list: every site of theirs; left out: the site of this address."""
    evidence: Words = ""
    """What it rests on: observed technique on 12 May, form 7."""


class WaiveLapsed(Shape):
    """Let a lapsed competency count for some hours."""

    code: Id
    hours: Annotated[int, Field(ge=1, le=24), WHOLE]
    reason: Reason


@operation("GET /people/{person}", scope="people:read", tag="People", answer=PersonWhole, roles=SEES)
def show_person(person: str) -> PersonWhole | Trouble:
    """Show one person with what they are certified in; no secret."""
    with house().store.reading() as conn:
        try:
            found = accounts.by_id(conn, person)
        except LookupError:
            return GONE
        known = competencies.of(conn, person)
    certified = [Competency(code=one.code, until=one.until, site=one.site, evidence=one.evidence) for one in known]
    return PersonWhole(**person_told(found).model_dump(), competencies=certified)


@operation(
    "POST /people", scope="people:write", tag="People", answer=Done, body=TakeOn, session=True, keyed=True, roles=ADMIN
)  # fmt: skip
def take_on_person(body: TakeOn) -> Reply | Trouble:
    """Take somebody on. A signing role needs to be told who checked their identity."""
    id = new_id()

    def work(act: Act) -> None:
        accounts.take_on(
            act,
            id=id,
            user=body.user,
            name=body.name,
            roles=body.roles,
            licence=body.licence,
            licence_states=body.licence_states,
            licence_until=last_moment(body.licence_until),
            identity_checked_by=body.identity_checked_by,
        )

    return filed(work, id, new=True)


@operation(
    "POST /people/{person}/change", scope="people:write", tag="People", answer=Done, body=ChangePerson, session=True,
    keyed=True, roles=ADMIN,
)  # fmt: skip
def change_person(person: str, body: ChangePerson) -> Reply | Trouble:
    """Change roles, name, licence or sites of a person, or close their account, with a reason. Nobody changes their own."""
    change = body.change

    def work(act: Act) -> None:
        match change:
            case NewRoles():
                accounts.change_roles(
                    act, person, change.roles, why=change.why, identity_checked_by=change.identity_checked_by
                )
            case NewName():
                accounts.change_name(act, person, change.name, why=change.why)
            case NewLicence():
                until = last_moment(change.licence_until)
                accounts.change_licence(act, person, change.licence, change.licence_states, until, why=change.why)
            case NewSites():
                accounts.change_sites(act, person, change.sites, why=change.why)
            case Leaves():
                accounts.leave(act, person, why=change.why)

    return filed(work, person)


@operation(
    "POST /people/{person}/competencies", scope="people:write", tag="People", answer=Done, body=Certify, session=True,
    keyed=True, roles=ASSESSES,
)  # fmt: skip
def certify_person(person: str, body: Certify) -> Reply | Trouble:
    """Record what somebody was assessed in. Nobody assesses themselves, or enters their own."""
    until = last_moment(body.until)

    def work(act: Act) -> None:
        assessor = accounts.by_user(act.conn, body.assessor)
        if assessor is None or until is None:
            raise NotDoneError("Write the assessor's user name. Whoever assesses is on the books here.")
        trainings.must_rest_on_practicum(act, person, body.code.upper())
        sites = (act.settings.site,) if body.sites is None else body.sites
        held = {body.code.upper(): until}
        competencies.certify(act, person, held, assessor=assessor.id, sites=sites, evidence=body.evidence)

    return filed(work, person)


@operation(
    "POST /people/{person}/waive", scope="people:write", tag="People", answer=Done, body=WaiveLapsed, session=True,
    keyed=True, roles=WAIVES,
)  # fmt: skip
def waive_competency(person: str, body: WaiveLapsed) -> Reply | Trouble:
    """Let a lapsed competency of somebody else count for at most 24 hours: quality assurance does."""
    lasts = timedelta(hours=body.hours)
    return filed(lambda act: competencies.waive(act, person, body.code, lasts=lasts, reason=body.reason), person)


def filed(work: Callable[[Act], object], person: str, *, new: bool = False) -> Reply | Trouble:
    """Do it to the file of somebody who is on the books, or who is `new`, in one write, and keep the answer."""
    who, at, rooms, command_id = signed_in()[0].id, visit().at, house(), press().command_id

    def inside(conn: Connection) -> Reply:
        if not new:
            accounts.by_id(conn, person)
        work(Act(conn, rooms.settings, who, at, visit().station, command_id))
        return answered(Done(outcome="done", id=person))

    try:
        return done(inside)
    except LookupError:
        return GONE
    except NotDoneError as trouble:
        return Trouble(409, "NOT_DONE", str(trouble))


def last_moment(day: date | None) -> datetime | None:
    """Return the end of a day in the site's zone."""
    return None if day is None else datetime.combine(day, time.max, house().settings.zone)
