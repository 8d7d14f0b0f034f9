"""`vialtrace record export`: the bundle that verifies, the paper of one preparation, tables of many. One path with the page."""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import click

from app import clock
from app.cli.options import account, data_dir_option, evidence_of, json_option, settings_of, tell
from app.desk.pictures import Copies
from app.desk.records import OUTCOMES, STATES, Filter
from app.desk.viewers import Viewer
from app.export import single
from app.export.pseudonyms import Pseudonyms
from app.export.reader import INDEX, everything
from app.export.recorded import KIND, Export
from app.export.run import By, Made, NotMade, export, save
from app.export.wanted import Format, Patients, Rows, Wanted
from app.record import acts, bundle
from app.record.blobs import Blobs
from app.record.bundle import Asked, CannotExport
from app.record.engine import CannotOpen, open_store
from app.record.keys import KeyTrouble
from app.record.place import place_of, read_only
from app.record.verify import verify
from app.settings import Settings, WrongSettings, load_pseudonym_key

DAY = click.DateTime(["%Y-%m-%d"])
CHOICES = ("bundle", "pdf", *get_args(Format))


@click.command("export", epilog="Example: vialtrace record export --format csv --from 2026-01-01 --out 2026.csv")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option(
    "--format", "kind", type=click.Choice(CHOICES), default="bundle", show_default=True, help="What to write."
)
@click.option("--preparation", metavar="ID", help="One preparation alone: bundle, pdf, or csv of its events.")
@click.option(
    "--rows", type=click.Choice(get_args(Rows)), default="preparations", show_default=True, help="What a row is."
)
@click.option(
    "--patients",
    type=click.Choice(get_args(Patients)),
    default="pseudonym",
    show_default=True,
    help="What stands for a patient. A pdf or csv of one preparation has initials and four digits, unless named.",
)
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day by needed-by time, such as 2026-11-24.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last day, itself included.")
@click.option("--drug", default="", help="Part of the drug's name.")
@click.option("--station", default="", help="Code of the station.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="How it ended.")
@click.option("--state", type=click.Choice(STATES), help="State now.")
@click.option("--who", help="Id of the person who asks. Default: os/ and the account's name.")
@data_dir_option
@json_option
def export_command(
    out: Path,
    kind: str,
    preparation: str | None,
    who: str | None,
    data_dir: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Write a bundle that anyone can check without the server, a compounding record, or tables of many preparations.

    Every export is itself an event of the record, with the SHA-256 of the file. While a server has a SQLite file open
    only it may write: export tables and papers from its own pages then. A bundle is made all the same, and this command
    says that it was not recorded. On PostgreSQL the server may go on working.
    """
    by = By(who or account(), clock.now())
    try:
        settings = settings_of(data_dir)
        if out.exists():
            raise CannotExport(f"{out} exists already. Name a new file.")
        made = _bundle if kind == "bundle" else _file
        said = made(settings, out, kind, preparation, by, given)
    except (WrongSettings, CannotOpen, KeyTrouble, CannotExport, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    parts = ", ".join(f"{value} {name}" for name, value in said.items() if name not in ("file", "sha256"))
    click.echo(json.dumps(said) if as_json else f"{out}: {parts}. SHA-256 {said['sha256']}")


def _bundle(
    settings: Settings,
    out: Path,
    _kind: str,
    preparation: str | None,
    by: By,
    _given: dict[str, Any],
) -> dict[str, Any]:
    place = place_of(settings)
    evidence = evidence_of(settings.data_dir, None, ())
    asked = Asked(settings.site, preparation, settings.software, by.at)
    with read_only(place) as conn, conn.begin():
        bundle.must_exist(conn, preparation)
    if not verify(place, settings.photos, evidence).ok:
        raise CannotExport("the record is not whole; `vialtrace record verify` names the place. Nothing was exported.")
    with read_only(place) as conn, conn.begin():
        pages = {INDEX: everything(conn, settings, by.at, out.name, preparation)}
        made = bundle.export(conn, Blobs(settings.photos), evidence, asked, out, pages)
    words = f"preparation {preparation}" if preparation else "everything"
    said = Export("bundle", words, out.name, made.sha256, "named", "event", rows=made.events, size=out.stat().st_size)
    said = dataclasses.replace(said, preparation=preparation or "", preparations=1 if preparation else 0)
    tell(acts.enter(settings, KIND, dataclasses.asdict(said), who=by.who, at=by.at))
    return {"file": str(out), **dataclasses.asdict(made)}


def _file(
    settings: Settings, out: Path, kind: str, preparation: str | None, by: By, given: dict[str, Any]
) -> dict[str, Any]:
    if not acts.may_enter(settings):
        raise CannotExport(
            "The server has the record open (or this account may not write to it), and an export that is not recorded is "
            "not made. Export from its page Exports, or stop it first."
        )
    with closing(open_store(settings)) as store:
        if preparation is None and kind != "pdf":
            pseudonyms = Pseudonyms(load_pseudonym_key(settings))
            made: Made | NotMade | None = export(store, settings, pseudonyms, _wanted(kind, given), by)
        elif preparation is not None and kind in ("pdf", "csv"):
            rooms = single.Rooms(store, settings, Blobs(settings.photos), Copies())
            role = "pharmacist" if given["patients"] == "named" else "qa"
            viewer, make = Viewer(by.who, by.who, frozenset({role})), {"pdf": single.paper, "csv": single.events_csv}
            made = make[kind](rooms, preparation, viewer, by)
        else:
            raise CannotExport("A pdf is of one preparation: name it with --preparation. Other tables are of many.")
        if made is None:
            raise CannotExport(f"there is no preparation {preparation!r} in this record. Look its id up on the label.")
        if isinstance(made, NotMade):
            raise CannotExport(made.says)
        save(made, out)
    return {"file": str(out), "rows": made.rows, "preparations": made.preparations, "sha256": made.sha256}


def _wanted(kind: Any, given: dict[str, Any]) -> Wanted:
    first, last = _day(given["first"]), _day(given["last"])
    wanted = Filter(given["state"] or "", given["drug"], first, last, given["station"], given["outcome"] or "")
    return Wanted(kind, given["rows"], wanted, given["patients"])


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None
