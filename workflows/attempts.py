"""Everything that anybody may try in one state: each command, by each of the cast, with each value of each edge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Literal, get_args

from workflows import commands as asked
from workflows.added import STEPS
from workflows.circumstances import Actor
from workflows.copying import replace
from workflows.edges import EDGES, tried
from workflows.edges_of_opened import keeping
from workflows.evidence import (
    Confirmation,
    Count,
    PaperLine,
    Photo,
    Printed,
    Programme,
    Scan,
    Sheet,
    Signature,
    VolumeRead,
    Weighing,
)
from workflows.facts import beyond_use, last_transfer, opened_until
from workflows.preparation import Preparation
from workflows.recipe_findings import WITH_BASE
from workflows.scene import Attempt, Meaning, Scene, cosignature, right, sheet, signature
from workflows.standing import WASTE_WORN
from workflows.steps import Slot, Workflow
from workflows.trials import own_stock
from workflows.worlds import ANN, BO, CAST, CY, DANA, EVE, IDA, LEE, MACHINE, PAM, PEOPLE, RAE, VERA

REASON = "a reason of enough letters"
KINDS = (Scan, Weighing, Photo, Confirmation, Printed, Signature)
STATIONS = ("HOOD-1", "HOOD-2")


def attempts(workflow: Workflow, p: Preparation, scene: Scene, waiting: tuple[Slot, ...]) -> Iterator[Attempt]:
    """Yield every attempt in a state, `waiting` being the slots that are open now.

    A group whose order is free is filled from its front, and but for worlds that go in order from its back too: every
    slot comes first somewhere, and last.
    """
    if scene.world.in_order:
        waiting = waiting[:1]
    for slot in dict.fromkeys((*waiting[:1], *waiting[-1:])):
        yield from _at(p, scene, slot)
    if not waiting or waiting[0].step.by != "system":
        yield from _other_evidence(p, scene, waiting)
    yield from _ahead(workflow, p, scene)
    yield from _labels(p)
    yield from _people(p.claimed_by, elsewhere(p))
    yield from _not_cleared(p, scene)
    yield from _stops(p.claimed_by)
    yield from _undoing(workflow, p, scene)
    yield from _endings(p, scene)
    yield from _from_paper(p, scene)
    yield from _amending(p, scene)
    yield from keeping(p, scene, holder(p), elsewhere(p))


def waits(p: Preparation, scene: Scene) -> tuple[datetime, ...]:
    """Return the moments to which time may jump: gloves over, gown over, beyond use passed, each exactly."""
    policy, moments = p.policy, []
    if p.gloves_at is not None and p.gown_at is not None:
        moments.append(p.gloves_at + timedelta(minutes=policy.glove_minutes))
        moments.append(p.gown_at + timedelta(minutes=policy.gown_minutes))
    limit = beyond_use(scene.facts)
    if limit is not None:
        moments.append(limit)
    until = opened_until(scene.facts)
    if until is not None and last_transfer(scene.facts) not in p.entries:
        moments.append(until)
    return tuple(moment for moment in moments if moment > scene.at)


def holder(p: Preparation) -> Actor:
    """Return who has it; Ann where nobody has it yet."""
    return PEOPLE.get(p.claimed_by, ANN)


def another(holds: Actor) -> Actor:
    """Return a technician who does not have it."""
    return ANN if holds.id == BO.id else BO


def elsewhere(p: Preparation) -> str:
    """Return the station where it is not."""
    return STATIONS[p.station != STATIONS[1]]


def _at(p: Preparation, scene: Scene, slot: Slot) -> Iterator[Attempt]:
    """Yield the right evidence by everybody, and each edge by those whose step it is."""
    step = slot.step
    for who in CAST:
        yield Attempt(asked.Submit(slot.name, right(scene, slot.name, step.needs, who)), who)
    workers = {"technician": (holder(p),), "pharmacist": (PAM, DANA), "system": (MACHINE,)}[step.by]
    for who in workers:
        good = right(scene, slot.name, step.needs, who)
        for name in tried(step):
            yield from EDGES[name](scene, slot.name, good, who)
    plain = asked.Submit("", right(scene, slot.name, step.needs, workers[0]))
    yield Attempt(plain, workers[0], station=elsewhere(p))
    yield Attempt(plain, workers[0], occupied="P-2")


def _other_evidence(p: Preparation, scene: Scene, waiting: tuple[Slot, ...]) -> Iterator[Attempt]:
    """Yield evidence of every kind that no open slot needs, and of the right kind for none in particular."""
    needed = {slot.step.needs for slot in waiting}
    samples = {
        Scan: "vial",
        Weighing: "syringe-empty",
        Photo: "photo",
        Confirmation: "waste",
        Printed: "label-print",
        Count: "count-1",
    }
    for kind in (*KINDS, *_of_its_own(p)):
        if kind not in needed:
            name = samples.get(kind, "approve")
            yield Attempt(asked.Submit("", right(scene, name, kind, holder(p))), holder(p))
    for slot in waiting[-1:]:
        yield Attempt(asked.Submit("", right(scene, slot.name, slot.step.needs, holder(p))), holder(p))


def _of_its_own(p: Preparation) -> tuple[type, ...]:
    """Return the kind of evidence that only such a preparation has."""
    if p.counts:
        return (Count,)
    return (Programme,) if p.pump else (VolumeRead,) if p.plan.by_volume else ()


def _ahead(workflow: Workflow, p: Preparation, scene: Scene) -> Iterator[Attempt]:
    """Yield the right evidence for steps that matter, whether or not it is their turn."""
    ahead = (
        "release",
        "waste",
        "bag-after",
        "reservoir-full",
        "programme-check",
        "count-1",
        "count-2",
        "bag-mixed",
        "bottle-all",
    )
    for name, who in (("approve", PAM), *((one, holder(p)) for one in ahead)):
        for step in workflow.steps():
            if step.name == name:
                yield Attempt(asked.Submit(name, right(scene, name, step.needs, who)), who)


def _labels(p: Preparation) -> Iterator[Attempt]:
    copies = [label.copy for label in p.labels if label.label_kind == "in_process"]
    first = Printed("in_process", "INPROC01", max(copies, default=0) + 1, "", "spool")
    for printed, reason in ((first, ""), (first, "damaged"), (p.in_process or first, "damaged")):
        yield Attempt(asked.RecordLabel(printed, reason), MACHINE)
    copies = [label.copy for label in p.labels if label.label_kind == "final"]
    again = Printed("final", "FINAL001", max(copies, default=0) + 1, "", "spool")
    for who in (MACHINE, holder(p)):
        yield Attempt(asked.RecordLabel(again, "damaged"), who)
    yield Attempt(asked.RecordLabel(again, "damaged"), MACHINE, blocked="an allergy")


def _not_cleared(p: Preparation, scene: Scene) -> Iterator[Attempt]:
    """Yield claims of an order of which each thing that is required is missing, has run out or lacks something in turn."""
    for missing in range(len(scene.world.cleared) if not p.claimed_by else 0):
        rest, told = list(scene.world.cleared), scene.world.cleared[missing]
        del rest[missing]
        yield Attempt(asked.Claim(), ANN, clearances=tuple(rest))
        for spoilt in (
            replace(told, until=scene.at),
            replace(told, given_at=scene.at - timedelta(hours=24), until=None),
            replace(told, given_at=scene.at + timedelta(minutes=1)),
            replace(told, order_version=0),
            replace(told, confirmed_by=" "),
            replace(told, number=""),
            replace(told, days_supply=29),
            replace(told, refills=None),
        ):
            yield Attempt(asked.Claim(), ANN, clearances=(*rest, told, spoilt))


@cache
def _people(has_it: str, away: str) -> tuple[Attempt, ...]:
    """Return what people try with each other; `has_it` is who has it, `away` a station where it is not."""
    return tuple(_each_with_each(PEOPLE.get(has_it, ANN), away))


def _each_with_each(holds: Actor, away: str) -> Iterator[Attempt]:
    other = another(holds)
    for who in CAST:
        yield Attempt(asked.Claim(), who)
        yield Attempt(asked.Back(), who)
        yield Attempt(asked.HandOver(), holds, who)
        yield Attempt(asked.TakeOver(), other, who)
        yield Attempt(asked.TakeOver(), who, LEE)
    yield Attempt(asked.Claim(), ANN, occupied="P-2")
    yield Attempt(asked.Claim(), ANN, station="")
    yield Attempt(asked.Claim(), ANN, blocked="an allergy")
    yield Attempt(asked.HandOver(), holds)
    yield Attempt(asked.HandOver(), holds, other, station=away)
    yield Attempt(asked.HandOver(), other, LEE)
    yield Attempt(asked.TakeOver(), ANN, PAM)
    yield Attempt(asked.TakeOver(), DANA, PAM)
    yield Attempt(asked.TakeOver(), other)
    yield Attempt(asked.TakeOver(), EVE)
    yield Attempt(asked.TakeOver(), IDA)
    yield Attempt(asked.TakeOver(), other, PAM, station=away)
    yield Attempt(asked.TakeOver(), other, PAM, station=away, occupied="P-2")


@cache
def _stops(has_it: str) -> tuple[Attempt, ...]:
    """Return every stop, call, answer and word of the sender that may be tried while `has_it` has it."""
    return tuple(_each_stop(PEOPLE.get(has_it, ANN)))


def _each_stop(holds: Actor) -> Iterator[Attempt]:
    for why in get_args(asked.PauseReason):
        yield Attempt(asked.Pause(why), holds)
    for who in CAST:
        yield Attempt(asked.Pause("pharmacist hold"), who)
        yield Attempt(asked.Resume(REASON), who)
        yield Attempt(asked.ChangeGloves(), who)
    yield Attempt(asked.Resume(""), PAM)
    yield Attempt(asked.Resume(REASON), PAM, blocked="an allergy")
    yield Attempt(asked.ChangeGloves(gown=True), holds)
    yield Attempt(asked.Pause("other"), another(holds))
    yield Attempt(asked.Call("help"), holds)
    yield Attempt(asked.Call("help"), VERA)
    for who in (PAM, RAE, holds):
        yield Attempt(asked.Answer("wait"), who)
    changes: tuple[tuple[Literal["changed", "cancelled", "held", "released"], bool], ...] = (
        ("changed", True),
        ("changed", False),
        ("cancelled", False),
        ("held", False),
        ("released", False),
    )
    for change, equal in changes:
        yield Attempt(asked.ChangeOrder(change, 2, equal), MACHINE)
    yield Attempt(asked.ChangeOrder("cancelled", 2, False), holds)


WAIVABLE = ("WRONG_DEVICE", "TOO_MUCH", "TOO_CLOSE", "WRONG_STRENGTH", "EXPIRED", "TYPED_NO_WITNESS")


def _undoing(workflow: Workflow, p: Preparation, scene: Scene) -> Iterator[Attempt]:
    groups: tuple[Literal["syringe", "vial", "fluid"], ...] = ("syringe", "vial")
    if p.pump is not None:
        groups = ("syringe", "vial", "fluid")
    for group in groups:
        for unit in range(1, 2 if p.counts else len(p.plan.syringes_ml) + 2):
            yield Attempt(asked.Redo(group, unit, "new one"), holder(p))
        yield Attempt(asked.Redo(group, 1, "new one"), PAM)
        yield Attempt(asked.Redo(group, 1, "new one"), another(holder(p)))
    for slot in workflow.open_slots(p):
        for code in WAIVABLE:
            yield Attempt(asked.Waive(slot.name, code, REASON), PAM)
        for who in (holder(p), LEE, RAE, VERA):
            yield Attempt(asked.Waive(slot.name, "WRONG_DEVICE", REASON), who)
        yield Attempt(asked.Waive(slot.name, "WRONG_DEVICE", ""), PAM)
    rejected = signature(scene, "rejected", PAM)
    for step in workflow.steps():
        if step.name in (*STEPS, WASTE_WORN) and not step.slots(p):
            continue  # of a point at which this policy asks nothing
        yield Attempt(asked.Rework(step.name, "image unusable", "again", rejected), PAM)
    for who in (holder(p), DANA, RAE):
        yield Attempt(asked.Rework("syringe-empty", "other", "again", signature(scene, "rejected", who)), who)
    yield Attempt(asked.Rework("syringe-empty", "other", "", rejected), PAM)
    yield Attempt(asked.Rework("syringe-empty", "other", "again", signature(scene, "order verified", PAM)), PAM)
    yield Attempt(asked.Correct(1, "old", "new", REASON), PAM)
    yield Attempt(asked.Correct(9999, "old", "new", REASON), PAM)


def _endings(p: Preparation, scene: Scene) -> Iterator[Attempt]:
    for who in (PAM, holder(p), DANA, RAE):
        yield Attempt(asked.Remake("other", "broken", signature(scene, "rejected", who)), who)
    yield Attempt(asked.Remake("other", "broken", signature(scene, "rejected", PAM)), DANA)
    for who in (PAM, holder(p), another(holder(p)), CY, VERA):
        yield Attempt(asked.Abort("other"), who)
    yield Attempt(scene.world.opening, PAM)


def _from_paper(p: Preparation, scene: Scene) -> Iterator[Attempt]:
    """Yield what people enter from a downtime sheet: the whole one by everybody, and what cannot be by Pam and Ann."""
    good = sheet(scene)

    def entered(
        by: Actor, second: Actor | None, said: Sheet = good, meaning: Meaning = "entered from paper"
    ) -> Attempt:
        signs = cosignature(scene, second) if second else None
        return Attempt(asked.EnterFromPaper(said, signature(scene, meaning, by)), by, second, cosigned=signs)

    yield entered(PAM, ANN)
    yield replace(entered(PAM, ANN), no_stock="thrown away at 12:00")
    if p.claimed_by:
        return
    for who in CAST:
        yield entered(PAM, who)
        yield entered(who, ANN)
    yield entered(PAM, None)
    yield entered(PAM, ANN, meaning="rejected")
    command = asked.EnterFromPaper(good, signature(scene, "entered from paper", PAM))
    yield Attempt(command, DANA, ANN, cosigned=cosignature(scene, ANN))
    yield Attempt(command, PAM, ANN, cosigned=cosignature(scene, ANN, "an older page"))
    yield Attempt(command, PAM, ANN)
    for said in _spoilt(good, scene):
        yield entered(PAM, ANN, said)


def _amending(p: Preparation, scene: Scene) -> Iterator[Attempt]:
    """Yield every exchange of the recipe by everybody, and what is no exchange by Pam: unsigned, for another drug, back."""
    for other in scene.world.others:
        for who in CAST:
            yield Attempt(asked.Amend(other, REASON, signature(scene, "recipe amended", who)), who)
        by_pam = asked.Amend(other, REASON, signature(scene, "recipe amended", PAM))
        yield Attempt(by_pam, DANA)
        yield Attempt(replace(by_pam, reason="short"), PAM)
        yield Attempt(replace(by_pam, signature=signature(scene, "rejected", PAM)), PAM)
        yield Attempt(replace(by_pam, signature=replace(by_pam.signature, over="older")), PAM)
        unfit = replace(other, bases=("water",)) if p.plan.container in WITH_BASE else replace(other, routes=("none",))
        for wrong in (replace(other, signed_by=()), replace(other, drug="otherine"), unfit):
            yield Attempt(replace(by_pam, recipe=wrong), PAM)
        yield Attempt(replace(by_pam, recipe=p.recipe), PAM)


UNSAID = (("", 0), ("one bottle", 0), ("", 8), ("one bottle", 10_000))
"""What a sheet of a count may say of a stock bottle that is not enough: which one, and how many out of it."""


def _of_a_trials_stock(scene: Scene) -> bool:
    return not scene.facts.counted and bool(own_stock(scene.facts.opened.recipe))


def _spoilt(good: Sheet, scene: Scene) -> tuple[Sheet, ...]:
    return (
        replace(good, pages=()),
        replace(good, note="short"),
        replace(good, checked_by=" ANN t "),
        replace(good, ingredients=()),
        replace(good, ingredients=(PaperLine("the drug", " "),)),
        *(
            (replace(good, ingredients=(PaperLine("the drug", "L1", *some),)) for some in UNSAID)
            if scene.facts.counted
            else ()
        ),
        *((replace(good, ingredients=(PaperLine("the drug", "L1"),)),) if _of_a_trials_stock(scene) else ()),
        replace(good, dose_mg=Decimal(0)),
        replace(good, made_at=scene.at + timedelta(hours=1)),
        replace(good, beyond_use=good.made_at),
    )
