"""Drugs that kill by another way than into a vein, as the checker knows them: by the recipe's own word or by a name."""

from __future__ import annotations

import unicodedata

from workflows.recipe import Recipe

FATAL = (
    *(
        "vincrist",
        "vinblast",
        "vinorelb",
        "vindesi",
        "vinflun",
        "vinkrist",
        "vinkriszt",
        "winkryst",
        "winblast",
        "winorelb",
    ),
    *("windezyn", "винкрист", "винбласт", "винорелб", "виндез", "винфлун"),
    *("βινκριστ", "βινμπλαστ", "βινβλαστ", "βινορελ", "βινδεσ", "βινφλουν"),
)
"""Vinca drugs by what their names begin with, in small letters without accents."""


def is_fatal(recipe: Recipe) -> bool:
    """Say whether it kills by another way than into a vein."""
    letters = unicodedata.normalize("NFD", recipe.drug.casefold())
    name = "".join(one for one in letters if unicodedata.category(one) != "Mn")
    return recipe.vinca or any(one in name for one in FATAL)
