"""The state of the equipment: today's scale check, certification, decontamination. Each change leaves a line (R15, R41, R42)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, select, update

from app.record import canonical
from app.record.prepared import PreparedRows
from app.record.running import append_row
from app.stations.tables import balance, cabinet, counting_tray, equipment_event
from devices.balance import qualification
from workflows import gravimetry
from workflows.circumstances import BalanceStatus
from workflows.evidence import CabinetCode, Weighing
from workflows.quantities import Mass
from workflows.rules.counting import TRAY

MEASURED = "screen measured"
"""What the line of a tablet's screen says whose size was measured (SCREENS 3)."""
CHECK_LASTS = timedelta(hours=24)
"""A check is good for a day, or until the balance restarts or is moved (R15)."""


@dataclass(frozen=True)
class CheckWeight:
    """One external weight on the pan."""

    name: str
    """Id of the weight."""
    certificate_g: Decimal
    """Its certified mass in g."""
    reading_g: Decimal
    """What the balance said, settled, in g."""
    zero_g: Decimal | None
    """What the empty pan read before it; None if nobody saw it empty."""
    epoch: str
    """The balance's epoch then: another one means a restart, a zero or a tare in between."""


@dataclass(frozen=True)
class CheckResult:
    """What a check with external weights found."""

    passed: bool
    """Whether weighing for doses may go on."""
    says: str
    """In words."""


def register_balance(conn: Connection, status: BalanceStatus, *, station: str, at: datetime, who: str) -> None:
    """Put a balance on the register, unchecked."""
    put_balance(conn, status, station=station)
    note(conn, status.name, "registered", at=at, who=who, station=station, detail={"serial": status.serial})


def put_balance(conn: Connection, status: BalanceStatus, *, station: str) -> None:
    """Write the row of a station's balance, unchecked; whoever calls it leaves the line that says why."""
    row = {
        "name": status.name,
        "station": station,
        "serial": status.serial,
        "division_g": str(status.division_g),
        "repeatability_g": str(status.repeatability_g),
        "capacity_g": str(status.capacity_g),
        "calibrated_until": status.calibrated_until,
        "checked_at": None,
        "check_valid_until": None,
        "qualified_at": status.qualified_at,
    }
    conn.execute(insert(balance), row)


def requalify(
    conn: Connection,
    station: str,
    serial: str,
    s_g: Decimal,
    *,
    weighings: int,
    mean_g: Decimal,
    at: datetime,
    who: str,
) -> CheckResult:
    """Keep a balance's measured repeatability: from now it decides what is too small to dose by weight (R13)."""
    status = balance_status(conn, station)
    if status is None:
        return CheckResult(False, f"Station {station} has no balance on its register.")
    if serial != status.serial:
        return CheckResult(False, f"Balance {serial} answered; {status.serial} belongs here.")
    measured = {"repeatability_g": str(s_g), "qualified_at": at}
    conn.execute(update(balance).where(balance.c.name == status.name).values(**measured))
    detail = {
        "serial": serial,
        "s_g": str(s_g),
        "before": str(status.repeatability_g),
        "weighings": str(weighings),
        "mean_g": str(mean_g),
    }
    note(conn, status.name, "qualified", at=at, who=who, station=station, detail=detail)
    return CheckResult(True, f"{status.name}: s is {s_g} g from now; it was {status.repeatability_g} g.")


_BALANCE = PreparedRows(select(balance).where(balance.c.station == bindparam("of")))
"""Asked at every command and every screen: made once."""


def balance_status(conn: Connection, station: str) -> BalanceStatus | None:
    """Return the station's balance, or None where it has none."""
    found = _BALANCE.all(conn, {"of": station})
    if len(found) > 1:
        raise LookupError(f"station {station} has {len(found)} balances on its register")
    if not found:
        return None
    row = found[0]
    return BalanceStatus(
        name=row.name,
        serial=row.serial,
        division_g=Decimal(row.division_g),
        repeatability_g=Decimal(row.repeatability_g),
        capacity_g=Decimal(row.capacity_g),
        checked_at=row.checked_at,
        check_valid_until=row.check_valid_until,
        calibrated_until=row.calibrated_until,
        qualified_at=row.qualified_at,
    )


def balances_of(conn: Connection, stations: Iterable[str]) -> tuple[BalanceStatus, ...]:
    """Return the balances on the register of these stations."""
    found = (balance_status(conn, station) for station in sorted(stations))
    return tuple(one for one in found if one is not None)


def record_check(
    conn: Connection,
    station: str,
    weights: tuple[CheckWeight, ...],
    back: Weighing | None,
    *,
    serial: str,
    at: datetime,
    who: str,
    adjustment: str = "none",
    level: str = "not confirmed",
) -> CheckResult:
    """Judge and keep the day's check with external weights; a failed one blocks weighing at once (R15).

    `back` is the empty pan after the weights, None where the check failed before; `adjustment` says in words what
    became of the internal one, `level` whether somebody looked at the bubble.
    """
    status = balance_status(conn, station)
    if status is None:
        return CheckResult(False, "This station has no balance on its register.")
    result = _judge(status, weights, back, serial)
    until = at + CHECK_LASTS if result.passed else None
    change = {"checked_at": at if result.passed else None, "check_valid_until": until}
    conn.execute(update(balance).where(balance.c.name == status.name).values(**change))
    read = {weight.name: f"{weight.reading_g} g for {weight.certificate_g} g" for weight in weights}
    zeros = {f"empty before {weight.name}": f"{weight.zero_g} g" for weight in weights}
    after = {"empty after": f"{back.g} g"} if back else {}
    detail = {
        "serial": serial,
        "says": result.says,
        "level": level,
        "internal adjustment": adjustment,
        **read,
        **zeros,
        **after,
    }
    what = "check passed" if result.passed else "check failed"
    note(conn, status.name, what, at=at, who=who, station=station, detail=detail)
    return result


def _judge(status: BalanceStatus, weights: tuple[CheckWeight, ...], back: Weighing | None, serial: str) -> CheckResult:
    fault = fault_of(status, weights, serial)
    if fault:
        return CheckResult(False, fault)
    if len({weight.name for weight in weights}) < 2:
        return CheckResult(False, "A check needs two different weights.")
    if back is None:
        return CheckResult(False, "The empty pan was not read after the weights.")
    if (back.balance, back.epoch) != (serial, weights[-1].epoch):
        return CheckResult(False, ZEROED_BETWEEN)
    light, heavy = sorted(weights, key=lambda one: one.certificate_g)
    try:
        check = qualification.daily_check(
            d=status.division_g,
            zero=light.zero_g or Decimal(0),
            first=(light.certificate_g, light.reading_g),
            second=(heavy.certificate_g, heavy.reading_g),
            zero_after=back.g,
        )
    except ValueError:
        return CheckResult(False, f"{light.name} and {heavy.name} do not span the range: take one of twice the mass.")
    passed = "Both weights are within 0.1 % or two divisions, and the empty pan reads zero before and after."
    return CheckResult(check.passed, " ".join(check.faults) or passed)


ZEROED_BETWEEN = "The balance was zeroed, tared or restarted between the readings: they do not belong together."


def fault_of(status: BalanceStatus, weights: tuple[CheckWeight, ...], serial: str) -> str:
    """Say what is wrong with the readings of a check so far, or return an empty text (R10, R15)."""
    if serial != status.serial:
        return f"Balance {serial} answered; {status.serial} belongs here."
    most = qualification.zero_limit(status.division_g)
    for one in weights:
        if one.zero_g is None:
            return f"The pan was not seen empty before the {one.name} weight."
        if abs(one.zero_g) > most:
            return f"The empty pan read {one.zero_g} g before the {one.name} weight; {most} g is allowed."
        if not gravimetry.scale_check_passes(Mass(one.reading_g), Mass(one.certificate_g), Mass(status.division_g)):
            return f"{one.name}: {one.reading_g} g instead of {one.certificate_g} g, limits {limits(status, one.certificate_g)}."
    return ZEROED_BETWEEN if len({one.epoch for one in weights}) > 1 else ""


def limits(status: BalanceStatus, certificate_g: Decimal) -> str:
    """Return between what a weight may read, in the balance's divisions: 19.98 to 20.02 g."""
    off = gravimetry.check_limit(Mass(certificate_g), Mass(status.division_g)).g
    low = (certificate_g - off).quantize(status.division_g, ROUND_CEILING)
    return f"{low} to {(certificate_g + off).quantize(status.division_g, ROUND_FLOOR)} g"


def note_restart(conn: Connection, station: str, why: str, *, sure: bool, at: datetime, who: str) -> None:
    """Keep that the balance was, or (not `sure`) may have been, switched off or moved; today's check is over (R15, F13)."""
    status = balance_status(conn, station)
    if status is None:
        return
    detail = {"why": why, "sure": "yes" if sure else "no"}
    note(conn, status.name, "restarted", at=at, who=who, station=station, detail=detail)
    if status.checked_at is None:
        return
    ended = {"checked_at": None, "check_valid_until": None}
    conn.execute(update(balance).where(balance.c.name == status.name).values(**ended))
    note(conn, status.name, "check ended", at=at, who=who, station=station, detail={"why": why})


def register_cabinet(conn: Connection, found: CabinetCode, *, label: str, station: str, at: datetime, who: str) -> None:
    """Put a cabinet on the register; `label` is the id in the code on its front."""
    row = {
        "code": found.code,
        "label": label,
        "station": station,
        "certified_until": found.certified_until,
        "category": found.category,
        "last_drug": found.last_drug,
        "decontaminated": int(found.decontaminated),
    }
    conn.execute(insert(cabinet), row)
    note(conn, found.code, "registered", at=at, who=who, station=station, detail={"label": label})


def cabinet_by_label(conn: Connection, label: str) -> CabinetCode | None:
    """Return the cabinet whose front carries the id `label`, or None."""
    row = conn.execute(select(cabinet).where(cabinet.c.label == label)).one_or_none()
    return _tray(conn, counting_tray.c.label == label) if row is None else _cabinet(row)


def _tray(conn: Connection, which: ColumnElement[bool]) -> CabinetCode | None:
    row = conn.execute(select(counting_tray).where(which)).one_or_none()
    return (
        None if row is None else CabinetCode(row.code, None, TRAY, row.last_drug, bool(row.decontaminated), row.station)
    )


def tray(conn: Connection, station: str, code: str) -> CabinetCode | None:
    """Return a counting tray of this station, or None."""
    return _tray(conn, (counting_tray.c.code == code) & (counting_tray.c.station == station))


def register_tray(conn: Connection, code: str, *, label: str, station: str, at: datetime, who: str) -> None:
    """Put a clean counting tray on a station's register; `label` is the id in the code on its rim (R54)."""
    row = {"code": code, "label": label, "station": station, "last_drug": "", "decontaminated": 1}
    conn.execute(insert(counting_tray), row)
    note(conn, code, "registered", at=at, who=who, station=station, detail={"label": label})


def _kept_in(conn: Connection, code: str) -> tuple[Table, Any]:
    """Return the table that a cabinet or counting tray stands in, and its row; None for neither."""
    for table in (cabinet, counting_tray):
        row = conn.execute(select(table).where(table.c.code == code)).one_or_none()
        if row is not None:
            return table, row
    return cabinet, None


def _cabinet(row: Any) -> CabinetCode:
    done = bool(row.decontaminated)
    return CabinetCode(row.code, row.certified_until, row.category, row.last_drug, done, row.station)


def cabinets_at(conn: Connection, station: str) -> tuple[CabinetCode, ...]:
    """Return the cabinets of a station, by code."""
    rows = conn.execute(select(cabinet).where(cabinet.c.station == station).order_by(cabinet.c.code))
    return tuple(
        CabinetCode(row.code, row.certified_until, row.category, row.last_drug, bool(row.decontaminated))
        for row in rows
    )


def note_drug(conn: Connection, code: str, drug: str, *, at: datetime, who: str) -> None:
    """Keep that a hazardous drug was opened in a cabinet or tray; decontamination is owed before another one (R42)."""
    table, row = _kept_in(conn, code)
    if row is None or (row.last_drug == drug and not row.decontaminated):
        return
    conn.execute(update(table).where(table.c.code == code).values(last_drug=drug, decontaminated=0))
    note(conn, code, "drug opened", at=at, who=who, station=row.station, detail={"drug": drug})


def record_decontamination(conn: Connection, code: str, acts: tuple[str, ...], *, at: datetime, who: str) -> bool:
    """Keep that a cabinet was deactivated, decontaminated, cleaned and disinfected; False if it is not on the register (R42)."""
    table, row = _kept_in(conn, code)
    if row is None:
        return False
    conn.execute(update(table).where(table.c.code == code).values(decontaminated=1))
    note(conn, code, "decontaminated", at=at, who=who, station=row.station, detail={"acts": ", ".join(acts)})
    return True


def note_screen(
    conn: Connection, station: str, px_per_mm: Decimal, screen: str, before: Decimal | None, *, at: datetime, who: str
) -> None:
    """Keep that the screen of a station's tablet was measured; `before`: what it was taken for until then, None for never."""
    detail = {"px_per_mm": str(px_per_mm), "screen": screen, "before": "" if before is None else str(before)}
    note(conn, f"screen {station}", MEASURED, at=at, who=who, station=station, detail=detail)


def note(
    conn: Connection, equipment: str, what: str, *, at: datetime, who: str, station: str, detail: Mapping[str, str]
) -> None:
    """Append one line to the equipment's history."""
    text = canonical.dump(dict(detail)).decode()
    row = {"equipment": equipment, "what": what, "at": at, "who": who, "station": station, "detail": text}
    append_row(conn, equipment_event, row)
