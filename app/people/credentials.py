"""Credentials: programmes, certificates, registrations, each entered by one person and verified by a second (G1, G13, G17).

A site policy that names one among its competencies makes it a precondition like any of them. The paper itself stays where
the site keeps it: the record holds where that is, and the digest of its file, which the second person shows again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.clock import new_id
from app.people import accounts
from app.people.accounts import NotDoneError
from app.people.history import Act
from app.people.tables import credential

PREFIX = "CRED-"
"""With this begins the code of every credential, and of no competency."""
CODE = re.compile(r"CRED-[A-Z0-9]+(-[A-Z0-9]+)*")
DIGEST = re.compile(r"[0-9a-f]{64}")
REGISTRATION = "CRED-REGISTRATION"
KNOWN = {
    "CRED-PROGRAMME": "accredited technician training programme",
    "CRED-CPHT": "certified pharmacy technician",
    "CRED-CPHT-ADV": "advanced certified pharmacy technician",
    "CRED-CSPT": "certified in compounded sterile preparations",
    "CRED-HD": "certificate in handling hazardous drugs",
    "CRED-BCOP": "board certified in oncology pharmacy",
    "CRED-BCSCP": "board certified in sterile compounding",
    REGISTRATION: "state registration as technician",
}
"""Those that have words of their own; a site may write others."""


@dataclass(frozen=True)
class Paper:
    """A credential as whoever enters it reads it off the paper."""

    code: str
    """CRED-CPHT, CRED-REGISTRATION, …"""
    number: str
    """As printed on it."""
    issuer: str
    """Who issued it."""
    states: tuple[str, ...]
    """States it covers; none: it is bound to none. A registration names at least one."""
    issued: datetime
    """First moment of the day it was issued, UTC."""
    until: datetime | None
    """The moment it lapses; None: it does not."""
    evidence: str
    """Where the paper is kept."""
    digest: str
    """SHA-256 of its file in hexadecimal; empty where it is on paper alone."""


@dataclass(frozen=True)
class Credential:
    """One credential on somebody's file."""

    id: str
    """Eight characters."""
    person: str
    """Whose."""
    paper: Paper
    """What it says."""
    entered_by: str
    """Person id."""
    entered: datetime
    """UTC."""
    verified_by: str
    """Person id of the second person; empty while nobody has looked at the paper again."""
    verified: datetime | None
    """When, UTC."""
    ended: datetime | None
    """When it was taken back before its end; None: it was not."""
    ended_why: str
    """Why it was taken back."""

    @property
    def in_force(self) -> bool:
        """Whether two people entered and verified it, and nobody took it back; it may have lapsed."""
        return self.verified is not None and self.ended is None


def words_of(code: str) -> str:
    """Return a credential's code with what it means: CRED-CPHT (certified pharmacy technician)."""
    return f"{code} ({KNOWN[code]})" if code in KNOWN else code


def enter(act: Act, person_id: str, paper: Paper) -> str:
    """Enter what a paper says; it counts once somebody else has verified it. Return its id. Nobody enters their own."""
    accounts.by_id(act.conn, person_id)
    accounts.not_ones_own(act, person_id)
    if wrong := _wrong(paper, act.at):
        raise NotDoneError(wrong)
    id = new_id()
    row = {
        "person": person_id,
        "code": paper.code,
        "number": paper.number.strip(),
        "issuer": paper.issuer.strip(),
        "states": " ".join(paper.states),
        "issued": paper.issued,
        "valid_until": paper.until,
        "evidence": paper.evidence.strip(),
        "evidence_sha256": paper.digest,
    }
    act.conn.execute(insert(credential).values(id=id, entered_by=act.by, entered=act.at, **row))
    act.note("credential_entered", person_id, {"credential": id, **_told(paper)})
    return id


def verify(act: Act, person_id: str, id: str, *, digest: str = "") -> None:
    """Keep that a second person looked at the paper: neither its owner nor whoever entered it.

    Where its file was kept as a digest, the second person shows the same file: `digest` has to be the same.
    """
    found = _living(act.conn, person_id, id)
    accounts.not_ones_own(act, person_id)
    if found.verified is not None:
        raise NotDoneError("It is verified already.")
    if act.by == found.entered_by:
        raise NotDoneError("Whoever entered it does not verify it. A second person looks at the paper.")
    if found.paper.digest and digest != found.paper.digest:
        raise NotDoneError("This is not the file from which it was entered. Show the same file, or enter it anew.")
    act.conn.execute(update(credential).where(credential.c.id == id).values(verified_by=act.by, verified=act.at))
    told = {"credential": id, "code": found.paper.code, "number": found.paper.number, "entered_by": found.entered_by}
    act.note("credential_verified", person_id, {**told, "evidence_sha256": digest})


def take_back(act: Act, person_id: str, id: str, *, why: str) -> None:
    """Take a credential back before its end: entered wrongly, or withdrawn by its issuer. Its line stays."""
    found, reason = _living(act.conn, person_id, id), accounts.given(why)
    accounts.not_ones_own(act, person_id)
    row = {"ended": act.at, "ended_by": act.by, "ended_why": reason}
    act.conn.execute(update(credential).where(credential.c.id == id).values(**row))
    told = {"credential": id, "code": found.paper.code, "number": found.paper.number, "why": reason}
    act.note("credential_taken_back", person_id, told)


_OF = select(credential).where(credential.c.person == bindparam("of")).order_by(credential.c.code, credential.c.entered)


def of(conn: Connection, person_id: str) -> tuple[Credential, ...]:
    """Return every credential of a person, also those that lapsed or were taken back."""
    return tuple(_credential(row) for row in conn.execute(_OF, {"of": person_id}))


def everybodys(conn: Connection) -> Mapping[str, tuple[Credential, ...]]:
    """Return every credential, by person id."""
    found: dict[str, tuple[Credential, ...]] = {}
    for row in conn.execute(select(credential).order_by(credential.c.code, credential.c.entered)):
        found[row.person] = (*found.get(row.person, ()), _credential(row))
    return found


def newest(held: Iterable[Credential]) -> dict[str, Credential]:
    """Return, by code and states, the one in force that lasts longest: a renewal stands for what it renews."""
    found: dict[str, Credential] = {}
    for one in held:
        key = " ".join((one.paper.code, *one.paper.states))
        before = found.get(key)
        if one.in_force and (before is None or _lasts(one) > _lasts(before)):
            found[key] = one
    return found


def _lasts(one: Credential) -> tuple[bool, float]:
    return one.paper.until is None, one.paper.until.timestamp() if one.paper.until else 0.0


def _wrong(paper: Paper, at: datetime) -> str:
    if not CODE.fullmatch(paper.code):
        return f"Write the kind of credential as {', '.join(KNOWN)}, or another that begins with {PREFIX}."
    if not (paper.number.strip() and paper.issuer.strip() and paper.evidence.strip()):
        return "Write its number, who issued it, and where the paper is kept."
    if paper.issued > at:
        return "It is issued in the future. Look at the paper again."
    if paper.until is not None and paper.until <= paper.issued:
        return "It ends before it is issued. Look at the paper again."
    if paper.code == REGISTRATION and not paper.states:
        return "Write the states that the registration covers."
    if paper.digest and not DIGEST.fullmatch(paper.digest):
        return "The digest of its file is no SHA-256 in hexadecimal."
    return ""


def _living(conn: Connection, person_id: str, id: str) -> Credential:
    found = next((one for one in of(conn, person_id) if one.id == id), None)
    if found is None or found.ended is not None:
        raise NotDoneError("There is no such credential of this person in force.")
    return found


def _told(paper: Paper) -> dict[str, object]:
    return {
        "code": paper.code,
        "number": paper.number.strip(),
        "issuer": paper.issuer.strip(),
        "states": list(paper.states),
        "issued": paper.issued.isoformat(),
        "until": paper.until.isoformat() if paper.until else None,
        "evidence": paper.evidence.strip(),
        "evidence_sha256": paper.digest,
    }


def _credential(row: Any) -> Credential:
    states = tuple(row.states.split())
    paper = Paper(
        row.code, row.number, row.issuer, states, row.issued, row.valid_until, row.evidence, row.evidence_sha256
    )  # fmt: skip
    return Credential(
        row.id, row.person, paper, row.entered_by, row.entered, row.verified_by, row.verified, row.ended, row.ended_why
    )  # fmt: skip
