"""The steps that pumps have of their own: diluent and reservoir, and where a pump is set, its programme read by two (R55)."""

from __future__ import annotations

from workflows.evidence import Confirmation, Photo, Programme, Scan, Weighing
from workflows.library import added, sterile
from workflows.rules import closeness, expiry, identity, materials, protection, pumps, weighing
from workflows.steps import AnyOrder, Condition, ForEach, Part, Step, Units

DILUTED = Condition("the drug does not fill it alone", lambda p: bool(p.pump and p.pump.fluid_ml))
EACH_FLUID = Units(
    "each syringe of diluent",
    lambda p: sterile.numbered(len(p.pump.fluid_syringes_ml) if p.pump else 0),
)
FLUID = Step(
    "fluid",
    "Scan the diluent that fills up the reservoir",
    "technician",
    Scan,
    (*sterile.SCANNED, pumps.IS_THE_FLUID, identity.IS_A_NEW_UNIT, *sterile.GOOD),
    when=DILUTED,
    stage="garbed",
)
RESERVOIR = Step(
    "reservoir",
    "Scan the empty reservoir",
    "technician",
    Scan,
    (
        *(*sterile.SCANNED, pumps.IS_THE_RESERVOIR, materials.IS_OF_NO_WRONG_MATERIAL),
        *(identity.IS_A_NEW_UNIT, *sterile.GOOD),
    ),
    stage="garbed",
)
FLUID_DRAWS = ForEach(
    EACH_FLUID,
    (
        Step(
            "fluid-empty",
            "Weigh the empty syringe for the diluent",
            "technician",
            Weighing,
            sterile.READING,
            units=EACH_FLUID,
            rework=True,
            stage="reconstituted",
        ),
        Step(
            "fluid-full",
            "Draw the diluent and weigh the filled syringe",
            "technician",
            Weighing,
            (
                *sterile.READING,
                weighing.IS_A_PAIR,
                weighing.IS_ENOUGH_TO_WEIGH,
                weighing.IS_WITHIN_TOLERANCE,
                pumps.DOSE_IS_IN_THE_VOLUME,
                closeness.IS_CLEAR_OF_ITS_LIMITS,
            ),
            units=EACH_FLUID,
            continues=True,
            alters=True,
            stage="reconstituted",
        ),
    ),
)
RESERVOIR_EMPTY = Step(
    "reservoir-empty", "Weigh the empty reservoir", "technician", Weighing, sterile.READING, stage="drawn"
)
RESERVOIR_FULL = Step(
    "reservoir-full",
    "Inject every syringe, take the air out, and weigh the filled reservoir",
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
SHUT = Step(
    "reservoir-closed",
    "Look that no air is left, close the clamp, and confirm both",
    "technician",
    Confirmation,
    (pumps.IS_SHUT,),
    continues=True,
    stage="mixed",
)
PROGRAMMED: tuple[Part, ...] = (
    Step(
        "programme",
        "Set the pump by its library, and type what its screen shows",
        "technician",
        Programme,
        (pumps.PROGRAMME_IS_AS_PLANNED,),
        continues=True,
        rework=True,
        stage="labelled",
    ),
    Step(
        "photo-pump",
        "Photograph the pump with its screen",
        "technician",
        Photo,
        (protection.IS_A_GOOD_PHOTO,),
        continues=True,
        rework=True,
        stage="labelled",
    ),
    Step(
        "programme-check",
        "Have a second person read the screen, type what it shows, and sign: programme verified",
        "technician",
        Programme,
        (pumps.PROGRAMME_IS_AS_PLANNED, pumps.IS_READ_BY_A_SECOND),
        continues=True,
        stage="labelled",
    ),
)
"""A pump that is set by people: what it is told is read twice, by two."""


def parts(container: str, programmed: tuple[Part, ...] = ()) -> tuple[Part, ...]:
    """Return the steps of a pump that is filled by weight, in the container's own word."""
    return (
        sterile.VERIFY,
        sterile.CABINET,
        sterile.PPE,
        added.STAGING,
        AnyOrder(
            "Stage everything that goes in",
            (sterile.VIAL, sterile.DILUENT, FLUID, RESERVOIR, sterile.DEVICE),
        ),
        sterile.photo_staged(f"Photograph the vials, the diluent and the {container}, labels in view"),
        sterile.OPENED_CHECK,
        sterile.RECONSTITUTION,
        sterile.VIALS_BEFORE,
        added.DRAWING,
        sterile.DRAWS,
        sterile.VIALS_AFTER,
        FLUID_DRAWS,
        sterile.PHOTO_SYRINGES,
        sterile.premix("Look at the photos and weights and approve the filling"),
        added.MIXING,
        RESERVOIR_EMPTY,
        sterile.INJECTED,
        RESERVOIR_FULL,
        SHUT,
        *added.labelled(container, "Photograph the emptied vials and syringes"),
        *programmed,
        *added.CHECKED_STRENGTH,
        sterile.WASTE,
    )
