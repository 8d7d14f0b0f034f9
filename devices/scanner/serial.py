"""A barcode scanner on a serial port or USB-CDC: cuts what it sends into whole codes. Not here: what a code means.

A code counts only with its suffix. A part, two codes in one, and unreadable characters are discarded and said so,
never mended; the same data again within half a second is one scan (F37).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final, Literal

from devices.backoff import wait_for_return
from devices.journal import Journal
from devices.readings import CodeRead
from devices.transport import LineSettings, Port, PortLost

PART_S: Final = 0.2
"""Seconds of silence after which a code without its suffix is discarded."""

REPEAT_S: Final = 0.5
"""The same data within this time of the last is the same scan: the trigger was held."""

LONGEST: Final = 4096
"""Bytes; the largest 2-D code holds fewer."""

SEPARATORS: Final = frozenset({0x04, 0x1C, 0x1D, 0x1E, 0x1F})
"""Control characters that codes may hold: GS and the envelope of ISO/IEC 15434."""

AIM: Final = re.compile(rb"\][A-Za-z][0-9]")
"""An AIM symbology identifier; a second one in mid data is the start of another code."""


@dataclass(frozen=True)
class Discarded:
    """Something a scanner sent that is no code to work with."""

    says: str
    """What the technician reads."""

    reason: Literal["partial", "suffix missing", "repeated", "merged", "unreadable", "too long", "empty"]
    """Which fault it was. `repeated` needs no action: it was one scan."""

    raw: bytes
    """The bytes as they came."""


Framed = CodeRead | Discarded

WORDS: Final = {
    "partial": "Only a part of the code arrived. Scan again.",
    "suffix missing": "The code came without its end. Scan again; if it stays so, set the scanner to send CR after a code.",
    "repeated": "The same code again within half a second: counted once.",
    "merged": "Two codes ran into one another. Scan one at a time.",
    "unreadable": "Unreadable characters. Scan again; if it stays so, check the scanner's speed and parity.",
    "too long": "The scanner sends without end. Check its settings.",
    "empty": "The scanner sent an empty code. Scan again.",
}


class Framer:
    """Cuts bytes into codes; pure, with the times handed in."""

    def __init__(self, suffix: str | bytes, clock: Callable[[], datetime]) -> None:
        """`suffix`: what the scanner sends after a code. CR and CR LF are one: data holds neither. ValueError if empty."""
        wanted = suffix.encode("ascii") if isinstance(suffix, str) else suffix
        if not wanted:
            raise ValueError("a scanner without a suffix cannot be used: set it to send CR after each code")
        self._ends_in_cr = wanted in {b"\r", b"\r\n"}
        self._suffix = b"\r" if self._ends_in_cr else wanted
        self._clock = clock
        self._held = b""
        self._heard_at = 0.0
        self._seen_suffix = False
        self._last: tuple[bytes, float] | None = None

    def feed(self, chunk: bytes, now: float) -> list[Framed]:
        """Take bytes at `now` (monotonic s); return what they complete, the late end of an old part included."""
        framed = self.tick(now)
        self._held += chunk
        self._heard_at = now
        while True:
            if self._ends_in_cr and self._held.startswith(b"\n"):
                self._held = self._held[1:]
            if self._suffix not in self._held:
                break
            code, self._held = self._held.split(self._suffix, 1)
            self._seen_suffix = True
            framed.append(self._whole(code, now))
        if len(self._held) > LONGEST:
            framed.append(self._drop("too long", self._held))
            self._held = b""
        return framed

    def tick(self, now: float) -> list[Framed]:
        """Discard a part after PART_S of silence."""
        if not self._held or round(now - self._heard_at, 6) < PART_S:
            return []
        part, self._held = self._held, b""
        return [self._drop("partial" if self._seen_suffix else "suffix missing", part)]

    def _whole(self, code: bytes, now: float) -> Framed:
        raw = code + self._suffix
        if not code:
            return self._drop("empty", raw)
        if code.startswith(b"]") and AIM.search(code, 1):
            return self._drop("merged", raw)
        if self._last is not None and self._last[0] == code and now - self._last[1] < REPEAT_S:
            self._last = (code, now)
            return self._drop("repeated", raw)
        text = _readable(code)
        if text is None:
            return self._drop("unreadable", raw)
        self._last = (code, now)
        return CodeRead(text, raw, self._clock(), now)

    def _drop(
        self,
        reason: Literal["partial", "suffix missing", "repeated", "merged", "unreadable", "too long", "empty"],
        raw: bytes,
    ) -> Discarded:
        return Discarded(WORDS[reason], reason, raw)


def _readable(code: bytes) -> str | None:
    """The text of a code, or None if it holds bytes that no code does."""
    if any(byte == 0x7F or (byte < 0x20 and byte not in SEPARATORS) for byte in code):
        return None
    try:
        return code.decode("utf-8")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True)
class ScannerState:
    """How the link to a scanner stands."""

    name: Literal["closed", "opening", "ready", "lost", "config_error"]
    """Only ready yields codes."""

    says: str
    """What the technician reads."""


CLOSED: Final = ScannerState("closed", "The scanner is not connected.")
STOPPED: Final = ScannerState("lost", "The driver stopped because of a fault in the program. Restart the server.")


class ScannerLink:
    """One scanner of a station: a thread owns its port and hands each whole code to `heard`."""

    def __init__(
        self,
        url: str,
        line: str = "9600 8N1",
        *,
        suffix: str | bytes = "\r",
        clock: Callable[[], datetime],
        heard: Callable[[CodeRead], None],
        missed: Callable[[Discarded], None] | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Read the settings; ValueError if they are not understood. `heard` and `missed` run on the link's thread.

        `missed` gets what must be scanned again; a repeat within half a second goes to neither.
        """
        self.url, self._line, self._suffix = url, LineSettings.parse(line), suffix
        self._clock, self._heard, self._missed, self._journal = clock, heard, missed, journal
        self._state = CLOSED
        self._closing, self._again = threading.Event(), threading.Event()
        self._guard = threading.Lock()
        self._port: Port | None = None
        self._thread: threading.Thread | None = None
        Framer(suffix, clock)

    @property
    def state(self) -> ScannerState:
        """How the link stands now."""
        return self._state

    def start(self) -> None:
        """Open the link and keep it open; returns at once."""
        if self._thread is None:
            self._closing.clear()
            self._again.clear()
            self._thread = threading.Thread(target=self._run, name=f"scanner {self.url}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Close the link and end its thread."""
        self._closing.set()
        self._again.set()
        with self._guard:
            if self._port is not None:
                self._port.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def try_again(self) -> None:
        """A person has mended the cause, or does not want to wait."""
        self._again.set()

    def _run(self) -> None:
        last = STOPPED
        try:
            self._sessions()
            last = CLOSED
        finally:
            self._enter(last)

    def _sessions(self) -> None:
        attempt = 0
        while not self._closing.is_set():
            self._again.clear()
            lost = self._session()
            attempt = 0 if self._state.name == "ready" else attempt + 1
            if self._closing.is_set():
                return
            latched = lost.kind == "not_a_tty"
            self._enter(ScannerState("config_error" if latched else "lost", lost.says))
            if latched:
                self._again.wait()
            else:
                wait_for_return(self.url, attempt, self._again)

    def _session(self) -> PortLost:
        """Open and read until the port is lost or closing; return why it ended."""
        if self._state.name != "lost":
            self._enter(ScannerState("opening", "Opening the link to the scanner."))
        try:
            port = Port(self.url, self._line)
        except PortLost as lost:
            return lost
        with self._guard:
            self._port = port
        self._enter(ScannerState("ready", "The scanner is ready."))
        try:
            self._read(port)
        except PortLost as lost:
            return lost
        finally:
            with self._guard:
                self._port = None
            port.close()
        return PortLost(CLOSED.says)

    def _read(self, port: Port) -> None:
        framer = Framer(self._suffix, self._clock)
        while not self._closing.is_set():
            chunk = port.read()
            now = monotonic()
            if chunk and self._journal:
                self._journal.received(chunk, None)
            for framed in framer.feed(chunk, now) if chunk else framer.tick(now):
                self._tell(framed)

    def _tell(self, framed: Framed) -> None:
        if isinstance(framed, CodeRead):
            self._heard(framed)
            return
        if self._journal:
            self._journal.note(f"{framed.reason}: {framed.says}")
        if self._missed is not None and framed.reason != "repeated":
            self._missed(framed)

    def _enter(self, state: ScannerState) -> None:
        self._state = state
        if self._journal:
            self._journal.note(f"{state.name}: {state.says}")
