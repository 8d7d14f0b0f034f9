"""By which of two kinds of plan a thing is made: by weight or by count. Asking one for what only the other has is an error."""

from __future__ import annotations

from typing import TypeAlias

from workflows.counting import CountPlan
from workflows.plan import Plan
from workflows.pumping import PumpPlan
from workflows.recipe import CountRecipe, Recipe

Master: TypeAlias = Recipe | CountRecipe
"""A signed master formulation record of either kind."""
Planned: TypeAlias = Plan | CountPlan
"""What was worked out of an order by either kind of master."""


class MadeBy:
    """The view of something that was planned: `recipe` and `plan` are those by weight, `counts` is that of a count."""

    master: Master
    """How it is to be made."""
    planned: Planned
    """What was worked out from the order and the master."""

    @property
    def recipe(self) -> Recipe:
        """How it is made by weight. Raises ValueError where units are counted: nothing of a weight is true of those."""
        if not isinstance(self.master, Recipe):
            raise ValueError(f"{self.master.name} counts units: it has no recipe by weight")
        return self.master

    @property
    def plan(self) -> Plan:
        """The plan of what is made by weight. Raises ValueError where units are counted."""
        if not isinstance(self.planned, Plan):
            raise ValueError(f"{self.master.name} counts units: it has no plan by weight")
        return self.planned

    @property
    def pump(self) -> PumpPlan | None:
        """How a pump's reservoir is filled and run; None for every other container, and for what is counted."""
        return self.planned.pump if isinstance(self.planned, Plan) else None

    @property
    def counts(self) -> CountPlan | None:
        """The plan of what is counted; None where it is made by weight."""
        return self.planned if isinstance(self.planned, CountPlan) else None

    @property
    def counted_by(self) -> CountRecipe | None:
        """The master of what is counted; None where it is made by weight."""
        return self.master if isinstance(self.master, CountRecipe) else None
