"""`vialtrace order import`: reads order messages from files and says what was ordered, or why not."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from app.clock import new_id, now
from app.interfaces.book import MemoryBook
from app.interfaces.csv_orders import read_sheet
from app.interfaces.fhir import read_document, read_lines
from app.interfaces.files import split_file
from app.interfaces.hl7 import read
from app.interfaces.judge import Handled, handle, whole_or_not
from app.interfaces.profile import Profile, ProfileError, shipped_names
from app.interfaces.profile_checks import load_checked
from app.interfaces.reading import Reading
from app.interfaces.sheet_file import read_table, template
from app.interfaces.shown import message_json, message_words, shown_keys, shown_orders
from workflows.order import Order, PatientText

Shown = tuple[Handled, list[tuple[Order, PatientText]], list[str]]
"""What was judged, the orders as they stand now, and what each of them waits for, in words."""
FHIR, SHEETS = frozenset({".json", ".ndjson"}), frozenset({".csv", ".xlsx"})


@dataclass(frozen=True)
class Door:
    """Where messages go: into the record, or nowhere."""

    receive: Callable[[Reading], Shown]
    """Judges one message."""
    receive_file: Callable[[list[Reading]], list[Shown]]
    """Judges the rows of a sheet, whole or not at all."""
    keep: Callable[[bytes], str]
    """Keeps what is no message; returns what to tell of it."""
    counting: Callable[[list[Profile]], list[Profile]]
    """Returns the signed versions that count in place of documents, where the record holds any."""


@click.group()
def order() -> None:
    """Orders from other systems."""


@order.command(name="import", epilog="Example: vialtrace order import orders.hl7 --dry-run --json")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Judge the files on an empty book and store nothing; needs no database.")
@click.option("--profile", "profile", help="Sender profile: a shipped name or a file. Default: all shipped ones.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
def import_(files: tuple[Path, ...], dry_run: bool, profile: str | None, as_json: bool) -> None:
    """Read orders from FILES, in order, each seeing those before it: HL7 v2, FHIR (.json, .ndjson), a sheet (.csv, .xlsx).

    Exit 0: all accepted. 1: something was refused. 2: a file could not be read.
    """
    profiles = _profiles(profile)
    with _dry() if dry_run else _stored() as door:
        counting = door.counting(profiles)
        worst = max(_file(path, counting, door, as_json) for path in files)
    click.get_current_context().exit(worst)


@order.command(name="template", epilog="Example: vialtrace order template")
def template_() -> None:
    """Print the header line of the order sheet, to be filled in and imported."""
    click.echo(template().decode(), nl=False)


@order.command(epilog="Example: vialtrace order token")
def token() -> None:
    """Print a new token for a system that sends orders by FHIR, and the hash to be written into the settings."""
    made = secrets.token_urlsafe(32)
    click.echo(f"token         {made}   give it to the sender; it is shown once")
    click.echo(f"token_sha256  {hashlib.sha256(made.encode()).hexdigest()}")


def _profiles(name: str | None) -> list[Profile]:
    try:
        return [load_checked(one) for one in ([name] if name else shipped_names())]
    except ProfileError as trouble:
        raise click.UsageError(str(trouble)) from trouble


@contextmanager
def _dry() -> Iterator[Door]:
    book = MemoryBook()

    def receive(reading: Reading) -> Shown:
        handled = handle(reading, book, now(), new_id())
        return handled, shown_orders(handled.verdict, book), []

    def receive_file(readings: list[Reading]) -> list[Shown]:
        trial, at = book.copy(), now()
        handled = [handle(one, trial, at, "") for one in readings]
        whole = whole_or_not(handled)
        if whole == handled:
            book.become(trial)
        return [(one, shown_orders(one.verdict, book), []) for one in whole]

    yield Door(receive, receive_file, lambda _: "not kept, because nothing of a dry run is", lambda filed: filed)


@contextmanager
def _stored() -> Iterator[Door]:
    """Yield the door to the record; opened only when needed, so that a dry run works without a database."""
    from app.dispatch import Dispatcher
    from app.hooks.notices import attach
    from app.interfaces.intake import Intake
    from app.interfaces.opening import waits_for
    from app.interfaces.senders import Senders, every_sender
    from app.record.blobs import Blobs
    from app.record.engine import CannotOpen, open_store
    from app.settings import WrongSettings, load_settings

    try:
        settings = load_settings()
        store = open_store(settings)
    except (WrongSettings, CannotOpen) as trouble:
        raise click.UsageError(f"The record cannot be opened; nothing was stored. {trouble}") from trouble
    dispatcher = Dispatcher(store, settings)
    try:
        with store.reading() as conn:
            senders = every_sender(settings, conn)
    except WrongSettings as trouble:
        store.close()
        raise click.UsageError(f"Nothing was stored. {trouble}") from trouble
    intake = Intake(dispatcher, Blobs(settings.photos, store.reading), senders)
    attach(dispatcher, senders)

    def shown(handled: Handled, orders: tuple[tuple[Order, PatientText], ...]) -> Shown:
        keys = shown_keys(handled.verdict)
        with store.reading() as conn:
            waits = [says for key in keys if (says := waits_for(conn, key))]
        return handled, [pair for pair in orders if pair[0].key in keys], waits

    def receive(reading: Reading) -> Shown:
        return shown(*intake.receive(reading, at=now(), own_id=new_id()))

    def receive_file(readings: list[Reading]) -> list[Shown]:
        return [shown(*one) for one in intake.receive_file(readings, at=now())]

    def counting(filed: list[Profile]) -> list[Profile]:
        with store.reading() as conn:
            return list(Senders(filed).at(conn, now()))

    def keep(raw: bytes) -> str:
        return f"kept as content {intake.keep_unread(raw, at=now())}"

    try:
        yield Door(receive, receive_file, keep, counting)
    finally:
        store.close()


def _file(path: Path, profiles: list[Profile], door: Door, as_json: bool) -> int:
    """Import one file and print what became of each of its messages; returns the exit code."""
    try:
        raw = path.read_bytes()
    except OSError as trouble:
        click.echo(f"{path}: cannot be read: {trouble.strerror}", err=True)
        return 2
    kind = path.suffix.lower()
    if kind in FHIR | SHEETS:
        profile = _only(profiles, kind)
        if kind in SHEETS:
            readings = read_sheet(raw, read_table(raw), profile)
            return _told(path, zip(readings, door.receive_file(readings), strict=True), as_json)
        readings = read_lines(raw, profile) if kind == ".ndjson" else read_document(raw, profile)
        return _told(path, ((one, door.receive(one)) for one in readings), as_json)
    content = split_file(raw)
    messages = (read(payload, profiles) for payload in content.messages)
    worst = _told(path, ((one, door.receive(one)) for one in messages), as_json)
    if content.trouble:
        kept = f" ({len(content.cut_off)} bytes {door.keep(content.cut_off)})" if content.cut_off else ""
        click.echo(f"{path}: {content.trouble}{kept}", err=True)
        worst = max(worst, 1)
    return worst


def _only(profiles: list[Profile], kind: str) -> Profile:
    """Return the one profile of a file that does not name its sender."""
    if len(profiles) != 1:
        raise click.UsageError(f"A {kind} file does not say who sent it: give --profile.")
    return profiles[0]


def _told(path: Path, done: Iterable[tuple[Reading, Shown]], as_json: bool) -> int:
    """Print what became of each message, one after the other; returns 1 if one was refused."""
    worst = 0
    for number, (reading, (handled, orders, waits)) in enumerate(done, 1):
        worst = max(worst, 0 if handled.verdict.outcome == "accepted" else 1)
        if as_json:
            line = {"file": str(path), "message": number}
            click.echo(json.dumps(line | message_json(reading, handled.verdict, handled.reply, orders)))
        else:
            click.echo(f"{path} message {number}")
            click.echo("\n".join(message_words(reading, handled.verdict, orders)))
            for one in waits:
                click.echo(f"  WAITS: {one}")
        for alert in handled.verdict.alerts:
            click.echo(f"ALERT: {alert}", err=True)
    return worst
