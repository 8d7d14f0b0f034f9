"""`vialtrace balance`: what a station's balance says, what the driver makes of it, and which balance stands where."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import clock
from app.cli import balance_register
from app.cli.options import account
from app.settings import Settings, WrongSettings, load_settings
from app.station_settings import BalanceSettings
from app.stations.pan import NoWeighing, Pan
from app.stations.qualifying import Qualified, qualified, weighings
from devices.balance.balance import BalanceLink
from devices.balance.qualification import FEWEST_FOR_S
from devices.balance.replay import replay as replay_balance
from devices.balance.words import words_of
from devices.journal import escape
from devices.link import LATCHED
from devices.printer.replay import replay as replay_printer
from devices.readings import WeightRead
from devices.scanner.replay import replay as replay_scanner
from devices.transcript import Replayed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.stations.register import CheckResult

OTHERS: dict[str, Callable[[str], Iterator[Replayed]]] = {
    "scanner-serial": replay_scanner,
    "zpl-status": replay_printer,
}
"""What is no balance and replays the same way."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def balance() -> None:
    """Balances: register one, watch it, qualify it at its station, replay a transcript or a journal."""


for one in (balance_register.register, balance_register.weight, balance_register.list_):
    balance.add_command(one)


@balance.command(epilog="Example: vialtrace balance replay mt-sics session.txt --json")
@click.argument("protocol")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each case.")
@click.pass_context
def replay(ctx: click.Context, protocol: str, file: Path, as_json: bool) -> None:
    """Run a driver over FILE, a transcript or a journal; exit 1 if a case does not match.

    PROTOCOL: mt-sics, sartorius-sbi, ohaus, and-standard, kern-kcp, radwag, adam (or adam:cpwplus, adam:mdw and so on
    to name the model), toledo-8217; scanner-serial for a scanner's transcript, zpl-status for a label printer's.
    """
    failed = False
    try:
        text = file.read_bytes().decode("utf-8")
        for case in OTHERS[protocol](text) if protocol in OTHERS else replay_balance(protocol, text):
            failed = failed or case.match is False
            click.echo(_as_json(case) if as_json else _as_text(case))
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}", ctx) from error
    ctx.exit(1 if failed else 0)


def _as_json(case: Replayed) -> str:
    return json.dumps({"case": case.case, "got": list(case.got), "match": case.match}, ensure_ascii=False)


def _as_text(case: Replayed) -> str:
    mark = {True: "ok  ", False: "NO  ", None: "    "}[case.match]
    wanted = "" if case.match is not False else f"\n      expected {json.dumps(list(case.expect or ()))}"
    return f"{mark}{case.case}: {json.dumps(list(case.got), ensure_ascii=False)}{wanted}"


JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
READY_S = 15.0
"""Seconds in which a balance that is there has answered."""
LOOKS_EVERY_S = 0.05
WHATEVER_G = Decimal(1)
"""While the scatter of averaged weights is measured, none is refused for it."""


@balance.command(epilog="Example: vialtrace balance watch HOOD-1 --seconds 10 --json")
@click.argument("station")
@click.option("--seconds", type=float, default=0.0, help="End after so long. Default: until Ctrl-C.")
@JSON
@click.pass_context
def watch(ctx: click.Context, station: str, seconds: float, as_json: bool) -> None:
    """Show what the balance of STATION says, as its driver understands it, with the bytes beside it.

    Nothing is weighed for a dose by it, and nothing is written down. The server must not hold the same port: stop it, or
    read the station's journal instead. Exit 1 if no weight was heard.
    """
    heard, last, said = 0, 0.0, ""
    with _link(ctx, station) as link, suppress(KeyboardInterrupt):
        began = time.monotonic()
        while not seconds or time.monotonic() - began < seconds:
            link.watch()
            if link.state.says != said:
                said = link.state.says
                _tell(as_json, {"kind": "state", "name": link.state.name, "says": said}, said)
            live = link.live().said
            if isinstance(live, WeightRead) and live.monotonic != last:
                heard, last = heard + 1, live.monotonic
                _tell(as_json, _reading(live), _shown(live))
            elif live is not None and not isinstance(live, WeightRead) and live.says != said:
                said = live.says
                raw = getattr(live, "raw", b"") or getattr(live, "partial", b"")
                _tell(as_json, words_of(live) | {"says": said, "raw": escape(raw)}, f"{said}   {escape(raw)}")
            time.sleep(LOOKS_EVERY_S)
    ctx.exit(0 if heard else 1)


@balance.command(epilog="Example: vialtrace balance qualify HOOD-1 --weighings 10 --json")
@click.argument("station")
@click.option(
    "--weighings",
    "count",
    type=click.IntRange(FEWEST_FOR_S, 100),
    default=FEWEST_FOR_S,
    show_default=True,
    help="How often the weight is put on and taken off.",
)
@click.option("--keep", is_flag=True, help="Write s to the register: it decides what is too small to dose by weight.")
@JSON
@click.pass_context
def qualify(ctx: click.Context, station: str, count: int, keep: bool, as_json: bool) -> None:
    """Measure how well the balance of STATION repeats itself, and from it the smallest mass that it may dose.

    Switch the cabinet on and work as on any day: one weight, near what is usually weighed, is put on the pan and taken
    off as often as asked. Without --keep nothing is written down. Stop the server first: one process has the port, and
    one writes a record. Exit 1 if the weighings could not be had or kept.
    """
    taken = []
    with _link(ctx, station) as link:
        if link.rule.averaging:
            link.rule = replace(link.rule, repeatability=WHATEVER_G)
        pan = Pan(link, lambda _event: None)
        for one in weighings(pan, count, _ask):
            if isinstance(one, NoWeighing):
                _tell(as_json, {"kind": "ended", "says": one.says}, one.says)
                ctx.exit(1)
            taken.append(one)
            body = {"kind": "weighing", "number": one.number, "g": str(one.got.g), "zero_g": str(one.got.zero_g)}
            _tell(as_json, body | {"raw": one.got.raw[-1]}, f"{one.number:>3}  {one.got.g} g   {one.got.raw[-1]}")
    found = qualified(taken)
    body = {"kind": "qualification", "station": station} | {key: _plain(value) for key, value in asdict(found).items()}
    text = (
        f"Balance {found.serial}, {found.weighings} weighings: mean {found.mean_g} g, range {found.range_g} g.\n"
        f"Standard deviation s = {found.s_g} g, one division d = {found.d_g} g.\n"
        f"Smallest mass it may dose: {found.gate_g} g. Smallest net weight of USP <41>: {found.net_g} g (shown only)."
    )
    _tell(as_json, body, text)
    if keep:
        kept = _keep(ctx, station, found)
        _tell(as_json, {"kind": "kept" if kept.passed else "not kept", "says": kept.says}, kept.says)
        ctx.exit(0 if kept.passed else 1)


def _keep(ctx: click.Context, station: str, found: Qualified) -> CheckResult:
    """Write what was measured to the register, under the name of the machine's account."""
    from app.record.engine import CannotOpen, open_store
    from app.stations import register

    def write(conn: Connection) -> CheckResult:
        return register.requalify(
            conn,
            station,
            found.serial,
            found.s_g,
            weighings=found.weighings,
            mean_g=found.mean_g,
            at=clock.now(),
            who=account(),
        )

    try:
        with closing(open_store(load_settings())) as store:
            return store.write(write)
    except (WrongSettings, CannotOpen) as error:
        raise click.UsageError(f"{error} Nothing was kept.", ctx) from error


@contextmanager
def _link(ctx: click.Context, station: str) -> Iterator[BalanceLink]:
    """The station's balance, opened as its settings say; nothing is probed."""
    try:
        wired = _wired(load_settings())
    except WrongSettings as error:
        raise click.ClickException(str(error)) from error
    set_as = wired.get(station)
    if set_as is None:
        known = ", ".join(wired) or "none"
        raise click.UsageError(f"No balance is set for station {station}; stations with one: {known}.", ctx)
    try:
        link = BalanceLink(
            set_as.protocol, set_as.url, set_as.line, set_as.serial, clock=clock.now, averaging=set_as.averaging
        )
    except ValueError as error:
        raise click.UsageError(f"Station {station}: {error}", ctx) from error
    link.start()
    try:
        _wait_for(link)
        yield link
    finally:
        link.close()


def _wired(settings: Settings) -> dict[str, BalanceSettings]:
    """Return how each station's balance is reached: as the register says, where there is a record, else the settings."""
    from app.record.place import place_of, read_only
    from app.record.troubles import CannotOpen
    from app.stations.setting_up import wiring

    stations = settings.stations
    try:
        with read_only(place_of(settings)) as conn:
            found = {code: wiring(conn, code, one) for code, one in stations.items()}
    except CannotOpen:
        found = {code: one.balance for code, one in stations.items()}
    return {code: one for code, one in found.items() if one is not None}


def _wait_for(link: BalanceLink) -> None:
    end = time.monotonic() + READY_S
    while link.state.name != "ready":
        if link.state.name in LATCHED or time.monotonic() > end:
            raise click.ClickException(link.state.says)
        time.sleep(LOOKS_EVERY_S)


def _ask(words: str) -> None:
    """Ask the person for the next move, beside the output."""
    click.echo(words, err=True)


def _tell(as_json: bool, body: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(body, ensure_ascii=False) if as_json else text)


def _plain(value: object) -> object:
    return value if isinstance(value, int | str) else str(value)


def _reading(live: WeightRead) -> dict[str, Any]:
    weight = {"kind": "weight", "value": str(live.value), "unit": live.unit, "stable": live.flagged_stable}
    return {"at": live.taken_at.isoformat(), **weight, "raw": escape(live.raw[-1])}


def _shown(live: WeightRead) -> str:
    flag = {True: "at rest", False: "moving", None: "no flag"}[live.flagged_stable]
    return f"{live.taken_at:%H:%M:%S.%f}"[:-3] + f"  {live.value:>12} {live.unit:<2}  {flag:<8} {escape(live.raw[-1])}"
