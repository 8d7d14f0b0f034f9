"""`vialtrace db`: the database file."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import NoReturn

import click

from app import clock, preparations
from app.cli.options import account, signed_in
from app.record import acts, postgres_upgrade
from app.record.abreast import every_core
from app.record.backup import BackedUp, CannotDo, Lost, Restored, back_up, brought_back, restore
from app.record.engine import Busy, CannotOpen, NotSaved, PerhapsSaved, open_store
from app.record.keys import KeyTrouble
from app.record.log import RecordDamaged
from app.record.place import Place, name_of, place_at, place_of
from app.record.upgrade import upgrade
from app.settings import Settings, WrongSettings, load_settings
from app.upkeep import archive

WRONG = (WrongSettings, CannotOpen, CannotDo, KeyTrouble, OSError)
NOT_DONE = (CannotOpen, Busy, NotSaved, PerhapsSaved)
FOLDER = click.Path(path_type=Path, file_okay=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
identity_option = click.option(
    "--identity", type=click.Path(path_type=Path), help="File of the secret key of age that opens an archive."
)


@click.group()
def db() -> None:
    """Look after the database file."""


@db.command("upgrade", epilog="Example: vialtrace db upgrade")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the record, where it is not the one set.")
def upgrade_command(data_dir: Path | None) -> None:
    """Bring the database to this release; make a new one where there is none.

    Stop the server and make a backup first. Either the whole upgrade is done or nothing changes. On PostgreSQL it is done
    as the role of VIALTRACE_DATABASE_OWNER_URL, which never serves, and gives the role of VIALTRACE_DATABASE_URL its rights.
    """
    try:
        settings = _settings(data_dir)
        place = place_of(settings)
        before, after = _upgrade(settings, place)
    except (WrongSettings, CannotOpen) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if before == after:
        click.echo(f"{name_of(place)} is at migration {after} already; nothing changed.")
    else:
        click.echo(f"{name_of(place)} went from {before or 'nothing'} to migration {after}.")


def _upgrade(settings: Settings, place: Place) -> tuple[str | None, str]:
    if isinstance(place, Path):
        return upgrade(place)
    owner = place_at(settings.database_owner_url, "database_owner_url") if settings.database_owner_url else None
    if owner is None or isinstance(owner, Path):
        raise CannotOpen(
            "On PostgreSQL the owner of the tables upgrades them: set VIALTRACE_DATABASE_OWNER_URL to the same database as "
            "that role, for this one command (docs/postgresql.md)."
        )
    return postgres_upgrade.run(owner, place)


@db.command("rebuild", epilog="Example: vialtrace db rebuild")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the record, where it is not the one set.")
def rebuild_command(data_dir: Path | None) -> None:
    """Write the lists of every site anew from the log. The log itself is only read. Stop the server first."""
    try:
        settings = _settings(data_dir)
        with closing(open_store(settings)) as store:
            count = store.write(preparations.rebuild)
    except (WrongSettings, RecordDamaged, *NOT_DONE) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(f"The lists of {count} preparations were written anew from the log.")


def _settings(data_dir: Path | None) -> Settings:
    return load_settings() if data_dir is None else load_settings(data_dir=data_dir, database_url="", photos_url="")


def _record(settings: Settings) -> Place:
    """Return where the record to back up lies; raise CannotOpen where there is none."""
    place = place_of(settings)
    if isinstance(place, Path) and not place.exists():
        raise CannotOpen(f"{place} does not exist: there is nothing to back up.")
    return place


def _back_up(settings: Settings, to: Path) -> BackedUp:
    return back_up(_record(settings), settings.photos, settings.data_dir / "checkpoints", to, clock.now())


@db.command("backup", epilog="Example: vialtrace db backup --to backups/monday")
@click.option("--to", required=True, type=FOLDER, help="Folder for the backup; it may hold an earlier one.")
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    help="Public key of age that opens the backup; may be repeated. Default: backup_recipients.",
)
@click.option("--who", help="Id of the person for whom it is made; kept beside the account that types.")
@click.option("--data-dir", type=FOLDER, help="Folder of the record, where it is not the one set.")
@json_option
def backup_command(
    to: Path, recipients: tuple[str, ...], who: str | None, data_dir: Path | None, as_json: bool
) -> None:
    """Copy the record while the server works, and check the copy: chains, photos, checkpoints.

    From PostgreSQL it is carried into a file, which comes back as one; the server's own backups are PostgreSQL's (docs).

    Keys and secrets (signer, pepper, secret_key) are not in it: keep copies of them apart. With recipients a new archive is
    written that only their secret keys open; without any the copy is a plain folder, NOT ENCRYPTED.
    """
    try:
        settings = _settings(data_dir)
        _record(settings)
        told = {"folder": to.name, "named": who or "", "signed_in": signed_in()}
        entered = acts.enter_or_hand_in(settings, "backed_up", told, who=account(), at=clock.now())
        keys = recipients or settings.backup_recipients
        if keys:
            sealed = archive.write(settings, to, archive.recipients_of(keys), clock.now())
            made, place, copied = sealed.made, sealed.path, sealed.photos_new
        else:
            made = _back_up(settings, to)
            place, copied = to, made.photos_copied
    except WRONG as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if not entered:
        click.echo(
            "That a backup was made is NOT in the record: it is in use, and no server of this folder entered it.",
            err=True,
        )
    if not keys:
        click.echo("The copy is NOT ENCRYPTED: give --recipient, or set backup_recipients.", err=True)
    said = {"folder": str(place), **_counts(made), "photos_copied": copied, "encrypted": bool(keys)}
    words = f"{place}: {made.verdict.events} events, {made.verdict.photos} photos ({copied} new). The copy is whole."
    click.echo(json.dumps(said) if as_json else words)


def _counts(made: BackedUp) -> dict[str, object]:
    found = made.verdict
    return {
        "events": found.events, "preparations": found.preparations, "photos": found.photos,
        "checkpoints": found.checkpoints, "heads": dict(made.heads),
    }  # fmt: skip


@db.command(
    "restore", epilog="Example: vialtrace db restore --from backups/monday --data-dir data-new --why 'disk failed'"
)
@click.option(
    "--from", "backup", required=True, type=click.Path(path_type=Path), help="Folder of the backup, or an archive."
)
@identity_option
@click.option("--data-dir", required=True, type=FOLDER, help="New folder for the record.")
@click.option("--checkpoints", type=FOLDER, multiple=True, help="A folder with copies of checkpoints; may be repeated.")
@click.option("--who", help="Id of the person who restores. Default: os/ and the account's name.")
@click.option("--why", default="not given", show_default=True, help="Reason.")
@json_option
def restore_command(
    backup: Path,
    identity: Path | None,
    data_dir: Path,
    checkpoints: tuple[Path, ...],
    who: str | None,
    why: str,
    as_json: bool,
) -> None:
    """Bring a backup back into a new folder, compare it with the newest checkpoint, and record what is missing.

    An archive needs --identity, and its photos beside it. Name every folder with copies of checkpoints: only they tell which
    events the backup does not have. Exit 0: restored. 1: restored, but the record has a fault. 2: nothing was restored.
    """
    try:
        settings = _settings(data_dir)
        with _opened(backup, identity, data_dir.parent) as plain:
            made = restore(
                plain, settings, checkpoints, who=who or account(), why=why, at=clock.now(), hands=every_core()
            )
    except WRONG as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    _end(made, f"{data_dir}: {made.verdict.events} events and {made.verdict.photos} photos restored.", as_json)


@db.command(
    "restored",
    epilog="Example: vialtrace db restored --checkpoints /mnt/quality/checkpoints --why 'disk failed, until 14:05'",
)
@click.option("--checkpoints", type=FOLDER, multiple=True, help="A folder with copies of checkpoints; may be repeated.")
@click.option("--who", help="Id of the person who restored. Default: os/ and the account's name.")
@click.option("--why", required=True, help="Reason, and to which moment.")
@json_option
def restored_command(checkpoints: tuple[Path, ...], who: str | None, why: str, as_json: bool) -> None:
    """Write down that PostgreSQL's own tools brought the record back, and which events are missing since.

    Before anything serves it, once. Name every folder with copies of checkpoints: only they tell what is missing. The signer
    goes on after a person has looked. Exit 0: written. 1: written, but the record has a fault. 2: nothing was written.
    """
    try:
        made = brought_back(load_settings(), checkpoints, who=who or account(), why=why, at=clock.now())
    except (*WRONG, *NOT_DONE) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    _end(made, f"{made.verdict.events} events came back; that they did is in the record.", as_json)


def _end(made: Restored, words: str, as_json: bool) -> NoReturn:
    """Name each event that is missing, say what came back, and end with what the verification found."""
    for one in made.lost:
        click.echo(_missing(one), err=True)
    said = {**made.verdict.as_json(), "restored": [dataclasses.asdict(one) for one in made.lost]}
    click.echo(json.dumps(said) if as_json else words)
    sys.exit(0 if made.verdict.ok else 1)


@db.command("move", epilog="Example: vialtrace db move --from /var/lib/vialtrace/data")
@click.option("--from", "folder", required=True, type=FOLDER, help="Folder of the record that lies in a file.")
@click.option("--who", help="Id of the person who moves it. Default: os/ and the account's name.")
@json_option
def move_command(folder: Path, who: str | None, as_json: bool) -> None:
    """Move a record from a file into the empty PostgreSQL database of the settings: chains, photos and checkpoints too.

    Stop the server, make the database and its tables (`vialtrace db upgrade`) first. Exit 0: moved. 1: moved, but the record
    has a fault. 2: nothing was moved. The folder stays as it is; serve it no more, and bring pepper, keys and codes along.
    """
    from app.upkeep.moving import move_in

    try:
        verdict = move_in(folder, load_settings(), who=who or account(), at=clock.now())
    except (*WRONG, *NOT_DONE) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    words = f"{verdict.events} events and {verdict.photos} photos were moved. Serve {folder} no more."
    click.echo(json.dumps(verdict.as_json()) if as_json else words)
    sys.exit(0 if verdict.ok else 1)


def _try(backup: Path, identity: Path | None, inside: Path | None, as_json: bool) -> NoReturn:
    """Open and restore a backup that was made before, say what came back, and end."""
    began = monotonic()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="vialtrace-drill-", dir=inside) as folder,
            _opened(backup, identity, Path(folder)) as plain,
        ):
            made = restore(plain, _settings(Path(folder) / "restored"), (), who="system", why="drill", at=clock.now())
    except WRONG as error:
        click.echo(f"THE DRILL FAILED: {error}", err=True)
        sys.exit(1)
    found = made.verdict
    heads = {one.site: one.restored_to for one in made.lost}
    said = {"ok": found.ok, "events": found.events - len(heads), "preparations": found.preparations, "photos": found.photos,
            "checkpoints": found.checkpoints, "heads": heads, "seconds": round(monotonic() - began, 1)}  # fmt: skip
    words = f"{said['events']} events, {found.photos} photos came back whole in {said['seconds']} s."
    click.echo(json.dumps(said) if as_json else words)
    sys.exit(0 if found.ok else 1)


def _missing(lost: Lost) -> str:
    accept = f"Before the next checkpoint: vialtrace record sign --accept-restore {lost.epoch}."
    if lost.missing_to is None:
        return (
            f"No checkpoint at hand of {lost.site} is newer than event {lost.restored_to}, the backup's last. {accept}"
        )
    return f"EVENTS {lost.restored_to + 1} TO {lost.missing_to} OF {lost.site} ARE MISSING from the backup. {accept}"


@contextmanager
def _opened(backup: Path, identity: Path | None, inside: Path | None) -> Iterator[Path]:
    """Give the folder of a backup; an archive is decrypted into a private folder that is cleared up."""
    if backup.is_dir():
        yield backup
        return
    if not backup.is_file():
        raise CannotDo(f"{backup} is not a backup: it does not exist. Name the folder of a backup, or an archive.")
    if identity is None:
        raise CannotDo(f"{backup} is encrypted. Give --identity with the file of the secret key that opens it.")
    if inside is not None:
        inside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vialtrace-opened-", dir=inside) as folder:
        archive.unpack(backup, archive.identities_of(identity), Path(folder) / "backup")
        yield Path(folder) / "backup"


@db.command("drill", epilog="Example: vialtrace db drill --json")
@click.option("--from", "backup", type=click.Path(path_type=Path), help="Try this backup, instead of making one.")
@identity_option
@click.option("--data-dir", type=FOLDER, help="Folder of the record, where it is not the one set.")
@click.option("--in", "inside", type=FOLDER, help="Folder for the trial, on a disk with room. Default: the system's.")
@json_option
def drill_command(
    backup: Path | None, identity: Path | None, data_dir: Path | None, inside: Path | None, as_json: bool
) -> None:
    """Back up, restore elsewhere, check, compare the heads, and clear up. The record itself is only read.

    With --from a backup that was made before is tried, on any machine: an archive by the secret key in --identity. Exit 0:
    the backup came back whole. 1: it did not. 2: there is nothing to back up.
    """
    if backup is not None:
        _try(backup, identity, inside, as_json)
    began = monotonic()
    try:
        settings = _settings(data_dir)
        _record(settings)
        with tempfile.TemporaryDirectory(prefix="vialtrace-drill-", dir=inside) as folder:
            made = _back_up(settings, Path(folder) / "backup")
            elsewhere = _settings(Path(folder) / "restored")
            beside = tuple(path for path in [settings.data_dir / "checkpoints"] if path.is_dir())
            back = restore(Path(folder) / "backup", elsewhere, beside, who="system", why="drill", at=clock.now())
    except CannotDo as error:
        click.echo(f"THE DRILL FAILED: {error}", err=True)
        sys.exit(1)
    except WRONG as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    heads = {one.site: one.restored_to for one in back.lost}
    lost = sum((one.missing_to or one.restored_to) - one.restored_to for one in back.lost)
    same = back.verdict.ok and heads == dict(made.heads) and back.verdict.photos == made.verdict.photos
    said = {"ok": same, **_counts(made), "events_lost": lost, "seconds": round(monotonic() - began, 1)}
    words = (
        f"{made.verdict.events} events, {made.verdict.preparations} preparations, {made.verdict.photos} photos, "
        f"{made.verdict.checkpoints} checkpoints came back in {said['seconds']} s; {lost} signed since are not in it."
    )
    click.echo(json.dumps(said) if as_json else f"{words} {'The heads match.' if said['ok'] else 'THE DRILL FAILED.'}")
    sys.exit(0 if said["ok"] else 1)
