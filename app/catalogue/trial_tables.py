"""Stock of clinical trials: every line of its accountability, and whose dose an order of a trial is (R56)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, Text

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

trial_line = Table(
    "trial_line",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "protocol"),
    Index(None, "unit"),
    info=RUNNING,
    sqlite_strict=True,
)
"""One line of an accountability record: one unit that came, was dispensed, or left; a wrong line is struck by another."""

trial_lot = Table(
    "trial_lot",
    metadata,
    Column("site", Text, primary_key=True),
    Column("protocol", Text, primary_key=True),
    Column("drug", Text, primary_key=True),
    Column("lot", Text, primary_key=True),
    Index(None, "lot"),
    sqlite_strict=True,
)
"""Which lots ever came into a trial's stock, drug and lot folded: a list to find its lines by, which say what is so."""

trial_assignment = Table(
    "trial_assignment",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "order_key"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Subject and kits of an order of a trial, as two people entered them; the newest of an order counts."""
