"""What must be confirmed of an order before it is made, entered at its page by who may, and taken back there (R57)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import clearances as book
from app.catalogue.clearances import Acting, NotClearedError
from app.desk.cleared import Asked
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.orders import asked_of, draw, line_of
from app.web.rights import right
from app.web.visit import acting_roles, signed_in, visit
from app.web.writing import refusal
from workflows.clearances import Clearance

clearances = Blueprint("clearances", __name__)
FIELDS = ("confirmed_by", "number", "given_at", "until", "days_supply", "refills", "why")
"""Fields that come back with a refused form."""


@clearances.post("/orders/<link>/confirm/<int:nth>")
@right("pharmacist", "lead_technician")
def give(link: str, nth: int) -> ResponseReturnValue:
    """Sign that something was confirmed of this order: by whom, under which number, until when."""
    line = line_of(link)
    asked, dialog = _asked(link, nth), f"confirm-{nth}"
    if asked is None:
        return draw(link, says="This is not asked of this order.", status=422)
    over = request.form.get("over", "")
    try:
        told = _told(asked.required.name, line.order.version)
    except ValueError as wrong:
        return _again(link, dialog, str(wrong))
    signed = desk.sign_as(f"confirmed: {asked.required.name}", over)
    if isinstance(signed, SignRefused):
        return _again(link, dialog, signed.says, 429 if signed.locked_until else 422)
    given = replace(told, entered_by=signed.person, name=signed.name)
    trouble = _written(lambda act: book.give(act, line.order, asked.required, given, over))
    return _again(link, dialog, trouble) if trouble else redirect(url_for("orders.page", link=link), 303)


@clearances.post("/orders/<link>/take-back/<int:nth>")
@right("pharmacist", "lead_technician")
def take_back(link: str, nth: int) -> ResponseReturnValue:
    """Say that a confirmation no longer counts, and why."""
    line, asked = line_of(link), _asked(link, nth)
    if asked is None:
        return draw(link, says="This is not asked of this order.", status=422)
    why = request.form.get("why", "")
    trouble = _written(lambda act: book.take_back(act, line.order, asked.required, why))
    return _again(link, f"back-{nth}", trouble) if trouble else redirect(url_for("orders.page", link=link), 303)


def _asked(link: str, nth: int) -> Asked | None:
    with house().store.reading() as conn:
        found = asked_of(conn, line_of(link))
    return found[nth] if nth < len(found) else None


def _again(link: str, dialog: str, says: str, status: int = 422) -> ResponseReturnValue:
    given = {name: request.form[name] for name in FIELDS if name in request.form}
    return draw(link, says=says, dialog=dialog, status=status, given=given)


def _written(work: Callable[[Acting], None]) -> str:
    """Do it in one transaction; return why it was refused, or nothing."""
    person, rooms, at = signed_in()[0], house(), visit().at

    def inside(conn: Connection) -> None:
        work(Acting(conn, rooms.settings, person.id, acting_roles(), at))

    return str(refusal(inside, NotClearedError) or "")


def _told(requirement: str, version: int) -> Clearance:
    """Return what the form says, not signed yet. Raises ValueError, with words for the person, for what cannot be read."""
    said = {name: request.form.get(name, "").strip() for name in FIELDS}
    return Clearance(
        requirement,
        version,
        confirmed_by=said["confirmed_by"],
        given_at=_moment(said["given_at"]),
        entered_by="",
        name="",
        number=said["number"],
        until=_end_of(said["until"]),
        days_supply=_count(said["days_supply"], "days' supply"),
        refills=_count(said["refills"], "refills"),
    )


def _moment(text: str) -> datetime:
    """Return a time of the site's clock; nothing written is now."""
    if not text:
        return visit().at
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("Write when it was confirmed as 2027-06-30 14:05.") from None
    return told.replace(tzinfo=house().settings.zone) if told.tzinfo is None else told


def _end_of(text: str) -> datetime | None:
    """Return the end of a day of the site; nothing written is no end."""
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        raise ValueError("Write the last day it is good as 2027-06-30.") from None
    return datetime.combine(day + timedelta(days=1), time(), house().settings.zone)


def _count(text: str, what: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 3:
        raise ValueError(f"Write the {what} as a whole number.")
    return int(text)
