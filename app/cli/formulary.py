"""`vialtrace formulary`: what the pharmacy stocks, from CSV files. Nothing gates before a pharmacist has signed it (U1)."""

from __future__ import annotations

import csv
import getpass
import io
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from app.catalogue import load
from app.catalogue.load import Loaded, Row

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.catalogue.hazards import Acting

Rows = Callable[[IO[str]], Iterator[Row]]

COLUMNS: dict[str, tuple[frozenset[str], Rows]] = {
    "drugs": (
        frozenset(
            {"item_id", "drug", "brand", "form", "strength_text", "ndc", "gtin14", "package_level", "single_dose"}
            | {"amount_mg", "volume_ml", "conc_mg_ml"}
        ),
        load.drugs,
    ),
    "fluids": (frozenset({"code", "name", "container", "ndc", "gtin14", "volume_ml", "non_pvc"}), load.fluids),
}
"""What each kind of file must have as columns, and what reads its rows."""


class _NotKept(Exception):  # noqa: N818  # carries the answer of a dry run out of its transaction
    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded


@click.group()
def formulary() -> None:
    """Drugs, diluents and bags that may be scanned."""


@formulary.command("import", epilog="Example: vialtrace formulary import packages.csv --dry-run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(list(COLUMNS)), default="drugs", show_default=True, help="What the rows are.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(file: Path, kind: str, dry_run: bool, as_json: bool) -> None:
    """Write drafts of package codes from a CSV FILE: nothing can be scanned by them before two people have signed them.

    They are signed on the page Formulary, one by one or all at once; one of the two who sign is a pharmacist.

    A column `national` may hold what a package's bars say where they hold no GTIN: PZN 01234562, AIC 012345676 or
    HIBC A123/BJC5D6E7/1. Columns `hcpcs` and `hcpcs_unit_mg` are billing codes; `hcpcs_from` and `hcpcs_until` say the
    days on which one counts.

    What counts already stays as it is until the new draft is signed. Stop the server first. Exit 0: every
    row was taken. 1: some were left out, each with its reason. 2: nothing was changed, and why.
    """
    needed, rows = COLUMNS[kind]
    text = _text(file, needed)
    loaded = _load(lambda act: _drafted(act, file, text, rows, codes=kind == "drugs"), dry_run)
    if as_json:
        shown = {"file": str(file), "dry_run": dry_run, "taken": loaded.packages, "left_out": list(loaded.left_out)}
        click.echo(json.dumps(shown))
    else:
        verb = "would be drafted" if dry_run else "drafted: two people sign them on the page Formulary"
        click.echo(f"{file}: {loaded.packages} package codes {verb}; {len(loaded.left_out)} rows left out")
        for one in loaded.left_out:
            click.echo(f"  {one}")
    click.get_current_context().exit(1 if loaded.left_out else 0)


def _drafted(act: Acting, file: Path, text: str, rows: Rows, *, codes: bool) -> Loaded:
    """Write the drafts, and the billing codes of a formulary, which print nothing and gate nothing (R58)."""
    from app.catalogue.billing import load_codes
    from app.catalogue.formulary import import_drafts

    loaded = import_drafts(act, rows(io.StringIO(text)), f"imported from {file.name}")
    left = load_codes(act.conn, io.StringIO(text), confirmed_by="") if codes else ()
    return replace(loaded, left_out=(*loaded.left_out, *left))


def _text(file: Path, needed: frozenset[str]) -> str:
    """Return the file's text if it is a CSV file with the needed columns, or stop in words."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as trouble:
        raise click.UsageError(f"{file} cannot be read: {trouble.strerror}") from trouble
    except UnicodeDecodeError as trouble:
        raise click.UsageError(f"{file} is not UTF-8 text. Save it from the spreadsheet as CSV UTF-8.") from trouble
    if "\x00" in text:
        raise click.UsageError(f"{file} is not a text file.")
    missing = needed - set(next(csv.reader(io.StringIO(text)), []))
    if missing:
        raise click.UsageError(f"{file} lacks the columns {', '.join(sorted(missing))}. Nothing was changed.")
    return text


def _load(work: Callable[[Acting], Loaded], dry_run: bool) -> Loaded:
    from app.catalogue.hazards import Acting
    from app.clock import now
    from app.record.engine import CannotOpen, open_store
    from app.settings import WrongSettings, load_settings

    by = f"command line ({getpass.getuser()})"
    try:
        settings = load_settings()

        def inside(conn: Connection) -> Loaded:
            done = work(Acting(conn, settings, by, now()))
            if dry_run:
                raise _NotKept(done)  # raising undoes everything it did
            return done

        with closing(open_store(settings)) as store:
            return store.write(inside)
    except _NotKept as answer:
        return answer.loaded
    except (WrongSettings, CannotOpen) as trouble:
        raise click.UsageError(f"{trouble} Nothing was changed.") from trouble
