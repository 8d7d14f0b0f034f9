"""Sends one label to a ZPL printer on its raw TCP port (9100), and asks it by ~HS before and after (Zebra ZPL II guide).

Not here: what is printed, when it is tried again, who is asked. A write that succeeds proves nothing: a label counts as
printed only once the printer says that it is free of faults and has nothing left to print. Silence is a fault.
"""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final, Literal
from urllib.parse import urlsplit

from devices.errors import Garbled, Silent
from devices.journal import Journal
from devices.printer.status import ASKED, FAULT_WORDS, PrinterStatus, read_status

CONNECT_S: Final = 2.0
"""Seconds to connect."""
ANSWER_S: Final = 2.0
"""Seconds for the whole answer to ~HS."""
WRITE_S: Final = 5.0
"""Seconds in which the printer takes a whole label."""
IDLE_S: Final = 8.0
"""Seconds that what it prints already may take before ours is sent."""
PRINT_S: Final = 12.0
"""Seconds from the last byte until it must have nothing left to print."""
ASK_EVERY_S: Final = 0.3
END_OF_STATUS: Final = 3
"""Strings of a whole status, each ended by ETX CR LF."""
MOST_BYTES: Final = 4096
"""A printer that answers more than this to ~HS is none."""

LENGTH: Final = re.compile(rb"\^LL([1-9][0-9]{1,4})")
ROLL_MM: Final = 3.0
"""Millimetres by which a printer's own measure of a label may be off."""

PORT: Final = 9100
"""Where such printers listen."""


@dataclass(frozen=True)
class Job:
    """What became of one label."""

    state: Literal["CONFIRMED", "UNKNOWN", "FAILED"]
    """CONFIRMED: it came out, as the printer says. UNKNOWN: it may have; a person must look. FAILED: nothing was sent."""

    says: str
    """Why, in words; empty for CONFIRMED."""


class _GoneError(Exception):
    """The connection is over; the text says how."""


def place(url: str) -> tuple[str, int]:
    """Return host and port of socket://host:port; ValueError for what is none."""
    parts = urlsplit(url)
    if parts.scheme != "socket" or not parts.hostname:
        raise ValueError(f"{url!r} is no label printer's address; write socket://10.20.0.31:9100")
    return parts.hostname, parts.port or PORT


def send(
    url: str, label: bytes, journal: Journal | None = None, wait: Callable[[float], None] = sleep, roll_mm: float = 0
) -> Job:
    """Send one label (^XA … ^XZ) and return what became of it. Never raises for trouble on the wire, never sends twice.

    `roll_mm`: length of one label on this printer's roll, which the label's own ^LL says in dots; a printer that says
    another length is sent nothing. 0: not compared.
    The journal keeps what was asked and answered, and of the label its length and digest only: it carries a name.
    """
    host, port = place(url)
    try:
        connection = socket.create_connection((host, port), CONNECT_S)
    except UnicodeError:
        return Job("FAILED", f"{host} is no name or address of a label printer. Nothing was sent.")
    except OSError as error:
        return Job("FAILED", f"The label printer at {host} cannot be reached ({error.strerror or 'no answer'}).")
    with connection:
        talk = _Talk(connection, journal)
        if refused := _before(talk, wait, Roll.of(label, roll_mm)):
            return Job("FAILED", refused)
        try:
            talk.label(label)
            return _after(talk, wait)
        except _GoneError as gone:
            return Job("UNKNOWN", f"{gone} The label may have come out.")


@dataclass(frozen=True)
class Roll:
    """The labels that ought to be in the printer."""

    mm: float
    """Length of one; 0 where it is not compared."""
    dots: int
    """The same in dots of this printer's head."""

    @classmethod
    def of(cls, label: bytes, mm: float) -> Roll:
        """Take the length in dots from the label that was made for it."""
        told = LENGTH.search(label)
        return cls(mm, int(told[1])) if told and mm else cls(0, 0)

    def is_other(self, said: PrinterStatus) -> str:
        """Return in words that the printer has a roll of another length in it; empty where it does not say so."""
        if not self.mm or not said.length or said.continuous:
            return ""
        found = self.mm * said.length / self.dots
        if abs(found - self.mm) <= ROLL_MM:
            return ""
        roll = f"The label printer says that its labels are {found:.0f} mm long; this station's are {self.mm:.0f} mm."
        return f"{roll} Nothing was sent. Put in the right roll, and let the printer measure it."


def _before(talk: _Talk, wait: Callable[[float], None], roll: Roll) -> str:
    """Return why nothing may be sent now; empty once the printer is free, has nothing else to print and the right roll in it."""
    until = monotonic() + IDLE_S
    while True:
        try:
            said = talk.status()
        except _GoneError as gone:
            return f"{gone} Nothing was sent."
        if not isinstance(said, PrinterStatus):
            return f"{said.says} Nothing was sent."
        if said.idle:
            return roll.is_other(said)
        if said.faults:
            return f"The label printer prints nothing: {_words(said)}. Nothing was sent."
        if monotonic() >= until:
            return "The label printer still prints something else. Nothing was sent."
        wait(ASK_EVERY_S)


def _after(talk: _Talk, wait: Callable[[float], None]) -> Job:
    """Ask until the printer has nothing left; what it says last is why it is not known."""
    until = monotonic() + PRINT_S
    while True:
        said = talk.status()
        if not isinstance(said, PrinterStatus):
            return Job("UNKNOWN", f"The label was sent. {said.says} It may have come out.")
        if said.idle:
            return Job("CONFIRMED", "")
        if monotonic() >= until:
            why = _words(said) if said.faults else "it still has something to print"
            return Job("UNKNOWN", f"The label was sent, and the label printer says that {why}. It may have come out.")
        wait(ASK_EVERY_S)


def _words(said: PrinterStatus) -> str:
    return " and ".join(FAULT_WORDS[fault] for fault in said.faults)


class _Talk:
    """One open connection."""

    def __init__(self, connection: socket.socket, journal: Journal | None) -> None:
        self._connection, self._journal = connection, journal
        self._asked = 0

    def status(self) -> PrinterStatus | Garbled | Silent:
        """Ask once, and read until the answer is whole or its time is over."""
        self._asked += 1
        if self._journal:
            self._journal.sent(ASKED, self._asked)
        self._write(ASKED, ANSWER_S)
        heard, until = b"", monotonic() + ANSWER_S
        while heard.count(b"\x03\r\n") < END_OF_STATUS and len(heard) < MOST_BYTES:
            more = self._read(until - monotonic())
            if not more:
                break
            heard += more
        if self._journal:
            self._journal.received(heard, self._asked)
        return read_status(heard)

    def label(self, data: bytes) -> None:
        """Send the whole label."""
        if self._journal:
            self._journal.note(f"a label of {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")
        self._write(data, WRITE_S)

    def _write(self, data: bytes, seconds: float) -> None:
        self._connection.settimeout(seconds)
        try:
            self._connection.sendall(data)
        except TimeoutError as error:
            raise _GoneError("The label printer takes no more bytes.") from error
        except OSError as error:
            raise _GoneError("The label printer closed the connection.") from error

    def _read(self, seconds: float) -> bytes:
        """Return what came in time, or nothing."""
        if seconds <= 0:
            return b""
        self._connection.settimeout(seconds)
        try:
            heard = self._connection.recv(1024)
        except TimeoutError:
            return b""
        except OSError as error:
            raise _GoneError("The label printer closed the connection.") from error
        if not heard:
            raise _GoneError("The label printer closed the connection.")
        return heard
