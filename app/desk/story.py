"""What happened to a preparation, event by event, in plain words; near misses, refusals and corrections in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.desk.evidence_words import cosigned_words, evidence_words, signature_words, slot_words, step_words
from app.desk.names import name_of
from app.record.refusals import Refusal
from workflows import events as happened
from workflows.containers import held_in
from workflows.count_words import taken
from workflows.counting import CountPlan
from workflows.events import Recorded
from workflows.evidence import PaperLine, Photo, Scan, Signature, Weighing
from workflows.made_by import Planned
from workflows.open_vial import CameWith
from workflows.plan import Plan
from workflows.preparation import Preparation
from workflows.standing import TOO_CLOSE
from workflows.trials import shown_drug
from workflows.wording import amount, letter, reading, rounded

Mark = Literal[
    "", "near miss", "typed", "averaged", "waived", "taken back", "stopped", "called", "sent back", "order", "reprint",
    "handed over", "corrected", "signed", "refused", "ended", "opened", "retaken", "emergency", "too fast",
    "downtime", "too close",
]  # fmt: skip
TO_LOOK_AT: tuple[Mark, ...] = (
    "near miss", "typed", "averaged", "waived", "taken back", "stopped", "called", "sent back", "order", "reprint",
    "handed over", "corrected", "emergency", "too fast", "downtime",
    "too close",
)  # fmt: skip
"""Marks that a pharmacist reads first (SCREENS 11)."""


@dataclass(frozen=True)
class Told:
    """One line of the story."""

    version: int
    """The event's number; 0 for a refusal, which is no event."""
    at: datetime
    """UTC."""
    who: str
    """Printed name."""
    second: str
    """Printed name of the second person; empty for none."""
    station: str
    """Station code; empty at a desk."""
    kind: str
    """Name of the event."""
    title: str
    """What happened."""
    details: tuple[str, ...] = ()
    """Evidence and reasons."""
    mark: Mark = ""
    """What sort of line it is, where it stands out."""
    photos: tuple[str, ...] = ()
    """SHA-256 of pictures that belong to it."""
    old: str = ""
    """Of a correction: what stood there."""
    new: str = ""
    """Of a correction: what should stand there."""
    of_version: int = 0
    """Of a correction: the event it corrects."""
    corrected_by: tuple[int, ...] = ()
    """Numbers of later events that correct this one (Q10)."""
    undone_by: int = 0
    """Number of the later event that took this evidence back; 0 while it stands (Q10)."""
    codes: tuple[str, ...] = ()
    """Of a near miss: the codes of its findings."""
    signer: str = ""
    """Of a signature: the name as it was printed when signing (Q18)."""
    digest: str = ""
    """The preparation's chain after it, hex."""


def story(
    p: Preparation,
    log: Iterable[Recorded],
    refused: Iterable[Refusal],
    known: Mapping[str, str],
    beside: Iterable[Told] = (),
) -> tuple[Told, ...]:
    """Return every event and every refusal, oldest first; `known` are printed names by person id.

    `beside` are lines of what belongs to it and is no event of its own, such as a waived competency.
    """
    recorded = tuple(log)
    told = [_tell(p, one, known) for one in recorded]
    corrections: dict[int, tuple[int, ...]] = {}
    for one in told:
        if one.of_version:
            corrections[one.of_version] = (*corrections.get(one.of_version, ()), one.version)
    undone = _undone(recorded)
    lines = [
        replace(one, corrected_by=corrections.get(one.version, ()), undone_by=undone.get(one.version, 0))
        for one in told
    ]
    return _merged(lines, [*(_denied(one, known) for one in refused), *beside])


def _undone(log: Iterable[Recorded]) -> dict[int, int]:
    """Return which accepted evidence was taken back by which later event: going back, doing again, rework."""
    standing: dict[str, int] = {}
    undone: dict[int, int] = {}
    for one in log:
        event = one.event
        if isinstance(event, happened.Accepted):
            standing[event.slot] = one.version
        elif isinstance(event, happened.SteppedBack | happened.Redone | happened.Reworked | happened.RecipeAmended):
            slots = (event.slot,) if isinstance(event, happened.SteppedBack) else event.slots
            undone |= {standing.pop(slot): one.version for slot in slots if slot in standing}
    return undone


def _merged(events: list[Told], denied: list[Told]) -> tuple[Told, ...]:
    """Put each refusal after the last event that is not later; events keep the order of their numbers (Q66)."""
    told: list[Told] = []
    left = sorted(denied, key=lambda line: line.at, reverse=True)
    for event in events:
        while left and left[-1].at < event.at:
            told.append(left.pop())
        told.append(event)
    return (*told, *reversed(left))


def _tell(p: Preparation, one: Recorded, known: Mapping[str, str]) -> Told:
    line = Told(
        one.version,
        one.at,
        name_of(known, one.who),
        name_of(known, one.second),
        one.station,
        type(one.event).__name__,
        "",
        digest=one.digest,
    )
    told = _TOLD[type(one.event)](p, one.event, line)
    signed = getattr(one.event, "cosigned", None)
    return replace(told, details=(*told.details, cosigned_words(signed))) if signed is not None else told


def _denied(one: Refusal, known: Mapping[str, str]) -> Told:
    title = f"Refused: {one.command.replace('_', ' ')}"
    who = name_of(known, one.who)
    return Told(0, one.at, who, "", one.station or "", "Refused", title, (f"{one.says} ({one.code})",), "refused")


def _opened(_: Preparation, e: happened.Opened | happened.CountOpened, line: Told) -> Told:
    signed = " and ".join(e.recipe.signed_by)
    details = [
        f"order {e.order.key.placer} version {e.order.version}: {amount(e.plan.ordered_mg)} mg {shown_drug(e.recipe)}",
        f"recipe {e.recipe.name} version {e.recipe.version}, signed by {signed}",
        f"site policy version {e.policy.version}, procedure {e.workflow} version {e.workflow_version}",
        f"plan: {_planned(e.plan)}",
    ]
    made = e.plan.by_volume if isinstance(e.plan, Plan) else None
    if made is not None:
        details.insert(0, f"MADE BY VOLUME, not weighed: {made.why}; {made.reason}")
    if e.replaces:
        ended = "was by weight" if made is not None else "was rejected to remake"
        details.append(f"replaces preparation {e.replaces}, which {ended}")
    title = "Preparation opened, by volume" if made is not None else "Preparation opened"
    return replace(line, title=title, details=tuple(details), mark="opened")


def _planned(plan: Planned) -> str:
    if isinstance(plan, CountPlan):
        return (
            f"{held_in(plan)} from {plan.bottles} stock {'bottle' if plan.bottles == 1 else 'bottles'}, {taken(plan)}"
        )
    vials, syringes = f"{plan.vials} vial{'s' * (plan.vials > 1)}", len(plan.syringes_ml)
    drawn = f"{amount(rounded(plan.volume_ml, 2))} mL from {vials}"
    return f"{drawn}, {syringes} syringe{'s' * (syringes > 1)}, in {held_in(plan)}"


def _claimed(_: Preparation, e: happened.Claimed, line: Told) -> Told:
    return replace(line, title=f"Taken to station {e.station}")


def _accepted(p: Preparation, e: happened.Accepted, line: Told) -> Told:
    what = slot_words(p, e.slot)
    photos = (e.evidence.sha256,) if isinstance(e.evidence, Photo) else ()
    mark: Mark = ""
    if isinstance(e.evidence, Signature):
        title, mark = f"Signed: {e.evidence.meaning}", "signed"
        return replace(line, title=title, details=signature_words(e.evidence), mark=mark, signer=e.evidence.name)
    if isinstance(e.evidence, Scan) and e.evidence.how == "typed":
        mark, photos = "typed", (e.evidence.photo,) if e.evidence.photo else ()
    if isinstance(e.evidence, Weighing) and e.evidence.mode != "stable":
        mark = "averaged" if e.evidence.mode == "averaged" else "typed"
    return replace(line, title=f"Accepted: {what}", details=evidence_words(e.evidence), mark=mark, photos=photos)


def _rejected(p: Preparation, e: happened.Rejected, line: Told) -> Told:
    codes = tuple(finding.code for finding in e.findings)
    says = tuple(f"{finding.says} {finding.do}" for finding in e.findings)
    photos = (e.evidence.sha256,) if isinstance(e.evidence, Photo) else ()
    details = (*says, *evidence_words(e.evidence), f"({', '.join(codes)})")
    where, doubt = slot_words(p, e.slot), set(codes) == {TOO_CLOSE}
    title = f"Too close to call at {where}" if doubt else f"Near miss at {where}"
    mark: Mark = "too close" if doubt else "near miss"
    return replace(line, title=title, details=details, mark=mark, photos=photos, codes=codes)


def _waived(p: Preparation, e: happened.Waived, line: Told) -> Told:
    title = f"Finding accepted without evidence: {slot_words(p, e.slot)}"
    return replace(line, title=title, details=(f"{e.code}. Reason: {e.reason}",), mark="waived")


def _stepped_back(p: Preparation, e: happened.SteppedBack, line: Told) -> Told:
    details = (e.reason,) if e.reason else ()
    return replace(line, title=f"Taken back: {slot_words(p, e.slot)}", details=details, mark="taken back")


def _slots(p: Preparation, slots: tuple[str, ...]) -> str:
    return "open again: " + ", ".join(slot_words(p, one) for one in slots)


def _redone(p: Preparation, e: happened.Redone, line: Told) -> Told:
    title = "Counted again from the first count" if p.counts else "Done again from empty"
    return replace(line, title=title, details=(e.reason, _slots(p, e.slots)), mark="taken back")


def _paused(_: Preparation, e: happened.Paused, line: Told) -> Told:
    return replace(line, title=f"Work stopped: {e.why}", details=(e.note,) if e.note else (), mark="stopped")


def _resumed(_: Preparation, e: happened.Resumed, line: Told) -> Told:
    return replace(line, title="Work goes on", details=(e.note,) if e.note else ())


def _handed_over(_: Preparation, e: happened.HandedOver, line: Told) -> Told:
    if e.emergency:
        title = f"Taken over in EMERGENCY ACCESS by {e.to_name} at station {e.station}"
        return replace(line, title=title, details=(f"reason: {e.emergency}",), mark="handed over")
    title = f"Handed over to {e.to_name} at station {e.station}"
    return replace(line, title=title, mark="handed over")


def _called(_: Preparation, e: happened.PharmacistCalled, line: Told) -> Told:
    return replace(line, title="Pharmacist called", details=(e.note,) if e.note else (), mark="called")


def _answered(_: Preparation, e: happened.CallAnswered, line: Told) -> Told:
    return replace(line, title="Call answered", details=(e.note,))


def _gloves(_: Preparation, e: happened.GlovesChanged, line: Told) -> Told:
    return replace(line, title="Gloves and gown changed" if e.gown else "Gloves changed")


def _reworked(p: Preparation, e: happened.Reworked, line: Told) -> Told:
    details = (f"{e.reason}: {e.note}", _slots(p, e.slots), *signature_words(e.signature))
    title = f"Sent back to: {step_words(p, e.to_step)}"
    return replace(line, title=title, details=details, mark="sent back", signer=e.signature.name)


def _amended(p: Preparation, e: happened.RecipeAmended, line: Told) -> Told:
    changed = tuple(
        f"{one.name.replace('_', ' ')}: {one.old or 'nothing'} → {one.new or 'nothing'}" for one in e.changes
    )
    again = (_slots(p, e.slots),) if e.slots else ()
    details = (f"instead of {e.was}: {e.reason}", *changed, *again, *signature_words(e.signature))
    title = f"Made by another recipe: {e.recipe.name} version {e.recipe.version}"
    return replace(line, title=title, details=details, mark="sent back", signer=e.signature.name)


def _remade(_: Preparation, e: happened.Remade, line: Told) -> Told:
    details = (f"{e.reason}: {e.note}", *signature_words(e.signature))
    title = "Rejected to remake; product destroyed"
    return replace(line, title=title, details=details, mark="sent back", signer=e.signature.name)


def _aborted(_: Preparation, e: happened.Aborted, line: Told) -> Told:
    details = (e.note,) if e.note else ()
    return replace(line, title=f"Ended without a product: {e.reason}", details=details, mark="ended")


def _on_paper(p: Preparation, e: happened.MadeOnPaper, line: Told) -> Told:
    sheet, zone = e.sheet, ZoneInfo(p.policy.zone)
    began, until = (one.astimezone(zone).strftime("%Y-%m-%d %H:%M") for one in (sheet.made_at, sheet.beyond_use))
    details = (
        f"away: {sheet.outage}. {sheet.note}",
        f"made by {sheet.made_by}, checked by {sheet.checked_by}, as the signed sheet says",
        f"{amount(sheet.dose_mg)} mg as written; {amount(p.planned.ordered_mg)} mg ordered; nothing was weighed here",
        f"begun {began}, use before {until} {p.policy.zone}",
        *(f"{one.text}, lot {one.lot}{_taken(one)}" for one in sheet.ingredients),
        *signature_words(e.signature),
    )
    title = "Made on paper in a downtime, entered afterwards"
    return replace(line, title=title, details=details, mark="downtime", photos=sheet.pages, signer=e.signature.name)


def _taken(one: PaperLine) -> str:
    return f"; {one.number} taken out of {one.unit.removeprefix('U/')}" if one.number else ""


def _corrected(_: Preparation, e: happened.Corrected, line: Told) -> Told:
    title = f"Correction of event {e.of_version}"
    details = (f"reason: {e.reason}",)
    return replace(line, title=title, details=details, mark="corrected", old=e.old, new=e.new, of_version=e.of_version)


def _order_changed(_: Preparation, e: happened.OrderChanged, line: Told) -> Told:
    same = "dose, drug, base, route and container as before" if e.equal else "not as before"
    details = (f"order version {e.order_version}, {same}",)
    return replace(line, title=f"Order {e.change} by its sender", details=details, mark="order")


def _label(_: Preparation, e: happened.LabelRecorded, line: Told) -> Told:
    again = f"printed again: {e.reason}" if e.reason else "printed"
    details = evidence_words(e.printed)
    return replace(line, title=f"Label {again}", details=details, mark="reprint" if e.reason else "")


def _released(p: Preparation, e: happened.Released, line: Told) -> Told:
    until = e.beyond_use.astimezone(ZoneInfo(p.policy.zone))
    details = (f"{reading(e.dose_mg, 1)} mg dispensed", f"use before {until:%Y-%m-%d %H:%M} {p.policy.zone}")
    return replace(line, title="Released", details=details, mark="ended")


def _closed(_: Preparation, e: happened.Closed, line: Told) -> Told:
    lines = [f"{one.text}, lot {one.lot or 'unknown'}: {one.fate}" for one in e.accounts]
    wasted = f"wasted {amount(e.wasted_ml)} mL = {amount(e.wasted_mg)} mg"
    kept = (f"kept for another dose {amount(e.kept_mg)} mg",) if e.kept_mg else ()
    return replace(line, title="Closed: every container accounted for", details=(*lines, wasted, *kept), mark="ended")


def _set_apart(_: Preparation, e: happened.VialSetApart, line: Told) -> Told:
    vial = letter(int(e.slot.partition(":")[2]))
    details = (f"{e.weighing.g:,f} g with its adaptor, before the label", f"unit label {e.label} prints")
    return replace(line, title=f"Vial {vial} weighed out to be kept", details=details)


def _part(one: CameWith) -> str:
    until = f", expires {one.expiry}" if one.expiry else ""
    return f"{one.what}: {one.text}, lot {one.lot or 'unknown'}{until}"


def _kept(p: Preparation, e: happened.VialKept, line: Told) -> Told:
    known = e.container.opened
    if known is None:
        raise ValueError("a vial that was kept does not say what is left in it")
    zone = ZoneInfo(p.policy.zone)
    opened, until = known.punctured_at.astimezone(zone), known.until.astimezone(zone)
    details = (
        f"{e.container.text}, lot {e.container.lot}; unit label {e.label}",
        f"{reading(known.left_ml)} mL = {reading(e.left_mg)} mg left by weight, ± {reading(known.unsure_ml)} mL",
        f"opened {opened:%Y-%m-%d %H:%M} in {known.cabinet}, use before {until:%Y-%m-%d %H:%M} {p.policy.zone}",
        f"{known.gross_g:,f} g with its adaptor and its label of {known.label_g or 0:,f} g, balance {known.balance}",
        *(_part(one) for one in known.parts),
    )
    return replace(
        line, title=f"Vial {letter(int(e.slot.partition(':')[2]))} kept, opened, for another dose", details=details
    )


_TOLD: dict[type, Callable[[Preparation, Any, Told], Told]] = {
    happened.Opened: _opened,
    happened.CountOpened: _opened,
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
    happened.CallAnswered: _answered,
    happened.GlovesChanged: _gloves,
    happened.Reworked: _reworked,
    happened.Remade: _remade,
    happened.RecipeAmended: _amended,
    happened.Aborted: _aborted,
    happened.Corrected: _corrected,
    happened.OrderChanged: _order_changed,
    happened.LabelRecorded: _label,
    happened.Released: _released,
    happened.MadeOnPaper: _on_paper,
    happened.VialSetApart: _set_apart,
    happened.VialKept: _kept,
    happened.Closed: _closed,
}
