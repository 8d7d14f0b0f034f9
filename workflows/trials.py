"""Does an order belong to a clinical trial, by its own words: then nothing of it is rounded or shared (R56, R59)."""

from __future__ import annotations

import re

from workflows.order import Order

TRIAL = re.compile(r"\bNCT\d{8}\b|\b(clinical trial|study|investigational)\b", re.IGNORECASE)
"""Words by which an order says that it belongs to a trial; its silence proves nothing."""


def is_trial(order: Order) -> bool:
    """Say whether the order's own words are those of a clinical trial."""
    texts = (order.protocol, order.indication, *(one.text for one in order.instructions))
    return any(TRIAL.search(text) for text in texts)
