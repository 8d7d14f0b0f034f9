"""Adam Equipment (CPWplus, Highland, Nova, MDW, AZextra): commands to bytes, lines to what they say. For display only.

Not here: the port, time, retries. Written from the makers' manuals and a published driver; not yet run on an instrument
by us, and `verified` says so. The families have no common set of commands, so the model is configured (`adam:mdw`) and
never probed for. None has a stability flag, and none says who it is: no dose is weighed with them. On CPWplus `Z` tares
and `T` only sends the tare. Nova's reply with a weight is not documented: such a line is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from devices.balance.codec import NO_BANNER, Command, Verb, Wire
from devices.balance.grammar import (
    DIGITS,
    MASSES,
    decimal_of,
    garbled,
    no_mass,
    no_number,
    overload,
    sendable,
    text_of,
    underload,
    unknown_command,
)
from devices.balance.says import NoZero, Says, Tare, Weight
from devices.exchange import Ask, Heard

Model = Literal["cpwplus", "highland", "nova", "mdw", "azextra"]

DISPLAY_ONLY: Final = "An Adam balance does not say when a weight is at rest: it is for display, not for doses."

CPWPLUS: Final = re.compile(
    rf"(?P<legend>[GNT]) (?P<sign>[+-]) {{1,8}}(?P<number>{DIGITS}) (?P<unit>\S{{1,3}})", re.ASCII
)
HIGHLAND: Final = re.compile(rf"(?=.{{16}}$)(?P<sign>[+\- ]) *(?P<number>{DIGITS}) (?P<unit>\S{{1,5}}) *", re.ASCII)
MDW: Final = re.compile(r"\n(?P<field>.{6}|-{9})(?P<unit>[A-Za-z:%]{0,5})(?:\r\n[0-?]{3})?", re.ASCII)
MDW_NUMBER: Final = re.compile(rf" *(?P<sign>-?)(?P<number>{DIGITS})", re.ASCII)
AZEXTRA: Final = re.compile(rf" +(?P<sign>-?)(?P<number>{DIGITS})(?P<unit>[a-z]{{1,3}})", re.ASCII)
NOVA_ERROR: Final = re.compile(r"!(E[UKF])", re.ASCII)

Read = Callable[[str, bytes], Heard[Says]]


def _cpwplus(text: str, line: bytes) -> Heard[Says]:
    found = CPWPLUS.fullmatch(text)
    if found is None:
        return no_number(line)
    heard = _weight(found, found["legend"], line)
    if found["legend"] == "T" and isinstance(heard.said, Weight) and heard.said.unit is not None:
        return Heard("T", Tare(heard.said.value, heard.said.unit))
    return Heard(found["legend"], heard.said)


def _highland(text: str, line: bytes) -> Heard[Says]:
    found = HIGHLAND.fullmatch(text)
    return no_number(line) if found is None else _weight(found, None, line)


def _azextra(text: str, line: bytes) -> Heard[Says]:
    found = AZEXTRA.fullmatch(text)
    return no_number(line) if found is None or found.end("number") != 8 else _weight(found, None, line)


def _nova(text: str, line: bytes) -> Heard[Says]:
    error = NOVA_ERROR.fullmatch(text)
    return no_number(line) if error is None else unknown_command(line, error[1])


def _mdw(text: str, line: bytes) -> Heard[Says]:
    if text == "\n?":
        return unknown_command(line, "?")
    found = MDW.fullmatch(text)
    if found is None:
        return no_number(line)
    field, unit = found["field"], found["unit"]
    if field == "-" * 9:
        return Heard(None, NoZero("The balance cannot find its zero: empty the pan, and zero it.", "-", "zero", line))
    if field in {"^" * 6, "_" * 6}:
        return overload(line) if field[0] == "^" else underload(line)
    number = MDW_NUMBER.fullmatch(field)
    if number is None:
        return no_number(line)
    if unit not in MASSES:
        return no_mass(line, unit)
    return Heard("W", Weight(decimal_of(number["sign"], number["number"]), unit, stable=None))


def _weight(found: re.Match[str], legend: str | None, line: bytes) -> Heard[Says]:
    if found["unit"] not in MASSES:
        return no_mass(line, found["unit"])
    value = decimal_of(found["sign"], found["number"])
    return Heard("P", Weight(value, found["unit"], stable=None, legend=legend))


@dataclass(frozen=True)
class Family:
    """What one family understands and says."""

    wire: Wire
    """How its commands and replies are cut."""

    terminator: bytes
    """What ends a reply."""

    reading: str
    """The command for a weight."""

    commands: str
    """Its commands, as a regular expression."""

    silent: frozenset[str]
    """Commands that are answered only when something is wrong with them."""

    read: Read
    """What a line of it says."""


CR_LF: Final = Wire()
FAMILIES: Final[dict[Model, Family]] = {
    "cpwplus": Family(CR_LF, b"\r\n", "G", "[GNTZ]", frozenset("Z"), _cpwplus),
    "highland": Family(CR_LF, b"\r\n", "P", "[PZT]", frozenset("ZT"), _highland),
    "nova": Family(Wire(start=b"!", end=b"\r"), b"\r", "KP", "[A-Z]{2,3}", frozenset({"KT", "KP", "KZ"}), _nova),
    "mdw": Family(Wire(end=b"\r", controls=b"\r\n"), b"\r\x03", "W", "[A-Z]", frozenset("ZT"), _mdw),
    "azextra": Family(Wire(factory="4800 8N1"), b"\r\n", "P", "[PZT]", frozenset("ZT"), _azextra),
}


class Adam:
    """The codec of one family; it holds nothing else and may be shared."""

    verified = False
    display_only = DISPLAY_ONLY

    def __init__(self, model: Model) -> None:
        """Speak as `model`."""
        self._family = FAMILIES[model]
        self.protocol = f"adam:{model}"
        self.terminator = self._family.terminator
        self.wire = self._family.wire
        reading = self._family.reading
        self.words: dict[Verb, str] = {"read_now": reading, "serial": reading, "model": reading}

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError for what the family does not know."""
        if words or not re.fullmatch(self._family.commands, sendable(name)):
            raise ValueError(f"{name!r} is no command of {self.protocol}")
        sends = self.wire.start + name.encode("ascii") + self.wire.end
        if name in self._family.silent:
            return Command(name, sends, name, 1.0, name != "KP", shown="never", silent_after_s=1.0)
        return Command(name, sends, name, 1.0)

    def restart_sign(self) -> bytes:
        """These balances say nothing when switched on."""
        return NO_BANNER

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:  # noqa: ARG002 - a frame says itself what it answers
        """Say what one frame (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        text = text_of(line, self.wire.controls)
        return garbled(line, "line settings") if text is None else self._family.read(text, line)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Leave an answer as it is: each has one frame."""
        return said
