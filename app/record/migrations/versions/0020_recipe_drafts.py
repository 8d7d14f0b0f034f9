"""Recipes in the writing, with the signatures over each draft."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0020_recipe_drafts"
down_revision = "0019_incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "recipe_draft",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_recipe_draft_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_recipe_draft")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("recipe_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recipe_draft_name"), ["name"], unique=False)

    guards.only_grows("recipe_draft", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
