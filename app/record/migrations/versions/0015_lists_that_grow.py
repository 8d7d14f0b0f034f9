"""Indexes for the lists that grow with the years: what is asked again and again reads its own lines, not all there ever were."""

from alembic import op

revision = "0015_lists_that_grow"
down_revision = "0014_qualified_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them. The number of the last change is asked for by site: the index of the number alone goes."""
    op.drop_index("ix_preparation_updated_site_seq", "preparation")
    op.create_index("ix_preparation_site_updated_site_seq", "preparation", ["site", "updated_site_seq"])
    op.create_index("ix_preparation_site_due_id", "preparation", ["site", "due", "id"])
    op.create_index("ix_ordered_site_received_at", "ordered", ["site", "received_at"])
    op.create_index("ix_ordered_preparation", "ordered", ["preparation"])


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
