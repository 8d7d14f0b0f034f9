"""A site's policy in the writing, with the signatures over each draft."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0023_policy_drafts"
down_revision = "0022_counting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "policy_draft",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_policy_draft_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_policy_draft")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    guards.only_grows("policy_draft", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
