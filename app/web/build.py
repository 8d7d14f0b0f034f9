"""Puts the web together: configuration, guards, and the explicit list of screens."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from app.people.door import Door
from app.people.policy import Policy
from app.people.secrets import PASSWORD_COST, PIN_COST, Cost, Pepper, Secrets
from app.record.engine import Store
from app.settings import Secrets as Kept
from app.settings import Settings
from app.web.cookies import CsrfCookie
from app.web.errors import answer_errors
from app.web.frame import dress
from app.web.headers import guard_answers
from app.web.house import House
from app.web.json import PlainJson
from app.web.rights import unlisted
from app.web.shell import shell
from app.web.sign_in import sign_in
from app.web.terminal import terminal
from app.web.visit import admit_visitors

SCREENS: tuple[Blueprint, ...] = (shell, sign_in, terminal)
"""Every screen. A new one adds its blueprint here, and its rights at each route."""

_LARGEST = 25 * 1024 * 1024
"""Bytes of one request; photos come as files of a form."""


class UnlistedRouteError(Exception):
    """A route names no right; the web does not start."""


def build(settings: Settings, kept: Kept, store: Store, cost: Cost | None) -> Flask:
    """Return the application. Raises UnlistedRouteError when a route names no right."""
    app = Flask("app.web")
    app.config.update(
        SECRET_KEY=kept.secret_key,
        MAX_CONTENT_LENGTH=_LARGEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        SESSION_COOKIE_HTTPONLY=True,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.json = PlainJson(app)
    app.session_interface = CsrfCookie()
    House(settings, store, _door(kept, store, cost)).open_up(app)
    admit_visitors(app)
    CSRFProtect(app)  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    guard_answers(app)
    answer_errors(app)
    dress(app)
    for screen in SCREENS:
        app.register_blueprint(screen)
    if forgotten := unlisted(app):
        raise UnlistedRouteError(f"no right is named for {', '.join(forgotten)}; add @right(...) or @open_to_all")
    return app


def _door(kept: Kept, store: Store, cost: Cost | None) -> Door:
    secrets = Secrets(
        (Pepper(kept.pepper_id, kept.pepper),), pin_cost=cost or PIN_COST, password_cost=cost or PASSWORD_COST
    )
    return Door(store, secrets, Policy())
