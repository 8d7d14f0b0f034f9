"""`vialtrace webhook`: who is told by HTTP what becomes of a preparation; a page does the same, and a sender by FHIR."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import click

from app.cli.user import opened_door
from app.hooks.register import KINDS, NotRegisteredError
from app.people.accounts import NotDoneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.catalogue.hazards import Acting
    from app.hooks.register import Subscription


@click.group()
def webhook() -> None:
    """Who is told by HTTP what becomes of a preparation."""


@webhook.command("list", epilog="Example: vialtrace webhook list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(as_json: bool) -> None:
    """List the receivers of this site; no secret."""
    from app.hooks import register

    with opened_door() as door, door.store.reading() as conn:
        found = register.every(conn, door.settings.site)
    for one in found:
        stands = "on" if one.on else "off"
        words = f"{one.id}  {one.name}  {one.endpoint}  {','.join(one.kinds)}  {one.content}  {stands}"
        click.echo(json.dumps(_plain(one)) if as_json else words)


@webhook.command("add", epilog="Example: vialtrace webhook add --name board --endpoint https://board.example/hook")
@click.option("--name", required=True, help="What people call it.")
@click.option("--endpoint", required=True, help="Address that is posted to; https.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="May be given twice. Default: both.")
@click.option("--whole", is_flag=True, help="Send the whole resource, with the patient; else its number only.")
@click.option("--sender", default="", help="Sender profile whose orders are told. Default: every order.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def add(name: str, endpoint: str, kinds: tuple[str, ...], whole: bool, sender: str, as_json: bool) -> None:
    """Register a receiver and print its secret, this once. Stop the server first: one process writes a record."""
    from app.clock import new_id
    from app.hooks import register
    from app.hooks.register import Subscription

    told = tuple(one for one in KINDS if one in kinds) or KINDS
    wanted = Subscription(new_id(), name.strip(), endpoint.strip(), told, "full" if whole else "id", sender)
    _say(lambda act: register.register(act, wanted), as_json, sender)


@webhook.command("rotate", epilog="Example: vialtrace webhook rotate 7F3K2Q9X")
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def rotate(id: str, as_json: bool) -> None:
    """Give a receiver another secret and print it, this once; the one before signs for a day longer."""
    from app.hooks import register

    _say(lambda act: register.rotate(act, id), as_json)


@webhook.command("end", epilog="Example: vialtrace webhook end 7F3K2Q9X")
@click.argument("id")
def end(id: str) -> None:
    """Take a receiver off the register for good; what waits for it is given up."""
    from app.hooks import register

    done, _ = _done(lambda act: register.end(act, id))
    click.echo(f"{done.name} is told nothing any more.")


def _say(work: Callable[[Acting], Subscription], as_json: bool, sender: str = "") -> None:
    done, secret = _done(work, sender)
    if as_json:
        click.echo(json.dumps({**_plain(done), "secret": secret}))
        return
    click.echo(f"Receiver {done.id}, {done.name}. Its secret is shown this once:")
    click.echo(secret)


def _done(work: Callable[[Acting], Subscription], sender: str = "") -> tuple[Subscription, str]:
    """Do it; return the receiver and its secret. Says why where it cannot be done, and exits."""
    from app.catalogue.hazards import Acting
    from app.clock import now
    from app.hooks.signature import secret_of
    from app.interfaces.senders import every_sender
    from app.settings import load_secrets

    by = f"command line ({getpass.getuser()})"
    with opened_door() as door:
        with door.store.reading() as conn:
            known = every_sender(door.settings, conn).names
        if sender and sender not in known:
            raise NotDoneError(f"There is no sender profile {sender}; there are {', '.join(known)}.")
        try:
            done = door.store.write(lambda conn: work(Acting(conn, door.settings, by, now())))
        except NotRegisteredError as refused:
            raise NotDoneError(str(refused)) from None
        return done, secret_of(load_secrets(door.settings).code_key, done.id, done.secret)


def _plain(one: Subscription) -> dict[str, object]:
    return {
        "webhook": one.id,
        "name": one.name,
        "endpoint": one.endpoint,
        "kinds": list(one.kinds),
        "content": one.content,
        "sender": one.sender,
        "on": one.on,
    }
