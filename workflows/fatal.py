"""Drugs that kill by another way than their own, by what their names begin with in whatever language they are written (L3)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

VINCAS = (
    *("vincrist", "vinblast", "vinorelb", "vindesi", "vinflun", "vinkrist", "vinkriszt"),
    *("winkryst", "winblast", "winorelb", "windezyn", "винкрист", "винбласт", "винорелб", "виндез", "винфлун"),
    *("βινκριστ", "βινμπλαστ", "βινβλαστ", "βινορελ", "βινδεσ", "βινφλουν"),
)
"""Fatal by any route but intravenous: in Latin, Cyrillic and Greek letters, which are those a label can be printed in."""
BY_SPINE = ("bortezomib", "бортезомиб", "βορτεζομιμπ", *VINCAS)
"""Fatal by the intrathecal route."""
NEVER_DAILY = ("methotrex", "metotrex", "metotreks", "metotress", "amethopterin", "метотрексат", "μεθοτρεξ")
"""Methotrexate, which has killed when a weekly dose was taken daily."""


def plain(name: str) -> str:
    """Return a name in small letters without accents: Vincristína is vincristina."""
    return "".join(one for one in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(one))


def named(name: str, drugs: Iterable[str]) -> bool:
    """Say whether a name is that of one of the drugs."""
    written = plain(name)
    return any(plain(one) in written for one in drugs)
