"""What a ZPL printer answers to ~HS: three strings, read by position (Zebra ZPL II guide). Not here: jobs, sockets.

Never run on a real printer. Silence is a status of its own: nothing is documented to come while media or ribbon is out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from devices.errors import Garbled, Silent

ASKED: Final = b"~HS\r\n"
STRING: Final = re.compile(rb"\x02([^\x02\x03]*)\x03\r\n")
COUNT: Final = re.compile(rb"[0-9]{1,8}")
FLAGS: Final = (
    (0, 1, "paper_out"),
    (0, 2, "paused"),
    (0, 5, "buffer_full"),
    (0, 7, "partial_format"),
    (0, 9, "corrupt_ram"),
    (0, 10, "under_temp"),
    (0, 11, "over_temp"),
    (1, 2, "head_open"),
    (1, 3, "ribbon_out"),
)
"""String, field and the fault that a 1 there means; further fields are tolerated."""
FAULT_WORDS: Final = {
    "paper_out": "it is out of labels",
    "paused": "it is paused",
    "buffer_full": "its buffer is full",
    "partial_format": "it holds half a label",
    "corrupt_ram": "its memory lost its settings",
    "under_temp": "its head is too cold",
    "over_temp": "its head is too hot",
    "head_open": "its head is open",
    "ribbon_out": "it is out of ribbon",
}
"""Each fault as a technician reads it."""
CONTINUOUS: Final = 0b1000_0000
"""Bit of the second string's first field: a roll without gaps."""
LEAST: Final = (12, 9, 1)
"""Fields that each string has at least."""
UNREADABLE: Final = "The printer's status cannot be read. Check that it speaks ZPL."


@dataclass(frozen=True)
class PrinterStatus:
    """How a label printer says it is."""

    faults: tuple[str, ...]
    """What stops it, in the order of the strings; empty if nothing does."""
    label_waiting: bool
    """Whether a printed label waits to be taken."""
    remaining: int
    """Labels of the batch still to be printed."""
    formats: int = 0
    """Formats that wait in its buffer."""
    length: int = 0
    """Dots of one label as it measured or was told; 0 if it does not say."""
    continuous: bool = False
    """Whether its roll has no gaps: each label is then as long as it is told."""

    @property
    def ready(self) -> bool:
        """Whether it would print now."""
        return not self.faults

    @property
    def idle(self) -> bool:
        """Whether nothing is left to print: no fault, no format, no label. One that waits to be peeled off is out."""
        return self.ready and self.formats == 0 and self.remaining <= int(self.label_waiting)


def read_status(heard: bytes) -> PrinterStatus | Garbled | Silent:
    """Read all that came after ~HS until its deadline; segments may have cut it anywhere."""
    if not heard:
        return Silent("The printer says nothing: it is off, or out of paper or ribbon, or its head is open.")
    strings = [found.split(b",") for found in STRING.findall(heard)]
    if len(strings) < len(LEAST) and STRING.sub(b"", heard).startswith(b"\x02"):
        return Silent("The printer's status broke off.", heard)
    short = any(len(string) < least for string, least in zip(strings, LEAST, strict=False))
    if len(strings) != len(LEAST) or STRING.sub(b"", heard) or short:
        return Garbled(UNREADABLE, heard, "no ~HS reply")
    read = [strings[string][field] for string, field, _ in FLAGS] + [strings[1][7]]
    counts = (strings[0][4], strings[1][8])
    if any(value not in (b"0", b"1") for value in read) or not all(COUNT.fullmatch(value) for value in counts):
        return Garbled(UNREADABLE, heard, "a field of the ~HS reply")
    faults = tuple(name for string, field, name in FLAGS if strings[string][field] == b"1")
    length, media = (int(one) if COUNT.fullmatch(one) else 0 for one in (strings[0][3], strings[1][0]))
    endless = bool(media & CONTINUOUS)
    return PrinterStatus(faults, strings[1][7] == b"1", int(counts[1]), int(counts[0]), length, endless)
