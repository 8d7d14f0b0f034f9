"""A syringe drawn by weight, undiluted, that is itself the final container: from the verified order to the released dose.

Nothing is injected anywhere: the draw that is weighed is the dose. So no reading is beyond undoing, and a hold of the recipe
comes after the draw and before the label. A vinca drug is never made this way: its order is not opened (L3).
"""

from __future__ import annotations

from workflows.library import added, intrathecal, sterile
from workflows.steps import AnyOrder, Workflow

IV_SYRINGE = Workflow(
    "iv-syringe-gravimetric",
    version=1,
    says="Makes one hazardous-drug syringe, undiluted; every ingredient is scanned and the draw is weighed.",
    makes=("syringe",),
    parts=(
        sterile.VERIFY,
        intrathecal.CABINET,
        intrathecal.APART,
        sterile.PPE,
        added.STAGING,
        AnyOrder("Stage everything that goes in", (sterile.VIAL, sterile.DILUENT, sterile.DEVICE)),
        sterile.photo_staged("Photograph the vials, labels in view"),
        sterile.OPENED_CHECK,
        sterile.RECONSTITUTION,
        sterile.VIALS_BEFORE,
        *added.DRAWN,
        sterile.PHOTO_SYRINGES,
        sterile.premix("Look at the photos and weights and approve the filled syringe"),
        *added.labelled("syringe", "Photograph the emptied vials"),
        *added.CHECKED_STRENGTH,
        sterile.WASTE,
    ),
)
