"""Putting a balance and its test weights on a station's register: who it is, its certificate, how it is reached (R15, D8).

What is set up here stands above the settings file. Every change leaves a line, and ends today's check.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, select

from app.record import canonical
from app.station_settings import BalanceSettings, StationSettings
from app.stations import gates, register
from app.stations.gates import TestWeight
from app.stations.register import CheckResult
from app.stations.tables import balance, equipment_event
from devices.registry import balance_codec
from workflows.circumstances import BalanceStatus

SET_UP = "set up"
"""What its line in the history says."""
UNMEASURED = Decimal(0)
"""The repeatability of a balance that nobody has qualified yet: no dose is weighed on it."""


@dataclass(frozen=True)
class Setup:
    """Everything that is known of a balance before it says anything itself."""

    name: str
    """Name on the register, BAL-1; one instrument keeps it for good."""
    serial: str
    """Serial number that the instrument must report at every connection."""
    maker: str
    """Who made it."""
    model: str
    """As its plate says."""
    division_g: Decimal
    """One step of its last digit in g."""
    capacity_g: Decimal
    """Greatest load in g."""
    certificate: str
    """Number of its calibration certificate."""
    calibrated_until: datetime
    """When that certificate runs out, aware."""
    protocol: str
    """What it speaks, by its name in devices/registry.py."""
    url: str
    """Where it is: /dev/serial/by-id/…, socket://host:port or rfc2217://host:port."""
    line: str = "9600 8N1"
    """Bits a second, data bits, parity, stop bits, handshake."""
    warm_up_minutes: int = 30
    """Minutes from power-on until its check of the day may be done."""
    internal_adjustment: bool = False
    """Whether it adjusts itself."""
    averaging: bool = False
    """Whether each weight is a mean of five seconds."""

    def wiring(self) -> BalanceSettings:
        """Return how it is reached; raises ValueError, in words, for what cannot be."""
        try:
            return BalanceSettings(
                protocol=self.protocol,
                url=self.url,
                line=self.line,
                serial=self.serial,
                warm_up_minutes=self.warm_up_minutes,
                internal_adjustment=self.internal_adjustment,
                averaging=self.averaging,
            )
        except ValidationError as error:
            said = error.errors()[0]
            where = str(said["loc"][0]).replace("_", " ") if said["loc"] else "balance"
            raise ValueError(f"{where}: {said['msg'].removeprefix('Value error, ')}") from error


def set_up(conn: Connection, station: str, given: Setup, *, at: datetime, who: str, why: str) -> CheckResult:
    """Put a balance on a station's register, or change what is known of the one there; False with the reason.

    The repeatability of another instrument is unknown: it is qualified at the station before it weighs a dose.
    """
    if trouble := _trouble(conn, station, given, at):
        return CheckResult(False, trouble)
    before = register.balance_status(conn, station)
    same = before is not None and before.serial == given.serial
    status = BalanceStatus(
        name=given.name,
        serial=given.serial,
        division_g=given.division_g,
        repeatability_g=before.repeatability_g if same and before else UNMEASURED,
        capacity_g=given.capacity_g,
        checked_at=None,
        check_valid_until=None,
        calibrated_until=given.calibrated_until,
        qualified_at=before.qualified_at if same and before else None,
    )
    if before is not None:
        conn.execute(delete(balance).where(balance.c.name == before.name))
    if before is not None and not same:
        gone = {"serial": before.serial, "why": why, "instead": given.name}
        register.note(conn, before.name, "taken away", at=at, who=who, station=station, detail=gone)
    register.put_balance(conn, status, station=station)
    register.note(conn, given.name, SET_UP, at=at, who=who, station=station, detail={**_written(given), "why": why})
    return CheckResult(True, _says(given, status))


def _says(given: Setup, status: BalanceStatus) -> str:
    next_ = "Today's check is over: do it again."
    if status.repeatability_g == UNMEASURED:
        next_ = "Qualify it before it weighs a dose: its repeatability in the running cabinet is not known."
    return f"{given.name}, serial number {given.serial}, is on the register. {next_}"


def _written(given: Setup) -> dict[str, str]:
    """Return the set-up as texts, which is how a line of the history keeps it."""
    found = {name: str(value) for name, value in asdict(given).items()}
    switches = {name: "yes" if getattr(given, name) else "no" for name in ("internal_adjustment", "averaging")}
    return {**found, **switches, "calibrated_until": given.calibrated_until.isoformat()}


def _read(name: str, detail: dict[str, str]) -> Setup:
    return Setup(
        name=name,
        serial=detail["serial"],
        maker=detail["maker"],
        model=detail["model"],
        division_g=Decimal(detail["division_g"]),
        capacity_g=Decimal(detail["capacity_g"]),
        certificate=detail["certificate"],
        calibrated_until=datetime.fromisoformat(detail["calibrated_until"]),
        protocol=detail["protocol"],
        url=detail["url"],
        line=detail["line"],
        warm_up_minutes=int(detail["warm_up_minutes"]),
        internal_adjustment=detail["internal_adjustment"] == "yes",
        averaging=detail["averaging"] == "yes",
    )


def _trouble(conn: Connection, station: str, given: Setup, at: datetime) -> str:
    """Say why this balance cannot stand there, or return an empty text."""
    missing = [one for one in ("name", "serial", "maker", "model", "certificate") if not getattr(given, one).strip()]
    if missing:
        return f"Give its {', its '.join(missing)}."
    if given.division_g <= 0 or given.capacity_g <= 2 * given.division_g:
        return f"{given.division_g} g a division and {given.capacity_g} g at most do not belong to one balance."
    if given.calibrated_until <= at:
        return "This certificate has run out already. Have the balance calibrated first."
    try:
        codec = balance_codec(given.wiring().protocol)
    except ValueError as error:
        return f"{error}"
    if codec.display_only:
        return f"A balance that speaks {given.protocol} weighs no dose. {codec.display_only}"
    return _taken(conn, station, given)


def _taken(conn: Connection, station: str, given: Setup) -> str:
    """Say that the name, the number or the port belongs to another: two histories must never run into one."""
    rows = conn.execute(select(balance).where(balance.c.station != station)).all()
    for row in rows:
        if row.name == given.name or row.serial == given.serial:
            return f"{row.name}, serial number {row.serial}, stands at {row.station}. Take it off that station first."
        there = set_up_of(conn, row.station)
        if there is not None and there.url == given.url:
            return f"{row.name} at {row.station} is reached at {given.url} already."
    known = _serial_of(conn, given.name)
    if known and known != given.serial:
        return f"{given.name} is the name of balance {known}, and keeps its history. Give this one a name of its own."
    return ""


def _serial_of(conn: Connection, name: str) -> str:
    what = ("registered", SET_UP)
    mine = select(equipment_event).where(equipment_event.c.equipment == name, equipment_event.c.what.in_(what))
    row = conn.execute(mine.order_by(equipment_event.c.seq.desc()).limit(1)).one_or_none()
    detail: Any = canonical.parse(row.detail) if row else {}
    return str(detail.get("serial", ""))


def set_up_of(conn: Connection, station: str) -> Setup | None:
    """Return how the station's balance was set up on the register; None where only the settings file knows of it."""
    status = register.balance_status(conn, station)
    if status is None:
        return None
    mine = select(equipment_event).where(
        equipment_event.c.equipment == status.name,
        equipment_event.c.station == station,
        equipment_event.c.what == SET_UP,
    )
    row = conn.execute(mine.order_by(equipment_event.c.seq.desc()).limit(1)).one_or_none()
    detail: Any = canonical.parse(row.detail) if row else None
    return _read(status.name, detail) if detail and detail["serial"] == status.serial else None


def wiring(conn: Connection, station: str, set_as: StationSettings | None) -> BalanceSettings | None:
    """Return how the station's balance is reached: as it was set up on the register, else as the settings say.

    Whichever it is, the serial number that it must report is the register's, wherever the settings name none (D8).
    """
    mine = set_up_of(conn, station)
    if mine is not None:
        return mine.wiring()
    found = set_as.balance if set_as else None
    status = register.balance_status(conn, station)
    if found is None or found.serial is not None or status is None:
        return found
    return found.model_copy(update={"serial": status.serial})


def add_weight(conn: Connection, station: str, weight: TestWeight, *, at: datetime, who: str) -> CheckResult:
    """Put a test weight on a station's register, or its new certificate; False with the reason."""
    status = register.balance_status(conn, station)
    if status is None:
        return CheckResult(False, "Register the station's balance first.")
    if not weight.code.strip() or not weight.name.strip():
        return CheckResult(False, "Give the code on its box, and its name.")
    if not 0 < weight.certificate_g <= status.capacity_g:
        return CheckResult(False, f"{weight.certificate_g} g cannot be weighed on {status.name}.")
    if weight.certified_until <= at:
        return CheckResult(False, "This certificate has run out already. Have the weight calibrated first.")
    gates.register_weight(conn, replace(weight, code=weight.code.strip()), station=station, at=at, who=who)
    return CheckResult(True, f"{weight.name}, {weight.certificate_g} g, is a check weight of {station}.")
