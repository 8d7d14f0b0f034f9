"""Are the balance's own keys locked? A tare pressed between two weights would part them (F27); some balances can refuse it.

Not here: when a weighing begins and ends. Whoever weighs says so; a lock ends by itself, and a new connection is unlocked
first: a program that was killed leaves no balance locked for good.
"""

from __future__ import annotations

from time import monotonic
from typing import Final

from devices.balance.codec import BalanceCodec
from devices.exchange import Ask
from devices.readings import Epoch

LOCKED_S: Final = 1800.0
"""Seconds after which a lock ends by itself: a first reading is good for no longer."""


class Keys:
    """The keypad of one balance, as far as its protocol can lock it. Its owner's thread asks; any thread may want."""

    def __init__(self, codec: BalanceCodec) -> None:
        """Begin unlocked; for a protocol without such commands nothing is ever asked."""
        self._codec = codec
        self._until = 0.0
        self._known: tuple[int, int, bool] | None = None

    @property
    def can(self) -> bool:
        """True if this balance's keys can be locked."""
        return "lock" in self._codec.words

    def lock(self) -> None:
        """Want them locked from now on."""
        self._until = monotonic() + LOCKED_S

    def unlock(self) -> None:
        """Want them free."""
        self._until = 0.0

    def due(self, epoch: Epoch) -> Ask | None:
        """Return the command that makes them as they are wanted; None if they are, in this connection since power-on."""
        wanted = (epoch.connection, epoch.restart, monotonic() < self._until)
        if not self.can or wanted == self._known:
            return None
        self._known = wanted
        return self._codec.ask(self._codec.words["lock" if wanted[2] else "unlock"])
