"""API tokens: one's own, made for one program and shown once; and everybody's, for whoever keeps the accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import new_id, new_token
from app.desk.names import name_of, names
from app.people import tokens
from app.people.accounts import NotDoneError
from app.people.door import Refused
from app.people.history import Act
from app.people.tokens import SCOPES, SENDING, Made, Scope, Token
from app.web.house import house
from app.web.oneself import by_password
from app.web.rights import anyone_signed_in, right
from app.web.visit import signed_in, visit

api_tokens = Blueprint("api_tokens", __name__)

LIVES = (7, 30, 90, 180, 366)
"""Days that may be chosen."""
USUAL = 90


@dataclass(frozen=True)
class TokenLine:
    """One token in a list."""

    token: Token
    owner: str
    """Printed name of who answers for it."""
    over: bool
    """It has expired."""


@dataclass(frozen=True)
class TokensPage:
    """One's own tokens, or everybody's."""

    lines: tuple[TokenLine, ...]
    own: bool
    choices: tuple[tuple[str, Scope], ...] = ()
    """Scopes that one's roles allow."""
    stations: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    """Sender profiles of the site; none where one's roles send nothing."""
    lives: tuple[int, ...] = LIVES
    says: str = ""
    """What was refused last."""
    given: dict[str, str] = field(default_factory=dict)
    """What was filled in; never the password."""
    chosen: tuple[str, ...] = ()
    made: Made | None = field(default=None, repr=False)
    """The one just made: its secret is shown this once."""


@api_tokens.get("/me/tokens")
@anyone_signed_in
def mine() -> ResponseReturnValue:
    return _mine()


@api_tokens.post("/me/tokens")
@anyone_signed_in
def make() -> ResponseReturnValue:
    """Make a token for whoever gives their password: an open screen is not enough."""
    (person, _), at, door, form = signed_in(), visit().at, house().door, request.form
    settled = by_password(form.get("password", ""), "No token was made.")
    if isinstance(settled, Refused):
        return _mine(says=settled.says), 422
    days = form.get("days", "")

    def work(act: Act) -> Made:
        return tokens.make(
            act,
            settled,
            id=new_id(),
            secret=new_token(),
            name=form.get("name", ""),
            scopes=form.getlist("scope"),
            senders=[one for one in form.getlist("sender") if one in house().senders.names],
            station=form.get("station", ""),
            days=int(days) if days.isascii() and days.isdecimal() else USUAL,
        )

    try:
        made = door.write(work, by=person.id, at=at)
    except NotDoneError as trouble:
        return _mine(says=str(trouble)), 422
    return _mine(made=made)


@api_tokens.post("/me/tokens/<token>/revoke")
@anyone_signed_in
def revoke_mine(token: str) -> ResponseReturnValue:
    """The owner takes a token back: the program that shows it is turned away from now on."""
    person, _ = signed_in()
    _end(token, "by its owner", of=person.id)
    return redirect(url_for("api_tokens.mine"), 303)


@api_tokens.get("/tokens")
@right("admin")
def everybodys() -> ResponseReturnValue:
    return _everybodys()


@api_tokens.post("/tokens/<token>/revoke")
@right("admin")
def revoke(token: str) -> ResponseReturnValue:
    """Take somebody's token back, for a reason."""
    try:
        _end(token, request.form.get("why", ""))
    except NotDoneError as trouble:
        return _everybodys(says=str(trouble)), 422
    return redirect(url_for("api_tokens.everybodys"), 303)


def _end(id: str, why: str, of: str = "") -> None:
    def work(act: Act) -> bool:
        found = tokens.by_id(act.conn, id)
        return found is not None and of in ("", found.person) and tokens.end(act, found, why=why)

    person, _ = signed_in()
    if not house().door.write(work, by=person.id, at=visit().at):
        abort(404)


def _mine(*, says: str = "", made: Made | None = None) -> Response:
    (person, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        lines = tuple(_line(one, person.name, at) for one in tokens.of(conn, person.id))
    page = TokensPage(
        lines=lines,
        own=True,
        choices=tuple((name, scope) for name, scope in SCOPES.items() if scope.roles & person.roles),
        stations=tuple(sorted(house().settings.stations)),
        senders=house().senders.names if any(SCOPES[one].roles & person.roles for one in SENDING) else (),
        says=says,
        given={name: request.form.get(name, "") for name in ("name", "station", "days")} if says else {},
        chosen=(*request.form.getlist("scope"), *request.form.getlist("sender")) if says else (),
        made=made,
    )
    return make_response(render_template("tokens.html", page=page, usual=USUAL))


def _everybodys(*, says: str = "") -> Response:
    with house().store.reading() as conn:
        known = names(conn)
        lines = tuple(_line(one, name_of(known, one.person), visit().at) for one in tokens.everybodys(conn))
    return make_response(render_template("tokens.html", page=TokensPage(lines, own=False, says=says), usual=USUAL))


def _line(token: Token, owner: str, at: datetime) -> TokenLine:
    return TokenLine(token, owner, over=at >= token.expires)
