"""`vialtrace record`: is the record what was written? Sign it, check it, list the keys."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click
from sqlalchemy.exc import DBAPIError

from app import clock, preparations
from app.cli.export import export_command
from app.cli.options import FOLDER, data_dir_option, evidence_of, json_option, settings_of, trusted_keys
from app.cli.purge import purge_command
from app.record import grants
from app.record.abreast import every_core
from app.record.bundle_check import verify_bundle
from app.record.engine import CannotOpen
from app.record.keys import Keyring, KeyTrouble, Revoked
from app.record.notes import NoteError
from app.record.place import Place, place_of, read_only
from app.record.signer import Signed, Signer, WillNotSign
from app.record.verify import BESIDE, Verdict, verify
from app.settings import Settings, WrongSettings

LOOKS_EVERY_S = 1.0
"""Seconds between two looks for an end that is signed at once."""

signer_option = click.option(
    "--signer",
    type=FOLDER,
    envvar="VIALTRACE_SIGNER",
    help="Private folder of the signing account (VIALTRACE_SIGNER). Default: signer, in the folder of the record.",
)


@click.group()
def record() -> None:
    """Check, sign and export the record of everything that was made."""


record.add_command(export_command)
record.add_command(purge_command)


@record.command("verify", epilog="Example: vialtrace record verify --keys from-quality-assurance --json")
@click.argument(
    "bundle_file", metavar="[BUNDLE]", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@data_dir_option
@click.option("--keys", type=FOLDER, envvar="VIALTRACE_KEYS", help="Public keys kept elsewhere (VIALTRACE_KEYS).")
@click.option("--checkpoints", type=FOLDER, multiple=True, help="A folder with copies of checkpoints; may be repeated.")
@json_option
def verify_command(
    bundle_file: Path | None, data_dir: Path | None, keys: Path | None, checkpoints: tuple[Path, ...], as_json: bool
) -> None:
    """Check the record, or a BUNDLE that was exported, and name the first row that was altered.

    Chains, columns, gaps, heads, checkpoints and photos are read. Opens the database read-only; the server may go on
    working. With --keys the signatures are checked against public keys that somebody else keeps: only then does it say
    until when the record is trusted. Exit 0: nothing is wrong. 1: something is. 2: there is nothing to check.
    """
    try:
        if bundle_file is None:
            settings = settings_of(data_dir)
            evidence = evidence_of(settings.data_dir, keys, checkpoints)
            place, photos = place_of(settings), settings.photos
            verdict = verify(place, photos, evidence, preparations.view_faults, every_core())
        else:
            verdict = verify_bundle(bundle_file, None if keys is None else trusted_keys(keys))
    except (WrongSettings, CannotOpen, KeyTrouble) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(json.dumps(verdict.as_json()) if as_json else in_words(verdict))
    sys.exit(0 if verdict.ok else 1)


def in_words(verdict: Verdict) -> str:
    """Return a verdict as a person reads it."""
    read = (
        f"{verdict.events} events of {verdict.preparations} preparations, {verdict.checkpoints} checkpoints, "
        f"{verdict.photos} photos read."
    )
    notices = "".join(f"\n{notice}" for notice in verdict.notices)
    if verdict.trusted_until:
        trust = f" Trusted until {verdict.trusted_until}, by a checkpoint signed with a key given."
    else:
        trust = " No signed checkpoint was checked against a key given: a rewritten history would not show."
    if verdict.ok:
        return f"{read} Nothing is wrong.{trust}{notices}"
    lines = [f"{fault.kind}: {fault.where}: {fault.says}" for fault in verdict.faults]
    return "\n".join([read, *_first_of_each(verdict), *lines]) + notices


def _first_of_each(verdict: Verdict) -> Iterator[str]:
    """Say where to look first: the row that was altered, and beside it what is wrong with the database itself."""
    rows = [fault for fault in verdict.faults if fault.kind not in BESIDE]
    if rows:
        yield f"FIRST ALTERED ROW: {rows[0].where}: {rows[0].says}"
    for kind, words in (("schema", "THE SCHEMA IS NOT AS IT WAS INSTALLED"), ("file", "THE FILE IS DAMAGED")):
        says = [fault.says for fault in verdict.faults if fault.kind == kind]
        if says:
            yield f"{words}: {says[0]}" + (f" (and {len(says) - 1} more)" if says[1:] else "")


@record.command("sign", epilog="Example: vialtrace record sign --every 60 --copies /mnt/witness")
@data_dir_option
@signer_option
@click.option(
    "--copies",
    type=FOLDER,
    multiple=True,
    envvar="VIALTRACE_CHECKPOINT_COPIES",
    help="Folder elsewhere, which the database's administrator cannot write (VIALTRACE_CHECKPOINT_COPIES).",
)
@click.option("--once", is_flag=True, help="Sign once and end.")
@click.option(
    "--every",
    type=click.IntRange(1, 3600),
    default=60,
    show_default=True,
    help="Seconds between checkpoints while there is anything new; a release, a rejection or a discard is signed at once.",
)
@click.option("--accept-restore", type=click.IntRange(0), default=0, help="Go on after this restore was looked at.")
@json_option
def sign_command(
    data_dir: Path | None,
    signer: Path | None,
    copies: tuple[Path, ...],
    once: bool,
    every: int,
    accept_restore: int,
    as_json: bool,
) -> None:
    """Read what is new, see that it continues what was signed before, and sign it. Run it under an account of its own.

    Opens the database read-only; the server may go on working. Exit 0: signed, or nothing new. 1: the record was not
    signed, or a copy was not written. 2: asked wrongly.
    """
    try:
        settings = settings_of(data_dir)
        place = place_of(settings)
        keyring = _keyring(settings, signer)
        made = Signer(place, settings.site, keyring, settings.data_dir / "checkpoints", copies, accept_restore)
        _warn(place, copies)
    except (WrongSettings, CannotOpen, KeyTrouble) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    if once:
        sys.exit(_turn(made, as_json))
    _sign_on(made, every, as_json)


def _sign_on(signer: Signer, every: int, as_json: bool) -> None:
    """Take turns until a signal comes, at once where an end presses; end as the last turn ended."""
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    code = _turn(signer, as_json)
    waited = 0.0
    while not stop.wait(LOOKS_EVERY_S):
        waited += LOOKS_EVERY_S
        if waited >= every or (code == 0 and _presses(signer)):
            code, waited = _turn(signer, as_json), 0.0
    sys.exit(code)


def _presses(signer: Signer) -> bool:
    """Return whether something has to be signed at once; a database that cannot be read is named at the next turn."""
    try:
        return signer.pressing()
    except (DBAPIError, CannotOpen):
        return False


def _turn(signer: Signer, as_json: bool) -> int:
    try:
        signed = signer.turn(clock.now())
    except (WillNotSign, CannotOpen, KeyTrouble, NoteError) as error:
        click.echo(f"NOT SIGNED: {error}", err=True)
        return 1
    if signed is None:
        return 0
    click.echo(json.dumps(_as_json(signed)) if as_json else signed.note.text)
    for trouble in signed.troubles:
        click.echo(trouble, err=True)
    return 1 if signed.troubles else 0


def _as_json(signed: Signed) -> dict[str, object]:
    note = signed.note
    return {
        "site": note.site, "epoch": note.epoch, "site_seq": note.site_seq, "file": note.file_name,
        "keys": [one.key for one in note.signatures], "note": note.text,
    }  # fmt: skip


def _warn(place: Place, copies: tuple[Path, ...]) -> None:
    """Say what weakens the checkpoints; they are made all the same."""
    if not copies:
        click.echo("No copies elsewhere (--copies): whoever can write this disk can take checkpoints away.", err=True)
    if isinstance(place, Path):
        same = place.exists() and place.stat().st_uid == os.geteuid()
    else:
        with read_only(place) as conn:
            same = grants.may_write(conn)
    if same:
        click.echo(
            "This account may also write the database: whoever has it can rewrite and sign. Use an account of its own.",
            err=True,
        )


def _keyring(settings: Settings, folder: Path | None) -> Keyring:
    keyring = Keyring(folder or settings.data_dir / "signer")
    if not settings.data_dir.is_dir():
        raise KeyTrouble(f"{settings.data_dir} does not exist: there is no record to sign.")
    made = keyring.prepare()
    if made is not None:
        fingerprint = keyring.public.keys[made].fingerprint
        click.echo(f"A key was made. Its fingerprint, for quality assurance to keep: {fingerprint}", err=True)
    return keyring


@record.command("keys", epilog="Example: vialtrace record keys --rotate")
@data_dir_option
@signer_option
@click.option("--rotate", is_flag=True, help="Make a new key; the next checkpoint is signed by the old and the new.")
@click.option("--revoke", metavar="KEY", help="Write down that a key was lost or is suspected; rotate afterwards.")
@click.option("--from", "site_seq", type=click.IntRange(1), help="First event the revoked key no longer counts for.")
@click.option("--why", help="Reason of the revocation.")
@json_option
def keys_command(
    data_dir: Path | None,
    signer: Path | None,
    rotate: bool,
    revoke: str | None,
    site_seq: int | None,
    why: str | None,
    as_json: bool,
) -> None:
    """List the keys with their fingerprints; rotate; revoke. Run it as the account that signs."""
    try:
        settings = settings_of(data_dir)
        keyring = _keyring(settings, signer)
        if revoke is not None:
            if site_seq is None or not (why or "").strip():
                raise KeyTrouble("--revoke needs --from (the first event it no longer counts for) and --why.")
            keyring.revoke(Revoked(revoke, settings.site, site_seq, str(why)))
        if rotate:
            keyring.rotate()
        public = keyring.public
    except (WrongSettings, KeyTrouble) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    lost = {one.key: one for one in public.revoked}
    for key in public.keys.values():
        state = "in use" if key.id == keyring.current else "old"
        if key.id in lost:
            state = f"revoked from event {lost[key.id].site_seq} of {lost[key.id].site}: {lost[key.id].why}"
        said = {"key": key.id, "fingerprint": key.fingerprint, "state": state}
        click.echo(json.dumps(said) if as_json else f"{key.fingerprint}  {state}")
