"""MLLP frames out of a stream of bytes, however the reads split or join them: 0x0B … 0x1C 0x0D (I1). Knows no socket."""

from __future__ import annotations

from dataclasses import dataclass, field

START, END = b"\x0b", b"\x1c\x0d"


class TooLongError(Exception):
    """A frame is longer than the limit."""

    def __init__(self, begun: bytes) -> None:
        """Keep its beginning, as far as it came."""
        super().__init__(len(begun))
        self.begun = begun
        self.before: list[bytes] = []
        """Payloads that ended in the same bytes before it."""


@dataclass(slots=True)
class Frames:
    """What one connection has sent so far. Memory and work stay linear in what is sent."""

    most: int
    """Bytes of one frame."""
    skipped: int = 0
    """Bytes outside of frames, which are no message."""
    number: int = 0
    """Frames that have begun."""
    _held: bytearray = field(default_factory=bytearray)
    _inside: bool = False
    _seen: int = 0

    @property
    def inside(self) -> bool:
        """Whether a frame has begun that has not ended."""
        return self._inside

    @property
    def begun(self) -> bytes:
        """The bytes of the frame that has begun."""
        return bytes(self._held) if self._inside else b""

    def feed(self, received: bytes) -> list[bytes]:
        """Take what was read and return the payloads that ended with it, in order. Raises TooLongError for a long one."""
        found: list[bytes] = []
        self._held += received
        try:
            while (payload := self._next()) is not None:
                found.append(payload)
        except TooLongError as long:
            long.before = found
            raise
        return found

    def _next(self) -> bytes | None:
        held = self._held
        if not self._inside:
            start = held.find(START)
            self.skipped += len(held) if start < 0 else start
            del held[: len(held) if start < 0 else start + 1]
            self._inside, self._seen = start >= 0, 0
            self.number += start >= 0
        if not self._inside:
            return None
        end = held.find(END, max(0, self._seen - 1))
        if end < 0:
            self._seen = len(held)
            if len(held) > self.most:
                raise TooLongError(bytes(held))
            return None
        if end > self.most:
            raise TooLongError(bytes(held[:end]))
        payload = bytes(held[:end])
        del held[: end + len(END)]
        self._inside = False
        return payload


def framed(text: str, codec: str = "utf-8") -> bytes:
    """Return an answer as a frame."""
    return START + text.encode(codec) + END
