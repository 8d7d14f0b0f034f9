"""Who has a review open for the moment, and who looked at which patient's record for ever."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

review_claim = Table(
    "review_claim",
    metadata,
    Column("preparation", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("until", Moment, nullable=False),
    sqlite_strict=True,
)
"""One row a preparation that a pharmacist has open; it means nothing after `until` (R26: a soft lock of three minutes)."""

access_log = Table(
    "access_log",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("station", Text),
    Column("what", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    Column("patients", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "preparation"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Every opening of a page or export with patient text (Q32). `patients` are ids of order texts, a blank between."""
