"""The checker's own sum of how long vials that were opened for earlier doses may still serve (R30, R31)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from workflows.evidence import Container
from workflows.recipe import Recipe


def others_until(inside: Iterable[tuple[str, Container]], recipe: Recipe) -> list[datetime]:
    """Return every limit of the opened vials among what went in: by what was kept, and by this recipe, from each puncture."""
    known = [one.opened for _, one in inside if one.opened]
    most = [Decimal(720), (recipe.opened_h or Decimal(12)) * 60, (recipe.stability_h or Decimal(0)) * 60]
    return [one.until for one in known] + [
        one.punctured_at + timedelta(minutes=int(minutes)) for one in known for minutes in most
    ]
