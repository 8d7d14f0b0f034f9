"""The tables of people. Rows change; every change leaves a line in `person_history`, which nothing can alter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Index, LargeBinary, Table, Text, insert, update

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

ROLES = ("technician", "lead_technician", "pharmacist", "qa", "admin", "informatics", "nurse")
"""What a person may be. Rights of a screen are written in these words."""

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("printed_name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("licence", Text, nullable=False, default=""),
    Column("licence_states", Text, nullable=False, default=""),
    Column("licence_until", Moment),
    Column("identity_checked_by", Text, nullable=False, default=""),
    Column("active", COUNT, nullable=False, default=1),
    Column("since", Moment, nullable=False),
    Column("sites", Text, nullable=False, server_default=""),
    CheckConstraint("active IN (0, 1)", name="active"),
    sqlite_strict=True,
)
"""One row a human being. `roles`, `licence_states` and `sites` are words with a space between, sorted; without `sites` one
works at every site of the record."""

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
    Column("tried", Moment),
    Column("review", Moment),
    sqlite_strict=True,
)
"""`tried`: last trial in front of somebody, or first use with its PIN; `review`: when it is tried again (Q42)."""

competency = Table(
    "competency",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("site", Text, primary_key=True, server_default=""),
    Column("valid_until", Moment, nullable=False),
    Column("assessor", Text, nullable=False),
    Column("assessed", Moment, nullable=False),
    Column("evidence", Text, nullable=False, server_default=""),
    sqlite_strict=True,
)
"""What somebody was assessed in, at one site; without `site` it counts at every site of theirs (G11)."""

competency_waiver = Table(
    "competency_waiver",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("code", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    sqlite_strict=True,
)
"""A lapsed competency that quality assurance let count for at most 24 hours (DOMAIN 2.5)."""

credential = Table(
    "credential",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("code", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("states", Text, nullable=False, default=""),
    Column("issued", Moment, nullable=False),
    Column("valid_until", Moment),
    Column("evidence", Text, nullable=False),
    Column("evidence_sha256", Text, nullable=False, default=""),
    Column("entered_by", Text, nullable=False),
    Column("entered", Moment, nullable=False),
    Column("verified_by", Text, nullable=False, default=""),
    Column("verified", Moment),
    Column("ended", Moment),
    Column("ended_by", Text, nullable=False, default=""),
    Column("ended_why", Text, nullable=False, default=""),
    CheckConstraint("verified_by <> entered_by", name="two_people"),
    sqlite_strict=True,
)
"""Programmes, certificates and registrations: entered by one, counting once a second person verified them (G1, G17)."""

training = Table(
    "training",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("plan", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("oncology", COUNT, nullable=False),
    Column("route", Text, nullable=False),
    Column("accredited", COUNT, nullable=False),
    Column("on", Moment, nullable=False),
    Column("trainer", Text, nullable=False),
    Column("passed", COUNT, nullable=False),
    Column("result", Text, nullable=False, default=""),
    Column("evidence", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered", Moment, nullable=False),
    Column("signed", Moment),
    CheckConstraint("oncology IN (0, 1)", name="oncology"),
    CheckConstraint("accredited IN (0, 1)", name="accredited"),
    CheckConstraint("passed IN (0, 1)", name="passed"),
    sqlite_strict=True,
)
"""Training that somebody took, passed or failed; `signed` when they said so themselves (G5)."""

secret = Table(
    "secret",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("pepper", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("to_change", COUNT, nullable=False, default=0),
    Column("reviewed", Moment),
    CheckConstraint("kind IN ('pin', 'password')", name="kind"),
    CheckConstraint("to_change IN (0, 1)", name="to_change"),
    sqlite_strict=True,
)
"""`reviewed`: when its owner last said that it is still good and nobody else's (Q44)."""

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
    Column("duty", Text, nullable=False, server_default=""),
    CheckConstraint("method IN ('badge and PIN', 'name and password', 'passkey', 'identity provider')", name="method"),
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


one_time_code = Table(
    "one_time_code",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("state", Text, primary_key=True),
    Column("box", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("last_step", COUNT, nullable=False, default=0),
    CheckConstraint("state IN ('in use', 'waiting')", name="state"),
    sqlite_strict=True,
)
"""The secret of a person's code generator, encrypted under `key`; `waiting` until its first code was given.

`last_step` is the newest step of 30 seconds whose code was used: neither it nor an older one counts again.
"""

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("number", COUNT, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("pepper", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("used", Moment),
    sqlite_strict=True,
)
"""For a lost code generator: each counts once."""

passkey = Table(
    "passkey",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("public_key", Text, nullable=False),
    Column("count", COUNT, nullable=False),
    Column("name", Text, nullable=False),
    Column("model", Text, nullable=False, default=""),
    Column("since", Moment, nullable=False),
    Column("used", Moment),
    Column("ended", Moment),
    Column("ended_why", Text, nullable=False, default=""),
    sqlite_strict=True,
)
"""A key on a person's own device: its public half alone. `id` and `public_key` (COSE) are base64url; `count` only grows."""

challenge = Table(
    "challenge",
    metadata,
    Column("value", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("person", Text, nullable=False, default=""),
    Column("session", Text, nullable=False, default=""),
    Column("preparation", Text, nullable=False, default=""),
    Column("meaning", Text, nullable=False, default=""),
    Column("over", Text, nullable=False, default=""),
    Column("nonce", Text, nullable=False, default=""),
    Column("at", Moment, nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("used", Moment),
    CheckConstraint("purpose IN ('register', 'sign-in', 'sign')", name="purpose"),
    sqlite_strict=True,
)
"""What a passkey was asked to sign, bound to its request, good once and for minutes (Q43)."""

enrolment = Table(
    "enrolment",
    metadata,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("first", Text, nullable=False),
    Column("first_pepper", Text, nullable=False),
    Column("first_by", Text, nullable=False),
    Column("second", Text, nullable=False, default=""),
    Column("second_pepper", Text, nullable=False, default=""),
    Column("second_by", Text, nullable=False, default=""),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("used", Moment),
    CheckConstraint("kind IN ('pin', 'password')", name="kind"),
    sqlite_strict=True,
)
"""A one-time secret in two halves, each handed over by another person, with which a new one is chosen (Q23)."""

emergency = Table(
    "emergency",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("station", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended", Moment),
    Column("digest", Text, nullable=False),
    Column("reviewed", Moment),
    Column("reviewed_by", Text, nullable=False, default=""),
    Column("finding", Text, nullable=False, default=""),
    sqlite_strict=True,
)
"""Emergency access: who, where, why, until when, and who looked into it afterwards (Q30)."""

outside_identity = Table(
    "outside_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("ended", Moment),
    sqlite_strict=True,
)
"""Whom an identity provider means: issuer and subject as OpenID Connect names them."""

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("made", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("ended", Moment),
    Column("used", Moment),
    sqlite_strict=True,
)
"""What other programs show at the door of the API, as hashes.

`scopes` has a space between them, and `sender:NAME` for each sender profile that the token speaks for.
"""


def put(conn: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set `values` in the row with this key, or add the row. The same on every database; the record has one writer."""
    where = [table.c[name] == value for name, value in key.items()]
    if conn.execute(update(table).where(*where).values(**values)).rowcount == 0:
        conn.execute(insert(table).values(**key, **values))
