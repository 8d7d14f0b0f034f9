"""`vialtrace balance`: what a station's balance says, and what the driver makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from devices.balance.replay import replay as replay_balance
from devices.printer.replay import replay as replay_printer
from devices.scanner.replay import replay as replay_scanner
from devices.transcript import Replayed

OTHERS: dict[str, Callable[[str], Iterator[Replayed]]] = {
    "scanner-serial": replay_scanner,
    "zpl-status": replay_printer,
}
"""What is no balance and replays the same way."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def balance() -> None:
    """Balances: replay a transcript or a journal."""


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
