"""The faults that are planted, one at a time, with the property that each of them breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.workflows.faults import (
    Fault,
    entry,
    keep,
    keeping,
    loosened,
    moved,
    patched,
    rebuilt,
    silent,
    waivable,
    weighed_first,
    without,
)
from workflows import closing, decide, gates, gravimetry, measured, plan, preparation, steps, taking_back, worlds
from workflows import commands as asked
from workflows import events as happened
from workflows.evidence import Scan
from workflows.findings import Refused
from workflows.library import IV_BAG
from workflows.rules import dating, expiry, identity, people, protection, weighing
from workflows.steps import Condition, Workflow
from workflows.worlds import (
    HELD,
    ONE_OF_EACH,
    TWO_CABINETS,
    TWO_SYRINGES,
    TWO_VIALS,
    WITH_DEVICES,
)

OPENING = ONE_OF_EACH.opening
HOLDS, BOTH = replace(OPENING.recipe, hold=True), replace(OPENING.policy, photos=("syringes", "final"))
WITH_HOLD = replace(ONE_OF_EACH, opening=replace(OPENING, recipe=HOLDS, policy=BOTH))
STOPPING = replace(ONE_OF_EACH, only=frozenset({worlds.STOP}))
POURING, MIXING = (replace(world, only=frozenset({worlds.OUTSIDE})) for world in (HELD, ONE_OF_EACH))
SENDING, CALLING = (
    replace(HELD, only=frozenset({worlds.ORDER, worlds.AGAIN})),
    replace(ONE_OF_EACH, only=frozenset({worlds.CALL})),
)
TYPING, LATE = (replace(ONE_OF_EACH, only=frozenset({kind})) for kind in (worlds.ENTRY, worlds.CLOCK))
NEVER = Condition("never", lambda _: False)


def refuse(_: Any) -> Any:
    return lambda *_: Refused("NO", "No.")


def later_start(read: Any) -> Any:
    def after(p: Any, e: Any, r: Any) -> Any:
        new = read(p, e, r)
        return replace(new, started_at=r.at) if new.started_at else new

    return after


def glove_minutes(p: Any, at: Any) -> str:
    late = p.gloves_at is None or at - p.gloves_at > timedelta(minutes=p.policy.glove_minutes)
    return "gloves" if late else ""


def unwitnessed(case: Any) -> Any:
    scan: Scan = case.evidence
    return people.Finding("TYPED_NO_PHOTO", "x", "y") if scan.how == "typed" and not scan.photo else None


def wide(expected: Any, tolerance: D) -> Any:
    return gravimetry.Window(expected * (1 - tolerance), expected, expected * (1 + 2 * tolerance))


def two_days(p: Any) -> Any:
    return p.started_at and dating.BeyondUse(p.started_at + timedelta(hours=48), "nothing", ())


def closed_without(p: Any) -> Any:
    return happened.Closed(tuple(closing.accounts(p))[1:], D(0), D(0))


def leave_leftovers(p: Any, slot: Any, command: Any, now: Any) -> Any:
    accepted = happened.Accepted(slot.name, command.evidence)
    return (accepted, *decide._released(p, now)) if slot.step.name == "release" else (accepted,)


def water(volume: Any, density: Any, tolerance: D) -> Any:
    limits = gravimetry.window(gravimetry.Mass(volume.ml * D("1.1")), tolerance)
    return plan.Target(volume.ml, limits.low.g, limits.expected.g, limits.high.g, tolerance)


def resume_anything(workflow: Any, p: Any, command: Any, now: Any) -> Any:
    return (happened.Resumed(command.note),) if p.paused and not p.outcome else Refused("NOT_PAUSED", "")


def last_word(p: Any, e: Any, r: Any) -> Any:
    state = "current" if e.change == "released" else ("changed, equal" if e.equal else e.change)
    return replace(p, order_state=state, paused="" if e.change == "released" else "order change")


def back_over_anything(workflow: Any, p: Any, command: Any, now: Any) -> Any:
    unable = gates.may_work(p, now)
    if unable or p.outcome or not p.entries:
        return unable or Refused("NO", "")
    last = max(p.entries.values(), key=lambda one: one.version)
    return (happened.SteppedBack(last.slot, ""),) if last.slot != "verify" else Refused("NO", "")


def redo_after_the_end(redo: Any) -> Any:
    return lambda workflow, p, command, now: redo(workflow, replace(p, outcome=""), command, now)


def still_filled(*steps_kept: str) -> Any:
    """A hand-over after which these steps count as done."""

    def entries(before: Any, after: Any) -> Any:
        kept = {slot: one for slot, one in before.entries.items() if slot.partition(":")[0] in steps_kept}
        return {**after.entries, **kept}

    return keeping(entries=entries)


def forgets(slot: str) -> Any:
    """An event that, once liquids have met, opens this slot as well."""

    def entries(_: Any, after: Any) -> Any:
        return {name: one for name, one in after.entries.items() if name != slot or "bag-after" not in after.entries}

    return keeping(entries=entries)


STARTS_AT_THE_CABINET = property(
    lambda step: step.by == "technician" and step.stage in steps.AT_THE_CABINET and not step.continues
)


def allow(*_: Any, **__: Any) -> None:
    return None


def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> Workflow:
    monkeypatch.setitem(decide._DECIDERS, asked.Abort, refuse(None))
    monkeypatch.setitem(decide._DECIDERS, asked.Remake, refuse(None))
    return IV_BAG


def _unwitnessed(one: Any) -> Any:
    loose = replace(identity.IS_READ_OR_WITNESSED, check=unwitnessed)
    return replace(one, must=tuple(loose if known is identity.IS_READ_OR_WITNESSED else known for known in one.must))


FAULTS = (
    Fault("the product is not compared", without(identity.IS_THE_ORDERED_PRODUCT), 2),
    Fault("one unit counts twice", without(identity.IS_A_NEW_UNIT), 2),
    Fault("expiry is not looked at", without(expiry.IS_IN_DATE), 2),
    Fault("recalls are not looked at", without(expiry.IS_NOT_RECALLED), 2),
    Fault("a recall since is let out", without(expiry.NOTHING_IN_IT_IS_RECALLED), 2),
    Fault("anything may be typed alone", without(identity.IS_READ_OR_WITNESSED), 2),
    Fault("any bag will do", without(identity.IS_THE_BASE), 2),
    Fault("any diluent will do", without(identity.IS_THE_DILUENT), 2, WITH_DEVICES),
    Fault("any device will do", without(identity.IS_THE_DEVICE), 2, WITH_DEVICES),
    Fault("any final label will do", without(identity.IS_THE_FINAL_LABEL), 2),
    Fault("any in-process label will do", without(identity.IS_THE_IN_PROCESS_LABEL), 2),
    Fault("unsettled readings count", without(weighing.IS_SETTLED), 3),
    Fault("old readings count", without(weighing.IS_FRESH), 3),
    Fault("any balance will do", without(weighing.IS_QUALIFIED), 3),
    Fault("the zero is not looked at", without(weighing.IS_ZEROED), 3),
    Fault("any two readings are a pair", without(weighing.IS_A_PAIR), 3),
    Fault("a draw outside is accepted", without(weighing.IS_WITHIN_TOLERANCE, step="syringe-full"), 3, TWO_SYRINGES),
    Fault("a bag outside is accepted", without(weighing.IS_WITHIN_TOLERANCE, step="bag-after"), 3),
    Fault("diluent outside is accepted", without(weighing.IS_WITHIN_TOLERANCE, step="recon-after"), 3, WITH_DEVICES),
    Fault("the sum is not judged", without(weighing.SUM_IS_WITHIN_TOLERANCE), 3),
    Fault("a vial off its label is accepted", without(weighing.IS_AT_LABEL_CONCENTRATION), 3, WITH_DEVICES),
    Fault("an uncertified cabinet is accepted", without(protection.IS_A_CERTIFIED_PEC), 6),
    Fault("a dirty cabinet is accepted", without(protection.IS_DECONTAMINATED_SINCE_ANOTHER_DRUG), 6),
    Fault("anything counts as a cabinet", without(identity.IS_A_CABINET), 6),
    Fault("any item counts as the gloves", without(protection.EVERY_ITEM_CONFIRMED), 6),
    Fault("any meaning approves", without(people.MEANS_APPROVED), 1),
    Fault("a signature in another's name counts", without(people.IS_THE_SIGNERS_OWN), 1),
    Fault("a stale page may be signed", without(people.IS_OVER_WHAT_WAS_SHOWN), 1),
    Fault("photos need not be seen", without(people.EVERY_PHOTO_WAS_SEEN), 1),
    Fault("typed codes need no acceptance", without(people.EVERY_TYPED_CODE_IS_ACCEPTED), 2, TYPING, 1),
    Fault("an approval may be late", without(people.IS_BEFORE_BEYOND_USE), 7),
    Fault("a release may be late", without(people.LEAVES_BEFORE_BEYOND_USE), 7),
    Fault("preparers approve", loosened("approve", not_by_preparers=False), 1, departures=1),
    Fault("preparers approve mixing", loosened("premix", not_by_preparers=False), 5, WITH_HOLD, 1),
    Fault("a technician approves", loosened("approve", by="technician"), 5),
    Fault("a technician says a label was printed", loosened("label-print", by="technician"), 5),
    Fault("an injection is taken back", loosened("bag-after", final=False, alters=False), 3),
    Fault("old gloves begin at the bag", loosened("bag-before", continues=True), 6, LATE, 1),
    Fault("the hold is left out", loosened("premix", when=NEVER), 1, WITH_DEVICES),
    Fault("the diluent is not scanned", loosened("diluent", when=NEVER), 4, WITH_DEVICES),
    Fault("it is released before it is approved", moved("approve", "waste"), 1),
    Fault("weighing comes before scanning", weighed_first, 4),
    Fault(
        "a pharmacist accepts a wrong strength",
        waivable(identity.IS_THE_ORDERED_PRODUCT, "WRONG_STRENGTH", "pharmacist"),
        2,
    ),
    Fault("a pharmacist accepts a wrong weight", waivable(weighing.IS_WITHIN_TOLERANCE, "TOO_MUCH", "pharmacist"), 3),
    Fault(
        "a lead accepts a missing device",
        waivable(identity.IS_THE_DEVICE, "WRONG_DEVICE", "lead_technician"),
        5,
        WITH_DEVICES,
    ),
    Fault("the typed code needs no witness", lambda m: rebuilt(_unwitnessed), 2),
    Fault("no clock runs out", patched(gates, "clock_expired", lambda *_: ""), 6, LATE, 1),
    Fault("gloves last a moment too long", patched(gates, "clock_expired", glove_minutes), 6, LATE, 1),
    Fault("anybody works on anybody's", patched(gates, "may_work", allow), 5),
    Fault("taking part is forgotten", patched(gates, "took_part", allow), 1, departures=1),
    Fault(
        "a pharmacist needs no licence",
        patched(gates, "may_judge", lambda who: None if "pharmacist" in who.roles else Refused("", "")),
        5,
    ),
    Fault(
        "lapsed competency is overlooked",
        patched(decide, "may_compound", lambda p, who, now: None if who.roles & people.TECHNICIAN else Refused("", "")),
        5,
    ),
    Fault("a take-over needs nobody", patched(decide, "_leads", lambda *_: True), 5),
    Fault("a full cabinet is entered", patched(gates, "_crowded", allow), 6),
    Fault(
        "a technician ends a spill",
        patched(decide, "FREE_TO_RESUME", ("equipment", "other", "spill")),
        5,
        STOPPING,
        1,
    ),
    Fault(
        "anybody resumes anything", entry(decide._DECIDERS, asked.Resume, lambda _: resume_anything), 7, departures=1
    ),
    Fault("going back opens containers unseen", entry(decide._DECIDERS, asked.Back, lambda _: back_over_anything), 8),
    Fault(
        "no weighing is one too many",
        entry(preparation._AFTER, happened.Rejected, keeping(attempts=lambda p, _: p.attempts)),
        3,
        departures=1,
    ),
    Fault("an order change is only noted", entry(preparation._AFTER, happened.OrderChanged, keep), 7, departures=1),
    Fault(
        "the sender's last word undoes the first",
        entry(preparation._AFTER, happened.OrderChanged, lambda _: last_word),
        5,
        departures=1,
    ),
    Fault(
        "witnesses count as strangers",
        entry(preparation._AFTER, happened.Accepted, keeping(hands=lambda p, _: p.hands)),
        5,
        departures=1,
    ),
    Fault(
        "whoever took over counts as a stranger",
        entry(preparation._AFTER, happened.HandedOver, keeping(hands=lambda p, _: p.hands)),
        5,
        departures=1,
    ),
    Fault("taking back takes nothing back", entry(preparation._AFTER, happened.SteppedBack, keep), 6, departures=1),
    Fault(
        "a redo forgets the old vial",
        entry(preparation._AFTER, happened.Redone, keeping(set_aside=lambda p, _: p.set_aside)),
        2,
        departures=1,
    ),
    Fault(
        "new gloves are a new gown",
        entry(preparation._AFTER, happened.GlovesChanged, keeping(gown_at=lambda _, n: n.gloves_at)),
        6,
        departures=1,
    ),
    Fault(
        "a new label keeps its approval",
        patched(preparation, "JUDGED_WITH_ITS_LABEL", ("label-scan",)),
        1,
        departures=1,
    ),
    Fault(
        "beyond use begins anew with each weighing",
        entry(preparation._AFTER, happened.Accepted, later_start),
        7,
        departures=1,
    ),
    Fault("beyond use is two days", patched(people, "beyond_use", two_days), 7),
    Fault("the window is wider above", patched(gravimetry, "window", wide), 3),
    Fault("every draw may be 15 % off", patched(gravimetry, "draw_tolerance", lambda *_: D("0.15")), 3, TWO_SYRINGES),
    Fault("the density is wrong", patched(plan, "target", water), 3, TWO_SYRINGES),
    Fault("one vial fewer is opened than the dose needs", patched(plan, "ROUND_CEILING", "ROUND_FLOOR"), 4),
    Fault("one container is left out of the account", patched(decide, "close", closed_without), 8),
    Fault("the leftovers close nothing", patched(decide, "_accept", leave_leftovers), 9),
    Fault(
        "a picture of full syringes is taken after mixing",
        patched(taking_back, "_gone", lambda *_: ()),
        1,
        WITH_DEVICES,
    ),
    Fault("a wet vial is weighed as dry", patched(taking_back, "after_slot", lambda _: ""), 3, POURING, 1),
    Fault(
        "nobody remembers that liquid moved",
        entry(preparation._AFTER, happened.Rejected, keeping(moved=lambda p, _: p.moved)),
        3,
        departures=1,
    ),
    Fault(
        "too much diluent is drawn out again",
        entry(preparation._AFTER, happened.Rejected, keeping(spent=lambda p, _: p.spent)),
        3,
        POURING,
        1,
    ),
    Fault(
        "too much in the bag is taken out again",
        entry(preparation._AFTER, happened.Rejected, keeping(spent=lambda p, _: p.spent)),
        3,
        MIXING,
        1,
    ),
    Fault(
        "a reading taken back counts again",
        entry(preparation._AFTER, happened.SteppedBack, keeping(last_weighed_at=lambda _, __: None)),
        3,
        departures=1,
    ),
    Fault(
        "a vial is set aside after the end",
        entry(decide._DECIDERS, asked.Redo, redo_after_the_end),
        8,
        departures=1,
    ),
    Fault(
        "whoever takes over is dressed already",
        entry(preparation._AFTER, happened.HandedOver, still_filled("ppe")),
        6,
        departures=1,
    ),
    Fault(
        "every cabinet is the one that was scanned",
        entry(preparation._AFTER, happened.HandedOver, still_filled("cabinet")),
        6,
        departures=1,
    ),
    Fault(
        "an injection is finished undressed",
        patched(steps.Step, "at_the_cabinet", STARTS_AT_THE_CABINET),
        6,
        departures=1,
    ),
    Fault(
        "a better cabinet lifts what was made in a lesser one",
        entry(preparation._AFTER, happened.Accepted, keeping(category=lambda _, n: n.cabinet and n.cabinet.category)),
        7,
        TWO_CABINETS,
        1,
    ),
    Fault(
        "every cabinet is of category 2",
        patched(dating, "STERILITY_HOURS", dict.fromkeys(dating.STERILITY_HOURS, 96)),
        7,
        TWO_CABINETS,
        1,
    ),
    Fault(
        "the label's strength stands for the actual one",
        patched(measured, "concentration", lambda p: gravimetry.Concentration(p.recipe.concentration_mg_ml)),
        3,
        TWO_VIALS,
    ),
    Fault(
        "a third vial takes diluent nobody scanned", patched(taking_back, "_used_up", lambda *_: ()), 2, TWO_VIALS, 1
    ),
    Fault(
        "premix is signed after mixing",
        entry(preparation._AFTER, happened.OrderChanged, forgets("premix")),
        1,
        SENDING,
        2,
    ),
    Fault(
        "a hold gives way to the stop before it",
        entry(preparation._AFTER, happened.Paused, keeping(paused=lambda p, n: p.paused or n.paused)),
        5,
        departures=1,
    ),
    Fault("it leaves over an open call", patched(gates, "_to_clear", allow), 1, CALLING, 1),
    Fault("it leaves over an order to be cleared", patched(gates, "_to_clear", allow), 7),
    Fault("a password approves where a passkey is asked for", without(people.IS_BY_PASSKEY_WHERE_ASKED), 1),
    Fault("emergency access releases", patched(gates, "_never_in_emergency", allow), 5, ONE_OF_EACH, 1),
    Fault("emergency access is not recorded", entry(decide._DECIDERS, asked.TakeOver, silent), 5),
    Fault("what went in stays for ever: no abort, no remake", _no_way_out, 9, departures=1),
)
