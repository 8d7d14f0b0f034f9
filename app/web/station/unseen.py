"""Final labels that came out and that no scan has met since: on a container, in a bin, or still on the printer (L5).

The in-process label is scanned off only when the container leaves: it is not missed before, and asked for by name then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.record import outbox, views
from app.record.outbox import Entry
from app.web.house import house
from workflows.evidence import LabelCode, Scan

AFTER = timedelta(minutes=10)
"""A label that was not scanned by then is looked for."""
LOOKED_THROUGH = 40
"""Newest labels of a station that are looked through."""
OVER = frozenset({"released", "closed", "aborted", "remade", "downtime"})
"""A preparation that stands so has no label that is still to be scanned here."""
SAYS = "No scan has met it. Look for it and scan it, or print it again: LOST makes this copy void."


def labels(conn: Connection, station: str, at: datetime) -> tuple[Entry, ...]:
    """Return a station's final labels that nobody has scanned in AFTER, newest first."""
    rows = outbox.of_lane(conn, outbox.printer_lane(station), LOOKED_THROUGH)
    printed = (one for one in rows if one.kind == "print_label" and one.status == "done")
    finals = (one for one in printed if one.payload["kind"] == "final" and at - max(one.made_at, one.due_at) >= AFTER)
    return tuple(one for one in finals if _missed(conn, one))


def _missed(conn: Connection, entry: Entry) -> bool:
    """Say whether this copy is the live one of a preparation in work, and was not scanned on its container."""
    row = views.get_preparation(conn, entry.payload["preparation"])
    p = house().dispatcher.current(conn, row.id) if row is not None and row.status not in OVER else None
    live = p.final_label() if p is not None else None
    copy = (entry.payload["label"], entry.payload["copy"])
    if p is None or live is None or (live.label_id, live.copy) != copy:
        return False
    scan = p.evidence("label-scan")
    found = scan.found if isinstance(scan, Scan) else None
    return not (isinstance(found, LabelCode) and (found.label_id, found.copy) == copy)
