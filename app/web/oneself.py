"""One's own password, asked for once more with an act for which an open screen is not enough."""

from __future__ import annotations

from app.people import accounts
from app.people.accounts import Person
from app.people.door import Refused, check, settle
from app.web.house import house
from app.web.visit import signed_in, visit


def by_password(given: str, undone: str) -> Person | Refused:
    """Return whoever is signed in, where this is their password. `undone` says in a sentence what was not done otherwise.

    A wrong one counts as every wrong try does (Q39). Never call it inside a write.
    """
    (person, here), at, door = signed_in(), visit().at, house().door
    place = here.station or f"desk/{here.id}"
    known = lambda conn: accounts.by_id(conn, person.id)  # noqa: E731  # a name for what `check` reads
    checked = check(door, known, "password", given, station=place, purpose="change", at=at)
    wrong = f"The password is wrong. {undone} Try again."
    return door.store.write(lambda conn: settle(conn, door, checked, at, wrong=wrong))
