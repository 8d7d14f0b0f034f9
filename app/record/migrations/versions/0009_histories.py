"""Histories carry running digests: people, user names, wrong tries, equipment, messages, recipes, policies."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0009_histories"
down_revision = "0008_upkeep"
branch_labels = None
depends_on = None

COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TOGETHER = 500
"""Rows that are carried over at once."""

UNIQUE = {
    "attempt": (("seq",),),
    "equipment_event": (("seq",),),
    "message": (("seq",),),
    "person_history": (("seq",),),
    "policy": (("seq",), ("site", "version")),
    "recipe": (("seq",), ("name", "version")),
    "user_name": (("seq",), ("folded",)),
}
ORDER = {"user_name": "since, folded"}
"""How the old rows are counted, where they were not counted before."""
INDEXES = {
    "equipment_event": (["equipment"],),
    "message": (["sender", "control_id"],),
    "person_history": (["person"],),
    "recipe": (["drug"],),
    "user_name": (["person"],),
}


def upgrade() -> None:
    """Make each table anew with its digests over the rows that were there, in their order."""
    _the_old_history_stands()
    for name in UNIQUE:
        op.execute(f"CREATE TABLE {name}_before AS SELECT * FROM {name}")  # noqa: S608  # names of our own tables
        op.drop_table(name)
    _people()
    _equipment_and_messages()
    _signed()
    for name, columns in INDEXES.items():
        with op.batch_alter_table(name, schema=None) as batch_op:
            for some in columns:
                batch_op.create_index(batch_op.f(f"ix_{name}_{'_'.join(some)}"), some, unique=False)
    for name, keys in UNIQUE.items():
        _carry_over(name)
        op.drop_table(f"{name}_before")
        guards.only_grows(name, *keys)


def _the_old_history_stands() -> None:
    """Refuse to put new digests over a history of people that does not fit its old ones."""
    before = "0" * 64
    rows = op.get_bind().execute(sa.text("SELECT * FROM person_history ORDER BY seq")).mappings()
    for number, row in enumerate(rows, 1):
        stamp = row["at"].removesuffix("Z") + "+00:00"
        fields = [str(row["seq"]), stamp, *(row[name] for name in ("by", "station", "person", "what", "body"))]
        text = json.dumps([before, *fields], separators=(",", ":"), ensure_ascii=False)
        before = hashlib.sha256(b"vialtrace/person/1\0" + text.encode()).hexdigest()
        if row["seq"] != number or row["digest"] != before:
            raise guards.WillNotMigrate(
                f"line {number} of the history of people is not what was written. "
                "Keep this database for the inquiry and restore the newest backup whose history stands."
            )


def _carry_over(name: str) -> None:
    """Copy the rows, count them, chain them, and write the head."""
    conn = op.get_bind()
    table = sa.Table(name, sa.MetaData(), autoload_with=conn)
    query = sa.text(f"SELECT * FROM {name}_before ORDER BY {ORDER.get(name, 'seq')}")  # noqa: S608  # names of our own tables and columns
    seq, before = 0, bytes(32)
    for page in conn.execute(query).mappings().partitions(TOGETHER):
        rows = []
        for old in page:
            seq += 1
            row = {_renamed(name, key): value for key, value in old.items()}
            row = {key: value for key, value in row.items() if key != "digest"} | {"seq": seq}
            body = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            before = hashlib.sha256(b"vialtrace/row/1\0" + before + body).digest()
            rows.append({**row, "digest": before})
        conn.execute(sa.insert(table), rows)
    if seq:
        head = sa.table("running_head", sa.column("name"), sa.column("seq"), sa.column("digest"))
        conn.execute(sa.insert(head), {"name": name, "seq": seq, "digest": before})


def _renamed(name: str, column: str) -> str:
    return "content_digest" if (name, column) == ("message", "digest") else column


def _people() -> None:
    op.create_table(
        "attempt",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        *_digested("attempt"),
        sqlite_strict=True,
    )
    op.create_table(
        "person_history",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *_digested("person_history"),
        sqlite_strict=True,
    )
    op.create_table(
        "user_name",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_user_name_person_person")),
        sa.UniqueConstraint("folded", name=op.f("uq_user_name_folded")),
        *_digested("user_name"),
        sqlite_strict=True,
    )


def _equipment_and_messages() -> None:
    op.create_table(
        "equipment_event",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        *_digested("equipment_event"),
        sqlite_strict=True,
    )
    op.create_table(
        "message",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.CheckConstraint("outcome IN ('accepted', 'content', 'door')", name=op.f("ck_message_outcome")),
        *_digested("message"),
        sqlite_strict=True,
    )


def _signed() -> None:
    op.create_table(
        "policy",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("version", COUNT, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Text(), nullable=False),
        sa.UniqueConstraint("site", "version", name=op.f("uq_policy_site_version")),
        *_digested("policy", "seq > 0 AND version > 0"),
        sqlite_strict=True,
    )
    op.create_table(
        "recipe",
        sa.Column("seq", COUNT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", COUNT, nullable=False),
        sa.Column("drug", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Text(), nullable=False),
        sa.UniqueConstraint("name", "version", name=op.f("uq_recipe_name_version")),
        *_digested("recipe", "seq > 0 AND version > 0"),
        sqlite_strict=True,
    )


def _digested(name: str, counted: str = "seq > 0") -> tuple[Any, ...]:
    return (
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(counted, name=op.f(f"ck_{name}_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
