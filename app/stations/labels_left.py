"""Copies of a final label that are on no container: each is accounted for, with a witness, before a preparation closes (L5).

The copy that was scanned on its container is used. Any other that came out, a void one too, may lie where somebody takes it
for the right one. What was printed once more after the dose had left went to where it is given, by a pharmacist's act.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, select

from app.stations import register
from app.stations.tables import equipment_event
from devices.scanner.own import check_character
from workflows.evidence import LabelCode, Printed, Scan
from workflows.preparation import Preparation

DESTROYED, NOT_FOUND = "destroyed", "not found"
WHAT = {DESTROYED: "label destroyed", NOT_FOUND: "label not found"}
"""What became of a copy, as the station's history has it."""


def left(conn: Connection, preparation: str, p: Preparation) -> tuple[Printed, ...]:
    """Return the copies that nobody has accounted for yet, oldest first."""
    used = _used(p)
    others = [
        one
        for one in p.labels
        if one.label_kind == "final" and (one.label_id, one.copy) != used and not _after_release(p, one, used)
    ]
    told = _told(conn, preparation) if others else frozenset()
    return tuple(one for one in others if (one.label_id, one.copy) not in told)


def says(conn: Connection, preparation: str, p: Preparation) -> str:
    """Say which copies are still to be accounted for, in words; empty for none."""
    names = [name_of(one) for one in left(conn, preparation, p)]
    if not names:
        return ""
    return f"{'; '.join(names)}: printed, and on no container. Account for it with a witness before closing."


def name_of(label: Printed) -> str:
    """Return a final label as it is printed on it: final label F-4M8D-0ZRW-P, copy 1."""
    id_ = label.label_id
    return f"final label F-{id_[:4]}-{id_[4:]}-{check_character(id_)}, copy {label.copy}"


def account(
    conn: Connection, preparation: str, label: Printed, how: str, *, station: str, who: str, witness: str, at: datetime
) -> None:
    """Keep what became of a copy, for one of WHAT; `who` and `witness` are account ids."""
    detail = {
        "label": name_of(label),
        "label_id": label.label_id,
        "copy": f"{label.copy}",
        "preparation": preparation,
        "witness": witness,
    }
    register.note(conn, f"printer {station}", WHAT[how], at=at, who=who, station=station, detail=detail)


def _used(p: Preparation) -> tuple[str, int] | None:
    scan = p.evidence("label-scan")
    found = scan.found if isinstance(scan, Scan) else None
    return (found.label_id, found.copy) if isinstance(found, LabelCode) else None


def _after_release(p: Preparation, label: Printed, used: tuple[str, int] | None) -> bool:
    return p.outcome == "released" and used is not None and label.label_id == used[0] and label.copy > used[1]


def _told(conn: Connection, preparation: str) -> frozenset[tuple[str, int]]:
    rows = conn.execute(select(equipment_event.c.detail).where(equipment_event.c.what.in_(tuple(WHAT.values()))))
    details = [json.loads(row.detail) for row in rows]
    return frozenset((one["label_id"], int(one["copy"])) for one in details if one["preparation"] == preparation)
