"""A preparation is its event log. The state that the log adds up to, and `evolve`, which judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from workflows import events as happened
from workflows import standing
from workflows.copying import replace, with_key, without_keys
from workflows.entries import Entry, NearMiss, scanned_first
from workflows.evidence import CabinetCode, Container, Count, Evidence, Photo, Printed, Scan, Signature, Weighing
from workflows.holding import exceeds, injected
from workflows.loads import Loads, load_anew, refused, taken, together
from workflows.made_by import MadeBy, Master, Planned
from workflows.order import Order
from workflows.pairs import before_slot, dry, for_good, gained, mixing, of_another, planned, unit_of
from workflows.recipe import Policy
from workflows.standing import JUDGED_WITH_ITS_LABEL, OrderState, Outcome, gravest

Transition = Callable[["Preparation", Any, happened.Recorded], "Preparation"]
"""How one kind of event changes the state."""


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Preparation(MadeBy):
    """All that decisions may rest on. Built by `evolve` only."""

    version: int
    """Number of the last event."""
    digest: str
    """Chain digest after it, hex."""
    workflow: str
    """Name in the library."""
    workflow_version: int
    """Its version."""
    order: Order
    """The clinical half."""
    master: Master
    """Own frozen copy."""
    policy: Policy
    """Own frozen copy."""
    planned: Planned
    """Own frozen copy."""
    patient: str = ""
    """Id of the patient's text."""
    patient_digest: str = ""
    """Its salted digest, hex."""
    replaces: str = ""
    """The preparation it remakes."""
    entries: Mapping[str, Entry] = field(default_factory=_nothing)
    """Accepted evidence by slot."""
    first_scans: Mapping[str, datetime] = field(default_factory=_nothing)
    """When each container was first scanned in, by its unit; what was taken back stays: it may have been open by then (R31)."""
    turned_at: int = 0
    """Number of the last event that opened filled slots for another reason than going back: BACK never reaches behind it."""
    near_misses: tuple[NearMiss, ...] = ()
    """Everything that was ever rejected."""
    attempts: Mapping[str, int] = field(default_factory=_nothing)
    """Weighings of each slot that were outside their limits since the object on the pan was new (R14)."""
    moved: frozenset[str] = frozenset()
    """Second readings that were tried and showed a gain, right or wrong, since the object on the pan was new."""
    spent: frozenset[str] = frozenset()
    """Second readings that found too much for good: they are not weighed again (R14)."""
    loads: Loads = field(default_factory=_nothing)
    """True readings of each load by their slot: together they are its second reading (R14)."""
    overdrawn: bool = False
    """A draw read more than its vials held: every vial is weighed after the draws (R4)."""
    diluted: int = 0
    """Vials weighed dry since the diluent in use was scanned, also those set aside: each may have taken its share of it."""
    last_weighed_at: datetime | None = None
    """When the latest reading was taken that was ever accepted, also one that was taken back."""
    claimed_by: str = ""
    """Person id of the technician who has it."""
    station: str = ""
    """Where."""
    hands: frozenset[str] = frozenset()
    """Everybody who took part in preparing it; none of them may approve (R25)."""
    set_by: frozenset[str] = frozenset()
    """Whoever set its pump or drew a syringe by volume, right or wrong, taken back or not: none of them reads it (R13, R29)."""
    held_by: frozenset[str] = frozenset()
    """Everybody who ever had it as its technician: none of them is the second person for what was done of it (R29)."""
    gloves_at: datetime | None = None
    """When gloves were last confirmed or changed."""
    gown_at: datetime | None = None
    """The same for the gown."""
    cabinet: CabinetCode | None = None
    """The one scanned last, also after somebody took over elsewhere."""
    category: int | None = None
    """Sterility category (R34): that of its cabinet; once compounding began, the least of all its cabinets."""
    started_at: datetime | None = None
    """When the first weighing, or by volume the first syringe, was accepted: compounding began, which never moves later (R30)."""
    touched: bool = False
    """A stock bottle was brought in: from then on its tray counts as touched by the drug, also if that is taken back (R54)."""
    paused: str = ""
    """Why work is stopped; empty while it goes on."""
    called: str = ""
    """What the technician called about; empty when answered."""
    latest_at: datetime | None = None
    """The latest time of any of its events: its clocks are judged by nothing earlier (Q66)."""
    pictures: frozenset[str] = frozenset()
    """SHA-256 of every picture ever accepted, also of those taken again."""
    order_state: OrderState = "current"
    """The gravest thing the sender has said since."""
    in_process: Printed | None = None
    """The live in-process label."""
    set_aside: tuple[Container, ...] = ()
    """Containers that were opened or introduced and then taken out."""
    outcome: Outcome = ""
    """How it ended, while leftovers may still be open."""
    closed: bool = False
    """Every container is accounted for."""
    reworks: int = 0
    """How often it was sent back."""
    labels: tuple[Printed, ...] = ()
    """Every label ever printed for it."""
    waivers: tuple[Entry, ...] = ()
    """Every finding that was ever waived."""
    notes: tuple[happened.Recorded, ...] = ()
    """Events that a reviewer reads as text: calls, pauses, corrections, hand-overs, reworks."""

    def evidence(self, slot: str) -> Evidence | None:
        """Return the accepted evidence of `slot`, or None."""
        entry = self.entries.get(slot)
        return entry.evidence if entry else None

    def weighing(self, slot: str) -> Weighing | None:
        """Return the accepted weighing of `slot`, or None; its mass is the mean of all readings of its load."""
        found = self.evidence(slot)
        return together(found, self.loads.get(slot, ())) if isinstance(found, Weighing) else None

    def load(self, slot: str) -> tuple[Weighing, ...]:
        """Return the readings that together are the accepted weighing of `slot`; empty while there is none."""
        return self.loads.get(slot, ()) if self.weighing(slot) else ()

    def containers(self) -> tuple[Container, ...]:
        """Return every container scanned in and still part of it, in slot order."""
        scans = (entry.evidence for entry in self.entries.values())
        return tuple(s.found for s in scans if isinstance(s, Scan) and isinstance(s.found, Container))

    def photos(self) -> tuple[Photo, ...]:
        """Return the accepted pictures."""
        return tuple(e.evidence for e in self.entries.values() if isinstance(e.evidence, Photo))

    def signature(self, slot: str) -> Signature | None:
        """Return the accepted signature of `slot`, or None."""
        found = self.evidence(slot)
        return found if isinstance(found, Signature) else None

    def typed(self) -> tuple[Entry, ...]:
        """Return the entries that were typed because a code could not be read (R19)."""
        return tuple(e for e in self.entries.values() if isinstance(e.evidence, Scan) and e.evidence.how == "typed")

    def final_label(self) -> Printed | None:
        """Return the live final label, or None."""
        found = self.evidence("label-print")
        return found if isinstance(found, Printed) else None


def evolve(preparation: Preparation | None, recorded: happened.Recorded) -> Preparation:
    """Return the state after one recorded event. Raises ValueError only for a log that does not begin with Opened."""
    event = recorded.event
    if isinstance(event, happened.Opened | happened.CountOpened):
        return _opened(event, recorded)
    if preparation is None:
        raise ValueError("a preparation's log begins with Opened")
    after = _AFTER[type(event)](preparation, event, recorded)
    latest = max(recorded.at, preparation.latest_at or recorded.at)
    return replace(after, version=recorded.version, digest=recorded.digest, latest_at=latest)


def replay(log: Iterable[happened.Recorded]) -> Preparation:
    """Return the state that a whole log adds up to. Raises ValueError for an empty log."""
    state: Preparation | None = None
    for recorded in log:
        state = evolve(state, recorded)
    if state is None:
        raise ValueError("the log is empty")
    return state


def _opened(event: happened.Opened | happened.CountOpened, recorded: happened.Recorded) -> Preparation:
    made_by = (event.order, event.recipe, event.policy, event.plan)
    whose = (event.patient, event.patient_digest, event.replaces)
    return Preparation(recorded.version, recorded.digest, event.workflow, event.workflow_version, *made_by, *whose)


def _claimed(p: Preparation, e: happened.Claimed, r: happened.Recorded) -> Preparation:
    return replace(p, claimed_by=r.who, station=e.station, hands=p.hands | {r.who}, held_by=p.held_by | {r.who})


def _accepted(p: Preparation, e: happened.Accepted, r: happened.Recorded) -> Preparation:
    entry = Entry(e.slot, e.evidence, r.who, r.second, r.at, r.version, station=r.station)
    first = scanned_first(p.first_scans, e.evidence, r.at)
    after = replace(p, entries=with_key(p.entries, e.slot, entry), first_scans=first)
    if isinstance(e.evidence, Printed):
        after = replace(after, labels=(*after.labels, e.evidence))
    if isinstance(e.evidence, Signature | Printed):
        return after
    if e.slot.startswith("ppe:"):
        after = replace(after, gloves_at=p.gloves_at or r.at, gown_at=p.gown_at or r.at)
    if isinstance(e.evidence, Photo):
        after = replace(after, pictures=p.pictures | {e.evidence.sha256})
    if isinstance(e.evidence, Count) or e.slot.startswith("syringe-new:"):
        after = replace(after, started_at=p.started_at or r.at)
    if isinstance(e.evidence, Weighing):
        last = max(e.evidence.taken_at, p.last_weighed_at or e.evidence.taken_at)
        after = replace(after, last_weighed_at=last, diluted=p.diluted + dry([e.slot]))
        after = replace(after, started_at=p.started_at or r.at, loads=taken(p.loads, e.slot, e.evidence))
        after = _seen(after, e.slot, e.evidence)
    stocked, diluted = e.slot.startswith("stock:"), 0 if e.slot == "diluent" else after.diluted
    after = replace(after, diluted=diluted, touched=p.touched or stocked)
    if isinstance(e.evidence, Scan) and isinstance(e.evidence.found, CabinetCode):
        after = replace(after, cabinet=e.evidence.found, category=_least_category(p, e.evidence.found.category))
    return _by(after, e.slot, r)


def _by(p: Preparation, slot: str, r: happened.Recorded) -> Preparation:
    """Note who had a hand in it, and who of them set its pump or drew what somebody else reads."""
    hands = p.hands | {who for who in (r.who, r.second) if who}
    step, accepted = slot.partition(":")[0], isinstance(r.event, happened.Accepted)
    knows = step in standing.READS_IT_NEVER and (accepted or step != "syringe-new")
    return replace(p, hands=hands, set_by=p.set_by | {r.who} if knows else p.set_by)


def _seen(p: Preparation, slot: str, reading: Evidence, codes: tuple[str, ...] = ()) -> Preparation:
    """Note what a reading shows of other objects: that more was drawn than its vials held, or that a syringe was emptied."""
    if exceeds(p, slot, reading, codes):
        return replace(p, overdrawn=True)
    emptied = injected(p, slot, reading, p.policy.weigh_gate)
    return replace(p, moved=p.moved | {mixing(p.planned)}) if emptied else p


def _least_category(p: Preparation, found: int) -> int:
    return found if p.category is None or p.started_at is None else min(p.category, found)


def _rejected(p: Preparation, e: happened.Rejected, r: happened.Recorded) -> Preparation:
    says = " ".join(finding.says for finding in e.findings)
    codes = tuple(finding.code for finding in e.findings)
    miss = NearMiss(e.slot, codes, says, r.who, r.at, r.version, e.evidence)
    p, moved = replace(_by(p, e.slot, r), near_misses=(*p.near_misses, miss)), p.moved
    if p.counts:
        return p
    if gained(p.weighing(before_slot(e.slot)), e.evidence, planned(p.plan, e.slot), p.policy.weigh_gate):
        moved = moved | {e.slot}
    spent = p.spent | {e.slot} if for_good(e.slot, codes) else p.spent
    read = refused(p.loads, e.slot, e.evidence, codes)
    after = _seen(replace(p, moved=moved, spent=spent, loads=read), e.slot, e.evidence, codes)
    if standing.OUTSIDE.isdisjoint(codes):
        return after
    return replace(after, attempts=with_key(p.attempts, e.slot, p.attempts.get(e.slot, 0) + 1))


def _waived(p: Preparation, e: happened.Waived, r: happened.Recorded) -> Preparation:
    entry = Entry(e.slot, None, r.who, r.second, r.at, r.version, e.code, r.station)
    return replace(p, entries=with_key(p.entries, e.slot, entry), waivers=(*p.waivers, entry))


def _reopened(p: Preparation, slots: Iterable[str]) -> Preparation:
    opened = tuple(slots)
    out = tuple(
        entry.evidence.found
        for slot in opened
        if (entry := p.entries.get(slot)) and isinstance(entry.evidence, Scan)
        if isinstance(entry.evidence.found, Container)
    )
    return replace(p, entries=without_keys(p.entries, opened), set_aside=(*p.set_aside, *out))


def _stepped_back(p: Preparation, e: happened.SteppedBack, r: happened.Recorded) -> Preparation:
    """Take one entry back; the attempts stay counted, so that nobody escapes their limit by going back (R14)."""
    after = _reopened(p, (e.slot,))
    return replace(after, set_aside=p.set_aside, hands=after.hands | {r.who}, diluted=p.diluted - dry([e.slot]))


def _anew(p: Preparation, slots: Iterable[str]) -> Preparation:
    """Open `slots` for new objects: whatever is weighed empty again has all its attempts again, and nothing in it."""
    opened = tuple(slots)
    units = {unit_of(slot) for slot in opened if slot.partition(":")[0] in standing.BEGUN_ANEW}
    stale = of_another(p.attempts, opened, units)
    left = {slot: tries for slot, tries in p.attempts.items() if slot not in stale}
    moved, spent = (frozenset(slot for slot in seen if unit_of(slot) not in units) for seen in (p.moved, p.spent))
    read = load_anew(p.loads, opened)
    return replace(_reopened(p, opened), attempts=MappingProxyType(left), moved=moved, spent=spent, loads=read)


def _redone(p: Preparation, e: happened.Redone, r: happened.Recorded) -> Preparation:
    return replace(_anew(p, e.slots), hands=p.hands | {r.who}, notes=(*p.notes, r), turned_at=r.version)


def _reworked(p: Preparation, e: happened.Reworked, r: happened.Recorded) -> Preparation:
    return replace(_anew(p, e.slots), reworks=p.reworks + 1, notes=(*p.notes, r), turned_at=r.version)


def _amended(p: Preparation, e: happened.RecipeAmended, r: happened.Recorded) -> Preparation:
    after = replace(_anew(p, e.slots), master=e.recipe, planned=e.plan)
    return replace(after, notes=(*p.notes, r), turned_at=r.version)


def _order_changed(p: Preparation, e: happened.OrderChanged, r: happened.Recorded) -> Preparation:
    if e.change == "released":
        return _hold_cleared(p, r)
    state = gravest(p.order_state, "changed, equal" if e.change == "changed" and e.equal else e.change)
    why = "order change" if p.paused in ("", "equipment", "other") else p.paused
    mixed = mixing(p.planned) in {*p.entries, *p.moved}  # what was seen before it is never signed after it
    unsigned = without_keys(p.entries, ("approve",) if mixed else ("premix", "approve"))
    return replace(p, order_state=state, paused=why, entries=unsigned, notes=(*p.notes, r), turned_at=r.version)


def _hold_cleared(p: Preparation, r: happened.Recorded) -> Preparation:
    """Clear a hold; work that had begun still waits for a pharmacist to resume it."""
    if p.order_state != "held":
        return replace(p, notes=(*p.notes, r))
    goes_on = p.paused == "order change" and not p.claimed_by
    return replace(p, order_state="current", paused="" if goes_on else p.paused, notes=(*p.notes, r))


def _resumed(p: Preparation, _: happened.Resumed, r: happened.Recorded) -> Preparation:
    return replace(p, paused="", order_state="current", notes=(*p.notes, r))


def _gloves(p: Preparation, e: happened.GlovesChanged, r: happened.Recorded) -> Preparation:
    return replace(p, gloves_at=r.at, gown_at=r.at if e.gown else p.gown_at)


def _label(p: Preparation, e: happened.LabelRecorded, r: happened.Recorded) -> Preparation:
    after = replace(p, labels=(*p.labels, e.printed))
    if e.printed.label_kind == "in_process":
        return replace(after, in_process=e.printed)
    entries = with_key(p.entries, "label-print", replace(p.entries["label-print"], evidence=e.printed))
    if p.outcome:
        return replace(after, entries=entries)
    unseen = without_keys(entries, [one for one in entries if one.partition(":")[0] in JUDGED_WITH_ITS_LABEL])
    return replace(after, entries=unseen, turned_at=r.version)


def _handed_over(p: Preparation, e: happened.HandedOver, r: happened.Recorded) -> Preparation:
    """Whoever takes over has put nothing on, and elsewhere no cabinet was scanned, whatever an old event names."""
    gone = {*e.reopened, *(slot for slot in p.entries if slot.startswith(("ppe:", "waste-on:")))}
    gone |= {"cabinet"} if e.station != p.station else set()
    diluted, left = p.diluted - dry(gone & p.entries.keys()), without_keys(p.entries, gone)
    after = replace(p, entries=left, gloves_at=None, gown_at=None, turned_at=r.version, diluted=diluted)
    hands, held_by = p.hands | {e.to}, p.held_by | {e.to}
    return replace(after, claimed_by=e.to, station=e.station, hands=hands, held_by=held_by, notes=(*p.notes, r))


def _ended(outcome: Outcome) -> Transition:
    def after(p: Preparation, _: Any, r: happened.Recorded) -> Preparation:
        return replace(p, outcome=outcome, paused="", notes=(*p.notes, r))

    return after


def _paused(p: Preparation, e: happened.Paused, r: happened.Recorded) -> Preparation:
    return replace(p, paused=e.why, notes=(*p.notes, r))


def _called(p: Preparation, e: happened.PharmacistCalled, r: happened.Recorded) -> Preparation:
    return replace(p, called=e.note or "help", notes=(*p.notes, r))


def _noted(p: Preparation, _: object, r: happened.Recorded) -> Preparation:
    return replace(p, notes=(*p.notes, r))


_AFTER: dict[type[object], Transition] = {
    happened.Claimed: _claimed,
    happened.Accepted: _accepted,
    happened.Rejected: _rejected,
    happened.Waived: _waived,
    happened.SteppedBack: _stepped_back,
    happened.Redone: _redone,
    happened.Paused: _paused,
    happened.Resumed: _resumed,
    happened.HandedOver: _handed_over,
    happened.PharmacistCalled: _called,
    happened.CallAnswered: lambda p, _, r: replace(p, called="", notes=(*p.notes, r)),
    happened.GlovesChanged: _gloves,
    happened.Reworked: _reworked,
    happened.Remade: _ended("remade"),
    happened.RecipeAmended: _amended,
    happened.Aborted: _ended("aborted"),
    happened.Corrected: _noted,
    happened.OrderChanged: _order_changed,
    happened.LabelRecorded: _label,
    happened.Released: _ended("released"),
    happened.MadeOnPaper: _ended("downtime"),
    happened.Closed: lambda p, _, __: replace(p, closed=True),
    happened.VialSetApart: _noted,
    happened.VialKept: _noted,
}
