"""Signed recipes and site policies: kept as they were signed, found by what was ordered and when (R49, R17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, exists, literal_column, select

from app.catalogue.tables import policy, recipe, recipe_withdrawal
from app.record import canonical, codec
from app.record.columns import moment_text
from app.record.prepared import FIRST, Prepared
from app.record.running import append_row
from workflows.made_by import Master
from workflows.order import Order
from workflows.recipe import CountRecipe, Policy, Recipe
from workflows.trials import may_name, names
from workflows.wording import amount

NOT_WITHDRAWN = ~exists().where(
    recipe_withdrawal.c.name == recipe.c.name, recipe_withdrawal.c.version >= recipe.c.version
)
"""Whether a signed version may still make something."""
_OF_DRUG = Prepared(
    select(recipe.c.name, recipe.c.body)
    .where(recipe.c.drug == bindparam("of"), recipe.c.effective_from <= bindparam("at", type_=Text), NOT_WITHDRAWN)
    .order_by(recipe.c.version)
)
_OF_TRIALS = Prepared(
    select(recipe.c.body).where(
        recipe.c.drug == bindparam("of"),
        recipe.c.body.like(literal_column('\'%"protocol":"%\'')),
        recipe.c.body.not_like(literal_column('\'%"protocol":""%\'')),
    )
)
"""Every version that there ever was of a drug's recipes of trials."""
_POLICY = Prepared(
    select(policy.c.body)
    .where(policy.c.site == bindparam("of"), policy.c.effective_from <= bindparam("at", type_=Text))
    .order_by(policy.c.version.desc())
    .limit(FIRST)
)
COUNTS = "count_recipe"
"""Tag of a kept recipe that counts units; those by weight were kept before there was another kind, and have none."""


def add_recipe(conn: Connection, made: Master, *, effective_from: datetime) -> None:
    """Keep a recipe's new version. The database refuses a version that is there already."""
    kind = {"kind": COUNTS} if isinstance(made, CountRecipe) else {}
    body = canonical.dump({**codec.encode(made), **kind}).decode()
    row = {"name": made.name, "version": made.version, "drug": made.drug, "body": body}
    append_row(conn, recipe, {**row, "effective_from": effective_from})


def read(body: str) -> Master:
    """Return a recipe as it was kept."""
    data: Any = canonical.parse(body)
    if data.get("kind") == COUNTS:
        return codec.decode(CountRecipe, {name: value for name, value in data.items() if name != "kind"})
    return codec.decode(Recipe, data)


def recipes_of(conn: Connection, drug: str, at: datetime) -> tuple[Master, ...]:
    """Return the newest effective version of each recipe for a drug, by name; what was withdrawn makes nothing."""
    newest = dict(_OF_DRUG.rows(conn, {"of": drug, "at": moment_text(at)}))
    return tuple(read(newest[name]) for name in sorted(newest))


def in_force(conn: Connection, at: datetime) -> tuple[Master, ...]:
    """Return the newest effective version of every recipe, by name."""
    drugs = sorted(set(conn.execute(select(recipe.c.drug)).scalars()))
    return tuple(one for drug in drugs for one in recipes_of(conn, drug, at))


def recipe_for(conn: Connection, order: Order, at: datetime) -> Master | str:
    """Return the one recipe that makes this order, or why there is none: never a choice by guessing."""
    known = _of_its_trial(order, recipes_of(conn, order.drug, at))
    if not known:
        gone = conn.execute(
            select(recipe.c.name).where(recipe.c.drug == order.drug, ~NOT_WITHDRAWN).distinct()
        ).scalars()
        was = "".join(f" {name} was withdrawn." for name in sorted(gone))
        return f"There is no recipe for {order.drug}.{was} A pharmacist writes and signs one."
    stated = [one.concentration for one in order.actives if one.drug == order.drug and one.concentration]
    meant = [one for one in known if order.container in one.containers] or known
    counted = [one for one in meant if isinstance(one, CountRecipe)]
    if counted:
        return _one_of([one for one in counted if order.strength in ("", f"{amount(one.strength_mg)} mg")] or counted)
    weighed = [one for one in meant if isinstance(one, Recipe)]
    fitting = [one for one in weighed if order.base is None or order.base.fluid in one.bases] or weighed
    if stated:
        named = [one for one in fitting if f"{one.concentration_mg_ml.normalize():f} mg/mL" == stated[0]]
        if not named:
            return f"No recipe for {order.drug} uses {stated[0]}. A pharmacist writes and signs one."
        fitting = named
    return _one_of(fitting)


def _of_its_trial(order: Order, known: Sequence[Master]) -> list[Master]:
    """Return the recipes of the trial that an order names, where there are any; else those of no trial (R56)."""
    own = [one for one in known if isinstance(one, Recipe) and names(order, one.protocol)]
    return own or [one for one in known if not (isinstance(one, Recipe) and one.protocol)]  # type: ignore[return-value]  # both are masters


def may_be_of(conn: Connection, order: Order, at: datetime) -> tuple[str, ...]:
    """Return the trials of the ordered drug that an order may mean, and by whose recipe it is not made now (R56).

    It does not name one by its number alone; or it does, and no recipe of it counts: withdrawn, or not yet begun.
    """
    ever = [read(body) for (body,) in _OF_TRIALS.rows(conn, {"of": order.drug})]
    known = dict.fromkeys(one.protocol for one in ever if isinstance(one, Recipe) and one.protocol)
    if not known:
        return ()
    counts = {one.protocol for one in recipes_of(conn, order.drug, at) if isinstance(one, Recipe)}
    return tuple(one for one in known if (one not in counts if names(order, one) else may_name(order, one)))


def _one_of(fitting: Sequence[Master]) -> Master | str:
    if len(fitting) > 1:
        names = ", ".join(one.name for one in fitting)
        return f"Several recipes fit this order ({names}). A pharmacist makes the order name concentration or strength."
    return fitting[0]


def add_policy(conn: Connection, site: str, made: Policy, *, effective_from: datetime) -> None:
    """Keep a policy's new version."""
    body = canonical.dump(codec.encode(made)).decode()
    row = {"site": site, "version": made.version, "body": body, "effective_from": effective_from}
    append_row(conn, policy, row)


def policy_of(conn: Connection, site: str, at: datetime) -> Policy | None:
    """Return the site's newest effective policy, or None where nobody has signed one."""
    found = _POLICY.one(conn, {"of": site, "at": moment_text(at)})
    return None if found is None else codec.decode(Policy, canonical.parse(found[0]))
