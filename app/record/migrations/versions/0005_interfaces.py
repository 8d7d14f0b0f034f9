"""Interfaces: messages with their answers, orders as they stand, patients as last told."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0005_interfaces"
down_revision = "0004_printed_labels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "message",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('accepted', 'content', 'door')", name=op.f("ck_message_outcome")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_message_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_message")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_sender_control_id"), ["sender", "control_id"], unique=False)

    op.create_table(
        "patient_now",
        sa.Column("mrn", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mrn", "authority", name=op.f("pk_patient_now")),
        sqlite_strict=True,
    )
    op.create_table(
        "ordered",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("mrn", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("waits", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["order_text.id"], name=op.f("fk_ordered_patient_order_text")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ordered")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("ordered", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ordered_mrn"), ["mrn"], unique=False)

    guards.only_grows("message", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
