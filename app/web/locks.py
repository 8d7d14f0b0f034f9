"""Locks and sessions: who is locked out after wrong tries, who is signed in where, and the end of either from a desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.desk.names import name_of, names
from app.people import enrolment, lockouts, sessions
from app.people.accounts import NotDoneError, given
from app.people.enrolment import Invitation
from app.people.history import Act
from app.people.sessions import Session
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page

locks = Blueprint("locks", __name__)

KEEPERS = ("admin", "lead_technician")
"""Who opens a lock, and ends another's session."""


@dataclass(frozen=True)
class Lock:
    """Somebody, or a place, that wrong tries have locked."""

    subject: str
    """As the record names it: person:…, station:…"""
    says: str
    """Who or what, in words."""
    until: datetime
    """When it opens by itself, UTC."""
    own: bool
    """Whether it is the viewer's own, which another opens."""


@dataclass(frozen=True)
class Living:
    """One session that has not ended."""

    session: Session
    """As kept."""
    name: str
    """Printed name of whose it is."""
    mine: bool
    """Whether it is the one that asks."""
    own: bool
    """Whether it is the viewer's own, here or elsewhere: that one needs no reason."""


@dataclass(frozen=True)
class Waiting:
    """A reset whose second half nobody was shown yet."""

    invitation: Invitation
    """As it stands."""
    name: str
    """Whose."""
    first_by: str
    """Printed name of who reset it."""


@dataclass(frozen=True)
class LocksPage:
    """The page."""

    locks: tuple[Lock, ...]
    """Those that stand, the soonest to open first."""
    sessions: tuple[Living, ...]
    """Newest first."""
    waiting: tuple[Waiting, ...]
    """Resets that wait for their second half."""
    form: str
    """Subject or session of the form that was refused; empty for none."""
    says: str
    """Why."""
    why: str
    """The reason that was typed."""


@locks.get("/locks")
@right(*KEEPERS)
def show() -> ResponseReturnValue:
    return _page()


@locks.post("/locks/open")
@right(*KEEPERS)
def unlock() -> ResponseReturnValue:
    """Open a lock before its time."""
    subject, why = request.form.get("subject", ""), request.form.get("why", "")
    return _do(subject, lambda act: lockouts.release(act, subject, why=given(why)))


@locks.post("/locks/sessions/<session>/end")
@right(*KEEPERS)
def end_session(session: str) -> ResponseReturnValue:
    """Sign somebody out from here; another's session needs a reason (Q8)."""
    why = request.form.get("why", "")

    def work(act: Act) -> None:
        found = sessions.by_id(act.conn, session)
        if found is None or found.ended is not None:
            raise NotDoneError("This session has ended already.")
        sessions.sign_out(act, found, why="by its own person" if found.person == act.by else given(why))

    return _do(session, work)


def _do(form: str, work: Callable[[Act], None]) -> ResponseReturnValue:
    (keeper, _), at = signed_in(), visit().at
    try:
        house().door.write(work, by=keeper.id, at=at)
    except NotDoneError as trouble:
        return _page(form=form, says=str(trouble), status=422)
    return redirect(url_for("locks.show"), 303)


def _page(*, form: str = "", says: str = "", status: int = 200) -> Response:
    (viewer, here), at, rooms = signed_in(), visit().at, house()
    with rooms.store.reading() as conn:
        known = names(conn)
        standing = lockouts.standing(conn, at)
        living = sessions.living(conn, since=at - rooms.door.policy.longest)
        resets = enrolment.waiting(conn, at)
    page = LocksPage(
        locks=tuple(
            Lock(one, subject_words(one, known), until, one == f"person:{viewer.id}") for one, until in standing
        ),
        sessions=tuple(
            Living(one, name_of(known, one.person), one.id == here.id, one.person == viewer.id) for one in living
        ),
        waiting=tuple(Waiting(one, name_of(known, one.person), name_of(known, one.first_by)) for one in resets),
        form=form,
        says=says,
        why=request.form.get("why", ""),
    )
    return make_response(render_template("locks.html", page=page) if wants_page() else jsonify(page), status)


def subject_words(subject: str, known: Mapping[str, str]) -> str:
    """Say who or what is locked."""
    kind, _, which = subject.partition(":")
    if kind == "person":
        return name_of(known, which)
    desk = which.removeprefix("desk/")
    return f"Desk {desk}" if desk != which else f"Station {which}"
