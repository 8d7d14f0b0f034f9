"""Signing in at a desk by name and password, out again, and changing one's own password or PIN."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.people import entry, sessions
from app.people.door import Refused
from app.people.entry import Entered
from app.people.secrets import Kind
from app.web.cookies import drop_key, is_secure_context, set_key
from app.web.house import house
from app.web.rights import anyone_signed_in, open_to_all
from app.web.shell import home_of
from app.web.visit import signed_in, visit

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
        house().door, user, password, address=request.remote_addr or "", at=here.at, continues=here.session
    )
    if isinstance(outcome, Refused):
        return _page(outcome.says, user, following), 429 if outcome.locked_until else 422
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


@sign_in.get("/me")
@anyone_signed_in
def me() -> ResponseReturnValue:
    return render_template("me.html", trouble="", kind="")


@sign_in.post("/me/<any(pin, password):kind>")
@anyone_signed_in
def change(kind: str) -> ResponseReturnValue:
    person, here = signed_in()
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    if new != again:
        return render_template("me.html", trouble="The two new entries differ. Type them again.", kind=kind), 422
    which: Kind = "pin" if kind == "pin" else "password"
    refused = entry.change_own(
        house().door, person, which, old, new, station=here.station or f"desk/{here.id}", at=visit().at
    )
    if refused is not None:
        return render_template("me.html", trouble=refused.says, kind=kind), 422
    return redirect(url_for("sign_in.form"))


def let_in(outcome: Entered, where: str) -> Response:
    """Set the new key, forget old form tokens, and go on."""
    session.clear()
    response = make_response(redirect(where))
    set_key(response, outcome.token)
    return response


def own_path(path: str | None) -> str:
    """A path of ours to go on to after sign-in, or empty: never another address."""
    good = path and path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if good and path else ""


def _page(says: str, user: str, following: str) -> str:
    here = visit()
    locked = here.someone.name if here.locked and here.someone else ""
    return render_template("sign_in.html", says=says, user=user, next=following, locked=locked)
