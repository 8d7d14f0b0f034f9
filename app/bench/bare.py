"""What the record is measured against: the same work with nothing round it, by the driver alone, on the same disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from app.record import sqlite, upgrade
from app.record.canonical import EVENT_TAG, NOTHING_BEFORE, SITE_TAG

BODY = "x" * 700
"""About as long as a weighing."""
HEADS = (
    "SELECT (SELECT digest FROM event WHERE preparation = ? ORDER BY version DESC LIMIT 1), site_seq, site_digest "
    "FROM site_head WHERE site = 'BARE'"
)
EVENT = "INSERT INTO event VALUES (NULL, ?, ?, 'accepted', 1, ?, 'bench', NULL, '', 'HOOD-1', ?, 0, ?, 'BARE', ?, ?)"
HEAD = "UPDATE site_head SET site_seq = ?, site_digest = ? WHERE site = 'BARE' AND site_seq = ?"


class Bare:
    """Two databases with our settings: one with a single table, one with our tables, keys and triggers."""

    def __init__(self, table: Any, record: Any) -> None:
        """Take both connections."""
        self._table, self._record = table, record
        self._streams = count()

    def insert(self, rows: int) -> None:
        """Write rows of an event's size, in one commit."""
        self._table.execute("BEGIN IMMEDIATE")
        self._table.executemany("INSERT INTO bare (body) VALUES (?)", [(BODY,)] * rows)
        self._table.execute("COMMIT")

    def append(self, events: int) -> None:
        """Write events as the record's schema wants them, in one commit: heads read, both digests, head moved."""
        ask = self._record.execute
        ask("BEGIN IMMEDIATE")
        for _ in range(events):
            number = next(self._streams)
            stream = f"BARE{number // 40:05}"
            last, before, site = ask(HEADS, (stream,)).fetchone()
            link = hashlib.sha256(EVENT_TAG + (last or NOTHING_BEFORE) + BODY.encode()).digest()
            site = hashlib.sha256(SITE_TAG + site + link).digest()
            ask(EVENT, (stream, number % 40 + 1, BODY, f"C{number:025}", link, before + 1, site))
            ask(HEAD, (before + 1, site, before))
        ask("COMMIT")


@contextmanager
def open_bare(folder: Path) -> Iterator[Bare]:
    """Make both in a folder, and close them again."""
    (folder / "bare.db").touch()
    upgrade.upgrade(folder / "bare-record.db")
    table, record = (sqlite.raw_connection(folder / name, mode="rwc") for name in ("bare.db", "bare-record.db"))
    try:
        for one in (table, record):
            sqlite.set_pragmas(one)
        table.execute("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
        record.execute("INSERT INTO site_head VALUES ('BARE', 1, zeroblob(32), '')")
        yield Bare(table, record)
    finally:
        table.close()
        record.close()


def digests(path: Path) -> int:
    """Read every event and compute both chains, and compare nothing else; return how many there are."""
    link = site = NOTHING_BEFORE
    number = 0
    raw = sqlite.raw_connection(path, mode="ro")
    try:
        for (body,) in raw.execute("SELECT body FROM event ORDER BY seq"):
            number += 1
            link = hashlib.sha256(EVENT_TAG + link + body.encode()).digest()
            site = hashlib.sha256(SITE_TAG + site + link).digest()
    finally:
        raw.close()
    return number
