"""One line of the table that a pharmacist judges by: what was wanted, what was found, how far apart, how sure."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.copying import replace
from workflows.quantities import Mass
from workflows.targets import Target
from workflows.uncertainty import Guard
from workflows.wording import chance_words, percent, reading

NOT_STATED = "uncertainty not stated"
"""What stands beside an amount whose readings were kept before they stated what their balance could do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    """What is compared."""
    wanted: str
    """Ordered or expected."""
    found: str
    """Found; empty while it is not known."""
    difference: str
    """Signed, with unit; empty where there is none."""
    limit: str
    """The limit it was judged by."""
    right: bool | None
    """Whether it is inside; None while unknown or only recorded."""
    formula: str = ""
    """How the number came about, with its inputs and their source."""
    strong: bool = False
    """The line that matters most: the dose."""
    readings: tuple[str, ...] = ()
    """The slots of the two readings that it is the difference of; empty where nothing was weighed for it."""
    expanded: str = ""
    """How far the truth may be from what was found: ± 0.04 g, or that it was not stated; empty for what is not gated."""
    chance: str = ""
    """Chance that the true value is outside the limit, in words; empty where nothing can be said."""
    budget: tuple[str, ...] = ()
    """What that uncertainty is made of, a term a line."""


def against(name: str, found: Mass | None, aim: Target, formula: str, readings: tuple[str, str]) -> Line:
    """Return a weighed mass against what was planned; `readings` are the slots that it is the difference of."""
    limit = f"{reading(aim.low_g)} to {reading(aim.high_g)} g"
    if found is None:
        return Line(name, f"{reading(aim.expected_g)} g", "", "", limit, None, formula, readings=readings)
    off = percent(found.g / aim.expected_g - 1)
    inside = aim.low_g <= found.g <= aim.high_g
    wanted, measured_as = f"{reading(aim.expected_g)} g", f"{reading(found.g)} g"
    return Line(name, wanted, measured_as, off, limit, inside, formula, readings=readings)


def doubted(line: Line, guard: Guard | None, places: int) -> Line:
    """Return a gated line with its uncertainty; a record of a release that did not state it says so."""
    if not line.found:
        return line
    if guard is None:
        return replace(line, expanded=NOT_STATED)
    terms = (f"{term.what} {reading(term.u, places + 1)} {guard.unit}: {term.says}" for term in guard.terms)
    root = f"together √(sum of squares) = {reading(guard.u, places + 1)} {guard.unit}; twice that = U"
    said = f"U = {reading(guard.expanded, places)} {guard.unit}"
    return replace(line, expanded=said, chance=chance_words(guard.chance), budget=(*terms, root))
