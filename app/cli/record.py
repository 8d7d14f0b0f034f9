"""`vialtrace record`: is the record what was written?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from app.record.engine import CannotOpen, database_file
from app.record.verify import Verdict, verify
from app.settings import WrongSettings, load_settings


@click.group()
def record() -> None:
    """Check the record of everything that was made."""


@record.command("verify", epilog="Example: vialtrace record verify --json")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the record, where it is not the one set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_command(data_dir: Path | None, as_json: bool) -> None:
    """Check chains, columns, gaps, heads, checkpoints and photos, and name the first row that was altered.

    Opens the database read-only; the server may go on working. Exit 0: nothing is wrong. 1: something is. 2: there is
    nothing to check.
    """
    try:
        settings = load_settings() if data_dir is None else load_settings(data_dir=data_dir, database_url="")
        verdict = verify(database_file(settings), settings.photos)
    except (WrongSettings, CannotOpen) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(json.dumps(verdict.as_json()) if as_json else _in_words(verdict))
    sys.exit(0 if verdict.ok else 1)


def _in_words(verdict: Verdict) -> str:
    read = (
        f"{verdict.events} events of {verdict.preparations} preparations, {verdict.checkpoints} checkpoints, "
        f"{verdict.photos} photos read."
    )
    if verdict.ok:
        trust = (
            "" if verdict.trusted_until else " No signed checkpoint was checked: a rewritten history would not show."
        )
        return f"{read} Nothing is wrong.{trust}"
    first = verdict.faults[0]
    lines = [f"{fault.kind}: {fault.where}: {fault.says}" for fault in verdict.faults]
    return "\n".join([read, f"FIRST ALTERED ROW: {first.where}: {first.says}", *lines])
