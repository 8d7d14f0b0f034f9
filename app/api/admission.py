"""Who comes to the API: the token says which program, a session who is there. Neither is ever a signature.

A read needs the token alone and is the reading of the person who answers for it. An act needs a session that somebody
opened through this very token, with what they would give on a screen; it locks and ends as on a screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from sqlalchemy.exc import DBAPIError

from app.api.answers import Trouble
from app.people import accounts, signing, tokens
from app.people.accounts import Person
from app.people.sessions import Session
from app.people.tokens import SCOPES, Token
from app.record.engine import Busy, NotSaved, PerhapsSaved
from app.web.house import house
from app.web.visit import OF_A_PROGRAM, Visit, acting_roles, licence_trouble, recognised, touched, visit

HEADER = "Vialtrace-Session"
ANY = "any"
"""Stands for a scope where every token will do."""
NOBODY = "Give a token of this pharmacy as Authorization: Bearer. It may be unknown, expired or revoked."


def key_for(token: Token, key: str) -> str:
    """Return what a session's key is kept under: it opens nothing with another token, and nothing on a screen."""
    return f"{OF_A_PROGRAM}{token.id}/{key}"


@dataclass(frozen=True)
class Wanted:
    """What an operation asks of who comes."""

    scope: str
    """Of the token; ANY: every token will do."""
    station: str
    """Where; empty: nowhere in particular."""
    session: bool | None
    """Somebody has to be there; None: a session does not count."""
    acts: bool
    """Something is done, so that a pharmacist's licence has to count (Q27)."""
    roles: frozenset[str]
    """Who may, of those that the scope opens to; empty: all of them."""


def admit(wanted: Wanted) -> Trouble | None:
    """Set whose visit this is, or say why nobody is let in."""
    at, token = visit().at, _token()
    if token is None or not token.opens(at):
        return Trouble(401, "TOKEN_NEEDED", NOBODY)
    with house().store.reading() as conn:
        owner = accounts.by_id(conn, token.person)
    if not owner.counts_at(house().settings.site):
        return Trouble(401, "TOKEN_NEEDED", NOBODY)
    g.api_token = token
    key = "" if wanted.session is None else request.headers.get(HEADER, "")
    g.visit = recognised(key_for(token, key), at) if key else _of_token(token, owner)
    stopped = _without_session(key, bool(wanted.session)) or _beyond(wanted, token)
    if stopped is None:
        if key and wanted.session:
            touched()  # what a program reads by itself keeps nobody signed in
        _note(token)
    return stopped


def _token() -> Token | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not given.strip():
        return None
    with house().store.reading() as conn:
        return tokens.find(conn, given.strip())


def _of_token(token: Token, owner: Person) -> Visit:
    """Return the visit of a program by itself: it reads in the name of who answers for it, and can sign nothing."""
    at = visit().at
    nobody = Session(
        f"token/{token.id}",
        owner.id,
        token.station,
        "API token",
        "",
        token.made,
        at,
        "",
        None,
        None,
        "",
        None,
        None,
        "",
    )
    return Visit(at, nobody, owner, token.station)


def _without_session(key: str, needed: bool) -> Trouble | None:
    here = visit()
    if needed and not key:
        return Trouble(
            401, "SESSION_NEEDED", f"Somebody has to be signed in: POST /api/v1/sessions, then send {HEADER}."
        )
    if here.locked:
        return Trouble(401, "SESSION_LOCKED", "The session is locked: nothing was asked for too long. Open a new one.")
    if here.person is None:
        return Trouble(401, "SESSION_ENDED", "There is no such session any more. Open a new one.")
    return None


def _beyond(wanted: Wanted, token: Token) -> Trouble | None:
    """Say why token, person or place do not reach so far: who acts at a station is signed in there.

    It is kept, as every act that is denied for want of a right (Q7).
    """
    person, here, station = visit().person, visit(), wanted.station
    says = _lacking(wanted, token, person)
    if not says and station and token.station not in ("", station):
        says = f"This token is for station {token.station} alone."
    elif not says and station and wanted.session and here.station != station:
        where = f"at station {here.station}" if here.station else "at no station"
        says = f"The session is {where}: sign in at {station} by badge and PIN."
    if says:
        who = person.id if person else token.person
        tried = f"API {request.endpoint}, token {token.id}"
        house().store.write(lambda conn: signing.note_missing_right(conn, who, here.station, tried, at=here.at))
        return Trouble(403, "NOT_ALLOWED", says)
    return None


def _lacking(wanted: Wanted, token: Token, person: Person | None) -> str:
    """Say what the token or the person has not."""
    if wanted.scope == ANY or person is None:
        return ""
    if wanted.scope not in token.scopes:
        return f"This token is not for {wanted.scope}."
    scope = SCOPES[wanted.scope]
    roles = wanted.roles or scope.roles
    if not roles & person.roles:
        return f"The roles of {person.name} do not cover this: it takes {' or '.join(sorted(roles))}."
    return "" if not wanted.acts or "technician" in roles or roles & acting_roles() else licence_trouble()


def _note(token: Token) -> None:
    """Note once a day that the token is in use; a disk that is full stops no reading (Q65)."""
    at = visit().at
    if not tokens.worth_noting(token, at):
        return
    try:
        house().door.write(lambda act: tokens.note_use(act, token), by=token.person, at=at, station=token.station)
    except (Busy, NotSaved, PerhapsSaved, DBAPIError):
        return
