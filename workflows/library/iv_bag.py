"""An i.v. bag made by weight: from the verified order to the released dose."""

from __future__ import annotations

from workflows.evidence import Scan, Weighing
from workflows.library import added, sterile
from workflows.rules import closeness, expiry, identity, materials, weighing
from workflows.steps import AnyOrder, Step, Workflow

BASE = Step(
    "base",
    "Scan the bag",
    "technician",
    Scan,
    (
        *(*sterile.SCANNED, identity.IS_THE_BASE, materials.IS_OF_NO_WRONG_MATERIAL),
        *(identity.IS_A_NEW_UNIT, *sterile.GOOD),
    ),
    stage="garbed",
)
BAG_BEFORE = Step(
    "bag-before", "Weigh the bag with its adaptor", "technician", Weighing, sterile.READING, stage="drawn"
)
BAG_AFTER = Step(
    "bag-after",
    "Inject every syringe and weigh the bag again",
    "technician",
    Weighing,
    (
        *sterile.READING,
        weighing.IS_A_PAIR,
        expiry.VIALS_ARE_FRESH,
        weighing.IS_WITHIN_TOLERANCE,
        closeness.IS_CLEAR_OF_ITS_LIMITS,
    ),
    continues=True,
    final=True,
    stage="drawn",
)

IV_BAG = Workflow(
    "iv-bag-gravimetric",
    version=1,
    says="Makes one hazardous-drug i.v. bag; every ingredient is scanned and every transfer weighed.",
    makes=("bag", "minibag"),
    parts=(
        sterile.VERIFY,
        sterile.CABINET,
        sterile.PPE,
        added.STAGING,
        AnyOrder("Stage everything that goes in", (sterile.VIAL, sterile.DILUENT, BASE, sterile.DEVICE)),
        sterile.photo_staged("Photograph the vials and the bag, labels in view"),
        sterile.OPENED_CHECK,
        sterile.RECONSTITUTION,
        sterile.VIALS_BEFORE,
        *added.DRAWN,
        sterile.PHOTO_SYRINGES,
        sterile.premix("Look at the photos and weights and approve mixing"),
        added.MIXING,
        BAG_BEFORE,
        sterile.INJECTED,
        BAG_AFTER,
        *added.labelled("bag", "Photograph the emptied vials and syringes"),
        *added.CHECKED_STRENGTH,
        sterile.WASTE,
    ),
)
