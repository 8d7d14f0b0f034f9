"""`vialtrace barcode parse`: what a scan claims, one reading a line. Nothing is looked up and nothing is kept."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from app.clock import now
from app.settings import WrongSettings, load_settings
from devices.scanner.answer import CodeAnswer
from devices.scanner.parse import MEANINGS, parse, parse_several

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([\\rnt]))")
_NAMED = {"\\": "\\", "r": "\r", "n": "\n", "t": "\t"}


@click.group()
def barcode() -> None:
    """Barcodes: what a reading claims."""


@barcode.command("parse", epilog="Example: vialtrace barcode parse readings.txt --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of words.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day that counts as today; by default today.")
@click.option("--as", "as_", type=click.Choice(MEANINGS), default="scan", show_default=True, help="What the lines are.")
@click.option("--gs", help="The text this scanner sends for the separator; 0x1D always counts too.")
@click.option("--zone", help="The time zone that today is taken in; by default the site's own (site_zone).")
@click.argument("file", type=click.File("rb"), default="-")
@click.pass_context
def parse_command(
    ctx: click.Context,
    as_json: bool,
    as_of: datetime | None,
    as_: str,
    gs: str | None,
    zone: str | None,
    file: BinaryIO,
) -> None:
    r"""Read FILE (or standard input), one reading a line, and say what each claims.

    In a line \xNN is the character NN (the separator is \x1d), \\ a backslash; a TAB stands between codes
    seen together.
    Exit status: 0 no line was refused, 1 at least one was, 2 the command could not work.
    """
    if gs == "":
        raise click.UsageError("--gs must not be empty.")
    today = as_of.date() if as_of else _today(zone)
    refused = False
    for number, line in enumerate(_lines(file.read()), 1):
        answer = _read(line, today, as_, gs)
        refused = refused or answer.status == "error"
        click.echo(json.dumps({"line": number, **answer.to_json()}) if as_json else f"{number}: {_words(answer)}")
    ctx.exit(1 if refused else 0)


def _today(zone: str | None) -> date:
    try:
        return now().astimezone(ZoneInfo(zone or load_settings().site_zone)).date()
    except WrongSettings as wrong:
        raise click.UsageError(f"{wrong} Or name the day with --as-of.") from wrong
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as wrong:
        raise click.UsageError(f"--zone {zone!r} is no time zone; name one such as America/Chicago.") from wrong


def _lines(data: bytes) -> list[str]:
    """Split at LF only: `splitlines` would also split at the separators inside a code."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise click.UsageError(f"The input is not UTF-8 (byte {wrong.start}). Save it as UTF-8.") from wrong
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _read(line: str, today: date, as_: str, gs: str | None) -> CodeAnswer:
    codes = [_ESCAPE.sub(_character, code) for code in line.rstrip("\r\t").split("\t")]
    if len(codes) > 1:
        return parse_several(codes, as_of=today, as_=as_, gs=gs)
    return parse(codes[0], as_of=today, as_=as_, gs=gs)


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else _NAMED[escape[2]]


def _words(answer: CodeAnswer) -> str:
    if answer.error:
        return f"refused, {answer.error}: {answer.message}"
    if answer.status == "plain":
        return f"plain text {answer.text!r}: claims no product"
    said = [answer.form or ""]
    for name in ("gtin14", "ndc10", "ndc11_candidates", "ppn", "pzn", "aic", "own", "hibc", "lot", "serial", "expiry"):
        value = getattr(answer, name)
        if value:
            said.append(f"{name} {' or '.join(value) if isinstance(value, tuple) else value}")
    if answer.expired:
        said.append("EXPIRED")
    said += sorted(answer.flags)
    return ", ".join(said) + ("" if answer.names_product else " (names no product)")
