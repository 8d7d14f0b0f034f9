"""What any balance can say in one reply: the values a codec makes of a line, and trouble that only balances give."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from devices.errors import Garbled, OutOfRange, Refusing


@dataclass(frozen=True)
class Weight:
    """A weight line."""

    value: Decimal
    """The number as sent, in `unit`."""

    unit: str | None
    """Unit as sent; a mass, not necessarily one that a dose may be weighed in. None if none was sent."""

    stable: bool | None
    """The balance's stability flag; None if the protocol has none."""

    legend: str | None = None
    """N, G and the like, where the line carries one."""


@dataclass(frozen=True)
class Tare:
    """The tare value, after a tare or on a question."""

    value: Decimal
    """The number as sent, in `unit`."""

    unit: str
    """Unit as sent."""

    stable: bool | None = None
    """Whether it was taken at rest, where the reply says so."""


@dataclass(frozen=True)
class Done:
    """The command was carried out."""

    stable: bool | None = None
    """Only where the reply says it: False means a zero taken in motion, which nobody may use (F25)."""


@dataclass(frozen=True)
class Accepted:
    """The command was received, and is not done yet; its end is another line."""


@dataclass(frozen=True)
class Started:
    """An adjustment has begun; its end is another line."""


@dataclass(frozen=True)
class Name:
    """One identity reply."""

    what: Literal["serial", "model", "software", "id", "capacity", "sics_levels"]
    """Which identity."""

    value: str
    """The quoted text; for a reply of several texts the first."""


@dataclass(frozen=True)
class BalanceData:
    """Model and capacity."""

    raw: str
    """The quoted text or texts, joined by a space."""

    model: str
    """All but the last two words."""

    capacity: Decimal
    """Largest load, in `unit`."""

    unit: str
    """Unit of the capacity."""


@dataclass(frozen=True)
class Commands:
    """Commands the balance knows; one line of the list, or the whole list."""

    entries: tuple[tuple[int, str], ...]
    """(level, name) in the order sent."""


@dataclass(frozen=True)
class Restarted:
    """The line a balance sends of itself when it was switched on, or after `@`."""

    serial: str
    """The serial number it gives."""

    asked: bool
    """True if `@` was sent; False if nobody asked: every open weighing is void (F13)."""


@dataclass(frozen=True)
class Door:
    """State of the draught shield."""

    state: Literal["closed", "right_open", "left_open", "error", "intermediate"]
    """Where the doors are."""


@dataclass(frozen=True)
class Temperature:
    """Temperatures inside the balance."""

    values: tuple[Decimal, ...]
    """Degrees Celsius as sent, one a sensor."""


@dataclass(frozen=True)
class Identified:
    """A probe of a protocol that is recognised only to be refused was answered."""

    protocol: str
    """The protocol's name."""


Says = (
    Weight
    | Tare
    | Done
    | Accepted
    | Started
    | Name
    | BalanceData
    | Commands
    | Restarted
    | Door
    | Temperature
    | Identified
)


@dataclass(frozen=True)
class FormatError(Refusing):
    """The command's form is wrong, where the balance tells this apart from an unknown command."""


@dataclass(frozen=True)
class NoZero(OutOfRange):
    """The balance cannot find its zero."""


@dataclass(frozen=True)
class WrongFormat(Garbled):
    """The balance is set to an output that must not be worked with; a person has to set it otherwise."""


@dataclass(frozen=True)
class NotShown(Refusing):
    """A zero or tare was sent, and the weight that followed is not near zero (F26)."""


@dataclass(frozen=True)
class Interrupted(Refusing):
    """The balance tests, adjusts or re-zeroes itself, or was switched off: what was being weighed is void (F13, F28)."""
