"""The two cookies: sign-in key and CSRF. `__Host-` and Secure under TLS; plain on loopback alone (Q47)."""

from __future__ import annotations

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

THEME = "vialtrace-theme"
"""Whether this browser shows dark pages: of the glass, not of a person, so it stays when they leave."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def on_loopback(asked: Request) -> bool:
    """Whether the page's own address is this machine: browsers call that a secure context, too."""
    host = asked.host
    name = host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.rsplit(":", 1)[0]
    return name in _LOOPBACK or name.endswith(".localhost")


def is_secure_context(asked: Request) -> bool:
    return asked.is_secure or on_loopback(asked)


def key_name(asked: Request) -> str:
    return "__Host-vialtrace" if asked.is_secure else "vialtrace"


def read_key(asked: Request) -> str | None:
    return asked.cookies.get(key_name(asked)) if is_secure_context(asked) else None


def set_key(response: Response, token: str) -> None:
    response.set_cookie(key_name(request), token, secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def set_theme(response: Response, *, dark: bool) -> None:
    """Remember for a year whether pages are dark."""
    value, year = "dark" if dark else "light", 31_536_000
    response.set_cookie(THEME, value, max_age=year, secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def drop_key(response: Response) -> None:
    response.delete_cookie(key_name(request), secure=request.is_secure, httponly=True, samesite="Lax", path="/")


class CsrfCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, used for CSRF tokens and nothing else."""

    def __init__(self) -> None:
        """Sign with the application's key, which stays the same while it runs."""
        self._signing: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs, made at the first request and not at each."""
        self._signing = self._signing or super().get_signing_serializer(app)
        return self._signing

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        return "__Host-vialtrace-form" if request.is_secure else "vialtrace-form"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        return request.is_secure

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        return "Lax"

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        return "/"

    def get_cookie_domain(self, app: Flask) -> None:  # noqa: ARG002 - Flask's signature
        return None
