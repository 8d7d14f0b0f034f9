"""`vialtrace user`: the first people of a site; afterwards the administrator's screen does the same."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.people.accounts import NotDoneError
from app.people.secrets import Kind, password_trouble, pin_trouble
from app.people.tables import ROLES

if TYPE_CHECKING:
    from app.people.door import Door
    from app.people.history import Act

WITH_BADGE = frozenset({"technician", "lead_technician", "nurse"})
"""Roles that sign by badge and PIN, at a station or beside somebody; every other role has a password at a desk."""


@click.group()
def user() -> None:
    """The people of this site."""


@dataclass(frozen=True)
class _Secret:
    """What a new person will sign in with."""

    kind: Kind
    """PIN or password."""
    value: str
    """As it was typed or stood in the file."""
    to_change: bool
    """True where somebody else has seen it: in a file."""


@user.command(
    "add", epilog="Example: vialtrace user add --user ann --name 'Ann Tester' --role technician --pin-file pin"
)
@click.option("--user", "user_name", required=True, help="User name; never given out again, not even after leaving.")
@click.option("--name", required=True, help="Printed name, as signatures and labels show it.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be given several times."
)
@click.option("--identity-checked-by", default="", help="Who checked the identity; needed for whoever may sign.")
@click.option("--licence", default="", help="Licence number.")
@click.option("--licence-state", "states", multiple=True, help="State the licence covers; may be given several times.")
@click.option("--competency", "lapsing", multiple=True, help="CODE:YYYY-MM-DD, with the last day; needs --assessed-by.")
@click.option("--assessed-by", default="", help="Who assessed the competencies.")
@click.option(
    "--pin-file", type=click.Path(path_type=Path), help="File whose first line is the PIN. Default: ask, without echo."
)
@click.option("--password-file", type=click.Path(path_type=Path), help="The same for the password.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add(
    user_name: str,
    name: str,
    roles: tuple[str, ...],
    identity_checked_by: str,
    licence: str,
    states: tuple[str, ...],
    lapsing: tuple[str, ...],
    assessed_by: str,
    pin_file: Path | None,
    password_file: Path | None,
    as_json: bool,
) -> None:
    """Take a person on. Technicians get a badge code and a PIN, everybody else a password.

    Stop the server first: one process writes a record. Exit 2: nothing was changed, and why.
    """
    from app.people import accounts, badges, competencies

    lapses = [_competency(one) for one in lapsing]
    if lapses and not assessed_by.strip():
        raise click.UsageError("Say who assessed the competencies: --assessed-by.")
    wanted = [_pin(name, pin_file)] if WITH_BADGE & set(roles) else []
    wanted += [_password(user_name, name, password_file)] if set(roles) - WITH_BADGE else []
    with opened_door() as door:
        from app.clock import new_id, now

        at, by, person = now(), f"command line ({getpass.getuser()})", new_id()
        badge = new_id() if WITH_BADGE & set(roles) else ""
        hashed = [(one, door.secrets.hash(one.kind, one.value)) for one in wanted]

        def work(act: Act) -> None:
            accounts.take_on(
                act,
                id=person,
                user=user_name,
                name=name,
                roles=roles,
                licence=licence,
                licence_states=states,
                identity_checked_by=identity_checked_by,
            )
            if badge:
                badges.give(act, person, badge)
            if lapses:
                competencies.certify(act, person, dict(lapses), assessor=assessed_by, sites=(act.settings.site,))
            for one, digest in hashed:
                pepper = door.secrets.pepper.id
                accounts.keep_secret(act, person, one.kind, hashed=digest, pepper=pepper, to_change=one.to_change)

        door.write(work, by=by, at=at)
    code = badges.badge_text(badge) if badge else ""
    _tell(user_name.strip(), name.strip(), roles, code, as_json)


@user.command("sites", epilog="Example: vialtrace user sites --user pam --site MAIN --site EAST --why 'covers both'")
@click.option("--user", "user_name", required=True, help="User name.")
@click.option("--site", "sites", multiple=True, help="Code of a site; may be given several times. Default: every site.")
@click.option("--why", required=True, help="Reason.")
def sites_command(user_name: str, sites: tuple[str, ...], why: str) -> None:
    """Let a person work at some sites of the record alone: sign in, act and sign. What is open of theirs ends."""
    from app.people import accounts

    with opened_door() as door:
        from app.clock import now

        def work(act: Act) -> str:
            person = accounts.by_user(act.conn, user_name)
            if person is None:
                raise NotDoneError(f"There is no user {user_name}.")
            accounts.change_sites(act, person.id, sites, why=why)
            return person.name

        name = door.write(work, by=f"command line ({getpass.getuser()})", at=now())
    click.echo(f"{name} works at {', '.join(sorted(sites)) or 'every site of this record'}.")


def _tell(user_name: str, name: str, roles: tuple[str, ...], badge: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"user": user_name, "name": name, "roles": sorted(roles), "badge": badge or None}))
        return
    click.echo(f"{name} is on the books as {user_name}: {', '.join(sorted(roles))}.")
    if badge:
        click.echo(f"Badge code, to be printed as a code card: {badge}")


@contextmanager
def opened_door() -> Iterator[Door]:
    """Open the record for one change; whatever is in the way is said in a sentence, exit 2."""
    from app.people.door import door_of
    from app.record.engine import CannotOpen, open_store
    from app.settings import WrongSettings, load_secrets, load_settings

    try:
        settings = load_settings()
        kept = load_secrets(settings)
        with closing(open_store(settings)) as store:
            yield door_of(settings, kept, store)
    except (WrongSettings, CannotOpen, NotDoneError) as trouble:
        raise click.UsageError(f"{trouble} Nothing was changed.") from trouble


def _pin(name: str, file: Path | None) -> _Secret:
    value, read = (_first_line(file), True) if file else (_ask(f"PIN, to be typed by {name}", "--pin-file"), False)
    return _sound(_Secret("pin", value, read), pin_trouble(value))


def _password(user_name: str, name: str, file: Path | None) -> _Secret:
    asked = f"Password, to be typed by {name}"
    value, read = (_first_line(file), True) if file else (_ask(asked, "--password-file"), False)
    return _sound(_Secret("password", value, read), password_trouble(value, user_name, name))


def _sound(secret: _Secret, trouble: str | None) -> _Secret:
    if trouble:
        raise click.UsageError(f"{trouble} Nothing was changed.")
    return secret


def _ask(says: str, instead: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"There is no terminal to ask on: give {instead}.")
    return str(click.prompt(says, hide_input=True, confirmation_prompt=True))


def _first_line(file: Path) -> str:
    try:
        if file.stat().st_mode & 0o077:
            click.echo(
                f"Others may read {file}; delete it now, its secret must be changed at the first sign-in.", err=True
            )
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as trouble:
        raise click.UsageError(f"{file} cannot be read: {trouble}") from trouble


def _competency(text: str) -> tuple[str, datetime]:
    """Read CODE:YYYY-MM-DD; it is good to the end of that day, UTC."""
    found = re.fullmatch(r"([A-Z][A-Z0-9-]{1,30}):(\d{4}-\d{2}-\d{2})", text)
    try:
        if found is None:
            raise ValueError
        return found[1], datetime.combine(date.fromisoformat(found[2]), time.max, UTC)
    except ValueError:
        raise click.UsageError(f"{text} is no competency; write it so: HD-STERILE:2027-06-30") from None
