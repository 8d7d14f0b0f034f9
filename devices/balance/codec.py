"""What a balance protocol's file must offer. A new protocol is one such class and one line in devices/registry.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from devices.balance.says import Says
from devices.exchange import Ask, Codec

Verb = Literal[
    "read_now", "zero", "tare", "clear_tare", "tare_value", "serial", "model", "software", "commands", "lock", "unlock",
    "adjust", "abort",
]  # fmt: skip
"""What the driver of any balance wants done."""

Shown = Literal["answer", "zero", "tare", "busy", "never", "nothing"]
"""Where the outcome of a command can be seen: in its answer · in a following weight near zero · in the balance being
busy · nowhere · there is no outcome to know (the end of a stream)."""

NO_BANNER: Final = b"\xff\x00 no power-on banner is known \x00\xff"
"""The restart sign of a protocol whose balances say nothing when switched on."""


@dataclass(frozen=True)
class Wire:
    """How lines and commands are cut on the wire; the end of a reply is the codec's `terminator`."""

    start: bytes = b""
    """What stands before every command."""

    end: bytes = b"\r\n"
    """What ends a command."""

    controls: bytes = b""
    """Control characters that a reply may hold besides its terminator."""

    gap_s: float = 0.0
    """Rest the balance needs between two questions, in s; sooner, and a command is lost."""

    factory: str = "9600 8N1"
    """Line settings as delivered, as a hint when the bytes are unreadable (F15)."""


@dataclass(frozen=True)
class Command(Ask):
    """A question to a balance that does not answer everything, or not in one line."""

    shown: Shown = "answer"
    """Where its outcome can be seen."""

    silent_after_s: float | None = None
    """Seconds without a byte after which it counts as sent and not acknowledged; None if an answer must come."""

    grace_s: float | None = None
    """Seconds to wait for a further line of an answer that may be whole already; None if it must come."""

    echoes: bool = False
    """True if the command itself, sent back, is the acknowledgement."""

    so_far: int = 0
    """Lines of the answer heard before the one that is read; the conversation fills it in."""

    waited_s: float = 0.0
    """Seconds since it was put; the conversation fills it in."""


class BalanceCodec(Codec[Says], Protocol):
    """A pure codec: questions to bytes, lines to meaning."""

    verified: bool
    """True once the file has been run on an instrument, not only on transcripts."""

    display_only: str
    """Why no dose may be weighed with such a balance, in words for the technician; empty if one may."""

    wire: Wire
    """How its lines and commands are cut."""

    words: dict[Verb, str]
    """The command that does it; a verb the protocol lacks is absent. Every protocol has read_now, model and serial;
    where a balance cannot say who it is, model and serial are the command of read_now."""

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError before a byte is sent if it cannot be sent."""

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Join the lines of a reply that has several into one value."""


def question(codec: BalanceCodec, data: bytes) -> Ask:
    """Return the question that bytes on the wire put; ValueError if the driver would never send them."""
    wire = codec.wire
    if not data.startswith(wire.start):
        raise ValueError(f"a command begins with {wire.start!r}")
    name, *words = data.removeprefix(wire.start).removesuffix(wire.end).decode("ascii").split(" ")
    return codec.ask(name, *words)
