"""A preparation's log as the clinical core's values, and the row of it that lists and queues show."""

from __future__ import annotations

import typing
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection

from app.record import canonical, codec, found_by, log, views
from app.record.log import NewEvent, StoredEvent
from app.stations import open_vials
from workflows import events as happened
from workflows import sharing
from workflows.closing import accounts, poured
from workflows.doses import with_dose
from workflows.evidence import CabinetCode, Container, PaperLine, Scan
from workflows.library import LIBRARY
from workflows.preparation import Preparation, evolve
from workflows.standing import AT_THE_CABINET
from workflows.status import next_slots, occupies_cabinet, status
from workflows.steps import Workflow
from workflows.trials import shown_drug
from workflows.upcasting import newest, upcast
from workflows.wording import amount

KINDS: dict[str, type] = {codec.kind_of(cls): cls for cls in typing.get_args(happened.Event)}
"""Every event of a preparation by its name in the log."""
IN_CABINET = "in cabinet"
"""Flag of a row whose preparation occupies its cabinet (R20)."""
OCCUPYING = (*sorted(AT_THE_CABINET), "paused", "aborted", "remade")
"""States in which that flag may be set."""


def workflow_of(p: Preparation) -> Workflow:
    """Return the declared procedure that this preparation follows."""
    return LIBRARY[p.workflow]


def to_new(stream: str, event: happened.Event) -> NewEvent:
    """Return an event as the log takes it."""
    kind = codec.kind_of(type(event))
    return NewEvent(stream, kind, newest(kind), codec.encode(event))


def from_stored(stored: StoredEvent) -> happened.Recorded:
    """Return a stored event as the clinical core reads it, brought up to today's shape."""
    data = upcast(stored.kind, stored.shape, stored.data)
    event: happened.Event = codec.decode(KINDS[stored.kind], data)
    second, station = stored.second_person or "", stored.station or ""
    return happened.Recorded(stored.version, event, stored.who, second, stored.at, station, stored.digest.hex())


def history(conn: Connection, preparation: str) -> tuple[happened.Recorded, ...]:
    """Return the whole log of a preparation; empty if there is none."""
    return tuple(from_stored(stored) for stored in log.load(conn, preparation))


def load(conn: Connection, preparation: str) -> Preparation | None:
    """Return a preparation as its log adds up, or None."""
    return after(None, history(conn, preparation))


def after(p: Preparation | None, recorded: Iterable[happened.Recorded]) -> Preparation | None:
    """Return the state after some more events."""
    for one in recorded:
        p = evolve(p, one)
    return p


def project(conn: Connection, stored: StoredEvent, p: Preparation, before: Preparation | None = None) -> None:
    """Write the row of `p`, whose last event is `stored`, in that event's own transaction.

    `before` is what was projected last: its labels and what is its alone stand there, and are not written again.
    """
    views.put_preparation(conn, row_of(stored, p))
    used = _used(p)
    if before is None or used != _used(before):
        views.keep_used(conn, stored.stream, used)
    if p.counts and (before is None or taken(p) != taken(before)):
        views.keep_taken(conn, stored.stream, taken(p))
    rows = _kept(p, stored.site)
    if rows != (_kept(before, stored.site) if before else ()):
        views.keep_open_vials(conn, stored.stream, rows)
    for label in p.labels[len(before.labels) if before and p.labels[: len(before.labels)] == before.labels else 0 :]:
        views.put_label(conn, label=label.label_id, copy=label.copy, kind=label.label_kind, preparation=stored.stream)


def row_of(stored: StoredEvent, p: Preparation) -> views.PreparationRow:
    """Return what lists show of `p`, whose last event is `stored`."""
    workflow = workflow_of(p)
    slots = next_slots(workflow, p)
    return views.PreparationRow(
        id=stored.stream,
        version=p.version,
        site=stored.site,
        workflow=f"{p.workflow}/{p.workflow_version}",
        step=slots[0].step.name if slots else "",
        status=status(workflow, p),
        due=p.order.due_at,
        priority=p.order.priority,
        station=p.station or None,
        cabinet=cabinet(p),
        technician=p.claimed_by or None,
        drug=shown_drug(p.master),
        dose=with_dose(f"{amount(p.planned.ordered_mg)} mg", p.order),
        patient=p.patient or None,
        flags=_flags(workflow, p),
        updated_site_seq=stored.site_seq,
    )


def _used(p: Preparation) -> frozenset[str]:
    """Return the units and pictures that are this preparation's alone: a container leaves it only unopened (R16)."""
    back = {one.unit for one in accounts(p) if one.fate == "not opened"} if p.closed else set()
    scanned = () if p.counts else (*p.containers(), *p.set_aside)
    units = {container.unit for container in scanned if container.unit} - back
    if p.counts is None:  # an opened vial that a downtime sheet names is no stock any more
        units |= {one.unit for one in _sheet_lines(p) if one.unit}
    return frozenset(units | {photo_key(photo.sha256) for photo in p.photos()})


def _kept_apart(conn: Connection, stream: str, p: Preparation) -> frozenset[str]:
    """Return what the lists should hold as this one's alone: not what another's log names too, under small letters (R16)."""
    return frozenset(one for one in map(views.one_name, _used(p)) if not _also_of(conn, stream, one))


def _also_of(conn: Connection, stream: str, name: str) -> bool:
    user = views.user_of(conn, name)
    if user in (None, stream):
        return False
    try:
        other = load(conn, user or "")
    except (log.RecordDamaged, ValueError, KeyError):
        return False
    return other is not None and name in map(views.one_name, _used(other))


def taken(p: Preparation) -> dict[str, int]:
    """Return how many units are taken out of each stock bottle, the first one scanned emptied first, or what paper says.

    They are set apart from the scan of a bottle on, so that no other count finds them. What may have been poured out is gone
    from its bottle however the preparation ends: nothing goes back (R54). What ends before that, or is taken back, is free again.
    """
    found: Counter[str] = Counter()
    for unit, number in _on_paper(p):
        found[views.one_name(unit)] += number
    left = p.counts.count if p.counts and (poured(p) or not p.outcome) else 0
    for one in p.containers():
        out = min(left, one.left or 0)
        if out > 0 and one.unit:
            found[views.one_name(one.unit)] += out
        left -= out
    return dict(found)


def _on_paper(p: Preparation) -> Iterator[tuple[str, int]]:
    """Yield the stock bottles that a downtime sheet names, and how many were taken out of each (R60)."""
    yield from ((one.unit, one.number) for one in _sheet_lines(p) if one.unit and one.number)


def _sheet_lines(p: Preparation) -> Iterator[PaperLine]:
    for noted in p.notes:
        if isinstance(noted.event, happened.MadeOnPaper):
            yield from noted.event.sheet.ingredients


def _kept(p: Preparation, site: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of its opened vials that were kept, and of one that waits to be weighed with its label on."""
    apart = None if p.closed else sharing.set_apart(p)
    listed = (*sharing.kept(p), *((apart,) if apart else ()))
    kept = ((one.label, one.container, one.container.opened) for one in listed)
    return tuple(
        {
            "label": label,
            "site": site,
            "body": canonical.dump(codec.encode(container)).decode(),
            "cabinet": known.cabinet,
            "until": known.until,
        }
        for label, container, known in kept
        if known is not None
    )


def photo_key(sha256: str) -> str:
    """Return the name of a picture among the things that are used once."""
    return f"{views.PICTURE}{sha256}"


def cabinet(p: Preparation) -> str | None:
    """Return the code of the cabinet that was scanned, or None."""
    scan = p.evidence("cabinet")
    found = scan.found if isinstance(scan, Scan) else None
    return found.code if isinstance(found, CabinetCode) else None


def _flags(workflow: Workflow, p: Preparation) -> tuple[str, ...]:
    said = {
        "hazardous": p.master.hazardous,
        "vinca": p.counts is None and p.recipe.vinca,
        "called": bool(p.called),
        "near miss": not all(one.in_doubt for one in p.near_misses),
        "typed": bool(p.typed()),
        "waived": bool(p.waivers),
        "rework": bool(p.reworks),
        "remake": bool(p.replaces),
        IN_CABINET: occupies_cabinet(workflow, p),
    }
    return tuple(flag for flag, so in said.items() if so)


def occupant(conn: Connection, *, site: str, station: str, cabinet_code: str, but: str) -> str:
    """Return another preparation that is in this station's cabinet, or in `cabinet_code`; empty if there is none (R20)."""
    return views.first_there(conn, OCCUPYING, IN_CABINET, site=site, station=station, cabinet=cabinet_code, but=but)


def rebuild(conn: Connection) -> int:
    """Empty the views of every site and write them anew from the log, in the caller's transaction; return how many there are.

    Raises RecordDamaged, with nothing changed, where an event is not what was written.
    """
    views.clear(conn)
    found_by.clear(conn)
    count = 0
    for stream in log.preparations(conn):
        stored = log.load(conn, stream)
        found_by.note(conn, stream, _names(stored))
        p = after(None, [from_stored(one) for one in stored if one.kind in KINDS])
        if p is not None:
            project(conn, stored[-1], p)
            count += 1
    return count


def _other_than_kept(conn: Connection, stored: Iterable[StoredEvent]) -> Iterator[tuple[str, str]]:
    """Yield each opened vial that was taken in as something else than the record says of the dose that kept it, and why (R32)."""
    for one in map(from_stored, stored):
        scan = one.event.evidence if isinstance(one.event, happened.Accepted) else None
        found = scan.found if isinstance(scan, Scan) else None
        if isinstance(found, Container) and found.opened and (why := open_vials.unlike_its_record(conn, found)):
            yield found.unit, why


def _names(stored: Iterable[StoredEvent]) -> list[found_by.Named]:
    return [(one.who, one.second_person, one.body) for one in stored]


def view_faults(conn: Connection, streams: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Compare the rows of these preparations in the views with what the log adds up to; yield (where, what is wrong in words).

    A preparation whose events are damaged, or of a kind that this release does not know, is left to the chain's check.
    """
    for stream in streams:
        try:
            stored = log.load(conn, stream)
        except (log.RecordDamaged, ValueError):
            continue
        if any(one.kind not in KINDS for one in stored):
            continue
        p = after(None, [from_stored(one) for one in stored])
        if p is not None:
            labels = {(one.label_id, one.copy): one.label_kind for one in p.labels}
            kept = sorted(_kept(p, stored[-1].site), key=lambda row: str(row["label"]))
            if views.open_vials_of(conn, stream) != tuple(kept):
                yield f"preparation {stream}", "its opened vials that were kept are not those of the log"
            for unit, why in _other_than_kept(conn, stored):
                yield f"preparation {stream}", f"the opened vial {unit} that it took in is not as it was kept: {why}"
            if views.taken_by(conn, stream) != taken(p):
                yield f"preparation {stream}", "what it took out of stock bottles is not that of the log"
            if found_by.of_preparation(conn, stream) != found_by.named_in(_names(stored)):
                yield f"preparation {stream}", "the lots and people it is found by are not those of the log"
            for says in views.differences(conn, row_of(stored[-1], p), labels, _kept_apart(conn, stream, p)):
                yield f"preparation {stream}", f"{says}; `vialtrace db rebuild` writes the lists anew from the log"
