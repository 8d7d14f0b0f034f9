"""Who made a package, which a compounding record names; and what exports call a patient after their text was purged."""

import sqlalchemy as sa
from alembic import op

revision = "0010_maker_and_pseudonyms"
down_revision = "0009_histories"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.add_column("package", sa.Column("maker", sa.Text(), server_default="", nullable=False))
    op.add_column("order_text", sa.Column("pseudonyms", sa.Text(), nullable=True))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
