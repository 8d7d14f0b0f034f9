"""Opened vials that stand in their cabinets as stock: what is left, until when, what makes them none, and throwing them away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, select

from app.catalogue import identify, recipes
from app.record import acts, canonical, codec, log, views
from app.record.running import append_row
from app.record.tables import open_vial, used_once
from app.settings import Settings
from app.stations import cabinets, places
from app.stations.tables import equipment_event, open_vial_discarded
from workflows import sharing
from workflows.accounts import VialKept, VialSetApart
from workflows.evidence import Container, Scan, Weighing
from workflows.open_vial import OpenVial, StandsOpen
from workflows.preparation import Preparation
from workflows.standing import AT_THE_CABINET
from workflows.upcasting import upcast

LEAST_REASON = 4
"""Letters that a reason must have."""
BREAKS = {
    "decontaminated": "it was cleaned",
    cabinets.CERTIFIED: "it was certified anew",
    cabinets.OUT_OF_SERVICE: "it was taken out of service",
    places.SPILT: "something was spilt there",
    places.ON_PAPER: "a dose was made on paper meanwhile, nobody knows in which cabinet",
}
"""Lines of a cabinet's history after which nothing that was opened before stayed in its air."""


_UNUSED = ~exists().where(used_once.c.thing == literal("U/").concat(open_vial.c.label))
"""What is so of a row of the vials that were kept while no dose took it in."""
_STANDS = (
    _UNUSED,
    ~exists().where(open_vial_discarded.c.label == open_vial.c.label),
)
"""What is so of a row of the vials that were kept while it stands open: neither used nor thrown away."""
WAITS = "it waits to be weighed with its label on"
"""Why a vial that got a label is no stock yet: weighed and scanned once more it is; else it is discarded."""


UNDER_WAY = (*sorted(AT_THE_CABINET), "awaiting-check", "approved", "paused", "released")
"""States of a dose whose vials may be open: its leftovers are not discarded yet, and it was not stopped."""


class NotDiscardedError(ValueError):
    """An opened vial cannot be thrown away as stock; the text says why."""


@dataclass(frozen=True)
class Stock:
    """One opened vial that was kept."""

    label: str
    """Eight characters of its unit label."""
    vial: Container
    """What it is."""
    known: OpenVial
    """What is left in it, where, until when."""
    preparation: str
    """Which preparation kept it."""
    gone: str
    """Why it is no stock any more, in words; empty while it is."""
    over: bool
    """Whether it was used or thrown away: nothing is to be done with it."""

    @property
    def left_mg(self) -> Decimal:
        """mg of drug left in it."""
        return self.known.left_ml * (self.vial.concentration_mg_ml or Decimal(0))


def standing(conn: Connection, preparation: str, p: Preparation, evidence: object, *, keeps: bool) -> tuple[str, int]:
    """Say why an opened vial is no stock at this moment, or why none of this preparation's can become any; empty for neither.

    Besides, for keeping: the number of the line in its cabinet's history at which its vials were opened (R32). A vial that was
    thrown away under any label that it ever got is gone.
    """
    found = evidence.found if isinstance(evidence, Scan) else None
    if isinstance(found, Container) and keeps:
        gone = (_thrown(conn, label) for label in _labels_of(p, found.unit))
        if thrown := next((why for why in gone if why), ""):
            return thrown, 0
    if keeps and p.cabinet is not None and p.started_at is not None:
        since = punctured(conn, p.cabinet.code, preparation)
        if not since:
            return "since when its cabinet is as it was is not on record", 0
        oldest = min((since, *(known.history for known in sharing.opened_vials(p))))
        return broken(conn, p.cabinet.code, p.master.drug, oldest), since
    if isinstance(evidence, Weighing):
        gone = (broken(conn, known.cabinet, p.master.drug, known.history) for known in sharing.opened_vials(p))
        return next((why for why in gone if why), ""), 0
    return why_no_stock(conn, found) if isinstance(found, Container) and not keeps else "", 0


def _labels_of(p: Preparation, unit: str) -> tuple[str, ...]:
    """Return every label that the vial with this unit id ever got, whether it is scanned by one of them or by its own code."""
    apart = [one.event for one in p.notes if isinstance(one.event, VialSetApart)]
    slots = {
        one.slot for one in apart if unit in (one.container.unit, one.container.opened and one.container.opened.of)
    }
    return tuple(dict.fromkeys(one.label for one in apart if one.slot in slots))


def in_cabinet(conn: Connection, code: str) -> tuple[StandsOpen, ...]:
    """Return the vials kept or set apart that stand in a cabinet, waiting for a label or past their use too (R42)."""
    here = select(open_vial).where(open_vial.c.cabinet == code, *_STANDS).order_by(open_vial.c.label)
    vials = ((row.label, codec.decode(Container, canonical.parse(row.body))) for row in conn.execute(here).all())
    return tuple(StandsOpen(vial.drug, vial.text, label) for label, vial in vials)


def in_use(conn: Connection, site: str) -> tuple[str, ...]:
    """Return the cabinets of a site in which vials stand open, or are being opened: any of them may be where a dose was made."""
    kept = conn.execute(select(open_vial.c.cabinet).where(open_vial.c.site == site, *_STANDS)).scalars()
    under_way = views.preparations(conn, site=site, statuses=UNDER_WAY)
    return tuple(sorted({*kept, *(row.cabinet for row in under_way if row.cabinet)}))


def punctured(conn: Connection, cabinet: str, preparation: str) -> int:
    """Return the number of the line in a cabinet's history at which a preparation's vials were opened; 0 for none."""
    detail = canonical.dump({"preparation": preparation}).decode()
    mine = (equipment_event.c.equipment == cabinet) & (equipment_event.c.what == places.PUNCTURED)
    seqs = select(equipment_event.c.seq).where(mine & (equipment_event.c.detail == detail))
    return min(conn.execute(seqs).scalars(), default=0)


def opened_since_cleaning(conn: Connection, cabinet: str) -> frozenset[str]:
    """Return the preparations whose vials were opened in a cabinet since it was cleaned last: then everything came out of it."""
    here, what = equipment_event.c.equipment == cabinet, equipment_event.c.what
    cleaned = select(func.coalesce(func.max(equipment_event.c.seq), 0)).where(here, what == "decontaminated")
    lines = select(equipment_event.c.detail).where(here, what == places.PUNCTURED)
    after = lines.where(equipment_event.c.seq > cleaned.scalar_subquery())
    told: list[Any] = [canonical.parse(detail) for detail in conn.execute(after).scalars()]
    return frozenset(one["preparation"] for one in told)


def broken(conn: Connection, cabinet: str, drug: str, since: int) -> str:
    """Say what happened in a cabinet that ends the use of what had been opened in it; empty for nothing (R32).

    `since` is the number of a line of its history, so that no clock that was set back hides a cleaning.
    """
    return first_break(conn, cabinet, drug, (equipment_event.c.equipment == cabinet) & (equipment_event.c.seq > since))


def first_break(conn: Connection, cabinet: str, drug: str, lines: ColumnElement[bool]) -> str:
    """Say what the first of these lines of a cabinet's history is that ends the use of what had been opened in it."""
    for row in conn.execute(select(equipment_event).where(lines).order_by(equipment_event.c.seq)):
        if row.what in BREAKS:
            return f"{cabinet} was not the same throughout: {BREAKS[row.what]} at {row.at:%H:%M} UTC"
        detail: Any = canonical.parse(row.detail)
        other = detail.get("drug", "") if row.what == "drug opened" else drug
        if other != drug:
            return f"{cabinet} was opened for {other} at {row.at:%H:%M} UTC"
    return ""


def why_no_stock(conn: Connection, vial: Container) -> str:
    """Say why a kept vial is no stock at this moment of its transaction, in words; empty while it is.

    Who uses it is told elsewhere, as of every unit; whether its limit has passed, the rules say.
    """
    known = vial.opened
    if known is None:
        return ""
    if otherwise := unlike_its_record(conn, vial):
        return otherwise
    thrown = _thrown(conn, vial.unit.partition("/")[2])
    return thrown or broken(conn, known.cabinet, vial.drug, known.history)


def unlike_its_record(conn: Connection, vial: Container) -> str:
    """Say that a kept vial is not what the event says by which it was kept, in words; empty where it is.

    The list of kept vials is a view, and a scan is read from it; what holds is the record of the dose that kept it. A recall
    may have come since.
    """
    label = vial.unit.partition("/")[2]
    keeper = conn.execute(select(open_vial.c.preparation).where(open_vial.c.label == label)).scalar_one_or_none()
    try:
        told = log.load(conn, keeper) if keeper else ()
    except (log.RecordDamaged, ValueError):
        return f"the record of preparation {keeper}, which kept it, is damaged"
    last: Container | None = None
    for one in told:
        if one.kind in _KEPT:
            event: VialSetApart | VialKept = codec.decode(_KEPT[one.kind], upcast(one.kind, one.shape, one.data))
            last = event.container if event.label == label else last
    if last is None or replace(last, recalled="") != replace(vial, recalled=""):
        return "the record knows it otherwise"
    return ""


_KEPT: dict[str, type] = {codec.kind_of(one): one for one in (VialSetApart, VialKept)}
"""Events that say what a vial is which was opened and not used up."""


def _thrown(conn: Connection, label: str) -> str:
    """Say when and why a vial with this label was thrown away, in words; empty where it was not."""
    row = conn.execute(select(open_vial_discarded).where(open_vial_discarded.c.label == label)).one_or_none()
    return f"it was thrown away at {row.at:%H:%M} UTC: {row.why}" if row else ""


@dataclass(frozen=True)
class Fate:
    """What became of a vial that was kept; while nothing did, it is kept."""

    user: str = ""
    """The preparation that it went into; empty for none."""
    thrown: str = ""
    """When and why it was thrown away, in words; empty where it was not."""

    @property
    def word(self) -> Literal["used", "discarded", "kept"]:
        """One word for it."""
        return "used" if self.user else "discarded" if self.thrown else "kept"


def fate(conn: Connection, vial: Container) -> Fate:
    """Return what became of a vial that was kept."""
    return Fate(views.user_of(conn, vial.unit) or "", _thrown(conn, vial.unit.partition("/")[2]))


@dataclass(frozen=True)
class Discarded:
    """One opened vial that was kept, and thrown away unused."""

    preparation: str
    """Which preparation kept it."""
    at: datetime
    """When it was thrown away, UTC."""
    why: str
    """Why, in words."""
    left_mg: Decimal
    """mg of drug that were left in it."""


def discarded(conn: Connection, site: str, begins: datetime, ends: datetime) -> tuple[Discarded, ...]:
    """Return the kept vials of a site that were thrown away from `begins` on and before `ends`, in that order.

    One that never got its label counts with its preparation's leftovers, and one that a downtime sheet says a dose was made
    of before is used: neither is among them.
    """
    gone, kept = open_vial_discarded, open_vial
    query = select(gone.c.at, gone.c.why, kept.c.preparation, kept.c.body).where(
        gone.c.label == kept.c.label, kept.c.site == site, gone.c.at >= begins, gone.c.at < ends, _UNUSED
    )
    rows = conn.execute(query.order_by(gone.c.seq)).all()
    vials = ((row, codec.decode(Container, canonical.parse(row.body))) for row in rows)
    return tuple(
        Discarded(row.preparation, row.at, row.why, vial.opened.left_ml * (vial.concentration_mg_ml or Decimal(0)))
        for row, vial in vials
        if vial.opened is not None and vial.opened.label_g is not None
    )


def stock(conn: Connection, site: str, at: datetime) -> tuple[Stock, ...]:
    """Return every vial of a site that stands open, the first to run out first; one that waits for its label is no stock yet."""
    wanted = select(open_vial).where(open_vial.c.site == site, *_STANDS)
    return _listed(conn, wanted.order_by(open_vial.c.until, open_vial.c.label), at)


def past(conn: Connection, site: str, at: datetime) -> tuple[Stock, ...]:
    """Return the vials of a site that were used or thrown away, the newest first, and not more than `MOST_PAST` of years."""
    wanted = select(open_vial).where(open_vial.c.site == site, ~and_(*_STANDS))
    return _listed(conn, wanted.order_by(open_vial.c.until.desc(), open_vial.c.label).limit(MOST_PAST), at)


MOST_PAST = 50
"""Vials of the past that are listed."""


def _listed(conn: Connection, wanted: Select[Any], at: datetime) -> tuple[Stock, ...]:
    rows = conn.execute(wanted).all()
    off = {site: sharing.off(recipes.policy_of(conn, site, at)) for site in {row.site for row in rows}}
    return tuple(_stock(conn, row, off[row.site], at) for row in rows)


def _stock(conn: Connection, row: Any, off: str, at: datetime) -> Stock:
    label, body, preparation = row.label, row.body, row.preparation
    vial = codec.decode(Container, canonical.parse(body))
    known, user, thrown = vial.opened, views.user_of(conn, vial.unit), _thrown(conn, label)
    if known is None:
        raise ValueError(f"open vial {label} does not say what is left in it")
    used = f"it is used for preparation {user}" if user else ""
    late = "its in-use limit has passed" if known.until <= at else ""
    recalled = f"it is recalled: {said}" if (said := identify.recalls(conn, (vial,))) else ""
    waits = "" if known.label_g is not None else WAITS
    gone = used or thrown or late or recalled or off or why_no_stock(conn, vial) or waits
    return Stock(label, vial, known, preparation, gone, bool(used or thrown))


def discard(
    conn: Connection, settings: Settings, label: str, why: str, *, who: str, at: datetime, command_id: str = ""
) -> None:
    """Keep that an opened vial was thrown away, once. Raises NotDiscardedError for one that is used, or gone already."""
    wanted = select(open_vial).where(open_vial.c.site == settings.site, open_vial.c.label == label)
    found = next(iter(_listed(conn, wanted, at)), None)
    if found is None or found.over:
        raise NotDiscardedError(f"It is no stock any more: {found.gone}." if found else "There is no such vial.")
    if len(why.strip()) < LEAST_REASON:
        raise NotDiscardedError("Say why it is thrown away.")
    append_row(conn, open_vial_discarded, {"label": label, "why": why.strip(), "at": at, "who": who})
    data = {"label": label, "preparation": found.preparation, "why": why.strip(), "left_mg": str(found.left_mg)}
    acts.append(conn, settings, settings.site, "open_vial_discarded", data, who=who, at=at, command_id=command_id)
