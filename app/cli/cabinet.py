"""`vialtrace cabinet`: which safety cabinet stands at which station, its certification and the code on its front (R41)."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click

from app import clock
from app.cli.balance_register import JSON, Day, end_of, kept, settings_of
from app.cli.options import account
from app.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.stations.register import CheckResult


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cabinet() -> None:
    """Safety cabinets: register one, its new certificate, or that it is out of service."""


@cabinet.command(
    epilog="Example: vialtrace cabinet register HOOD-1 BSC-1 --category 2 --certificate NSF-4711 --until 2030-06-30 "
    "--why 'six-monthly certification' --json"
)
@click.argument("station")
@click.argument("code")
@click.option("--category", required=True, type=click.IntRange(1, 2), help="Sterility category: 1 or 2.")
@click.option("--certificate", required=True, help="Number of its certification report.")
@click.option("--until", required=True, type=Day(), help="Last day of its certification.")
@click.option("--why", required=True, help="Why, in a few words.")
@JSON
def register(station: str, code: str, category: int, certificate: str, until: date, why: str, as_json: bool) -> None:
    """Put the cabinet CODE on the register of STATION, or its new certificate.

    A new one is given a code for its front: print it from the page Stations. Stop the server first, or use that page.
    Exit 1: not kept, and why.
    """
    from app.stations import cabinets

    settings = settings_of(station)
    at, who, day = clock.now(), account(), end_of(until, settings)
    label = clock.new_id()

    def write(conn: Connection) -> CheckResult:
        return cabinets.set_up(
            conn, station, code, label=label, category=category, certificate=certificate, certified_until=day, at=at,
            who=who, why=why,
        )  # fmt: skip

    kept(settings, as_json, write)


@cabinet.command("out", epilog="Example: vialtrace cabinet out HOOD-1 BSC-1 --why 'the filter leaks' --json")
@click.argument("station")
@click.argument("code")
@click.option("--why", required=True, help="Why, in a few words.")
@JSON
def out(station: str, code: str, why: str, as_json: bool) -> None:
    """Take the cabinet CODE of STATION out of service: it takes no work until it is certified again."""
    from app.stations import cabinets

    at, who = clock.now(), account()
    kept(settings_of(station), as_json, lambda conn: cabinets.take_out(conn, station, code, at=at, who=who, why=why))


@cabinet.command("list", epilog="Example: vialtrace cabinet list --json")
@JSON
def list_(as_json: bool) -> None:
    """Show which cabinet stands at which station, and until when it is certified."""
    from app.record.place import place_of, read_only
    from app.stations import cabinets

    settings = load_settings()
    with read_only(place_of(settings)) as conn:
        found = [(station, one) for station in sorted(settings.stations) for one in cabinets.of_station(conn, station)]
    for station, one in found:
        until = f"certified until {one.certified_until:%Y-%m-%d}" if one.certified_until else "out of service"
        body = {
            "station": station,
            "cabinet": one.code,
            "category": one.category,
            "certified_until": one.certified_until,
            "certificate": one.certificate,
            "last_drug": one.last_drug,
            "decontaminated": one.decontaminated,
        }
        click.echo(
            json.dumps(body, default=str) if as_json else f"{station}: {one.code}, category {one.category}, {until}"
        )
