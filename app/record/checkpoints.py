"""Checkpoints against the record: their rows in the table, and what each says compared with what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from app.record import notes
from app.record.columns import moment_text
from app.record.notes import Note
from app.record.schema import whole_metadata
from app.record.tables import checkpoint
from app.record.trust import Evidence, Judged, judge, read_notes

RESTORED = "restored"
"""Kind of the event on a site's stream that says the record came back from a backup."""

Said = tuple[str, str]
"""Where, and what is wrong there."""


@dataclass(frozen=True)
class Restore:
    """A return to a backup, as its event tells it."""

    epoch: int  # counts from 1
    site_seq: int  # number of the event itself: what an earlier epoch says of this number on was lost
    missing_to: int  # last number that was known to be lost; 0 when nothing was
    running: Mapping[str, int]  # last row of each append-only table in the backup


def restore_of(row: Any) -> Restore | None:
    """Return what an event says of a restore, None for any other event."""
    if row.kind != RESTORED or row.preparation != f"site/{row.site}":
        return None
    try:
        data = orjson.loads(row.body)["data"]
        return Restore(data["epoch"], row.site_seq, data["missing_to"] or 0, dict(data["running"]))
    except (ValueError, KeyError, TypeError):
        return None


def take_in(conn: Connection, folder: Path) -> int:
    """Enter the checkpoints of a folder that the table does not have; return how many. What is none is passed over.

    The signer only reads the database, so whoever writes it calls this. The table is a convenience, not evidence.
    """
    key = (checkpoint.c.site, checkpoint.c.epoch, checkpoint.c.site_seq)
    there = {tuple(row) for row in conn.execute(select(*key))}
    names = {notes.file_prefix(*row) for row in there}
    count = 0
    for note in read_notes(notes.read_folder(folder, but=names))[0]:
        if (note.site, note.epoch, note.site_seq) not in there:
            there.add((note.site, note.epoch, note.site_seq))
            count += 1
            row = {"site": note.site, "epoch": note.epoch, "site_seq": note.site_seq}
            row |= {"site_digest": note.site_digest, "at": moment_text(note.at), "note": note.text}
            conn.execute(insert(checkpoint), row)
    return count


class Comparison:
    """Gathers what the record says at each checkpoint while its events pass by, then judges them all."""

    def __init__(self, conn: Connection, evidence: Evidence) -> None:
        """Read the table's checkpoints beside those of `evidence`."""
        self._conn = conn
        self._evidence = evidence
        self._rows = conn.execute(select(checkpoint).order_by(checkpoint.c.seq)).all()
        table = {_name(row): row.note for row in self._rows}
        ordered, self._unread = read_notes({**table, **evidence.texts})
        self._judged = judge(ordered, evidence)
        self.wanted = {(note.site, note.site_seq) for note in ordered}
        self._digests: dict[tuple[str, int], bytes] = {}
        self._restores: dict[str, list[Restore]] = {}
        self._broken: dict[str, int] = {}
        self.sites: set[str] = set()
        self._tables: dict[tuple[str, int], bytes | None] = {}
        self._until: dict[str, str] = {}
        self.notices: list[str] = []

    @property
    def count(self) -> int:
        """How many checkpoints there are, in the table and elsewhere, each counted once."""
        return len(self._judged) + len(self._unread)

    @property
    def trusted_until(self) -> str | None:
        """Time of the newest checkpoint up to which everything is proven; the earliest, where there are several sites."""
        times = [self._until.get(site) for site in self.sites]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    def event(self, row: Any) -> None:
        """Take note of an event of the log; call for each, in order."""
        self.sites.add(row.site)
        key = (row.site, row.site_seq)
        if key in self.wanted:
            self._digests[key] = row.site_digest
        restored = restore_of(row)
        if restored is not None:
            self._restores.setdefault(row.site, []).append(restored)

    def broken(self, site: str, site_seq: int) -> None:
        """Take note that something is wrong with this event: no checkpoint from here on is trusted."""
        self._broken[site] = min(site_seq, self._broken.get(site, site_seq))

    def faults(self) -> Iterator[Said]:
        """Compare every checkpoint, after the last event, and say what does not fit."""
        yield from self._unread
        for row in self._rows:
            yield from _row(row)
        for one in self._judged:
            yield from self._one(one)

    def _one(self, one: Judged) -> Iterator[Said]:
        note = one.note
        wrong = [*one.faults, *self._compared(note), *self._tables_differ(note)]
        if wrong:
            self.broken(note.site, note.site_seq)
        elif one.void:
            self.notices.append(f"The checkpoint of {note.where} counts for nothing: {one.void}.")
        elif one.trusted and self._lost(note) is None and note.site_seq < self._broken.get(note.site, 2**63):
            self._until[note.site] = moment_text(note.at)
        for says in wrong:
            yield note.where, says

    def _lost(self, note: Note) -> Restore | None:
        """Return the restore that lost what this checkpoint covers, None when it should be there."""
        later = [one for one in self._restores.get(note.site, ()) if one.epoch > note.epoch]
        return next((one for one in later if note.site_seq >= one.site_seq), None)

    def _compared(self, note: Note) -> Iterator[str]:
        last = max((one.epoch for one in self._restores.get(note.site, ())), default=0)
        lost = self._lost(note)
        if note.epoch > last:
            yield f"the checkpoint knows of restore {note.epoch}, the record of {last}: the database was put back"
        elif lost is None:
            digest = self._digests.get((note.site, note.site_seq))
            if digest is None:
                yield "a checkpoint covers this event, but it is missing: the end was cut off or the database put back"
            elif digest != note.site_digest:
                yield "the record up to here is not the one the checkpoint was made over"
        elif note.site_seq > lost.missing_to:
            yield f"a checkpoint covers this event, but restore {lost.epoch} lost it without saying so"
        elif self._evidence.trusted is not None and not self._countersigned(note.site, lost):
            yield f"restore {lost.epoch} lost this event, and no checkpoint that counts was made over the restore since"
        else:
            self.notices.append(
                f"Restore {lost.epoch} lost the events {lost.site_seq} to {lost.missing_to} of {note.site}."
            )

    def _countersigned(self, site: str, restore: Restore) -> bool:
        return any(
            one.trusted
            and one.note.site == site
            and one.note.epoch >= restore.epoch
            and one.note.site_seq >= restore.site_seq
            and self._digests.get((site, one.note.site_seq)) == one.note.site_digest
            for one in self._judged
        )

    def _tables_differ(self, note: Note) -> Iterator[str]:
        """Compare the running digests, but for rows that a restore lost."""
        later = next((one for one in self._restores.get(note.site, ()) if one.epoch > note.epoch), None)
        for name, (seq, digest) in note.running.items():
            if later is not None and seq > later.running.get(name, 0):
                continue
            stored = self._stored(name, seq)
            if stored is None:
                yield f"the checkpoint covers row {seq} of {name}, but it is missing"
            elif stored != digest:
                yield f"the table {name} up to row {seq} is not the one the checkpoint was made over"

    def _stored(self, name: str, seq: int) -> bytes | None:
        if (name, seq) not in self._tables:
            table = whole_metadata().tables.get(name)
            running = table is not None and table.info.get("running")
            self._tables[name, seq] = (
                self._conn.execute(select(table.c.digest).where(table.c.seq == seq)).scalar_one_or_none()
                if table is not None and running
                else None
            )
        return self._tables[name, seq]


def _name(row: Any) -> str:
    return f"{row.site} {row.site_seq}" + (f" after restore {row.epoch}" if row.epoch else "")


def _row(row: Any) -> Iterator[Said]:
    """Compare a row of the table with its own text."""
    try:
        note = notes.parse(row.note)
    except notes.NoteError:
        return  # said already, of the text
    said = (note.site, note.epoch, note.site_seq, note.site_digest, moment_text(note.at))
    if said != (row.site, row.epoch, row.site_seq, row.site_digest, row.at):
        yield f"{row.site} {row.site_seq}", "the checkpoint's text does not say what its row says"


def newest(conn: Connection, folder: Path, site: str) -> Note | None:
    """Return a site's newest checkpoint, from the table or the folder beside the record; None before the first."""
    mine = select(checkpoint.c.note).where(checkpoint.c.site == site)
    row = conn.execute(mine.order_by(checkpoint.c.epoch.desc(), checkpoint.c.site_seq.desc()).limit(1)).scalar()
    files = max(folder.glob(f"{site}.*{notes.ENDING}"), default=None, key=lambda path: path.name)
    texts = {} if row is None else {"table": row}
    if files is not None:
        texts[files.name] = files.read_text(encoding="utf-8", errors="replace")
    ordered, _ = read_notes(texts)
    return ordered[-1] if ordered else None
