"""The latest time a site has seen, where its clock went back."""

import sqlalchemy as sa
from alembic import op

revision = "0011_clock_mark"
down_revision = "0010_maker_and_pseudonyms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "clock_mark",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("latest_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_clock_mark")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
