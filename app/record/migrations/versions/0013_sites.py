"""The sites a person works at."""

import sqlalchemy as sa
from alembic import op

revision = "0013_sites"
down_revision = "0012_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody works at every site of the record until somebody says otherwise."""
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sites", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
