"""A file to messages: one, several, an FHS/BHS batch, or frames captured from a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.interfaces.framing import END, START

FIRST = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*(?=MSH[^A-Za-z0-9 ])")
BATCH = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*(?:FHS|BHS|BTS|FTS)[^\r\n]*")
ENDS = (b"BTS", b"FTS")
CUT_OFF = "the last frame has no end: it was cut off and is no message; have it sent again"
COUNT = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*(BTS|FTS)([^A-Za-z0-9\r\n])([^\r\n]*)")
HEAD = re.compile(rb"(?:\A|(?<=[\r\n]))[ ]*BHS")


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
    parts = [_until_the_batch_goes_on(bare[a:b]) for a, b in zip(starts, ends, strict=True)]
    outside = BATCH.sub(b"", bare[: starts[0]]).split() or any(after for _, after in parts)
    troubles = _counted(bare, len(parts)) + (["has lines outside its messages, which were not read"] if outside else [])
    return FileContent(
        tuple(mark + message for message, _ in parts), f"the batch {'; it '.join(troubles)}" if troubles else ""
    )


def _until_the_batch_goes_on(part: bytes) -> tuple[bytes, bool]:
    """Return a message up to the batch's next line, and whether anything stands behind that which is no message's."""
    match = BATCH.search(part)
    if match is None:
        return part, False
    return part[: match.start()], bool(BATCH.sub(b"", part[match.start() :]).split())


def _counted(content: bytes, found: int) -> list[str]:
    """Return what a batch says of itself and is not so, and that it says nothing where it does not end."""
    if BATCH.search(content) is None:
        return []
    said = {
        name: [rest.split(mark)[0].strip() for one, mark, rest in COUNT.findall(content) if one == name]
        for name in ENDS
    }
    troubles = [] if any(said.values()) else ["has no end (BTS): part of it may be lost"]
    for name, what, there in (("BTS", "message(s)", found), ("FTS", "batch(es)", max(1, len(HEAD.findall(content))))):
        counts = [one for one in said[name.encode()] if one]
        if any(not one.isdigit() for one in counts):
            troubles.append(f"has a {name}-1 that is no number")
        elif counts and sum(map(int, counts)) != there:
            troubles.append(f"says {sum(map(int, counts))} {what}, {there} found: part of it may be lost")
    return troubles


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
