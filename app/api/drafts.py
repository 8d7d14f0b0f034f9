"""What drafts of the catalogue have in common for a program: a draft, its signatures, the versions that two of them made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.answers import Trouble
from app.api.shapes import Reason, Shape
from app.api.writing import OnePerson, signed_by
from app.catalogue.hazards import Signer
from app.people.signing import SignedAs

READS = ("pharmacist", "lead_technician", "qa", "admin", "informatics")
"""Who reads what is signed here, where its page does not say otherwise."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[0-9A-Za-z_.]+$")]
Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$")]
"""What a field holds, as its form on the page would: several values one a line."""
Values = Annotated[dict[Name, Text], Field(max_length=400)]
"""Fields by name. One that is left out stays as it is in the draft, else in the newest version."""


class Draft(Shape):
    """What is to become of the next version."""

    values: Values
    effective_on: date
    """From the beginning of this day at the site, or from the second signature if that is later."""
    why: Reason
    """What it was read in, or why it changes."""


class Signature(Shape):
    """Somebody's name under a draft."""

    person: str
    name: str
    licence: str
    at: datetime
    against: str
    """What they compared it with."""


class Change(Shape):
    """One value that a draft changes."""

    name: str
    """In words."""
    old: str
    new: str


class DraftTold(Shape):
    """A draft as it stands: nothing follows from it before two people have signed it."""

    version: int
    """Which it becomes; 0 where it is not counted."""
    effective_on: date | None
    why: str
    author: str
    digest: str
    """What a signature is over."""
    signed: list[Signature]
    changes: list[Change]


class VersionTold(Shape):
    """One signed version."""

    version: int
    effective_from: datetime
    signed_by: list[str]


class FieldTold(Shape):
    """One field that a draft may say."""

    name: str
    """In `values`."""
    label: str
    says: str
    """What it is, with unit, range and where it comes from."""
    holds: str
    """What the draft says, else the newest version."""


def signatures(signers: Iterable[Signer]) -> list[Signature]:
    """Return signatures as they are told."""
    return [
        Signature(person=one.person, name=one.name, licence=one.licence, at=one.at, against=one.against)
        for one in signers
    ]


def changed(found: Iterable[tuple[str, str, str]]) -> list[Change]:
    """Return changes as they are told."""
    return [Change(name=name, old=old, new=new) for name, old, new in found]


def signer(given: OnePerson, meaning: str) -> Signer | Trouble:
    """Ask again who it is, and return who signs a draft. Never inside a write."""
    signed = signed_by(given, meaning)
    if isinstance(signed, SignedAs):
        return Signer(signed.person, signed.name, signed.licence, signed.at, given.against.strip())
    return signed


def merged(before: Mapping[str, str], given: Mapping[str, str], known: Iterable[str]) -> dict[str, str] | Trouble:
    """Return a form's fields with what was given in place of what stands; a name that is no field's is refused."""
    names = set(known) | set(before)
    if strange := sorted(given.keys() - names):
        faults = tuple((f"body.values.{name}", "There is no field of this name.") for name in strange[:20])
        return Trouble(422, "NOT_VALID", "A name among the values is no field's.", faults)
    return {**before, **given}
