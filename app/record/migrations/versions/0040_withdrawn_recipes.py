"""Recipes that were withdrawn: by whom, why, and up to which version."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0040_withdrawn_recipes"
down_revision = "0039_trial_lots"
branch_labels = None
depends_on = None
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "recipe_withdrawal",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("body", "at", "who")),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_recipe_withdrawal_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_recipe_withdrawal")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("recipe_withdrawal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recipe_withdrawal_name"), ["name"], unique=False)

    guards.only_grows("recipe_withdrawal", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
