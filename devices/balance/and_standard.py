"""A&D (FX-i, FZ-i, GX, GF, HR, FG, GC, HC-i) in all output formats: commands to bytes, lines to what they say.

Not here: the port, time, retries, and what a weight is good for. Written from the FX-i/FZ-i, GX, GC, FG and HC-i
manuals; not yet run on an instrument by us, and `verified` says so. The header decides before the number: an overload
is sent as `+9999999E+19`. Each format has a width of its own, and a line of another width is none. The NU format has
neither unit nor stability and is refused. `U` is the MODE key, changes the unit, and is never sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
    not_there,
    overload,
    own_fault,
    sendable,
    text_of,
    underload,
    unknown_command,
)
from devices.balance.says import Accepted, Done, FormatError, Name, Says, Tare, Weight, WrongFormat
from devices.errors import Refusing
from devices.exchange import Ask, Heard

PADDED: Final = re.compile(r"(?=.{8})[0-9]{1,8}(?:\.[0-9]{1,7})?", re.ASCII)
"""Zero-padded number of the standard format: eight characters with the point, after the sign."""

STANDARD: Final = re.compile(
    r"(?P<head>ST|US|QT),(?:(?:HI|OK|LO),)?(?P<sign>[+-])(?P<number>[0-9.]{8}),?(?P<unit>[ A-Za-z%]{3})", re.ASCII
)
"""Standard and CSV, also with a comparator's field."""

DP: Final = re.compile(r"(?P<head>WT|US|QT) +(?P<sign>[+-])(?P<number>[0-9.]+)(?P<unit>[ A-Za-z%]{3})", re.ASCII)
KF: Final = re.compile(r"(?P<sign>[+-]) *(?P<number>[0-9.]+) (?P<unit>[ A-Za-z%]{3})", re.ASCII)
MT: Final = re.compile(r"(?P<head>S |SD) *(?P<sign>-?)(?P<number>[0-9.]+) (?P<unit>[A-Za-z%]{1,3})", re.ASCII)
PLAIN: Final = re.compile(DIGITS, re.ASCII)
OVERLOAD: Final = re.compile(r"OL,(?P<sign>[+-])9{6,7}(?:\.9*)?E\+19(?:,? *[A-Za-z%]{1,3})?", re.ASCII)
NU: Final = re.compile(r"[+-][0-9.]{8}", re.ASCII)
ERROR: Final = re.compile(r"EC, ?(E[0-9]{2})|EC([0-9])", re.ASCII)
NAMED: Final = re.compile(r"(?P<what>ID|SN|TN), *(?P<value>[!-~]{1,20}) *", re.ASCII)
PRESET: Final = re.compile(r"PT[:,](?P<sign>[+-])(?P<number>[0-9.]{8}),?(?P<unit>[ A-Za-z]{3})", re.ASCII)
NAMES: Final[dict[str, Literal["id", "serial", "model"]]] = {"ID": "id", "SN": "serial", "TN": "model"}

UNKNOWN: Final = frozenset({"E01", "E04"})
DAMAGED: Final = frozenset({"E00", "E03"})
FAULTS: Final = frozenset({"E17", "E20", "E21"})

SILENT: Final[dict[str, Shown]] = {
    "R": "zero",
    "Z": "zero",
    "T": "tare",
    "CAL": "busy",
    "EXC": "busy",
    "ON": "busy",
    "OFF": "never",
    "P": "never",
    "PRT": "never",
    "SMP": "never",
    "C": "nothing",
}
"""Control commands: silent with erCd 0, acknowledged with erCd 1, echoed with erCd 2."""

TWICE: Final = frozenset({"CAL", "ON", "P", "R", "Z", "T"})
"""Acknowledged twice with erCd 1: received, and done."""

DEADLINES: Final[dict[str, float]] = {"Q": 2.0, "SI": 2.0, "S": 15.0, "CAL": 300.0, "EXC": 300.0}
READINGS: Final = frozenset({"Q", "S", "SI", "SIR", "?WT"})
WORDS: Final[dict[Verb, str]] = {
    "read_now": "Q",
    "zero": "Z",
    "tare": "T",
    "tare_value": "?PT",
    "adjust": "CAL",
    "serial": "?SN",
    "model": "?TN",
}
"""What the driver wants done, and the command that does it."""


class AndStandard:
    """The codec; it holds nothing and may be shared."""

    protocol = "and-standard"
    terminator = b"\r\n"
    verified = False
    display_only = ""
    wire = Wire(controls=b"\x06", factory="2400 7E1")
    words = WORDS

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError for `U` and for what cannot be sent."""
        text = sendable(" ".join((name, *words)))
        if text == "U":
            raise ValueError("'U' presses the MODE key and changes the unit; it is never sent")
        if not re.fullmatch(r"\??[A-Z]{1,4}|PT:[0-9.]{1,9} {0,2}[A-Za-z]{1,3}", text):
            raise ValueError(f"{text!r} is no command of an A&D balance")
        sends = text.encode("ascii") + self.wire.end
        if text in SILENT or text.startswith("PT:"):
            shown = SILENT.get(text, "never")
            changes = text in {"R", "Z", "T", "CAL", "EXC", "ON", "OFF", "P"} or text.startswith("PT:")
            deadline = DEADLINES.get(text, 15.0)
            return Command(text, sends, "AK", deadline, changes, shown=shown, silent_after_s=1.0, echoes=True)
        reply = "weight" if text in READINGS else text
        return Command(text, sends, reply, DEADLINES.get(text, 2.0), stream=text == "SIR")

    def restart_sign(self) -> bytes:
        """These balances say nothing when switched on."""
        return NO_BANNER

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one line (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        if line == b"\x06":
            return _acknowledged(ask)
        text = text_of(line)
        if text is None:
            return garbled(line, "line settings")
        if error := ERROR.fullmatch(text):
            return _refused(error[1] or f"EC{error[2]}", line)
        for way in (_status, _named, _standard, _dp, _kf, _mt):
            heard = way(text, line)
            if heard is not None:
                return heard
        return no_number(line)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Leave an answer as it is: both acknowledgements are told."""
        return said


def _acknowledged(ask: Ask | None) -> Heard[Says]:
    if isinstance(ask, Command) and ask.name in TWICE and ask.so_far == 0:
        return Heard("AK", Accepted(), more=True)
    return Heard("AK", Done())


def _refused(code: str, line: bytes) -> Heard[Says]:
    if code in {"E02", "E11"}:
        return not_there(line, code) if code == "E02" else busy(line, code=code)
    if code in UNKNOWN:
        return unknown_command(line, code)
    if code in FAULTS:
        return own_fault(line, code)
    if code == "E06":
        return Heard(
            None, FormatError("The balance finds a form error in the command.", "syntax_error", code, raw=line)
        )
    if code == "E07":
        says = "The balance does not accept the value it was given."
        return Heard(None, Refusing(says, "bad_parameter", code, raw=line))
    if code in DAMAGED:
        says = "The balance received damaged characters. Check the line settings and the cable."
        return Heard(None, Refusing(says, "transmission_error", code, raw=line))
    return Heard(None, Refusing(f"The balance says no: error {code}.", "logical_error", code, raw=line))


def _status(text: str, line: bytes) -> Heard[Says] | None:
    """Over and under in each format, and the format nobody may work with."""
    over: dict[str, Callable[[bytes], Heard[Says]]] = {"+": overload, "-": underload}
    if found := OVERLOAD.fullmatch(text):
        return over[found["sign"]](line)
    if re.fullmatch(r"SI[+-]", text):
        return over[text[2]](line)
    if re.fullmatch(r" {6,8}[HE] *", text):
        return overload(line)
    if re.fullmatch(r" {5,8}(?:-E|L) *", text):
        return underload(line)
    if NU.fullmatch(text):
        says = "The balance is set to output NU, without unit and stability. Set it to the standard output."
        return Heard(None, WrongFormat(says, line, "output format NU"))
    return None


def _named(text: str, line: bytes) -> Heard[Says] | None:
    if found := NAMED.fullmatch(text):
        return Heard(f"?{found['what']}", Name(NAMES[found["what"]], found["value"]))
    found = PRESET.fullmatch(text)
    if found is None:
        return None
    unit = found["unit"].strip()
    if not PADDED.fullmatch(found["number"]) or unit not in MASSES:
        return no_number(line)
    return Heard("?PT", Tare(decimal_of(found["sign"], found["number"]), unit))


def _standard(text: str, line: bytes) -> Heard[Says] | None:
    found = STANDARD.fullmatch(text)
    if found is None:
        return None
    return _weight(found, PADDED, found["head"] == "ST", line)


def _dp(text: str, line: bytes) -> Heard[Says] | None:
    found = DP.fullmatch(text)
    return None if found is None or len(text) != 16 else _weight(found, PLAIN, found["head"] == "WT", line)


def _kf(text: str, line: bytes) -> Heard[Says] | None:
    """A missing unit is the only sign of motion."""
    found = KF.fullmatch(text)
    if found is None or len(text) != 14:
        return None
    if found["unit"] == "   " and PLAIN.fullmatch(found["number"]):
        return Heard("weight", Weight(decimal_of(found["sign"], found["number"]), None, stable=False))
    return _weight(found, PLAIN, stable=True, line=line)


def _mt(text: str, line: bytes) -> Heard[Says] | None:
    found = MT.fullmatch(text)
    if found is None or found.end("number") != 12:
        return None
    return _weight(found, PLAIN, found["head"] == "S ", line)


def _weight(found: re.Match[str], number: re.Pattern[str], stable: bool, line: bytes) -> Heard[Says]:
    unit = found["unit"].strip()
    head = found.groupdict().get("head")
    if not number.fullmatch(found["number"]):
        return no_number(line)
    if unit not in MASSES or head == "QT":
        return no_mass(line, unit)
    return Heard("weight", Weight(decimal_of(found["sign"], found["number"]), unit, stable))
