"""Units and pictures that belong to one preparation alone."""

import sqlalchemy as sa
from alembic import op

revision = "0007_used_once"
down_revision = "0006_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "used_once",
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("thing", name=op.f("pk_used_once")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("used_once", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_once_preparation"), ["preparation"], unique=False)


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
