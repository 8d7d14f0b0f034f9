"""An internal adjustment that the program begins: its progress, its end, and how a person stops it (F28, F29, R15).

Not here: when it is due, and what it is worth; the check with weights that follows decides that. Some balances say how it
ended; others only weigh again.
"""

from __future__ import annotations

import threading
from time import monotonic, sleep
from typing import Final

from devices.balance.codec import BalanceCodec, Command
from devices.balance.says import Accepted, Done, Interrupted, Says, Weight
from devices.balance.talk import TalkingConnection
from devices.errors import Refusing, Trouble

LONGEST_S: Final = 300.0
"""Seconds an adjustment may take."""
BEGINS_S: Final = 5.0
"""Seconds in which a balance that acknowledges nothing shows that it has begun."""
LOOKS_EVERY_S: Final = 0.5

CANNOT: Final = "This balance is not adjusted by the program. Press the key on the balance."
UNDER_WAY: Final = "The balance adjusts itself already."
NOT_BEGUN: Final = (
    "The balance did not begin to adjust itself. Take everything off the pan and press the key on the balance."
)
TOO_LONG: Final = "The balance has adjusted itself for five minutes and is not done. Look at its display."


class Adjusting:
    """The adjustment of one balance. `run` is called by one thread at a time and takes minutes; the rest by any."""

    def __init__(self, codec: BalanceCodec, connection: TalkingConnection) -> None:
        """Nothing is sent before `run`."""
        self._codec, self._connection = codec, connection
        self._guard = threading.Lock()
        self._begun: float | None = None

    @property
    def can(self) -> bool:
        """True if the program can begin it."""
        return "adjust" in self._codec.words

    @property
    def stoppable(self) -> bool:
        """True if it can be stopped once it has begun."""
        return "abort" in self._codec.words

    @property
    def seconds(self) -> float | None:
        """For how many seconds it has been under way; None if it is not."""
        begun = self._begun
        return None if begun is None else monotonic() - begun

    def run(self) -> Trouble | None:
        """Adjust, and wait for its end; None if the balance is done, else why not. Never sent twice (D3)."""
        if not self.can:
            return Refusing(CANNOT, "unsupported")
        with self._guard:
            if self._begun is not None:
                return Refusing(UNDER_WAY, "not_ready")
            self._begun = monotonic()
        self._connection.expects_interruption = True
        try:
            ask = self._codec.ask(self._codec.words["adjust"])
            answer = self._connection.ask(ask)
            if (
                answer.trouble is not None
                or not isinstance(ask, Command)
                or ask.shown != "busy"
                or _said_done(answer.said)
            ):
                return answer.trouble
            return self._until_it_weighs(self._begun)
        finally:
            self._connection.expects_interruption = False
            self._begun = None

    def stop(self) -> bool:
        """Stop one that is under way; False where there is none, or it cannot be stopped. Its caller hears that it was."""
        if self._begun is None or not self.stoppable:
            return False
        return self._connection.interrupt(self._codec.ask(self._codec.words["abort"]).sends)

    def _until_it_weighs(self, begun: float) -> Trouble | None:
        """Ask for weights until the balance gives them again: it says nothing else of the end."""
        seen = False
        while monotonic() - begun < LONGEST_S:
            answer = self._connection.ask(self._codec.ask(self._codec.words["read_now"]))
            if isinstance(answer.trouble, Interrupted):
                seen = True
            elif answer.trouble is not None:
                return answer.trouble
            elif seen and any(isinstance(one, Weight) for one in answer.said):
                return None
            elif monotonic() - begun > BEGINS_S:
                return Refusing(NOT_BEGUN, "adjustment_failed")
            sleep(LOOKS_EVERY_S)
        return Refusing(TOO_LONG, "adjustment_failed")


def _said_done(said: tuple[Says, ...]) -> bool:
    """Say whether the balance acknowledged twice: received, and done. Once alone, an echo too, says nothing of the end."""
    return any(isinstance(one, Accepted) for one in said) and isinstance(said[-1], Done)
