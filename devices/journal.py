"""Every byte both ways, with both times: one JSON object a line. `vialtrace balance replay` reads it back."""

from __future__ import annotations

import errno
import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Final, Literal

Way = Literal[">", "<", "."]

ESCAPED: Final = re.compile(r"\\(?:r|n|\\|x([0-9a-fA-F]{2}))|(\\)")


@dataclass(frozen=True)
class Entry:
    """One line of a journal."""

    monotonic: float
    """time.monotonic in s; comparable only within one run of the server."""

    utc: str
    """ISO 8601, UTC."""

    way: Way
    """`>` to the instrument, `<` from it, `.` something that happened."""

    data: bytes
    """The bytes; for `.` the words in UTF-8."""

    ask: int | None
    """Number of the question the bytes belong to; None for bytes nobody asked for."""


class Journal:
    """Appends to a file, line by line, so that a killed process loses nothing it had heard (F42).

    A disk that takes nothing stops no instrument: lines are lost, whoever asked is told, and the first line that fits
    again says how many.
    """

    def __init__(
        self, path: Path, clock: Callable[[], datetime], *, most_bytes: int = 16_000_000, keep: int = 8
    ) -> None:
        """Open `path` for appending; after `most_bytes` it is renamed to `.1`, the older ones up to `.keep`."""
        self.path = path
        self._clock, self._most_bytes, self._keep = clock, most_bytes, keep
        self._guard = threading.Lock()
        self._file = path.open("ab", buffering=0)
        self._ended = False
        self._missing = 0
        self._trouble = ""
        self._told: list[Callable[[str], None]] = []

    def tell_me(self, told: Callable[[str], None]) -> None:
        """Call `told` with the trouble in words when the journal can no longer be written, and with "" when it can again.

        It runs on the thread of the instrument that writes, and may not raise.
        """
        self._told.append(told)

    def sent(self, data: bytes, ask: int | None) -> None:
        """Write down bytes to the instrument."""
        self._keep_line(">", escape(data), ask)

    def received(self, data: bytes, ask: int | None) -> None:
        """Write down bytes from the instrument, as they came in one read."""
        self._keep_line("<", escape(data), ask)

    def note(self, words: str) -> None:
        """Write down something that happened: opened, lost, a deadline passed."""
        self._keep_line(".", words, None)

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            self._ended = True
            self._file.close()

    def _keep_line(self, way: Way, text: str, ask: int | None) -> None:
        trouble = ""
        try:
            self._write(way, text, ask)
        except OSError as error:
            trouble = f"The journal {self.path.name} cannot be written: {os.strerror(error.errno or errno.EIO)}."
        if trouble != self._trouble:
            self._trouble = trouble
            for told in self._told:
                told(trouble)

    def _write(self, way: Way, text: str, ask: int | None) -> None:
        with self._guard:
            if self._ended:
                return
            if self._file.closed:  # the last turn-over failed half way
                self._file = self.path.open("ab", buffering=0)
            self._missing += 1
            if self._missing > 1:
                self._put(".", f"{self._missing - 1} lines are missing here: the disk did not take them", None)
                self._missing = 1
            self._put(way, text, ask)
            self._missing = 0
            if self._file.tell() > self._most_bytes:
                self._turn_over()

    def _put(self, way: Way, text: str, ask: int | None) -> None:
        """Write one line, or leave the file as it was and raise."""
        entry = {"mono": round(monotonic(), 6), "utc": self._clock().isoformat(), "way": way, "bytes": text, "ask": ask}
        line = (json.dumps(entry) + "\n").encode()
        before = self._file.seek(0, os.SEEK_END)
        if self._file.write(line) != len(line):
            self._file.truncate(before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _turn_over(self) -> None:
        self._file.close()
        for number in range(self._keep - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        self._file = self.path.open("ab", buffering=0)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def read_journal(lines: Iterable[str]) -> Iterator[Entry]:
    """Yield the entries of a journal's lines; ValueError names the line that is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            got = json.loads(line)
            text = got["bytes"]
            data = text.encode("utf-8") if got["way"] == "." else unescape(text)
            if got["way"] not in {">", "<", "."}:
                raise ValueError("way")
            yield Entry(float(got["mono"]), str(got["utc"]), got["way"], data, got["ask"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number} is no line of a journal") from error


def escape(data: bytes) -> str:
    r"""Write bytes as text: printable ASCII as it is, `\r`, `\n`, `\\`, and `\xNN` for everything else."""
    return "".join(_letter(byte) for byte in data)


def _letter(byte: int) -> str:
    short = {0x0D: "\\r", 0x0A: "\\n", 0x5C: "\\\\"}.get(byte)
    return short or (chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02x}")


def unescape(text: str) -> bytes:
    """Read escaped text back to bytes; ValueError for an unknown escape or a character beyond ASCII."""

    def one(found: re.Match[str]) -> str:
        if found[2]:
            raise ValueError(f"unknown escape in {text!r}")
        return chr(int(found[1], 16)) if found[1] else {"r": "\r", "n": "\n", "\\": "\\"}[found[0][1]]

    return ESCAPED.sub(one, text).encode("latin-1")
