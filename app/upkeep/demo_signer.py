"""A demo's checkpoints: signed inside the server with a throw-away key beside the record, to be seen, not to be relied on.

A pharmacy runs `vialtrace record sign` under an account of its own instead: whoever can write this record has this key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from app import logs
from app.record import checkpoints
from app.record.engine import Store
from app.record.keys import Keyring, KeyTrouble
from app.record.notes import NoteError
from app.record.place import place_of
from app.record.signer import Signer, WillNotSign
from app.record.troubles import CannotOpen
from app.settings import Settings
from app.upkeep import changes

EVERY = timedelta(seconds=60)
"""From one checkpoint to the next while there is anything new; an end is signed at once (RECORD 3.5)."""

log = logs.of("upkeep")


class DemoSigner:
    """`look` is called again and again, by one thread."""

    def __init__(self, store: Store, settings: Settings, now: Callable[[], datetime]) -> None:
        """Sign this demo's record; nothing is read or written before the first look."""
        self._store, self._settings, self._now = store, settings, now
        self._folder = settings.data_dir / "checkpoints"
        self._keyring = Keyring(settings.data_dir / "demo-signer")
        self._signer = Signer(place_of(settings), settings.site, self._keyring, self._folder)
        self._last: datetime | None = None

    def look(self) -> bool:
        """Sign what is due and enter the checkpoint; return whether one was made."""
        at = self._now()
        due = self._last is None or not timedelta() <= at - self._last < EVERY
        try:
            if not (due or self._signer.pressing()):
                return False
            self._last = at
            self._keyring.prepare()
            made = self._signer.turn(at)
        except (WillNotSign, CannotOpen, KeyTrouble, NoteError, DBAPIError) as error:
            log.warning("not signed", says=str(error))
            return False
        if made is None:
            return False
        self._store.write(lambda conn: checkpoints.take_in(conn, self._folder))
        self._store.write(lambda conn: changes.note_signer(conn, self._settings, at))
        return True
