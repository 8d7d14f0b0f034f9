"""Identity: one-time codes, passkeys, challenges, enrolment, emergency access, waivers, outside identities."""

import sqlalchemy as sa
from alembic import op

revision = "0012_identity"
down_revision = "0011_clock_mark"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    _codes()
    _passkeys()
    _people()
    _emergency()
    _columns()
    _sessions()


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")


def _codes() -> None:
    op.create_table(
        "one_time_code",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("box", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state IN ('in use', 'waiting')", name=op.f("ck_one_time_code_state")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_one_time_code_person_person")),
        sa.PrimaryKeyConstraint("person", "state", name=op.f("pk_one_time_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "recovery_code",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("pepper", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_recovery_code_person_person")),
        sa.PrimaryKeyConstraint("person", "number", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
    )


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_passkey_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_person"), ["person"], unique=False)

    op.create_table(
        "challenge",
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("over", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=True),
        sa.CheckConstraint("purpose IN ('register', 'sign-in', 'sign')", name=op.f("ck_challenge_purpose")),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_challenge")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_until"), ["until"], unique=False)


def _people() -> None:
    op.create_table(
        "competency_waiver",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_competency_waiver_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competency_waiver")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("competency_waiver", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_competency_waiver_person"), ["person"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("first_pepper", sa.Text(), nullable=False),
        sa.Column("first_by", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("second_pepper", sa.Text(), nullable=False),
        sa.Column("second_by", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("used", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('pin', 'password')", name=op.f("ck_enrolment_kind")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_enrolment_person_person")),
        sa.PrimaryKeyConstraint("person", "kind", name=op.f("pk_enrolment")),
        sqlite_strict=True,
    )


def _emergency() -> None:
    op.create_table(
        "emergency",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reviewed", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_emergency_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("emergency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_person"), ["person"], unique=False)

    op.create_table(
        "outside_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_outside_identity_person_person")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_outside_identity")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("outside_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_identity_person"), ["person"], unique=False)


def _columns() -> None:
    with op.batch_alter_table("badge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tried", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("review", sa.Text(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("licence_until", sa.Text(), nullable=True))

    with op.batch_alter_table("secret", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviewed", sa.Text(), nullable=True))


METHODS = ("badge and PIN", "name and password", "passkey", "identity provider")


def _sessions() -> None:
    """Sessions may begin with a passkey, and have a duty."""
    with op.batch_alter_table("sign_in", copy_from=_before(), table_kwargs={"sqlite_strict": True}) as batch_op:
        batch_op.drop_constraint(op.f("ck_sign_in_method"), type_="check")
        listed = ", ".join(f"'{one}'" for one in METHODS)
        batch_op.create_check_constraint(op.f("ck_sign_in_method"), f"method IN ({listed})")
        batch_op.add_column(sa.Column("duty", sa.Text(), nullable=False, server_default=""))


def _before() -> sa.Table:
    texts = ("id", "token_hash", "person", "badge", "station", "method", "started", "last_seen", "place")
    later = (("locked", True), ("ended", True), ("ended_why", False), ("continues", False))
    last = (("signed_both", True), ("signed_last", True))
    return sa.Table(
        "sign_in",
        sa.MetaData(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.Text(), nullable=may) for name, may in (*later, *last)),
        sa.CheckConstraint("method IN ('badge and PIN', 'name and password')", name="ck_sign_in_method"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_sign_in_person_person"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_token_hash"),
        sa.Index("ix_sign_in_person_ended", "person", "ended"),
    )
