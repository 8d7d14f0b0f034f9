"""The demo's people, plainly fictitious, with the badges, PINs and passwords that the README prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.people import accounts, badges, competencies, entry
from app.people.door import Door
from app.people.history import Act

CODES = ("HD-STERILE", "HD-ORAL", "GRAV", "CSTD", "SPILL", "PUMP-CADD")
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class DemoPerson:
    """One account of the demo."""

    id: str
    """Eight characters; the badge carries the same."""
    user: str
    name: str
    roles: tuple[str, ...]
    pin: str = ""
    password: str = ""
    licence: str = ""


PEOPLE = (
    DemoPerson("ANN00001", "ann", "Ann Example", ("technician",), pin="280519"),
    DemoPerson("B0000002", "bo", "Bo Sample", ("technician",), pin="731946"),
    DemoPerson("1EE00003", "lee", "Lee Mockup", ("lead_technician",), pin="460872"),
    DemoPerson(
        "PAM00004", "pam", "Pam Specimen", ("pharmacist",), password="demo violet harbour 41", licence="DEMO-1001"
    ),
    DemoPerson(
        "QN000005", "quin", "Quin Placeholder", ("pharmacist",), password="demo amber meadow 52", licence="DEMO-1002"
    ),
    DemoPerson("VERA0006", "vera", "Vera Fictive", ("qa",), password="demo copper lantern 63"),
    DemoPerson("ADA00007", "ada", "Ada Invented", ("admin",), password="demo silver orchard 74"),
)
"""Secrets of a demo are public by nature: they open nothing outside demo mode, where none of these accounts exist (Q29)."""


def seat(door: Door, at: datetime) -> None:
    """Take everybody on, with competencies for a year and secrets."""

    def rows(act: Act) -> None:
        for one in PEOPLE:
            accounts.take_on(
                act,
                id=one.id,
                user=one.user,
                name=one.name,
                roles=one.roles,
                licence=one.licence,
                licence_states=("IL",) if one.licence else (),
                identity_checked_by="demo set-up",
            )
            if one.pin:
                badges.give(act, one.id, one.id, review_after=YEAR)
                competencies.certify(act, one.id, dict.fromkeys(CODES, at + YEAR), assessor="demo")

    door.write(rows, by="demo", at=at)
    for one in PEOPLE:
        if one.pin:
            entry.set_secret(door, one.id, "pin", one.pin, by="demo", at=at)
        if one.password:
            entry.set_secret(door, one.id, "password", one.password, by="demo", at=at)
