"""Orders whose doses are made together: which preparation is which dose."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0041_doses"
down_revision = "0040_withdrawn_recipes"
branch_labels = None
depends_on = None
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "dose_made",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, NUMBER, nullable=False) for name in ("dose_no", "doses")),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("batch", "preparation", "instead_of", "why", "at", "who")
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_dose_made_counted")),
        sa.CheckConstraint("dose_no >= 1 AND dose_no <= doses", name=op.f("ck_dose_made_ordered")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_dose_made")),
        sa.UniqueConstraint("preparation", name=op.f("uq_dose_made_preparation")),
        sa.UniqueConstraint("key", "dose_no", "instead_of", name=op.f("uq_dose_made_key_dose_no_instead_of")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    guards.only_grows("dose_made", ("seq",), ("key", "dose_no", "instead_of"), ("preparation",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
