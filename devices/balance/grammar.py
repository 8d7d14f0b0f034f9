"""What balance protocols of plain text lines share: numbers, units that are a mass, and words for a line that is no reply."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from devices.balance.says import Interrupted, Says
from devices.errors import Garbled, OutOfRange, Refusing
from devices.exchange import Heard

DIGITS: Final = r"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,7})?"
"""Plain decimal without sign or leading zero, one point with digits on both sides (F18)."""

NUMBER: Final = re.compile(rf"-?{DIGITS}", re.ASCII)
"""The same with a minus adjacent; no plus."""

MASSES: Final = frozenset(
    "g kg mg ug t lb oz ozt ct dwt GN gr mom msg tl tlh tls tlt tola tical baht".split()  # noqa: SIM905 - a list to read
)
"""Units that are a mass. Pieces, percent and lb:oz are none."""

ADJUSTING: Final = "The balance is adjusting itself. Wait until it shows a weight again."
OVER: Final = "Overload: remove the load, then check the balance's zero."
UNDER: Final = "Underload: is the weighing pan on?"


def decimal_of(sign: str, digits: str) -> Decimal:
    """The number that a sign (`+`, `-` or blank) and digits mean; zeros before the first digit are dropped."""
    return Decimal(digits).copy_negate() if sign == "-" else Decimal(digits)


def text_of(line: bytes, controls: bytes = b"") -> str | None:
    """The line as ASCII text; None for a byte that neither is printable nor one of `controls` (F15)."""
    allowed = all(0x20 <= byte <= 0x7E or byte in controls for byte in line)
    return line.decode("ascii") if allowed else None


def garbled(line: bytes, reason: str) -> Heard[Says]:
    """A line that is no reply of the protocol, with words for the technician."""
    says = "The balance sent something that is not understood. Weigh again."
    if reason == "line settings":
        says = "Unreadable characters. Check the balance's speed and parity (line settings)."
    return Heard(None, Garbled(says, line, reason))


def no_number(line: bytes) -> Heard[Says]:
    """A line with a weight's beginning whose number, unit or columns are not as they must be (F18)."""
    for sign, reason in ((b"[", "bracketed digit"), (b",", "decimal comma")):
        if sign in line:
            return garbled(line, reason)
    return garbled(line, "not a reply of this protocol")


def no_mass(line: bytes, unit: str) -> Heard[Says]:
    """A count or a percentage (F17)."""
    return garbled(line, f"unit {unit}: no mass" if unit else "unit missing")


def overload(line: bytes, id_: str | None = None) -> Heard[Says]:
    """More on the pan than the balance weighs (F23)."""
    return Heard(id_, OutOfRange(OVER, "+", "weighing", line))


def underload(line: bytes, id_: str | None = None) -> Heard[Says]:
    """Less than nothing on the pan (F24)."""
    return Heard(id_, OutOfRange(UNDER, "-", "weighing", line))


def adjusting(line: bytes) -> Heard[Says]:
    """An adjustment is under way (F28)."""
    return Heard(None, Interrupted(ADJUSTING, "not_ready", raw=line))


def not_there(line: bytes, code: str) -> Heard[Says]:
    """Standby, self-test, or a new zero at switching on: which one the balance does not say (F35)."""
    says = "The balance is not ready: it tests itself, or is off. What was being weighed must be weighed again."
    return Heard(None, Interrupted(says, "not_ready", code, raw=line))


def busy(line: bytes, id_: str | None = None, code: str | None = None) -> Heard[Says]:
    """In motion, or occupied with something else (F20)."""
    return Heard(id_, Refusing("The balance is busy, or does not come to rest.", "not_ready", code, raw=line))


def unknown_command(line: bytes, code: str) -> Heard[Says]:
    """The balance does not know what it was asked (F30)."""
    return Heard(None, Refusing("The balance does not know this command.", "syntax_error", code, raw=line))


def own_fault(line: bytes, code: str) -> Heard[Says]:
    """The balance reports a fault of its own (F31)."""
    says = f"The balance reports a fault of its own: {code}. Read its display."
    return Heard(None, Refusing(says, "device_error", code, raw=line))


def sendable(text: str) -> str:
    """Return `text` if it can be sent; ValueError for nothing, control characters and anything beyond ASCII."""
    if not text or any(not 0x20 <= ord(letter) <= 0x7E for letter in text):
        raise ValueError(f"{text!r} holds characters that cannot be sent to a balance")
    return text
