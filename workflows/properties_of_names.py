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


NEVER_DAILY = ("methotrex", "metotrex", "metotreks", "metotress", "amethopterin", "метотрексат", "μεθοτρεξ")
"""Methotrexate in the same letters."""


def is_fatal(recipe: Recipe) -> bool:
    """Say whether it kills by another way than into a vein."""
    return recipe.vinca or any(one in _plainly(recipe.drug) for one in FATAL)


def is_never_daily(words: str) -> bool:
    """Say whether a drug is named that kills when it is taken daily."""
    return any(one in _plainly(words) for one in NEVER_DAILY)


def _plainly(words: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", words.casefold()) if unicodedata.category(one) != "Mn")
