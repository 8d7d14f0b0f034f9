"""One open port, the conversation on it and its journal: what the owner of a port does with bytes."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final, Generic, TypeVar

from devices.errors import Silent
from devices.exchange import Answer, Ask, Codec, Conversation
from devices.journal import Journal
from devices.transport import LineSettings, Port

Said = TypeVar("Said")

QUIET_S: Final = 0.1
"""Seconds without a byte after which a line is quiet."""


class Line(Generic[Said]):
    """An open port that is spoken on in turn. Every method may raise PortLost; only `wake` may come from another thread."""

    def __init__(
        self, url: str, settings: LineSettings, codec: Codec[Said], journal: Journal | None, closing: threading.Event
    ) -> None:
        """Open the port; PortLost says why it cannot be opened."""
        self.conversation = Conversation[Said](codec)
        self.heard_at = monotonic()
        """When the last byte came, monotonic s."""
        self._journal, self._closing = journal, closing
        self._numbered = 0
        self.urgent = b""
        """What must go out while an answer is awaited: the end of an adjustment. Its owner's thread sends it."""
        self._port = Port(url, settings)

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def wake(self) -> None:
        """Make a waiting read return."""
        self._port.wake()

    def converse(self, ask: Ask) -> Answer[Said]:
        """Put one question and hear it out: Silent by its deadline, or at once when the link is being closed."""
        self.empty()
        self._numbered += 1
        self.conversation.begin(ask, monotonic())
        if self._journal:
            self._journal.sent(ask.sends, self._numbered)
        self._port.write(ask.sends)
        while self.conversation.waiting:
            self.hear(self._numbered)
            self._send_urgent()
            self.conversation.tick(monotonic())
            if self._closing.is_set() and self.conversation.waiting:
                self.conversation.end_by(0.0)
        answer = self.conversation.collect()
        if isinstance(answer.trouble, Silent):
            self.note(f"no answer to {ask.name}: {answer.trouble.says}")
        return answer

    def _send_urgent(self) -> None:
        data, self.urgent = self.urgent, b""
        if data:
            if self._journal:
                self._journal.sent(data, None)
            self._port.write(data)

    def hear(self, number: int | None = None) -> bytes:
        """Wait up to one slice for bytes, write them down, and pass them on."""
        return self._take(self._port.read(), number)

    def empty(self) -> None:
        """Take what is there before a question, so that it cannot be the answer; let a line that has begun end first."""
        self._take(self._port.read_now(), None)
        until = monotonic() + 3 * QUIET_S
        while self.conversation.reader.partial and monotonic() < until:
            self.hear()

    def quiet(self) -> bytes:
        """Hear until nothing has come for QUIET_S, for at most a second; return what was left without an end."""
        since = monotonic()
        until = since + 1.0
        while monotonic() < until and monotonic() - since < QUIET_S and not self._closing.is_set():
            if self.hear():
                since = monotonic()
        return self.conversation.reader.clear()

    @property
    def partial(self) -> bytes:
        """What has been half heard."""
        return self.conversation.reader.partial

    def note(self, words: str) -> None:
        """Write down that something happened."""
        if self._journal:
            self._journal.note(words)

    def _take(self, chunk: bytes, number: int | None) -> bytes:
        if chunk:
            self.heard_at = monotonic()
            if self._journal:
                self._journal.received(chunk, number)
            self.conversation.hear(chunk)
        return chunk
