"""Faults in what is made of an order for several doses: one that nobody ordered."""

from __future__ import annotations

from tests.workflows.faults import Fault, patched
from workflows import doses
from workflows.worlds_of_doses import BEYOND

DOSE_FAULTS = (
    Fault("a sixth dose is made of an order for five", patched(doses, "findings", lambda *_: ()), 7, BEYOND),
)
"""What only one of several doses could break."""
