"""Credentials beside competencies: programmes, certificates, registrations, entered by one and verified by a second."""

import sqlalchemy as sa
from alembic import op

revision = "0038_credentials"
down_revision = "0037_competency_sites"
branch_labels = None
depends_on = None


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "credential",
        *_words("id", "person", "code", "number", "issuer", "states", "issued"),
        sa.Column("valid_until", sa.Text(), nullable=True),
        *_words("evidence", "evidence_sha256", "entered_by", "entered", "verified_by"),
        sa.Column("verified", sa.Text(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        *_words("ended_by", "ended_why"),
        sa.CheckConstraint("verified_by <> entered_by", name=op.f("ck_credential_two_people")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_credential_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credential_person"), ["person"], unique=False)


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
