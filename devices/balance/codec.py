"""What a balance protocol's file must offer. A new protocol is one such class and one line in devices/registry.py."""

from __future__ import annotations

from typing import Literal, Protocol

from devices.balance.says import Says
from devices.exchange import Ask, Codec

Verb = Literal["read_now", "zero", "tare", "clear_tare", "tare_value", "serial", "model", "software", "commands"]
"""What the driver of any balance wants done."""


class BalanceCodec(Codec[Says], Protocol):
    """A pure codec: questions to bytes, lines to meaning."""

    verified: bool
    """True once the file has been run on an instrument, not only on transcripts."""

    words: dict[Verb, str]
    """The command that does it; a verb the protocol lacks is absent. Every protocol has read_now, model and serial."""

    def ask(self, name: str, *words: str) -> Ask:
        """Return the question for a command; ValueError before a byte is sent if it cannot be sent."""

    def whole(self, said: tuple[Says, ...]) -> tuple[Says, ...]:
        """Join the lines of a reply that has several into one value."""
