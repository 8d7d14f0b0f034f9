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
from app.cli.options import account, data_dir_option, evidence_of, json_option, settings_of, signed_in
from app.desk.pictures import Copies
from app.desk.records import OUTCOMES, STATES, Filter
from app.desk.viewers import Viewer
from app.export import single
from app.export.pseudonyms import Pseudonyms
from app.export.reader import INDEX, everything
from app.export.recorded import KIND, Export
from app.export.run import By, Made, NotMade, export, save
from app.export.wanted import Format, Patients, Rows, Wanted
from app.people import accounts
from app.record import acts, bundle, log
from app.record.blobs import Blobs
from app.record.bundle import Asked, CannotExport
from app.record.engine import CannotOpen, NotSaved, PerhapsSaved, open_store
from app.record.keys import KeyTrouble
from app.record.place import place_of, read_only
from app.record.verify import verify
from app.settings import Settings, WrongSettings, load_pseudonym_key

DAY = click.DateTime(["%Y-%m-%d"])
LEAST_WHY = 10
"""Letters that the reason of an unrecorded export has at least."""
NOT_RECORDED = (
    "This account cannot write to the record, and no server of this folder entered the export: what is not recorded is not "
    "made. Export from the server's pages, or as the account that serves. Of a copy that cannot be written: --unrecorded."
)
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
@click.option(
    "--who", default="", help="User name of the person for whom it is made; kept beside the account that types."
)
@click.option(
    "--unrecorded", metavar="WHY", help="A bundle of a copy that cannot be written; WHY stands in the bundle."
)
@data_dir_option
@json_option
def export_command(
    out: Path,
    kind: str,
    preparation: str | None,
    who: str,
    data_dir: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Write a bundle that anyone can check without the server, a compounding record, or tables of many preparations.

    Every export is an event of the record before the file has its name: the account that types, for whom, the SHA-256.
    While a server has a SQLite file open only it may write: it enters the export of a bundle for this command, and tables
    and papers come from its own pages. What cannot be recorded is not made, but for a bundle of a copy that cannot be
    written (--unrecorded), which says so itself. On PostgreSQL the server may go on working.
    """
    try:
        settings = settings_of(data_dir)
        by = By(account(), clock.now(), named=_person(settings, who), signed_in=signed_in())
        _may_stay_unrecorded(settings, kind, given["unrecorded"])
        if out.exists():
            raise CannotExport(f"{out} exists already. Name a new file.")
        made = _bundle if kind == "bundle" else _file
        said = made(settings, out, kind, preparation, by, given)
    except (WrongSettings, CannotOpen, KeyTrouble, CannotExport, NotSaved, PerhapsSaved, OSError) as error:
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
    given: dict[str, Any],
) -> dict[str, Any]:
    place = place_of(settings)
    evidence = evidence_of(settings.data_dir, None, ())
    why = given["unrecorded"]
    note = (
        f"NOT AN EVENT OF THE RECORD: exported by {by.who} from a copy that could not be written. {why}" if why else ""
    )
    asked = Asked(settings.site, preparation, settings.software, by.at, note=note)
    with read_only(place) as conn, conn.begin():
        bundle.must_exist(conn, preparation)
    if not verify(place, settings.photos, evidence).ok:
        raise CannotExport("the record is not whole; `vialtrace record verify` names the place. Nothing was exported.")
    draft = out.with_name(f".{out.name}.unrecorded")
    try:
        with read_only(place) as conn, conn.begin():
            pages = {INDEX: everything(conn, settings, by.at, out.name, preparation)}
            made = bundle.export(conn, Blobs(settings.photos), evidence, asked, draft, pages)
            head = log.head_of(conn, settings.site)[0]
        words = f"preparation {preparation}" if preparation else "everything"
        said = Export(
            "bundle", words, out.name, made.sha256, "named", "event", rows=made.events, size=draft.stat().st_size,
            preparation=preparation or "", preparations=1 if preparation else 0, as_of=head, named=by.named,
            signed_in=by.signed_in,
        )  # fmt: skip
        if why:
            click.echo("This export is NOT in the record; the bundle says so and why.", err=True)
        elif not acts.enter_or_hand_in(settings, KIND, dataclasses.asdict(said), who=by.who, at=by.at):
            raise CannotExport(NOT_RECORDED)
        draft.rename(out)
    finally:
        draft.unlink(missing_ok=True)
    return {"file": str(out), **dataclasses.asdict(made)}


def _person(settings: Settings, user: str) -> str:
    """Return the id of the person for whom an export is said to be; raise CannotExport for a name that nobody has."""
    if not user.strip():
        return ""
    with read_only(place_of(settings)) as conn:
        found = accounts.by_user(conn, user)
    if found is None or not found.active:
        raise CannotExport(f"There is no user {user} at work. Give the user name of the person for whom it is made.")
    return found.id


def _may_stay_unrecorded(settings: Settings, kind: str, why: str | None) -> None:
    """Raise CannotExport where somebody would rather have an export unrecorded that can be recorded."""
    if why is None:
        return
    if kind != "bundle" or len(why.strip()) < LEAST_WHY:
        raise CannotExport(f"--unrecorded is for bundles, and says why in at least {LEAST_WHY} letters.")
    if acts.may_enter(settings):
        raise CannotExport("This record can be written to, so the export is recorded. Leave --unrecorded out.")


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
