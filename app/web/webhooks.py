"""Webhooks at a desk: who is told by HTTP, of what, with how much; the secret shown once, rotated, switched off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue.hazards import Acting
from app.clock import new_id
from app.hooks import register as book
from app.hooks.register import KINDS, Content, NotRegisteredError, Subscription
from app.hooks.signature import secret_of
from app.record import outbox
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page

webhooks = Blueprint("webhooks", __name__)
READS = ("informatics", "admin", "qa", "pharmacist")
WRITES = ("informatics", "admin")


@dataclass(frozen=True)
class Line:
    """One subscription."""

    to: Subscription
    """As it stands."""
    waiting: int
    """Messages that wait for it."""
    dead: int
    """Messages that a person must decide."""
    taken: int
    """Newest messages that it took."""


@dataclass(frozen=True)
class WebhooksPage:
    """Every subscription of this site."""

    lines: tuple[Line, ...]
    """By name."""
    senders: tuple[str, ...]
    """Sender profiles to choose from."""
    kinds: tuple[str, ...]
    """What can be told."""
    may_write: bool
    """The viewer may register and change them."""
    given: dict[str, str]
    """What a refused form held."""
    says: str
    """Why it was refused."""
    named: str
    """Name of the subscription whose secret is shown."""
    secret: str
    """Its secret: this once and never again."""


@webhooks.get("/webhooks")
@right(*READS)
def show() -> ResponseReturnValue:
    return _page()


@webhooks.post("/webhooks/register")
@right(*WRITES)
def register() -> ResponseReturnValue:
    """Register a receiver, and show its secret."""
    form = request.form
    content: Content = "full" if form.get("content") == "full" else "id"
    kinds = tuple(one for one in KINDS if one in form.getlist("kinds"))
    name, endpoint, sender = (form.get(one, "").strip() for one in ("name", "endpoint", "sender"))
    if sender and sender not in house().senders.names:
        return _page("There is no sender profile of that name.", 422)
    wanted = Subscription(new_id(), name, endpoint, kinds, content, sender)
    return _changed(lambda act: book.register(act, wanted), shows=True)


@webhooks.post("/webhooks/<id>/rotate")
@right(*WRITES)
def rotate(id: str) -> ResponseReturnValue:
    """Give it another secret, and show that."""
    return _changed(lambda act: book.rotate(act, id), shows=True)


@webhooks.post("/webhooks/<id>/switch")
@right(*WRITES)
def switch(id: str) -> ResponseReturnValue:
    """Tell it no more, or again."""
    return _changed(lambda act: book.switch(act, id, request.form.get("on") == "yes"), shows=False)


def _changed(work: Callable[[Acting], Subscription], *, shows: bool) -> ResponseReturnValue:
    rooms, who, at = house(), signed_in()[0].id, visit().at

    def inside(conn: Connection) -> Subscription | str:
        try:
            return work(Acting(conn, rooms.settings, who, at))
        except NotRegisteredError as trouble:
            return str(trouble)

    done = rooms.store.write(inside)
    if isinstance(done, str):
        return _page(done, 422)
    return _page(named=done.name, secret=secret_of(rooms.posts.key, done.id, done.secret) if shows else "")


def _page(says: str = "", status: int = 200, named: str = "", secret: str = "") -> Response:
    with house().store.reading() as conn:
        lines = tuple(_line(conn, one) for one in book.every(conn, house().settings.site))
    shown = WebhooksPage(
        lines=lines,
        senders=house().senders.names,
        kinds=KINDS,
        may_write=bool(signed_in()[0].roles & set(WRITES)),
        given=request.form.to_dict() if says else {},
        says=says,
        named=named,
        secret=secret,
    )
    answer = make_response(render_template("webhooks.html", page=shown) if wants_page() else jsonify(shown), status)
    if secret:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _line(conn: Connection, to: Subscription) -> Line:
    rows = [one.status for one in outbox.of_kinds(conn, (to.row_kind,), 1000)]
    return Line(to, sum(one in ("waiting", "taken") for one in rows), rows.count("stuck"), rows.count("done"))
