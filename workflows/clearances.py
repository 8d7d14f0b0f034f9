"""What must be confirmed of an order before work begins: OK to treat, approval by whoever pays, a drug's safety programme.

What is required is data of the site's policy, by drug and payer. It holds back the work, never the looking (R57, DOMAIN 2.10).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["OK to treat", "financial approval", "safety programme"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that has to be confirmed of an order, as the site signed it."""

    name: str
    """What it is called on screens, and by what its confirmations are found: lenalidomide safety programme."""
    kind: Kind
    """Of which kind."""
    drugs: tuple[str, ...] = ()
    """Generic names it is asked for; empty for every drug."""
    payers: tuple[str, ...] = ()
    """Payers it is asked for; empty whoever pays. An order that names no payer needs it: nobody knows that it does not."""
    entered_by: tuple[str, ...] = ("pharmacist",)
    """Roles that may enter it."""
    numbered: bool = False
    """It carries the number of whoever gave it: an authorisation, a confirmation."""
    dated: bool = False
    """It says until when it is good."""
    hours: int | None = None
    """How long it is good after it was given, in hours; None: as long as it says itself."""
    anew: bool = False
    """It is given for one version of the order: a changed order needs it again."""
    until_release: bool = False
    """It must still stand when the dose is signed and when it leaves; otherwise when work begins."""
    most_days: int | None = None
    """Days' supply that may be dispensed at most (R57); None: not asked."""
    no_refills: bool = False
    """Nothing may be refilled (R57)."""

    def asked_of(self, drug: str, payer: str) -> bool:
        """Say whether an order of `drug` (generic name) that `payer` pays needs it; an empty payer is not known."""
        who_pays = not self.payers or any(_same_payer(payer, one) for one in self.payers)
        return who_pays and (not self.drugs or _tidy(drug) in map(_tidy, self.drugs))


def _same_payer(said: str, named: str) -> bool:
    """Say whether a payer may be the one that is named: senders write "Demo Plan, Inc." and "DEMO-PLAN PPO" for Demo Plan.

    Letters and digits alone are compared, in either case and without accents. One name
    that holds the other is the same; a payer of whom nothing is told may be any.
    """
    plain = (unicodedata.normalize("NFKD", name).casefold() for name in (said, named))
    one, other = ("".join(letter for letter in name if letter.isalnum()) for name in plain)
    return not one or not other or one in other or other in one


def _tidy(name: str) -> str:
    """A name as it is compared: a capital or a space too many never leaves a requirement unasked."""
    return name.strip().casefold()


@dataclass(frozen=True, slots=True)
class Clearance:
    """One thing that was confirmed of an order: by whom, under which number, how long it is good."""

    requirement: str
    """Name of what it meets."""
    order_version: int
    """Version of the order it was given for."""
    confirmed_by: str
    """Who gave it, as told: prescriber, payer, programme."""
    given_at: datetime
    """When they did, aware, UTC."""
    entered_by: str
    """Person id of who entered and signed it."""
    name: str
    """Their printed name."""
    number: str = ""
    """Its number there; empty for none."""
    until: datetime | None = None
    """End, aware, UTC; None: none was said."""
    days_supply: int | None = None
    """Days' supply of the prescription, where asked."""
    refills: int | None = None
    """Refills of the prescription, where asked."""


def why_not(asked: Requirement, given: Clearance, at: datetime) -> tuple[str, ...]:
    """Return what is wrong at `at` (aware, UTC) with a confirmation for what is asked, in words; nothing where it stands."""
    return tuple(_wrong(asked, given, at))


def _wrong(asked: Requirement, given: Clearance, at: datetime) -> Iterator[str]:
    if not given.confirmed_by.strip():
        yield "Say who confirmed it."
    if asked.numbered and not given.number.strip():
        yield "Give the number under which it was confirmed."
    if given.given_at > at:
        yield "It was confirmed at a time that is still to come."
    if asked.dated and given.until is None:
        yield "Say until when it is good."
    end = good_until(asked, given)
    if end is not None and end <= at:
        yield f"It ran out at {end:%Y-%m-%d %H:%M} UTC."
    if asked.most_days is not None and not 0 < (given.days_supply or 0) <= asked.most_days:
        said = "not said" if given.days_supply is None else f"{given.days_supply}"
        yield f"At most {asked.most_days} days' supply may be dispensed; it is {said}."
    if asked.no_refills and given.refills != 0:
        said = "not said" if given.refills is None else f"{given.refills}"
        yield f"There may be no refills; it is {said}."


def good_until(asked: Requirement, given: Clearance) -> datetime | None:
    """Return the moment from which a confirmation counts no more, or None: the earlier of its own end and of its hours."""
    ends = [given.until] if given.until is not None else []
    if asked.hours is not None:
        ends.append(given.given_at + timedelta(hours=asked.hours))
    return min(ends, default=None)


def lacking(
    required: Iterable[Requirement],
    given: Iterable[Clearance],
    order_version: int,
    at: datetime,
    *,
    leaving: bool = False,
) -> tuple[str, ...]:
    """Return what stands between an order and its work, a sentence each; with `leaving`, between a dose and its release.

    `required` is what is asked of this order (`asked_of`), `given` every confirmation that was not taken back, oldest first.
    """
    newest = {one.requirement: one for one in given}
    found = (
        _lacks(asked, newest.get(asked.name), order_version, at)
        for asked in required
        if asked.until_release or not leaving
    )
    return tuple(says for says in found if says)


def _lacks(asked: Requirement, given: Clearance | None, order_version: int, at: datetime) -> str:
    if given is None:
        return f"{asked.name} is not confirmed yet."
    if asked.anew and given.order_version < order_version:
        return f"{asked.name} was confirmed for an earlier version of the order."
    wrong = why_not(asked, given, at)
    return f"{asked.name}: {wrong[0]}" if wrong else ""
