"""The table of operations: address, scope, shapes in and out. Routes, checks and the OpenAPI document are made of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import ValidationError

from app.api import admission, once
from app.api.admission import Wanted
from app.api.answers import File, Reply, Trouble, fitting, unfit
from app.api.shapes import ID, Shape
from app.web import problems
from app.web.requests import request_id
from app.web.rights import by_token

api = Blueprint("api", __name__, url_prefix="/api/v1")
View = TypeVar("View", bound=Callable[..., "Shape | Trouble | Reply | File | None"])
JSON = "application/json"
BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Operation:
    """One thing that a program may ask."""

    name: str
    """Its operationId."""
    method: str
    path: str
    """As OpenAPI writes it: /preparations/{preparation}."""
    says: str
    """First sentence of its description, the summary."""
    more: str
    """The rest."""
    tag: str
    scope: str
    """Of the token; "any" for every token."""
    answer: type[Shape] | None
    """None: there is no content."""
    status: int
    """Of success."""
    query: type[Shape] | None
    body: type[Shape] | None
    bytes_in: bool
    """The body is a file, byte for byte."""
    bytes_out: bool
    """The answer is one."""
    session: bool | None
    """A person's session is needed: the token says which program, the session who is there. None: one does not count."""
    keyed: bool
    """An Idempotency-Key is needed: it is an act."""
    roles: tuple[str, ...]
    """Who may, where that is fewer than the scope opens to; empty: all of them."""

    @property
    def places(self) -> tuple[str, ...]:
        """Names in the address."""
        return tuple(re.findall(r"{(\w+)}", self.path))


OPERATIONS: list[Operation] = []
"""Every operation, in the order of the document."""


@dataclass(frozen=True)
class _Kinds:
    """Options of an operation that most have no need of."""

    status: int = 200
    query: type[Shape] | None = None
    body: type[Shape] | None = None
    bytes_in: bool = False
    bytes_out: bool = False
    session: bool | None = False
    keyed: bool = False
    roles: tuple[str, ...] = ()


def operation(asks: str, *, scope: str, tag: str, answer: type[Shape] | None, **kinds: Any) -> Callable[[View], View]:
    """Make a function an operation: `@operation("GET /orders/{order}", …)`; its docstring is its description."""
    method, path = asks.split(" ")
    given = _Kinds(**kinds)

    def made(view: View) -> View:
        says, _, more = (view.__doc__ or "").strip().partition("\n")
        name, rest = view.__name__, " ".join(more.split())
        made_of = Operation(name, method, path, says.rstrip("."), rest, tag, scope, answer, **vars(given))
        OPERATIONS.append(made_of)
        route = re.sub(r"{(\w+)}", r"<\1>", path)
        api.add_url_rule(route, name, by_token(scope)(_served(made_of, view)), methods=[method])
        return view

    return made


def _served(asked: Operation, view: Callable[..., Any]) -> Callable[..., Response]:
    """Return what Flask calls: who comes, what is asked, whether it was answered before; then the view."""

    def serve(**places: str) -> Response:
        stopped = admission.admit(
            Wanted(asked.scope, places.get("station", ""), asked.session, asked.keyed, frozenset(asked.roles))
        )
        if stopped is not None:
            return _out(asked, stopped)
        if any(re.fullmatch(ID.rstrip("$"), one) is None for one in places.values()):
            return _out(asked, Trouble(404, "NOT_FOUND", "There is nothing at this address."))
        given = _given(asked)
        if isinstance(given, Trouble):
            return _out(asked, given)
        if asked.keyed:
            before = once.begin(places, given)
            if before is not None:
                return _out(asked, before)
        return _out(asked, view(**places, **given))

    return serve


def _given(asked: Operation) -> dict[str, Any] | Trouble:
    """Return what was sent, by the operation's shapes; or what does not fit."""
    given: dict[str, Any] = {}
    if asked.query is not None:
        sent = request.args.to_dict(flat=False)
        try:
            given["query"] = asked.query.model_validate(
                {name: one[0] if len(one) == 1 else one for name, one in sent.items()}
            )
        except ValidationError as error:
            return unfit("query", error)
    elif request.args:
        return Trouble(422, "NOT_VALID", "This address takes no parameters.")
    if asked.bytes_in:
        if request.mimetype != BYTES:
            return Trouble(415, "WRONG_MEDIA_TYPE", f"Send the file's bytes as {BYTES}.")
        given["content"] = request.get_data()
    if asked.body is not None:
        if request.mimetype != JSON:
            return Trouble(415, "WRONG_MEDIA_TYPE", f"Send {JSON}.")
        read = fitting(asked.body, request.get_data())
        if isinstance(read, Trouble):
            return read
        given["body"] = read
    return given


def _out(asked: Operation, said: Shape | Trouble | Reply | File | None) -> Response:
    """Write the answer down."""
    if isinstance(said, Trouble):
        return problems.problem(said.body(request_id()))
    if isinstance(said, Reply):
        answer = problems.problem(said.body) if said.status >= 400 else _json(said.text(), said.status)
        if said.replayed:
            answer.headers["Idempotency-Replayed"] = "true"
        return answer
    if isinstance(said, File):
        return Response(said.content, 200, mimetype=BYTES)
    if said is None:
        return Response(status=204)
    return _json(said.model_dump_json().encode(), asked.status)


def _json(text: bytes, status: int) -> Response:
    return Response(text, status, mimetype=JSON)
