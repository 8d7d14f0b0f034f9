"""`vialtrace order import`: reads order messages from files and says what was ordered, or why not."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.clock import new_id, now
from app.interfaces.book import MemoryBook
from app.interfaces.files import split_file
from app.interfaces.hl7 import read
from app.interfaces.judge import Handled, handle
from app.interfaces.profile import Profile, ProfileError, load_profile, shipped_names
from app.interfaces.reading import Reading
from app.interfaces.shown import message_json, message_words, shown_orders
from workflows.order import Order, PatientText

Shown = tuple[Handled, list[tuple[Order, PatientText]]]
Receive = Callable[[Reading], Shown]
NOT_YET = frozenset({".json", ".ndjson", ".csv", ".xlsx"})


@click.group()
def order() -> None:
    """Orders from other systems."""


@order.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Judge the files on an empty book and store nothing; needs no database.")
@click.option("--profile", "profile", help="Sender profile: a shipped name or a file. Default: all shipped ones.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
def import_(files: tuple[Path, ...], dry_run: bool, profile: str | None, as_json: bool) -> None:
    """Read HL7 v2 orders from FILES, in order, each seeing those before it.

    Exit 0: all accepted. 1: something was refused. 2: a file could not be read.
    """
    profiles = _profiles(profile)
    receive = _dry() if dry_run else _stored()
    worst = 0
    for path in files:
        worst = max(worst, _file(path, profiles, receive, as_json))
    click.get_current_context().exit(worst)


def _profiles(name: str | None) -> list[Profile]:
    try:
        return [load_profile(one) for one in ([name] if name else shipped_names())]
    except ProfileError as trouble:
        raise click.UsageError(str(trouble)) from trouble


def _dry() -> Receive:
    book = MemoryBook()

    def receive(reading: Reading) -> Shown:
        handled = handle(reading, book, now(), new_id())
        return handled, shown_orders(handled.verdict, book)

    return receive


def _stored() -> Receive:
    """Return the door to the record: `app.interfaces.intake.receive(reading, at=…, own_id=…)`, opened only when needed."""
    intake: Any = importlib.import_module("app.interfaces.intake")

    def receive(reading: Reading) -> Shown:
        handled, orders = intake.receive(reading, at=now(), own_id=new_id())
        return handled, list(orders)

    return receive


def _file(path: Path, profiles: list[Profile], receive: Receive, as_json: bool) -> int:
    if path.suffix.lower() in NOT_YET:
        click.echo(f"{path}: only HL7 v2 files are read; FHIR, CSV and Excel orders are not read yet", err=True)
        return 2
    try:
        content = split_file(path.read_bytes())
    except OSError as trouble:
        click.echo(f"{path}: cannot be read: {trouble.strerror}", err=True)
        return 2
    worst = 0
    for number, payload in enumerate(content.messages, 1):
        reading = read(payload, profiles)
        handled, orders = receive(reading)
        worst = max(worst, 0 if handled.verdict.outcome == "accepted" else 1)
        if as_json:
            line = {"file": str(path), "message": number}
            click.echo(json.dumps(line | message_json(reading, handled.verdict, handled.reply, orders)))
        else:
            click.echo(f"{path} message {number}")
            click.echo("\n".join(message_words(reading, handled.verdict, orders)))
        for alert in handled.verdict.alerts:
            click.echo(f"ALERT: {alert}", err=True)
    if content.trouble:
        click.echo(f"{path}: {content.trouble}", err=True)
        worst = max(worst, 1)
    return worst
