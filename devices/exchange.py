"""One question on a line and what comes back, by one deadline; pure: bytes and times go in, an answer comes out.

Not here: the port, threads, any one protocol. The connection drives it with real time, the replay with a virtual clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from devices.errors import Garbled, Refusing, Silent, Trouble, is_trouble
from devices.transport import LineReader

Said = TypeVar("Said")

MOST_SKIPPED = 5
"""Lines nobody asked for that one question tolerates; more means the instrument prints by itself (F12)."""


@dataclass(frozen=True)
class Ask:
    """One command and how its reply is known."""

    name: str
    """The command's name, for example `SI`."""

    sends: bytes
    """The bytes on the wire, with terminator."""

    reply: str
    """The id the reply carries; not always the command's name (`SI` is answered by `S`)."""

    deadline_s: float
    """Seconds for the whole reply."""

    changes: bool = False
    """True if it changes the balance's state: never sent twice by ourselves, and it ends the epoch."""

    stream: bool = False
    """True if replies keep coming until another command."""


@dataclass(frozen=True)
class Heard(Generic[Said]):
    """One line as the codec understands it."""

    id: str | None
    """The reply id; None for a line that answers whatever was asked (an error) or is no reply at all."""

    said: Said | Trouble
    """What it says."""

    more: bool = False
    """True if the reply goes on in another line."""

    restarted: bool = False
    """True if the line is a power-on banner."""


class Codec(Protocol[Said]):
    """What a protocol's file offers: pure functions between bytes and meaning."""

    protocol: str
    terminator: bytes

    def read(self, line: bytes, ask: Ask | None) -> Heard[Said]:
        """Say what a line means as an answer to `ask`, or unasked."""

    def restart_sign(self) -> bytes:
        """Bytes that, anywhere in rubbish, may be what is left of a power-on banner."""


@dataclass(frozen=True)
class Answer(Generic[Said]):
    """What came of one question."""

    ask: Ask
    """The question."""

    said: tuple[Said, ...] = ()
    """What the reply's lines said, in order; empty if there is only trouble."""

    trouble: Trouble | None = None
    """The trouble, if there was any."""

    raw: tuple[bytes, ...] = ()
    """The reply's lines, without terminator."""

    echo: bool = False
    """True if the command came back first (F14)."""

    restarted: bool = False
    """True if a power-on banner came while the answer was awaited (F13)."""

    before: tuple[Said, ...] = ()
    """What had been said before the trouble; for the words only, never a result."""


@dataclass
class Conversation(Generic[Said]):
    """What is being asked on one line, and what has been heard. Not thread-safe: its owner alone talks to it."""

    codec: Codec[Said]
    reader: LineReader = field(init=False)
    aside: list[Heard[Said]] = field(default_factory=list)
    """Lines nobody asked for, oldest first; the owner takes them away."""

    flooded: bool = False
    """True once a question saw more than MOST_SKIPPED lines it had not asked for."""

    def __post_init__(self) -> None:
        self.reader = LineReader(self.codec.terminator)
        self._ask: Ask | None = None
        self._after_stream = False
        self.deadline = 0.0
        """The open question's deadline, monotonic s."""
        self._reset()

    def _reset(self) -> None:
        self._said: list[Said] = []
        self._raw: list[bytes] = []
        self._trouble: Trouble | None = None
        self._done = self._echo = self._restarted = False
        self._skipped = 0

    @property
    def waiting(self) -> bool:
        """True while a question is open."""
        return self._ask is not None and not self._done

    def begin(self, ask: Ask, now: float) -> None:
        """Open a question at `now` (monotonic s). What was half heard before is dropped: it cannot be the answer."""
        self._after_stream = self._ask is not None and self._ask.stream
        self.reader.clear()
        self._ask, self.deadline = ask, now + ask.deadline_s
        self._reset()

    def end_by(self, deadline: float) -> None:
        """Move the open question's deadline (monotonic s)."""
        self.deadline = deadline

    def hear(self, chunk: bytes) -> None:
        """Take in bytes."""
        for line in self.reader.feed(chunk):
            if isinstance(line, Garbled):
                self._rubbish(line)
            else:
                self._line(line)

    def tick(self, now: float) -> None:
        """Close the question with Silent (or the reason) if its deadline has passed."""
        if self.waiting and now >= self.deadline:
            self._trouble, self._done = self._too_late(), True

    def collect(self) -> Answer[Said]:
        """Take the closed question away, with its answer."""
        ask = self._ask
        if ask is None:
            raise RuntimeError("nothing was asked")
        heard: tuple[Said, ...] = tuple(self._said)
        said, before = ((), heard) if self._trouble else (heard, ())
        answer = Answer(ask, said, self._trouble, tuple(self._raw), self._echo, self._restarted, before)
        if not ask.stream:
            self._ask = None
        self._reset()
        return answer

    def take_aside(self) -> list[Heard[Said]]:
        """Take away what nobody asked for."""
        aside, self.aside = self.aside, []
        return aside

    def _line(self, line: bytes) -> None:
        ask = self._ask
        if (
            ask is not None
            and not self._done
            and not self._raw
            and not self._echo
            and line == ask.sends.rstrip(b"\r\n")
        ):
            self._echo = True
            return
        heard = self.codec.read(line, ask)
        if ask is None or (heard.id is not None and heard.id != ask.reply):
            self._unasked(heard)
        elif self._done:
            self._second(line)
        else:
            self._reply(line, heard, ask)

    def _reply(self, line: bytes, heard: Heard[Said], ask: Ask) -> None:
        self._raw.append(line)
        if is_trouble(heard.said):
            self._trouble = heard.said  # type: ignore[assignment]  # is_trouble has looked
        else:
            self._said.append(heard.said)  # type: ignore[arg-type]  # not a trouble, so it is a Said
        self._done = not heard.more and not (ask.stream and self._trouble is None)

    def _second(self, line: bytes) -> None:
        if self._after_stream:
            return
        if isinstance(self._trouble, Garbled):
            return  # what the first line was is the better word
        says = "The balance answered twice to one question. Weigh again."
        self._trouble = Garbled(says, b"\n".join([*self._raw, line]), "second line")

    def _unasked(self, heard: Heard[Said]) -> None:
        self.aside.append(heard)
        if not self.waiting:
            return
        self._restarted = self._restarted or heard.restarted
        self._skipped += 1
        if self._skipped > MOST_SKIPPED:
            self.flooded = self._done = True
            self._trouble = Garbled("The balance prints by itself. Switch auto print off.", reason="auto print on")

    def _rubbish(self, bad: Garbled) -> None:
        sign = self.codec.restart_sign()
        if sign in bad.raw:
            self.aside.append(Heard(None, bad, restarted=True))
        if self._ask is not None:
            self._trouble, self._done = self._trouble or bad, True
        elif sign not in bad.raw and bad.reason != "rest of a garbled line":
            self.aside.append(Heard(None, bad))

    def _too_late(self) -> Trouble:
        part = self.reader.partial
        if self._restarted:
            return Silent("The balance was switched off and on. What was being weighed must be weighed again.", part)
        if self._skipped:
            return Garbled("The balance answered something else than it was asked.", part, "wrong reply id")
        if self._echo and not part:
            return Silent("Only the command came back, no answer: echo is on, or the balance is off.", part)
        if part:
            return Silent("The balance's answer broke off. Weigh again.", part)
        return Silent("The balance does not answer. Is it switched on?", part)


def needs_resync(trouble: Trouble | None) -> bool:
    """True if the line cannot be trusted until a harmless question has been answered (F8, F11)."""
    return trouble is not None and not isinstance(trouble, Refusing) and not hasattr(trouble, "side")
