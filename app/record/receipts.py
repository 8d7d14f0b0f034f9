"""What each command was answered: the same command is answered the same for ever, and never done twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from app.record import canonical
from app.record.columns import moment, moment_text
from app.record.prepared import Prepared
from app.record.running import append_row
from app.record.tables import receipt

_ANSWERS = select(
    receipt.c.command_id, receipt.c.person, receipt.c.request_digest, receipt.c.status, receipt.c.answer, receipt.c.at
)
_FIND = Prepared(_ANSWERS.where(receipt.c.command_id == bindparam("of")))
_FIND_EITHER = Prepared(_ANSWERS.where(receipt.c.command_id.in_((bindparam("of"), bindparam("refused")))))


@dataclass(frozen=True)
class Receipt:
    """The first answer to a command."""

    command_id: str  # as the form or the sender made it
    person: str  # who sent it
    request_digest: str  # hex SHA-256 of what was asked
    status: int  # HTTP status of the answer
    answer: dict[str, Any]  # the answer, JSON-able
    at: datetime  # UTC, when it was answered


@dataclass(frozen=True)
class OtherContent:
    """The command id came before with another content or from another person: refused, nothing is done."""

    command_id: str  # the id that is taken
    says: str  # what is wrong, in words


def request_digest(request: dict[str, Any]) -> str:
    """Return the hex digest of what is asked (JSON-able), the same for the same content."""
    return canonical.row_digest(canonical.NOTHING_BEFORE, canonical.dump(request)).hex()


def find(conn: Connection, command_id: str) -> Receipt | None:
    """Return the receipt of a command, None when it was never answered."""
    row = _FIND.one(conn, {"of": command_id})
    return None if row is None else _receipt(*row)


def _receipt(command_id: str, person: str, digest: str, status: int, answer: str, at: str) -> Receipt:
    said: Any = canonical.parse(answer)
    return Receipt(command_id, person, digest, status, said, moment(at))


def heard(conn: Connection, *, command_id: str, person: str, digest: str) -> Receipt | OtherContent | None:
    """Return the first answer for the same command again, OtherContent where the id was used for something else.

    None means the command is new.
    """
    return _same(find(conn, command_id), command_id, person, digest)


def heard_or_refused(
    conn: Connection, *, command_id: str, refused: str, person: str, digest: str
) -> Receipt | OtherContent | None:
    """Return the same, or else the answer kept under the id of a refused press: both in one question."""
    rows = _FIND_EITHER.rows(conn, {"of": command_id, "refused": refused})
    found = {row[0]: _receipt(*row) for row in rows}
    return _same(found.get(command_id), command_id, person, digest) or found.get(refused)


def _same(first: Receipt | None, command_id: str, person: str, digest: str) -> Receipt | OtherContent | None:
    if first is None or (first.person == person and first.request_digest == digest):
        return first
    whose = "with another content" if first.person == person else "by another person"
    return OtherContent(command_id, f"command {command_id} was sent before {whose}; draw the screen anew and try again")


def refused_id(command_id: str, *, person: str, digest: str, version: int | None) -> str:
    """Return the id under which a refusal's answer is kept: of this very press, by this person, on this very screen.

    A refusal takes no command's id: what was refused may be tried again once it is mended, from the screen that says so.
    """
    press = {"command": command_id, "digest": digest, "person": person, "version": -1 if version is None else version}
    return f"{command_id}~{request_digest(press)[:32]}"


def keep(
    conn: Connection, *, command_id: str, person: str, digest: str, status: int, answer: dict[str, Any], at: datetime
) -> Receipt:
    """Write the answer of a command, in the command's own transaction."""
    row = {
        "command_id": command_id, "person": person, "request_digest": digest, "status": status,
        "answer": canonical.dump(answer).decode(), "at": moment_text(at),
    }  # fmt: skip
    append_row(conn, receipt, row)
    return Receipt(command_id, person, digest, status, answer, at)
