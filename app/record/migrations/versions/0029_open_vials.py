"""Vials that were opened and kept for another dose, and those of them that were thrown away."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0029_open_vials"
down_revision = "0028_api_tokens"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "open_vial",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cabinet", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_open_vial")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("open_vial", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open_vial_preparation"), ["preparation"], unique=False)
    op.create_table(
        "open_vial_discarded",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_open_vial_discarded_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_open_vial_discarded")),
        sa.UniqueConstraint("label", name=op.f("uq_open_vial_discarded_label")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    guards.only_grows("open_vial_discarded", ("seq",), ("label",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
