"""An opened vial of a released dose is scanned on the balance, gets a label, and is scanned once more with it on (R32)."""

from __future__ import annotations

from flask import Response

from app import clock
from app.web.station.acts import slot_of
from app.web.station.at_hand import answer, ask, bench, judged
from app.web.station.screen import Verdict
from workflows import commands as asked
from workflows.evidence import Container, Scan, Weighing
from workflows.preparation import Preparation
from workflows.standing import CLOSING

HOW = "To keep an opened vial: put it on the balance with its adaptor, wait until it is settled, then scan it."
ELSE = "Else discard it with the other leftovers."


def is_to_be_kept(p: Preparation, scan: Scan) -> bool:
    """Say whether a scan means that an opened vial is kept: of a container, where only the leftovers are open."""
    slot = slot_of(p)
    return slot is not None and slot.step.name == CLOSING and isinstance(scan.found, Container) and not p.counts


def keep(station: str, preparation: str, scan: Scan) -> Response:
    """Weigh what is on the pan as the vial that was scanned, and keep it under a code of its own."""
    pan = bench(station).pan
    if pan is None or not pan.glance().armed:
        why = pan.glance().says if pan is not None else "No balance is connected at this station."
        return answer(station, preparation, Verdict("check", "CHECK", why, f"{HOW} {ELSE}"), 422)
    got = pan.capture()
    if not isinstance(got, Weighing):
        return answer(station, preparation, Verdict("check", "CHECK", got.says, ELSE), 422)
    done = ask(station, preparation, asked.Keep(scan, got, clock.new_id(8)))
    if done.outcome.kind == "accepted":
        pan.counted()
    return judged(station, preparation, done)
