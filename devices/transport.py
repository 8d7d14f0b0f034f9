"""Bytes in and out of a port: the only file that imports serial. Open, write, read what came, cut lines, close.

Not here: any protocol, any retry, any state. pyserial's readline and read_until return a cut line without an error,
so a line counts only with its terminator, and whoever waits keeps one deadline for the whole line.
"""

from __future__ import annotations

import contextlib
import errno
import re
import termios
import threading
from dataclasses import dataclass
from typing import Any, Final, Literal

import serial

from devices.errors import Garbled

LONGEST_LINE: Final = 256
"""Bytes. No balance protocol here comes near it; longer means a lost terminator or the wrong instrument."""

READ_SLICE_S: Final = 0.05
"""Seconds one read waits. Set once when opening: after an unplug even setting a time-out touches the port."""

WRITE_LIMIT_S: Final = 0.5
"""Seconds a write may block before the link counts as lost (F34)."""

OpenTrouble = Literal["missing", "permission", "busy", "not_a_tty", "refused", "other"]

OPEN_WORDS: Final[dict[OpenTrouble, str]] = {
    "missing": "There is no device at {url}. Is the cable plugged in at both ends?",
    "permission": "The server may not open {url}. Add the user that runs it to the group that owns the port.",
    "busy": "{url} is held by another program. Close the other program; the link then comes back by itself.",
    "not_a_tty": "{url} is not a serial port. Correct the station's settings.",
    "refused": "Nobody answers at {url}. Is the serial device server switched on, and its port number right?",
    "other": "{url} could not be opened: {error}",
}

SPOKEN_BY_ERRNO: Final[dict[int, OpenTrouble]] = {
    errno.ENOENT: "missing",
    errno.ENXIO: "missing",
    errno.ENODEV: "missing",
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.EAGAIN: "busy",
    errno.EBUSY: "busy",
    errno.ENOTTY: "not_a_tty",
    errno.ECONNREFUSED: "refused",
}

SPOKEN_BY_WORDS: Final[tuple[tuple[str, OpenTrouble], ...]] = (
    ("no such file", "missing"),
    ("permission denied", "permission"),
    ("exclusively lock", "busy"),
    ("resource busy", "busy"),
    ("inappropriate ioctl", "not_a_tty"),
    ("refused", "refused"),
)


class PortLost(Exception):  # noqa: N818 - it is an occurrence, and ends the session that holds the port
    """The port failed under us. `says` is for the technician; `kind` tells the failures of opening apart."""

    def __init__(self, says: str, kind: OpenTrouble | Literal["gone", "stolen", "blocked"] = "gone") -> None:
        super().__init__(says)
        self.says = says
        self.kind = kind


@dataclass(frozen=True)
class LineSettings:
    """How the instrument speaks: `9600 8N1`, with `xonxoff` or `rtscts` after it where the balance wants it."""

    baud: int
    """Bits per second."""

    bits: int
    """Data bits, 7 or 8."""

    parity: str
    """N, E or O."""

    stop: int
    """Stop bits, 1 or 2."""

    xonxoff: bool = False
    """Software handshake."""

    rtscts: bool = False
    """Hardware handshake."""

    @classmethod
    def parse(cls, text: str) -> LineSettings:
        """Read the settings' words; ValueError says what they should look like."""
        found = re.fullmatch(r"(\d{3,6}) ([78])([NEO])([12])((?: xonxoff| rtscts)*)", text.strip())
        if found is None:
            raise ValueError(f"line settings {text!r} are not understood; write for example '9600 8N1' or '9600 7E1'")
        baud, bits, parity, stop, shake = found.groups()
        return cls(int(baud), int(bits), parity, int(stop), "xonxoff" in shake, "rtscts" in shake)


def open_trouble(error: Exception) -> OpenTrouble:
    """Tell the failures of opening apart, by errno where there is one and by the message where there is none (F7)."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number in SPOKEN_BY_ERRNO:
        return SPOKEN_BY_ERRNO[number]
    words = str(error).lower()
    return next((kind for part, kind in SPOKEN_BY_WORDS if part in words), "other")


class Port:
    """One open port. Only its owner's thread reads and writes; `wake` and `close` may come from another."""

    def __init__(self, url: str, line: LineSettings) -> None:
        """Open `url` (a device path, socket://host:port or rfc2217://host:port); PortLost says why it cannot."""
        self.url = url
        self._guard = threading.Lock()
        try:
            self._port: Any = serial.serial_for_url(  # type: ignore[no-untyped-call]  # pyserial has no types
                url,
                do_not_open=True,
                baudrate=line.baud,
                bytesize=line.bits,
                parity=line.parity,
                stopbits=line.stop,
                xonxoff=line.xonxoff,
                rtscts=line.rtscts,
                timeout=READ_SLICE_S,
                write_timeout=None if _negotiates(url) else WRITE_LIMIT_S,
                exclusive=True,
            )
            self._port.open()
            if _negotiates(url):
                self._port._socket.settimeout(WRITE_LIMIT_S)
        except (OSError, termios.error, ValueError, NotImplementedError) as error:
            kind = open_trouble(error)
            raise PortLost(OPEN_WORDS[kind].format(url=url, error=error), kind) from error

    def read(self) -> bytes:
        """Return what has arrived, waiting up to one slice for a first byte; b'' if nothing came. PortLost if gone."""
        try:
            got: bytes = self._port.read(1)
            while len(got) < 4096 and (waiting := self._port.in_waiting):
                more = self._port.read(min(waiting, 4096))
                if not more:
                    break
                got += more
        except (OSError, termios.error) as error:
            raise self._lost(error) from error
        return got

    def read_now(self) -> bytes:
        """Return what has arrived already, without waiting; PortLost if gone."""
        try:
            waiting = self._port.in_waiting
        except (OSError, termios.error) as error:
            raise self._lost(error) from error
        return self.read() if waiting else b""

    def write(self, data: bytes) -> None:
        """Send all of `data`; PortLost if the port is gone or blocks for longer than WRITE_LIMIT_S (F34)."""
        try:
            self._port.write(data)
        except serial.SerialTimeoutException as error:
            raise PortLost(
                f"{self.url} takes no more bytes. Check the cable and the handshake setting.", "blocked"
            ) from error
        except (OSError, termios.error) as error:
            raise self._lost(error) from error

    def wake(self) -> None:
        """Make a waiting read return at once, so that its owner looks at its queue. Sockets return after their slice."""
        with self._guard:
            cancel = getattr(self._port, "cancel_read", None)
            if cancel is not None and self._port.is_open:
                cancel()

    def close(self) -> None:
        """Close the port; harmless on a port that is gone or closed."""
        with self._guard:
            under = getattr(self._port, "_socket", None)
            with contextlib.suppress(OSError, termios.error):
                self._port.close()
            if under is not None:
                # pyserial leaves the socket open when its shutdown fails because the peer has gone first.
                under.close()

    def _lost(self, error: Exception) -> PortLost:
        if "multiple access" in str(error) and _still_there(self._port):
            return PortLost(f"{self.url}: another program reads from this port too. Close it.", "stolen")
        return PortLost(f"The link to {self.url} is gone. Check the cable and the balance's power.", "gone")


def _negotiates(url: str) -> bool:
    """RFC 2217: pyserial refuses a write time-out there, so its socket is given one."""
    return url.startswith("rfc2217:")


def _still_there(port: Any) -> bool:
    """True if the port still answers a harmless question: then bytes were taken by another reader, not by an unplug."""
    try:
        return bool(port.in_waiting >= 0) and getattr(port, "fd", None) is not None
    except (OSError, termios.error):
        return False


class LineReader:
    """Cuts a stream of bytes into lines by the protocol's exact terminator; pure, knows no time."""

    def __init__(self, terminator: bytes = b"\r\n", longest: int = LONGEST_LINE) -> None:
        self.terminator = terminator
        self.longest = longest
        self._held = b""
        self._skipping = False

    @property
    def partial(self) -> bytes:
        """Bytes that wait for their terminator."""
        return b"" if self._skipping else self._held

    def clear(self) -> bytes:
        """Forget what waits, and return it."""
        dropped, self._held, self._skipping = self._held, b"", False
        return dropped

    def feed(self, chunk: bytes) -> list[bytes | Garbled]:
        """Return the lines `chunk` completes, without terminator; Garbled at once for a byte that no line may hold."""
        self._held += chunk
        lines: list[bytes | Garbled] = []
        while self.terminator in self._held:
            line, self._held = self._held.split(self.terminator, 1)
            lines.append(self._whole(line))
        if not self._skipping and (bad := self._fault(self._held)):
            lines.append(bad)
            self._skipping = True
        if self._skipping:
            self._held = self._held[-self.longest :]
        return lines

    def _whole(self, line: bytes) -> bytes | Garbled:
        if self._skipping:
            self._skipping = False
            return Garbled("The rest of an unreadable line.", line, "rest of a garbled line")
        return self._fault(line) or (garbled_line(line) if set(line) & {0x0A, 0x0D} else line)

    def _fault(self, held: bytes) -> Garbled | None:
        if len(held) > self.longest:
            return Garbled(
                "The balance sent a line that does not end. Is this the right instrument?", held, "line too long"
            )
        if any(byte >= 0x7F or (byte < 0x20 and byte not in {0x0A, 0x0D}) for byte in held):
            return garbled_line(held)
        return None


def garbled_line(raw: bytes) -> Garbled:
    """Bytes a well-set line cannot carry: speed or parity differ, or a terminator was lost (F15, F32)."""
    return Garbled("Unreadable characters. Check the balance's speed and parity (line settings).", raw, "line settings")
