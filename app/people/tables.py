"""The tables of people. Rows change; every change leaves a line in `person_history`, which nothing can alter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Index, LargeBinary, Table, Text, insert, update

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

ROLES = ("technician", "lead_technician", "pharmacist", "qa", "admin", "informatics")
"""What a person may be. Rights of a screen are written in these words."""

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("printed_name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("licence", Text, nullable=False, default=""),
    Column("licence_states", Text, nullable=False, default=""),
    Column("identity_checked_by", Text, nullable=False, default=""),
    Column("active", COUNT, nullable=False, default=1),
    Column("since", Moment, nullable=False),
    CheckConstraint("active IN (0, 1)", name="active"),
    sqlite_strict=True,
)
"""One row a human being. `roles` and `licence_states` are words with a space between, sorted."""

user_name = Table(
    "user_name",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("folded", Text, nullable=False, unique=True),
    Column("shown", Text, nullable=False),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Every user name ever given out, folded (NFKC, casefold): none is given out twice, so no row is ever deleted (Q22)."""

badge = Table(
    "badge",
    metadata,
    Column("code", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("revoked", Moment),
    Column("revoked_why", Text, nullable=False, default=""),
    sqlite_strict=True,
)

competency = Table(
    "competency",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("valid_until", Moment, nullable=False),
    Column("assessor", Text, nullable=False),
    Column("assessed", Moment, nullable=False),
    sqlite_strict=True,
)

secret = Table(
    "secret",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("pepper", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("to_change", COUNT, nullable=False, default=0),
    CheckConstraint("kind IN ('pin', 'password')", name="kind"),
    CheckConstraint("to_change IN (0, 1)", name="to_change"),
    sqlite_strict=True,
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("badge", Text, nullable=False, default=""),
    Column("station", Text, nullable=False, default=""),
    Column("method", Text, nullable=False),
    Column("started", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("place", Text, nullable=False, default=""),
    Column("locked", Moment),
    Column("ended", Moment),
    Column("ended_why", Text, nullable=False, default=""),
    Column("continues", Text, nullable=False, default=""),
    Column("signed_both", Moment),
    Column("signed_last", Moment),
    CheckConstraint("method IN ('badge and PIN', 'name and password')", name="method"),
    sqlite_strict=True,
)
Index(None, sign_in.c.person, sign_in.c.ended)

lockout = Table(
    "lockout",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("wrong", COUNT, nullable=False),
    Column("until", Moment),
    Column("last_wrong", Moment),
    sqlite_strict=True,
)
"""Wrong tries in a row of a person or a station, and the end of its lock (Q39). A restart forgives nothing."""

attempt = Table(
    "attempt",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("person", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Every wrong, denied or locked try (Q7). Append-only. Never what was typed."""

person_history = Table(
    "person_history",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("person", Text, nullable=False, index=True),
    Column("what", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""What changed about a person, by whom, when, why, old and new. Append-only; each digest covers the line before."""


def put(conn: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set `values` in the row with this key, or add the row. The same on every database; the record has one writer."""
    where = [table.c[name] == value for name, value in key.items()]
    if conn.execute(update(table).where(*where).values(**values)).rowcount == 0:
        conn.execute(insert(table).values(**key, **values))
