"""The pharmacist's queue: what waits for a signature or an answer, most urgent first (R26, SCREENS 11)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app import logs, preparations
from app.desk import claims
from app.desk.judging import waiting_slot
from app.desk.names import name_of
from app.desk.patients import Patient, patient_of
from app.desk.sites import Apart
from app.record import views
from app.record.views import PreparationRow
from workflows import events as happened
from workflows.events import Recorded
from workflows.evidence import Weighing
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use

log = logs.of("queue")
LATE = timedelta(minutes=5)
"""After this long unopened a line is marked (R26)."""
ESCALATES = timedelta(minutes=10)
"""After this long unopened somebody calls a pharmacist: the line and the tablet that waits say so (R26)."""
OPEN = (
    "ready", "claimed", "garbed", "staged", "reconstituted", "drawn", "hold", "mixed", "labelled", "awaiting-check",
    "paused",
)  # fmt: skip
"""States in which something may wait for a pharmacist."""
REASON = {"approve": "release", "premix": "pre-mix"}
"""What a waiting signature is called in the queue."""
HELD = ("pharmacist hold", "order change", "order question", "spill", "integrity or particulates")
"""Stops that only a pharmacist ends."""


@dataclass(frozen=True)
class Waiting:
    """One line of the queue, whoever looks at it."""

    preparation: str
    """Preparation id."""
    site: str
    """Code of the site where it is made."""
    version: int
    """Its version when looked at."""
    stat: bool
    """Ordered as STAT."""
    due: datetime | None
    """When it is needed, UTC."""
    patient: str
    """Id of the patient's text."""
    drug: str
    """Name as lists print it."""
    dose: str
    """Amount and unit."""
    container: str
    """What it goes into, as ordered."""
    reason: str
    """release, pre-mix, held or called; cannot be read, where its record tells no more."""
    about: str
    """What was called or held for; empty otherwise."""
    look_at: tuple[str, ...]
    """What went wrong or is unusual, a few words each."""
    since: datetime
    """Since when it waits, UTC."""
    together: str = ""
    """One text for all doses of an order that are made together; empty where it is made alone."""


@dataclass(frozen=True)
class Line:
    """One line of the queue as a person sees it."""

    waiting: Waiting
    """What waits."""
    patient: Patient
    """For whom."""
    minutes: int
    """Whole minutes it has waited."""
    late: bool
    """Waits longer than the site's five minutes, unopened."""
    overdue: bool
    """Waits longer than ten minutes, unopened: whoever reads it calls a pharmacist."""
    holder: str
    """Printed name of another pharmacist who has it open; empty for nobody else."""
    mine: bool
    """The viewer has it open."""


class Lines:
    """Works lines out once a version: a poll of an unchanged queue reads no logs."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self._known: OrderedDict[tuple[str, int], Waiting | None] = OrderedDict()
        self._guard = threading.Lock()

    def of(self, conn: Connection, row: PreparationRow) -> Waiting | None:
        """Return the line of a preparation, or None where nothing waits for a pharmacist."""
        key = (row.id, row.version)
        with self._guard:
            if key in self._known:
                return self._known[key]
        found = _line_of(conn, row)
        with self._guard:
            self._known[key] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found


def _line_of(conn: Connection, row: PreparationRow) -> Waiting | None:
    """Return its line, or one that says it cannot be read: what is wrong with one preparation hides no other."""
    try:
        record = preparations.history(conn, row.id)
        p = preparations.after(None, record)
        return waiting_of(row, p, record) if p else None
    except SQLAlchemyError:
        raise  # of the store, not of this preparation: nothing can be read
    except Exception:
        log.exception("queue line not worked out", row=row.id)
    return Waiting(
        row.id, row.site, row.version, row.priority == "S", row.due, row.patient or "", row.drug, row.dose,
        "", UNREADABLE, "set it apart and tell whoever keeps the server", ("error",), row.due or LONG_AGO,
    )  # fmt: skip


UNREADABLE = "cannot be read"
"""Stands in the queue for why a preparation waits that nobody can work a line out of."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Since when something waits of which that cannot be told: before everything else."""
KEPT = 500
"""Lines remembered."""


def candidates(conn: Connection, site: str) -> tuple[PreparationRow, ...]:
    """Return the rows of preparations that may wait for a pharmacist."""
    return views.in_state_or_flagged(
        conn, site=site, statuses=("awaiting-check", "hold", "paused"), flag="called", among=OPEN
    )


def queue(
    conn: Connection, lines: Lines, *, sites: Iterable[str], viewer: str, known: Mapping[str, str], at: datetime
) -> tuple[Line, ...]:
    """Return the queue of these sites as `viewer` sees it: calls, then STAT, then needed-by, then longest waiting.

    Doses that are made together stand together, dose by dose, where the first of them would.
    """
    held = claims.holders(conn, at)
    each = (lines.of(conn, row) for site in sites for row in candidates(conn, site))
    found = [one for one in each if one is not None]
    waiting = in_order(found)
    shown = []
    for one in waiting:
        claim = held.get(one.preparation)
        minutes = max(int((at - one.since).total_seconds() // 60), 0)
        other = name_of(known, claim.person) if claim and claim.person != viewer else ""
        late = at - one.since >= LATE and claim is None
        overdue = at - one.since >= ESCALATES and claim is None
        mine = claim is not None and claim.person == viewer
        shown.append(Line(one, patient_of(conn, one.patient, masked=False), minutes, late, overdue, other, mine))
    return tuple(shown)


def in_order(found: Sequence[Waiting]) -> list[Waiting]:
    """Return what waits, the most urgent first; doses that are made together stand together, where the first of them would."""
    first: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for one in found:
        when, of = (one.due or one.since, one.since), (one.reason, one.together or one.preparation)
        first[of] = min(first.get(of, when), when)
    return sorted(found, key=lambda one: _urgency(one, first[one.reason, one.together or one.preparation]))


@dataclass(frozen=True)
class Elsewhere:
    """What waits at another site of this record and is opened there alone; nothing of whom."""

    site: str
    """Its code."""
    waiting: int
    """Lines of its queue."""
    stat: bool
    """One of them is STAT."""
    since: datetime
    """Since when the first of them waits, UTC."""
    why: str
    """Why it is opened there alone."""


def elsewhere(conn: Connection, lines: Lines, apart: Iterable[Apart]) -> tuple[Elsewhere, ...]:
    """Return what waits at sites whose work cannot be opened here."""
    found = []
    for one in apart:
        waits = [line for row in candidates(conn, one.site) if (line := lines.of(conn, row)) is not None]
        if waits:
            stat, since = any(line.stat for line in waits), min(line.since for line in waits)
            found.append(Elsewhere(one.site, len(waits), stat, since, one.says))
    return tuple(found)


def _urgency(one: Waiting, first: tuple[datetime, datetime]) -> tuple[object, ...]:
    """`first`: when the first of what stands together with it is due, and since when that waits."""
    due = one.due or one.since
    return (one.reason != "called", not one.stat, one.due is None, first, one.together, due, one.since)


def waiting_of(row: PreparationRow, p: Preparation, log: tuple[Recorded, ...]) -> Waiting | None:
    """Return what a preparation waits for from a pharmacist, or None."""
    slot = waiting_slot(p)
    reason, about, since = "", "", log[-1].at
    if p.called and not p.outcome:
        reason, about, since = "called", p.called, _last(log, happened.PharmacistCalled)
    elif p.paused in HELD and not p.outcome:
        reason, about, since = "held", _held_for(p, log), _last(log, happened.Paused, happened.OrderChanged)
    elif slot in REASON and not p.paused:
        reason, since = REASON[slot], max(entry.at for entry in p.entries.values())
    if not reason:
        return None
    return Waiting(
        row.id, row.site, p.version, p.order.priority == "S", p.order.due_at, p.patient, row.drug, row.dose,
        p.order.container or "bag", reason, about, look_at(p), since,
        "\x1f".join((p.order.key.sender, p.order.key.placer, p.order.key.group)) if p.order.dose_no is not None else "",
    )  # fmt: skip


def _held_for(p: Preparation, log: tuple[Recorded, ...]) -> str:
    """Return what is waited for: the words of the stop, or its reason where there are none."""
    notes = (one.event.note for one in reversed(log) if isinstance(one.event, happened.Paused))
    return next(notes, "") or p.paused if p.paused != "order change" else p.paused


def _last(log: tuple[Recorded, ...], *kinds: type) -> datetime:
    return next((one.at for one in reversed(log) if isinstance(one.event, kinds)), log[-1].at)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}" if count else ""


def look_at(p: Preparation) -> tuple[str, ...]:
    """Return what is unusual about a preparation, in a few words each."""
    limit = beyond_use(p)
    weighed = (entry.evidence for entry in p.entries.values() if isinstance(entry.evidence, Weighing))
    averaged = sum(one.mode != "stable" for one in weighed)
    said = (
        _counted(sum(not one.in_doubt for one in p.near_misses), "near miss", "near misses"),
        _counted(sum(one.in_doubt for one in p.near_misses), "weight too close to call", "weights too close to call"),
        _counted(len(p.typed()), "typed code", "typed codes"),
        _counted(len(p.waivers), "waived", "waived"),
        _counted(averaged, "averaged weight", "averaged weights"),
        "vinca" if p.counts is None and p.recipe.vinca else "",
        "attempt " + str(p.reworks + 1) if p.reworks else "",
        "remake" if p.replaces else "",
        "short dating" if limit and limit.at <= p.order.due_at else "",
        f"order {p.order_state}" if p.order_state != "current" else "",
    )
    return tuple(word for word in said if word)


def without_ticking(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return all that a poll compares: what merely ticks is left out."""
    return tuple(replace(line, minutes=0) for line in lines)
