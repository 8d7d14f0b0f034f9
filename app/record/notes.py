"""The text of a checkpoint: a statement over the heads of the record, short enough to print, and its signatures."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from app.record.columns import moment, moment_text

TAG = b"vialtrace/checkpoint/1\x00"
"""Stands before what is signed, so that the signature means a checkpoint and nothing else."""

ENDING = ".note"
"""How the file of a checkpoint ends."""


class NoteError(ValueError):
    """The text is no checkpoint; the sentence says why."""


@dataclass(frozen=True)
class Signature:
    """One line under a checkpoint."""

    key: str  # id of the key, 32 hex digits
    value: bytes  # 64 bytes, Ed25519 over `signed_bytes`


@dataclass(frozen=True)
class Note:
    """A statement: up to this event the site's record had this digest."""

    site: str  # code of the site
    epoch: int  # how often the record had been restored from a backup
    site_seq: int  # number of the last event, counting from 1 within the site
    site_digest: bytes  # 32 bytes: that event's link in the site's chain
    running: Mapping[str, tuple[int, bytes]]  # each append-only table's last row: number and running digest
    at: datetime  # UTC, by the signer's clock
    signatures: tuple[Signature, ...]  # two on the first checkpoint of a new key

    @property
    def statement(self) -> str:
        """The lines above the blank one."""
        tables = [f"{name} {seq} {_text(digest)}" for name, (seq, digest) in sorted(self.running.items())]
        head = [f"vialtrace/{self.site}", str(self.epoch), str(self.site_seq), _text(self.site_digest)]
        return "\n".join([*head, *tables, moment_text(self.at), ""])

    @property
    def signed_bytes(self) -> bytes:
        """What each signature covers."""
        return TAG + self.statement.encode()

    @property
    def text(self) -> str:
        """The whole checkpoint, as it is filed."""
        return self.statement + "\n" + "".join(f"ed25519 {one.key} {_text(one.value)}\n" for one in self.signatures)

    @property
    def order(self) -> tuple[int, int, datetime, int, str]:
        """By what checkpoints of one site are put in order; one that introduces a key stands before its user."""
        return self.epoch, self.site_seq, self.at, -len(self.signatures), self.text

    @property
    def where(self) -> str:
        """How a fault names it."""
        return f"{self.site} {self.site_seq}"

    @property
    def file_name(self) -> str:
        """A name that sorts by number and changes with the content."""
        return (
            f"{self.site}.{self.epoch:04d}.{self.site_seq:012d}.{sha256(self.text.encode()).hexdigest()[:12]}{ENDING}"
        )

    def signed(self, signatures: Iterable[Signature]) -> Note:
        """Return the same statement with these signatures."""
        return replace(self, signatures=tuple(signatures))


def parse(text: str) -> Note:
    """Read a checkpoint; raise NoteError where the text is not exactly what `Note.text` would write."""
    try:
        statement, _, below = text.partition("\n\n")
        lines = statement.split("\n")
        note = Note(
            site=lines[0].removeprefix("vialtrace/"),
            epoch=int(lines[1]),
            site_seq=int(lines[2]),
            site_digest=_bytes(lines[3], 32),
            running=dict(_running(line) for line in lines[4:-1]),
            at=moment(lines[-1]),
            signatures=tuple(_signature(line) for line in below.splitlines()),
        )
    except (ValueError, IndexError) as error:
        raise NoteError(f"the text is not that of a checkpoint ({error})") from error
    if note.text != text or not note.site.isprintable() or note.epoch < 0 or note.site_seq < 1:
        raise NoteError("the text is not that of a checkpoint: it is not written as vialtrace writes it")
    return note


def file_prefix(site: str, epoch: int, site_seq: int) -> str:
    """Return how the file names of all checkpoints over this event begin."""
    return f"{site}.{epoch:04d}.{site_seq:012d}."


def read_folder(folder: Path, but: Collection[str] = ()) -> dict[str, str]:
    """Return the texts of a folder's checkpoints by file name, without those whose prefix is among `but`.

    What is no text is handed on too, to be called faulty.
    """
    if not folder.is_dir():
        return {}
    wanted = (path for path in sorted(folder.glob(f"*{ENDING}")) if path.name.rpartition(".")[0][:-12] not in but)
    return {path.name: path.read_bytes().decode("utf-8", "replace") for path in wanted}


def _running(line: str) -> tuple[str, tuple[int, bytes]]:
    name, seq, digest = line.split(" ")
    return name, (int(seq), _bytes(digest, 32))


def _signature(line: str) -> Signature:
    kind, key, value = line.split(" ")
    if kind != "ed25519":
        raise NoteError(f"no signature is called {kind!r}")
    return Signature(key, _bytes(value, 64))


def _bytes(text: str, size: int) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NoteError(f"{text!r} is not base64") from error
    if len(raw) != size:
        raise NoteError(f"{text!r} does not have {size} bytes")
    return raw


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
