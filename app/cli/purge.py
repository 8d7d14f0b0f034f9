"""`vialtrace record purge`: forget patients whose time has come. Two people, a reason, never before the date."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, time
from pathlib import Path

import click

from app import clock
from app.cli.options import data_dir_option, json_option, settings_of
from app.desk import purging
from app.desk.purging import By, Purged, WillNot
from app.export.pseudonyms import Pseudonyms
from app.people import accounts, actors
from app.people.door import Door, Refused, check, door_of, settle
from app.people.signing import SignedAs
from app.record import log
from app.record.blobs import Blobs
from app.record.engine import CannotOpen, Store, open_store
from app.settings import Settings, WrongSettings, load_pseudonym_key, load_secrets
from workflows.order import PatientText

MAY = frozenset({"qa", "admin", "pharmacist"})
"""Roles that may answer for a purge."""
MEANING = "purge of patients' text approved"
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class _Stop(Exception):  # noqa: N818  # carries a sentence to the end of the command
    pass


@click.command(
    "purge",
    epilog="Example: vialtrace record purge --before 2016-01-01 --who una --second ada --reason 'ten years kept'",
)
@click.option(
    "--before", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Orders of which nothing happened since."
)
@click.option("--order", "number", metavar="NUMBER", help="One order, by its sender's number.")
@click.option("--who", required=True, help="User name of who asks.")
@click.option("--second", required=True, help="User name of a second person, who agrees.")
@click.option("--reason", required=True, help="Why, in at least ten letters.")
@click.option("--password-file", type=FILE, help="First line: the password of --who. Default: ask, without echo.")
@click.option("--second-password-file", type=FILE, help="First line: the password of --second. Default: ask.")
@data_dir_option
@json_option
def purge_command(
    before: datetime | None,
    number: str | None,
    who: str,
    second: str,
    reason: str,
    password_file: Path | None,
    second_password_file: Path | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Erase patients' names, labels, photos and messages of old orders. Events and digests stay; the record verifies.

    Stop the server first. Nothing is purged before `retention_days` after an order's last event. Backups made before
    still hold the text: destroy them by your own rule. Exit 0: done. 2: nothing was purged, and why.
    """
    if (before is None) == (number is None):
        raise click.UsageError("Name a day (--before) or one order (--order), not both.")
    passwords = (_secret(who, password_file), _secret(second, second_password_file))
    try:
        settings = settings_of(data_dir)
        with closing(open_store(settings)) as store:
            done = _purge(store, settings, before, number, (who, second), passwords, reason)
    except (WrongSettings, CannotOpen, _Stop) as trouble:
        click.echo(str(trouble), err=True)
        sys.exit(2)
    words = (
        f"{done.orders} orders: {done.texts} patients' texts and {done.contents} labels, photos and messages erased."
    )
    if done.shared:
        words += f" {done.shared} messages brought another patient's order too: they stay until that one is purged."
    if done.left:
        words += f" But {done.left}."
    click.echo(json.dumps(dataclasses.asdict(done)) if as_json else words)


def _secret(user: str, file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").splitlines()[0]
    return str(click.prompt(f"Password of {user}", hide_input=True, err=True))


def _purge(
    store: Store,
    settings: Settings,
    before: datetime | None,
    number: str | None,
    users: tuple[str, str],
    passwords: tuple[str, str],
    reason: str,
) -> Purged:
    at, door = clock.now(), door_of(settings, load_secrets(settings), store)
    with store.reading() as conn:
        known = purging.orders(conn, settings.site)
        head = log.head_of(conn, settings.site)[1].hex()
    if before is not None:
        limit = datetime.combine(before.date(), time(), tzinfo=settings.zone)
        going = purging.chosen(known, settings, at, limit)
    else:
        going = purging.one_order(known, settings, at, number or "")
    if isinstance(going, WillNot):
        raise _Stop(going.says)
    first, second = (_signed(door, user, secret, head, at) for user, secret in zip(users, passwords, strict=True))
    keys = {one.key for one in going}
    stay = [one for key, one in known.items() if key not in keys]
    pseudonyms = Pseudonyms(load_pseudonym_key(settings))

    def name(text: PatientText) -> Mapping[str, str]:
        return {
            "quality": pseudonyms.patient("quality", text),
            "research": pseudonyms.patient("research", text),
        }

    done = purging.erase(store, Blobs(settings.photos), settings, going, stay, By(first, second, reason, at), name)
    if isinstance(done, WillNot):
        raise _Stop(done.says)
    return done


def _signed(door: Door, user: str, password: str, over: str, at: datetime) -> SignedAs:
    """Check who it is, and return the signature that goes into the event; five wrong tries lock, as everywhere (Q39)."""
    checked = check(
        door,
        lambda conn: accounts.by_user(conn, user),
        "password",
        password,
        station="desk/command line",
        purpose="purge",
        at=at,
    )
    settled = door.store.write(lambda conn: settle(conn, door, checked, at))
    if isinstance(settled, Refused):
        raise _Stop(f"{user}: {settled.says}")
    if not settled.roles & MAY:
        raise _Stop(f"{user} may not purge: it takes quality assurance, an administrator or a pharmacist.")
    if not actors.counting(settled, door.settings, at) & MAY:
        raise _Stop(actors.licence_trouble(settled, door.settings, at))
    components = ("user name", "password")
    return SignedAs(settled.id, settled.name, settled.licence, MEANING, over, "password", components, at, "")
