"""Training that somebody took: which part of which plan, its result, who entered it and when who took it signed."""

import sqlalchemy as sa
from alembic import op

revision = "0042_trainings"
down_revision = "0041_doses"
branch_labels = None
depends_on = None
FLAG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "training",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "person", "plan", "item", "part")),
        sa.Column("oncology", FLAG, nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("accredited", FLAG, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("on", "trainer")),
        sa.Column("passed", FLAG, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("result", "evidence", "entered_by", "entered")),
        sa.Column("signed", sa.Text(), nullable=True),
        sa.CheckConstraint("oncology IN (0, 1)", name=op.f("ck_training_oncology")),
        sa.CheckConstraint("accredited IN (0, 1)", name=op.f("ck_training_accredited")),
        sa.CheckConstraint("passed IN (0, 1)", name=op.f("ck_training_passed")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_training_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_person"), ["person"], unique=False)


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
