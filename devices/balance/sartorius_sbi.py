"""Sartorius SBI (Cubis, Secura, Quintix, Practum, Entris II, older LE and BP): commands to bytes, lines to what they say.

Not here: the port, time, retries, and what a weight is good for; xBPI, the binary protocol. Written from the Entris II
and ME215S manuals and published drivers; not yet run on an instrument by us, and `verified` says so. Control commands
are silent, and what a balance does not know vanishes: only a following weight shows a zero or a tare (F26). A missing
unit is the only sign of motion, so a line is taken only in its full width.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from devices.balance.codec import NO_BANNER, Command, Shown, Verb, Wire
from devices.balance.grammar import (
    DIGITS,
    MASSES,
    adjusting,
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
)
from devices.balance.says import Name, Says, Tare, Weight
from devices.exchange import Ask, Heard

LINE: Final = re.compile(r"(?P<sign>[+\- ])(?P<value>[ 0-9.]{9}) (?P<unit>.{3})", re.ASCII)
"""Sign, value in columns 2 to 10, a space, unit in columns 12 to 14."""

VALUE: Final = re.compile(rf" *({DIGITS})", re.ASCII)
FAULT: Final = re.compile(r"ERR\.? ?([0-9]{1,3})|((?:APP|DIS|PRT)\.ERR)", re.ASCII | re.IGNORECASE)
CALIBRATING: Final = re.compile(r"C|Cal\.? ?(?:Int|Ext)?\.?", re.ASCII)
NETS: Final = frozenset({"", "N", "G", "G#", "N#"})
"""ID codes of a weight."""

TARES: Final = frozenset({"T", "T1", "T2"})
"""ID codes of a tare, in a printed block."""

IDENTITIES: Final[dict[str, tuple[Literal["model", "serial", "software"], re.Pattern[str]]]] = {
    "x1_": ("model", re.compile(r"[A-Z][0-9A-Za-z/. -]{1,23}", re.ASCII)),
    "x2_": ("serial", re.compile(r"[0-9A-Z][0-9A-Z/-]{3,19}", re.ASCII)),
    "x3_": ("software", re.compile(r"[0-9A-Za-z][0-9A-Za-z/. -]{1,23}", re.ASCII)),
}
"""What an identity reply may look like; a cut weight line (`56 g`, `123.56`) is no serial number."""

SILENT: Final[dict[str, Shown]] = {
    "T": "tare",
    "U": "tare",
    "V": "zero",
    "Z": "busy",
    "W": "busy",
    "S": "busy",
    "K": "never",
    "L": "never",
    "M": "never",
    "N": "never",
    "O": "never",
    "R": "never",
}
"""Commands that are never answered, and where their outcome can be seen."""

WORDS: Final[dict[Verb, str]] = {
    "read_now": "P",
    "zero": "V",
    "tare": "U",
    "serial": "x2_",
    "model": "x1_",
    "software": "x3_",
    "tare_value": "P",
    "lock": "O",
    "unlock": "R",
    "adjust": "Z",
}
"""What the driver wants done, and the command that does it. The tare has no question of its own: a balance that is set
to print gross, tare and net says it with each weight, and only such a one is used for doses."""


class SartoriusSbi:
    """The codec; it holds nothing and may be shared."""

    protocol = "sartorius-sbi"
    terminator = b"\r\n"
    verified = False
    display_only = ""
    wire = Wire(start=b"\x1b", factory="9600 8O1")
    words = WORDS

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError for parameters, and for what is no command of SBI."""
        sendable(name)
        if words or not re.fullmatch(r"[A-Za-z]|x[1-9]_|kP|[fs][0-9]_", name):
            raise ValueError(f"{name!r} is no command of SBI")
        sends = self.wire.start + name.encode("ascii") + self.wire.end
        shown = SILENT.get(name)
        if shown is not None:
            changes = shown != "never"
            return Command(name, sends, name, 12.0, changes, shown=shown, silent_after_s=0.3)
        if name in {"P", "kP"}:
            # With the output set to "after stability" the answer comes only when the pan is at rest.
            return Command(name, sends, "P", 10.0, grace_s=0.3)
        return Command(name, sends, name, 2.0)

    def restart_sign(self) -> bytes:
        """These balances say nothing when switched on."""
        return NO_BANNER

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one line (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        text = text_of(line)
        if text is None:
            return garbled(line, "line settings")
        status = _status(text, line)
        if status is not None:
            return status
        id_, body = (text[:6].rstrip(), text[6:]) if len(text) == 20 else ("", text)
        if found := LINE.fullmatch(body):
            return _weight(id_, found, line)
        if ask is not None and ask.name in IDENTITIES:
            what, like = IDENTITIES[ask.name]
            if like.fullmatch(text.strip()):
                return Heard(ask.reply, Name(what, text.strip()))
        return no_number(line)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Of a block of gross, tare and net take the net, and the tare: as printed, else gross less net, both at rest."""
        weights = [one for one in said if isinstance(one, Weight)]
        net = [one for one in weights if one.legend == "N"]
        if len(said) < 2 or not net:
            return said
        tare = [one for one in said if isinstance(one, Tare) and one.unit] or _difference(weights[0], net[-1])
        return (net[-1], *tare[:1])


def _difference(gross: Weight, net: Weight) -> list[Tare]:
    """The tare that a gross and a net weight at rest, both in one unit, leave between them."""
    if gross is net or gross.unit is None or gross.unit != net.unit:
        return []
    return [Tare(gross.value - net.value, gross.unit)]


def _status(text: str, line: bytes) -> Heard[Says] | None:
    """The words a balance sends in place of a weight; their columns differ by model."""
    words = text.removeprefix("Stat").strip() if text.startswith("Stat ") else text.strip()
    if words in {"High", "H"}:
        return overload(line)
    if words in {"Low", "L"}:
        return underload(line)
    if words == "OFF":
        return not_there(line, "OFF")
    if CALIBRATING.fullmatch(words):
        return adjusting(line)
    if fault := FAULT.fullmatch(words):
        return own_fault(line, fault[1] or fault[2])
    return garbled(line, "not a reply of SBI") if text.startswith("Stat") else None


def _weight(id_: str, found: re.Match[str], line: bytes) -> Heard[Says]:
    number = VALUE.fullmatch(found["value"])
    unit = found["unit"].rstrip()
    if number is None or id_ not in NETS | TARES | {"Qnt"}:
        return no_number(line)
    if unit not in MASSES | {""} or id_ == "Qnt":
        return no_mass(line, unit)
    value = decimal_of(found["sign"], number[1])
    if id_ in TARES:
        return Heard("P", Tare(value, unit), more=True)  # in motion its unit is blank too, and it counts for nothing
    return Heard("P", Weight(value, unit or None, bool(unit), id_ or None), more=id_.startswith("G"))
