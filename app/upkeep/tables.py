"""The tasks of the house: when each was last tried, when it last went well, and who has it in hand."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from app.record.columns import Moment
from app.record.tables import metadata

upkeep_task = Table(
    "upkeep_task",
    metadata,
    Column("task", Text, primary_key=True),
    Column("taken_by", Text),
    Column("taken_until", Moment),
    Column("tried_at", Moment),
    Column("good_at", Moment),
    Column("says", Text, nullable=False),
    Column("facts", Text, nullable=False),
    sqlite_strict=True,
)
"""A cache of what the site's stream says, for the health page; and the claim that keeps two processes from doing one
task at once. `says` is why the last try failed, `facts` (canonical JSON) what the last good one found."""
