"""What stands at the stations, for a program that keeps equipment: certificates of balances, weights, cabinets; trays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from flask import request
from sqlalchemy import Connection

from app.api.answers import Reply, Trouble
from app.api.once import done, press
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Amount, Reason, Shape
from app.api.writing import Done, answered
from app.catalogue.hazards import Acting
from app.clock import new_id
from app.people.accounts import NotDoneError, given
from app.stations import cabinets, register, setting_up, trays
from app.stations.gates import TestWeight
from app.stations.register import CheckResult
from app.web.house import house
from app.web.stations import KEEP, LOOK
from app.web.visit import signed_in, visit


class CabinetTold(Shape):
    """One safety cabinet."""

    code: str
    certificate: str
    certified_until: datetime | None


class Equipment(Shape):
    """What stands at a station, with its certificates."""

    balance: str
    """Serial number; empty for none."""
    calibrated_until: datetime | None
    check_valid_until: datetime | None
    cabinets: list[CabinetTold]
    trays: list[str]


class AddWeight(Shape):
    """A check weight, or its new certificate."""

    code: Reason
    name: Reason
    certificate_g: Amount
    """Certified mass."""
    certified_until: date


class CertifyCabinet(Shape):
    """A safety cabinet, or its new certificate."""

    name: Reason
    category: str = ""
    """1 or 2: how cleanrooms class it; empty where it is not said."""
    certificate: Reason
    certified_until: date
    why: Reason


class TakeOut(Shape):
    """Which cabinet no longer serves, and why."""

    cabinet: Reason
    why: Reason


class AddTray(Shape):
    """A counting tray."""

    name: Reason


@operation("GET /stations/{code}/equipment", scope="stations:read", tag="Stations", answer=Equipment, roles=LOOK)
def show_equipment(code: str) -> Equipment | Trouble:
    """Show what stands at a station, and until when each certificate is good."""
    if code not in house().settings.stations:
        return GONE
    with house().store.reading() as conn:
        scale = register.balance_status(conn, code)
        found, counted = cabinets.of_station(conn, code), trays.of_station(conn, code)
    return Equipment(
        balance=scale.serial if scale else "",
        calibrated_until=scale.calibrated_until if scale else None,
        check_valid_until=scale.check_valid_until if scale else None,
        cabinets=[
            CabinetTold(code=one.code, certificate=one.certificate, certified_until=one.certified_until)
            for one in found
        ],
        trays=[one.code for one in counted],
    )


@operation(
    "POST /stations/{code}/weights", scope="stations:keep", tag="Stations", answer=Done, body=AddWeight, session=True,
    keyed=True, roles=KEEP,
)  # fmt: skip
def add_check_weight(code: str, body: AddWeight) -> Reply | Trouble:
    """Put a check weight on a station's register, or its new certificate."""
    weight = TestWeight(body.code, body.name, Decimal(body.certificate_g), _last(body.certified_until))
    return _kept(
        code, lambda conn, who, at: setting_up.add_weight(conn, code, weight, at=at, who=who)
    )  # fmt: skip


@operation(
    "POST /stations/{code}/cabinets", scope="stations:keep", tag="Stations", answer=Done, body=CertifyCabinet,
    session=True, keyed=True, roles=KEEP,
)  # fmt: skip
def certify_cabinet(code: str, body: CertifyCabinet) -> Reply | Trouble:
    """Put a safety cabinet on a station's register, or its new certificate."""
    label, number = new_id(), int(body.category) if body.category in ("1", "2") else 0

    def write(conn: Connection, who: str, at: datetime) -> CheckResult:
        return cabinets.set_up(
            conn, code, body.name, label=label, category=number, certificate=body.certificate,
            certified_until=_last(body.certified_until), at=at, who=who, why=given(body.why),
        )  # fmt: skip

    return _kept(code, write)


@operation(
    "POST /stations/{code}/cabinets/out", scope="stations:keep", tag="Stations", answer=Done, body=TakeOut, session=True,
    keyed=True, roles=KEEP,
)  # fmt: skip
def take_cabinet_out(code: str, body: TakeOut) -> Reply | Trouble:
    """Take a cabinet out of service until it is certified again."""
    return _kept(
        code, lambda conn, who, at: cabinets.take_out(conn, code, body.cabinet, at=at, who=who, why=given(body.why))
    )


@operation(
    "POST /stations/{code}/trays", scope="stations:keep", tag="Stations", answer=Done, body=AddTray, session=True,
    keyed=True, roles=KEEP,
)  # fmt: skip
def add_counting_tray(code: str, body: AddTray) -> Reply | Trouble:
    """Put a counting tray on a station's register."""
    label = new_id()
    return _kept(code, lambda conn, who, at: trays.set_up(conn, code, body.name, label=label, at=at, who=who))


class _NotKeptError(ValueError):
    """It was not kept; the text says why."""


def _kept(code: str, write: Callable[[Connection, str, datetime], CheckResult]) -> Reply | Trouble:
    """Write it on a station's register, or say why it was not kept."""
    if code not in house().settings.stations:
        return GONE
    who, at = signed_in()[0].id, visit().at

    def inside(conn: Connection) -> Reply:
        result = write(conn, who, at)
        if not result.passed:
            raise _NotKeptError(result.says)
        act = Acting(conn, house().settings, who, at, press().command_id)
        act.write("register_written", {"of": code, "operation": str(request.endpoint)}, station=code)
        return answered(Done(outcome="done", id=code))

    try:
        return done(inside)
    except (_NotKeptError, NotDoneError) as trouble:
        return Trouble(409, "NOT_DONE", str(trouble))


def _last(day: date) -> datetime:
    """Return the end of a day in the site's zone."""
    return datetime.combine(day, time.max, house().settings.zone)
