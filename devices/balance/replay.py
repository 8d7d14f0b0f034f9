"""Runs a balance's codec and conversation over a transcript or a journal by a virtual clock: no port, no waiting."""

from __future__ import annotations

from collections.abc import Iterator

from devices.balance.codec import BalanceCodec
from devices.balance.says import Says, Weight
from devices.balance.words import words_of
from devices.errors import Garbled, Refusing, Silent
from devices.exchange import MOST_SKIPPED, Ask, Conversation, Heard
from devices.journal import unescape
from devices.registry import balance_codec
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
    codec = balance_codec(protocol)
    for case in read_cases(text):
        yield replay_case(codec, case)


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
        self.conversation = Conversation[Says](codec)

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

    def _put(self, data: bytes) -> None:
        adjusting = bool(self.conversation.waiting and self.ask and self.ask.name in {"C1", "C3"})
        if adjusting and data.startswith(b"@"):
            self._collect()
        else:
            self._pass(None)
        self.fresh = False
        ask = self._question(data.removesuffix(self.codec.terminator))
        if ask is not None:
            self.ask, self.asked_at, self.pace = ask, self.now, None
            self.conversation.begin(ask, self.now)

    def _question(self, data: bytes) -> Ask | None:
        """The question the bytes put, or None (and `refused`) if the driver would never send them."""
        try:
            name, *words = data.decode("ascii").split(" ")
            return self.codec.ask(name, *words)
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
        answer = self.conversation.collect()
        if not self.ask.stream:
            self.ask = None
        if isinstance(answer.trouble, Refusing):
            self.got.extend(words_of(one) for one in answer.before)
        echo = {"echo": True} if answer.echo else {}
        if answer.trouble is not None:
            told = self.latched and self.conversation.flooded
            if not told and not (isinstance(answer.trouble, Silent) and answer.restarted):
                self.got.append(words_of(answer.trouble))
            return
        self.got.extend(words_of(one) | echo for one in self.codec.whole(answer.said))

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
