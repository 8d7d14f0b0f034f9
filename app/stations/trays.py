"""Putting a counting tray on a station's register: its name, and the code on its rim (R54).

A tray keeps its name and its station for good. One that is worn out is no longer used; its history stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.stations import register
from app.stations.register import CheckResult
from app.stations.tables import cabinet, counting_tray


@dataclass(frozen=True)
class Standing:
    """One tray of a station, and how it stands."""

    code: str
    """Name on the register, TRAY-1."""
    label: str
    """Id in the code on its rim."""
    last_drug: str
    """What lay in it last; empty for nothing yet."""
    decontaminated: bool
    """Whether it was decontaminated after that."""


def set_up(conn: Connection, station: str, code: str, *, label: str, at: datetime, who: str) -> CheckResult:
    """Put a new tray on a station's register; False with the reason. `label` becomes the code on its rim."""
    if not code.strip():
        return CheckResult(False, "Give the tray a name, such as TRAY-1.")
    for table in (cabinet, counting_tray):
        stands = conn.execute(select(table.c.station).where(table.c.code == code)).scalar_one_or_none()
        if stands is not None:
            return CheckResult(
                False, f"{code} is on the register of {stands} already. Give this tray a name of its own."
            )
    register.register_tray(conn, code, label=label, station=station, at=at, who=who)
    return CheckResult(True, f"{code} is on the register; print its code and fix it to its rim.")


def of_station(conn: Connection, station: str) -> tuple[Standing, ...]:
    """Return the trays of a station, by name."""
    mine = select(counting_tray).where(counting_tray.c.station == station).order_by(counting_tray.c.code)
    return tuple(Standing(row.code, row.label, row.last_drug, bool(row.decontaminated)) for row in conn.execute(mine))
