"""What bags, reservoirs and devices are made of where the drug touches them."""

import sqlalchemy as sa
from alembic import op

revision = "0035_materials"
down_revision = "0034_found_by"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names: of what stands there already it is not known."""
    op.add_column("package", sa.Column("materials", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
