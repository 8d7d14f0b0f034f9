"""The named points at which a site's policy adds confirmations, and the other places at which it may have a picture taken."""

from __future__ import annotations

from dataclasses import replace

from workflows.added import AT, Point
from workflows.additions import additions
from workflows.evidence import Confirmation
from workflows.library import sterile
from workflows.rules import protection, strength
from workflows.rules.added import IS_ANSWERED_BY_WHOM_IT_NAMES, IS_THE_ADDED_SENTENCE
from workflows.standing import WASTE_WORN
from workflows.steps import Condition, Moved, Part, Step, Units

STAGES: dict[Point, str] = {
    "before staging": "garbed",
    "before drawing": "reconstituted",
    "before mixing": "drawn",
    "before the label": "mixed",
    "before the final check": "labelled",
}
"""The state that a preparation is in while such a confirmation is the next step (DOMAIN 2.10)."""
EMPTY_LATER = "empty vials after labelling"
"""A site's words for the picture of what is empty being taken once the label is on."""
SYRINGES_FIRST = "syringes before the vials are weighed again"
"""The same for the picture of the filled syringes."""


def point(at: Point, *, counted: bool = False) -> Step[Confirmation]:
    """Return the step in which is confirmed what a site's policy adds at a point; none of it, and there is no such step."""
    step = AT[at]
    stage = "staged" if counted and at in ("before drawing", "before the label") else STAGES[at]
    return Step(
        step,
        f"Confirm what the site's policy adds {at}",
        "technician",
        Confirmation,
        (IS_THE_ADDED_SENTENCE, IS_ANSWERED_BY_WHOM_IT_NAMES),
        units=Units(
            "each sentence of the policy", lambda p: tuple(str(one) for one, _ in enumerate(additions(p, step), 1))
        ),
        when=Condition("the site's policy adds a confirmation here", lambda p: bool(additions(p, step))),
        continues=at == "before the final check",
        stage=stage,
    )


STAGING, DRAWING, MIXING = point("before staging"), point("before drawing"), point("before mixing")
LABELLING, CHECKING = point("before the label"), point("before the final check")
DRAWN: tuple[Part, ...] = (
    DRAWING,
    sterile.DRAWS,
    Moved(SYRINGES_FIRST, replace(sterile.PHOTO_SYRINGES, stage="reconstituted")),
    sterile.VIALS_AFTER,
)
"""The draws by weight, with the other place for the picture of the filled syringes."""
WASTE_ON = Step(
    WASTE_WORN,
    "Put on what is worn to discard hazardous waste, and confirm it",
    "technician",
    Confirmation,
    (protection.EVERY_ITEM_CONFIRMED,),
    units=Units("each item of the site's list for waste", lambda p: p.policy.worn.waste if p.policy.worn else ()),
    when=Condition("the site's policy says what is worn for waste", lambda p: p.policy.worn is not None),
    continues=True,
    stage="released",
)
CHECKED: tuple[Part, ...] = (CHECKING, sterile.APPROVE, sterile.RELEASE, WASTE_ON)
"""How it leaves, and what is put on before its leftovers are discarded (R35)."""
APPROVE_MIXED = replace(sterile.APPROVE, must=(*sterile.APPROVE.must, strength.IS_WITHIN_ITS_FINAL_LIMITS))
CHECKED_STRENGTH: tuple[Part, ...] = (CHECKING, APPROVE_MIXED, sterile.RELEASE, WASTE_ON)
"""The same where the final concentration that was found is held against the recipe's limits."""


def labelled(container: str, empty: str) -> tuple[Part, ...]:
    """Return what comes between the last transfer and the final check: the picture `empty`, here or at the end, and the label."""
    pictured = sterile.photo_empty(empty)
    last = Moved(EMPTY_LATER, replace(pictured, stage="labelled"))
    return (pictured, LABELLING, sterile.LABEL_PRINT, *sterile.labelled(container), last)
