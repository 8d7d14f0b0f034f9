"""Credentials of people for a program: entered, verified by a second person, taken back (G1, G13, G17)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

from pydantic import Field

from app.api.answers import Reply, Trouble
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Id, Reason, Shape, Words
from app.api.staff import filed, last_moment
from app.api.writing import Done
from app.people import accounts, credentials
from app.people.credentials import Credential, Paper
from app.people.history import Act
from app.web.credentials import ENTERS
from app.web.house import house
from app.web.people import SEES

States = Annotated[list[Id], Field(max_length=60)]


class EnterCredential(Shape):
    """What a certificate or registration says, and where its paper is kept."""

    code: Id
    """CRED-CPHT, CRED-REGISTRATION, or another that begins with CRED-."""
    number: Reason
    issuer: Reason
    states: States = Field(default_factory=list)
    """States that it covers; none: it is bound to none."""
    issued: date
    until: date | None = None
    """Last day on which it counts; none: it has no end."""
    evidence: Reason
    """Where the paper is kept."""
    evidence_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Of the paper's file; whoever verifies it gives the same."""


class VerifyCredential(Shape):
    """A second person has the paper before them."""

    evidence_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Of the file that the second person was shown."""


class TakeBackCredential(Shape):
    """It was entered wrongly, or its issuer withdrew it."""

    why: Reason


class CredentialTold(Shape):
    """One credential of a person."""

    id: str
    code: str
    number: str
    issuer: str
    states: list[str]
    issued: datetime
    until: datetime | None
    evidence: Words
    evidence_sha256: str
    entered_by: str
    verified_by: str
    """Empty: no second person has verified it, so it does not count."""
    taken_back: datetime | None


class CredentialsTold(Shape):
    """Credentials of a person, also those that lapsed or were taken back."""

    items: list[CredentialTold]


@operation(
    "GET /people/{person}/credentials", scope="people:read", tag="People", answer=CredentialsTold, roles=SEES
)  # fmt: skip
def list_credentials(person: str) -> CredentialsTold | Trouble:
    """List the certificates and registrations of one person."""
    with house().store.reading() as conn:
        try:
            accounts.by_id(conn, person)
        except LookupError:
            return GONE
        found = credentials.of(conn, person)
    return CredentialsTold(items=[_told(one) for one in found])


@operation(
    "POST /people/{person}/credentials", scope="people:write", tag="People", answer=Done, body=EnterCredential,
    session=True, keyed=True, roles=ENTERS,
)  # fmt: skip
def enter_credential(person: str, body: EnterCredential) -> Reply | Trouble:
    """Enter a certificate or registration of somebody else. It counts once a second person has verified it."""
    paper = Paper(
        code=body.code.upper(),
        number=body.number,
        issuer=body.issuer,
        states=tuple(body.states),
        issued=datetime.combine(body.issued, time.min, house().settings.zone),
        until=last_moment(body.until),
        evidence=body.evidence,
        digest=body.evidence_sha256,
    )
    return filed(lambda act: credentials.enter(act, person, paper), person)


@operation(
    "POST /people/{person}/credentials/{credential}/verify", scope="people:write", tag="People", answer=Done,
    body=VerifyCredential, session=True, keyed=True, roles=SEES,
)  # fmt: skip
def verify_credential(person: str, credential: str, body: VerifyCredential) -> Reply | Trouble:
    """Keep that a second person looked at the paper: neither its owner nor whoever entered it."""

    def work(act: Act) -> None:
        credentials.verify(act, person, credential, digest=body.evidence_sha256)

    return filed(work, person)


@operation(
    "POST /people/{person}/credentials/{credential}/take-back", scope="people:write", tag="People", answer=Done,
    body=TakeBackCredential, session=True, keyed=True, roles=ENTERS,
)  # fmt: skip
def take_back_credential(person: str, credential: str, body: TakeBackCredential) -> Reply | Trouble:
    """Take a credential back before its end; its line stays."""
    return filed(lambda act: credentials.take_back(act, person, credential, why=body.why), person)


def _told(one: Credential) -> CredentialTold:
    paper = one.paper
    return CredentialTold(
        id=one.id,
        code=paper.code,
        number=paper.number,
        issuer=paper.issuer,
        states=list(paper.states),
        issued=paper.issued,
        until=paper.until,
        evidence=paper.evidence,
        evidence_sha256=paper.digest,
        entered_by=one.entered_by,
        verified_by=one.verified_by,
        taken_back=one.ended,
    )
