"""Ohaus ASCII (Explorer, Adventurer, Pioneer, Scout, Ranger, AS): commands to bytes, lines to what they say.

Not here: the port, time, retries, and what a weight is good for. Written from the Explorer, Adventurer, Ranger and
RS-232 manuals; not yet run on an instrument by us, and `verified` says so. Columns differ between models and within one
manual, so the line is split on spaces; the number must still end where one of the models lets it end. `?` means motion
or a load below the minimum weight. The layout of the reply to PSN is not documented: its text is taken as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal

from devices.balance.codec import NO_BANNER, Command, Shown, Verb, Wire
from devices.balance.grammar import (
    MASSES,
    NUMBER,
    busy,
    garbled,
    no_mass,
    no_number,
    overload,
    own_fault,
    sendable,
    text_of,
    underload,
    unknown_command,
)
from devices.balance.mt_sics import MtSics
from devices.balance.says import Done, Name, Says, Tare, Weight
from devices.exchange import Ask, Heard

LINE: Final = re.compile(r"(?P<value> *-?[0-9.]+) (?P<unit>\S{1,5})(?P<tail>(?: .*)?)", re.ASCII)
WIDTHS: Final = range(9, 14)
"""Columns up to the number's last digit: AS 9, Explorer 10 and 11, Pioneer 11 and 12, with one to spare."""

TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
LEGENDS: Final = frozenset({"N", "NET", "G"})
"""Legends that leave a line a weight; `TOTAL` does not."""

TARES: Final = frozenset({"T", "PT", "TARE"})
"""Legends that make a line the tare; it is taken only as the answer to PT, and without such a legend not at all."""

ERROR: Final = re.compile(r"Err(?:or)?\.? ?(?P<code>[0-9]{1,2}(?:\.[0-9])?)", re.ASCII)
OUTSIDE: Final[dict[str, Callable[[bytes], Heard[Says]]]] = {"8.3": overload, "8.4": underload}
"""Errors as the display names them; whether and how they reach the wire is not documented."""

STABILITY_S: Final = 30.0
"""An `ES` so many seconds after SP is no unknown command: the pan did not come to rest within the balance's 40 s."""

PRINTS: Final = frozenset({"IP", "P", "SP", "CP"})
SILENT: Final[dict[str, Shown]] = {
    "Z": "zero",
    "T": "tare",
    "0P": "nothing",
    "PSI": "nothing",
    "POH": "nothing",
    "C": "busy",
    "IC": "busy",
    "AC": "never",
    "ON": "busy",
    "OFF": "never",
    "SLP": "never",
    "SLZP": "never",
}
"""Commands that are answered by `OK!` or not at all, and where their outcome can be seen."""

CHANGING: Final = frozenset({"Z", "T", "C", "IC", "AC", "ON", "OFF", "PSI", "POH"})
IDENTITIES: Final[dict[str, tuple[Literal["serial", "software"], re.Pattern[str]]]] = {
    "PSN": ("serial", re.compile(r"[0-9A-Z][0-9A-Z/-]{3,19}", re.ASCII)),
    "PV": ("software", re.compile(r"[A-Za-z][ -~]{1,39}", re.ASCII)),
}
SICS: Final = frozenset({"S", "SI", "SIR", "I4"})
"""Commands that mean something only after PSI, when the balance speaks MT-SICS."""

WORDS: Final[dict[Verb, str]] = {
    "read_now": "IP",
    "zero": "Z",
    "tare": "T",
    "serial": "PSN",
    "model": "PV",
    "software": "PV",
    "tare_value": "PT",
}
"""What the driver wants done, and the command that does it. PT's reply is documented only as "the tare": it counts in
the layout of a weight with a tare's legend; in any other it is not understood, and no dose is weighed."""


class Ohaus:
    """The codec; it holds nothing and may be shared."""

    protocol = "ohaus"
    terminator = b"\r\n"
    verified = False
    display_only = ""
    wire = Wire()
    words = WORDS

    def __init__(self) -> None:
        self._sics = MtSics()

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError for parameters and for what cannot be sent."""
        if words or not re.fullmatch(r"[0-9.]{0,8}[A-Za-z]{1,4}", sendable(name)):
            raise ValueError(f"{name!r} is no command of an Ohaus balance")
        sends = name.encode("ascii") + self.wire.end
        if name in SICS:
            return self._sics.ask(name)
        if name in SILENT or re.fullmatch(r"[0-9.]+T|[0-9]RL", name):
            shown = SILENT.get(name, "never")
            changes = name in CHANGING or name.endswith("T")
            return Command(name, sends, name, 12.0, changes, shown=shown, silent_after_s=0.5)
        if name == "CP" or re.fullmatch(r"[0-9]+P", name):
            return Command(name, sends, "P", 1.0, stream=True)
        return Command(name, sends, "P" if name in PRINTS else name, {"SP": 45.0, "P": 12.0}.get(name, 1.0))

    def restart_sign(self) -> bytes:
        """These balances say nothing when switched on."""
        return NO_BANNER

    def read(self, line: bytes, ask: Ask | None) -> Heard[Says]:
        """Say what one line (without terminator) means, as an answer to `ask` or unasked. Never raises."""
        text = text_of(line)
        if text is None:
            return garbled(line, "line settings")
        if ask is not None and ask.name in SICS:
            return self._sics.read(line, ask)
        if text == "ES":
            waited = ask.waited_s if isinstance(ask, Command) and ask.name == "SP" else 0.0
            return busy(line, code="ES") if waited >= STABILITY_S else unknown_command(line, "ES")
        if text.rstrip() == "OK!":
            asked = isinstance(ask, Command) and ask.silent_after_s is not None
            return Heard(ask.reply if ask is not None and asked else "OK!", Done())
        if error := ERROR.fullmatch(text.strip()):
            return OUTSIDE[error["code"]](line) if error["code"] in OUTSIDE else own_fault(line, error["code"])
        if found := LINE.fullmatch(text):
            return _tare(found, line) if ask is not None and ask.name == "PT" else _weight(found, line)
        if ask is not None and ask.name in IDENTITIES:
            what, like = IDENTITIES[ask.name]
            if like.fullmatch(text.strip()):
                return Heard(ask.reply, Name(what, text.strip()))
        return no_number(line)

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Leave an answer as it is: each has one line."""
        return said


def _tare(found: re.Match[str], line: bytes) -> Heard[Says]:
    """The answer to PT: a number in a weight's columns, a unit, and the legend that says it is a tare."""
    number, words = found["value"].lstrip(" "), found["tail"].split()
    said = len(words) == 1 and words[0] in TARES
    if not said or not NUMBER.fullmatch(number) or len(found["value"]) not in WIDTHS or found["unit"] not in MASSES:
        return no_number(line)
    return Heard("PT", Tare(Decimal(number), found["unit"]))


def _weight(found: re.Match[str], line: bytes) -> Heard[Says]:
    """A number that ends in one of the models' columns, a unit, and perhaps `?`, a time and a legend, each a word."""
    number, words = found["value"].lstrip(" "), found["tail"].split()
    moving = words[:1] == ["?"]
    timed = TIME.fullmatch(words[moving]) is not None if len(words) > moving else False
    legend = words[moving + timed :]
    known = not legend or (len(legend) == 1 and legend[0] in LEGENDS)
    if not NUMBER.fullmatch(number) or len(found["value"]) not in WIDTHS or not known:
        return no_number(line)
    if found["unit"] not in MASSES:
        return no_mass(line, found["unit"])
    return Heard("P", Weight(Decimal(number), found["unit"], not moving, legend[0] if legend else None))
