"""The cast: Ann and Bo, technicians; Lee leads them; Pam and Quin, pharmacists; Una of quality assurance; Ada administers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.people import accounts, badges, competencies, entry
from app.people.door import Door
from app.people.history import Act

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The morning most tests happen on."""


@dataclass(frozen=True)
class Member:
    id: str
    user: str
    name: str
    roles: tuple[str, ...]
    pin: str = ""
    password: str = ""
    licence: str = ""
    states: tuple[str, ...] = ()

    @property
    def badge(self) -> str:
        """What the badge scans as; its code is the person's id, by choice of these tests."""
        return badges.badge_text(self.id)


ANN = Member("ANN00001", "ann", "Ann T.", ("technician",), pin="482915", password="tea before bags at nine")
BO = Member("BB000002", "bo", "Bo K.", ("technician",), pin="739164", password="green kettle on the hill")
LEE = Member("1EE00003", "lee", "Lee M.", ("lead_technician",), pin="618352", password="seven swans in november")
PAM = Member(
    "PAM00004",
    "pam",
    "Pam Q.",
    ("pharmacist",),
    pin="905271",
    password="correct horse battery",
    licence="RPH-1001",
    states=("IL", "WI"),
)
QUIN = Member(
    "QQN00005",
    "quin",
    "Quin S.",
    ("pharmacist",),
    pin="264918",
    password="lemon tree by the door",
    licence="RPH-1002",
    states=("IL",),
)
UNA = Member("XNA00006", "una", "Una V.", ("qa",), password="ledgers never lie at all")
ADA = Member("ADA00007", "ada", "Ada W.", ("admin",), password="one key for every lock")
NIA = Member("N1A00011", "nia", "Nora Nurse", ("nurse",), pin="840617", password="lamps along the corridor")
"""On no test's books but those that ask for her."""
CAST = (ANN, BO, LEE, PAM, QUIN, UNA, ADA)
CODES = ("HD-STERILE", "GRAV", "CALC", "SPILL")
YEAR = timedelta(days=365)


def seat(door: Door, at: datetime = START, members: tuple[Member, ...] = CAST) -> None:
    """Take the cast on, with badges, PINs, passwords and a year of competencies."""

    def rows(act: Act) -> None:
        for member in members:
            accounts.take_on(
                act,
                id=member.id,
                user=member.user,
                name=member.name,
                roles=member.roles,
                licence=member.licence,
                licence_states=member.states,
                identity_checked_by="Human resources",
            )
            if member.pin:
                badges.give(act, member.id, member.id, review_after=YEAR)
            competencies.certify(act, member.id, dict.fromkeys(CODES, at + YEAR), assessor="setup")

    door.write(rows, by="setup", at=at)
    for member in members:
        if member.pin:
            entry.set_secret(door, member.id, "pin", member.pin, by="setup", at=at)
        if member.password:
            entry.set_secret(door, member.id, "password", member.password, by="setup", at=at)
