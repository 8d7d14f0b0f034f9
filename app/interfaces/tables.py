"""What came in by the interfaces: messages with their answers, orders as they stand now, patients as last told."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

message = Table(
    "message",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("control_id", Text, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("blob", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("outcome IN ('accepted', 'content', 'door')", name="outcome"),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "sender", "control_id"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Every message with its answer (I50). `blob` names its bytes, which are kept as an identifying content and can be purged."""

ordered = Table(
    "ordered",
    metadata,
    Column("key", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("patient", Text, ForeignKey("order_text.id"), nullable=False),
    Column("mrn", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    Column("waits", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "mrn"),
    Index(None, "site", "received_at"),
    Index(None, "preparation"),
    sqlite_strict=True,
)
"""One row an order: its newest clinical half, what still has to be cleared, and why nothing is made of it yet."""

patient_now = Table(
    "patient_now",
    metadata,
    Column("mrn", Text, primary_key=True),
    Column("authority", Text, primary_key=True),
    Column("fields", Text, nullable=False),
    sqlite_strict=True,
)
"""The patient as last told; identity only, purged with the order texts."""
