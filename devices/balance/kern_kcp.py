"""KERN KCP, a subset of MT-SICS, and what older KERN sets (KET, DE, continuous) do differently: commands, lines.

Not here: the port, time, retries, what a weight is good for, and the lines MT-SICS has already (mt_sics.py reads those).
Written from the CKE, KET-TM and KIB-TM manuals and published notes on KCP; not yet run on an instrument by us. `Z A` is
the end in KCP and only the beginning in the KET set: a moment is given for more, and a following weight must show the
zero in any case. `I4` with a text sets the serial number of some balances: never sent.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Final, Literal

from devices.balance.codec import Command, Shown, Verb, Wire
from devices.balance.grammar import DIGITS, MASSES, busy, decimal_of, no_mass, no_number, text_of
from devices.balance.mt_sics import MtSics
from devices.balance.says import Accepted, Done, Says, Weight
from devices.errors import OutOfRange, Refusing
from devices.exchange import Ask, Heard

CONTINUOUS: Final = re.compile(
    rf"(?P<flag>ST|US),(?P<legend>GS|NT),(?P<sign>[+\- ]) *(?P<number>{DIGITS}) ?(?P<unit>\S{{1,3}}) *", re.ASCII
)
"""Continuous output of the KIB-TM; flag, gross or net, sign apart from the digits."""

DE: Final = re.compile(rf"M(?P<sign>[+\- ]) +(?P<number>{DIGITS}) (?P<unit>\S{{1,3}}) *", re.ASCII)
"""The DE balances' answer to `w`; it has no stability flag."""

TWO_PHASE: Final = re.compile(r"(?P<id>Z|T) (?P<status>[AD^vE])", re.ASCII)
CONTROLS: Final[dict[str, Shown]] = {"Z": "zero", "ZI": "zero", "T": "tare", "TI": "tare"}
RANGES: Final[dict[str, Literal["zero", "tare"]]] = {"Z": "zero", "T": "tare"}
WORDS: Final[dict[Verb, str]] = {
    "read_now": "SI",
    "zero": "Z",
    "tare": "T",
    "tare_value": "TA",
    "serial": "I4",
    "model": "I2",
    "software": "I3",
    "commands": "I0",
}
"""What the driver wants done, and the command that does it."""


class KernKcp:
    """The codec; it holds nothing but the MT-SICS codec and may be shared."""

    protocol = "kern-kcp"
    terminator = b"\r\n"
    verified = False
    display_only = ""
    wire = Wire(gap_s=0.11)
    words = WORDS

    def __init__(self) -> None:
        self._sics = MtSics()

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command and its parameters; ValueError before anything is sent if it cannot be."""
        if name in {"I0", "I1", "I2", "I3", "I4", "I5"} and words:
            raise ValueError(f"{name} with a text may set what it should ask for; it is never sent")
        plain = self._sics.ask(name, *words)
        ask = Command(**{field.name: getattr(plain, field.name) for field in fields(Ask)})
        if name == "w" and not words:
            return Command("w", b"w", "w", 1.0)
        if name in CONTROLS:
            return _with(ask, shown=CONTROLS[name], grace_s=0.5)
        if name == "@":
            return _with(ask, shown="nothing", silent_after_s=2.0)
        return _with(ask, changes=ask.changes or (name == "U" and bool(words)))

    def restart_sign(self) -> bytes:
        """Bytes that may be what is left of a power-on banner."""
        return self._sics.restart_sign()

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one line (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        text = text_of(line)
        if text is None:
            return self._sics.read(line, ask)
        if text in {"U A", "U I", "U L"}:
            return _unit(text[2], line)
        if found := TWO_PHASE.fullmatch(text):
            return _step(found["id"], found["status"], line, ask)
        if found := CONTINUOUS.fullmatch(text):
            return _weight("S", found, found["flag"] == "ST", found["legend"], line)
        if found := DE.fullmatch(text):
            return _weight("w", found, None, None, line)
        if text.startswith(("ST,", "US,", "M+", "M-", "M ")):
            return no_number(line)
        return self._sics.read(line, ask)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """An acknowledgement that stands alone is the end; else the lines of an answer are joined as in MT-SICS."""
        return (Done(),) if said == (Accepted(),) else self._sics.whole(said)


def _with(ask: Command, **changes: object) -> Command:
    return Command(**{field.name: getattr(ask, field.name) for field in fields(Command)} | changes)


def _unit(status: str, line: bytes) -> Heard[Says]:
    """The answer to another unit: taken, not now, or one that it does not have."""
    if status == "A":
        return Heard("U", Done())
    says = "The balance does not accept the value it was given."
    return busy(line, "U", "I") if status == "I" else Heard("U", Refusing(says, "bad_parameter", "L", raw=line))


def _step(id_: str, status: str, line: bytes, ask: Ask | None) -> Heard[Says]:
    """One step of a zero or tare: accepted, done, out of range, not at rest."""
    begun = isinstance(ask, Command) and ask.so_far > 0
    if status == "A" and not begun:
        return Heard(id_, Accepted(), more=True)
    if status == "D" and begun:
        return Heard(id_, Done())
    if status in {"^", "v"}:
        side: Literal["+", "-"] = "+" if status == "^" else "-"
        says = "Not zeroed: empty the pan, see that it is on, and zero again."
        if id_ == "T":
            says = "Not tared: the load is outside the tare range."
        return Heard(id_, OutOfRange(says, side, RANGES[id_], line))
    return busy(line, id_, "E") if status == "E" else no_number(line)


def _weight(id_: str, found: re.Match[str], stable: bool | None, legend: str | None, line: bytes) -> Heard[Says]:
    if found["unit"] not in MASSES:
        return no_mass(line, found["unit"])
    return Heard(id_, Weight(decimal_of(found["sign"], found["number"]), found["unit"], stable, legend))
