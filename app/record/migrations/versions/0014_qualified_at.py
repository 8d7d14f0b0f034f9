"""When a balance's repeatability was measured at its station: a reading keeps it, with the figure itself."""

import sqlalchemy as sa
from alembic import op

revision = "0014_qualified_at"
down_revision = "0013_sites"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it, and take it from the equipment's history where s was measured before."""
    with op.batch_alter_table("balance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("qualified_at", sa.Text(), nullable=True))
    op.execute(
        "UPDATE balance SET qualified_at = (SELECT max(at) FROM equipment_event"
        " WHERE equipment = balance.name AND what = 'qualified')"
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
