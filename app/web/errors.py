"""Error pages: what happened in plain words, an id to quote, never a trace, a statement or a path (Q52)."""

from __future__ import annotations

import errno

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app import logs
from app.people.secrets import TooManyAtOnceError
from app.record.engine import Busy, Closed, NotSaved, PerhapsSaved
from app.web import problems
from app.web.requests import request_id
from app.web.visit import NotLicensedError, wants_page

log = logs.of("web")

WORDS = {
    400: (
        "This could not be read",
        "What the page sent could not be understood. Load the page again and repeat the step.",
    ),
    401: ("Please sign in", "You are not signed in here, or the screen was locked. Sign in and repeat the step."),
    403: ("Not allowed", "Your role does not open this page. Ask a lead technician or an administrator."),
    404: ("Not found", "There is nothing at this address. Check it, or go back to the start."),
    405: ("Not possible here", "This page cannot be used that way. Go back and use its buttons."),
    409: ("Something changed meanwhile", "What this page showed is no longer so. Load it again and look once more."),
    413: ("Too large", "The file or photo is larger than 25 MB. Send a smaller one."),
    503: ("Very busy at this moment", "Nothing was changed. Wait a few seconds and press the button again."),
}
FALLBACK = (
    "Not saved; nothing changed",
    "Something went wrong inside vialtrace and nothing was stored. Try once more; if it happens again, "
    "tell pharmacy IT the number below.",
)
FULL = (
    "Not saved; nothing changed",
    "The server's disk is full, and nothing was stored. Tell pharmacy IT the number below. What was scanned, weighed or "
    "photographed is still in this page: press TRY AGAIN once there is room.",
)
PERHAPS = (
    "Saved or not: look again",
    "The database went away while it saved, and has not said whether it did. Load the page again before you do anything "
    "else: it shows whether the step was taken. Nothing is ever taken twice.",
)
NO_ROOM = ("disk is full", "No space left on device")
"""How SQLite and PostgreSQL say that there is no room."""
FORM_STALE = (
    "This form is out of date",
    "Nothing was changed. The page was open too long or in another window. Load it again and repeat the step.",
)


def answer_errors(app: Flask) -> None:
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    for busy in (Busy, TooManyAtOnceError):
        app.register_error_handler(busy, _busy)
    for lost in (NotSaved, Closed):
        app.register_error_handler(lost, _bug)
    app.register_error_handler(PerhapsSaved, _perhaps)
    app.register_error_handler(Exception, _bug)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, *FORM_STALE)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return make_response(error.response)
    code = error.code or 500
    if code < 400:
        return error
    if isinstance(error, NotLicensedError):
        return _answer(code, WORDS[403][0], error.description or "")
    answer = _answer(code, *WORDS.get(code, FALLBACK if code >= 500 else WORDS[400]))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _busy(_error: Exception) -> ResponseReturnValue:
    response = _answer(503, *WORDS[503])
    response.headers["Retry-After"] = "2"
    return response


def _perhaps(error: Exception) -> ResponseReturnValue:
    log.error("not known whether saved", number=request_id(), exc_info=error)
    response = _answer(503, *PERHAPS)
    response.headers["Retry-After"] = "5"
    return response


def _bug(error: Exception) -> ResponseReturnValue:
    rule = request.url_rule.rule if request.url_rule else "none"
    log.error("error", number=request_id(), method=request.method, route=rule, exc_info=error)
    return _answer(500, *(FULL if _is_full(error) else FALLBACK))


def _is_full(error: BaseException | None) -> bool:
    """Return whether there was no room: for a photo or another file, or for the database (which says so in its own words)."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return isinstance(error, NotSaved) and any(words in str(error) for words in NO_ROOM)


def _answer(code: int, title: str, says: str) -> Response:
    name = request_id()
    if problems.for_a_program():
        return problems.problem(problems.body_of(code, "", f"{title}. {says}", number=name))
    if wants_page():
        return make_response(render_template("error.html", code=code, title=title, says=says, name=name), code)
    response = jsonify(error={"id": name, "title": title, "says": says})
    response.status_code = code
    return response
