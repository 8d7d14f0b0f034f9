"""Which orders each message was about, so that a message is found by an order's number also when a later one followed."""

import sqlalchemy as sa
from alembic import op

revision = "0027_orders_of_messages"
down_revision = "0026_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names; of messages of before, only the newest of an order is found by its number."""
    op.create_table(
        "order_named",
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.seq"], name=op.f("fk_order_named_message_message")),
        sa.PrimaryKeyConstraint("message", "key", name=op.f("pk_order_named")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("order_named", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_named_key"), ["key"], unique=False)


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
