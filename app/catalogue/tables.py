"""Products and their package codes, received units, recalls, signed recipes and policies, tall-man names."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Table, Text, UniqueConstraint

from app.record.columns import COUNT, Moment
from app.record.tables import RUNNING, metadata

package = Table(
    "package",
    metadata,
    Column("gtin14", Text, primary_key=True),
    Column("ndc", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("drug", Text, nullable=False),
    Column("concentration_mg_ml", Text),
    Column("amount_mg", Text),
    Column("volume_ml", Text),
    Column("fluid", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("single_dose", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    Column("maker", Text, nullable=False, default="", server_default=""),
    Column("national", Text, nullable=False, default="", server_default=""),
    Column("pieces", COUNT),
    Column("materials", Text, nullable=False, default="", server_default=""),
    CheckConstraint("role IN ('drug', 'diluent', 'base', 'device')", name="role"),
    Index(None, "item"),
    sqlite_strict=True,
)
"""One row a package code; several share an `item` (R18a). Amounts are decimal text. No `confirmed_by`: unconfirmed (U1).

`pieces`: how many a full stock bottle holds. `materials`: what the drug touches is made of, with commas between.

`national`: its number where its own code holds no GTIN, as `PZN 01234562`, `AIC 012345676` or `HIBC A123/BJC5D6E7/1`.
"""

unit = Table(
    "unit",
    metadata,
    Column("label", Text, primary_key=True),
    Column("gtin14", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("expiry", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("received_by", Text, nullable=False),
    sqlite_strict=True,
)
"""A received container with our own unit label (%VT-U-…%): its maker's code cannot tell it from others (R16)."""

recall = Table(
    "recall",
    metadata,
    Column("gtin14", Text, primary_key=True),
    Column("lot", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", Text),
    Column("withdrawn_second", Text),
    Column("withdrawn_why", Text),
    sqlite_strict=True,
)
"""A recalled lot. One that was withdrawn stays here and counts no more; both acts stand in the site's own stream (R19)."""

recipe = Table(
    "recipe",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("drug", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("effective_from", Moment, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("name", "version"),
    CheckConstraint("seq > 0 AND version > 0", name="counted"),
    Index(None, "drug"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Signed master formulation records; a change is a new version, never an edit (R49)."""

policy = Table(
    "policy",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("body", Text, nullable=False),
    Column("effective_from", Moment, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("site", "version"),
    CheckConstraint("seq > 0 AND version > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)

tallman = Table(
    "tallman",
    metadata,
    Column("name", Text, primary_key=True),
    Column("printed", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    sqlite_strict=True,
)

hazardous_drug = Table(
    "hazardous_drug",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("drug", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("site", "drug", "form", "version"),
    CheckConstraint("seq > 0 AND version > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""A site's lines of the hazardous-drug list: its own values, and each signature; the newest of a drug and form counts (R38)."""

hazard_review = Table(
    "hazard_review",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""When a site's hazardous-drug list was reviewed as a whole, and by whom."""

billing_code = Table(
    "billing_code",
    metadata,
    Column("ndc", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("first_day", Text, primary_key=True),
    Column("last_day", Text, nullable=False),
    Column("unit_mg", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    sqlite_strict=True,
)
"""A HCPCS code of a package on some days (R58): NDC as 5-4-2 with dashes, ISO days or empty, mg of a unit as decimal text."""

recipe_draft = Table(
    "recipe_draft",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "name"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Recipes in the writing: each draft and each signature over it is a row; the newest of a name counts until it is a version."""

recipe_withdrawal = Table(
    "recipe_withdrawal",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", COUNT, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "name"),
    info=RUNNING,
    sqlite_strict=True,
)
"""Recipes that were withdrawn: nothing is made any more by `version` of that name, nor by one before it."""

clearance = Table(
    "clearance",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("order_key", Text, nullable=False),
    Column("requirement", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "order_key"),
    info=RUNNING,
    sqlite_strict=True,
)
"""What was confirmed of an order before it is made; the newest row of an order and requirement counts, also one taken back."""

policy_draft = Table(
    "policy_draft",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("site", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    info=RUNNING,
    sqlite_strict=True,
)
"""A site's policy in the writing: each draft and each signature over it is a row; the newest counts until it is a version."""

package_draft = Table(
    "package_draft",
    metadata,
    Column("seq", COUNT, primary_key=True),
    Column("gtin14", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="counted"),
    Index(None, "gtin14"),
    info=RUNNING,
    sqlite_strict=True,
)
"""What people wrote of a package code: each draft and each signature is a row; the second signature puts it into `package`."""
