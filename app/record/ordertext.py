"""The patient's text of an order: the only place of names, so that it can be purged. Events hold its digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.record import canonical
from app.record.columns import moment_text
from app.record.prepared import Prepared, PreparedRows
from app.record.running import append_row
from app.record.tables import order_text, purge

TAG = b"vialtrace/order-text/1\x00"

_TEXT = PreparedRows(select(order_text).where(order_text.c.id == bindparam("of")))
_NEW = Prepared(
    insert(order_text).values({name: bindparam(name) for name in ("id", "digest", "salt", "fields")}),
)

ALTERED = (
    "The patient's text is not the one that was ordered for: it was changed in the database. "
    "Do not use it; run `vialtrace record verify` and tell quality assurance."
)


@dataclass(frozen=True)
class OrderText:
    """The text as it was received."""

    id: str  # what views and the order point at
    digest: str  # hex, what the events hold
    fields: dict[str, Any]  # patient's name, identifiers and the rest of the identity half; JSON-able


@dataclass(frozen=True)
class Purged:
    """The text was purged; its digest stays."""

    id: str  # what views and the order point at
    digest: str  # hex, as the events hold it
    pseudonyms: Mapping[str, str] = field(default_factory=dict)  # by purpose: what exports call the patient since


@dataclass(frozen=True)
class Altered:
    """The text that is there is not the one that was ordered for: it is shown to nobody and printed on nothing."""

    id: str  # what views and the order point at
    says: str  # what is wrong and what to do, in words


def digest_of_text(salt: str, text: str) -> str:
    """Return the hex digest of the fields as they are stored, canonical. Without the salt a short name could be guessed."""
    return sha256(TAG + salt.encode() + b"\x00" + text.encode()).hexdigest()


def put(conn: Connection, *, id: str, fields: Mapping[str, Any], salt: str) -> str:
    """Keep the text under its id and return the digest for the event; `salt` is at least 128 random bits as text."""
    if len(salt) < 22:
        raise ValueError("the salt of an order's text is at least 128 random bits (22 characters)")
    text = canonical.dump(dict(fields)).decode()
    digest = digest_of_text(salt, text)
    _NEW.change(conn, {"id": id, "digest": digest, "salt": salt, "fields": text})
    return digest


def get(conn: Connection, id: str, digest: str | None = None) -> OrderText | Purged | Altered | None:
    """Return the text, Purged when it was purged, Altered when it is another, None when there never was one.

    `digest` is what the event holds. Whoever acts on a name (a label, a page of one preparation) hands it in: text,
    salt and digest of the row could be changed together, the event could not.
    """
    row = _TEXT.first(conn, {"of": id})
    if row is None:
        return None
    if digest is not None and row.digest != digest:
        return Altered(id, ALTERED)
    if row.fields is None or row.salt is None:
        said: Any = {} if row.pseudonyms is None else canonical.parse(row.pseudonyms)
        return Purged(row.id, row.digest, said)
    if not is_text(row.salt, row.fields, row.digest):
        return Altered(id, ALTERED)
    fields: Any = canonical.parse(row.fields)
    return OrderText(row.id, row.digest, fields)


def is_text(salt: str, fields: str, digest: str) -> bool:
    """Say whether the digest is that of this text and salt, as they are stored."""
    try:
        return digest_of_text(salt, fields) == digest
    except UnicodeEncodeError:
        return False


def forget(
    conn: Connection,
    *,
    id: str,
    who: str,
    at: datetime,
    command_id: str,
    pseudonyms: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Erase text and salt, and keep a row that says so; False when there was nothing to erase.

    `pseudonyms` stay in the patient's place, by purpose: statistics over many years go on, names do not.

    Call `Store.forget_log` after the commit: only then are the bytes gone from the write-ahead log too. The event that
    records the purge, and the date before which nothing is purged, are the dispatcher's.
    """
    found = order_text.c.id == id
    erased = conn.execute(
        update(order_text).where(found, order_text.c.fields.is_not(None)),
        {"fields": None, "salt": None, "pseudonyms": canonical.dump(dict(pseudonyms)).decode()},
    )
    if erased.rowcount != 1:
        return False
    row = {"what": "order_text", "ref": id, "at": moment_text(at), "who": who, "command_id": command_id}
    append_row(conn, purge, row)
    return True
