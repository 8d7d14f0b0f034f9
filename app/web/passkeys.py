"""Passkeys on pages: as what a browser knows this vialtrace, what it is asked to sign, and the signature from its answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, jsonify, make_response, request

from app.desk.judging import Meaning, by_passkey
from app.people import passkeys, signing_by_passkey
from app.people.ceremony import Site
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.visit import signed_in, visit
from workflows.evidence import Signature


def site() -> Site | None:
    """As what the browser that asks knows us; None at an address to which no passkey can be bound."""
    wanted = house().settings.passkey_origin
    origin = f"{request.scheme}://{request.host}"
    parts = urlsplit(origin)
    if wanted:
        return Site(urlsplit(wanted).hostname or "", wanted) if wanted == origin else None
    return Site("localhost", origin) if parts.hostname == "localhost" else None


def no_site() -> str:
    """Say why passkeys cannot be used at this address, and where they can; empty where they can be used."""
    if site() is not None:
        return ""
    wanted = house().settings.passkey_origin or f"http://localhost:{urlsplit(request.host_url).port or 80}"
    return f"Passkeys cannot be used at this address. Open {wanted} instead."


def asked_for(slot: str) -> bool:
    """Whether this slot is signed by passkey at this site."""
    return by_passkey(slot, desk.about().release_signature)


def has_one() -> bool:
    """Whether the visitor has a passkey."""
    with house().store.reading() as conn:
        return bool(passkeys.of(conn, signed_in()[0].id))


def why_not() -> str:
    """Say why the visitor cannot sign by passkey on this page, or an empty text."""
    if says := no_site():
        return says
    return "" if has_one() else "You have no passkey yet. Register one on your account page, then sign."


def ask(preparation: str, meaning: Meaning, over: str) -> Response:
    """Answer with what the browser asks the passkey, as JSON; or with the words why not."""
    (person, session), where = signed_in(), site()
    asked: str | SignRefused = SignRefused(no_site())
    if where is not None:
        asked = signing_by_passkey.ask(
            house().door,
            person.id,
            session=session,
            station=session.station,
            site=where,
            preparation=preparation,
            meaning=meaning,
            over=over,
            at=visit().at,
        )
    return answer(asked.says if isinstance(asked, SignRefused) else None, asked if isinstance(asked, str) else "")


def answer(says: str | None, options: str) -> Response:
    """Answer a page that asks on behalf of a passkey."""
    if says is not None:
        return make_response(jsonify(says=says), 422)
    return Response(options, content_type="application/json")


def sign(preparation: str, meaning: Meaning, over: str) -> Signature | SignRefused:
    """Return the signature that the form's `assertion` gives, for the command."""
    (person, session), where = signed_in(), site()
    if where is None:
        return SignRefused(no_site())
    text = request.form.get("assertion", "")
    if not text:
        return SignRefused("This site approves by passkey. Press Sign, then use your passkey.")
    signed = signing_by_passkey.sign(
        house().door,
        person.id,
        text,
        session=session,
        station=session.station,
        site=where,
        preparation=preparation,
        meaning=meaning,
        over_digest=over,
        at=visit().at,
    )
    if isinstance(signed, SignRefused):
        return signed
    seen, accepts = tuple(request.form.getlist("seen")), tuple(request.form.getlist("accepts"))
    return Signature(
        meaning, signed.name, signed.licence, "passkey", len(signed.components), over, seen, accepts, signed.assertion
    )
