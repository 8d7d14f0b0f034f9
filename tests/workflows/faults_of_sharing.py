"""Faults in what is shared: opened vials that should not go in, and vials that should not be kept, or not as that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.workflows.faults import Fault, entry, keep, left_out, patched, swapped, without
from workflows import (
    closing,
    decide,
    downtime,
    holding,
    keeping,
    measured,
    preparation,
    sharing,
    standing,
    taking_back,
)
from workflows import events as happened
from workflows.evidence import Container
from workflows.findings import Refused
from workflows.library import IV_SYRINGE
from workflows.rules import dating, expiry, opened
from workflows.worlds_of_sharing import (
    OF_A_TRIAL,
    SHARED_AGAIN,
    SHARED_LIQUID,
    SHARED_POWDER,
    SHARED_STOPPED,
    SHARED_UNWEIGHED,
)
from workflows.worlds_of_syringes import INTRATHECAL

_LEFT, _CAME_WITH, _EXPIRED = keeping._left, sharing.came_with, expiry.expired
_BARRED, _OTHERWISE = sharing.barred, sharing.made_up_otherwise


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


def limited(**changes: int | None) -> Any:
    """The liquid of which an opened vial is used, with other limits of its vials or its stability, in hours."""
    hours = {name: None if hours is None else Decimal(hours) for name, hours in changes.items()}
    recipe = replace(SHARED_LIQUID.opening.recipe, **hours)  # type: ignore[type-var, arg-type]
    return replace(SHARED_LIQUID, opening=replace(SHARED_LIQUID.opening, recipe=recipe))


def blank_is_twelve(recipe: Any, policy: Any) -> str:
    return _BARRED(replace(recipe, opened_h=recipe.opened_h or Decimal(12)), policy)


def density_alone(known: Any, recipe: Any) -> str:
    return said if "density" in (said := _OTHERWISE(known, recipe)) else ""


def diluent_alone(known: Any, recipe: Any) -> str:
    return "" if "density" in (said := _OTHERWISE(known, recipe)) else said


def as_weighed(p: Any, unit: str) -> Any:
    """A vial counts as sealed until it is weighed, whenever its adaptor went on."""
    before = holding.opened_vial(p, unit)
    return before.punctured_at if before else p.started_at


def by_its_own_weight(p: Any, unit: str, *rest: Any) -> Any:
    """What a vial lost since it was full is taken for what it gave, also where none was weighed after the draws."""
    found, full, held = _LEFT(p, unit, *rest), p.weighing(holding.full_slot(p, unit)), holding.labelled(p, unit)
    unweighed = isinstance(found, Refused) and found.code == "NOT_WEIGHED" and full is not None
    return sharing.left_after(full.g, held, rest[0].g) if unweighed else found


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
    Fault("its label may weigh anything", patched(keeping, "_is_a_label", lambda *_: True), 3, SHARED_LIQUID),
    Fault("it is forgotten what it was dissolved in", patched(sharing, "came_with", without_lots), 8, SHARED_POWDER),
    Fault("its diluent may have expired", patched(expiry, "expired", containers_alone), 2, SHARED_POWDER),
    Fault("an opened vial is put back", patched(closing, "_thrown", put_back), 8, SHARED_LIQUID),
    Fault("one vial of two is kept by its own weight", patched(keeping, "_left", by_its_own_weight), 8, SHARED_UNWEIGHED),
    Fault("an opened vial holds any diluent", patched(sharing, "made_up_otherwise", density_alone), 2, SHARED_POWDER),
    Fault("an opened vial is of any density", patched(sharing, "made_up_otherwise", diluent_alone), 3, SHARED_LIQUID),
    Fault("a blank in-use limit is twelve hours", patched(sharing, "barred", blank_is_twelve), 2, limited(opened_h=None)),
    Fault("a single-dose vial lasts a day", patched(sharing, "OPENED_H", Decimal(24)), 2, limited(opened_h=24, stability_h=48)),
    Fault("another drug's vial stands open", without(opened.NOTHING_OPEN_STANDS_THERE), 6, SHARED_LIQUID),
    Fault("a vial stands open beside a spinal dose", without(opened.NOTHING_OPEN_STANDS_THERE, of=IV_SYRINGE), 16, INTRATHECAL),
    Fault("a vial that weighs otherwise goes back", patched(taking_back, "_is_spoilt", lambda *_: False), 8, SHARED_LIQUID),
    Fault("it is weighed until it is right", patched(standing, "OUTSIDE", standing.OUTSIDE - {"NOT_AS_KEPT"}), 3, SHARED_LIQUID),
    Fault("its limit begins as it is weighed", patched(sharing, "punctured_at", as_weighed), 8, SHARED_LIQUID),
    Fault("who takes over does not look into it", patched(decide, "_drawn", lambda _: True), 2, SHARED_AGAIN, 1),
    Fault("a vial thrown away went in on paper", patched(downtime, "_no_stock", allow), 2, SHARED_LIQUID),
    Fault("a spill harms no vial", patched(sharing, "HAZARDS", standing.HAZARDS[1:]), 8, SHARED_STOPPED, 1),
    Fault("particles harm no vial", patched(sharing, "HAZARDS", standing.HAZARDS[:1]), 8, SHARED_STOPPED, 1),
    Fault("a drop too many is noise", patched(sharing, "NOISE", 2 * sharing.NOISE), 3, SHARED_LIQUID),
    Fault("what is left is half as unsure", patched(sharing, "COVERAGE", Decimal(1)), 8, SHARED_LIQUID),
    Fault("a kept vial is forgotten", entry(preparation._AFTER, happened.VialKept, keep), 8, SHARED_LIQUID),
)  # fmt: skip
"""Each planted alone; what each breaks is found in a world in which vials are shared."""
