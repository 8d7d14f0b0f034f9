"""Two codes of one bag or carton, scanned one right after the other: the product on one, lot and expiry on the other (B21).

The page hands back what was scanned just before, and nothing else: whatever is pressed, weighed or scanned in between
ends it. A first code with which anything else is wrong is judged at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import request

from app.stations import scans
from app.web.house import house
from app.web.station.at_hand import bench, envelope
from app.web.station.scanned import LONGEST, as_of
from app.web.station.screen import Verdict
from workflows import commands as asked
from workflows.evidence import Container, Scan

TOGETHER = timedelta(seconds=30)
"""The second code is read within this time of the first: a longer pause has let another container into the hand."""
LACKING = frozenset({"NO_EXPIRY", "NO_LOT", "NO_UNIT"})
"""What may be wrong with a first code so that it waits for the second."""


@dataclass(frozen=True)
class Half:
    """A code that waits for the one beside it; nothing was recorded."""

    said: Verdict
    """What to do."""


def whole(station: str, preparation: str, scan: Scan) -> Scan | Half | Verdict:
    """Return the evidence that a reading is, by itself or with the one before it; that it waits; or why both are no pair."""
    first = _before(station)
    if first:
        with house().store.reading() as conn:
            both = scans.joined(conn, first, scan, as_of=as_of())
        if both is not None:
            return Verdict("check", "CHECK", both) if isinstance(both, str) else both
    if first == scan.raw or not isinstance(scan.found, Container) or not scans.may_be_half(scan.raw, as_of()):
        return scan
    found = house().dispatcher.foreseen(envelope(station, preparation, asked.Submit("", scan)))
    if not found or not {one.code for one in found} <= LACKING:
        return scan
    return Half(
        Verdict(
            "check",
            "NOW THE OTHER CODE",
            f"{scan.found.text}: this code does not carry both lot and expiry.",
            "Scan the other code on the same container. If it has none: its unit label, or CODE WILL NOT SCAN.",
        )
    )


def _before(station: str) -> str:
    """Return the reading that the page scanned just before this one; empty for none, or one of too long ago."""
    id_, now = request.form.get("first_heard", ""), request.form.get("heard", "")
    if not id_:
        return "" if now else request.form.get("first_raw", "")[:LONGEST]
    kept = [bench(station).scans.numbered(int(one.rpartition("-")[2])) for one in (id_, now) if _is_of_run(one)]
    if len(kept) != len({id_, now}) or kept[0] is None or kept[-1] is None:
        return ""
    first, second = kept[0], kept[-1]
    soon = second.at - first.at <= TOGETHER and second.number == first.number + 1
    return first.raw if soon and not first.trouble else ""


def _is_of_run(id_: str) -> bool:
    run, _, number = id_.partition("-")
    return run == house().benches.run and number.isdecimal()
