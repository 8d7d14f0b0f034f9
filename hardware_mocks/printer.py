"""A pretend label printer on raw TCP: ZPL formats in, ~HS answered, written from the ZPL II guide.

It prints what stands between ^XA and ^XZ, one label after the other, and keeps each as it came. What a real one does
without paper, with its head open or half a job is done here on demand: see `fail`.
"""

import base64
import binascii
import io
import re
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from hardware_mocks.wire import Wire

PICTURE = re.compile(rb"\^GFA,(\d+),(\d+),(\d+),:Z64:([A-Za-z0-9+/=]+):([0-9A-F]{4})")
WIDTH = re.compile(rb"\^PW(\d+)")
MOST_WAITING = 3
"""Formats that its buffer holds."""
KEPT = 50
BEGINS, ENDS = b"^XA", b"^XZ"


@dataclass(frozen=True)
class Paper:
    """One label that came out."""

    zpl: bytes

    def picture(self) -> Image.Image | None:
        """What is on it, black on white; None where it carries no picture. ValueError for one that is damaged."""
        found, wide = PICTURE.search(self.zpl), WIDTH.search(self.zpl)
        if found is None or wide is None:
            return None
        if f"{binascii.crc_hqx(found[4], 0):04X}".encode() != found[5]:
            raise ValueError("the picture's check characters are wrong: nothing is drawn")
        row, dots = int(found[3]), zlib.decompress(base64.b64decode(found[4]))
        if int(found[1]) != len(dots) or len(dots) % row:
            raise ValueError("the picture has another size than it says")
        black = bytes(byte ^ 0xFF for byte in dots)
        return Image.frombytes("1", (row * 8, len(dots) // row), black).crop((0, 0, int(wide[1]), len(dots) // row))

    def png(self) -> bytes:
        """The same as a file; a blank one where it carries no picture."""
        out = io.BytesIO()
        (self.picture() or Image.new("1", (400, 300), 1)).save(out, format="PNG")
        return out.getvalue()


class LabelPrinter:
    """The printer itself. Safe to use from any thread."""

    def __init__(self, wire: Wire, seconds_a_label: float = 0.2) -> None:
        self.wire = wire
        self.seconds_a_label = seconds_a_label
        self._guard = threading.RLock()
        self._held = b""
        self._waiting: list[bytes] = []
        self._begun: float | None = None
        self.came_out: list[Paper] = []
        """Every label, oldest first, the last fifty."""
        self.printed = 0
        """How many came out since it was switched on."""
        self.heard: list[bytes] = []
        """Whole formats that arrived, oldest first, the last fifty."""
        self.labels_left: int | None = None
        """On the roll; None for as many as are wanted."""
        self.repair()

    def repair(self) -> None:
        """As it should be: paper and ribbon in, head closed, nothing wrong. What waits in its buffer then prints."""
        with self._guard:
            self.head_open = self.paused = self.ribbon_out = self.stays_full = self.silent = False
            self.hangs_up: str = ""
            self.roll_dots, self.gaps = 609, True
            if self.labels_left == 0:
                self.labels_left = None

    def forget(self) -> None:
        """Switched off and on: the buffer is empty, half a format is gone."""
        with self._guard:
            self._held, self._waiting, self._begun = b"", [], None

    def paper(self, number: int) -> Paper | None:
        """The label that came out as this one, counted from 1; None before it, and long after it."""
        with self._guard:
            at = number - 1 - (self.printed - len(self.came_out))
            return self.came_out[at] if 0 <= at < len(self.came_out) else None

    @property
    def stops(self) -> bool:
        """Nothing comes out."""
        return self.head_open or self.paused or self.ribbon_out or self.labels_left == 0

    def hear(self, data: bytes) -> None:
        """Take bytes in: ~ commands at once, formats when they are whole."""
        with self._guard:
            self._held += data
            while self._one():
                pass

    def tick(self) -> None:
        """Print what waits, a label at a time."""
        with self._guard:
            if not self._waiting or self.stops:
                self._begun = None
            elif self._begun is None:
                self._begun = time.monotonic()
            elif time.monotonic() - self._begun >= self.seconds_a_label:
                self._begun = None
                self.came_out[:] = [*self.came_out[-(KEPT - 1) :], Paper(self._waiting.pop(0))]
                self.printed += 1
                if self.labels_left:
                    self.labels_left -= 1

    def fail(self, what: str) -> None:
        """Begin to fail in one of the ways of FAILURES; ValueError for another."""
        with self._guard:
            failure(what)(self)

    def _one(self) -> bool:
        """Deal with the first whole thing that is held; False where there is none."""
        asks, begins = self._held.find(b"~HS"), self._held.find(BEGINS)
        if asks >= 0 and (begins < 0 or asks < begins):
            self._held = self._held[asks + 3 :].removeprefix(b"\r\n")
            if not self.silent:
                self.wire.write(self.status())
            if self.hangs_up == "after status":
                self._hang_up()
            return True
        if begins < 0:
            self._held = self._held[-3:]
            return False
        if self.hangs_up == "in label":
            self._hang_up()
            return False
        ends = self._held.find(ENDS, begins)
        if ends >= 0:
            self._take(self._held[begins : ends + len(ENDS)])
            self._held = self._held[ends + len(ENDS) :]
            return True
        inside = self._held.find(b"~HS", begins)
        if inside >= 0:  # half a format is held; what is asked meanwhile is answered
            self._held = self._held[:inside] + self._held[inside + 3 :].removeprefix(b"\r\n")
            if not self.silent:
                self.wire.write(self.status())
            return True
        return False

    def _take(self, form: bytes) -> None:
        self.heard[:] = [*self.heard[-(KEPT - 1) :], form]
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(form)
        if self.hangs_up == "after label":
            self._hang_up()

    def _hang_up(self) -> None:
        """The network card starts anew: the connection is cut, and taken again a moment later."""
        self.hangs_up = ""
        self._held = b""
        self.wire.unplug()
        self.wire.replug()

    def status(self) -> bytes:
        """The three strings of ~HS."""
        full = self.stays_full or len(self._waiting) >= MOST_WAITING
        half = BEGINS in self._held
        out = self.labels_left == 0
        one = f"030,{out:d},{self.paused:d},{self.roll_dots:04},{len(self._waiting):03},{full:d},0,{half:d},000,0,0,0"
        two = f"{0 if self.gaps else 128:03},0,{self.head_open:d},{self.ribbon_out:d},1,2,6,0,{0:08},1,000"
        return "".join(f"\x02{line}\x03\r\n" for line in (one, two, "1234,0")).encode()


def _set(name: str, value: object) -> Callable[[LabelPrinter], None]:
    return lambda printer: setattr(printer, name, value)


def _half(printer: LabelPrinter) -> None:
    """Somebody else's job that never ended lies in its buffer."""
    printer.hear(b"^XA^FO10,10^FDhalf a job")


FAILURES: dict[str, Callable[[LabelPrinter], None]] = {
    "refuses": lambda printer: printer.wire.unplug(),
    "closes": _set("hangs_up", "after label"),
    "closes in the label": _set("hangs_up", "in label"),
    "closes at once": _set("hangs_up", "after status"),
    "silent": _set("silent", True),
    "paper out": _set("labels_left", 0),
    "last label": _set("labels_left", 1),
    "paused": _set("paused", True),
    "head open": _set("head_open", True),
    "ribbon out": _set("ribbon_out", True),
    "buffer full": _set("stays_full", True),
    "half a job": _half,
    "wrong roll": _set("roll_dots", 254),
}
"""Ways in which a label printer fails (F39), and what each does to it."""


def failure(what: object) -> Callable[[LabelPrinter], None]:
    """Return what one of these failures does; ValueError in words for what is none."""
    if what not in FAILURES:
        raise ValueError(f"what is one of {', '.join(FAILURES)}, not {what!r}")
    return FAILURES[str(what)]
