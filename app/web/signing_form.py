"""The form in which two people sign a draft of the catalogue: the same on each of its pages."""

from __future__ import annotations

from collections.abc import Collection

from app.clock import new_command_id
from app.web import desk
from app.web.review_page import Signing
from app.web.visit import acting_roles, licence_trouble, signed_in


def signing_form(roles: Collection[str], signed_by: Collection[str], says: str) -> Signing | None:
    """Return the form for a draft that `roles` sign and these people have signed; None for who has no part in it.

    Who would sign but for their licence sees why they do not.
    """
    person = signed_in()[0]
    if not person.roles & set(roles) or person.id in signed_by:
        return None
    cannot = "" if acting_roles() & set(roles) else licence_trouble()
    both, method = desk.needs_both(), desk.method()
    return Signing(person.name, person.licence, both, method, new_command_id(), says, "sign", cannot=cannot)
