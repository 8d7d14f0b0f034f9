"""Each request has an id: in the log, on the error page and in the answer's header. One line of the log when it is answered."""

from __future__ import annotations

from time import monotonic
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, g, request

from app import logs
from app.clock import new_id
from app.web.frame import alarm, clock_back
from app.web.house import house
from app.web.rights import right_of

log = logs.of("web")


def number_requests(app: Flask) -> None:
    """First of all guards, so that whatever follows has the id."""
    app.before_request(_begin)
    app.after_request(_end)


def request_id() -> str:
    """The id of the request being served; a new one where it failed before it began."""
    if "request_id" not in g:
        g.request_id = new_id(8)
    return str(g.request_id)


def _begin() -> None:
    g.began = monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id())


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    if clock_back():
        response.headers["X-Clock-Notice"] = "back"
    if _polled() and response.status_code < 400:
        response.headers["X-Emergency"] = quote(alarm())
    seconds = monotonic() - g.get("began", monotonic())
    rooms, rule = house(), request.url_rule.rule if request.url_rule else "none"
    rooms.metrics.request(rule, response.status_code, seconds)
    if rooms.settings.log_requests and _worth_a_line(response):
        _write(response, rule, seconds)
    return response


def _worth_a_line(response: Response) -> bool:
    """Leave out what pages ask by themselves every second, and static files, unless something was wrong."""
    if response.status_code >= 400:
        return True
    named = right_of(current_app, request.endpoint) if request.endpoint else None
    return named is not None and not named.polled and request.endpoint not in QUIET


def _polled() -> bool:
    """Say whether a page asked this by itself: that is how a page that stands hears of what comes up."""
    named = right_of(current_app, request.endpoint) if request.endpoint else None
    return named is not None and named.polled


def _write(response: Response, rule: str, seconds: float) -> None:
    """Name the route, not the address: an address may hold what somebody typed."""
    here = g.get("visit")
    person = here.person if here else None
    log.info(
        "request",
        method=request.method if request.method in METHODS else "other",
        route=rule,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        person=person.id if person else None,
        station=here.station or None if here else None,
    )


QUIET = frozenset({"static", "health.healthz", "health.readyz", "health.metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
