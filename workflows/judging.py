"""Judges single events by the nine properties, asking neither the rules nor `decide`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from workflows import events as happened
from workflows import facts as read
from workflows import facts_of_doses as doses
from workflows import facts_of_waste as waste
from workflows import properties_of_added as added
from workflows import properties_of_counts as counts
from workflows import properties_of_opened as opened
from workflows import properties_of_oral as mouth
from workflows import properties_of_trials as trials
from workflows import properties_of_volumes as volumes
from workflows import properties_of_weighed_counts as by_scale
from workflows.circumstances import Circumstances
from workflows.clearances import Clearance, Requirement
from workflows.evidence import Confirmation, Count, Printed, Programme, Scan, Signature, VolumeRead, Weighing
from workflows.facts import PAIRS, Facts
from workflows.facts_of_volumes import by_volume
from workflows.properties import (
    OWN_STOPS,
    Found,
    complete,
    is_pharmacist,
    is_technician,
    may_finish,
    protected,
    scanned,
    signed,
    weighed,
)
from workflows.properties_of_containers import own, read_by, set_apart
from workflows.sentences import Breach

ROUNDED = Decimal("0.000001")
"""mg by which two sums of one dose may differ, for they round to so many digits in another order."""


def judge(f: Facts, r: happened.Recorded, now: Circumstances) -> tuple[Breach, ...]:
    """Return what is wrong with event `r`, which follows on the log that `f` knows, in the circumstances `now`."""
    if isinstance(r.event, happened.Corrected):
        return ()
    if f.closed and not (isinstance(r.event, happened.LabelRecorded) and r.event.printed.label_kind == "final"):
        return (Breach(8, f"{type(r.event).__name__} after everything was accounted for"),)
    judges = _JUDGES.get(type(r.event))
    return tuple(judges(f, r.event, now)) if judges else ()


def _claimed(f: Facts, e: happened.Claimed, now: Circumstances) -> Found:
    if not is_technician(f, now.who, now) or f.holder:
        yield Breach(5, "taken by somebody who may not, or twice")
    if now.occupied_by:
        yield Breach(6, "another preparation is open in the cabinet")
    if f.stops or f.outcome or "verify" not in f.kept:
        yield Breach(7, "work began on an order that was stopped or not verified")
    yield from counts.sums(f)
    yield from _cleared(f, e.clearances, now)


def _cleared(f: Facts, told: tuple[Clearance, ...], now: Circumstances, *, leaving: bool = False) -> Found:
    """Yield what the policy requires of the order and no confirmation that still stands meets (7)."""
    order = f.begun.order
    for asked in f.begun.policy.requires:
        drugs = [one.strip().lower() for one in asked.drugs]
        other_payer = bool(asked.payers) and not any(_alike(order.payer, one) for one in asked.payers)
        if other_payer or (drugs and order.drug.strip().lower() not in drugs) or (leaving and not asked.until_release):
            continue
        newest = [one for one in told if one.requirement == asked.name][-1:]
        if told != now.clearances or not newest or not _stands(asked, newest[0], order.version, now.at):
            yield Breach(7, f"{'released' if leaving else 'work began'} without {asked.name}")


def _alike(payer: str, named: str) -> bool:
    """Whether two spellings may be of one payer: the shorter stands within the longer, marks and blanks left out."""
    short, long = sorted((re.sub(r"[\W_]", "", one.lower()) for one in (payer, named)), key=len)
    return short in long


def _stands(asked: Requirement, given: Clearance, version: int, at: datetime) -> bool:
    over = given.until is not None and given.until <= at
    late = asked.hours is not None and at - given.given_at >= timedelta(hours=asked.hours)
    nameless = not given.confirmed_by.strip() or (asked.numbered and not given.number.strip())
    endless = asked.dated and given.until is None
    days = given.days_supply or 0
    much = asked.most_days is not None and (days < 1 or days > asked.most_days)
    again = asked.no_refills and given.refills != 0
    stale = asked.anew and given.order_version < version
    return not (over or late or nameless or endless or much or again or stale or given.given_at > at)


def _accepted(f: Facts, e: happened.Accepted, now: Circumstances) -> Found:
    step = e.slot.partition(":")[0]
    if f.outcome and step not in ("waste", "waste-on"):
        yield Breach(8, f"{e.slot} after the end")
    if e.slot in f.kept:
        yield Breach(8, f"{e.slot} was accepted twice: the first one is unaccounted for")
    if f.stops and not f.outcome:
        yield Breach(7 if "order change" in f.stops else 5, f"{e.slot} while work was stopped: {', '.join(f.stops)}")
    yield from added.passed(f, e.slot)
    if step == "premix" and (f.met or any(slot in f.kept for slot in read.MIXED)):
        yield Breach(1, "what has to be seen before the injection was signed after it")
    if isinstance(e.evidence, Signature):
        yield from signed(f, step, e.evidence, now)
    elif isinstance(e.evidence, Printed):
        yield from _printed(f, now)
    else:
        yield from _by_a_technician(f, now)
        if step == "release" and not is_technician(f, now.who, now):
            yield Breach(5, f"{now.who.name} let it leave in emergency access")
        yield from protected(f, e.slot, now)
        yield from set_apart(f, e.slot, e.evidence, now)
        yield from _evidence(f, e, now)


def _evidence(f: Facts, e: happened.Accepted, now: Circumstances) -> Found:
    step = e.slot.partition(":")[0]
    if isinstance(e.evidence, Weighing):
        yield from (by_scale.weighed if f.counted else weighed)(f, e.slot, e.evidence, now)
        if step == "syringe-full":
            yield from opened.looked_into(f, e.slot, now)
        if step == "vial-opened" and now.no_stock:
            yield Breach(6, f"{e.slot} was weighed though it is no stock any more: {now.no_stock}")
    elif isinstance(e.evidence, Programme):
        yield from read_by(f, e.slot, e.evidence, now)
    elif isinstance(e.evidence, Scan):
        yield from scanned(f, e.slot, e.evidence, now)
    elif isinstance(e.evidence, Count):
        yield from counts.counted(f, e.slot, e.evidence, now)
    elif isinstance(e.evidence, Confirmation) and step == "vial-look" and e.evidence.item != opened.SOUND:
        yield Breach(2, f"{e.slot} was answered with: {e.evidence.item}")
    elif isinstance(e.evidence, Confirmation) and step == "shaken":
        yield from mouth.said(e.slot, e.evidence.item)
    elif isinstance(e.evidence, VolumeRead):
        yield from volumes.read_off(f, e.slot, e.evidence, now)
    elif isinstance(e.evidence, Confirmation) and step in ("waste", "waste-on"):
        yield from added.cleared_away(f, e.slot, e.evidence)
    elif isinstance(e.evidence, Confirmation) and step.startswith("added-"):
        yield from added.confirmed(f, e.slot, e.evidence, now)
    elif isinstance(e.evidence, Confirmation) and by_volume(f.begun) and step != "ppe":
        yield from volumes.said(f, e.slot, e.evidence.item)
        yield from volumes.open_too_long(f, e.slot, now) if step == "bag-mixed" else ()
    elif isinstance(e.evidence, Confirmation) and step == "ppe" and e.slot != f"ppe:{e.evidence.item}":
        yield Breach(6, f"{e.evidence.item} was confirmed for {e.slot}")


def _printed(f: Facts, now: Circumstances) -> Found:
    if "system" not in now.who.roles:
        yield Breach(5, "a label was reported by a person, not by the printer")
    if f.stops or now.order_blocked:
        yield Breach(7, f"a final label came out while {now.order_blocked or 'work was stopped'}")
    if f.in_process is None:
        yield Breach(2, "a final label came out for a tray that carries no in-process label")
    if f.counted:
        yield from counts.labelled(f)


def _reported(f: Facts, e: happened.LabelRecorded, now: Circumstances) -> Found:
    if e.printed.label_kind != "final":
        return
    limit = read.beyond_use(f) if f.outcome == "released" else None
    if f.outcome and (limit is None or limit <= now.at):
        yield Breach(7, f"a final label came out at {now.at} of a dose {f.outcome}, beyond use {limit}")
    yield from _printed(f, now)


def _by_a_technician(f: Facts, now: Circumstances) -> Found:
    if not may_finish(f, now.who, now):
        yield Breach(5, f"{now.who.name} is not a technician with current competencies")
    if now.who.id != f.holder or now.station != f.station:
        yield Breach(5, f"{now.who.name} does not have this preparation at {now.station or 'a desk'}")


def _released(f: Facts, e: happened.Released, now: Circumstances) -> Found:
    approval = f.kept.get("approve")
    if approval is None or approval.version < f.changed_at:
        yield Breach(1, "released without an independent approval after the last change")
    yield from trials.opened(f)
    yield from volumes.complete(f) if by_volume(f.begun) else complete(f)
    yield from own(f)
    yield from _at_its_strength(f)
    yield from added.all_confirmed(f)
    if f.called:
        yield Breach(1, "released over a call that nobody answered")
    if now.order_blocked:
        yield Breach(7, f"released though the order was to be cleared: {now.order_blocked}")
    yield from _cleared(f, e.clearances, now, leaving=True)
    if now.recalled:
        yield Breach(2, f"released although {now.recalled} was recalled")
    limit = read.beyond_use(f)
    if limit is None or limit <= now.at or e.beyond_use != limit:
        yield Breach(7, f"released at {now.at}, beyond use {limit}")
    if f.order or f.stops:
        yield Breach(7, f"released while the order was {f.order or 'stopped'}")
    if f.counted:
        yield from counts.released(f, e)
        yield from by_scale.complete(f)
        return
    total = doses.leaves_mg(f)
    if total is None or abs(total - e.dose_mg) > ROUNDED:
        yield Breach(3, f"released as {e.dose_mg} mg; what leaves holds {total} mg")


def _at_its_strength(f: Facts) -> Found:
    """Yield where the concentration that leaves is outside of what its recipe allows, or nobody can tell it (20)."""
    if f.counted:
        return
    low, high, has = f.opened.recipe.final_min_mg_ml, f.opened.recipe.final_max_mg_ml, doses.final_mg_ml(f)
    if has is None or has < (low or 0) or (high is not None and has > high):
        yield Breach(20, f"released with {has} mg/mL; allowed are {low} to {high} mg/mL")


def _waived(f: Facts, e: happened.Waived, now: Circumstances) -> Found:
    if not e.slot.startswith("device:"):
        yield Breach(3 if e.slot.partition(":")[0] in {*PAIRS, *PAIRS.values()} else 2, f"{e.slot} was waived")
    if not is_pharmacist(now.who) or now.who.id in f.preparers or len(e.reason) < 10:
        yield Breach(5, f"{now.who.name} waived {e.slot}")
    if f.stops or f.outcome:
        yield Breach(5, "waived while work was stopped")


def _resumed(f: Facts, _: happened.Resumed, now: Circumstances) -> Found:
    if f.order in ("changed", "held", "cancelled"):
        yield Breach(7, f"resumed although the order was {f.order}")
    if not is_pharmacist(now.who) and (f.stops - OWN_STOPS or now.who.id != f.holder):
        yield Breach(7 if "order change" in f.stops else 5, f"{now.who.name} ended a stop: {', '.join(f.stops)}")


def _handed(f: Facts, e: happened.HandedOver, now: Circumstances) -> Found:
    others = {one.id: one for one in (now.who, now.second) if one is not None}
    if not may_finish(f, others.get(e.to), now):
        yield Breach(5, f"handed over to {e.to}, who may not")
    giver = others.get(f.holder)
    taker = others.get(e.to)
    urgent = taker is not None and taker.emergency is not None and now.at < taker.emergency.until
    if urgent and not e.emergency:
        yield Breach(5, "taken in emergency access, and the record does not say so")
    if giver is None and not (urgent and now.second is None):
        lead = [one for one in others.values() if one.id != e.to]
        if not any(
            is_pharmacist(one) or (one.roles & {"lead_technician"} and is_technician(f, one, now)) for one in lead
        ):
            yield Breach(5, "taken over without a lead technician or pharmacist")
    if e.station != f.station and now.occupied_by:
        yield Breach(6, "moved into a cabinet in which another preparation is open")
    if not f.outcome:
        yield from added.handed(f, e)


def _rejecting(f: Facts, e: happened.Reworked | happened.Remade, now: Circumstances) -> Found:
    if not is_pharmacist(now.who) or now.who.id in f.preparers:
        yield Breach(5, f"{now.who.name} sent it back")
    own = (e.signature.name, e.signature.licence) == (now.who.name, now.who.licence)
    if e.signature.meaning != "rejected" or e.signature.over != now.head or not own:
        yield Breach(5, "sent back without a signature over what was shown")
    if isinstance(e, happened.Reworked):
        yield from _undone(f, e, now)


def _amended(f: Facts, e: happened.RecipeAmended, now: Circumstances) -> Found:
    """Yield where another recipe is nobody's signed one, or something that was made by the old one is left standing."""
    order, recipe, own = f.opened.order, e.recipe, (e.signature.name, e.signature.licence)
    if not is_pharmacist(now.who) or now.who.id in f.preparers or own != (now.who.name, now.who.licence):
        yield Breach(5, f"{now.who.name} amended the recipe")
    if e.signature.meaning != "recipe amended" or e.signature.over != now.head or len(e.reason) < 10:
        yield Breach(5, "the recipe was amended without a signature over what was shown, or without a reason")
    if len(set(recipe.signed_by)) < 2 or recipe.unconfirmed or recipe.drug != order.drug:
        yield Breach(2, f"{recipe.name} is no signed recipe for {order.drug}")
    if order.container not in recipe.containers or (order.base and order.base.fluid not in recipe.bases):
        yield Breach(2, f"{recipe.name} does not make what was ordered")
    if f.outcome or f.met or "bag-after" in f.kept or f.order in ("changed", "held", "cancelled"):
        yield Breach(3, "another recipe for what has met already, has ended, or is no longer ordered")
    before = f.opened.recipe
    same_bag = recipe.bag == before.bag and not {*recipe.keeps_from} ^ {*before.keeps_from}
    stay = {"verify", "cabinet", "ppe", *(("base", "bag-before") if same_bag else ())}
    left = [slot for slot in f.kept if slot not in e.slots and slot.partition(":")[0] not in stay]
    if left:
        yield Breach(
            1 if {"premix", "approve"} & set(left) else 3, f"{', '.join(left)} stands though made by another recipe"
        )


def _undone(f: Facts, e: happened.Redone | happened.Reworked | happened.SteppedBack, _: Circumstances) -> Found:
    slots = (e.slot,) if isinstance(e, happened.SteppedBack) else e.slots
    yield from added.left_standing(f, slots)
    firsts = {PAIRS[slot] for slot in read.MIXED if slot in PAIRS}
    seen = {slot for slot in slots if slot.partition(":")[0] in ("premix", "photo-syringes", "syringe-photo")}
    if not set(read.MIXED).isdisjoint(slots) or (f.met and not firsts.isdisjoint(slots)):
        yield Breach(3, "a transfer that happened was taken back")
    if (f.met or any(slot in f.kept for slot in read.MIXED)) and seen:
        yield Breach(1, "what was seen and signed before the injection was opened again after it")
    if isinstance(e, happened.SteppedBack) and f.wet(e.slot):
        yield Breach(3, f"{e.slot} was taken back though liquid had gone in since")
    if f.outcome and not isinstance(e, happened.Reworked):
        yield Breach(8, f"{', '.join(slots)} was opened again after the end")
    if isinstance(e, happened.SteppedBack):
        yield from opened.taken_back(f, e.slot)
    if isinstance(e, happened.SteppedBack) and f.started_at and any(slot in slots for slot, _ in f.inside):
        yield Breach(8, f"{e.slot} was taken back after it may have been opened")


def _ended(f: Facts, _: happened.Aborted, now: Circumstances) -> Found:
    if not is_pharmacist(now.who) and now.who.id != f.holder and "system" not in now.who.roles:
        yield Breach(5, f"{now.who.name} ended it")


def _on_paper(f: Facts, e: happened.MadeOnPaper, now: Circumstances) -> Found:
    """Yield where a dose made elsewhere passes for one made here, or one person alone vouches for it (R60)."""
    if f.holder or f.inside or f.outcome or "verify" not in f.kept:
        yield Breach(5, "entered from paper though work had begun here, or nobody had signed the order")
    if not is_pharmacist(now.who) or (e.signature.name, e.signature.licence) != (now.who.name, now.who.licence):
        yield Breach(5, f"{now.who.name} entered it from paper")
    if e.signature.meaning != "entered from paper" or e.signature.over != now.head:
        yield Breach(5, "entered from paper without a signature over what was shown")
    if now.release_signature == "passkey" and e.signature.method != "passkey":
        yield Breach(1, "entered from paper by password where a passkey is asked for")
    if e.cosigned is None or now.second is None or e.cosigned.person != now.second.id or now.second.id == now.who.id:
        yield Breach(5, "entered from paper by one person alone")
    elif not now.second.roles & {"technician", "lead_technician", "pharmacist"}:
        yield Breach(5, f"{now.second.name} signed for what was made on paper")
    if not e.sheet.pages or not e.sheet.ingredients:
        yield Breach(8, "entered from paper without the sheet or without what went in")
    if now.no_stock:
        yield Breach(2, f"entered from paper with an opened vial that was none to use: {now.no_stock}")
    if f.counted and not sum(one.number for one in e.sheet.ingredients if one.unit):
        yield Breach(8, "entered from paper without the stock bottle it was taken out of")
    yield from trials.on_paper(f, e)


def _set_apart(f: Facts, e: happened.VialSetApart, now: Circumstances) -> Found:
    yield from _by_a_technician(f, now)
    yield from opened.set_apart(f, e, now)


def _kept(f: Facts, e: happened.VialKept, now: Circumstances) -> Found:
    yield from _by_a_technician(f, now)
    yield from opened.kept(f, e, now)


def _closed(f: Facts, e: happened.Closed, _: Circumstances) -> Found:
    if not f.outcome:
        yield Breach(8, "closed before its end")
    yield from counts.closed(f)
    yield from opened.accounted(f, e)
    wanted = Counter((one.unit, one.text, one.lot) for one in (*f.aside, *(one for _, one in f.inside)))
    given = Counter((one.unit, one.text, one.lot) for one in e.accounts)
    if wanted != given:
        yield Breach(8, f"accounts differ: {wanted - given} missing, {given - wanted} too many")
    if abs(e.wasted_mg - waste.wasted_mg(f)) > opened.NEARLY:
        yield Breach(8, f"{e.wasted_mg} mg count as discarded; {waste.wasted_mg(f)} mg were")
    begun = f.started_at is not None or (f.counted is not None and e.wasted_mg > 0)
    lost = [one for one in e.accounts if begun and one.fate == "not opened"]
    if lost:
        yield Breach(8, f"{lost[0].text} counts as not opened")
    yield from opened.put_back(f, e)


def _entitled(check: Callable[[Facts, Circumstances], bool], what: str) -> Callable[[Facts, Any, Circumstances], Found]:
    def judges(f: Facts, _: Any, now: Circumstances) -> Found:
        if not check(f, now):
            yield Breach(5, f"{now.who.name} {what}")

    return judges


def _back(f: Facts, e: happened.SteppedBack | happened.Redone, now: Circumstances) -> Found:
    yield from _by_a_technician(f, now)
    yield from _undone(f, e, now)


_JUDGES: dict[type, Callable[[Facts, Any, Circumstances], Found]] = {
    happened.Claimed: _claimed,
    happened.Accepted: _accepted,
    happened.Waived: _waived,
    happened.SteppedBack: _back,
    happened.Redone: _back,
    happened.Resumed: _resumed,
    happened.HandedOver: _handed,
    happened.Reworked: _rejecting,
    happened.Remade: _rejecting,
    happened.RecipeAmended: _amended,
    happened.Aborted: _ended,
    happened.LabelRecorded: _reported,
    happened.Released: _released,
    happened.MadeOnPaper: _on_paper,
    happened.VialSetApart: _set_apart,
    happened.VialKept: _kept,
    happened.Closed: _closed,
    happened.OrderChanged: _entitled(lambda _, now: "system" in now.who.roles, "changed the order"),
    happened.CallAnswered: _entitled(lambda _, now: is_pharmacist(now.who), "answered"),
    happened.GlovesChanged: _entitled(lambda f, now: now.who.id == f.holder, "changed another's gloves"),
    happened.Rejected: _entitled(lambda f, now: now.who.id == f.holder or "system" in now.who.roles, "tried it"),
}
