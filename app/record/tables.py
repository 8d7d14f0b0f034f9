"""The tables of the record, and the metadata that every room's tables stand on.

Another room adds its own tables like this:

1. `app/<room>/tables.py` imports `metadata` from here and declares `Table(..., metadata, ..., sqlite_strict=True)`, or
   SQLModel classes (`SQLModel.metadata` is the same object). STRICT tables know TEXT, INTEGER, BLOB only: use `Text`,
   `COUNT`, `LargeBinary`, and `Moment` for times (`app.record.columns`); in SQLModel give `sa_type=` and
   `__table_args__ = {"sqlite_strict": True}`.
2. The module is in `app.record.schema.ROOMS`, so that migrations and the start's check see it.
3. A table that may only grow carries `info={"append_only": True}`; its migration calls `guards.only_grows`
   (`app.record.migrations.guards` says how) with every unique key; the start is refused when a trigger is missing or differs.
4. The next file in `migrations/versions` (migrations/README.md says how it is made).
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlmodel import SQLModel

from app.record.columns import COUNT, Moment

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

APPEND_ONLY = {"append_only": True}
"""Marks a table that may only grow: three triggers guard it."""

RUNNING = {"append_only": True, "running": True}
"""Marks such a table whose rows are written by `app.record.running.append_row` and checked by `record verify`."""

event = Table(
    "event",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("preparation", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("shape", COUNT, nullable=False),
    Column("body", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("second_person", Text),
    Column("at", Text, nullable=False),
    Column("station", Text),
    Column("command_id", Text, nullable=False),
    Column("ordinal", COUNT, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("site", Text, nullable=False),
    Column("site_seq", COUNT, nullable=False),
    Column("site_digest", LargeBinary, nullable=False),
    UniqueConstraint("preparation", "version"),
    UniqueConstraint("command_id", "ordinal"),
    UniqueConstraint("site", "site_seq"),
    CheckConstraint("seq > 0 AND version > 0 AND shape > 0 AND ordinal >= 0 AND site_seq > 0", name="counted"),
    CheckConstraint("length(digest) = 32 AND length(site_digest) = 32", name="digests"),
    info=APPEND_ONLY,
    sqlite_strict=True,
)

site_head = Table(
    "site_head",
    metadata,
    Column("site", Text, primary_key=True),
    Column("site_seq", COUNT, nullable=False),
    Column("site_digest", LargeBinary, nullable=False),
    Column("last_at", Text, nullable=False),
    sqlite_strict=True,
)

running_head = Table(
    "running_head",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seq", COUNT, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    sqlite_strict=True,
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("epoch", COUNT, nullable=False),
    Column("site_seq", COUNT, nullable=False),
    Column("site_digest", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("site", "epoch", "site_seq"),
    CheckConstraint("seq > 0", name="counted"),
    info=APPEND_ONLY,
    sqlite_strict=True,
)

receipt = Table(
    "receipt",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("command_id", Text, nullable=False, unique=True),
    Column("person", Text, nullable=False),
    Column("request_digest", Text, nullable=False),
    Column("status", COUNT, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)

refusal = Table(
    "refusal",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("station", Text),
    Column("stream", Text),
    Column("command_id", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "stream"),
    info=RUNNING,
    sqlite_strict=True,
)

blob = Table(
    "blob",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("media_type", Text, nullable=False),
    Column("size", COUNT, nullable=False),
    Column("identifying", COUNT, nullable=False),
    Column("at", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    CheckConstraint("identifying IN (0, 1)", name="identifying"),
    info=RUNNING,
    sqlite_strict=True,
)

blob_within = Table(
    "blob_within",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_strict=True,
)

purge = Table(
    "purge",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("what", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("command_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("what", "ref"),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)

order_text = Table(
    "order_text",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("salt", Text),
    Column("fields", Text),
    Column("pseudonyms", Text),
    sqlite_strict=True,
)

preparation = Table(
    "preparation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", COUNT, nullable=False),
    Column("site", Text, nullable=False),
    Column("workflow", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due", Moment),
    Column("priority", Text, nullable=False),
    Column("station", Text),
    Column("cabinet", Text),
    Column("technician", Text),
    Column("drug", Text, nullable=False),
    Column("dose", Text, nullable=False),
    Column("patient", Text, ForeignKey("order_text.id")),
    Column("flags", Text, nullable=False),
    Column("updated_site_seq", COUNT, nullable=False),
    Index(None, "site", "status", "due"),
    Index(None, "site", "due", "id"),
    Index(None, "site", "updated_site_seq"),
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", COUNT, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", COUNT, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("taken_by", Text),
    Column("taken_until", Moment),
    Column("says", Text, nullable=False),
    Column("command_id", Text, nullable=False),
    CheckConstraint("status IN ('waiting', 'taken', 'done', 'stuck', 'dismissed')", name="status"),
    Index(None, "status", "due_at"),
    Index(None, "lane", "id"),
    sqlite_strict=True,
)

clock_mark = Table(
    "clock_mark",
    metadata,
    Column("site", Text, primary_key=True),
    Column("latest_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    sqlite_strict=True,
)

printed_label = Table(
    "printed_label",
    metadata,
    Column("label", Text, primary_key=True),
    Column("copy", COUNT, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    CheckConstraint("kind IN ('in_process', 'final')", name="kind"),
    Index(None, "preparation"),
    sqlite_strict=True,
)

stock_taken = Table(
    "stock_taken",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("preparation", Text, primary_key=True),
    Column("number", COUNT, nullable=False),
    CheckConstraint("number > 0", name="number"),
    sqlite_strict=True,
)
"""How many tablets or capsules each preparation took out of which stock bottle; written anew from the log with the lists."""

open_vial = Table(
    "open_vial",
    metadata,
    Column("label", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("preparation", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("cabinet", Text, nullable=False),
    Column("until", Moment, nullable=False),
    Index(None, "preparation"),
    sqlite_strict=True,
)
"""Vials that were opened for one dose and kept for another, with what is left in them; written anew from the log (R32)."""

found_by = Table(
    "found_by",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("preparation", Text, primary_key=True),
    Index(None, "preparation"),
    sqlite_strict=True,
)
"""Lots (in small letters) and people that a preparation's events name: a view of the log, for the search."""

used_once = Table(
    "used_once",
    metadata,
    Column("thing", Text, primary_key=True),
    Column("preparation", Text, nullable=False),
    Index(None, "preparation"),
    sqlite_strict=True,
)
