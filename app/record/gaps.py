"""Names the numbers that are missing where two rows follow each other that should not."""

from __future__ import annotations


def missing(what: str, last: int, then: int, of: str = "") -> str:
    """Say what lies between two numbers: "event 41 of site MAIN is missing", "events 41 to 43 are missing".

    Where the second number is not the larger one, nothing lies between: what should have come next is named.
    """
    if then - last <= 2:
        return f"{what} {last + 1}{of} is missing"
    return f"{what}s {last + 1} to {then - 1}{of} are missing"
