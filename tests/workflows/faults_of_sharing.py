"""Faults in what is shared: opened vials that should not go in, and vials that should not be kept, or not as that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.workflows.faults import Fault, entry, keep, left_out, patched, swapped, without
from workflows import closing, holding, keeping, measured, preparation, sharing
from workflows import events as happened
from workflows.evidence import Container
from workflows.findings import Refused
from workflows.rules import dating, expiry, opened
from workflows.worlds_of_sharing import OF_A_TRIAL, SHARED_LIQUID, SHARED_POWDER

_LEFT, _CAME_WITH, _EXPIRED = keeping._left, sharing.came_with, expiry.expired


def stable_for(hours: int) -> Any:
    """The liquid of which an opened vial is used, stable for so long; else for six hours, as long as its vial may serve."""
    recipe = replace(SHARED_LIQUID.opening.recipe, stability_h=Decimal(hours))  # type: ignore[type-var]
    return replace(SHARED_LIQUID, opening=replace(SHARED_LIQUID.opening, recipe=recipe))


def allow(*_: Any, **__: Any) -> Any:
    return None


def as_before(p: Any, unit: str, *rest: Any) -> Any:
    """What was drawn for this dose counts as left."""
    found = _LEFT(p, unit, *rest)
    return found if isinstance(found, Refused) else holding.labelled(p, unit)


def whole_leftover(p: Any) -> Any:
    return measured.Volume(max(p.plan.leftover_ml, Decimal(0)))


def never(p: Any, _: str) -> datetime:
    """No vial that was opened runs out."""
    return datetime.max.replace(tzinfo=UTC)


def without_lots(one: Any) -> Any:
    return replace(_CAME_WITH(one), lot="")


def containers_alone(one: Any, *rest: Any) -> bool:
    """The expiry of a diluent or an adaptor is nobody's business."""
    return isinstance(one, Container) and _EXPIRED(one, *rest)


def own_limit(known: Any, _: object) -> datetime:
    """What the next recipe says of its vials is not asked."""
    return known.until  # type: ignore[no-any-return]  # a moment


def put_back(container: Container, p: Any) -> str:
    return "wasted" if p.started_at else "not opened" if container.opened is None else "put back"


SAYS_ANYTHING = replace(opened.LOOKS_RIGHT, check=allow)
SHARING_FAULTS = (
    Fault("any opened vial goes in", without(opened.MAY_BE_SHARED), 2, SHARED_LIQUID),
    Fault("a vial of another cabinet goes in", without(opened.MAY_BE_SHARED), 6, SHARED_LIQUID),
    Fault("vials are shared on a trial", patched(sharing, "is_trial", lambda *_: False), 2, OF_A_TRIAL),
    Fault("vials are shared where nobody said so", patched(sharing, "why_not", lambda *_: ""), 2),
    Fault("an opened vial may be nearly empty", without(opened.HOLDS_ENOUGH), 2, SHARED_LIQUID),
    Fault("nothing stays in an opened vial", patched(sharing, "usable_ml", lambda known, _: known.left_ml), 2, SHARED_LIQUID),
    Fault("an opened vial gets a second adaptor", without(opened.ADAPTOR_IS_ON), 8, SHARED_LIQUID),
    Fault("an opened vial is not weighed", left_out("vial-opened"), 3, SHARED_LIQUID),
    Fault("an opened vial may weigh anything", without(opened.IS_AS_IT_WAS_KEPT), 3, SHARED_POWDER),
    Fault("the in-use limit does not limit the dose", patched(dating, "_in_use", lambda _: []), 7, stable_for(48)),
    Fault("a vial is kept by whoever comes by", patched(keeping, "may_work", allow), 5, SHARED_LIQUID),
    Fault("a vial is kept on any reading", patched(keeping, "READ", ()), 3, SHARED_LIQUID),
    Fault("nobody asks what was done to it", patched(keeping, "_not_whole", allow), 8, SHARED_LIQUID),
    Fault("a cabinet may be cleaned meanwhile", patched(keeping, "_not_whole", allow), 6, SHARED_LIQUID),
    Fault("a vial is kept past its limit", patched(sharing, "limit_of", never), 8, SHARED_LIQUID),
    Fault("what was drawn counts as left", patched(keeping, "_left", as_before), 8, SHARED_LIQUID),
    Fault("a balance has no doubt", patched(sharing, "unsure_ml", lambda *_: Decimal(0)), 8, SHARED_LIQUID),
    Fault("one mg counts as kept and as used", patched(sharing, "spare_ml", lambda _: Decimal(999)), 8, SHARED_POWDER),
    Fault("what was kept counts as thrown away", patched(closing.measured, "leftover", whole_leftover), 8, SHARED_LIQUID),
    Fault("the next recipe's own limit is not asked", patched(sharing, "good_until", own_limit), 2, SHARED_LIQUID),
    Fault("an opened vial outlasts its stability", patched(sharing, "hours_kept", lambda _: Decimal(12)), 2, stable_for(3)),
    Fault("nobody looks into an opened vial", left_out("vial-look"), 2, SHARED_LIQUID),
    Fault("anything is said of an opened vial", swapped(opened.LOOKS_RIGHT, SAYS_ANYTHING), 2, SHARED_LIQUID),
    Fault("its label may weigh anything", patched(keeping, "LABEL_MOST_G", Decimal(99)), 3, SHARED_LIQUID),
    Fault("it is forgotten what it was dissolved in", patched(sharing, "came_with", without_lots), 8, SHARED_POWDER),
    Fault("its diluent may have expired", patched(expiry, "expired", containers_alone), 2, SHARED_POWDER),
    Fault("an opened vial is put back whatever happened", patched(closing, "_thrown", put_back), 8, SHARED_LIQUID),
    Fault("a kept vial is forgotten", entry(preparation._AFTER, happened.VialKept, keep), 8, SHARED_LIQUID),
)  # fmt: skip
"""Each planted alone; what each breaks is found in a world in which vials are shared."""
