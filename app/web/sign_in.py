"""Signing in at a desk, by name and password and where the site asks for it a one-time code; and out again."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.people import entry, sessions
from app.people import passkeys as keys
from app.people.door import Refused
from app.people.entry import Entered
from app.web import passkeys
from app.web.cookies import drop_key, is_secure_context, set_key
from app.web.house import house
from app.web.rights import open_to_all
from app.web.shell import home_of
from app.web.visit import own_page, visit

sign_in = Blueprint("sign_in", __name__)

NOT_SECURE = "Nobody can sign in over a plain connection. Use the https:// address of vialtrace."


@sign_in.get("/sign-in")
@open_to_all
def form() -> ResponseReturnValue:
    here = visit()
    if here.person is not None and not here.station:
        return redirect(home_of(here.person.roles))
    return _page("", "", own_path(request.args.get("next")))


@sign_in.post("/sign-in")
@open_to_all
def enter() -> ResponseReturnValue:
    user, password = request.form.get("user", ""), request.form.get("password", "")
    following = own_path(request.form.get("next"))
    if not is_secure_context(request):
        return _page(NOT_SECURE, user, following), 403
    if not user.strip() or not password:
        return _page("Give your user name and your password.", user, following), 422
    here = visit()
    outcome = entry.with_password(
        house().door,
        user,
        password,
        address=address(),
        at=here.at,
        continues=here.session,
        code=request.form.get("code", ""),
    )
    if isinstance(outcome, Refused):
        return _page(outcome.says, user, following), 429 if outcome.locked_until else 422
    return let_in(outcome, following or outcome.session.place or home_of(outcome.person.roles))


@sign_in.post("/sign-in/passkey/ask")
@open_to_all
def ask_passkey() -> ResponseReturnValue:
    """What the browser asks any passkey of this site."""
    where = passkeys.site()
    if where is None or not is_secure_context(request):
        return passkeys.answer(passkeys.no_site() or NOT_SECURE, "")
    return passkeys.answer(None, keys.ask_to_sign_in(house().door, where, at=visit().at))


@sign_in.post("/sign-in/passkey")
@open_to_all
def enter_by_passkey() -> ResponseReturnValue:
    following, where, here = own_path(request.form.get("next")), passkeys.site(), visit()
    if where is None or not is_secure_context(request):
        return _page(passkeys.no_site() or NOT_SECURE, "", following), 403
    text = request.form.get("assertion", "")
    outcome = keys.sign_in(house().door, text, where, address=address(), at=here.at, continues=here.session)
    if isinstance(outcome, Refused):
        return _page(outcome.says, "", following), 429 if outcome.locked_until else 422
    return let_in(outcome, following or outcome.session.place or home_of(outcome.person.roles))


@sign_in.post("/sign-out")
@open_to_all
def leave() -> ResponseReturnValue:
    here = visit()
    if here.session is not None:
        ending = here.session.id
        house().store.write(lambda conn: sessions.end(conn, ending, at=here.at, why="signed out"))
    back = url_for("terminal.idle", station=here.station) if here.station else url_for("sign_in.form")
    response = make_response(redirect(back))
    session.clear()
    drop_key(response)
    return response


def let_in(outcome: Entered, where: str) -> Response:
    """Set the new key, forget old form tokens, and go on: first to what has to be done first."""
    session.clear()
    response = make_response(redirect(own_page(outcome.session) if outcome.session.duty else where))
    set_key(response, outcome.token)
    return response


def own_path(path: str | None) -> str:
    """A path of ours to go on to after sign-in, or empty: never another address."""
    good = path and path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if good and path else ""


def _page(says: str, user: str, following: str) -> str:
    here = visit()
    locked = here.someone.name if here.locked and here.someone else ""
    wants_code, keys_here = house().door.policy.wants_code(address()), passkeys.site() is not None
    return render_template(
        "sign_in.html", says=says, user=user, next=following, locked=locked, wants_code=wants_code, passkeys=keys_here
    )


def address() -> str:
    """Network address of the desk."""
    return request.remote_addr or ""
