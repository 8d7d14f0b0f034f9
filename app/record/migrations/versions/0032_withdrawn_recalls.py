"""A recall that was wrong is withdrawn by two people, and stays beside its withdrawal."""

import sqlalchemy as sa
from alembic import op

revision = "0032_withdrawn_recalls"
down_revision = "0031_bytes_of_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who withdrew a recall, when and why; every recall entered before counts."""
    with op.batch_alter_table("recall", schema=None) as batch_op:
        for name in ("withdrawn_at", "withdrawn_by", "withdrawn_second", "withdrawn_why"):
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=True))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
