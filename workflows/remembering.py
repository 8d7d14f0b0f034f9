"""How the checker reads a log: what it knows after one more event, found out without the rules and without `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from workflows import events as happened
from workflows.copying import replace
from workflows.evidence import CabinetCode, Container, Count, Printed, Programme, Scan, Signature, Weighing
from workflows.facts import AMOUNTS, MIXED, PAIRS, Facts, Kept, available, expected, first_of, last_transfer
from workflows.facts_of_doses import off_label
from workflows.margins import joined

COUNTED = frozenset(
    {"TOO_MUCH", "TOO_LITTLE", "TOO_CLOSE", "VIALS_DISAGREE", "DOSE_NOT_IN_VOLUME", "VOLUME_OFF", "NOT_AS_KEPT"}
)
"""Findings after which one attempt less is left, so far as the checker counts them."""


HARM = ("spill", "integrity or particulates")
"""Why work was stopped, sent back or ended, after which nothing of it is kept."""


def remember(f: Facts | None, r: happened.Recorded) -> Facts:
    """Return what is known after one more event. Raises ValueError for a log that does not begin with Opened."""
    if isinstance(r.event, happened.Opened | happened.CountOpened):
        return Facts(r.event)
    if f is None:
        raise ValueError("a log begins with Opened")
    reader = _READ.get(type(r.event))
    return reader(f, r.event, r) if reader else f


def _claimed(f: Facts, e: happened.Claimed, r: happened.Recorded) -> Facts:
    return replace(f, holder=r.who, held_by=f.held_by | {r.who}, station=e.station, preparers=f.preparers | {r.who})


def _accepted(f: Facts, e: happened.Accepted, r: happened.Recorded) -> Facts:
    kept = Kept(e.evidence, r.who, r.second, r.at, r.version, r.station)
    f = _handled(replace(f, kept=MappingProxyType({**f.kept, e.slot: kept})), e.evidence, r)
    if isinstance(e.evidence, Signature):
        return f
    if isinstance(e.evidence, Printed):
        return replace(f, final=e.evidence, changed_at=r.version)
    if e.slot not in ("release", "waste") and not e.slot.startswith("waste-on:"):
        f = replace(f, changed_at=r.version)
    f = _told(replace(f, preparers=f.preparers | ({r.who, r.second} - {""})), e, r)
    if e.slot.startswith("ppe:"):
        return replace(f, gloves_at=f.gloves_at or r.at, gown_at=f.gown_at or r.at)
    if f.counted and (isinstance(e.evidence, Count) or e.slot == "photo-tray" or e.slot.startswith("stock")):
        f = replace(f, lain=r.version)
    if isinstance(e.evidence, Count):
        return replace(f, started_at=f.started_at or r.at, apart=f.apart and e.slot != "count-1")
    if e.slot.startswith("syringe-photo"):
        return replace(f, apart=False)
    if e.slot.startswith("syringe-new"):
        return replace(f, started_at=f.started_at or r.at)
    if isinstance(e.evidence, Weighing):
        f = _drawn(_weighed(f, e.slot, e.evidence), e.slot, e.evidence)
        return replace(
            f,
            started_at=f.started_at or r.at,
            weighed_at=max(f.weighed_at, e.evidence.taken_at),
            diluted=f.diluted + e.slot.startswith("recon-before"),
        )
    return _scanned(f, e.slot, e.evidence.found) if isinstance(e.evidence, Scan) else f


def _told(f: Facts, e: happened.Accepted | happened.Rejected, r: happened.Recorded) -> Facts:
    """Note who set a pump or drew by volume, and whether whoever read the pump after that found it so."""
    taken = isinstance(e, happened.Accepted) and e.slot.startswith("syringe-new:")
    if taken or e.slot.startswith("syringe-photo:"):
        return replace(f, set_by=f.set_by | {r.who})
    if not isinstance(e.evidence, Programme):
        return f
    if e.slot == "programme":
        return replace(f, set_by=f.set_by | {r.who}, apart=f.apart and isinstance(e, happened.Rejected))
    first = f.kept.get("programme")
    return replace(f, apart=f.apart or first is None or first.evidence != e.evidence)


def _weighed(f: Facts, slot: str, reading: Weighing) -> Facts:
    """Note a true reading with those of the same load; a first reading forgets what was on the pan before."""
    if slot.partition(":")[0] in PAIRS:
        load = joined(f.loads.get(slot, ()), reading)
        return replace(f, loads=MappingProxyType({**f.loads, slot: load}))
    return replace(
        f, loads=MappingProxyType({second: one for second, one in f.loads.items() if first_of(second) != slot})
    )


def _drawn(f: Facts, slot: str, reading: Weighing) -> Facts:
    """Note what a true reading shows beyond its own slot: a draw of more than its vials held, or an injection (R3, R4)."""
    step, _, unit = slot.partition(":")
    if step == "syringe-full":
        empty, most = f.weighing(f"syringe-empty:{unit}"), available(f, int(unit))
        beyond = empty is not None and most is not None and reading.g - empty.g > most
        return replace(f, beyond=f.beyond or beyond)
    full = f.weighing(f"syringe-full:{unit}") if step == "syringe-used" else None
    wanted = expected(f, f"syringe-full:{unit}") if full else None
    if full and wanted and full.g - reading.g > wanted[0] * f.opened.policy.weigh_gate:
        return replace(f, moved=f.moved | {last_transfer(f)})
    return f


def _handled(f: Facts, evidence: object, r: happened.Recorded) -> Facts:
    found = evidence.found if isinstance(evidence, Scan) else None
    return replace(f, handled=(*f.handled, (found.unit, r.at))) if isinstance(found, Container) else f


def _scanned(f: Facts, slot: str, found: object) -> Facts:
    if isinstance(found, CabinetCode):
        worst = min(f.category or 2, found.category) if f.started_at and not f.counted else found.category
        return replace(f, category=worst)
    if slot == "diluent":
        f = replace(f, diluted=0)
    return replace(f, inside=(*f.inside, (slot, found))) if isinstance(found, Container) else f


def _rejected(f: Facts, e: happened.Rejected, r: happened.Recorded) -> Facts:
    f = _told(replace(f, preparers=f.preparers | {r.who}), e, r)
    if f.counted:
        counted = isinstance(e.evidence, Count)
        f = replace(f, lain=r.version if counted else f.lain)
        told = [one.code for one in e.findings] == ["WEIGHT_DIFFERS"]
        return replace(f, apart=f.apart or told or (isinstance(e.evidence, Count) and _unlike_the_first(f, e.evidence)))
    f = replace(_poured(f, e), apart=f.apart or any(one.code == "VOLUME_OFF" for one in e.findings))
    f = replace(f, unlike=f.unlike or any(one.code == "NOT_AS_KEPT" for one in e.findings))
    told = all(one.code in AMOUNTS for one in e.findings)
    if told and isinstance(e.evidence, Weighing) and e.slot.partition(":")[0] in PAIRS:
        f = _weighed(f, e.slot, e.evidence)
    true = e.slot.startswith("syringe-used") or told
    if true and isinstance(e.evidence, Weighing):
        f = _drawn(f, e.slot, e.evidence)
    if any(one.code in COUNTED for one in e.findings) and e.slot.partition(":")[0] in (
        *PAIRS,
        "vial-after",
        *("syringe-read", "vial-opened"),
    ):
        return replace(f, outside=MappingProxyType({**f.outside, e.slot: f.outside.get(e.slot, 0) + 1}))
    return f


def _unlike_the_first(f: Facts, count: Count) -> bool:
    first = f.kept.get("count-1")
    return first is not None and first.evidence != replace(count, how=getattr(first.evidence, "how", ""))


def _poured(f: Facts, e: happened.Rejected) -> Facts:
    """Note what a reading that was not accepted shows: that liquid went in, and whether too much of it did."""
    step, wanted = e.slot.partition(":")[0], expected(f, e.slot)
    first = f.weighing(first_of(e.slot))
    if first is None or wanted is None or not isinstance(e.evidence, Weighing):
        return f
    gain, true = e.evidence.g - first.g, all(one.code in AMOUNTS for one in e.findings)
    if gain > wanted[0] * f.opened.policy.weigh_gate:
        f = replace(f, moved=f.moved | {e.slot})
    enough = gain >= wanted[0] * (1 - wanted[1])
    if (
        true
        and step not in ("syringe-full", "fluid-full")
        and enough
        and (gain > wanted[0] * (1 + wanted[1]) or off_label(f, e.slot, gain))
    ):
        f = replace(f, over=f.over | {e.slot})
    return f


def _waived(f: Facts, e: happened.Waived, r: happened.Recorded) -> Facts:
    kept = Kept(None, r.who, r.second, r.at, r.version, r.station)
    return replace(f, kept=MappingProxyType({**f.kept, e.slot: kept}), changed_at=r.version)


def _without(f: Facts, slots: Iterable[str], version: int, *, opened: bool) -> Facts:
    gone = set(slots)
    out = tuple(container for slot, container in f.inside if slot in gone)
    return replace(
        f,
        kept=MappingProxyType({slot: kept for slot, kept in f.kept.items() if slot not in gone}),
        inside=tuple(pair for pair in f.inside if pair[0] not in gone),
        aside=(*f.aside, *out) if opened else f.aside,
        changed_at=version,
    )


def _back(f: Facts, e: happened.SteppedBack, r: happened.Recorded) -> Facts:
    f = replace(f, diluted=f.diluted - e.slot.startswith("recon-before"))
    return _without(f, (e.slot,), r.version, opened=f.started_at is not None)


def _redone(f: Facts, e: happened.Redone | happened.Reworked, r: happened.Recorded) -> Facts:
    after = _without(f, e.slots, r.version, opened=True)
    anew = {slot for slot in e.slots if slot.partition(":")[0] in PAIRS.values()}
    new = {slot.replace("new", "read") for slot in e.slots if slot.startswith("syringe-new")}
    new |= {slot.replace("vial:", "vial-opened:") for slot in e.slots if slot.startswith("vial:")}
    stale = {s for s in f.outside if (anew and s.startswith("vial-after")) or first_of(s) in anew or s in new}
    outside = {second: n for second, n in f.outside.items() if second not in stale}
    moved, over = (frozenset(second for second in seen if first_of(second) not in anew) for seen in (f.moved, f.over))
    loads = {second: one for second, one in f.loads.items() if first_of(second) not in anew and second not in e.slots}
    harmed = f.harmed or e.reason in HARM
    return replace(
        after, outside=MappingProxyType(outside), moved=moved, over=over, loads=MappingProxyType(loads), harmed=harmed
    )


def _amended(f: Facts, e: happened.RecipeAmended, r: happened.Recorded) -> Facts:
    again = happened.Redone(e.slots, e.reason)
    return replace(_redone(f, again, r), begun=replace(f.opened, recipe=e.recipe, plan=e.plan))


def _stopped(why: str) -> Callable[[Facts, Any, happened.Recorded], Facts]:
    return lambda f, e, _: replace(
        f, outcome=why, stops=frozenset(), harmed=f.harmed or getattr(e, "reason", "") in HARM
    )


def _handed(f: Facts, e: happened.HandedOver, r: happened.Recorded) -> Facts:
    """Whoever takes over has put nothing on yet, whatever the event says is to be done anew."""
    elsewhere = "cabinet" if e.station != f.station else ""
    gone = {*e.reopened, elsewhere, *(slot for slot in f.kept if slot.startswith(("ppe:", "waste-on:")))}
    kept = {slot: one for slot, one in f.kept.items() if slot not in gone}
    f = replace(f, diluted=f.diluted - sum(slot.startswith("recon-before") for slot in gone if slot in f.kept))
    carried = r.version if elsewhere else f.carried_at
    f = replace(f, holder=e.to, station=e.station, preparers=f.preparers | {e.to}, gloves_at=None, gown_at=None)
    return replace(f, kept=MappingProxyType(kept), carried_at=carried, held_by=f.held_by | {e.to})


WORSE = ("", "equal", "held", "changed", "cancelled")


def _order(f: Facts, e: happened.OrderChanged, _: happened.Recorded) -> Facts:
    if e.change == "released" and f.order != "held":
        return f
    if e.change == "released":
        return replace(f, order="", stops=f.stops if f.holder else f.stops - {"order change"})
    now = "equal" if e.change == "changed" and e.equal else e.change
    void = ("approve",) if f.met or any(slot in f.kept for slot in MIXED) else ("premix", "approve")
    unsigned = {slot: kept for slot, kept in f.kept.items() if slot not in void}
    worst = max(f.order, now, key=WORSE.index)
    return replace(f, order=worst, stops=f.stops | {"order change"}, kept=MappingProxyType(unsigned))


def _resumed(f: Facts, _: happened.Resumed, __: happened.Recorded) -> Facts:
    return replace(f, stops=frozenset(), order="" if f.order == "equal" else f.order)


def _label(f: Facts, e: happened.LabelRecorded, r: happened.Recorded) -> Facts:
    if e.printed.label_kind == "in_process":
        return replace(f, in_process=e.printed)
    if f.outcome:
        return replace(f, final=e.printed)
    unseen = {"label-scan", "photo-final", "approve", *(slot for slot in f.kept if slot.startswith("added-check"))}
    return replace(_without(f, unseen, r.version, opened=True), final=e.printed)


def _gloves(f: Facts, e: happened.GlovesChanged, r: happened.Recorded) -> Facts:
    return replace(f, gloves_at=r.at, gown_at=r.at if e.gown else f.gown_at)


_READ: dict[type, Callable[[Facts, Any, happened.Recorded], Facts]] = {
    happened.Claimed: _claimed,
    happened.Accepted: _accepted,
    happened.Rejected: _rejected,
    happened.Waived: _waived,
    happened.SteppedBack: _back,
    happened.Redone: _redone,
    happened.Reworked: _redone,
    happened.RecipeAmended: _amended,
    happened.HandedOver: _handed,
    happened.GlovesChanged: _gloves,
    happened.PharmacistCalled: lambda f, _, __: replace(f, called=True),
    happened.CallAnswered: lambda f, _, __: replace(f, called=False),
    happened.VialSetApart: lambda f, e, _: replace(f, waits=e),
    happened.VialKept: lambda f, e, _: replace(f, stored=(*f.stored, e), waits=None),
    happened.Paused: lambda f, e, _: replace(f, stops=f.stops | {e.why}, harmed=f.harmed or e.why in HARM),
    happened.Resumed: _resumed,
    happened.OrderChanged: _order,
    happened.LabelRecorded: _label,
    happened.Aborted: _stopped("aborted"),
    happened.Remade: _stopped("remade"),
    happened.Released: _stopped("released"),
    happened.MadeOnPaper: _stopped("downtime"),
    happened.Closed: lambda f, _, __: replace(f, closed=True),
}
