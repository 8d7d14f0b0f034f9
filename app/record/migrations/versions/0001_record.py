"""The record: events and heads, receipts, refusals, photos, patient text, the first views, the outbox."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import append_event, guards

revision = "0001_record"
down_revision = None
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, then the triggers of those that only grow, then the one way into the log."""
    _log()
    _running()
    _contents()
    _outbox()
    _preparations()
    guards.only_grows("event", ("seq",), ("command_id", "ordinal"), ("preparation", "version"), ("site", "site_seq"))
    guards.only_grows("checkpoint", ("seq",), ("site", "epoch", "site_seq"))
    guards.only_grows("receipt", ("seq",), ("command_id",))
    guards.only_grows("refusal", ("seq",))
    guards.only_grows("blob", ("seq",), ("sha256",))
    guards.only_grows("purge", ("seq",), ("what", "ref"))
    append_event.make()


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")


def _log() -> None:
    """The events, the head of each site, the signed statements over them."""
    op.create_table(
        "event",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("version", COUNT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shape", COUNT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("second_person", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("ordinal", COUNT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_seq", COUNT, nullable=False),
        sa.Column("site_digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(digest) = 32 AND length(site_digest) = 32", name=op.f("ck_event_digests")),
        sa.CheckConstraint(
            "seq > 0 AND version > 0 AND shape > 0 AND ordinal >= 0 AND site_seq > 0", name=op.f("ck_event_counted")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("command_id", "ordinal", name=op.f("uq_event_command_id_ordinal")),
        sa.UniqueConstraint("preparation", "version", name=op.f("uq_event_preparation_version")),
        sa.UniqueConstraint("site", "site_seq", name=op.f("uq_event_site_site_seq")),
        sqlite_strict=True,
    )
    op.create_table(
        "site_head",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("site_seq", COUNT, nullable=False),
        sa.Column("site_digest", sa.LargeBinary(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoint",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("epoch", COUNT, nullable=False),
        sa.Column("site_seq", COUNT, nullable=False),
        sa.Column("site_digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_checkpoint_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("site", "epoch", "site_seq", name=op.f("uq_checkpoint_site_epoch_site_seq")),
        sqlite_strict=True,
    )


def _running() -> None:
    """What was answered and what was refused, each with a running digest."""
    op.create_table(
        "running_head",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_running_head")),
        sqlite_strict=True,
    )
    op.create_table(
        "receipt",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("status", COUNT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_receipt_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_receipt")),
        sa.UniqueConstraint("command_id", name=op.f("uq_receipt_command_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "refusal",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("stream", sa.Text(), nullable=True),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_refusal_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_refusal")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refusal_stream"), ["stream"], unique=False)


def _contents() -> None:
    """Photos by their content, what was purged, and the patient's text."""
    op.create_table(
        "blob",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", COUNT, nullable=False),
        sa.Column("identifying", COUNT, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("identifying IN (0, 1)", name=op.f("ck_blob_identifying")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_blob_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_blob")),
        sa.UniqueConstraint("sha256", name=op.f("uq_blob_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "purge",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_purge_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_purge")),
        sa.UniqueConstraint("what", "ref", name=op.f("uq_purge_what_ref")),
        sqlite_strict=True,
    )
    op.create_table(
        "order_text",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_text")),
        sqlite_strict=True,
    )


def _outbox() -> None:
    """What must follow a commit."""
    op.create_table(
        "outbox",
        sa.Column("id", COUNT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", COUNT, nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("taken_until", sa.Text(), nullable=True),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'taken', 'done', 'stuck', 'dismissed')", name=op.f("ck_outbox_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_lane_id"), ["lane", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_status_due_at"), ["status", "due_at"], unique=False)


def _preparations() -> None:
    """Where each preparation stands, projected from the log."""
    op.create_table(
        "preparation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", COUNT, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("cabinet", sa.Text(), nullable=True),
        sa.Column("technician", sa.Text(), nullable=True),
        sa.Column("drug", sa.Text(), nullable=False),
        sa.Column("dose", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=True),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("updated_site_seq", COUNT, nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["order_text.id"], name=op.f("fk_preparation_patient_order_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preparation")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("preparation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_preparation_site_status_due"), ["site", "status", "due"], unique=False)
        batch_op.create_index(batch_op.f("ix_preparation_updated_site_seq"), ["updated_site_seq"], unique=False)
