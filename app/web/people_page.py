"""What the pages of people show: the list, and one person's file with everything done to it, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.desk import papers, training
from app.desk.names import name_of
from app.desk.papers import Line
from app.people import (
    accounts,
    badges,
    codes,
    competencies,
    credentials,
    enrolment,
    history,
    outside,
    passkeys,
    review,
    sessions,
    trainings,
)
from app.people.accounts import Person
from app.people.badges import Badge
from app.people.competencies import Competency, Waiver
from app.people.door import Door
from app.people.enrolment import Invitation
from app.people.outside import Link
from app.people.passkeys import Passkey
from app.people.review import KeptSecret
from app.people.secrets import Kind
from app.people.sessions import Session
from app.people.trainings import Training
from app.record import log

KINDS: tuple[Kind, ...] = ("pin", "password")


@dataclass(frozen=True)
class ListLine:
    """One line of the list of people."""

    person: Person
    """Who."""
    look: tuple[str, ...]
    """What is to be seen to: a badge to try, a competency that lapsed, a reset that waits."""


@dataclass(frozen=True)
class Deed:
    """One act in a person's file, in words."""

    at: datetime
    """UTC."""
    by: str
    """Printed name of who did it."""
    says: str
    """What was done."""
    why: str
    """The reason given, or empty."""


@dataclass(frozen=True)
class Half:
    """Half of a one-time secret, shown this once."""

    kind: Kind
    """For a PIN, or for a password."""
    which: str
    """first or second."""
    value: str = field(repr=False)
    """What is read out, in groups."""


@dataclass(frozen=True)
class Reset:
    """A one-time secret that waits: who was shown the first half, who hands over the second."""

    kind: Kind
    """For a PIN, or for a password."""
    invitation: Invitation
    """As it stands."""
    first_by: str
    """Printed name."""
    second_by: str
    """Printed name; empty while nobody was shown the second half."""
    mine_to_hand: bool
    """Whether the viewer may be shown the second half."""


@dataclass(frozen=True)
class Asking:
    """What comes back with a refused form."""

    form: str = ""
    """Which form."""
    says: str = ""
    """Why it was refused."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What was filled in; never a secret."""
    which: str = ""
    """Which badge, link or passkey the form was about, where there is a form for each."""


@dataclass(frozen=True)
class PersonPage:
    """One person's file."""

    person: Person
    """Who."""
    user_names: tuple[str, ...]
    """Every user name, the first one first; they all mean this one person."""
    own: bool
    """Whether it is the viewer's own: then nothing here can be changed."""
    badges: tuple[Badge, ...]
    due: frozenset[str]
    """Codes of badges that are to be tried."""
    competencies: tuple[Competency, ...]
    lapsed: frozenset[str]
    """Keys of those that have lapsed."""
    waivable: tuple[str, ...]
    """Codes that lapsed at this site, which quality assurance may let count for some hours."""
    assessors: Mapping[str, str]
    """Printed names of assessors, by what the record holds."""
    site: str
    """Code of this site."""
    waivers: tuple[Waiver, ...]
    """Those that count now."""
    credentials: tuple[Line, ...]
    """Certificates and registrations, also those that lapsed or were taken back."""
    trainings: tuple[Training, ...]
    """The newest first."""
    training_lacks: tuple[str, ...]
    """Parts that nothing passed and signed covers; empty for whoever takes no part in preparing."""
    secrets: tuple[KeptSecret, ...]
    codes: codes.Standing
    passkeys: tuple[Passkey, ...]
    sessions: tuple[Session, ...]
    links: tuple[Link, ...]
    """Identity providers that mean this person."""
    resets: tuple[Reset, ...]
    deeds: tuple[Deed, ...]
    """Newest first."""
    licence_trouble: str
    """Why the licence does not count here and now, or empty."""
    known_sites: tuple[str, ...]
    """Codes of the sites at which something was recorded."""
    asking: Asking
    half: Half | None
    """Just drawn, shown this once."""
    drawn_badge: Badge | None
    """A number just drawn for a new badge; nothing is kept until the badge itself was scanned."""


def list_lines(conn: Connection, door: Door, at: datetime) -> tuple[ListLine, ...]:
    """Return everybody, those who left last."""
    lines = [ListLine(one, _look(conn, door, one, at)) for one in accounts.everybody(conn)]
    return tuple(sorted(lines, key=lambda line: (not line.person.active, line.person.name.casefold())))


def _look(conn: Connection, door: Door, one: Person, at: datetime) -> tuple[str, ...]:
    if not one.active:
        return ()
    settings = door.settings
    due = training.near(competencies.of(conn, one.id), settings.site, at, settings.training_reminder)
    found = [f"{held.code} {'lapsed' if held.until <= at else 'ends soon'}" for held in due]
    held = credentials.of(conn, one.id)
    ends = training.expiring(held, at, settings.training_reminder)
    found += [f"{code} {'lapsed' if until <= at else 'ends soon'}" for code, until in ends]
    found += [f"{paper.paper.code} to be verified" for paper in held if paper.verified is None and paper.ended is None]
    found += ["badge to be tried" for badge in badges.of(conn, one.id) if badge.due(at)][:1]
    found += [f"{kind} is being reset" for kind in KINDS if enrolment.open_one(conn, one.id, kind, at)]
    found += [f"{kept.kind} is old" for kept in review.of(conn, door.policy, one.id, at) if kept.due]
    if one.licence_until is not None and one.licence_until <= at:
        found.append("licence lapsed")
    return tuple(found)


def person_page(
    conn: Connection,
    door: Door,
    person: Person,
    viewer: Person,
    *,
    known: Mapping[str, str],
    at: datetime,
    licence_trouble: str,
    asking: Asking,
    half: Half | None = None,
    drawn_badge: Badge | None = None,
) -> PersonPage:
    """Put the file together."""
    held, cards, site = competencies.of(conn, person.id), badges.of(conn, person.id), door.settings.site
    taken = trainings.of(conn, person.id)
    return PersonPage(
        person=person,
        user_names=accounts.user_names(conn, person.id),
        own=person.id == viewer.id,
        badges=cards,
        due=frozenset(one.code for one in cards if one.due(at)),
        competencies=held,
        lapsed=frozenset(one.key for one in held if one.until <= at),
        waivable=tuple(code for code, one in sorted(competencies.here(held, site).items()) if one.until <= at),
        assessors={one.assessor: name_of(known, one.assessor) for one in held},
        site=site,
        trainings=taken,
        training_lacks=trainings.missing_parts(taken) if "technician" in " ".join(person.roles) else (),
        waivers=competencies.waivers(conn, person.id, at),
        credentials=papers.lines(
            conn, person.id, known, viewer=viewer.id, at=at, ahead=door.settings.training_reminder
        ),
        secrets=review.of(conn, door.policy, person.id, at),
        codes=codes.standing(conn, person.id),
        passkeys=passkeys.of(conn, person.id),
        sessions=sessions.living(conn, since=at - door.policy.longest, person_id=person.id),
        links=outside.of(conn, person.id),
        resets=_resets(conn, person, viewer, known, at),
        deeds=tuple(deed_of(line, known) for line in history.of(conn, person.id, most=60)),
        licence_trouble=licence_trouble,
        known_sites=log.sites(conn),
        asking=asking,
        half=half,
        drawn_badge=drawn_badge,
    )


def _resets(
    conn: Connection, person: Person, viewer: Person, known: Mapping[str, str], at: datetime
) -> tuple[Reset, ...]:
    found = []
    for kind in KINDS:
        one = enrolment.open_one(conn, person.id, kind, at)
        if one is not None:
            mine = not one.second_by and viewer.id not in (person.id, one.first_by)
            found.append(Reset(kind, one, name_of(known, one.first_by), name_of(known, one.second_by), mine))
    return tuple(found)


def deed_of(line: history.Line, known: Mapping[str, str]) -> Deed:
    """Return one act in words; an act this release knows no words for is named by its kind."""
    words = WORDS.get(line.what)
    says = words(line.data) if words and line.site_seq else line.what.replace("_", " ")
    return Deed(line.at, name_of(known, line.by), says, str(line.data.get("why", "")))


def _listed(words: Any) -> str:
    return ", ".join(str(one).replace("_", " ") for one in words) or "none"


def _licence(told: Mapping[str, Any]) -> str:
    until = f", until {told['until'][:10]}" if told["until"] else ""
    return f"{told['number']} for {_listed(told['states'])}{until}" if told["number"] else "none"


def _sites(codes: Any) -> str:
    return ", ".join(codes) or "every site"


def _taken_on(data: Mapping[str, Any]) -> str:
    checked = f"; identity checked by {data['identity_checked_by']}" if data["identity_checked_by"] else ""
    return f"Taken on as {data['name']} ({data['user']}): {_listed(data['roles'])}{checked}"


def _certified(data: Mapping[str, Any]) -> str:
    told = ", ".join(f"{code} until {until[:10]}" for code, until in data["codes"].items())
    where = f" at {', '.join(data['sites'])}" if data.get("sites") else ""  # those of before named no site
    rests = f"; rests on {data['evidence']}" if data.get("evidence") else ""
    return f"Competency recorded: {told}{where}{rests}"


def _credential(data: Mapping[str, Any]) -> str:
    return f"Credential {data['code']} {data['number']}"


SECRET = {"pin": "PIN", "password": "password"}
WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "person_taken_on": _taken_on,
    "user_name_given": lambda data: f"One more user name given: {data['user']}",
    "roles_changed": lambda data: f"Roles changed from {_listed(data['old'])} to {_listed(data['new'])}",
    "licence_changed": lambda data: f"Licence changed from {_licence(data['old'])} to {_licence(data['new'])}",
    "sites_changed": lambda data: f"Sites changed from {_sites(data['old'])} to {_sites(data['new'])}",
    "name_changed": lambda data: f"Printed name changed from {data['old']} to {data['new']}",
    "person_left": lambda _: "Account closed",
    "badge_given": lambda data: f"Badge {data['badge']} given{' and tried' if data['tried'] else ''}",
    "badge_tried": lambda data: f"Badge {data['badge']} tried",
    "badge_revoked": lambda data: f"Badge {data['badge']} revoked",
    "competency_recorded": _certified,
    "credential_entered": lambda data: f"{_credential(data)} entered: {data['issuer']}, kept at {data['evidence']}",
    "credential_verified": lambda data: f"{_credential(data)} verified against its paper",
    "credential_taken_back": lambda data: f"{_credential(data)} taken back",
    "training_entered": lambda data: f"Training entered: {data['item']}, {'passed' if data['passed'] else 'FAILED'}",
    "training_signed": lambda data: f"Training signed by themselves: {data['item']}",
    "competency_waived": lambda data: f"Lapsed {data['code']} counts until {data['until'][:16].replace('T', ' ')} UTC",
    "secret_set": lambda data: f"New {SECRET[data['kind']]}{', to be changed' if data['must_change'] else ''}",
    "secret_reset": lambda data: f"{SECRET[data['kind']].capitalize()} reset; first half handed over",
    "secret_reviewed": lambda data: f"Old {SECRET[data['kind']]} looked at again and kept",
    "enrolment_second_half": lambda data: f"Second half of the one-time {SECRET[data['kind']]} handed over",
    "enrolment_used": lambda data: f"One-time {SECRET[data['kind']]} used",
    "one_time_codes_enrolled": lambda data: f"One-time codes set up{' anew' if data['again'] else ''}",
    "one_time_codes_reset": lambda _: "One-time codes thrown away; to be set up anew",
    "recovery_code_used": lambda data: f"Recovery code {data['number']} used",
    "passkey_registered": lambda data: f"Passkey “{data['name']}” registered",
    "passkey_ended": lambda data: f"Passkey “{data['name']}” taken away",
    "passkey_suspect": lambda data: f"PASSKEY SUSPECT: {data['what']}, {data['purpose']}",
    "api_token_made": lambda data: f"API token “{data['name']}” made: {', '.join(data['scopes'])}",
    "api_token_revoked": lambda data: f"API token “{data['name']}” revoked",
    "api_token_used": lambda data: f"API token “{data['name']}” in use",
    "outside_identity_linked": lambda data: f"Linked to {data['subject']} at {data['issuer']}",
    "outside_identity_unlinked": lambda data: f"Link to {data['subject']} at {data['issuer']} cut",
    "signed_out_remotely": lambda data: f"Signed out at {data['at_station'] or 'a desk'} from elsewhere",
    "lock_opened": lambda _: "Lock opened",
    "exposed_in_spill": lambda data: f"Exposed to a hazardous drug: spill {data['spill']}",
    "emergency_opened": lambda data: f"EMERGENCY ACCESS opened at {data['at_station']}: {data['reason']}",
    "emergency_ended": lambda _: "Emergency access ended",
    "emergency_reviewed": lambda data: f"Emergency access reviewed: {data['finding']}",
}
"""What each kind of act says. Lines of before acts were events are named by their kind."""
