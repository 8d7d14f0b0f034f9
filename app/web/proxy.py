"""TLS that ends at a proxy on this machine: what it says of scheme, host and client is believed, from nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = frozenset({"127.0.0.1", "::1"})


class NearProxy:
    """Believes the proxy's headers when the connection comes from this machine."""

    def __init__(self, app: WSGIApplication) -> None:
        """Stand before `app`."""
        self._plain = app
        self._believing = ProxyFix(app, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("REMOTE_ADDR") in LOOPBACK:
            return self._believing(environ, start)
        return self._plain(environ, start)


def stand_behind_proxy(app: Flask) -> None:
    """Believe the proxy: for the setting behind_proxy."""
    app.wsgi_app = NearProxy(app.wsgi_app)  # type: ignore[assignment,method-assign]  # Flask's own way to stand something before it
