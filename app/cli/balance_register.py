"""`vialtrace balance register`, `weight` and `list`: which balance stands at which station, written to the register (D8, R15)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from app import clock
from app.cli.options import account
from app.settings import Settings, WrongSettings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.stations.register import CheckResult

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


class Grams(click.ParamType[Decimal]):
    """A mass in g as a balance shows it."""

    name = "grams"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Return the mass; fails in words for anything but digits and a point."""
        text = str(value)
        try:
            if text.isascii() and text.replace(".", "", 1).isdecimal():
                return Decimal(text)
        except InvalidOperation:
            pass
        return self.fail(f"{text} is no mass in g. Write it as 0.01 or 4200.", param, ctx)


class Day(click.ParamType[date]):
    """The last day on which a certificate counts."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day; fails in words for what is none."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return self.fail(f"{value} is no day. Write it as 2027-06-30.", param, ctx)


@dataclass(frozen=True)
class Plate:
    """What is typed of a balance."""

    serial: str
    maker: str
    model: str
    division: Decimal
    capacity: Decimal
    certificate: str
    calibrated_until: date
    protocol: str
    url: str
    line: str
    warm_up: int
    internal_adjustment: bool
    averaging: bool


@click.command(
    epilog="Example: vialtrace balance register HOOD-1 BAL-1 --serial B123456789 --maker 'Mettler Toledo' --model JE1002G "
    "--division 0.01 --capacity 1200.90 --certificate C-118 --calibrated-until 2030-06-30 --protocol mt-sics "
    "--url /dev/serial/by-id/usb-FTDI_1-port0 --why 'new station' --json"
)
@click.argument("station")
@click.argument("name")
@click.option("--serial", required=True, help="Serial number that it must report at every connection.")
@click.option("--maker", required=True, help="Who made it.")
@click.option("--model", required=True, help="As its plate says.")
@click.option("--division", required=True, type=Grams(), help="One step of its last digit, g.")
@click.option("--capacity", required=True, type=Grams(), help="Greatest load, g.")
@click.option("--certificate", required=True, help="Number of its calibration certificate.")
@click.option("--calibrated-until", required=True, type=Day(), help="Last day of that certificate.")
@click.option("--protocol", required=True, help="What it speaks: mt-sics, sartorius-sbi, ohaus, and-standard, …")
@click.option("--url", required=True, help="/dev/serial/by-id/…, socket://host:port or rfc2217://host:port.")
@click.option("--line", default="9600 8N1", show_default=True, help="Bits a second, data bits, parity, stop bits.")
@click.option("--warm-up", type=click.IntRange(0, 240), default=30, show_default=True, help="Minutes from power-on.")
@click.option("--internal-adjustment", is_flag=True, help="It adjusts itself: its check of the day begins with it.")
@click.option("--averaging", is_flag=True, help="Each weight is a mean of five seconds.")
@click.option("--why", required=True, help="Why, in a few words.")
@JSON
def register(station: str, name: str, why: str, as_json: bool, **typed: Any) -> None:
    """Put the balance NAME on the register of STATION, or change what is known of it.

    What stands on the register is above the settings file. Another instrument than before is qualified before it weighs
    a dose, and today's check is over either way. Stop the server first, or use the page Stations. Exit 1: not kept, and
    why.
    """
    from app.stations import setting_up
    from app.stations.setting_up import Setup

    settings, plate = settings_of(station), Plate(**typed)
    given = Setup(
        name=name,
        serial=plate.serial,
        maker=plate.maker,
        model=plate.model,
        division_g=plate.division,
        capacity_g=plate.capacity,
        certificate=plate.certificate,
        calibrated_until=end_of(plate.calibrated_until, settings),
        protocol=plate.protocol,
        url=plate.url,
        line=plate.line,
        warm_up_minutes=plate.warm_up,
        internal_adjustment=plate.internal_adjustment,
        averaging=plate.averaging,
    )
    at, who = clock.now(), account()
    kept(settings, as_json, lambda conn: setting_up.set_up(conn, station, given, at=at, who=who, why=why))


@click.command(
    epilog="Example: vialtrace balance weight HOOD-1 W200 --name '200 g' --certificate 199.99 --until 2030-06-30 --json"
)
@click.argument("station")
@click.argument("code")
@click.option("--name", required=True, help="What people call it: 200 g.")
@click.option("--certificate", required=True, type=Grams(), help="Its certified mass in g, not the nominal one.")
@click.option("--until", required=True, type=Day(), help="Last day of its certificate.")
@JSON
def weight(station: str, code: str, name: str, certificate: Decimal, until: date, as_json: bool) -> None:
    """Put a check weight on the register of STATION; CODE is what a scanner reads from its box.

    The same code again replaces its certificate. The check of the day needs two. Exit 1: not kept, and why.
    """
    from app.stations import setting_up
    from app.stations.gates import TestWeight

    settings = settings_of(station)
    given = TestWeight(code, name, certificate, end_of(until, settings))
    at, who = clock.now(), account()
    kept(settings, as_json, lambda conn: setting_up.add_weight(conn, station, given, at=at, who=who))


@click.command("list", epilog="Example: vialtrace balance list --json")
@JSON
def list_(as_json: bool) -> None:
    """Show which balance stands at which station, its certificate and its check of the day."""
    from app.record.place import place_of, read_only
    from app.stations import register as registered

    settings = load_settings()
    with read_only(place_of(settings)) as conn:
        found = {station: registered.balance_status(conn, station) for station in sorted(settings.stations)}
    for station, status in found.items():
        if as_json:
            body = (
                {"station": station, "balance": None}
                if status is None
                else {
                    "station": station,
                    "balance": status.name,
                    "serial": status.serial,
                    "division_g": str(status.division_g),
                    "capacity_g": str(status.capacity_g),
                    "repeatability_g": str(status.repeatability_g),
                    "calibrated_until": status.calibrated_until,
                    "check_valid_until": status.check_valid_until,
                }
            )
            click.echo(json.dumps(body, default=str))
        elif status is None:
            click.echo(f"{station}: no balance on the register")
        else:
            until = f"{status.calibrated_until:%Y-%m-%d}" if status.calibrated_until else "no certificate"
            click.echo(f"{station}: {status.name}, serial number {status.serial}, calibrated until {until}")


def settings_of(station: str) -> Settings:
    """Return the settings, or stop in words where they do not name this station."""
    try:
        settings = load_settings()
    except WrongSettings as error:
        raise click.UsageError(str(error)) from error
    if station not in settings.stations:
        known = ", ".join(settings.stations) or "none"
        raise click.UsageError(f"No station {station} is set; stations: {known}. Nothing was changed.")
    return settings


def end_of(day: date, settings: Settings) -> datetime:
    """Return the last moment of a day in the site's zone."""
    return datetime.combine(day, time.max, settings.zone)


def kept(settings: Settings, as_json: bool, write: Callable[[Connection], CheckResult]) -> None:
    """Write to the register, say what became of it, and end with 0 where it was kept."""
    from app.record.engine import CannotOpen, open_store

    try:
        with closing(open_store(settings)) as store:
            done = store.write(write)
    except CannotOpen as trouble:
        raise click.UsageError(f"{trouble} Nothing was changed.") from trouble
    click.echo(json.dumps({"kept": done.passed, "says": done.says}) if as_json else done.says)
    click.get_current_context().exit(0 if done.passed else 1)
