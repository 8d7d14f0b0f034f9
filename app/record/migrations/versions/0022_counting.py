"""Counting trays, how many are in a stock bottle, and how many each preparation took out of one."""

import sqlalchemy as sa
from alembic import op

revision = "0022_counting"
down_revision = "0021_clearances"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names; a package counted before has no number until its formulary is loaded again."""
    count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pieces", count, nullable=True))
    op.create_table(
        "counting_tray",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("last_drug", sa.Text(), nullable=False),
        sa.Column("decontaminated", count, nullable=False),
        sa.CheckConstraint("decontaminated IN (0, 1)", name=op.f("ck_counting_tray_decontaminated")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_counting_tray")),
        sa.UniqueConstraint("label", name=op.f("uq_counting_tray_label")),
        sqlite_strict=True,
    )
    op.create_table(
        "stock_taken",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("number", count, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_stock_taken_number")),
        sa.PrimaryKeyConstraint("unit", "preparation", name=op.f("pk_stock_taken")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
