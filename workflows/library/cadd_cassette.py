"""A cassette for an ambulatory pump, filled by weight: drug and diluent up to what the rate runs in the hours ordered (R55).

The pump is set by an entry of its drug library. What it was told is read from its screen by two people, each for
themselves, and compared with the plan that the label bears.
"""

from __future__ import annotations

from workflows.library import pumps
from workflows.steps import Workflow

CADD_CASSETTE = Workflow(
    "cadd-cassette-gravimetric",
    version=1,
    says="Fills a cassette with one hazardous drug by weight, and has its pump's programme read by two people.",
    makes=("cassette",),
    parts=pumps.parts("cassette", pumps.PROGRAMMED),
)
