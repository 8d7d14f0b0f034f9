"""Drugs as a site knows them: what a policy says of a drug that nobody here knows would be asked of no dose (R57, R22)."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from sqlalchemy import Connection, select

from app.catalogue import hazards
from app.catalogue.tables import package, recipe
from workflows.recipe import Policy


def known(conn: Connection, site: str) -> frozenset[str]:
    """Return every drug that a recipe, the formulary or the hazardous-drug list names, folded to one case."""
    named = {*conn.execute(select(recipe.c.drug)).scalars(), *conn.execute(select(package.c.drug)).scalars()}
    named |= {one.hazard.drug for one in hazards.listed(conn, site)}
    return frozenset(name.strip().casefold() for name in named if name and name.strip())


def unknown_in(conn: Connection, site: str, policy: Policy) -> tuple[str, ...]:
    """Return what a policy names as a drug and nobody here knows by that name, in words, with what may have been meant."""
    there = known(conn, site)
    return tuple(
        _says(name, where, there)
        for name, where in dict.fromkeys(_named(policy))
        if name.strip() and name.strip().casefold() not in there
    )


def _says(name: str, where: str, there: frozenset[str]) -> str:
    near = get_close_matches(name.strip().casefold(), sorted(there), 1)
    meant = f" Was {near[0]} meant?" if near else ""
    return (
        f"No recipe, no package of the formulary and no line of the hazardous-drug list is of “{name}”, "
        f"which {where} names: it would be asked of no dose.{meant}"
    )


def _named(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield each drug that a policy names, and where."""
    for asked in policy.requires:
        yield from ((drug, asked.name) for drug in asked.drugs)
    for added in policy.adds:
        yield from ((drug, f"“{added.says}”") for drug in added.drugs)
    for line in policy.pump_library:
        yield line.drug, f"line {line.entry} of the pumps' library"
