"""One act of whoever is signed in, in one transaction: done, or refused in words before anything was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from app.catalogue.hazards import Acting
from app.web.house import house
from app.web.visit import signed_in, visit

Refusal = TypeVar("Refusal", bound=ValueError)


def refusal(work: Callable[[Connection], object], refused: type[Refusal]) -> Refusal | None:
    """Do it; return what it was refused with, or None where it was done."""

    def inside(conn: Connection) -> Refusal | None:
        try:
            work(conn)
        except refused as trouble:
            return trouble
        return None

    return house().store.write(inside)


def written(work: Callable[[Acting], object], refused: type[ValueError]) -> str:
    """Do it in the name of whoever is signed in; return why it was refused, or an empty text."""
    rooms, who, at = house(), signed_in()[0].id, visit().at
    return str(refusal(lambda conn: work(Acting(conn, rooms.settings, who, at)), refused) or "")
