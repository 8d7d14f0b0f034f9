"""The tables of people: accounts, badges, secrets, sessions, wrong tries, history."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0002_people"
down_revision = "0001_record"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    _people()
    _secrets()
    _names()
    guards.only_grows("user_name", ("folded",))
    guards.only_grows("attempt", ("seq",))
    guards.only_grows("person_history", ("seq",))


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")


def _people() -> None:
    op.create_table(
        "attempt",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_attempt")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    op.create_table(
        "lockout",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("wrong", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("last_wrong", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_lockout")),
        sqlite_strict=True,
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("printed_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("licence_states", sa.Text(), nullable=False),
        sa.Column("identity_checked_by", sa.Text(), nullable=False),
        sa.Column("active", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.CheckConstraint("active IN (0, 1)", name=op.f("ck_person_active")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sqlite_strict=True,
    )
    op.create_table(
        "person_history",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_person_history")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("person_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_history_person"), ["person"], unique=False)


def _names() -> None:
    op.create_table(
        "badge",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("revoked", sa.Text(), nullable=True),
        sa.Column("revoked_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_badge_person_person")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_badge")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("badge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_badge_person"), ["person"], unique=False)

    op.create_table(
        "competency",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Text(), nullable=False),
        sa.Column("assessor", sa.Text(), nullable=False),
        sa.Column("assessed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_competency_person_person")),
        sa.PrimaryKeyConstraint("person", "code", name=op.f("pk_competency")),
        sqlite_strict=True,
    )
    op.create_table(
        "user_name",
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_user_name_person_person")),
        sa.PrimaryKeyConstraint("folded", name=op.f("pk_user_name")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("user_name", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_name_person"), ["person"], unique=False)


def _secrets() -> None:
    op.create_table(
        "secret",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("pepper", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("to_change", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('pin', 'password')", name=op.f("ck_secret_kind")),
        sa.CheckConstraint("to_change IN (0, 1)", name=op.f("ck_secret_to_change")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_secret_person_person")),
        sa.PrimaryKeyConstraint("person", "kind", name=op.f("pk_secret")),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("last_seen", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("locked", sa.Text(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.Column("continues", sa.Text(), nullable=False),
        sa.Column("signed_both", sa.Text(), nullable=True),
        sa.Column("signed_last", sa.Text(), nullable=True),
        sa.CheckConstraint("method IN ('badge and PIN', 'name and password')", name=op.f("ck_sign_in_method")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_sign_in_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_ended"), ["person", "ended"], unique=False)
