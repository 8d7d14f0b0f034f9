"""Tablets or capsules counted twice into a bottle (R54): from the verified order to the released bottle and the clean tray.

Where the recipe states the spread of one unit's mass, the bottle is weighed as it is filled: the optional count by weight.
Nothing is cut, crushed or opened here: an order that needs it is not opened. The tray takes the cabinet's place: it belongs to
one station, one preparation lies in it at a time, and it is decontaminated before another drug and before anything closes.
"""

from __future__ import annotations

from workflows import by_weight
from workflows.evidence import Confirmation, Count, Photo, Scan, Weighing
from workflows.library import added, sterile
from workflows.rules import by_weight as weight
from workflows.rules import counting, protection, trials, weighing
from workflows.steps import Condition, Step, Units, Workflow


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
        trials.IS_OF_ITS_OWN_STOCK,
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
READ = (weighing.IS_QUALIFIED, weighing.IS_SETTLED, weighing.IS_FRESH, weighing.IS_ZEROED)
WEIGHED = Condition(
    "the recipe states how far one unit's mass is spread, for 20 units or more of one lot", by_weight.asked
)
BOTTLE_EMPTY = Step(
    by_weight.EMPTY,
    "Weigh the empty bottle without its closure",
    "technician",
    Weighing,
    READ,
    when=WEIGHED,
    stage="staged",
)
BOTTLE_SOME = Step(
    by_weight.SOME,
    "Lay so many of them in the bottle, and weigh it",
    "technician",
    Weighing,
    (*READ, weight.IS_THE_SAME_BOTTLE, weight.HOLDS_MORE),
    units=Units(
        "ten units; where these cannot decide on half a unit, as many as can, up to half of all",
        lambda p: tuple(str(one) for one in by_weight.laid_in(p)),
    ),
    when=WEIGHED,
    stage="staged",
)
BOTTLE_ALL = Step(
    by_weight.ALL,
    "Put all the others in the bottle, and weigh it",
    "technician",
    Weighing,
    (*READ, weight.IS_THE_SAME_BOTTLE, weight.HOLDS_MORE, weight.IS_BORNE_OUT),
    when=Condition("those laid in decide on half a unit; else the two counts are the proof", by_weight.can_decide),
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
        added.STAGING,
        STOCK,
        PHOTO_STOCK,
        added.point("before drawing", counted=True),
        COUNT_1,
        COUNT_2,
        PHOTO_TRAY,
        BOTTLE_EMPTY,
        BOTTLE_SOME,
        BOTTLE_ALL,
        added.point("before the label", counted=True),
        sterile.LABEL_PRINT,
        *sterile.labelled("bottle"),
        CLEAN,
        *added.CHECKED,
        DISCARD,
    ),
    counts=True,
)
