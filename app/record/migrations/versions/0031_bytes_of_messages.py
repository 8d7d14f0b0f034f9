"""Messages lie in the record itself, in the transaction of what came of them; those of before stay where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0031_bytes_of_messages"
down_revision = "0030_one_name"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table that the sentence above speaks of."""
    op.create_table(
        "blob_within",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_within")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
