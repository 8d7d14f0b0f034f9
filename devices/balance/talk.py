"""The conversation with a balance whose protocol has silence, acknowledgements in two steps, and frames of its own.

What is added to the plain conversation: a command that is never acknowledged ends in an answer that says nothing; a
reply that may be whole waits a moment for more; the codec is told how much has been heard and how long it took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from devices.balance.codec import BalanceCodec, Command
from devices.balance.says import Done, Interrupted, Says
from devices.connection import Connection, _Ending
from devices.errors import Garbled, Refusing
from devices.exchange import Answer, Ask, Conversation, Heard
from devices.line import Line
from devices.link import Happening
from devices.transport import LineReader

ADJUSTS_S: Final = 100.0
"""A question whose answer may take longer is an adjustment."""
ADJUSTS: Final = "The balance adjusts itself. Wait until it is done, or stop it."


class FrameReader(LineReader):
    """Cuts frames that may hold control characters, and names the factory's line settings when they are unreadable."""

    def __init__(self, codec: BalanceCodec) -> None:
        super().__init__(codec.terminator)
        self._controls, self._factory = codec.wire.controls, codec.wire.factory

    def _whole(self, line: bytes) -> bytes | Garbled:
        got = super()._whole(line.translate(None, self._controls))
        return replace(got, raw=line) if isinstance(got, Garbled) else line

    def _fault(self, held: bytes) -> Garbled | None:
        bad = super()._fault(held.translate(None, self._controls))
        if bad is not None and bad.reason == "line settings":
            return replace(bad, says=f"{bad.says} As delivered it speaks {self._factory}.", raw=held)
        return bad


@dataclass
class Talk(Conversation[Says]):
    """A conversation with a balance; the same calls as the plain one."""

    codec: BalanceCodec

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reader = FrameReader(self.codec)
        self._begun = self._now = 0.0
        self._may_end = False

    def begin(self, ask: Ask, now: float) -> None:
        """Open a question at `now` (monotonic s); one that may stay silent is first given the time of a silence."""
        super().begin(ask, now)
        self._begun = self._now = now
        self._may_end = isinstance(ask, Command) and ask.silent_after_s is not None
        if isinstance(ask, Command) and ask.silent_after_s is not None:
            self.end_by(now + ask.silent_after_s)

    def tick(self, now: float) -> None:
        """Close the question if its time is over: with nothing said where silence is no trouble."""
        self._now = now
        if self.waiting and now >= self.deadline and self._may_end and not self.reader.partial and not self._restarted:
            self._done = True
        else:
            super().tick(now)

    def _line(self, line: bytes) -> None:
        ask = self._ask
        if isinstance(ask, Command):
            self._ask = ask = replace(ask, so_far=len(self._said), waited_s=self._now - self._begun)
            if ask.echoes and not self._done and not self._raw and line == ask.sends.rstrip(b"\r\n"):
                self._reply(line, Heard(ask.reply, Done()), ask)
                return
        super()._line(line)

    def _reply(self, line: bytes, heard: Heard[Says], ask: Ask) -> None:
        super()._reply(line, heard, ask)
        if heard.more and isinstance(ask, Command):
            self._may_end = ask.grace_s is not None
            self.end_by(self._now + ask.grace_s if ask.grace_s is not None else self._begun + ask.deadline_s)


class TalkingConnection(Connection):
    """The owner of a balance's port, which speaks as the balance's protocol wants it."""

    expects_interruption = False
    """True while an adjustment is under way that the program itself began: it ends the epoch, and is no restart (F28)."""

    _owes_banner = False
    """True once an adjustment was cancelled by us: the next power-on banner is the answer to that, and no restart."""

    _interrupted = False
    """True while the balance answers that it is busy with itself: one interruption ends the epoch once."""

    def _listen(self, line: Line[Says]) -> _Ending | None:
        line.conversation = Talk(self.codec)
        return super()._listen(line)

    def _converse(self, line: Line[Says], ask: Ask) -> Answer[Says]:
        """Put a question no sooner after the last byte than the balance bears."""
        rest = line.heard_at + self.codec.wire.gap_s - monotonic()
        if rest > 0:
            self._closing.wait(rest)
        answer = super()._converse(line, ask)
        trouble = answer.trouble
        if isinstance(trouble, Interrupted) and not self._interrupted:
            if self.expects_interruption:
                self.raise_change("changed", trouble.says)
            else:
                self._restarted(trouble.says)
        if not unanswered(answer):  # a command that nobody answers says nothing of whether it is over
            self._interrupted = isinstance(trouble, Interrupted)
        return answer

    def ask(self, ask: Ask) -> Answer[Says]:
        """Put a question; while the balance adjusts itself it is refused at once, and never waits in a queue (F28)."""
        doing = self._doing
        if doing is not None and doing.ask.deadline_s >= ADJUSTS_S and not doing.done.is_set():
            return Answer(ask, trouble=Refusing(ADJUSTS, "not_ready"))
        return super().ask(ask)

    def _restarted(self, says: str, what: Happening = "restarted") -> None:
        """End the epoch either way; only a restart that we did not cause ourselves is told as one."""
        if what == "restarted" and self._owes_banner:
            self._owes_banner = False
            self.raise_change("changed", "The adjustment was cancelled: weigh anew.")
            return
        super()._restarted(says, what)

    def interrupt(self, data: bytes) -> bool:
        """Send something while an answer is awaited; False where none is."""
        with self._guard:
            if self._open_line is None or self._doing is None:
                return False
            self._open_line.urgent = data
            self._owes_banner = True
        self._wake()
        return True


def unanswered(answer: Answer[Says]) -> bool:
    """True if nothing was said, and nothing had to be."""
    return not answer.said and answer.trouble is None
