"""Who is told by HTTP what becomes of a preparation."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0026_webhooks"
down_revision = "0025_package_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "subscription",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_subscription_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_subscription")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_id"), ["id"], unique=False)

    guards.only_grows("subscription", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
