"""Webhooks at a desk: who is told by HTTP, of what, with how much; the secret shown once, rotated, switched off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue.hazards import Acting
from app.clock import new_id
from app.hooks import register as book
from app.hooks.register import KINDS, Content, NotRegisteredError, Subscription
from app.hooks.signature import may_see, secret_of, seen_by
from app.people.door import Refused
from app.record import outbox
from app.web import desk
from app.web.house import house
from app.web.oneself import by_password
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
    """The register; right after a secret was made, that too, to whoever made it."""
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
    return _changed(lambda act: book.register(act, wanted), "Nothing was registered.")


@webhooks.post("/webhooks/<id>/rotate")
@right(*WRITES)
def rotate(id: str) -> ResponseReturnValue:
    """Give it another secret, and show that."""
    return _changed(lambda act: book.rotate(act, id), "The secret is the old one.")


@webhooks.post("/webhooks/<id>/switch")
@right(*WRITES)
def switch(id: str) -> ResponseReturnValue:
    """Tell it no more, or again."""
    on = request.form.get("on") == "yes"
    return _changed(lambda act: book.switch(act, id, on), "It stays switched off." if on else "", shows=False)


@webhooks.post("/webhooks/<id>/end")
@right(*WRITES)
def end(id: str) -> ResponseReturnValue:
    """Take it off the register for good."""
    return _changed(lambda act: book.end(act, id), "It stays registered.", shows=False)


def _changed(work: Callable[[Acting], Subscription], undone: str, *, shows: bool = True) -> ResponseReturnValue:
    """Do it for whoever gives their password, and lead back to the register: a page loaded anew does nothing again.

    Without `undone`, which says what was not done, no password is asked.
    """
    if undone and isinstance(known := by_password(request.form.get("password", ""), undone), Refused):
        return _page(known.says, 429 if known.locked_until else 422)
    rooms, (person, session), at = house(), signed_in(), visit().at

    def inside(conn: Connection) -> Subscription | str:
        try:
            return work(Acting(conn, rooms.settings, person.id, at))
        except NotRegisteredError as trouble:
            return str(trouble)

    done = rooms.store.write(inside)
    if isinstance(done, str):
        return _page(done, 422)
    if not shows:
        return redirect(url_for("webhooks.show"), 303)
    shown = seen_by(rooms.posts.key, session.id, done.id, done.secret, int(at.timestamp()) // 60)
    return redirect(url_for("webhooks.show", of=done.id, shown=shown), 303)


def _secret(lines: Sequence[Line]) -> tuple[str, str]:
    """Return the name of the receiver and the secret that this address shows to this session; else nothing."""
    id, shown, key = request.args.get("of", ""), request.args.get("shown", ""), house().posts.key
    to = next((line.to for line in lines if line.to.id == id), None)
    if to is None or not shown.isascii() or not may_see(key, signed_in()[1].id, to, shown, visit().at):
        return "", ""
    return to.name, secret_of(key, to.id, to.secret)


def _page(says: str = "", status: int = 200) -> Response:
    with house().store.reading() as conn:
        lines = tuple(_line(conn, one) for one in book.every(conn, house().settings.site))
    named, secret = ("", "") if says else _secret(lines)
    shown = WebhooksPage(
        lines=lines,
        senders=house().senders.names,
        kinds=KINDS,
        may_write=bool(signed_in()[0].roles & set(WRITES)),
        given=desk.form_fields() if says else {},
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
