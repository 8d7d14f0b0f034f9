"""The four kinds of trouble an instrument can give, as values with words a technician reads. Nothing here is raised.

Source: the kinds are told apart by what the technician must do: Silent (look at the cable), Garbled (look at the
settings), Refusing (wait, or read the balance's display), OutOfRange (look at the pan).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RefusingKind = Literal[
    "not_ready",
    "syntax_error",
    "bad_parameter",
    "logical_error",
    "transmission_error",
    "device_error",
    "adjustment_failed",
    "adjustment_aborted",
    "not_settled",
    "tare_set",
    "unsupported",
    "cancelled",
]


@dataclass(frozen=True)
class Silent:
    """No complete line came before the deadline, or the link is gone."""

    says: str
    """What the technician reads."""

    partial: bytes = b""
    """What had arrived without its terminator. For the journal; never parsed."""

    link_lost: bool = False
    """True if the port itself is gone or the balance is not connected."""


@dataclass(frozen=True)
class Garbled:
    """Bytes that are no reply of this protocol, a wrong reply, a second reply, or a unit that is no mass."""

    says: str
    """What the technician reads."""

    raw: bytes = b""
    """The bytes as they came."""

    reason: str = ""
    """The cause in two or three words, for the journal and for counting."""


@dataclass(frozen=True)
class Refusing:
    """The instrument understood and said no, or the driver will not call this a weight."""

    says: str
    """What the technician reads."""

    kind: RefusingKind
    """Which no it was."""

    code: int | str | None = None
    """The instrument's own code, where it gave one (15 of `S S Error 15b`, `ES`)."""

    source: Literal["terminal", "electronics"] | None = None
    """The part of the instrument that reports a fault of its own, where it says so."""

    raw: bytes = b""
    """The bytes as they came."""


@dataclass(frozen=True)
class OutOfRange:
    """The load is outside what the instrument weighs, zeroes or tares."""

    says: str
    """What the technician reads."""

    side: Literal["+", "-"]
    """`+` above the range, `-` below it."""

    of: Literal["weighing", "zero", "tare"] = "weighing"
    """Which range was left."""

    raw: bytes = b""
    """The bytes as they came."""


Trouble = Silent | Garbled | Refusing | OutOfRange


def is_trouble(said: object) -> bool:
    """True for any of the four kinds."""
    return isinstance(said, Silent | Garbled | Refusing | OutOfRange)
