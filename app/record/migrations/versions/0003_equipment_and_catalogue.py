"""Equipment and catalogue: balances, cabinets, packages, units, recalls, recipes, policies, tall-man names."""

import sqlalchemy as sa
from alembic import op

revision = "0003_equipment_and_catalogue"
down_revision = "0002_people"
branch_labels = None
depends_on = None


TRIGGERS = (
    """CREATE TRIGGER equipment_event_no_update BEFORE UPDATE ON equipment_event
    BEGIN SELECT RAISE(ABORT, 'equipment_event only grows: nothing in it is changed'); END""",
    """CREATE TRIGGER equipment_event_no_delete BEFORE DELETE ON equipment_event
    BEGIN SELECT RAISE(ABORT, 'equipment_event only grows: nothing in it is deleted'); END""",
    """CREATE TRIGGER equipment_event_no_replace BEFORE INSERT ON equipment_event
    WHEN EXISTS (SELECT 1 FROM equipment_event WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'equipment_event only grows: this key is taken'); END""",
    """CREATE TRIGGER recipe_no_update BEFORE UPDATE ON recipe
    BEGIN SELECT RAISE(ABORT, 'recipe only grows: nothing in it is changed'); END""",
    """CREATE TRIGGER recipe_no_delete BEFORE DELETE ON recipe
    BEGIN SELECT RAISE(ABORT, 'recipe only grows: nothing in it is deleted'); END""",
    """CREATE TRIGGER recipe_no_replace BEFORE INSERT ON recipe
    WHEN EXISTS (SELECT 1 FROM recipe WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM recipe WHERE name = NEW.name AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'recipe only grows: this key is taken'); END""",
    """CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy
    BEGIN SELECT RAISE(ABORT, 'policy only grows: nothing in it is changed'); END""",
    """CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy
    BEGIN SELECT RAISE(ABORT, 'policy only grows: nothing in it is deleted'); END""",
    """CREATE TRIGGER policy_no_replace BEFORE INSERT ON policy
    WHEN EXISTS (SELECT 1 FROM policy WHERE seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM policy WHERE site = NEW.site AND version = NEW.version)
    BEGIN SELECT RAISE(ABORT, 'policy only grows: this key is taken'); END""",
)


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
    for trigger in TRIGGERS:
        op.execute(trigger)


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
