"""Putting a safety cabinet on a station's register: its certification, its category, the code on its front (R41, R34).

Every change leaves a line. A cabinet without a certificate in date takes no work; one out of service has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from app.record import canonical
from app.stations import register
from app.stations.register import CheckResult
from app.stations.tables import cabinet, equipment_event
from workflows.evidence import CabinetCode

CERTIFIED, OUT_OF_SERVICE = "certified", "taken out of service"
"""What their lines in the history say."""
CATEGORIES = (1, 2)


@dataclass(frozen=True)
class Standing:
    """One cabinet of a station, and how it stands."""

    code: str
    """Name on the register, BSC-2."""
    label: str
    """Id in the code on its front."""
    category: int
    """1 or 2 (R34)."""
    certified_until: datetime | None
    """End of its certification; None for one out of service."""
    certificate: str
    """Number of the report, as it was given last; empty for none."""
    last_drug: str
    """What was last opened in it."""
    decontaminated: bool
    """Whether it was cleaned after that."""


def set_up(
    conn: Connection,
    station: str,
    code: str,
    *,
    label: str,
    category: int,
    certificate: str,
    certified_until: datetime,
    at: datetime,
    who: str,
    why: str,
) -> CheckResult:
    """Put a cabinet on a station's register, or its new certificate; False with the reason.

    `label` becomes the code on its front if it is new; one that is known keeps the code it has.
    """
    row = conn.execute(select(cabinet).where(cabinet.c.code == code)).one_or_none()
    if trouble := _trouble(row, station, code, category, certificate, certified_until, at):
        return CheckResult(False, trouble)
    detail = {"certificate": certificate, "until": certified_until.isoformat(), "category": str(category), "why": why}
    if row is None:
        found = CabinetCode(code, certified_until, category, decontaminated=True)
        register.register_cabinet(conn, found, label=label, station=station, at=at, who=who)
    else:
        change = {"certified_until": certified_until, "category": category}
        conn.execute(update(cabinet).where(cabinet.c.code == code).values(**change))
    register.note(conn, code, CERTIFIED, at=at, who=who, station=station, detail=detail)
    what = "is on the register; print its code and fix it to its front" if row is None else "is certified anew"
    return CheckResult(True, f"{code} {what}.")


def take_out(conn: Connection, station: str, code: str, *, at: datetime, who: str, why: str) -> CheckResult:
    """Take a cabinet out of service: it takes no work until it is certified again."""
    if all(one.code != code for one in register.cabinets_at(conn, station)):
        return CheckResult(False, f"No cabinet {code} stands at {station}.")
    conn.execute(update(cabinet).where(cabinet.c.code == code).values(certified_until=None))
    register.note(conn, code, OUT_OF_SERVICE, at=at, who=who, station=station, detail={"why": why})
    return CheckResult(True, f"{code} takes no work until it is certified again.")


def _trouble(row: Any, station: str, code: str, category: int, certificate: str, until: datetime, at: datetime) -> str:
    if not code.strip() or not certificate.strip():
        return "Give its name, its certificate."
    if category not in CATEGORIES:
        return "Its category is 1 or 2."
    if until <= at:
        return "This certificate has run out already. Have the cabinet certified first."
    if row is not None and row.station != station:
        return f"{code} stands at {row.station}. A cabinet keeps its name and its station; give this one a name of its own."
    return ""


def of_station(conn: Connection, station: str) -> tuple[Standing, ...]:
    """Return the cabinets of a station, by code."""
    rows = conn.execute(select(cabinet).where(cabinet.c.station == station).order_by(cabinet.c.code)).all()
    return tuple(
        Standing(
            row.code,
            row.label,
            row.category,
            row.certified_until,
            _certificate(conn, row.code),
            row.last_drug,
            bool(row.decontaminated),
        )
        for row in rows
    )


def _certificate(conn: Connection, code: str) -> str:
    mine = select(equipment_event.c.detail).where(
        equipment_event.c.equipment == code, equipment_event.c.what == CERTIFIED
    )
    text = conn.execute(mine.order_by(equipment_event.c.seq.desc()).limit(1)).scalar_one_or_none()
    detail: Any = canonical.parse(text) if text else {}
    return str(detail.get("certificate", ""))
