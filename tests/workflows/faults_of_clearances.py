"""Faults of what must be confirmed of an order: work begins, or a dose leaves, without it or on what has run out."""

from __future__ import annotations

from tests.workflows.faults import Fault, patched
from workflows import clearances, decide, gates


def allow(*_: object, **__: object) -> None:
    return None


CLEARANCE_FAULTS = (
    Fault("work begins whatever is not confirmed", patched(decide, "not_cleared", allow), 7),
    Fault("a dose leaves though OK to treat was taken back", patched(gates, "not_cleared", allow), 7),
    Fault("a confirmation counts for ever", patched(clearances, "good_until", allow), 7),
    Fault("whatever was entered counts", patched(clearances, "_wrong", lambda *_: ()), 7),
)
