"""Sender profiles as stored data: versions, drafts with their signatures, and by which version a message was read."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0024_sender_profiles"
down_revision = "0023_policy_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names; messages of before have no version noted."""
    count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "sender_profile",
        sa.Column("seq", count, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", count, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0 AND version > 0", name=op.f("ck_sender_profile_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sender_profile")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_sender_profile_name_version")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    op.create_table(
        "sender_profile_draft",
        sa.Column("seq", count, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_sender_profile_draft_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sender_profile_draft")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("sender_profile_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sender_profile_draft_name"), ["name"], unique=False)
    op.create_table(
        "read_by",
        sa.Column("seq", count, nullable=False),
        sa.Column("message", count, nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("version", count, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_read_by_counted")),
        sa.ForeignKeyConstraint(["message"], ["message.seq"], name=op.f("fk_read_by_message_message")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_read_by")),
        sa.UniqueConstraint("message", name=op.f("uq_read_by_message")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    guards.only_grows("sender_profile", ("seq",), ("name", "version"))
    guards.only_grows("sender_profile_draft", ("seq",))
    guards.only_grows("read_by", ("seq",), ("message",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
