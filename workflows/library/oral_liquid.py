"""One dose of a liquid by mouth, drawn by weight into an oral syringe inside a cabinet (R54): a solution or a suspension.

The bottle comes ready to be drawn, from its maker or from a batch; nothing is dissolved, crushed, opened or added. It is drawn
in a cabinet, with the equipment of compounding. The syringe is scanned as an oral one: no other can be filled, whoever would
accept it. The bottle is shaken after the empty syringe was weighed, just before it is drawn. What is left in it is wasted.
"""

from __future__ import annotations

from dataclasses import replace

from workflows.evidence import Confirmation, Scan
from workflows.library import added, sterile
from workflows.rules import identity, materials, trials
from workflows.rules import oral as rules
from workflows.steps import AnyOrder, ForEach, Moved, Step, Workflow

BOTTLE = replace(
    sterile.VIAL,
    says="Scan the bottle of the liquid",
    must=(
        *(*sterile.SCANNED, identity.IS_THE_ORDERED_PRODUCT, trials.IS_OF_ITS_OWN_STOCK),
        *(identity.IS_A_NEW_UNIT, *sterile.GOOD),
        rules.IS_SEALED,
    ),
)
DISPENSER = Step(
    "dispenser",
    "Scan the oral syringe",
    "technician",
    Scan,
    (
        *sterile.SCANNED,
        rules.IS_THE_ORAL_SYRINGE,
        materials.IS_OF_NO_WRONG_MATERIAL,
        identity.IS_A_NEW_PIECE,
        *sterile.GOOD,
    ),
    units=sterile.EACH_SYRINGE,
    stage="garbed",
)
SHAKEN = Step(
    "shaken",
    "Shake the bottle well, look at its bottom, and confirm it",
    "technician",
    Confirmation,
    (rules.IS_SHAKEN,),
    units=sterile.EACH_SYRINGE,
    stage="reconstituted",
)
EMPTY, FULL = sterile.DRAWS.steps
DRAWN = ForEach(
    sterile.EACH_SYRINGE,
    (
        replace(EMPTY, says="Weigh the empty oral syringe with its cap"),
        SHAKEN,
        replace(FULL, says="Draw the volume, put the cap on, and weigh the filled oral syringe"),
    ),
)
PICTURED = replace(sterile.PHOTO_SYRINGES, says="Photograph the filled oral syringe beside its bottle, plunger in view")

ORAL_LIQUID = Workflow(
    "oral-liquid-gravimetric",
    version=1,
    says="Draws one dose of a hazardous liquid by mouth into an oral syringe, in a cabinet; the draw is weighed.",
    makes=("oral syringe",),
    parts=(
        sterile.VERIFY,
        sterile.CABINET,
        sterile.PPE,
        added.STAGING,
        AnyOrder("Stage everything that goes in", (BOTTLE, DISPENSER)),
        sterile.photo_staged("Photograph the bottle and the oral syringe, labels in view"),
        sterile.VIALS_BEFORE,
        added.DRAWING,
        DRAWN,
        Moved(added.SYRINGES_FIRST, replace(PICTURED, stage="reconstituted")),
        sterile.VIALS_AFTER,
        PICTURED,
        sterile.premix("Look at the photos and weights and approve the filled oral syringe"),
        *added.labelled("oral syringe", "Photograph the bottle after the draw"),
        *added.CHECKED,
        sterile.WASTE,
    ),
)
