"""What any instrument says: a weight, a code, a picture, with raw bytes, who said it and when. No judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

GRAM_EXPONENT = {"g": 0, "kg": 3, "mg": -3}
"""The units a dose may be weighed in, and the power of ten that makes grams of them. Any other mass is refused."""


class Epoch(NamedTuple):
    """Which weighing epoch a reading belongs to: two readings are one weighing only if their epochs are equal."""

    connection: int
    """Raised by every reconnect. Starts from the clock's seconds, so that a restarted server repeats none."""

    restart: int
    """Raised whenever the balance was, or may have been, switched off and on."""

    change: int
    """Raised by every zero, tare, adjustment, or keypad tare that was found."""


@dataclass(frozen=True)
class BalanceIdentity:
    """Which balance is speaking, as it answered when the link was opened."""

    protocol: str
    """Key of devices/registry.py, for example `mt-sics`."""

    serial: str
    """Serial number as sent (I4)."""

    model: str | None = None
    """Model as sent (I2); None if the balance does not say."""

    software: str | None = None
    """Software version as sent (I3); None if the balance does not say."""

    capacity: Decimal | None = None
    """Largest load, in `capacity_unit` (I2); None if the balance does not say."""

    capacity_unit: str | None = None
    """Unit of the capacity as sent."""

    commands: frozenset[str] = frozenset()
    """Commands the balance lists itself (I0); empty if it gives no list."""

    verified: bool = False
    """True once this driver has been run on the instrument itself, not only on transcripts."""

    def has(self, command: str) -> bool:
        """True if the balance lists the command, or gives no list to go by (F30)."""
        return not self.commands or command in self.commands


@dataclass(frozen=True)
class WeightRead:
    """One weight, exactly as the balance said it."""

    value: Decimal
    """The number as sent, trailing zeros kept, in `unit`; of an averaged reading the mean, to the same decimals."""

    unit: str
    """Unit as sent: g, kg or mg."""

    mode: Literal["stable", "averaged", "unstable"]
    """`stable`: flagged by the balance and settled by our own rule (R9). `averaged`: the mean of a longer window, flagged
    or not. `unstable`: for display, never evidence."""

    flagged_stable: bool | None
    """The balance's own stability flag on the last line; None if the protocol has none."""

    legend: str | None
    """N, G and the like where the line carries one; None in MT-SICS."""

    raw: tuple[bytes, ...]
    """The lines the reading rests on, byte for byte, oldest first; the last one carries `value`."""

    balance: BalanceIdentity
    """Who said it."""

    taken_at: datetime
    """UTC, from the clock that was handed in: the time of the last line."""

    monotonic: float
    """time.monotonic of the last line, in s, for differences only."""

    epoch: Epoch
    """The weighing epoch; see Epoch."""

    settled_in: float | None = None
    """Seconds from the question to the settled answer; None for a live value."""

    n: int = 1
    """Samples in the window."""

    sd: Decimal | None = None
    """Standard deviation of the window, in `unit`; None for a single sample."""

    slope: Decimal | None = None
    """Least-squares slope of the window, in `unit` per second; None for a single sample."""

    n_eff: Decimal | None = None
    """Independent samples the window is worth, n(1-r)/(1+r) with r the lag-1 correlation; None for a single sample."""

    @property
    def decimals(self) -> int:
        """Digits after the point as sent: 2 for `100.00`."""
        return decimals_of(self.value)

    @property
    def grams(self) -> Decimal:
        """The value in g, converted exactly by moving the point."""
        return in_grams(self.value, self.unit)

    @property
    def readability(self) -> Decimal:
        """One step of the last digit sent, in g."""
        return in_grams(Decimal(1).scaleb(-self.decimals), self.unit)


@dataclass(frozen=True)
class CodeRead:
    """One code from a scanner, unparsed."""

    text: str
    """The characters with the AIM prefix where the scanner sent one, without the suffix; 0x1D is the separator."""

    raw: bytes
    """The same, byte for byte, with the suffix."""

    taken_at: datetime
    """UTC, from the clock that was handed in."""

    monotonic: float
    """time.monotonic when the suffix arrived, in s."""


@dataclass(frozen=True)
class Frame:
    """One picture from a camera."""

    jpeg: bytes = field(repr=False)
    """The picture as it is stored."""

    sha256: str
    """Hexadecimal digest of `jpeg`."""

    taken_at: datetime
    """UTC, from the clock that was handed in."""

    device: str
    """The camera's own id."""

    step: str
    """The workflow step the picture was taken for."""


def decimals_of(value: Decimal) -> int:
    """Digits after the point in a finite decimal's text."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def in_grams(value: Decimal, unit: str) -> Decimal:
    """Convert g, kg or mg to g exactly; KeyError for any other unit, which must have been refused before."""
    moved = value.scaleb(GRAM_EXPONENT[unit])
    exponent = moved.as_tuple().exponent
    return moved.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else moved
