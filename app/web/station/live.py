"""What changes while a screen stands: the live weight, the station's own scanner, how the instruments are."""

from __future__ import annotations

from datetime import datetime

from app import preparations
from app.people.accounts import Person
from app.record import print_jobs
from app.record.outbox import Entry
from app.stations.benches import Bench
from app.stations.pan import Glance
from app.stations.preview import TAKE_OFF, Preview, preview
from app.web.station.screen import Device, Heard, Live
from workflows.circumstances import BalanceStatus
from workflows.evidence import Weighing
from workflows.instructions import window
from workflows.preparation import Preparation
from workflows.status import next_slots
from workflows.steps import Slot

DARK = Glance("silent", "No balance is connected.", "", "", False, 0.0, False, False)
NOTHING = Preview("", ready=False, inside=None, place=None, formula="")
TROUBLE_WORDS = {"silent": "BALANCE NOT ANSWERING", "wrong": "WRONG BALANCE", "trouble": "BALANCE"}


def live(
    p: Preparation,
    stand: Bench,
    run: str,
    after: str,
    *,
    person: Person,
    scale: BalanceStatus | None,
    labels: tuple[Entry, ...],
    at: datetime,
    note: str = "",
) -> Live:
    """Return what is live for a screen. `after` is the id of the last reading that the page has heard."""
    slot = _weighed_by(p, stand, person)
    glance = stand.pan.glance() if stand.pan else DARK
    seen = preview(p, slot, glance) if slot else NOTHING
    trouble = _trouble(p, slot, glance, seen) if slot else ""
    return Live(
        version=p.version,
        value=glance.value if slot else "",
        unit=glance.unit if slot else "",
        settled=glance.settled,
        prompt="" if seen.prompt == TAKE_OFF else seen.prompt,
        instead=TAKE_OFF if seen.prompt == TAKE_OFF else "",
        formula=seen.formula,
        place=seen.place,
        inside=seen.inside,
        close=seen.close,
        ready=seen.ready,
        trouble=trouble,
        trouble_word="READINGS VOID" if seen.void else TROUBLE_WORDS.get(glance.state, ""),
        unchecked=slot is not None and not check_stands(scale, at),
        heard=heard(stand, run, after),
        devices=devices(stand, glance, scale, labels),
        note=note if p.claimed_by == person.id else "",
    )


def heard(stand: Bench, run: str, after: str) -> tuple[Heard, ...]:
    """Return the readings of the station's scanner after the one of id `after`; of an earlier run, all of this one."""
    of_run, _, number = after.partition("-")
    last = int(number) if of_run == run and number.isdecimal() else 0
    return tuple(Heard(f"{run}-{one.number}", one.trouble) for one in stand.scans.after(last))


def check_stands(scale: BalanceStatus | None, at: datetime) -> bool:
    """Return whether the day's check allows weighing; a station without a balance has none to check (R15)."""
    return scale is None or (scale.check_valid_until is not None and scale.check_valid_until > at)


def last_heard(stand: Bench, run: str) -> str:
    """Return the id of the newest reading: a page that is drawn now hears those that follow."""
    return f"{run}-{stand.scans.count}"


def _weighed_by(p: Preparation, stand: Bench, person: Person) -> Slot | None:
    """Return the slot that waits for a weight here and now, or None."""
    if p.claimed_by != person.id or p.station != stand.station or p.paused:
        return None
    slots = next_slots(preparations.workflow_of(p), p)
    return slots[0] if slots and slots[0].step.needs is Weighing else None


def _trouble(p: Preparation, slot: Slot, glance: Glance, seen: Preview) -> str:
    if seen.void:
        return seen.prompt
    if glance.state in ("ready", "busy"):
        return ""
    lost = glance.state in ("silent", "wrong") and window(p, slot) is not None
    return f"{glance.says} Both readings of this weighing are void." if lost else glance.says


def devices(
    stand: Bench, glance: Glance, scale: BalanceStatus | None, labels: tuple[Entry, ...], *, missed: bool = False
) -> tuple[Device, ...]:
    """Return the status row; `missed`: a label came out that no scan has met since."""
    return (_balance(stand, glance, scale), _scanner(stand), printer(labels, missed=missed))


def _balance(stand: Bench, glance: Glance, scale: BalanceStatus | None) -> Device:
    if stand.pan is None:
        return Device("balance", "none", "no balance")
    if glance.state == "wrong":
        return Device("balance", "wrong device", "wrong balance")
    if glance.state in ("silent", "trouble"):
        return Device("balance", "not answering", "balance not answering")
    if scale is None or scale.check_valid_until is None:
        return Device("balance", "needs check", "balance needs check")
    if glance.state == "busy":
        return Device("balance", "busy", "balance busy")
    return Device("balance", "ready", "balance settled" if glance.settled and not glance.empty else "balance ready")


def _scanner(stand: Bench) -> Device:
    if stand.scanner is None:
        return Device("scanner", "ready", "scanner types")
    name = stand.scanner.state.name
    if name == "ready":
        return Device("scanner", "ready", "scanner ready")
    return Device("scanner", "busy" if name == "opening" else "not answering", f"scanner {name.replace('_', ' ')}")


def printer(labels: tuple[Entry, ...], *, missed: bool = False) -> Device:
    """Return how the station's printer stands by the labels that wait for it."""
    mine = [one for one in labels if one.kind == "print_label"]
    if any(print_jobs.state_of(one) == "UNKNOWN" for one in mine):
        return Device("printer", "not answering", "label: did it come out?")
    if any(one.status == "stuck" for one in mine):
        return Device("printer", "not answering", "label stuck")
    if missed:
        return Device("printer", "not answering", "label not seen")
    return Device("printer", "busy", "printing") if mine else Device("printer", "ready", "printer ready")
