"""A competency counts at its site, and says what it rests on; those of before count at every site of their person."""

import sqlalchemy as sa
from alembic import op

revision = "0037_competency_sites"
down_revision = "0036_trials"
branch_labels = None
depends_on = None
NAMES = ("person", "code", "valid_until", "assessor", "assessed")


def upgrade() -> None:
    """Make the table anew, because the site is part of its key, and carry its rows over."""
    kept = [dict(row) for row in op.get_bind().execute(sa.text("SELECT * FROM competency")).mappings()]
    op.drop_table("competency")
    made = op.create_table(
        "competency",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_until", sa.Text(), nullable=False),
        sa.Column("assessor", sa.Text(), nullable=False),
        sa.Column("assessed", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_competency_person_person")),
        sa.PrimaryKeyConstraint("person", "code", "site", name=op.f("pk_competency")),
        sqlite_strict=True,
    )
    if kept:
        op.bulk_insert(made, [{name: row[name] for name in NAMES} | {"site": "", "evidence": ""} for row in kept])
    with op.batch_alter_table("competency_waiver", schema=None) as batch_op:
        batch_op.add_column(sa.Column("site", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
