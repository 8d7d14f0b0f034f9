"""What everybody who tells other systems does with the outbox: one thread, one row at a time, the same bytes again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import clock, logs
from app.record import blobs, outbox
from app.record.blobs import Blobs
from app.record.engine import Store
from app.record.outbox import Entry
from app.record.troubles import Busy, Closed, NotSaved, PerhapsSaved

log = logs.of("outbox")
LOOKS_EVERY_S = 1.0
AWAY = (Busy, NotSaved, PerhapsSaved, Closed)


@dataclass(frozen=True)
class Patience:
    """How long a row is waited for."""

    hold: timedelta
    """How long a row may be in work before another process takes it over; longer than an answer may take."""
    back_off_s: tuple[int, ...]
    """Seconds until the next try; the last for ever after."""


class Rows:
    """The rows of some kinds, one at a time, for one worker."""

    def __init__(
        self,
        store: Store,
        kept: Blobs,
        kinds: Sequence[str],
        name: str,
        patience: Patience,
        now: Callable[[], datetime],
    ) -> None:
        """Take rows of `kinds`, the bytes of each kept in `kept`; `name` is of the worker, in the rows and in the log."""
        self._store, self._blobs, self._now = store, kept, now
        self._kinds, self._patience = tuple(kinds), patience
        self._worker = f"{name}-{clock.new_id(6)}"

    def are_due(self, conn: Connection, at: datetime) -> bool:
        """Say whether there is one to be taken."""
        return outbox.is_due(conn, kinds=self._kinds, at=at)

    def take(self, at: datetime) -> Entry | None:
        """Take the oldest that is due; None where another was quicker."""
        kinds, worker, hold = self._kinds, self._worker, self._patience.hold
        return self._store.write(lambda conn: outbox.take(conn, kinds=kinds, worker=worker, at=at, hold=hold))

    def bytes_of(
        self, entry: Entry, make: Callable[[Connection], bytes], media_type: str, *, identifying: bool
    ) -> bytes:
        """Return what was made for this row before, or make it now and keep it: what is sent again is the same bytes."""
        kept = self._blobs.get(entry.payload["sha256"]) if "sha256" in entry.payload else None
        if isinstance(kept, bytes):
            return kept
        with self._store.reading() as conn:
            made = make(conn)
        blob, at = self._blobs.put(made, media_type), self._now()

        def work(conn: Connection) -> None:
            blobs.enter(conn, blob, at=at, identifying=identifying)
            outbox.remember(conn, entry.id, {"sha256": blob.sha256}, worker=self._worker)

        self._store.write(work)
        return made

    def done(self, entry: Entry) -> None:
        """Say that it was told."""
        self._store.write(lambda conn: outbox.done(conn, entry.id, worker=self._worker))

    def failed(self, entry: Entry, says: str, *, again: bool) -> None:
        """Say why it was not told: it is tried `again` after a while, or waits for a person."""
        waits = self._patience.back_off_s
        after = timedelta(seconds=waits[min(entry.attempts, len(waits)) - 1])
        at = self._now() + after if again else None
        self._store.write(lambda conn: outbox.failed(conn, entry.id, worker=self._worker, says=says, retry_at=at))


class Steps:
    """A thread that does one step after the other, and looks again after a while where there was none."""

    def __init__(self, step: Callable[[], bool], name: str) -> None:
        """Do `step`, which says whether it did anything; what goes wrong in it is logged, and ends nothing."""
        self._step, self._name = step, name
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns at once. A second call does nothing."""
        if self._thread is None:
            self._ends.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End after the step in hand. A second call does nothing."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                worked = self._step()
            except AWAY:
                log.warning("outbox not worked", exc_info=True)
                worked = False
            except Exception:
                log.exception("message not sent")
                worked = False
            if not worked:
                self._ends.wait(LOOKS_EVERY_S)
