"""What follows an accepted command in its own transaction: labels to print, the cabinet's last drug, a spill's record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from app import preparations
from app.catalogue import trials
from app.catalogue.trial_lines import Act
from app.record import outbox
from app.settings import Settings
from app.stations import incidents, open_vials, places
from workflows import events as happened
from workflows import measured, sharing
from workflows.evidence import Sheet
from workflows.preparation import Preparation
from workflows.spills import Spill
from workflows.status import next_slots
from workflows.trials import shown_drug


@dataclass(frozen=True)
class Done:
    """An accepted command, as far as what follows it goes."""

    conn: Connection
    """Its transaction."""
    settings: Settings
    """The site's."""
    preparation: str
    """Preparation id."""
    command_id: str
    """Its id."""
    who: str
    """Person id."""
    station: str
    """Station code; empty at a desk."""
    at: datetime
    """Its one clock reading."""


def follow(done: Done, events: tuple[happened.Event, ...], before: Preparation | None, p: Preparation) -> None:
    """Put what must follow the commit, keep the cabinet's last drug (R42), and have a spill's record begin (R45)."""
    wanted = ["in_process"] if any(isinstance(event, happened.Claimed) for event in events) else []
    if _prints_next(p) and not (before and _prints_next(before)):
        wanted.append("final")
    for apart in (event for event in events if isinstance(event, happened.VialSetApart)):
        payload = {"preparation": done.preparation, "kind": "unit", "label": apart.label, "copy": 1, "reason": ""}
        lane = outbox.printer_lane(p.station)
        outbox.put(done.conn, kind="print_label", lane=lane, payload=payload, at=done.at, command_id=done.command_id)
    for kind in wanted:
        payload = {"preparation": done.preparation, "kind": kind, "reason": ""}
        lane = outbox.printer_lane(p.station)
        outbox.put(done.conn, kind="print_label", lane=lane, payload=payload, at=done.at, command_id=done.command_id)
    if code := preparations.cabinet(p):
        places.keep(done.conn, code, p.master.drug, events, at=done.at, who=done.who)
        if _opens_there(p, before, code) and sharing.shares(p):
            places.keep_puncture(
                done.conn, code, done.preparation, at=done.at, who=done.who, station=p.station or done.station
            )
    if p.outcome and not (before and before.outcome):
        _account(done, p)
    if p.counts is None and any(isinstance(event, happened.MadeOnPaper) for event in events):
        codes = open_vials.in_use(done.conn, done.settings.site)
        places.keep_doubt(done.conn, codes, places.ON_PAPER, at=done.at, who=done.who, told=done.preparation)
    if any(_is_spill(event) for event in events):
        act = incidents.Acting(done.conn, done.settings, done.who, done.at, done.station)
        incidents.stopped_by(act, Spill(done.at, p.station or done.station, shown_drug(p.master), done.preparation))


def _account(done: Done, p: Preparation) -> None:
    """Write a line for each unit of a trial's stock that an ended preparation took (R56)."""
    if p.counts or not p.recipe.protocol:
        return
    assigned, released = p.plan.trial, p.outcome == "released"
    act = Act(done.conn, done.settings, done.who, approver(p), done.at)
    said = {"preparation": done.preparation, "subject": assigned.subject if assigned else ""}
    dose = measured.dose(p) if released else None
    told = trials.dose_words(dose.dose.mg.quantize(Decimal("0.1")) if dose else p.plan.prescribed_mg)
    for one in p.containers() if released or p.started_at is not None else ():
        if one.protocol:
            trials.used(act, "dispensed" if released else "used up", one.unit, dose=told, **said)
    for one in p.set_aside if p.started_at is not None else ():
        if one.protocol:
            trials.used(act, "used up", one.unit, dose="", **said)
    for noted in p.notes:
        if isinstance(noted.event, happened.MadeOnPaper):
            _account_of_paper(replace(act, second=noted.second or ""), noted.event.sheet, said)


def _account_of_paper(act: Act, sheet: Sheet, said: dict[str, str]) -> None:
    """Write a line for each unit that a downtime sheet names: it went into the dose that was made on paper (R60)."""
    for line in sheet.ingredients:
        if line.unit:
            note = f"made on paper by {sheet.made_by}, checked by {sheet.checked_by}"
            trials.used(act, "dispensed", line.unit, dose=trials.dose_words(sheet.dose_mg), note=note, **said)


def approver(p: Preparation) -> str:
    """Return who approved it for release; empty while nobody did."""
    entry = p.entries.get("approve")
    return entry.who if entry is not None else ""


def _opens_there(p: Preparation, before: Preparation | None, code: str) -> bool:
    """Say whether its first vial was scanned in this cabinet, or what was opened elsewhere came into it."""
    return _has_vial(p) and not (before and _has_vial(before) and preparations.cabinet(before) == code)


def _has_vial(p: Preparation) -> bool:
    """Say whether a vial was scanned: from then on it may have been opened."""
    return any(slot.startswith("vial:") for slot in p.entries)


def _is_spill(event: happened.Event) -> bool:
    stopped = isinstance(event, happened.Paused) and event.why == "spill"
    return stopped or (isinstance(event, happened.Aborted) and event.reason == "spill")


def _prints_next(p: Preparation) -> bool:
    slots = next_slots(preparations.workflow_of(p), p)
    return bool(slots) and slots[0].step.name == "label-print"
