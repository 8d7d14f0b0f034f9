"""Mettler Toledo MT-SICS, levels 0 and 1, with C1 C3 WS M28: commands to bytes, lines to what they say.

Not here: the port, time, retries, and what a weight is good for. Written from manuals and published output; not yet
run on an instrument by us, and `verified` says so. Older balances, ID1 terminals and the A&D "MT" format differ.
Source: MT-SICS level 0 and 1 as in Mettler Toledo AT and AL-IC manuals and the Ohaus 7000 manual's MT-SICS pages.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from devices.balance.codec import Verb, Wire
from devices.balance.grammar import MASSES, NUMBER, garbled
from devices.balance.says import (
    BalanceData,
    Commands,
    Done,
    Door,
    Name,
    Restarted,
    Says,
    Started,
    Tare,
    Temperature,
    Weight,
)
from devices.errors import OutOfRange, Refusing, RefusingKind, Trouble
from devices.exchange import Ask, Heard

DEVICE_FAULT: Final = re.compile(r"S [SD] Error ([0-9]{1,3})([tb]?)", re.ASCII)
QUOTED: Final = re.compile(r'"[^"]*"(?: "[^"]*")*', re.ASCII)
GENERAL: Final[dict[str, tuple[RefusingKind, str]]] = {
    "ES": ("syntax_error", "The balance does not know this command."),
    "ET": ("transmission_error", "The balance received damaged characters. Check the line settings and the cable."),
    "EL": ("logical_error", "The balance cannot carry this command out."),
}
VALUED: Final[dict[str, dict[str, bool | None]]] = {
    "T": {"S": True},
    "TI": {"S": True, "D": False},
    "TC": {"S": True, "D": False},
    "TA": {"A": None, "S": None},
}
"""Replies that carry a tare value, and what their status says about rest."""

DONE: Final[dict[str, dict[str, bool | None]]] = {
    "Z": {"A": None},
    "ZI": {"S": True, "D": False},
    "ZC": {"S": True, "D": False},
    "TAC": {"A": None},
    "D": {"A": None},
    "DW": {"A": None},
    "WS": {"A": None},
    "C1": {"A": None},
    "C3": {"A": None},
}
"""Replies that only say it is done."""

RANGES: Final[dict[str, Literal["weighing", "zero", "tare"]]] = {
    "S": "weighing",
    "Z": "zero",
    "ZI": "zero",
    "ZC": "zero",
    "T": "tare",
    "TI": "tare",
    "TC": "tare",
}
NAMES: Final[dict[str, Literal["serial", "software", "id", "sics_levels"]]] = {
    "I1": "sics_levels",
    "I3": "software",
    "I4": "serial",
    "I5": "id",
}
DOORS: Final[dict[str, Literal["closed", "right_open", "left_open", "error", "intermediate"]]] = {
    "0": "closed",
    "1": "right_open",
    "2": "left_open",
    "8": "error",
    "9": "intermediate",
}
ADJUSTMENTS: Final = frozenset({"C1", "C3"})
KNOWN: Final = frozenset({"S", "I0", "I2", "M28", *VALUED, *DONE, *NAMES})
"""Every reply id of this file."""

REPLIES: Final[dict[str, str]] = {"SI": "S", "SIR": "S", "SC": "S", "SR": "S", "@": "I4"}
"""Commands whose reply carries another id."""

DEADLINES: Final[dict[str, float]] = {
    **dict.fromkeys(("S", "SC", "Z", "ZI", "ZC", "T", "TI", "TC"), 15.0),
    **dict.fromkeys(("I0", "I1", "I2", "I3", "I4", "I5"), 2.0),
    **dict.fromkeys(("C1", "C3"), 300.0),
    "@": 12.0,
}
"""Seconds for the whole reply where it is not the one second of a reading."""

CHANGING: Final = frozenset({"Z", "ZI", "ZC", "T", "TI", "TC", "TAC", "@", "C1", "C3"})
"""Commands that change what a later weight means; `TA value unit` does too."""


WORDS: Final[dict[Verb, str]] = {
    "read_now": "SI",
    "zero": "Z",
    "tare": "T",
    "clear_tare": "TAC",
    "tare_value": "TA",
    "serial": "I4",
    "model": "I2",
    "software": "I3",
    "commands": "I0",
    "adjust": "C3",
    "abort": "@",
}
"""What the driver wants done, and the command that does it. `ZI` is not here: it zeroes in motion (F25)."""


class MtSics:
    """The codec; it holds nothing and may be shared."""

    protocol = "mt-sics"
    terminator = b"\r\n"
    verified = False
    display_only = ""
    wire = Wire()
    words = WORDS

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command and its parameters; ValueError before anything is sent if it cannot be."""
        for word in (name, *words):
            if not word or any(not 0x20 <= ord(letter) <= 0x7E for letter in word):
                raise ValueError(f"{word!r} holds characters that cannot be sent to a balance")
        if " " in name:
            raise ValueError(f"{name!r} is no command")
        changes = name in CHANGING or (name == "TA" and bool(words))
        sends = " ".join((name, *words)).encode("ascii") + self.terminator
        return Ask(
            name, sends, REPLIES.get(name, name), DEADLINES.get(name, 1.0), changes, stream=name in {"SIR", "SR"}
        )

    def preset_tare(self, value: Decimal, unit: str) -> Ask:
        """Return the question that presets a tare; the number is written out, never with an exponent."""
        return self.ask("TA", f"{value:f}", unit)

    def show(self, text: str) -> Ask:
        """Return the question that shows `text` on the display; ValueError for control characters and quotes."""
        if '"' in text:
            raise ValueError("a text for the display cannot hold quotation marks")
        return self.ask("D", f'"{text}"')

    def restart_sign(self) -> bytes:
        """Bytes that may be what is left of a power-on banner."""
        return b"I4 A"

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one line (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        try:
            text = line.decode("ascii")
        except UnicodeDecodeError:
            return garbled(line, "line settings")
        if not text.isprintable():
            return garbled(line, "line settings")
        if text in GENERAL:
            kind, says = GENERAL[text]
            return Heard(None, Refusing(says, kind, text, raw=line))
        words = text.split(" ")
        if len(words) < 2 or words[0] not in KNOWN:
            return garbled(line, "not a reply of MT-SICS")
        return _reply(words[0], words[1], text[len(words[0]) + len(words[1]) + 2 :], line, ask)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Join the lines of a list or of several sensors into one value; leave everything else as it is."""
        if said and all(isinstance(one, Commands) for one in said):
            return (Commands(tuple(entry for one in said if isinstance(one, Commands) for entry in one.entries)),)
        if said and all(isinstance(one, Temperature) for one in said):
            return (Temperature(tuple(value for one in said if isinstance(one, Temperature) for value in one.values)),)
        return said


def _reply(id_: str, status: str, rest: str, line: bytes, ask: Ask | None) -> Heard[Says]:
    refused = _refusal(id_, status, rest, line, ask)
    if refused is not None:
        return Heard(id_, refused)
    if id_ == "S" and status in {"S", "D"}:
        return _weight(status, rest, line)
    if status in VALUED.get(id_, {}):
        return _tare(id_, status, rest, line)
    if id_ == "WS" and status == "A" and rest in DOORS:
        return Heard(id_, Door(DOORS[rest]))
    if status in DONE.get(id_, {}) and not rest:
        return Heard(id_, Done(DONE[id_][status]))
    if id_ in ADJUSTMENTS and status == "B" and not rest:
        return Heard(id_, Started(), more=True)
    if id_ in {"I0", "M28"} and status in {"A", "B"}:
        return _listed(id_, status, rest, line)
    if status == "A" and QUOTED.fullmatch(rest):
        return _quoted(id_, rest, line, ask)
    return garbled(line, "not a reply of MT-SICS")


def _refusal(id_: str, status: str, rest: str, line: bytes, ask: Ask | None) -> Trouble | None:
    """The ways every reply can say no."""
    if fault := DEVICE_FAULT.fullmatch(line.decode("ascii")):
        source: dict[str, Literal["terminal", "electronics"]] = {"t": "terminal", "b": "electronics"}
        says = f"The balance reports a fault of its own: error {fault[1]}{fault[2]}. Read its display."
        return Refusing(says, "device_error", int(fault[1]), source.get(fault[2]), line)
    if rest:
        return None
    if status in {"+", "-"} and id_ in RANGES:
        return _out_of_range(status, RANGES[id_], line)
    if status == "I" and id_ in ADJUSTMENTS:
        if ask is not None and ask.name == "@":
            return Refusing(
                "The adjustment was stopped. The balance must pass a check.", "adjustment_aborted", raw=line
            )
        return Refusing("The adjustment failed. The balance must pass a check.", "adjustment_failed", raw=line)
    if status == "I":
        return Refusing("The balance is busy, or does not come to rest.", "not_ready", "I", raw=line)
    if status == "L":
        return Refusing("The balance does not accept the value it was given.", "bad_parameter", "L", raw=line)
    return None


def _out_of_range(status: str, of: Literal["weighing", "zero", "tare"], line: bytes) -> OutOfRange:
    words = {
        ("weighing", "+"): "Overload: remove the load, then check the balance's zero.",
        ("weighing", "-"): "Underload: is the weighing pan on?",
        ("zero", "+"): "Not zeroed: too much on the pan. Empty the pan and zero again.",
        ("zero", "-"): "Not zeroed: is the weighing pan on?",
        ("tare", "+"): "Not tared: too much on the pan.",
        ("tare", "-"): "Not tared: the weight is below zero. Zero the empty pan first.",
    }
    side: Literal["+", "-"] = "+" if status == "+" else "-"
    return OutOfRange(words[of, side], side, of, line)


def _quantity(rest: str, line: bytes) -> tuple[Decimal, str] | Heard[Says]:
    """Number and unit out of `      100.00 g`, or what is wrong with them."""
    words = rest.split()
    if not words or not NUMBER.fullmatch(words[0]):
        return garbled(line, "decimal comma" if "," in rest else "not a plain number")
    if len(words) == 1:
        return garbled(line, "unit missing")
    if len(words) > 2 or words[1] not in MASSES:
        return garbled(line, "unit is no mass")
    return Decimal(words[0]), words[1]


def _weight(status: str, rest: str, line: bytes) -> Heard[Says]:
    got = _quantity(rest, line)
    return got if isinstance(got, Heard) else Heard("S", Weight(*got, stable=status == "S"))


def _tare(id_: str, status: str, rest: str, line: bytes) -> Heard[Says]:
    got = _quantity(rest, line)
    return got if isinstance(got, Heard) else Heard(id_, Tare(*got, stable=VALUED[id_][status]))


def _listed(id_: str, status: str, rest: str, line: bytes) -> Heard[Says]:
    """One line of a reply that may have several: `I0 B 1 "SI"`, `M28 B 1 21.8`, and a bare `I0 A` at the end."""
    more = status == "B"
    if id_ == "I0" and not rest and not more:
        return Heard(id_, Commands(()))
    if id_ == "I0" and (entry := re.fullmatch(r'([0-9]) "([!-~]{1,12})"', rest)) and '"' not in entry[2]:
        return Heard(id_, Commands(((int(entry[1]), entry[2]),)), more)
    if id_ == "M28" and (sensor := re.fullmatch(r"[0-9]{1,2} +(\S+)", rest)) and NUMBER.fullmatch(sensor[1]):
        return Heard(id_, Temperature((Decimal(sensor[1]),)), more)
    return garbled(line, "not a reply of MT-SICS")


def _quoted(id_: str, rest: str, line: bytes, ask: Ask | None) -> Heard[Says]:
    texts = re.findall(r'"([^"]*)"', rest)
    if id_ == "I4" and (ask is None or ask.name != "I4"):
        asked = ask is not None and ask.reply == "I4"
        return Heard(id_, Restarted(texts[0], asked), restarted=not asked)
    if id_ in NAMES:
        return Heard(id_, Name(NAMES[id_], texts[0]))
    words = " ".join(texts).split()
    if id_ == "I2" and len(words) >= 3 and NUMBER.fullmatch(words[-2]):
        return Heard(id_, BalanceData(" ".join(texts), " ".join(words[:-2]), Decimal(words[-2]), words[-1]))
    return garbled(line, "not a reply of MT-SICS")
