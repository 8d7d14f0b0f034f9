"""A file to messages: one, several, an FHS/BHS batch, or frames captured from a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.interfaces.framing import END, START

FIRST = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*(?=MSH[^A-Za-z0-9 ])")
BATCH = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*(?:FHS|BHS|BTS|FTS)[^\r\n]*")
CUT_OFF = "the last frame has no end: it was cut off and is no message; have it sent again"
COUNT = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*BTS[^A-Za-z0-9]([0-9]+)")


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file holds."""

    messages: tuple[bytes, ...]
    """One payload each, in order; an empty file is one empty message, a frame that was cut off is none (I1)."""
    trouble: str = ""
    """What is wrong with the file as a whole, in words."""
    cut_off: bytes = b""
    """What stands in a frame without an end: kept for people, judged by nobody."""


def split_file(content: bytes) -> FileContent:
    """Return the messages of a file; captured frames are judged as they came, a batch one message after another (I59)."""
    if START in content:
        return _frames(content)
    bare = content.removeprefix(b"\xef\xbb\xbf")
    mark = content[: len(content) - len(bare)]
    starts = [match.start() for match in FIRST.finditer(bare)]
    if not starts or (BATCH.search(bare) is None and bare[: starts[0]].strip(b"\r\n ")):
        return FileContent((content,))
    ends = [*starts[1:], len(bare)]
    messages = tuple(mark + BATCH.sub(b"", bare[a:b]) for a, b in zip(starts, ends, strict=True))
    return FileContent(messages, _count(bare, len(messages)))


def _count(content: bytes, found: int) -> str:
    counts = [int(count) for count in COUNT.findall(content)]
    if counts and sum(counts) != found:
        return f"the batch says {sum(counts)} message(s), {found} found: part of it may be lost"
    return ""


def _frames(content: bytes) -> FileContent:
    """Skip to each start byte and take up to the end bytes (I1); what stands between is not a message."""
    messages: list[bytes] = []
    position, skipped = 0, 0
    while (start := content.find(START, position)) >= 0:
        skipped += len(content[position:start].strip(b"\r\n"))
        end = content.find(END, start)
        if end < 0:
            return FileContent(tuple(messages), CUT_OFF, content[start + 1 :])
        messages.append(content[start + 1 : end])
        position = end + len(END)
    skipped += len(content[position:].strip(b"\r\n"))
    return FileContent(tuple(messages), f"{skipped} byte(s) between frames were skipped" if skipped else "")
