"""Faults of entering from paper: one person alone, somebody of no trade, over work that had begun, without the sheet."""

from __future__ import annotations

from tests.workflows.faults import Fault, patched
from workflows import downtime


def nothing(*_: object) -> None:
    return None


DOWNTIME_FAULTS = (
    Fault("a paper dose needs no second signature and no pharmacist's own", patched(downtime, "_unsigned", nothing), 5),
    Fault("a paper dose is entered over work that has begun", patched(downtime, "_not_now", nothing), 5),
    Fault("a paper dose is entered without its sheet", patched(downtime, "_unsaid", nothing), 8),
    Fault("anybody enters a paper dose", patched(downtime, "may_judge", nothing), 5),
    Fault("anybody signs second for a paper dose", patched(downtime, "TECHNICIAN", frozenset({"technician", "qa"})), 5),
)
