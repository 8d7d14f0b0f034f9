"""A bag or a syringe by volume, where a balance cannot decide: each syringe pictured at its mark and read blind by another (R13).

A pharmacist has it made so, with a reason, as the order is verified, where the site's policy lets it be; and looks at the
pictures before anything is injected or labelled, whatever the recipe says (R22). A powder is never made this way.
"""

from __future__ import annotations

from dataclasses import replace

from workflows.evidence import Confirmation, Photo, VolumeRead
from workflows.library import added, intrathecal, sterile
from workflows.library.iv_bag import BASE
from workflows.rules import identity, people, protection, trials, volumes
from workflows.standing import READS_A_SYRINGE, SHOWS_A_SYRINGE
from workflows.steps import ALWAYS, AnyOrder, ForEach, Part, Step, Workflow

VERIFY = replace(
    sterile.VERIFY,
    says="Compare the order with the message it came in, and sign it and that it is made by volume",
    must=(people.MEANS_VERIFIED_BY_VOLUME, *sterile.SIGNED),
)
VIAL = replace(
    sterile.VIAL,
    must=(
        *(*sterile.SCANNED, identity.IS_THE_ORDERED_PRODUCT, trials.IS_OF_ITS_OWN_STOCK),
        *(identity.IS_A_NEW_UNIT, *sterile.GOOD),
        volumes.IS_A_SEALED_VIAL,
    ),
)
DRAWS = ForEach(
    sterile.EACH_SYRINGE,
    (
        Step(
            "syringe-new",
            "Take a new syringe with its connector, and confirm its size",
            "technician",
            Confirmation,
            (volumes.IS_A_NEW_SYRINGE,),
            units=sterile.EACH_SYRINGE,
            rework=True,
            stage="reconstituted",
        ),
        Step(
            SHOWS_A_SYRINGE,
            "Draw the volume and photograph the syringe beside its vial, plunger at the mark and scale in view",
            "technician",
            Photo,
            (protection.IS_A_GOOD_PHOTO,),
            units=sterile.EACH_SYRINGE,
            continues=True,
            alters=True,
            stage="reconstituted",
        ),
        Step(
            READS_A_SYRINGE,
            "Have a second person read the volume off the syringe, type it, and sign: volume read",
            "technician",
            VolumeRead,
            (volumes.IS_READ_BY_A_SECOND, volumes.DRAWN_IN_TIME, volumes.VOLUME_IS_AS_PLANNED),
            units=sterile.EACH_SYRINGE,
            continues=True,
            alters=True,
            stage="reconstituted",
        ),
    ),
)
MIXED = Step(
    "bag-mixed",
    "Inject every syringe into the bag, and confirm that each is empty",
    "technician",
    Confirmation,
    (volumes.IS_INJECTED, volumes.INJECTED_IN_TIME),
    continues=True,
    final=True,
    stage="drawn",
)


def parts(
    container: str, cabinet: tuple[Part, ...], staged: AnyOrder, then: tuple[Part, ...], held: str, empty: str
) -> tuple[Part, ...]:
    """Return the steps by volume in the container's own word: `then` comes after the hold `held`, `empty` is the last picture."""
    return (
        VERIFY,
        *cabinet,
        sterile.PPE,
        added.STAGING,
        staged,
        sterile.photo_staged("Photograph everything that goes in, labels in view"),
        added.DRAWING,
        DRAWS,
        replace(sterile.premix(held), when=ALWAYS),
        *then,
        *added.labelled(container, empty),
        *(added.CHECKED_STRENGTH if then else added.CHECKED),
        sterile.WASTE,
    )


BAG_BY_VOLUME = Workflow(
    "iv-bag-by-volume",
    version=1,
    says="Makes one hazardous-drug i.v. bag by volume, on a pharmacist's word: a syringe is pictured and read blind by another.",
    makes=("bag", "minibag"),
    parts=parts(
        "bag",
        (sterile.CABINET,),
        AnyOrder("Stage everything that goes in", (VIAL, BASE, sterile.DEVICE)),
        (added.MIXING, MIXED),
        "Look at the photos and the volumes read and approve mixing",
        "Photograph the emptied vials and syringes",
    ),
    by_volume=True,
)
SYRINGE_BY_VOLUME = Workflow(
    "iv-syringe-by-volume",
    version=1,
    says="Makes one hazardous-drug syringe by volume, on a pharmacist's word: it is pictured and read blind by another.",
    makes=("syringe",),
    parts=parts(
        "syringe",
        (intrathecal.CABINET, intrathecal.APART),
        AnyOrder("Stage everything that goes in", (VIAL, sterile.DEVICE)),
        (),
        "Look at the photo and the volume read and approve the filled syringe",
        "Photograph the emptied vials",
    ),
    by_volume=True,
)
