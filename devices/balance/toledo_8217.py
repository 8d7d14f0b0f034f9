"""Toledo 8217, the protocol of retail scales: recognised, so that such a scale can be refused by name.

Not here: anything that would make it a balance for doses. A weight carries no unit, and its digits do not say how far
they can be trusted. Written from a published point-of-sale driver. In a status byte the overload is looked at first:
the bit for a bad command is set beside it.
"""

from __future__ import annotations

import re
from typing import Final

from devices.balance.codec import NO_BANNER, Command, Verb, Wire
from devices.balance.grammar import (
    DIGITS,
    busy,
    decimal_of,
    garbled,
    no_number,
    overload,
    text_of,
    underload,
    unknown_command,
)
from devices.balance.says import Identified, Says, Weight
from devices.errors import OutOfRange
from devices.exchange import Ask, Heard

REFUSED: Final = "This is a retail scale (Toledo 8217). It names no unit and cannot be used for doses."

WEIGHT: Final = re.compile(rf"\x02 {{0,6}}(?P<number>{DIGITS})(?P<net>N?)", re.ASCII)
STATUS: Final = re.compile(r"\x02\?(?P<status>[@-\x7e])", re.ASCII)
COMMANDS: Final[dict[str, str]] = {"W": "W", "Ehello": "E", "F": "F", "Z": "Z"}
"""Commands and the id of their replies."""

WORDS: Final[dict[Verb, str]] = {"read_now": "W", "serial": "W", "model": "W"}


class Toledo8217:
    """The codec; it holds nothing and may be shared."""

    protocol = "toledo-8217"
    terminator = b"\r"
    verified = False
    display_only = REFUSED
    wire = Wire(end=b"", controls=b"\x02", factory="9600 7E1")
    words = WORDS

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError for any other than W, Z and the probe Ehello, F."""
        if words or name not in COMMANDS:
            raise ValueError(f"{name!r} is no command of Toledo 8217")
        sends = name.encode("ascii")
        if name == "F":
            return Command(name, sends, "F", 1.0, shown="nothing", silent_after_s=0.2)
        return Command(name, sends, COMMANDS[name], 1.0, changes=name == "Z")

    def restart_sign(self) -> bytes:
        """These scales say nothing when switched on."""
        return NO_BANNER

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one frame (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        text = text_of(line, self.wire.controls)
        if text is None:
            return garbled(line, "line settings")
        if text == "\x02E" and ask is not None and ask.name == "Ehello":
            return Heard("E", Identified("8217"))
        if found := WEIGHT.fullmatch(text):
            value = decimal_of("", found["number"])
            return Heard("W", Weight(value, None, stable=True, legend=found["net"] or None))
        if status := STATUS.fullmatch(text):
            return _status(ord(status["status"]), line)
        return no_number(line)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Leave an answer as it is: each has one frame."""
        return said


def _status(bits: int, line: bytes) -> Heard[Says]:
    if bits & 0b10:
        return overload(line)
    if bits & 0b100:
        return underload(line)
    if bits & 0b1000:
        return Heard(None, OutOfRange("The scale is outside its zero range: empty the pan.", "+", "zero", line))
    if bits & 0b1:
        return busy(line)
    return unknown_command(line, chr(bits))
