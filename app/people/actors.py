"""A person as the clinical rules know them."""

from __future__ import annotations

from sqlalchemy import Connection

from app.people import accounts
from workflows.circumstances import Actor


def actor(conn: Connection, person_id: str, state: str | None = None) -> Actor:
    """Read a person for one command. With `state`, a licence that does not cover it counts as none (R25)."""
    someone = accounts.by_id(conn, person_id)
    covered = state is None or state in someone.licence_states
    return Actor(
        id=someone.id,
        name=someone.name,
        roles=someone.roles if someone.active else frozenset(),
        competencies=accounts.competencies(conn, person_id),
        licence=someone.licence if covered else "",
    )
