"""The OpenAPI document, made of the table of operations and the very shapes that judge what comes in: it cannot drift."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response, render_template
from pydantic.json_schema import models_json_schema

from app.api import (
    acting,
    admission,
    clearing,
    equipment,
    formulary,
    messages,
    once,
    ordering,
    papers,
    papers_of_people,
    policies,
    reading,
    recipes,
    record,
    reviewing,
    sender_profiles,
    sessions,
    staff,
    trainings,
    trials,
    upkeep,
)
from app.api.operations import BYTES, JSON, OPERATIONS, Operation, api
from app.api.shapes import ID, Problem
from app.people.tokens import SCOPES
from app.release import software
from app.web import problems
from app.web.rights import open_to_all

__all__ = ["api", "document"]

DESCRIBED = (
    sessions, reading, ordering, clearing, messages, reviewing, acting, record, papers, policies, recipes, sender_profiles,
    formulary, equipment, trials, upkeep, staff, papers_of_people, trainings,
)  # fmt: skip
"""Where the operations are: imported, so that the table is whole."""
REF = "#/components/schemas/{model}"
ABOUT = (
    "Everything that is done here goes through the same dispatch and the same rules as on the screens, and into the same "
    "record. A token says which program asks and what it may open; it never signs, and it is nobody's presence. How to "
    "begin, with an example: docs/api.md."
)
TAGS = {
    "Access": "Whose token it is; signing in and out.",
    "Orders": "Orders, and what each waits for.",
    "Preparations": "How preparations stand, and what may be done now.",
    "At a station": "Making a preparation: scans, weights, photos, confirmations.",
    "Review": "The pharmacist's queue, signatures and decisions.",
    "Record": "The record, event by event, and its photos.",
    "Catalogue": "Policy, recipes, formulary, hazard list, pump library, sender profiles: drafts, and two signatures for each.",
    "Stations": "Stations and their instruments.",
    "Trials": "Stock of clinical trials and its accountability.",
    "People": "The staff.",
    "Messages": "What came in from other systems, and what they were told.",
}
WORDS = {
    400: "The body is no JSON.",
    401: "No token; no session where somebody has to be there; or what was given to sign in is wrong.",
    403: "Token, role or place do not reach so far; or what was given to sign with is wrong.",
    404: "There is nothing there, or it is not yours to read.",
    409: "As things stand it cannot be done, and the code says why: STALE where something changed meanwhile. Nothing was done.",
    410: "The file is damaged or was purged.",
    413: "Too large.",
    415: "Another media type is asked for.",
    422: "It does not fit this document; or the key came before with another body. Nothing was done.",
    428: "The Idempotency-Key is missing or no key.",
    429: "Too many wrong tries: locked for a while.",
    500: "Nothing was saved; the instance is the number to tell.",
    503: "Very busy, or not known whether saved: ask again with the same key.",
}


@cache
def document() -> dict[str, Any]:
    """Return the whole document as JSON has it."""
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "vialtrace", "version": software().rpartition(" ")[2], "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": name, "description": says} for name, says in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token of this pharmacy."},
                "session": {
                    "type": "apiKey",
                    "in": "header",
                    "name": admission.HEADER,
                    "description": "Key of a session that somebody opened through this token.",
                },
            },
        },
    }


@api.get("/openapi.json")
@open_to_all
def openapi() -> Response:
    """The document itself: it holds nothing of this pharmacy."""
    return api_json()


@api.get("/")
@open_to_all
def read() -> str:
    """The document as a page to read, drawn here: nothing is fetched from elsewhere."""
    whole = document()
    groups = [(tag, says, [one for one in OPERATIONS if one.tag == tag]) for tag, says in TAGS.items()]
    return render_template("api.html", whole=whole, groups=groups, scopes=SCOPES, any_scope=admission.ANY)


def api_json() -> Response:
    """Answer with the document."""
    import orjson

    return Response(orjson.dumps(document()), mimetype=JSON)


def _schemas() -> dict[str, Any]:
    """Return every shape once: those that come in as they are judged, those that go out as they are written."""
    inward = {one.body: None for one in OPERATIONS if one.body is not None}
    outward = {one.answer: None for one in OPERATIONS if one.answer is not None} | {Problem: None}
    modes = [(shape, "validation") for shape in inward] + [(shape, "serialization") for shape in outward]
    _, schema = models_json_schema(modes, ref_template=REF)  # type: ignore[arg-type]  # pairs of model and mode
    found: dict[str, Any] = schema["$defs"]
    return dict(sorted(found.items()))


def _operation(one: Operation) -> dict[str, Any]:
    scope = "" if one.scope == admission.ANY else f"Scope: `{one.scope}`."
    scope += f" Roles: {', '.join(one.roles)}." if one.roles else ""
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.says,
        "description": " ".join(part for part in (f"{one.says}.", one.more, scope) if part),
        "tags": [one.tag],
        "security": [{"token": [], "session": []}] if one.session else [{"token": []}],
        "parameters": _parameters(one),
        "responses": _responses(one),
    }
    if one.body is not None:
        schema = {"$ref": REF.format(model=one.body.__name__)}
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if one.bytes_in:
        schema = {"type": "string", "format": "binary"}
        described["requestBody"] = {"required": True, "content": {BYTES: {"schema": schema}}}
    return described


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": ID}}
        for name in one.places
    ]
    if one.query is not None:
        schema = one.query.model_json_schema(ref_template=REF)
        needed = schema.get("required", [])
        for name, part in schema["properties"].items():
            says = part.pop("description", "")
            found.append({"name": name, "in": "query", "required": name in needed, "description": says, "schema": part})
    if one.keyed:
        says = "New for each act; the same again hears the first answer, with another body it is refused."
        schema = {"type": "string", "pattern": once.KEY}
        found.append({"name": once.HEADER, "in": "header", "required": True, "description": says, "schema": schema})
    return found


def _responses(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {str(one.status): _success(one)}
    for status in _troubles(one):
        schema = {"$ref": REF.format(model="Problem")}
        found[str(status)] = {"description": WORDS[status], "content": {problems.MEDIA: {"schema": schema}}}
    return found


def _success(one: Operation) -> dict[str, Any]:
    if one.bytes_out:
        content = {BYTES: {"schema": {"type": "string", "format": "binary"}}}
        return {"description": "The file.", "content": content}
    if one.answer is None:
        return {"description": "Done."}
    said: dict[str, Any] = {
        "description": (one.answer.__doc__ or "").split("\n")[0],
        "content": {JSON: {"schema": {"$ref": REF.format(model=one.answer.__name__)}}},
    }
    if one.keyed:
        says = "true where the very same act was answered before."
        said["headers"] = {"Idempotency-Replayed": {"description": says, "schema": {"type": "string"}}}
    return said


def _troubles(one: Operation) -> list[int]:
    """Return every status of a problem that this operation can answer with."""
    found = {401, 403, 422, 500, 503}
    found |= {404} if one.places or one.query is not None else set()
    found |= {410} if one.bytes_out else set()
    found |= {413, 415} if one.body is not None or one.bytes_in else set()
    found |= {400} if one.body is not None else set()
    found |= {404, 409, 428, 429} if one.keyed else set()
    found |= {429} if one.name == "sign_in" else set()
    return sorted(found)
