"""An i.v. bag made by weight: from the verified order to the released dose."""

from __future__ import annotations

from workflows.evidence import Confirmation, Photo, Printed, Scan, Signature, Weighing
from workflows.preparation import Preparation
from workflows.rules import agreement, closeness, expiry, identity, people, protection, weighing
from workflows.steps import AnyOrder, Condition, ForEach, Step, Units, Workflow


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, count + 1))


def _pieces(p: Preparation) -> tuple[str, ...]:
    """Return each device with a running number of its kind: vial adaptor:1, vial adaptor:2, bag adaptor:1."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for part in p.plan.devices:
        seen[part] = seen.get(part, 0) + 1
        names.append(f"{part}:{seen[part]}")
    return tuple(names)


EACH_ITEM = Units("each item of the site's list", lambda p: p.policy.ppe)
EACH_VIAL = Units("each vial", lambda p: _numbered(p.plan.vials))
EACH_SYRINGE = Units("each syringe", lambda p: _numbered(len(p.plan.syringes_ml)))
EACH_DEVICE = Units("each closed-system device", _pieces)
POWDER = Condition("the drug is a powder", lambda p: p.recipe.reconstitution is not None)
CSTD = Condition("the site uses closed-system devices", lambda p: bool(p.plan.devices))
LIQUID_WEIGHED = Condition(
    "the drug is a liquid and the policy weighs vials after the draws",
    lambda p: p.policy.weigh_vials and p.recipe.reconstitution is None,
)
VIALS_WEIGHED = Condition(
    "the policy says so, or a draw read more than its vials held",
    lambda p: p.policy.weigh_vials or p.overdrawn,
)
USED_WEIGHED = Condition("the policy weighs used syringes", lambda p: p.policy.weigh_used_syringes)
HOLD = Condition("the recipe holds before mixing", lambda p: p.recipe.hold)


def _pictured(kind: str) -> Condition:
    return Condition(f"the site's photo set has: {kind}", lambda p: kind in p.policy.photos)


SCANNED = (identity.IS_READ_OR_WITNESSED,)
GOOD = (expiry.IS_IN_DATE, expiry.IS_NOT_RECALLED)
READING = (weighing.IS_SETTLED, weighing.IS_FRESH, weighing.IS_QUALIFIED, weighing.IS_ZEROED)
SIGNED = (people.IS_THE_SIGNERS_OWN, people.IS_OVER_WHAT_WAS_SHOWN)

IV_BAG = Workflow(
    "iv-bag-gravimetric",
    version=1,
    says="Makes one hazardous-drug i.v. bag; every ingredient is scanned and every transfer weighed.",
    parts=(
        Step(
            "verify",
            "Compare the order with the message it came in, and sign it",
            "pharmacist",
            Signature,
            (people.MEANS_ORDER_VERIFIED, *SIGNED),
            stage="ordered",
        ),
        Step(
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
            ),
            readies=True,
            stage="claimed",
        ),
        Step(
            "ppe",
            "Put on the protective equipment and confirm it",
            "technician",
            Confirmation,
            (protection.EVERY_ITEM_CONFIRMED,),
            units=EACH_ITEM,
            readies=True,
            stage="claimed",
        ),
        AnyOrder(
            "Stage everything that goes in",
            (
                Step(
                    "vial",
                    "Scan the vial of drug",
                    "technician",
                    Scan,
                    (*SCANNED, identity.IS_THE_ORDERED_PRODUCT, identity.IS_A_NEW_UNIT, *GOOD),
                    units=EACH_VIAL,
                    stage="garbed",
                ),
                Step(
                    "diluent",
                    "Scan the diluent",
                    "technician",
                    Scan,
                    (*SCANNED, identity.IS_THE_DILUENT, identity.IS_A_NEW_UNIT, *GOOD),
                    when=POWDER,
                    stage="garbed",
                ),
                Step(
                    "base",
                    "Scan the bag",
                    "technician",
                    Scan,
                    (*SCANNED, identity.IS_THE_BASE, identity.IS_A_NEW_UNIT, *GOOD),
                    stage="garbed",
                ),
                Step(
                    "device",
                    "Scan the closed-system device",
                    "technician",
                    Scan,
                    (*SCANNED, identity.IS_THE_DEVICE, identity.IS_A_NEW_PIECE, *GOOD),
                    units=EACH_DEVICE,
                    when=CSTD,
                    stage="garbed",
                ),
            ),
        ),
        Step(
            "photo-staged",
            "Photograph the vials and the bag, labels in view",
            "technician",
            Photo,
            (protection.IS_A_GOOD_PHOTO,),
            when=_pictured("staged"),
            rework=True,
            stage="garbed",
        ),
        ForEach(
            EACH_VIAL,
            (
                Step(
                    "recon-before",
                    "Weigh the vial with its adaptor",
                    "technician",
                    Weighing,
                    READING,
                    units=EACH_VIAL,
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
                    units=EACH_VIAL,
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
                    units=EACH_VIAL,
                    when=POWDER,
                    continues=True,
                    stage="staged",
                ),
            ),
        ),
        ForEach(
            EACH_VIAL,
            (
                Step(
                    "vial-before",
                    "Weigh the vial with its adaptor, before anything is drawn",
                    "technician",
                    Weighing,
                    READING,
                    units=EACH_VIAL,
                    when=LIQUID_WEIGHED,
                    stage="staged",
                ),
            ),
        ),
        ForEach(
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
        ),
        ForEach(
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
        ),
        Step(
            "photo-syringes",
            "Photograph the filled syringes beside their vials, plungers in view",
            "technician",
            Photo,
            (protection.IS_A_GOOD_PHOTO,),
            when=_pictured("syringes"),
            rework=True,
            stage="drawn",
        ),
        Step(
            "premix",
            "Look at the photos and weights and approve mixing",
            "pharmacist",
            Signature,
            (
                people.MEANS_PRE_MIX_APPROVED,
                *SIGNED,
                people.IS_BY_PASSKEY_WHERE_ASKED,
                people.EVERY_PHOTO_WAS_SEEN,
                people.EVERY_TYPED_CODE_IS_ACCEPTED,
                people.IS_BEFORE_BEYOND_USE,
                people.NOTHING_IN_IT_IS_RECALLED,
            ),
            when=HOLD,
            not_by_preparers=True,
            stage="hold",
        ),
        Step("bag-before", "Weigh the bag with its adaptor", "technician", Weighing, READING, stage="drawn"),
        ForEach(
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
        ),
        Step(
            "bag-after",
            "Inject every syringe and weigh the bag again",
            "technician",
            Weighing,
            (
                *READING,
                weighing.IS_A_PAIR,
                expiry.VIALS_ARE_FRESH,
                weighing.IS_WITHIN_TOLERANCE,
                closeness.IS_CLEAR_OF_ITS_LIMITS,
            ),
            continues=True,
            final=True,
            stage="drawn",
        ),
        Step(
            "photo-empty",
            "Photograph the emptied vials and syringes",
            "technician",
            Photo,
            (protection.IS_A_GOOD_PHOTO,),
            when=_pictured("empty vials"),
            rework=True,
            stage="mixed",
        ),
        Step(
            "label-print",
            "The final label is printed",
            "system",
            Printed,
            (people.IS_A_NEW_COPY,),
            rework=True,
            stage="mixed",
        ),
        Step(
            "label-scan",
            "Put the label on the bag and scan it",
            "technician",
            Scan,
            (identity.IS_READ_BY_INSTRUMENT, identity.IS_THE_FINAL_LABEL),
            continues=True,
            stage="labelled",
        ),
        Step(
            "photo-final",
            "Photograph the bag with both labels",
            "technician",
            Photo,
            (protection.IS_A_GOOD_PHOTO,),
            when=_pictured("final"),
            continues=True,
            rework=True,
            stage="labelled",
        ),
        Step(
            "approve",
            "Review the record and approve for release",
            "pharmacist",
            Signature,
            (
                people.MEANS_APPROVED,
                *SIGNED,
                people.IS_BY_PASSKEY_WHERE_ASKED,
                people.EVERY_PHOTO_WAS_SEEN,
                people.EVERY_TYPED_CODE_IS_ACCEPTED,
                people.IS_BEFORE_BEYOND_USE,
                people.NOTHING_IN_IT_IS_RECALLED,
            ),
            not_by_preparers=True,
            stage="awaiting-check",
        ),
        Step(
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
        ),
        Step(
            "waste",
            "Discard the leftovers as hazardous waste and confirm it",
            "technician",
            Confirmation,
            (protection.IS_CONFIRMED,),
            continues=True,
            stage="released",
        ),
    ),
)
