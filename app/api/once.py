"""Idempotency keys: the same key with the same body is answered the same for ever; with another body it is refused.

The answer is kept in the transaction of what was done. A refusal changes nothing and takes no key: what was refused may be
tried again once it is mended. The command's own id comes from the key, so that the dispatcher too knows it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request
from sqlalchemy import Connection

from app.api.answers import Reply, Trouble
from app.api.shapes import SECRETS, Shape
from app.record import receipts
from app.record.receipts import OtherContent
from app.web.house import house
from app.web.visit import signed_in, visit

HEADER = "Idempotency-Key"
KEY = r"^[\u0021-\u007e]{8,128}$"
"""Printable ASCII without a space."""


@dataclass(frozen=True)
class Press:
    """One act that is done once."""

    command_id: str
    """Names the command in the record: the token, and a digest of the key. So the record says which program sent it."""
    person: str
    digest: str
    """Of what is asked, without the secrets in it."""

    @property
    def kept_as(self) -> str:
        """Id under which the whole answer is kept, beside the command's own receipt."""
        return f"{self.command_id}.answer"


def begin(places: Mapping[str, str], given: Mapping[str, Any]) -> Reply | Trouble | None:
    """Take the request's key; return the answer where it was given before, None where the act is still to be done."""
    key = request.headers.get(HEADER, "")
    if not (8 <= len(key) <= 128 and key.isascii() and key.isprintable() and " " not in key):
        return Trouble(428, "KEY_NEEDED", f"Send {HEADER}: 8 to 128 printable characters, new for each act.")
    person, _ = signed_in()
    command_id = f"api.{g.api_token.id}.{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    asked = {"operation": str(request.endpoint), "places": dict(places), **{k: _plain(v) for k, v in given.items()}}
    g.api_press = Press(command_id, person.id, receipts.request_digest(asked))
    mine = press()
    with house().store.reading() as conn:
        return _heard(conn, mine)


def press() -> Press:
    """Return the act of this request."""
    found = g.api_press
    if not isinstance(found, Press):
        raise TypeError("only an operation with a key is done once")
    return found


def _heard(conn: Connection, mine: Press) -> Reply | Trouble | None:
    found = receipts.heard(conn, command_id=mine.kept_as, person=mine.person, digest=mine.digest)
    if isinstance(found, OtherContent):
        return Trouble(422, "KEY_USED", f"This {HEADER} came before with another content. Nothing was done.")
    return Reply(found.status, found.answer, replayed=True) if found is not None else None


def done(work: Callable[[Connection], Reply]) -> Reply | Trouble:
    """Do it and keep its answer, in one transaction; or return the first answer."""
    mine, at = press(), visit().at

    def inside(conn: Connection) -> Reply | Trouble:
        before = _heard(conn, mine)
        if before is not None:
            return before
        reply = work(conn)
        if reply.status >= 400:
            return reply
        receipts.keep(
            conn,
            command_id=mine.kept_as,
            person=mine.person,
            digest=mine.digest,
            status=reply.status,
            answer=reply.body,
            at=at,
        )
        return reply

    return house().store.write(inside)


def _plain(value: Any) -> Any:
    """Return what was sent without its secrets, which are in no digest."""
    if isinstance(value, Shape):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, dict):
        return {name: "" if name in SECRETS else _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
