"""The steps that every sterile preparation by weight has: what differs between containers is in the workflow's own file."""

from __future__ import annotations

from workflows import sharing
from workflows.evidence import Confirmation, Photo, Printed, Scan, Signature, Weighing
from workflows.preparation import Preparation
from workflows.rules import agreement, closeness, expiry, identity, materials, opened, people, protection, weighing
from workflows.rules import trials as of_trials
from workflows.steps import Condition, ForEach, Step, Units


def numbered(count: int) -> tuple[str, ...]:
    """Return the names of so many units: 1, 2, 3."""
    return tuple(str(number) for number in range(1, count + 1))


def _pieces(p: Preparation) -> tuple[str, ...]:
    """Return each device with a number of its kind: bag adaptor:1; a vial's adaptor has the number of its vial."""
    seen: dict[str, int] = {}
    for part in p.plan.devices:
        seen[part] = seen.get(part, 0) + 1
    on = {f"vial adaptor:{unit}" for unit in sharing.opened_units(p)}  # an opened vial has its adaptor on
    names = (f"{part}:{number}" for part, many in seen.items() for number in range(1, many + 1))
    return tuple(name for name in names if name not in on)


EACH_ITEM = Units("each item of the site's list", lambda p: p.policy.ppe)
EACH_VIAL = Units("each vial", lambda p: numbered(p.plan.vials))
SEALED_VIAL = Units("each sealed vial", sharing.sealed_units)
OPENED_VIAL = Units("each vial opened before", sharing.opened_units)
EACH_SYRINGE = Units("each syringe", lambda p: numbered(len(p.plan.syringes_ml)))
EACH_DEVICE = Units("each closed-system device", _pieces)
POWDER = Condition("the drug is a powder", lambda p: p.recipe.reconstitution is not None)
DISSOLVED_HERE = Condition(
    "the drug is a powder and a vial of it is sealed",
    lambda p: p.recipe.reconstitution is not None and bool(sharing.sealed_units(p)),
)
CSTD = Condition("the site uses closed-system devices", lambda p: bool(p.plan.devices))
LIQUID_WEIGHED = Condition(
    "the drug is a liquid, and the policy weighs vials after the draws or an opened vial may be kept",
    lambda p: (p.policy.weigh_vials or sharing.shares(p)) and p.recipe.reconstitution is None,
)
VIALS_WEIGHED = Condition(
    "the policy says so, or a draw read more than its vials held",
    lambda p: p.policy.weigh_vials or p.overdrawn,
)
USED_WEIGHED = Condition("the policy weighs used syringes", lambda p: p.policy.weigh_used_syringes)
HOLD = Condition("the recipe asks for a hold", lambda p: p.recipe.hold)


def pictured(kind: str) -> Condition:
    """Return the condition that the site's photo set has a picture of this kind (R21)."""
    return Condition(f"the site's photo set has: {kind}", lambda p: kind in p.policy.photos)


SCANNED = (identity.IS_READ_OR_WITNESSED,)
GOOD = (expiry.IS_IN_DATE, expiry.IS_NOT_RECALLED)
READING = (weighing.IS_SETTLED, weighing.IS_FRESH, weighing.IS_QUALIFIED, weighing.IS_ZEROED)
SIGNED = (people.IS_THE_SIGNERS_OWN, people.IS_OVER_WHAT_WAS_SHOWN)
JUDGED = (
    *SIGNED,
    people.IS_BY_PASSKEY_WHERE_ASKED,
    people.EVERY_PHOTO_WAS_SEEN,
    people.EVERY_TYPED_CODE_IS_ACCEPTED,
    people.IS_BEFORE_BEYOND_USE,
    people.NOTHING_IN_IT_IS_RECALLED,
)

VERIFY = Step(
    "verify",
    "Compare the order with the message it came in, and sign it",
    "pharmacist",
    Signature,
    (people.MEANS_ORDER_VERIFIED, *SIGNED),
    stage="ordered",
)
CABINET = Step(
    "cabinet",
    "Scan the cabinet",
    "technician",
    Scan,
    (
        *SCANNED,
        identity.IS_A_CABINET,
        protection.IS_A_CERTIFIED_PEC,
        protection.IS_DECONTAMINATED_SINCE_ANOTHER_DRUG,
        protection.IS_FREE,
        opened.NOTHING_OPEN_STANDS_THERE,
    ),
    readies=True,
    stage="claimed",
)
PPE = Step(
    "ppe",
    "Put on the protective equipment and confirm it",
    "technician",
    Confirmation,
    (protection.EVERY_ITEM_CONFIRMED,),
    units=EACH_ITEM,
    readies=True,
    stage="claimed",
)
VIAL = Step(
    "vial",
    "Scan the vial of drug",
    "technician",
    Scan,
    (
        *(*SCANNED, identity.IS_THE_ORDERED_PRODUCT, of_trials.IS_OF_ITS_OWN_STOCK, identity.IS_A_NEW_UNIT, *GOOD),
        *(opened.MAY_BE_SHARED, opened.ITS_PARTS_ARE_IN_DATE, opened.HOLDS_ENOUGH, opened.ADAPTOR_IS_ON),
    ),
    units=EACH_VIAL,
    stage="garbed",
)
DILUENT = Step(
    "diluent",
    "Scan the diluent",
    "technician",
    Scan,
    (*SCANNED, identity.IS_THE_DILUENT, identity.IS_A_NEW_UNIT, *GOOD),
    when=DISSOLVED_HERE,
    stage="garbed",
)
DEVICE = Step(
    "device",
    "Scan the closed-system device",
    "technician",
    Scan,
    (*SCANNED, identity.IS_THE_DEVICE, materials.IS_OF_NO_WRONG_MATERIAL, identity.IS_A_NEW_PIECE, *GOOD),
    units=EACH_DEVICE,
    when=CSTD,
    stage="garbed",
)
OPENED_CHECK = ForEach(
    OPENED_VIAL,
    (
        Step(
            "vial-look",
            "Look at what is left in the opened vial, and at its adaptor, and confirm what is seen",
            "technician",
            Confirmation,
            (opened.LOOKS_RIGHT,),
            units=OPENED_VIAL,
            stage="staged",
        ),
        Step(
            "vial-opened",
            "Weigh the opened vial with its adaptor, before anything is drawn",
            "technician",
            Weighing,
            (*READING, opened.STILL_STANDS, opened.IS_ON_ITS_BALANCE, opened.IS_AS_IT_WAS_KEPT),
            units=OPENED_VIAL,
            stage="staged",
        ),
    ),
)
RECONSTITUTION = ForEach(
    SEALED_VIAL,
    (
        Step(
            "recon-before",
            "Weigh the vial with its adaptor",
            "technician",
            Weighing,
            READING,
            units=SEALED_VIAL,
            when=POWDER,
            rework=True,
            stage="staged",
        ),
        Step(
            "recon-after",
            "Add the diluent and weigh the vial again",
            "technician",
            Weighing,
            (
                *READING,
                weighing.IS_A_PAIR,
                weighing.IS_ENOUGH_TO_WEIGH,
                weighing.IS_WITHIN_TOLERANCE,
                weighing.IS_AT_LABEL_CONCENTRATION,
                closeness.IS_CLEAR_OF_ITS_LIMITS,
            ),
            units=SEALED_VIAL,
            when=POWDER,
            continues=True,
            alters=True,
            stage="staged",
        ),
        Step(
            "recon-mixed",
            "Dissolve it, look at it, and confirm what the recipe asks",
            "technician",
            Confirmation,
            (protection.IS_CONFIRMED,),
            units=SEALED_VIAL,
            when=POWDER,
            continues=True,
            stage="staged",
        ),
    ),
)
VIALS_BEFORE = ForEach(
    SEALED_VIAL,
    (
        Step(
            "vial-before",
            "Weigh the vial with its adaptor, before anything is drawn",
            "technician",
            Weighing,
            READING,
            units=SEALED_VIAL,
            when=LIQUID_WEIGHED,
            stage="staged",
        ),
    ),
)
DRAWS = ForEach(
    EACH_SYRINGE,
    (
        Step(
            "syringe-empty",
            "Weigh the empty syringe with its connector",
            "technician",
            Weighing,
            READING,
            units=EACH_SYRINGE,
            rework=True,
            stage="reconstituted",
        ),
        Step(
            "syringe-full",
            "Draw the volume and weigh the filled syringe",
            "technician",
            Weighing,
            (
                *READING,
                weighing.IS_A_PAIR,
                weighing.IS_ENOUGH_TO_WEIGH,
                expiry.VIALS_ARE_FRESH,
                weighing.IS_WITHIN_TOLERANCE,
                weighing.SUM_IS_WITHIN_TOLERANCE,
                closeness.IS_CLEAR_OF_ITS_LIMITS,
            ),
            units=EACH_SYRINGE,
            continues=True,
            alters=True,
            stage="reconstituted",
        ),
    ),
)
VIALS_AFTER = ForEach(
    EACH_VIAL,
    (
        Step(
            "vial-after",
            "Weigh the vial with its adaptor again, after the last draw",
            "technician",
            Weighing,
            (
                *READING,
                agreement.IS_ON_THE_SAME_BALANCE,
                agreement.IS_NO_HEAVIER,
                agreement.VIALS_AGREE_WITH_SYRINGES,
            ),
            units=EACH_VIAL,
            when=VIALS_WEIGHED,
            stage="reconstituted",
        ),
    ),
)
INJECTED = ForEach(
    EACH_SYRINGE,
    (
        Step(
            "syringe-used",
            "Inject the syringe and weigh it empty, with its connector",
            "technician",
            Weighing,
            (*READING, agreement.IS_ON_THE_SAME_BALANCE, agreement.IS_EMPTIED),
            units=EACH_SYRINGE,
            when=USED_WEIGHED,
            continues=True,
            alters=True,
            stage="drawn",
        ),
    ),
)
PHOTO_SYRINGES = Step(
    "photo-syringes",
    "Photograph the filled syringes beside their vials, plungers in view",
    "technician",
    Photo,
    (protection.IS_A_GOOD_PHOTO,),
    when=pictured("syringes"),
    rework=True,
    stage="drawn",
)
LABEL_PRINT = Step(
    "label-print",
    "The final label is printed",
    "system",
    Printed,
    (people.IS_A_NEW_COPY,),
    rework=True,
    stage="mixed",
)
APPROVE = Step(
    "approve",
    "Review the record and approve for release",
    "pharmacist",
    Signature,
    (people.MEANS_APPROVED, *JUDGED),
    not_by_preparers=True,
    stage="awaiting-check",
)
RELEASE = Step(
    "release",
    "Scan and remove the in-process label",
    "technician",
    Scan,
    (
        identity.IS_READ_BY_INSTRUMENT,
        identity.IS_THE_IN_PROCESS_LABEL,
        people.LEAVES_BEFORE_BEYOND_USE,
        expiry.NOTHING_IN_IT_IS_RECALLED,
    ),
    continues=True,
    stage="approved",
)
WASTE = Step(
    "waste",
    "Discard the leftovers as hazardous waste and confirm it",
    "technician",
    Confirmation,
    (protection.IS_CONFIRMED,),
    continues=True,
    stage="released",
)


def premix(says: str) -> Step[Signature]:
    """Return the hold at which a pharmacist looks before it goes on (R22), in the container's words."""
    return Step(
        "premix",
        says,
        "pharmacist",
        Signature,
        (people.MEANS_PRE_MIX_APPROVED, *JUDGED),
        when=HOLD,
        not_by_preparers=True,
        stage="hold",
    )


def photo_staged(says: str) -> Step[Photo]:
    """Return the picture of everything that goes in (R21)."""
    good = (protection.IS_A_GOOD_PHOTO,)
    return Step("photo-staged", says, "technician", Photo, good, when=pictured("staged"), rework=True, stage="garbed")


def photo_empty(says: str) -> Step[Photo]:
    """Return the picture of what is left empty (R21)."""
    good = (protection.IS_A_GOOD_PHOTO,)
    return Step(
        "photo-empty", says, "technician", Photo, good, when=pictured("empty vials"), rework=True, stage="mixed"
    )


def labelled(container: str) -> tuple[Step[Scan], Step[Photo]]:
    """Return the steps that put the final label on the container, in its own word, and show it (R20, R21)."""
    return (
        Step(
            "label-scan",
            f"Put the label on the {container} and scan it",
            "technician",
            Scan,
            (identity.IS_READ_BY_INSTRUMENT, identity.IS_THE_FINAL_LABEL),
            continues=True,
            stage="labelled",
        ),
        Step(
            "photo-final",
            f"Photograph the {container} with both labels",
            "technician",
            Photo,
            (protection.IS_A_GOOD_PHOTO,),
            when=pictured("final"),
            continues=True,
            rework=True,
            stage="labelled",
        ),
    )
