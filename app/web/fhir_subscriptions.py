"""The FHIR R4 door, Subscription: a sender has itself told by HTTP what becomes of its own orders, without a person at a page."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from app.catalogue.hazards import Acting
from app.clock import new_id
from app.hooks import fhir as form
from app.hooks import register as book
from app.hooks.fhir import NotFhirError
from app.hooks.register import NotRegisteredError, Subscription
from app.hooks.signature import secret_of
from app.interfaces.profile import Profile
from app.web.fhir import MEDIA, TAKEN, answer, sender, trouble, unknown_sender
from app.web.house import house
from app.web.rights import open_to_all
from app.web.visit import visit

fhir_subscriptions = Blueprint("fhir_subscriptions", __name__, url_prefix="/fhir/Subscription")
MOST_BYTES = 64 * 1024
MOST = 10
"""Subscriptions of one sender at once: each has a thread of its own."""
GONE = "There is no such subscription, or it is not yours."


@fhir_subscriptions.post("")
@open_to_all
def create() -> Response:
    """Register a receiver for one's own orders; the answer holds its secret, this once."""
    who = sender()
    if who is None:
        return unknown_sender()
    if request.mimetype not in TAKEN:
        return trouble(415, f"Send {MEDIA}.")
    raw = request.get_data()
    if len(raw) > MOST_BYTES:
        return trouble(413, f"The document is larger than {MOST_BYTES} bytes.")
    try:
        document = json.loads(raw)
        wanted = form.read(document, id=new_id(), client=who[0], sender=who[1].name)
    except NotFhirError as wrong:
        return trouble(422, f"{wrong.place}: {wrong}")
    except (ValueError, RecursionError):
        return trouble(400, "The body is no JSON.")
    return _registered(who, wanted)


def _registered(who: tuple[str, Profile], wanted: Subscription) -> Response:
    rooms = house()
    if near := book.why_not(wanted.endpoint, ()) or book.too_near(wanted.endpoint):
        return trouble(422, near)

    def work(conn: Connection) -> Subscription | Response:
        mine = _mine(conn, who)
        if len(mine) >= MOST:
            return trouble(422, f"A sender has at most {MOST} subscriptions: delete one.")
        told = (wanted.endpoint, wanted.kinds, wanted.content)
        if any((one.endpoint, one.kinds, one.content) == told for one in mine):
            return trouble(409, "There is one that tells this address the same. Delete it first.")
        try:
            return book.register(Acting(conn, rooms.settings, _named(who), visit().at), wanted)
        except NotRegisteredError as refused:
            return trouble(422, str(refused))

    done = rooms.store.write(work)
    if isinstance(done, Response):
        return done
    secret = secret_of(rooms.posts.key, done.id, done.secret)
    made = answer(form.written(done, changed=visit().at, secret=secret), 201)
    made.headers["Location"] = f"{request.host_url}fhir/Subscription/{done.id}"
    return made


@fhir_subscriptions.get("")
@open_to_all
def find() -> Response:
    """Return one's own subscriptions."""
    who = sender()
    if who is None:
        return unknown_sender()
    if request.args:
        return trouble(400, "Subscriptions are not searched: all of one's own are answered.")
    with house().store.reading() as conn:
        mine = _mine(conn, who)
    here = f"{request.host_url}fhir/Subscription/"
    entries = [
        {"fullUrl": f"{here}{one.id}", "resource": form.written(one), "search": {"mode": "match"}} for one in mine
    ]
    bundle: dict[str, object] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return answer(bundle | ({"entry": entries} if entries else {}), 200)


@fhir_subscriptions.get("/<id>")
@open_to_all
def read(id: str) -> Response:
    """Return one of one's own."""
    who = sender()
    if who is None:
        return unknown_sender()
    with house().store.reading() as conn:
        to = next((one for one in _mine(conn, who) if one.id == id), None)
    return answer(form.written(to), 200) if to else trouble(404, GONE)


@fhir_subscriptions.delete("/<id>")
@open_to_all
def delete(id: str) -> Response:
    """End one of one's own; what still waits for it is given up."""
    who = sender()
    if who is None:
        return unknown_sender()
    rooms = house()

    def work(conn: Connection) -> bool:
        found = any(one.id == id for one in _mine(conn, who))
        if found:
            book.end(Acting(conn, rooms.settings, _named(who), visit().at), id)
        return found

    return Response(status=204) if rooms.store.write(work) else trouble(404, GONE)


def _named(who: tuple[str, Profile]) -> str:
    """Return who registers, as the record names it."""
    return f"system:fhir/{who[0]}"


def _mine(conn: Connection, who: tuple[str, Profile]) -> tuple[Subscription, ...]:
    """Return what this client registered here for its sender's orders: never what a person at a page did."""
    mine = book.registered_by(conn, house().settings.site, _named(who))
    return tuple(one for one in mine if one.sender == who[1].name)
