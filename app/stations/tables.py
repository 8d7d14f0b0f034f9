"""The equipment register: balances and cabinets as rows, and an append-only line for everything done to them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, Text, UniqueConstraint

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

balance = Table(
    "balance",
    metadata,
    Column("name", Text, primary_key=True),
    Column("station", Text, nullable=False, unique=True),
    Column("serial", Text, nullable=False),
    Column("division_g", Text, nullable=False),
    Column("repeatability_g", Text, nullable=False),
    Column("capacity_g", Text, nullable=False),
    Column("calibrated_until", Moment),
    Column("checked_at", Moment),
    Column("check_valid_until", Moment),
    Column("qualified_at", Moment),
    sqlite_strict=True,
)
"""Masses are decimal text in grams (R13). `checked_at` is empty until a check passed, and again after a restart (R15);
`qualified_at` is when s was measured at the station, empty while it is as it was entered."""

cabinet = Table(
    "cabinet",
    metadata,
    Column("code", Text, primary_key=True),
    Column("label", Text, nullable=False, unique=True),
    Column("station", Text, nullable=False),
    Column("certified_until", Moment),
    Column("category", COUNT, nullable=False),
    Column("last_drug", Text, nullable=False),
    Column("decontaminated", COUNT, nullable=False),
    CheckConstraint("category IN (1, 2)", name="category"),
    CheckConstraint("decontaminated IN (0, 1)", name="decontaminated"),
    sqlite_strict=True,
)
"""`label` is the code on its front (%VT-H-…%), without its percent signs and check character."""

counting_tray = Table(
    "counting_tray",
    metadata,
    Column("code", Text, primary_key=True),
    Column("label", Text, nullable=False, unique=True),
    Column("station", Text, nullable=False),
    Column("last_drug", Text, nullable=False),
    Column("decontaminated", COUNT, nullable=False),
    CheckConstraint("decontaminated IN (0, 1)", name="decontaminated"),
    sqlite_strict=True,
)
"""Trays for hazardous drugs alone (R54); their code is like a cabinet's, and `last_drug` is what was last counted in it."""

equipment_event = Table(
    "equipment_event",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("equipment", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "equipment"),
    info=RUNNING,
    sqlite_strict=True,
)
"""What was done to a balance or cabinet: registered, checked, failed its check, opened a drug, decontaminated, restarted."""

open_vial_discarded = Table(
    "open_vial_discarded",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("label", Text, nullable=False, unique=True),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Opened vials that were kept and then thrown away: each once (R31)."""

tablet_message = Table(
    "tablet_message",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("telephone", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("message", "what"),
    CheckConstraint("seq > 0", name="counted"),
    CheckConstraint("what IN ('sent', 'seen')", name="what"),
    Index(None, "preparation"),
    info=RUNNING,
    sqlite_strict=True,
)
"""A pharmacist's messages to whoever makes a preparation: sent once, seen once at a tablet. No step waits for one."""

incident = Table(
    "incident",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("id", "version"),
    CheckConstraint("seq > 0 AND version > 0", name="counted"),
    CheckConstraint("kind IN ('spill', 'drill')", name="kind"),
    Index(None, "preparation"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Spills with who was exposed, and simulations: each change is another version of the whole; the newest counts (R45, G28)."""
