"""What lets a paper be checked years later: the newest signed checkpoint as text and as a QR code, and what it covers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from app.record import checkpoints
from app.record.notes import Note
from app.record.tables import event
from app.record.views import PreparationRow

COMMAND = "vialtrace record verify --keys KEYS --checkpoints FOLDER"
"""The one line that verifies: KEYS holds the public keys that quality assurance keeps, FOLDER the code's text."""


@dataclass(frozen=True)
class Proof:
    """The newest checkpoint of a site beside one preparation's record."""

    note: Note | None
    """The checkpoint; None where none was signed yet."""
    fits: bool
    """Whether the record has this digest at that event; False calls for `record verify` at once."""
    uncovered: int
    """How many events of the preparation were written after it."""


def proof_of(conn: Connection, folder: Path, row: PreparationRow) -> Proof:
    """Read the newest checkpoint of the preparation's site, in the table or among the files of `folder`."""
    note = checkpoints.newest(conn, folder, row.site)
    after = 0 if note is None else note.site_seq
    mine = event.c.preparation == row.id
    later = len(conn.execute(select(event.c.seq).where(mine, event.c.site_seq > after)).all())
    if note is None:
        return Proof(None, True, later)
    there = event.c.site_digest, event.c.site == row.site, event.c.site_seq == note.site_seq
    found = conn.execute(select(there[0]).where(*there[1:])).scalar_one_or_none()
    return Proof(note, found == note.site_digest, later)
