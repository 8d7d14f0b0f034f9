"""What comes in by any door: a message, its order, its preparation and its answer in one transaction (I50)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from app import clock
from app.dispatch import Dispatcher
from app.interfaces.judge import Handled, handle, whole_or_not
from app.interfaces.opening import blocked, make_anew
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from app.interfaces.senders import Senders, senders_of
from app.interfaces.stored_book import Book
from app.interfaces.telling import Teller
from app.interfaces.trial_book import TrialBook
from app.record import blobs
from workflows.order import Order, PatientText

MEDIA = {
    "hl7v2": "x-application/hl7-v2+er7",
    "fhir": "application/fhir+json",
    "csv": "text/csv",
    "typed": "text/plain",
}
"""Media type of the bytes of each door."""
Filed = tuple[blobs.Blob, Callable[[Connection], object]]
"""What names the bytes of a message, and what enters them."""
AsKept = tuple[Handled, tuple[tuple[Order, PatientText], ...]]
"""What became of a message, and its orders as they then stand."""


class Intake:
    """Takes messages in."""

    def __init__(self, dispatcher: Dispatcher, photos: blobs.Blobs, senders: Senders | Iterable[Profile] = ()) -> None:
        """Store by the dispatcher's own transactions, bytes of messages in `photos`; tell `senders` what becomes of them."""
        self.dispatcher = dispatcher
        self.teller = Teller(senders, dispatcher.settings.site)
        dispatcher.tell = self.teller.follow
        self._blobs = photos
        dispatcher.order_blocked = blocked
        dispatcher.after_end = make_anew

    def admitting(self, wanted: Iterable[str]) -> Callable[[], tuple[Profile, ...]]:
        """Return what says which sender profiles count now: one signed a moment ago reads the next message.

        Raises ProfileError for one that is neither a document nor stored.
        """
        store = self.dispatcher.store
        with store.reading() as conn:
            senders = senders_of(wanted, conn)

        def counting() -> tuple[Profile, ...]:
            with store.reading() as conn:
                return senders.at(conn, clock.now())

        return counting

    def receive(self, reading: Reading, *, at: datetime, own_id: str, as_kept: bool = True) -> AsKept:
        """Judge, answer and store one message; returns when it is on disk, `as_kept` with the orders as they then stand."""
        return self._receive(reading, self._filed(reading, at), at, own_id, as_kept)

    def receive_each(self, readings: Sequence[Reading], *, at: datetime) -> list[Handled]:
        """Judge, answer and store what one document says, each in a transaction of its own; its bytes are filed once."""
        filed = self._filed_once(readings, at)
        return [self._receive(one, filed[id(one.raw)], at, clock.new_id(), False)[0] for one in readings]

    def each_within(
        self, readings: Sequence[Reading], *, at: datetime, command_id: str
    ) -> Callable[[Connection], list[Handled]]:
        """Return what does the same inside one transaction of the caller's, under its command; large bytes are filed now."""
        filed = self._filed_once(readings, at)

        def work(conn: Connection) -> list[Handled]:
            within = [(one, filed[id(one.raw)], at, clock.new_id(), False, command_id) for one in readings]
            return [self._judge(conn, *one)[0] for one in within]

        return work

    def _filed_once(self, readings: Sequence[Reading], at: datetime) -> dict[int, Filed]:
        filed: dict[int, Filed] = {}
        for one in readings:
            if id(one.raw) not in filed:
                filed[id(one.raw)] = self._filed(one, at)
        return filed

    def _receive(self, reading: Reading, filed: Filed, at: datetime, own_id: str, as_kept: bool) -> AsKept:
        return self.dispatcher.store.write(lambda conn: self._judge(conn, reading, filed, at, own_id, as_kept))

    def _judge(
        self,
        conn: Connection,
        reading: Reading,
        filed: Filed,
        at: datetime,
        own_id: str,
        as_kept: bool,
        command_id: str = "",
    ) -> AsKept:
        kept, enter = filed
        book = self._book(conn, at, kept.sha256, command_id)
        enter(conn)
        handled = handle(reading, book, at, own_id)
        if handled.verdict.again is None:
            book.note_message(reading, handled, kept.sha256)
            self.teller.answer(conn, reading, handled.verdict, at=at, command_id=book.command_id)
        return handled, _as_kept(book, handled) if as_kept else ()

    def receive_file(self, readings: list[Reading], *, at: datetime) -> list[AsKept]:
        """Judge and store the rows of one file, whole or not at all; of a refused file one message tells why (I62)."""
        keep, refuse = self.file_within(readings, at=at)
        try:
            return self.dispatcher.store.write(keep)
        except NotWholeError as refused:
            whole = refused.handled
        self.dispatcher.store.write(lambda conn: refuse(conn, whole))
        return [(one, ()) for one in whole]

    def file_within(
        self, readings: list[Reading], *, at: datetime, command_id: str = ""
    ) -> tuple[Callable[[Connection], list[AsKept]], Callable[[Connection, list[Handled]], None]]:
        """Return what stores a file inside a transaction of the caller's, and what keeps why it was refused in the next.

        The first raises NotWholeError, with the judged rows, where one is refused: its transaction is to be taken back.
        """
        kept, enter = self._filed(readings[0], at)

        def keep(conn: Connection) -> list[AsKept]:
            book = self._book(conn, at, kept.sha256, command_id)
            enter(conn)
            handled = [handle(one, book, at, "") for one in readings]
            whole = whole_or_not(handled)
            if whole != handled:
                raise NotWholeError(whole)
            for one, done in zip(readings, handled, strict=True):
                book.note_message(one, done, kept.sha256)
            return [(done, _as_kept(book, done)) for done in handled]

        def refuse(conn: Connection, whole: list[Handled]) -> None:
            enter(conn)
            worst = next(n for n, one in enumerate(whole) if one.verdict.errors[0].reason != "FILE_REFUSED")
            self._book(conn, at, "", command_id).note_message(readings[worst], whole[worst], kept.sha256)

        return keep, refuse

    def preview_file(self, readings: list[Reading], *, at: datetime) -> list[Handled]:
        """Judge the rows of one file against what is stored; nothing is written, and nobody who writes waits for it."""
        with self.dispatcher.store.reading() as conn:
            book = TrialBook(under=self._book(conn, at))
            return whole_or_not([handle(one, book, at, "") for one in readings])

    def _book(self, conn: Connection, at: datetime, brought_by: str = "", command_id: str = "") -> Book:
        return Book(conn, self.dispatcher, at, command_id or clock.new_command_id(), self.teller, brought_by)

    def keep_unread(self, raw: bytes, *, at: datetime) -> str:
        """Keep bytes that are no message, such as half a frame, and judge nothing; return their SHA-256 (I1)."""
        kept, enter = self._bytes(raw, "hl7v2", at)
        self.dispatcher.store.write(enter)
        return kept.sha256

    def _filed(self, reading: Reading, at: datetime) -> Filed:
        return self._bytes(reading.raw, reading.source, at)

    def _bytes(self, raw: bytes, source: str, at: datetime) -> Filed:
        """Return what names the bytes, and what enters them: in the transaction itself, but a large content before it."""
        if len(raw) > blobs.MOST_WITHIN:
            large = self._blobs.put(raw, MEDIA[source])
            return large, partial(blobs.enter, kept=large, at=at, identifying=True)
        kept = blobs.filed(raw, MEDIA[source])
        return kept, partial(blobs.keep, kept=kept, content=raw, at=at, identifying=True)


class NotWholeError(Exception):
    """A row of a file is refused: what its other rows did is taken back."""

    def __init__(self, handled: list[Handled]) -> None:
        super().__init__()
        self.handled = handled


def _as_kept(book: Book, handled: Handled) -> tuple[tuple[Order, PatientText], ...]:
    found = (book.find(change.key) for change in handled.verdict.changes)
    return tuple((one.order, one.patient) for one in found if one)
