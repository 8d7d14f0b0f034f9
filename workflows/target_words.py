"""A mass to be moved in the words of a screen: what to draw, and what the balance must then show."""

from __future__ import annotations

from workflows.targets import Target
from workflows.wording import reading


def drawn_as(aim: Target) -> str:
    """Return a volume to be drawn as it can be drawn: at most two decimals, no trailing zero."""
    text = reading(aim.volume_ml, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def limits(aim: Target | None) -> str:
    """Return the expected grams and their limits; nothing where there is nothing to be moved."""
    if aim is None:
        return ""
    return f"{reading(aim.expected_g)} g ({reading(aim.low_g)} to {reading(aim.high_g)} g)"
