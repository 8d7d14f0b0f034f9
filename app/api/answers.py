"""What an operation answers: a shape, an answer kept for a key, or what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from app.api.shapes import Shape
from app.web import problems

Body = TypeVar("Body", bound=Shape)
MOST_FAULTS = 20


@dataclass(frozen=True)
class Trouble:
    """Why it was not done. Nothing was recorded in a preparation, and the same key may be tried again."""

    status: int
    code: str
    says: str
    """What is wrong and what to do."""
    faults: tuple[tuple[str, str], ...] = ()
    """Place and reason of each field that does not fit."""
    version: int = 0

    def body(self, number: str = "") -> dict[str, Any]:
        """Return it as JSON has it."""
        faults = [{"where": where, "says": says} for where, says in self.faults]
        return problems.body_of(self.status, self.code, self.says, number=number, faults=faults, version=self.version)


@dataclass(frozen=True)
class Reply:
    """An answer that is kept for its key: whatever was decided, also a refusal."""

    status: int
    body: dict[str, Any]
    replayed: bool = field(default=False, compare=False)
    """Whether it was given before."""

    def text(self) -> bytes:
        """Return it as it is sent."""
        return orjson.dumps(self.body)


@dataclass(frozen=True)
class File:
    """A file, byte for byte."""

    content: bytes


def fitting(shape: type[Body], content: bytes) -> Body | Trouble:
    """Read JSON by a shape, strictly: a number is no text, and what has no name there is refused."""
    try:
        return shape.model_validate_json(content, strict=True)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return Trouble(400, "NOT_READABLE", "The body is no JSON.")
        return unfit("body", error)


def unfit(where: str, error: ValidationError) -> Trouble:
    """Name each field that does not fit; what was sent is not repeated, as it may be a secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MOST_FAULTS]
    faults = tuple((".".join((where, *(str(part) for part in one["loc"]))), one["msg"]) for one in found)
    return Trouble(422, "NOT_VALID", "What was sent does not fit the document at /api/v1/openapi.json.", faults)
