"""Units that were noted in small letters get the name that scans know them under: the same in either case."""

import sqlalchemy as sa
from alembic import op

revision = "0030_one_name"
down_revision = "0029_open_vials"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Fold what the sentence above names; of two names of one vial one stays, of two of one bottle the sum."""
    conn = op.get_bind()
    for thing, _ in _small(conn, "SELECT thing, preparation FROM used_once"):
        known = conn.execute(sa.text("SELECT 1 FROM used_once WHERE thing = :new"), {"new": thing.upper()}).first()
        change = "DELETE FROM used_once" if known else "UPDATE used_once SET thing = :new"
        conn.execute(
            sa.text(f"{change} WHERE thing = :old"), {"old": thing} | ({} if known else {"new": thing.upper()})
        )
    for unit, preparation in _small(conn, "SELECT unit, preparation FROM stock_taken"):
        names = {"old": unit, "new": unit.upper(), "of": preparation}
        add = (
            "UPDATE stock_taken SET number = number + (SELECT one.number FROM stock_taken AS one WHERE one.unit = :old"
            " AND one.preparation = :of) WHERE unit = :new AND preparation = :of"
        )
        if conn.execute(sa.text(add), names).rowcount:
            conn.execute(sa.text("DELETE FROM stock_taken WHERE unit = :old AND preparation = :of"), names)
        else:
            conn.execute(sa.text("UPDATE stock_taken SET unit = :new WHERE unit = :old AND preparation = :of"), names)


def _small(conn: sa.Connection, rows: str) -> list[tuple[str, str]]:
    """Return the rows whose unit has small letters; pictures keep their names."""
    found = ((row[0], row[1]) for row in conn.execute(sa.text(rows)).all())
    return [(name, of) for name, of in found if name != name.upper() and not name.startswith("photo/")]


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
