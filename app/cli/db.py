"""`vialtrace db`: the database file."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from app import preparations
from app.record.engine import CannotOpen, database_file, open_store
from app.record.upgrade import upgrade
from app.settings import WrongSettings, load_settings


@click.group()
def db() -> None:
    """Look after the database file."""


@db.command("upgrade", epilog="Example: vialtrace db upgrade")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the record, where it is not the one set.")
def upgrade_command(data_dir: Path | None) -> None:
    """Bring the database to this release; make a new one where there is none.

    Stop the server and make a backup first. Either the whole upgrade is done or nothing changes.
    """
    try:
        settings = load_settings() if data_dir is None else load_settings(data_dir=data_dir, database_url="")
        path = database_file(settings)
        before, after = upgrade(path)
    except (WrongSettings, CannotOpen) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if before == after:
        click.echo(f"{path} is at migration {after} already; nothing changed.")
    else:
        click.echo(f"{path} went from {before or 'nothing'} to migration {after}.")


@db.command("rebuild", epilog="Example: vialtrace db rebuild")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the record, where it is not the one set.")
def rebuild_command(data_dir: Path | None) -> None:
    """Write the lists anew from the log. The log itself is only read. Stop the server first."""
    try:
        settings = load_settings() if data_dir is None else load_settings(data_dir=data_dir, database_url="")
        with closing(open_store(settings)) as store:
            count = store.write(lambda conn: preparations.rebuild(conn, (settings.site,)))
    except (WrongSettings, CannotOpen) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(f"The lists of {count} preparations were written anew from the log.")
