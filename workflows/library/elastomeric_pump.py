"""An elastomeric pump, filled by weight: it runs at its own nominal flow, so the device that is scanned is its programme (R55).

Its flow varies with temperature and viscosity, and some of the fluid may stay behind: nothing here promises more than
the nominal flow, and the label says so.
"""

from __future__ import annotations

from workflows.library import pumps
from workflows.steps import Workflow

ELASTOMERIC_PUMP = Workflow(
    "elastomeric-pump-gravimetric",
    version=1,
    says="Fills an elastomeric pump with one hazardous drug by weight; the device's own flow is its rate.",
    makes=("elastomeric",),
    parts=pumps.parts("pump"),
)
