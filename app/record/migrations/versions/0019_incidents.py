"""Spills, exposures and their yearly simulation."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0019_incidents"
down_revision = "0018_billing_codes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "incident",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq > 0 AND version > 0", name=op.f("ck_incident_counted")),
        sa.CheckConstraint("kind IN ('spill', 'drill')", name=op.f("ck_incident_kind")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_incident")),
        sa.UniqueConstraint("id", "version", name=op.f("uq_incident_id_version")),
        info={"append_only": True, "running": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_preparation"), ["preparation"], unique=False)

    guards.only_grows("incident", ("seq",), ("id", "version"))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
