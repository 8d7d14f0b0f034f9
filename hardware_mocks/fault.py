"""One line of the tables of faults, and what its parameters must be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hardware_mocks.balance.profile import serial_number
from hardware_mocks.bench import grams
from hardware_mocks.printer import failure

if TYPE_CHECKING:
    from hardware_mocks.faults import Faults

Value = str | int | float | bool | None
Given = Mapping[str, Value]


@dataclass(frozen=True)
class Trigger:
    """When a fault strikes. With nothing set: at once."""

    command: str | None = None
    """When this command is heard, before it is carried out."""
    nth: int | None = None
    """When the nth command from now is heard (of `command`, where that is given)."""
    after: float | None = None
    """So many wall seconds from now."""
    on_load: bool = False
    """When the load on the pan changes next."""


@dataclass(frozen=True)
class Fault:
    """One line of the table."""

    code: str
    says: str
    """What the person at the bench would see happen."""
    strike: Callable[["Faults", Given], None]
    takes: Given = field(default_factory=dict)
    """Its parameters with their defaults."""


def number(value: Value) -> float:
    """A finite number within reach; ValueError in words."""
    if value is None or isinstance(value, bool):
        raise ValueError(f"a number is needed, not {value!r}")
    got = float(value)
    if not abs(got) < 1e6:
        raise ValueError(f"{value} is out of reach")
    return got


def seconds(value: Value) -> float | None:
    return None if value is None else number(value)


def times(value: Value) -> int | None:
    return None if value is None else int(number(value))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "comma": lambda reply: reply.replace(b".", b",") if b"," not in reply else reply.replace(b".", b";"),
    "bracket": lambda reply: reply.replace(b".", b".[", 1),
    "nan": lambda reply: bytes(0x6E if 0x30 <= byte <= 0x39 else byte for byte in reply),
    "exponent": lambda reply: reply.replace(b".", b"E", 1),
    "no unit": lambda reply: reply.replace(b" g", b"  "),
}
"""Ways in which a number or its unit is none any more (F18)."""


def damage(value: Value) -> Callable[[bytes], bytes]:
    if value not in DAMAGES:
        raise ValueError(f"how is one of {', '.join(DAMAGES)}, not {value!r}")
    return DAMAGES[str(value)]


CHECKS: dict[str, Callable[[Value], object]] = {
    "device": str,
    "g": lambda value: grams(str(value)),
    "g_per_s": number,
    "how": damage,
    "keep": times,
    "name": str,
    "seconds": seconds,
    "serial": lambda value: serial_number(str(value)),
    "shows": str,
    "times": times,
    "unit": str,
    "what": failure,
}
"""What each parameter of the table must be; each raises ValueError in words."""
