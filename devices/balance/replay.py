"""Runs a balance's codec and conversation over a transcript or a journal by a virtual clock: no port, no waiting."""

from __future__ import annotations

from collections.abc import Iterator

from devices.balance.codec import BalanceCodec, Command, Shown, question
from devices.balance.outcome import near_zero
from devices.balance.says import Accepted, Says, Started, Weight
from devices.balance.talk import Talk, unanswered
from devices.balance.words import words_of
from devices.errors import Garbled, OutOfRange, Refusing, Silent
from devices.exchange import MOST_SKIPPED, Answer, Ask, Heard
from devices.journal import unescape
from devices.registry import balance_codecs
from devices.transcript import (
    Case,
    Deadline,
    Event,
    Host,
    Instrument,
    Pace,
    Pause,
    Remark,
    Replayed,
    Unplug,
    Words,
    read_cases,
)


def replay(protocol: str, text: str) -> Iterator[Replayed]:
    """Yield what the driver makes of each case of `text`; ValueError for an unknown protocol or a file of neither kind."""
    codecs = balance_codecs(protocol)
    for case in read_cases(text):
        yield _best(codecs, case)


def _best(codecs: tuple[BalanceCodec, ...], case: Case) -> Replayed:
    """Run a case by the model whose commands it uses; among several, the first that understands every line."""
    fitting = [codec for codec in codecs if _speaks(codec, case)] or list(codecs[:1])
    runs = [replay_case(codec, case) for codec in fitting]
    understood = [run for run in runs if not any(words["kind"] == "protocol_error" for words in run.got)]
    return (understood or runs)[0]


def _speaks(codec: BalanceCodec, case: Case) -> bool:
    try:
        for event in case.events:
            if isinstance(event, Host):
                question(codec, event.data)
    except ValueError:
        return False
    return True


def replay_case(codec: BalanceCodec, case: Case) -> Replayed:
    """Run one case from a fresh conversation."""
    run = _Run(codec, case)
    for event in case.events:
        run.happen(event)
    run.end()
    return Replayed(case.id, tuple(run.got), case.expect)


class _Run:
    """One case under way."""

    def __init__(self, codec: BalanceCodec, case: Case) -> None:
        self.codec = codec
        self.got: list[Words] = []
        self.now = self.asked_at = 0.0
        self.pace: float | None = None
        self.ask: Ask | None = None
        self.fresh = case.fresh
        self.bytes_in_case = any(isinstance(event, Host | Instrument) for event in case.events)
        self.unasked = 0
        self.latched = False
        self.conversation = Talk(codec)
        self.awaited: Shown = "nothing"

    def happen(self, event: Event) -> None:
        match event:
            case Host():
                self._put(event.data)
            case Instrument():
                self._hear(event.data)
            case Pause():
                self._pass(event.seconds)
            case Pace():
                self.pace = event.seconds
            case Deadline():
                self.conversation.end_by(self.asked_at + event.seconds)
            case Unplug():
                self._pass(None)
                self.conversation.reader.clear()
            case Remark():
                self._called(event.text)

    def end(self) -> None:
        """Let the last deadline pass."""
        self._pass(None)
        self._unverified()

    def _put(self, data: bytes) -> None:
        adjusting = bool(self.conversation.waiting and self.ask and self.ask.name in {"C1", "C3"})
        if adjusting and data.startswith(b"@"):
            self._collect()
        else:
            self._pass(None)
        self.fresh = False
        if self.latched:
            return  # a link that is latched asks nothing
        ask = self._question(data)
        if ask is not None:
            self.ask, self.asked_at, self.pace = ask, self.now, None
            self.conversation.begin(ask, self.now)

    def _question(self, data: bytes) -> Ask | None:
        """The question the bytes put, or None (and `refused`) if the driver would never send them."""
        try:
            return question(self.codec, data)
        except ValueError:
            self.got.append({"kind": "refused", "sent": 0})
            return None

    def _called(self, text: str) -> None:
        """A case without a byte is a call the host makes: would the driver send what it was given?"""
        if not self.bytes_in_case and "\\" in text:
            self._question(b"D " + unescape(text))

    def _hear(self, data: bytes) -> None:
        for chunk in [data] if self.pace is None else [data[at : at + 1] for at in range(len(data))]:
            self.now += self.pace or 0.0
            if self.conversation.waiting:
                self._tick()
            self.conversation.hear(chunk)
            self._look_aside()
            if self.ask is not None and self.ask.stream:
                self._collect()

    def _pass(self, seconds: float | None) -> None:
        """Let time pass: `seconds`, or until the open question's deadline; a closed question is taken away first."""
        if not self.conversation.waiting:
            self._collect()
        self.now = self.now + seconds if seconds is not None else max(self.now, self.conversation.deadline)
        if self.ask is None or not self.ask.stream:
            self._tick()

    def _tick(self) -> None:
        self.conversation.tick(self.now)
        if not self.conversation.waiting:
            self._collect()

    def _collect(self) -> None:
        if self.ask is None:
            return
        answer, shown = self.conversation.collect(), self.ask.shown if isinstance(self.ask, Command) else "answer"
        if not self.ask.stream:
            self.ask = None
        if unanswered(answer):
            if shown != "answer":
                self._unverified()
                self.awaited = shown
        elif answer.trouble is not None:
            self._troubled(answer)
        else:
            echo = {"echo": True} if answer.echo else {}
            for said in self.codec.whole(answer.said):
                self.got.append(self._outcome(said) or words_of(said) | echo)

    def _troubled(self, answer: Answer[Says]) -> None:
        if isinstance(answer.trouble, Refusing | OutOfRange):
            if self.awaited != "never":
                self.awaited = "nothing"  # what the balance is doing instead is the outcome
            self.got.extend(words_of(one) for one in answer.before)
        else:
            self.got.extend(words_of(one) for one in answer.before if isinstance(one, Accepted | Started))
        self._unverified()
        told = self.latched and self.conversation.flooded
        if answer.trouble and not told and not (isinstance(answer.trouble, Silent) and answer.restarted):
            self.got.append(words_of(answer.trouble))

    def _outcome(self, said: Says) -> Words | None:
        """What a weight says of the silent command before it; None if it says nothing of it."""
        if self.awaited in {"zero", "tare"} and isinstance(said, Weight):
            if not said.stable:
                return None
            command, self.awaited = self.awaited, "nothing"
            return {"kind": f"{command}_verified" if near_zero(said) else f"{command}_failed"}
        self._unverified()
        return None

    def _unverified(self) -> None:
        """Say of the last silent command that nothing has shown what came of it."""
        if self.awaited != "nothing":
            self.got.append({"kind": "unverified"})
        self.awaited = "nothing"

    def _look_aside(self) -> None:
        for heard in self.conversation.take_aside():
            self._unasked(heard)

    def _unasked(self, heard: Heard[Says]) -> None:
        """What the driver says of a line nobody asked for: a restart, an adjustment's end, rubbish, or auto print."""
        if isinstance(heard.said, Garbled) and self.conversation.waiting:
            return
        if self._matters(heard):
            self.got.append(words_of(heard.said))
            return
        self.unasked += 1
        if not self.latched and (self.fresh or self.unasked > MOST_SKIPPED):
            self.latched = True
            self.got.append({"kind": "config_error", "reason": "auto print on"})

    def _matters(self, heard: Heard[Says]) -> bool:
        ended = isinstance(heard.said, Refusing) and heard.said.kind.startswith("adjustment")
        said_first = self.fresh and not isinstance(heard.said, Weight)
        return heard.restarted or ended or said_first or isinstance(heard.said, Garbled)
