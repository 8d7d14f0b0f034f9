"""A site's hazardous-drug list with who signed each entry, and the reviews of it."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0017_hazardous_drugs"
down_revision = "0016_national_numbers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "hazardous_drug",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("drug", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0 AND version > 0", name=op.f("ck_hazardous_drug_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_hazardous_drug")),
        sa.UniqueConstraint("site", "drug", "form", "version", name=op.f("uq_hazardous_drug_site_drug_form_version")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    op.create_table(
        "hazard_review",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_hazard_review_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_hazard_review")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    guards.only_grows("hazardous_drug", ("seq",), ("site", "drug", "form", "version"))
    guards.only_grows("hazard_review", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
