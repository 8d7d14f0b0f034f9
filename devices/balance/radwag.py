"""RADWAG (PS, AS, XA, WLC): commands to bytes, lines to what they say.

Not here: the port, time, retries, and what a weight is good for. Written from the PS, AS R2 and PS R2 manuals and a
published driver; not yet run on an instrument by us, and `verified` says so. `A` means accepted, not done. A mass reply
has fixed columns with the sign apart from the digits. There are two sets of columns, and a lost blank would turn the
wide one into the narrow one: so the set is configured (`radwag`, `radwag:r2`), never guessed.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from devices.balance.codec import NO_BANNER, Command, Shown, Verb, Wire
from devices.balance.grammar import (
    DIGITS,
    MASSES,
    busy,
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
from devices.balance.says import Accepted, Done, Name, Says, Tare, Weight
from devices.errors import OutOfRange, Refusing
from devices.exchange import Ask, Heard

Columns = Literal["wide", "narrow"]
"""Which set of columns a mass reply has."""

READINGS: Final = frozenset({"S", "SI", "SU", "SUI", "C1", "CU1"})
MASS_TAIL: Final = r"(?P<flag>[ ?^v]) (?P<sign>[ -])(?P<value>[ 0-9.]{9}) (?P<unit>.{3})"
MASSES_BY_COLUMNS: Final[dict[Columns, re.Pattern[str]]] = {
    "wide": re.compile(rf"(?P<id>[A-Z][A-Z0-9]{{0,2}}) {{0,2}}(?<=^...) {MASS_TAIL}", re.ASCII),
    "narrow": re.compile(rf"(?P<id>[A-Z][A-Z0-9]{{0,2}}) {{0,2}}(?<=^...){MASS_TAIL}", re.ASCII),
}
"""Command in columns 1 to 3; wide: stability in 5, sign in 7, mass in 8 to 16, unit in 18 to 20; narrow: one column less."""

TARE: Final = re.compile(r"OT (?:[ ?] (?= ))?(?P<value>[ 0-9.]{9}) (?P<unit>.{3}) ?", re.ASCII)
"""The tare in columns 4 to 12 and its unit in 14 to 16; older terminals put a stability mark and a blank before it."""

VALUE: Final = re.compile(rf" *({DIGITS})", re.ASCII)
STATUS: Final = re.compile(r"(?P<id>[A-Z][A-Z0-9]{0,2}) {1,3}(?P<status>A|D|OK|I|E|\^|v)", re.ASCII)
QUOTED: Final = re.compile(r'(?P<id>NB|FS|BN|RV) (?:A )?"(?P<value>[ !#-~]{1,24})"', re.ASCII)
NAMES: Final[dict[str, Literal["serial", "capacity", "model", "software"]]] = {
    "NB": "serial",
    "FS": "capacity",
    "BN": "model",
    "RV": "software",
}
TWO_STEPS: Final[dict[str, Shown]] = {"Z": "zero", "T": "tare", "IC": "answer", "S": "answer", "SU": "answer"}
"""Commands that are accepted first, and where their outcome can be seen besides."""

DEADLINES: Final[dict[str, float]] = {"Z": 62.0, "T": 62.0, "IC": 125.0, "S": 62.0, "SU": 62.0}
"""Seconds for the whole reply; the balance itself takes up to 60, and 120 for an adjustment."""

RANGES: Final[dict[str, Literal["zero", "tare"]]] = {"Z": "zero", "T": "tare"}
WORDS: Final[dict[Verb, str]] = {
    "read_now": "SI",
    "zero": "Z",
    "tare": "T",
    "tare_value": "OT",
    "serial": "NB",
    "model": "FS",
    "adjust": "IC",
}
"""What the driver wants done, and the command that does it. FS asks for the capacity: harmless, and always there."""


class Radwag:
    """The codec; it holds its columns only and may be shared."""

    terminator = b"\r\n"
    verified = False
    display_only = ""
    wire = Wire()
    words = WORDS

    def __init__(self, columns: Columns = "wide") -> None:
        """Expect mass replies in these columns."""
        self.protocol = "radwag" if columns == "wide" else "radwag:r2"
        self._mass = MASSES_BY_COLUMNS[columns]

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError for what cannot be sent."""
        text = sendable(" ".join((name, *words)))
        if not re.fullmatch(r"[A-Z][A-Z0-9]{0,3}(?: [0-9A-Za-z.]{1,10}){0,2}", text):
            raise ValueError(f"{text!r} is no command of a RADWAG balance")
        changes = name in {"Z", "T", "IC"} or bool(words)
        deadline = DEADLINES.get(name, 2.0 if name in {*NAMES, "OT"} else 1.0)
        shown = TWO_STEPS.get(name, "answer")
        sends = text.encode("ascii") + self.wire.end
        return Command(name, sends, name, deadline, changes, stream=name in {"C1", "CU1"}, shown=shown)

    def restart_sign(self) -> bytes:
        """These balances say nothing when switched on."""
        return NO_BANNER

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one line (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        text = text_of(line)
        if text is None:
            return garbled(line, "line settings")
        if text == "ES":
            return unknown_command(line, "ES")
        if found := STATUS.fullmatch(text.rstrip()):
            return _status(found["id"], found["status"], line, ask)
        if found := QUOTED.fullmatch(text):
            return Heard(found["id"], Name(NAMES[found["id"]], found["value"].strip()))
        if found := TARE.fullmatch(text):
            return _tare(found, line)
        if found := self._mass.fullmatch(text):
            return _weight(found, line)
        return no_number(line)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Leave an answer as it is: both steps are told."""
        return said


def _status(id_: str, status: str, line: bytes, ask: Ask | None) -> Heard[Says]:
    begun = isinstance(ask, Command) and ask.so_far > 0
    if status == "A":
        two = id_ in TWO_STEPS
        return no_number(line) if begun else Heard(id_, Accepted() if two else Done(), more=two)
    if status in {"D", "OK"}:
        return Heard(id_, Done()) if begun == (status == "D") else no_number(line)
    if status == "E" and id_ == "IC":
        return Heard(
            id_, Refusing("The adjustment failed. The balance must pass a check.", "adjustment_failed", raw=line)
        )
    if status in {"E", "I"}:
        return busy(line, id_, status)
    if id_ not in RANGES:
        return overload(line, id_) if status == "^" else underload(line, id_)
    side: Literal["+", "-"] = "+" if status == "^" else "-"
    words = {
        "zero": "Not zeroed: empty the pan, see that it is on, and zero again.",
        "tare": "Not tared: out of range.",
    }
    return Heard(id_, OutOfRange(words[RANGES[id_]], side, RANGES[id_], line))


def _tare(found: re.Match[str], line: bytes) -> Heard[Says]:
    number, unit = VALUE.fullmatch(found["value"]), found["unit"].rstrip()
    if number is None or unit not in MASSES:
        return no_number(line)
    return Heard("OT", Tare(decimal_of("", number[1]), unit))


def _weight(found: re.Match[str], line: bytes) -> Heard[Says]:
    number, unit = VALUE.fullmatch(found["value"]), found["unit"].rstrip()
    if found["id"] not in READINGS or number is None:
        return no_number(line)
    if found["flag"] in {"^", "v"}:
        return overload(line, found["id"]) if found["flag"] == "^" else underload(line, found["id"])
    if unit not in MASSES:
        return no_mass(line, unit)
    value = decimal_of(found["sign"], number[1])
    return Heard(found["id"], Weight(value, unit, found["flag"] == " "))
