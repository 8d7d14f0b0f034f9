"""Billing codes by package and day."""

import sqlalchemy as sa
from alembic import op

revision = "0018_billing_codes"
down_revision = "0017_hazardous_drugs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "billing_code",
        sa.Column("ndc", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Text(), nullable=False),
        sa.Column("unit_mg", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ndc", "code", "first_day", name=op.f("pk_billing_code")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
