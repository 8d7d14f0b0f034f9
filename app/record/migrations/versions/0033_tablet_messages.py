"""Messages of pharmacists to whoever makes a preparation, and that they were seen at the tablet."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0033_tablet_messages"
down_revision = "0032_withdrawn_recalls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "tablet_message",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_tablet_message_counted")),
        sa.CheckConstraint("what IN ('sent', 'seen')", name=op.f("ck_tablet_message_what")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_tablet_message")),
        sa.UniqueConstraint("message", "what", name=op.f("uq_tablet_message_message_what")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("tablet_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tablet_message_preparation"), ["preparation"], unique=False)

    guards.only_grows("tablet_message", ("seq",), ("message", "what"))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
