"""Equipment and catalogue: balances, cabinets, packages, units, recalls, recipes, policies, tall-man names."""

import sqlalchemy as sa
from alembic import op

from app.record.migrations import guards

revision = "0003_equipment_and_catalogue"
down_revision = "0002_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sentence above names."""
    op.create_table(
        "balance",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("division_g", sa.Text(), nullable=False),
        sa.Column("repeatability_g", sa.Text(), nullable=False),
        sa.Column("capacity_g", sa.Text(), nullable=False),
        sa.Column("calibrated_until", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.Text(), nullable=True),
        sa.Column("check_valid_until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_balance")),
        sa.UniqueConstraint("station", name=op.f("uq_balance_station")),
        sqlite_strict=True,
    )
    op.create_table(
        "cabinet",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("certified_until", sa.Text(), nullable=True),
        sa.Column("category", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_drug", sa.Text(), nullable=False),
        sa.Column("decontaminated", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("category IN (1, 2)", name=op.f("ck_cabinet_category")),
        sa.CheckConstraint("decontaminated IN (0, 1)", name=op.f("ck_cabinet_decontaminated")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_cabinet")),
        sa.UniqueConstraint("label", name=op.f("uq_cabinet_label")),
        sqlite_strict=True,
    )
    op.create_table(
        "equipment_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("seq > 0", name=op.f("ck_equipment_event_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_equipment_event")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("equipment_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_equipment_event_equipment"), ["equipment"], unique=False)

    _packages_and_policies()
    _recipes_and_units()
    guards.only_grows("equipment_event", ("seq",))
    guards.only_grows("recipe", ("seq",), ("name", "version"))
    guards.only_grows("policy", ("seq",), ("site", "version"))


def _packages_and_policies() -> None:
    op.create_table(
        "package",
        sa.Column("gtin14", sa.Text(), nullable=False),
        sa.Column("ndc", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("drug", sa.Text(), nullable=False),
        sa.Column("concentration_mg_ml", sa.Text(), nullable=True),
        sa.Column("amount_mg", sa.Text(), nullable=True),
        sa.Column("volume_ml", sa.Text(), nullable=True),
        sa.Column("fluid", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("single_dose", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("role IN ('drug', 'diluent', 'base', 'device')", name=op.f("ck_package_role")),
        sa.PrimaryKeyConstraint("gtin14", name=op.f("pk_package")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_package_item"), ["item"], unique=False)

    op.create_table(
        "policy",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Text(), nullable=False),
        sa.CheckConstraint("seq > 0 AND version > 0", name=op.f("ck_policy_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_policy")),
        sa.UniqueConstraint("site", "version", name=op.f("uq_policy_site_version")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    op.create_table(
        "recall",
        sa.Column("gtin14", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("gtin14", "lot", name=op.f("pk_recall")),
        sqlite_strict=True,
    )


def _recipes_and_units() -> None:
    op.create_table(
        "recipe",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("drug", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Text(), nullable=False),
        sa.CheckConstraint("seq > 0 AND version > 0", name=op.f("ck_recipe_counted")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_recipe")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_recipe_name_version")),
        info={"append_only": True},
        sqlite_strict=True,
    )
    with op.batch_alter_table("recipe", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recipe_drug"), ["drug"], unique=False)

    op.create_table(
        "tallman",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("printed", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tallman")),
        sqlite_strict=True,
    )
    op.create_table(
        "unit",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("gtin14", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("expiry", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_unit")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """A record never goes back: restore a backup instead."""
    raise NotImplementedError("a record is not migrated backwards; restore the backup made before the upgrade")
