"""Which lots ever came into a trial's stock: a maker's code of such a lot does not tell whose a vial is."""

import json
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0039_trial_lots"
down_revision = "0038_credentials"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names, with the lots of what was received before."""
    op.create_table(
        "trial_lot",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("site", "protocol", "drug", "lot")),
        sa.PrimaryKeyConstraint("site", "protocol", "drug", "lot", name=op.f("pk_trial_lot")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("trial_lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_lot_lot"), ["lot"], unique=False)
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT site, protocol, body FROM trial_line WHERE what = 'received'")).all()
    for site, protocol, drug, lot in sorted({_of(*row) for row in rows}):
        told = {"site": site, "protocol": protocol, "drug": drug, "lot": lot}
        conn.execute(sa.text("INSERT INTO trial_lot VALUES (:site, :protocol, :drug, :lot)"), told)


def _of(site: str, protocol: str, body: str) -> tuple[str, str, str, str]:
    said = json.loads(body)
    return site, protocol, _folded(said["held"]["drug"]), _folded(said["lot"]).replace(" ", "")


def _folded(text: str) -> str:
    """Fold as the application did when this was written: a migration stands by itself."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(map(_plain, plain)).split())


def _plain(one: str) -> str:
    kind = unicodedata.category(one)
    if kind == "Pd" or one == "\N{MINUS SIGN}":
        return "-"
    return " " if kind[0] == "Z" else "" if kind == "Mn" or kind[0] == "C" else one


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
