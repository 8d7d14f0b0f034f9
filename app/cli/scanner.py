"""`vialtrace scanner`: the printed sheet that shows how a station's scanner is set up, and what a reading of it says."""

from __future__ import annotations

import json
from pathlib import Path

import click

from devices.scanner import selftest
from labels.scanner_sheet import SheetSymbol, sheet
from labels.trouble import LabelTroubleError


@click.group()
def scanner() -> None:
    """Scanners: how one is set up."""


@scanner.command("sheet", epilog="Example: vialtrace scanner sheet --out sheet.pdf")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write: .pdf.")
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="The paper it is printed on."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def sheet_command(out: Path, paper: str, as_json: bool) -> None:
    """Draw the self-test sheet, read its symbols back, and write it. Print it at 100 %, then scan it at the station."""
    if out.suffix.lower() != ".pdf":
        raise click.UsageError("--out must end in .pdf")
    symbols = [SheetSymbol(one.name, one.symbol, one.written, one.shows) for one in selftest.PROBES]
    try:
        out.write_bytes(sheet(symbols, paper))
    except (LabelTroubleError, OSError) as trouble:
        click.echo(f"No sheet was made: {trouble}", err=True)
        raise SystemExit(1) from None
    said = {"ok": True, "out": str(out), "symbols": [one.aim + one.data for one in selftest.PROBES]}
    click.echo(json.dumps(said) if as_json else f"{out}: {len(symbols)} symbols read back. Print it at 100 %.")


@scanner.command("judge", epilog="Example: vialtrace scanner judge ']d1%VT-C-HELP%'")
@click.argument("reading")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def judge_command(reading: str, as_json: bool) -> None:
    r"""Say what READING, a symbol of the sheet as the scanner sent it, shows; \x1d is the separator. Exit 1: set it up."""
    found = selftest.judge(reading.replace("\\x1d", selftest.GS))
    if as_json:
        answer = {"symbol": found.probe, "ready": found.ready, "says": found.says, "do": found.do}
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(f"{found.says} {found.do}".strip())
    raise SystemExit(0 if found.ready else 1)
