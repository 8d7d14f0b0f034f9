"""A person as the clinical rules know them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.people import accounts, emergency
from app.people.accounts import Person
from app.people.standing import standing
from app.settings import Settings
from workflows.circumstances import Actor


def actor(conn: Connection, person_id: str, settings: Settings, at: datetime, station: str = "") -> Actor:
    """Read a person for one command. A licence that does not cover the site, or has lapsed, counts as none (R25, Q27).

    `station` is where they stand, and where emergency access that they opened there counts (Q30); empty at a desk.
    """
    someone = accounts.by_id(conn, person_id)
    here = someone.counts_at(settings.site)
    trouble = licence_trouble(someone, settings, at) if "pharmacist" in someone.roles else ""
    assessed = standing(conn, person_id, settings, at)
    return Actor(
        id=someone.id,
        name=someone.name,
        roles=someone.roles if here else frozenset(),
        competencies=assessed.counts,
        wanting=assessed.wanting,
        licence="" if trouble else someone.licence,
        no_licence=trouble,
        emergency=emergency.for_rules(conn, person_id, station) if here else None,
    )


def counting(someone: Person, settings: Settings, at: datetime) -> frozenset[str]:
    """Return the roles in which somebody acts and signs here and now: as pharmacist only by a licence that counts (Q27)."""
    unlicensed = "pharmacist" in someone.roles and licence_trouble(someone, settings, at)
    return someone.roles - {"pharmacist"} if unlicensed else someone.roles


def licence_trouble(someone: Person, settings: Settings, at: datetime) -> str:
    """Say why this person's licence does not count here and now; empty where it does."""
    if not someone.licence:
        return f"{someone.name} has no licence on record. Another pharmacist signs, or an administrator enters one."
    if settings.site_state and settings.site_state not in someone.licence_states:
        covers = ", ".join(sorted(someone.licence_states)) or "no state"
        return (
            f"{someone.name}'s licence {someone.licence} covers {covers}, not {settings.site_state}, "
            "where this pharmacy is. Another pharmacist signs, or an administrator enters the licence."
        )
    if someone.licence_until is not None and someone.licence_until <= at:
        last = someone.licence_until.astimezone(settings.zone)
        return (
            f"{someone.name}'s licence {someone.licence} lapsed on {last:%Y-%m-%d}. "
            "Another pharmacist signs, or an administrator enters its renewal."
        )
    return ""
