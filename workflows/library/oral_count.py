"""Tablets or capsules counted twice into a bottle (R54): from the verified order to the released bottle and the clean tray.

Nothing is cut, crushed or opened here: an order that needs it is not opened. The tray takes the cabinet's place: it belongs to
one station, one preparation lies in it at a time, and it is decontaminated before another drug and before anything closes.
"""

from __future__ import annotations

from workflows.evidence import Confirmation, Count, Photo, Scan
from workflows.library import sterile
from workflows.rules import counting, protection
from workflows.steps import Step, Units, Workflow


def _bottles(count: int) -> tuple[str, ...]:
    return tuple(str(one) for one in range(1, count + 1))


EACH_BOTTLE = Units("each stock bottle", lambda p: _bottles(p.counts.bottles if p.counts else 0))
TRAY = Step(
    "cabinet",
    "Scan the counting tray",
    "technician",
    Scan,
    (*sterile.SCANNED, counting.IS_A_TRAY, protection.IS_DECONTAMINATED_SINCE_ANOTHER_DRUG, protection.IS_FREE),
    readies=True,
    stage="claimed",
)
STOCK = Step(
    "stock",
    "Scan the stock bottle",
    "technician",
    Scan,
    (
        *sterile.SCANNED,
        counting.IS_THE_STOCK,
        counting.IS_A_BOTTLE_OF_ITS_OWN,
        *sterile.GOOD,
        counting.FEW_LOTS,
        counting.OUTLASTS_THE_THERAPY,
        counting.HOLDS_ENOUGH,
    ),
    units=EACH_BOTTLE,
    stage="garbed",
)
PHOTO_STOCK = Step(
    "photo-staged",
    "Photograph the stock bottles, labels in view",
    "technician",
    Photo,
    (protection.IS_A_GOOD_PHOTO,),
    when=sterile.pictured("stock"),
    stage="garbed",
)
COUNT_1 = Step(
    "count-1",
    "Count them out by hand, and enter the number",
    "technician",
    Count,
    (counting.IS_A_NUMBER, counting.STILL_OUTLASTS_IT),
    rework=True,
    stage="staged",
)
COUNT_2 = Step(
    "count-2",
    "Count what lies in the tray once more, and enter the number",
    "technician",
    Count,
    (counting.IS_A_NUMBER, counting.COUNTS_AGREE, counting.IS_THE_ORDERED_NUMBER, counting.STILL_OUTLASTS_IT),
    stage="staged",
)
PHOTO_TRAY = Step(
    "photo-tray",
    "Photograph them in the tray, laid out to be counted",
    "technician",
    Photo,
    (protection.IS_A_GOOD_PHOTO,),
    when=sterile.pictured("tray"),
    stage="staged",
)
CLEAN = Step(
    "tray-clean",
    "Decontaminate tray and spatula, wipe them, and confirm it",
    "technician",
    Confirmation,
    (counting.IS_CLEANED,),
    continues=True,
    stage="labelled",
)
DISCARD = Step(
    "waste",
    "Where it ends without release: discard what was counted, decontaminate tray and spatula, and confirm it",
    "technician",
    Confirmation,
    (counting.IS_CLEANED,),
    continues=True,
    stage="released",
)

ORAL_COUNT = Workflow(
    "oral-count",
    version=1,
    says="Counts whole tablets or capsules of a hazardous drug twice into one bottle, by hand; the tray is decontaminated.",
    makes=("tablets", "capsules"),
    parts=(
        sterile.VERIFY,
        TRAY,
        sterile.PPE,
        STOCK,
        PHOTO_STOCK,
        COUNT_1,
        COUNT_2,
        PHOTO_TRAY,
        sterile.LABEL_PRINT,
        *sterile.labelled("bottle"),
        CLEAN,
        sterile.APPROVE,
        sterile.RELEASE,
        DISCARD,
    ),
    counts=True,
)
