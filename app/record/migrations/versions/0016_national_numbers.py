"""The national number of a package: what its bars say where they hold no GTIN (PZN, AIC, HIBC)."""

import sqlalchemy as sa
from alembic import op

revision = "0016_national_numbers"
down_revision = "0015_lists_that_grow"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no package has one before it is given."""
    op.add_column("package", sa.Column("national", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
