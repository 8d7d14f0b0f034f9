"""Who is told by HTTP: each change of a subscription is a row."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, Text

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

subscription = Table(
    "subscription",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "id"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Registered, changed, given a new secret, switched off: the newest row of an id counts. No secret stands here."""
