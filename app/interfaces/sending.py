"""Sends what the outbox holds for a sender, over MLLP: one message in flight, the answer matched by MSA-2, the same bytes again.

AA ends a message; AE and AR make it a dead letter, which keeps the later ones of its order waiting until a person replays
or dismisses it. Where nobody answers, the connection is closed and the same bytes are sent again, for ever (I56).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import logs
from app.dispatch import Dispatcher
from app.interfaces.framing import Frames, TooLongError, framed
from app.interfaces.hl7_reader import UnreadableError, read_message
from app.interfaces.news import News
from app.interfaces.profile import Destination, Profile
from app.interfaces.senders import Senders
from app.interfaces.telling import NothingReleased, Purged, message_of, told_of, wants
from app.outbox_rows import Patience, Rows, Steps
from app.record import codec, outbox
from app.record.blobs import Blobs
from app.record.outbox import Entry

log = logs.of("sending")
ANSWER_WITHIN_S = 30.0
PATIENCE = Patience(hold=timedelta(seconds=120), back_off_s=(1, 2, 5, 10, 30, 60))
MEDIA = "x-application/hl7-v2+er7"
MOST_ANSWER = 64 * 1024
DONE, REFUSED = frozenset({"AA", "CA"}), frozenset({"AE", "AR", "CE", "CR"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one message on the wire."""

    code: str
    """MSA-1 of the answer that names it; empty where none came."""
    says: str
    """Why it is not done, in words; never text of the other side."""


class Line:
    """A connection to one destination, opened when needed and kept."""

    def __init__(self, to: Destination, answer_within: float = ANSWER_WITHIN_S) -> None:
        """Speak to `to`."""
        self._to, self._within = to, answer_within
        self._socket: socket.socket | None = None
        self._frames = Frames(MOST_ANSWER)
        self.dropped = 0
        """Answers that named another message."""

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def ask(self, text: str, control_id: str) -> Heard:
        """Send one message and return the answer that names it; whatever goes wrong ends the connection."""
        try:
            self._open().sendall(framed(text))
            heard = self._answer(control_id)
        except (OSError, TooLongError) as trouble:
            heard = Heard("", f"no connection ({type(trouble).__name__})")
        if not heard.code:
            self.close()
        return heard

    def _open(self) -> socket.socket:
        if self._socket is None:
            connection = socket.create_connection((self._to.host, self._to.port), timeout=self._within)
            if self._to.tls_ca:
                context = ssl.create_default_context(cafile=self._to.tls_ca)
                context.load_cert_chain(self._to.tls_cert, self._to.tls_key)
                connection = context.wrap_socket(connection, server_hostname=self._to.host)
            self._socket, self._frames = connection, Frames(MOST_ANSWER)
        return self._socket

    def _answer(self, control_id: str) -> Heard:
        """Wait for the one answer whose MSA-2 is the message in flight; any other is counted and dropped (I56)."""
        until, connection = time.monotonic() + self._within, self._open()
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            received = connection.recv(65536)
            if not received:
                return Heard("", "the other side hung up before it answered")
            for payload in self._frames.feed(received):
                code, of = msa_of(payload)
                if of == control_id and code in DONE | REFUSED:
                    return Heard(code, "" if code in DONE else f"the other side answered {code}")
                self.dropped += 1
                log.warning("answer dropped", count=self.dropped)
        return Heard("", "no answer in time")


def msa_of(payload: bytes) -> tuple[str, str]:
    """Return MSA-1 and MSA-2 of an answer; empty where it is none."""
    try:
        found = read_message(payload, "UNICODE UTF-8").first("MSA")
    except (UnreadableError, ValueError, IndexError):
        return "", ""
    return (found.value(1), found.value(2)) if found else ("", "")


class Courier:
    """One thread that tells one sender. `step` does one row and may be called without the thread."""

    def __init__(
        self, dispatcher: Dispatcher, kept: Blobs, senders: Senders, name: str, now: Callable[[], datetime]
    ) -> None:
        """Tell the sender of the profile `name`, wherever the version of it that counts says; messages as sent go to `kept`."""
        self._store, self._now = dispatcher.store, now
        self._senders, self._name, site = senders, name, dispatcher.settings.site
        self._left = outbox.teller(site)
        kinds = (outbox.teller(site, name), self._left, f"{outbox.TELL}{name}")
        """The last is of rows put before each named its site."""
        self._rows = Rows(self._store, kept, kinds, "courier", PATIENCE, now)
        self._steps = Steps(self.step, f"courier {name}")
        self._to: Destination | None = None
        self.line: Line | None = None
        """The connection; None before the first message."""

    def start(self) -> None:
        """Begin to tell; returns at once."""
        self._steps.start()

    def close(self) -> None:
        """End after the message in flight. A second call does nothing."""
        self._steps.close()
        if self.line is not None:
            self.line.close()

    def step(self) -> bool:
        """Take one due row, send it and settle it; False when there was none."""
        at = self._now()
        with self._store.reading() as conn:
            if not self._rows.are_due(conn, at):
                return False
        entry = self._rows.take(at)
        if entry is None:
            return False
        with self._store.reading() as conn:
            profile = self._receiver(conn, entry, at)
        if entry.kind == self._left and (
            profile is None or not wants(profile, codec.decode(News, entry.payload["news"]))
        ):
            self._rows.done(entry)
            return True
        if profile is None or profile.destination is None:
            self._settle(entry, Heard("", "the sender's profile names no destination"))
            return True
        try:
            text = self._text(entry, profile)
        except Purged:
            self._settle(entry, Heard("AE", "the patient's text was purged: nothing can be told of them any more"))
            return True
        except NothingReleased:
            self._settle(entry, Heard("AE", "nothing was released of it: there is no dispense to tell"))
            return True
        self._settle(entry, self._line_to(profile.destination).ask(text, entry.payload["id"]))
        return True

    def _receiver(self, conn: Connection, entry: Entry, at: datetime) -> Profile | None:
        """Return who is told of a row; of one that another site left, whoever hears of that sender's orders here."""
        if entry.kind == self._left:
            return told_of(self._senders, conn, entry.payload["key"][0], at)
        return next((one for one in self._senders.told(conn, at) if one.name == self._name), None)

    def _line_to(self, to: Destination) -> Line:
        """Return the connection; another destination has one of its own."""
        if self.line is None or to != self._to:
            if self.line is not None:
                self.line.close()
            self.line, self._to = Line(to), to
        return self.line

    def _text(self, entry: Entry, profile: Profile) -> str:
        """Return the message of a row, as it was written for it before."""

        def make(conn: Connection) -> bytes:
            return message_of(conn, profile, entry).encode("utf-8")

        return self._rows.bytes_of(entry, make, MEDIA, identifying=True).decode("utf-8")

    def _settle(self, entry: Entry, heard: Heard) -> None:
        log.info("message sent", outcome=heard.code or "none", row=entry.id)
        if heard.code in DONE:
            self._rows.done(entry)
        else:
            self._rows.failed(entry, heard.says, again=heard.code not in REFUSED)
