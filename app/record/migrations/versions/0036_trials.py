"""The stock of clinical trials: the lines of its accountability, and whose dose an order of a trial is."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0036_trials"
down_revision = "0035_materials"
branch_labels = None
depends_on = None
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "trial_line",
        sa.Column("seq", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("site", "protocol", "product", "unit", "what")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("body", "at", "who", "second")),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_trial_line_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trial_line")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    op.create_table(
        "trial_assignment",
        sa.Column("seq", NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("site", "order_key", "body", "at", "who")),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_trial_assignment_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_trial_assignment")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("trial_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_line_protocol"), ["protocol"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_line_unit"), ["unit"], unique=False)
    with op.batch_alter_table("trial_assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_assignment_order_key"), ["order_key"], unique=False)

    guards.only_grows("trial_line", ("seq",))
    guards.only_grows("trial_assignment", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
