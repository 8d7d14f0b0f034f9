"""A preparation becomes a screen: which panel, which words. Whatever is judged is judged by the rules, not here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import preparations
from app.desk.queue import ESCALATES
from app.labelling import patient_name, route_words
from app.people.accounts import Person
from app.settings import Settings
from app.web.station import panels
from app.web.station.live import check_stands
from app.web.station.screen import Kind, Note, Picture, Screen
from app.web.visit import visit
from devices.scanner.own import check_character
from workflows import instructions
from workflows.circumstances import BalanceStatus
from workflows.count_words import told_by_weight
from workflows.doses import with_dose
from workflows.entries import Entry
from workflows.evidence import (
    CabinetCode,
    Confirmation,
    Container,
    Count,
    Evidence,
    LabelCode,
    Photo,
    Printed,
    Programme,
    Scan,
    Signature,
    VolumeRead,
    Weighing,
)
from workflows.gates import may_print
from workflows.oral import is_oral
from workflows.order import PatientText
from workflows.pairs import before_slot
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.rules.protection import clock_expired
from workflows.standing import FREE_TO_RESUME, HAZARDS
from workflows.status import next_slots, progress
from workflows.steps import Slot
from workflows.trials import shown_drug
from workflows.wording import amount, percent, reading

LIVE_MS, WAITING_MS = 200, 2000
"""How often a screen asks: where something is weighed or scanned, and where it only waits (SCREENS 14)."""


@dataclass(frozen=True)
class View:
    """Who looks, where and when, and what the record knows beside the preparation."""

    settings: Settings
    station: str
    person: Person
    at: datetime
    command_id: str
    """Minted for this screen."""
    patient: PatientText | str
    """Or in words why there is none."""
    owner: str
    """Printed name of the technician who has it; empty for nobody."""
    balance: BalanceStatus | None
    """The station's balance."""
    advice: str = ""
    """Which vials waste least, where it is to be chosen (R32)."""
    heard: str = ""
    """Id of the newest reading of the station's scanner."""
    note: Note | None = None
    """A pharmacist's message that nobody has read yet."""
    opened: bool = False
    """A pharmacist has its review open (R26)."""


def code_text(id_: str) -> str:
    """Return a preparation's id as it is printed: P-7F3K-2Q9X-P."""
    return f"P-{id_[:4]}-{id_[4:]}-{check_character(id_)}"


def screen(preparation: str, p: Preparation, view: View) -> Screen:
    """Return the screen of a preparation for the person who looks."""
    workflow = preparations.workflow_of(p)
    slots = next_slots(workflow, p)
    slot = slots[0] if slots else None
    kind = _kind(p, slot, view)
    done, steps = progress(workflow, p)
    asked = slot if slot is not None and kind not in ("wait", "paused", "other", "ended") else None
    newest = max(p.entries.values(), key=lambda entry: entry.version, default=None)
    patient = view.patient
    limit = beyond_use(p)
    return Screen(
        station=view.station,
        preparation=preparation,
        code=code_text(preparation),
        version=p.version,
        command_id=view.command_id,
        person=view.person.id,
        patient=patient if isinstance(patient, str) else patient_name(patient),
        identifier="" if isinstance(patient, str) else f"MRN {patient.mrn}",
        drug=shown_drug(p.master),
        dose=with_dose(f"{amount(p.planned.ordered_mg)} mg", p.order),
        route=route_words(p.order.route, p.order.container),
        due=_local(view, p.order.due_at, "%H:%M"),
        marks=_marks(p),
        kind=kind,
        slot=asked.name if asked else "",
        task=_task(p, slot, kind, view),
        step=min(done + 1, steps),
        steps=steps,
        last=accepted_words(p, newest) if newest else "",
        items=panels.items(workflow, p, asked) if asked and kind in ("scan", "confirm", "programme") else (),
        picture=_picture(p, asked, kind),
        bar=panels.bar(p, asked) if asked and kind == "weigh" else None,
        says=(*_says(p, slot, kind), *_unopened(p, kind, view)) or _advice(asked, view),
        since=newest.at.isoformat() if newest and kind in ("wait", "print") else "",
        tries=_tries(p, asked),
        actions=panels.actions(kind, asked, p),
        words=panels.words_of(kind, asked),
        gown_until=(p.gown_at + timedelta(minutes=p.policy.gown_minutes)).isoformat() if p.gown_at else "",
        gloves_until=(p.gloves_at + timedelta(minutes=p.policy.glove_minutes)).isoformat() if p.gloves_at else "",
        beyond_use=_local(view, limit.at, "%Y-%m-%d %H:%M") if limit else "",
        typed=bool(asked and kind == "scan" and asked.step.name in TYPED),
        heard=view.heard,
        every=WAITING_MS if kind in ("wait", "print", "paused", "other", "ended") else LIVE_MS,
        at=view.at,
        note=view.note if p.claimed_by == view.person.id else None,
    )


TYPED = ("vial", "diluent", "base", "fluid", "reservoir", "device", "stock")
"""Steps whose code may be typed with a witness where it cannot be read (R19)."""


def _local(view: View, at: datetime, form: str) -> str:
    return at.astimezone(view.settings.zone).strftime(form)


def _kind(p: Preparation, slot: Slot | None, view: View) -> Kind:
    if slot is None or (p.outcome and p.claimed_by != view.person.id):
        return "ended"
    if p.claimed_by != view.person.id or p.station != view.station:
        return "other"
    if p.paused:
        return "paused"
    if slot.step.by == "pharmacist":
        return "wait"
    if slot.step.by == "system":
        return "print"
    if not slot.step.readies and not slot.step.continues and clock_expired(p, view.at):
        return "clock"
    if slot.step.needs is Weighing and not check_stands(view.balance, view.at):
        return "scale"
    seconded = instructions.instruction(p, slot).kind == instructions.SECONDED
    return "seconded" if seconded else _PANELS[slot.step.needs]


_PANELS: dict[type, Kind] = {
    Scan: "scan",
    Weighing: "weigh",
    Photo: "photo",
    Confirmation: "confirm",
    Programme: "programme",
    VolumeRead: "volume",
    Count: "count",
}
"""The panel of each kind of evidence; a test holds it to the library's steps."""


def _marks(p: Preparation) -> tuple[str, ...]:
    said = {
        "STAT": p.order.priority == "S",
        "INTRATHECAL ONLY": p.order.route == "IT",
        "ORAL ONLY": is_oral(p.order.container),
        "BY VOLUME": p.counts is None and p.plan.by_volume is not None,
        "HAZARDOUS": p.master.hazardous,
        "VINCA: INTRAVENOUS ONLY": p.counts is None and p.recipe.vinca,
        "UNCONFIRMED: " + ", ".join(p.master.unconfirmed): bool(p.master.unconfirmed),
    }
    return tuple(word for word, so in said.items() if so)


def _task(p: Preparation, slot: Slot | None, kind: Kind, view: View) -> str:
    words = {
        "paused": "Work is stopped." if p.paused == "other" else f"Stopped: {p.paused}.",
        "clock": f"Change the {clock_expired(p, view.at)}. Then scan GLOVES.",
        "scale": "Check the balance with both weights first.",
        "other": f"{view.owner or 'Nobody'} has this preparation."
        if p.claimed_by
        else "Nobody has this preparation yet.",
        "ended": f"This preparation is {p.outcome or 'closed'}.",
    }
    if kind in words or slot is None:
        return words.get(kind, "")
    return instructions.instruction(p, slot).task


def _advice(asked: Slot | None, view: View) -> tuple[str, ...]:
    """Return which vials to take, where the first is to be scanned; the scan decides."""
    return (view.advice,) if view.advice and asked is not None and asked.step.name == "vial" else ()


def _says(p: Preparation, slot: Slot | None, kind: Kind) -> tuple[str, ...]:
    if kind == "paused":
        free = p.paused in FREE_TO_RESUME and p.order_state == "current"
        goes_on = "Scan PAUSE again to go on." if free else "A pharmacist decides whether it goes on. Touch nothing."
        more = () if p.paused in HAZARDS else ("A spill, a leak or particles now? Say so under MORE.",)
        return (goes_on, *more)
    if kind == "wait" and slot is not None:
        hold = (f"Do not inject. The pictures and {_amounts(p)} lie before the pharmacist.",)
        return hold if slot.step.name == "premix" else ("The record lies before the pharmacist. Clean up meanwhile.",)
    if kind in ("print", "scan", "weigh") and slot is not None and (told := told_by_weight(p, slot.name)):
        return (told, *_fixed(p, kind))
    if kind == "other":
        where = f"It is at station {p.station}." if p.claimed_by else "Open it from the worklist."
        return (where, "You can look, but not act.")
    return _fixed(p, kind)


def _unopened(p: Preparation, kind: Kind, view: View) -> tuple[str, ...]:
    """Return what to do where no pharmacist has it open long after it was sent; by the server's clock (R26)."""
    since = max((entry.at for entry in p.entries.values()), default=view.at)
    if kind != "wait" or view.opened or view.at - since < ESCALATES:
        return ()
    return (f"No pharmacist has it open, {int(ESCALATES.total_seconds() // 60)} minutes after it was sent. Call one.",)


def _amounts(p: Preparation) -> str:
    return "volumes" if not p.counts and p.plan.by_volume else "weights"


def _fixed(p: Preparation, kind: Kind) -> tuple[str, ...]:
    waits = may_print(p, "", visit().at)
    words: dict[str, tuple[str, ...]] = {
        "clock": ("Gloves are changed every 30 minutes and after every spill or tear.",),
        "scale": ("No weight counts before the balance passed its check with two weights today.",),
        "print": (waits.says if waits else "The label comes out at this station's printer.",),
        "ended": ("Nothing is left to do here.",),
    }
    return words.get(kind, (f"Pharmacist called: {p.called.rstrip('.')}.",) if p.called else ())


def _picture(p: Preparation, slot: Slot | None, kind: Kind) -> Picture:
    if kind == "scale":
        return Picture("weight", "check weights", ("two of them, one after the other",))
    if kind == "clock":
        return Picture("gloves", "fresh gloves", ("both pairs",))
    return panels.picture(p, slot) if slot else Picture("hand")


def _tries(p: Preparation, slot: Slot | None) -> str:
    failed = p.attempts.get(slot.name, 0) if slot else 0
    if not failed or slot is None:
        return ""
    if slot.step.needs is not Weighing:
        return f"{failed} refused"
    left = failed < p.policy.max_attempts
    return f"Attempt {failed + 1} of {p.policy.max_attempts}" if left else "No attempt left: REDO"


def accepted_words(p: Preparation, entry: Entry) -> str:
    """Return what an accepted piece of evidence was, for the strip."""
    name = _slot_words(p, entry.slot)
    if entry.evidence is None:
        return f"{name}: accepted by a pharmacist ({entry.waived})"
    return _evidence_words(p, entry.slot, name, entry.evidence)


def _slot_words(p: Preparation, name: str) -> str:
    slot = next((one for one in preparations.workflow_of(p).slots(p) if one.name == name), None)
    return instructions.instruction(p, slot).name if slot else name


def _evidence_words(p: Preparation, slot: str, name: str, evidence: Evidence) -> str:
    if isinstance(evidence, Scan):
        found = evidence.found
        if isinstance(found, Container):
            return f"{found.text}, lot {found.lot}" if found.lot else found.text
        if isinstance(found, CabinetCode):
            return f"{name} {found.code}"
        return f"{name} {found.label_id}" if isinstance(found, LabelCode) else name
    if isinstance(evidence, Weighing):
        return _weighed(p, slot, name, evidence)
    if isinstance(evidence, Printed):
        return f"{name} {evidence.label_id}, copy {evidence.copy}"
    if isinstance(evidence, Programme):
        return f"{name}: {amount(evidence.rate_ml_h)} mL/h for {amount(evidence.hours)} h"
    if isinstance(evidence, Signature):
        return f"{evidence.meaning} by {evidence.name}"
    if isinstance(evidence, Count | VolumeRead):
        return f"{name}: entered"
    return name if isinstance(evidence, Confirmation) else f"photo: {name}"


def _weighed(p: Preparation, slot: str, name: str, evidence: Weighing) -> str:
    first = before_slot(slot)
    before = p.weighing(first) if first else None
    if before is None:
        return f"{name}: {evidence.g:,f} g"
    gain = (p.weighing(slot) or evidence).g - before.g
    found = next((one for one in preparations.workflow_of(p).slots(p) if one.name == slot), None)
    pair = instructions.window(p, found) if found else None
    off = f"  {percent(gain / pair[0].expected_g - 1)}" if pair else ""
    return f"{name}: {evidence.g:,f} − {before.g:,f} = {reading(gain)} g{off}"
