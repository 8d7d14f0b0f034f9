"""The small pharmacy in which a dose would be made that its order does not ask for: it is never opened."""

from __future__ import annotations

from dataclasses import replace

from workflows.worlds import ONE_OF_EACH

_OPENING = ONE_OF_EACH.opening
BEYOND = replace(
    ONE_OF_EACH,
    name="the sixth dose of an order for five",
    opening=replace(_OPENING, order=replace(_OPENING.order, frequency="QD", doses_total=5, dose_no=6)),
    departures=0,
    in_order=True,
    never_opened="DOSE_NOT_ORDERED",
)
