"""By which other signed recipes a preparation could be made, asked of the rules before a button is drawn (R14 d, R17)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from app.catalogue.hazards import governed, on
from app.catalogue.recipes import recipes_of
from app.desk.judging import WORDY, ideal_signature
from app.preparations import workflow_of
from app.settings import Settings
from workflows import commands as asked
from workflows.authoring import differences
from workflows.circumstances import Circumstances
from workflows.decide import decide
from workflows.events import RecipeAmended
from workflows.plan import Plan
from workflows.preparation import Preparation
from workflows.recipe import Recipe


@dataclass(frozen=True)
class Choice:
    """One other recipe."""

    recipe: Recipe
    """As signed."""
    plan: Plan
    """How it would be made by it."""
    changes: tuple[tuple[str, str, str], ...]
    """Name, old and new of each value that differs."""
    again: int
    """How many filled steps would be open again."""

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.recipe.name}/{self.recipe.version}"


def choices(conn: Connection, settings: Settings, p: Preparation, now: Circumstances) -> tuple[Choice, ...]:
    """Return every recipe that this person may have it made by now, in these circumstances."""
    found = []
    for signed in recipes_of(conn, p.master.drug, now.at):
        if not isinstance(signed, Recipe):
            continue
        recipe = governed(conn, settings.site, signed, on(now.at, settings.zone))
        ask = asked.Amend(recipe, WORDY, ideal_signature(p, now.who, "recipe amended"))
        decided = decide(workflow_of(p), p, ask, now)
        if isinstance(decided, tuple) and isinstance(decided[0], RecipeAmended):
            would = decided[0]
            found.append(Choice(recipe, would.plan, differences(p.recipe, recipe), len(would.slots)))
    return tuple(found)
