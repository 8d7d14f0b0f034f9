"""The signer: reads the record for itself, follows it from its last checkpoint, and signs nothing that does not continue it."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from app.record import canonical, notes, running, upgrade
from app.record.chain import ChainCheck
from app.record.checkpoints import Restore, restore_of
from app.record.keys import PUBLIC_ENDING, REVOKED, Keyring, write_file
from app.record.notes import Note, Signature
from app.record.place import Place, read_only
from app.record.schema import whole_metadata
from app.record.tables import event, running_head

ENDS = ("released", "reworked", "remade", "aborted", "closed")
"""Kinds of event that are signed at once: a release, a rejection, a discard (RECORD 3.5)."""
LAST = "last.note"
"""File in the signer's own folder: what the next checkpoint has to continue."""


class WillNotSign(Exception):  # noqa: N818  # named as the answer the caller hears
    """The record does not continue what was signed before, or cannot be read; the sentence says where."""


@dataclass(frozen=True)
class Signed:
    """A checkpoint that was made and filed."""

    note: Note  # what was signed
    troubles: tuple[str, ...]  # a sentence for each folder that did not take a copy


class Signer:
    """Keeps the heads of both chains in memory, so that each turn reads what is new."""

    def __init__(
        self, place: Place, site: str, keyring: Keyring, folder: Path, copies: Sequence[Path] = (), accept: int = 0
    ) -> None:
        """File checkpoints in `folder`, for the server to take in, and in each folder of `copies`.

        `accept` is the number of a restore that the person who runs the signer has looked at.
        """
        self._place = place
        self._site = site
        self._keyring = keyring
        self._own = keyring.folder / "notes"
        self._folders = (folder, *copies)
        self._accept = accept
        self._forget()

    def _forget(self) -> None:
        self._chain: ChainCheck | None = None
        self._seq = 0
        self._restores: list[Restore] = []

    @property
    def last(self) -> Note | None:
        """The last checkpoint that this signer made."""
        path = self._keyring.folder / LAST
        return notes.parse(path.read_text("utf-8")) if path.exists() else None

    def pressing(self) -> bool:
        """Return whether a preparation was released, rejected or discarded since the last turn. Raises what a database raises."""
        query = select(event.c.seq).where(event.c.seq > self._seq, event.c.kind.in_(ENDS), event.c.site == self._site)
        with read_only(self._place) as conn, conn.begin():
            return conn.execute(query.limit(1)).first() is not None

    def turn(self, at: datetime) -> Signed | None:
        """Look at the record and sign it, None when nothing is new since the last checkpoint; or raise WillNotSign."""
        try:
            with read_only(self._place) as conn, conn.begin():
                statement = self._statement(conn, at)
        except DBAPIError as error:
            self._forget()
            raise WillNotSign(f"the database cannot be read: {error.orig}") from error
        except WillNotSign:
            self._forget()
            raise
        if statement is None:
            return None
        signers = self._keyring.signers
        note = statement.signed(Signature(key, self._keyring.sign(key, statement.signed_bytes)) for key in signers)
        troubles = tuple(self._file(note))
        write_file(self._keyring.folder / LAST, note.text, 0o600)
        self._keyring.rotated()
        return Signed(note, troubles)

    def _statement(self, conn: Connection, at: datetime) -> Note | None:
        behind = upgrade.difference(conn)
        if behind:
            raise WillNotSign(f"the database does not fit this release: {behind}")
        last = self.last
        if last is not None and last.site != self._site:
            raise WillNotSign(f"the last checkpoint in {self._keyring.folder} is of site {last.site}, not {self._site}")
        end = self._follow(conn, last)
        if end is None:
            return None
        heads = self._tables(conn, last)
        epoch = max((one.epoch for one in self._restores), default=0)
        fresh = Note(self._site, epoch, end[0], end[1], heads, at, ())
        same = last is not None and (last.epoch, last.site_seq, last.running) == (epoch, end[0], heads)
        return None if same and len(self._keyring.signers) == 1 else fresh

    def _follow(self, conn: Connection, last: Note | None) -> tuple[int, bytes] | None:
        """Read the new events, judge each, and see that the last checkpoint lies on this history."""
        chain = self._chain or ChainCheck(conn)
        chain.conn = conn
        query = select(event).where(event.c.seq > self._seq).order_by(event.c.seq)
        for row in conn.execute(query.execution_options(yield_per=2000)):
            for _, says in chain.next(row):
                raise WillNotSign(f"event {chain.place(row)}: {says}")
            self._seq = row.seq
            restored = restore_of(row) if row.site == self._site else None
            if restored is not None:
                self._restores.append(restored)
        self._chain = chain
        ends = chain.ends(self._site)
        if last is not None:
            self._continues(conn, last, 0 if ends is None else ends[0])
        return None if ends is None else (ends[0], ends[1])

    def _continues(self, conn: Connection, last: Note, end: int) -> None:
        """Refuse a history in which the last checkpoint is not found, but for a restore that a person has accepted."""
        since = [one for one in self._restores if one.epoch > last.epoch]
        if since and since[-1].epoch != self._accept:
            raise WillNotSign(
                f"the record was restored from a backup (restore {since[-1].epoch}, event {since[-1].site_seq} of "
                f"{self._site}). Look at that event; if it is right, sign with --accept-restore {since[-1].epoch}."
            )
        if since and last.site_seq >= since[0].site_seq:
            if last.site_seq > since[0].missing_to:
                raise WillNotSign(
                    f"restore {since[0].epoch} lost the events up to {last.site_seq}, and names {since[0].missing_to}"
                )
            return
        stored = conn.execute(
            select(event.c.site_digest).where(event.c.site == self._site, event.c.site_seq == last.site_seq)
        ).scalar_one_or_none()
        if stored is None:
            raise WillNotSign(
                f"the record of {self._site} ends at event {end}, but event {last.site_seq} was signed: "
                "the end was cut off or the database put back"
            )
        if stored != last.site_digest:
            raise WillNotSign(f"the record up to event {last.site_seq} of {self._site} is not the one that was signed")

    def _tables(self, conn: Connection, last: Note | None) -> dict[str, tuple[int, bytes]]:
        """Follow the running digests from the last checkpoint, and return their ends."""
        restored = last is not None and any(one.epoch > last.epoch for one in self._restores)
        signed: Mapping[str, tuple[int, bytes]] = {} if last is None or restored else last.running
        heads = {row.name: (row.seq, row.digest) for row in conn.execute(select(running_head))}
        for name in sorted(signed.keys() | heads.keys()):
            for where, says in _table_faults(conn, name, signed.get(name), heads.get(name)):
                raise WillNotSign(f"{where}: {says}")
        return heads

    def _file(self, note: Note) -> Iterator[str]:
        """Write the checkpoint, what an earlier turn could not write, and the public keys, into every folder."""
        self._own.mkdir(exist_ok=True)
        _put(self._own / note.file_name, note.text)
        for folder in self._folders:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                _fill_up(self._own, folder)
                _publish(self._keyring.public_folder, folder / "keys")
            except OSError as error:
                yield f"no copy in {folder}: {error.strerror or error}. The next turn tries again."


def _table_faults(
    conn: Connection, name: str, signed: tuple[int, bytes] | None, head: tuple[int, bytes] | None
) -> Iterator[tuple[str, str]]:
    table = whole_metadata().tables.get(name)
    if table is None or not table.info.get("running"):
        yield name, "there is a head for a table that has no running digest"
        return
    after = signed or (0, canonical.NOTHING_BEFORE)
    if signed is not None:
        stored = conn.execute(select(table.c.digest).where(table.c.seq == signed[0])).scalar_one_or_none()
        if stored != signed[1]:
            yield f"{name} {signed[0]}", "the table up to this row is not the one that was signed"
            return
    query = select(table).where(table.c.seq > after[0]).order_by(table.c.seq).execution_options(yield_per=2000)
    rows: Iterator[dict[str, Any]] = (dict(row) for row in conn.execute(query).mappings())
    yield from running.check_rows(rows, head, name, after)


def _put(path: Path, text: str) -> None:
    if not path.exists():
        write_file(path, text, 0o444)
    elif path.read_text("utf-8", "replace") != text:
        raise FileExistsError(errno.EEXIST, f"{path.name} is there with another content")


def _fill_up(source: Path, folder: Path) -> None:
    there = {path.name for path in folder.glob(f"*{notes.ENDING}")}
    for path in sorted(source.glob(f"*{notes.ENDING}")):
        if path.name not in there:
            _put(folder / path.name, path.read_text("utf-8"))


def _publish(source: Path, folder: Path) -> None:
    """Copy the public keys and the list of revoked ones."""
    folder.mkdir(exist_ok=True)
    for path in sorted(source.glob(f"*{PUBLIC_ENDING}")):
        if not (folder / path.name).exists():
            shutil.copy(path, folder / path.name)
    lost = source / REVOKED
    if lost.exists():
        write_file(folder / REVOKED, lost.read_text("utf-8"), 0o644)
