"""Printed labels: which label and copy belongs to which preparation."""

import sqlalchemy as sa
from alembic import op

revision = "0004_printed_labels"
down_revision = "0003_equipment_and_catalogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "printed_label",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("copy", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('in_process', 'final')", name=op.f("ck_printed_label_kind")),
        sa.PrimaryKeyConstraint("label", "copy", name=op.f("pk_printed_label")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("printed_label", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_printed_label_preparation"), ["preparation"], unique=False)


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
