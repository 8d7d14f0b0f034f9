"""What came in by the interfaces: messages with their answers, orders as they stand now, patients; and sender profiles."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint

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

dose_made = Table(
    "dose_made",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("key", Text, nullable=False),
    Column("dose_no", COUNT, nullable=False),
    Column("doses", COUNT, nullable=False),
    Column("batch", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    Column("instead_of", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("preparation"),
    UniqueConstraint("key", "dose_no", "instead_of"),
    CheckConstraint("seq > 0", name="counted"),
    CheckConstraint("dose_no >= 1 AND dose_no <= doses", name="ordered"),
    info=RUNNING,
    sqlite_strict=True,
)
"""The preparations of orders whose doses are made together, one a dose (`batch`: opened at once). A dose has one preparation, and
what ended without a product one in its place (`instead_of`): neither a second of a dose nor one beyond the order is written."""

patient_now = Table(
    "patient_now",
    metadata,
    Column("mrn", Text, primary_key=True),
    Column("authority", Text, primary_key=True),
    Column("fields", Text, nullable=False),
    sqlite_strict=True,
)
"""The patient as last told; identity only, purged with the order texts."""

sender_profile = Table(
    "sender_profile",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("body", Text, nullable=False),
    Column("effective_from", Moment, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("name", "version"),
    CheckConstraint("seq > 0 AND version > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Signed sender profiles; a change is a new version. Before the first of a name the document in the settings counts."""

sender_profile_draft = Table(
    "sender_profile_draft",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "name"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Sender profiles in the writing: each draft, each trial of it and each signature is a row; the newest of a name counts."""

read_by = Table(
    "read_by",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("message", COUNT, ForeignKey("message.seq"), unique=True, nullable=False),
    Column("profile", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""By which version of which sender profile a message was read; none for a sender that was not known."""

order_named = Table(
    "order_named",
    metadata,
    Column("message", COUNT, ForeignKey("message.seq"), primary_key=True),
    Column("key", Text, primary_key=True),
    Index(None, "key"),
    sqlite_strict=True,
)
"""Which orders a message was about, refused ones too: it is found by their numbers. A list to look things up in, no evidence."""
