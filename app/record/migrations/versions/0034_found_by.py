"""Which lots and which people a preparation's events name, so that a search by either reads no log."""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0034_found_by"
down_revision = "0033_tablet_messages"
branch_labels = None
depends_on = None

TOGETHER = 2000
"""Events that are read at once."""
LOT = re.compile(r'"lot":("(?:[^"\\]|\\.)*")')


def upgrade() -> None:
    """Add what the sentence above names, and read it from the log as it stands."""
    op.create_table(
        "found_by",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "preparation", name=op.f("pk_found_by")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("found_by", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_found_by_preparation"), ["preparation"], unique=False)
    conn, after = op.get_bind(), 0
    query = sa.text(
        "SELECT seq, preparation, who, second_person, body FROM event WHERE seq > :after ORDER BY seq LIMIT :most"
    )
    while rows := conn.execute(query, {"after": after, "most": TOGETHER}).all():
        after = rows[-1].seq
        found = {one for row in rows for one in _named(row)}
        if found:
            conn.execute(
                sa.text(
                    "INSERT INTO found_by (kind, value, preparation) VALUES (:kind, :value, :of) ON CONFLICT DO NOTHING"
                ),
                [{"kind": kind, "value": value, "of": of} for kind, value, of in sorted(found)],
            )


def _named(row: sa.Row) -> set[tuple[str, str, str]]:
    if row.preparation.startswith("site/"):
        return set()
    lots = {("lot", str(json.loads(lot)).lower(), row.preparation) for lot in LOT.findall(row.body)}
    people = {("person", one, row.preparation) for one in (row.who, row.second_person) if one}
    return {one for one in lots | people if one[1]}


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
