"""`vialtrace tray`: which counting trays belong to which station, and the code on their rim (R54)."""

from __future__ import annotations

import json

import click

from app import clock
from app.cli.balance_register import JSON, kept, settings_of
from app.cli.options import account
from app.settings import load_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def tray() -> None:
    """Counting trays: register one, and show which there are."""


@tray.command(epilog="Example: vialtrace tray register COUNT-1 TRAY-1 --json")
@click.argument("station")
@click.argument("code")
@JSON
def register(station: str, code: str, as_json: bool) -> None:
    """Put the counting tray CODE on the register of STATION.

    It is given a code for its rim: print it from the page Stations. Stop the server first, or use that page.
    Exit 1: not kept, and why.
    """
    from app.stations import trays

    at, who, label = clock.now(), account(), clock.new_id()
    kept(settings_of(station), as_json, lambda conn: trays.set_up(conn, station, code, label=label, at=at, who=who))


@tray.command("list", epilog="Example: vialtrace tray list --json")
@JSON
def list_(as_json: bool) -> None:
    """Show the counting trays of each station, and what lay in them last."""
    from app.record.place import place_of, read_only
    from app.stations import trays

    settings = load_settings()
    with read_only(place_of(settings)) as conn:
        found = [(station, one) for station in sorted(settings.stations) for one in trays.of_station(conn, station)]
    for station, one in found:
        body = {
            "station": station,
            "tray": one.code,
            "last_drug": one.last_drug,
            "decontaminated": one.decontaminated,
        }
        state = f"{one.last_drug}, {'decontaminated' if one.decontaminated else 'to be decontaminated'}"
        click.echo(
            json.dumps(body) if as_json else f"{station}: {one.code}, {state if one.last_drug else 'not used yet'}"
        )
