"""Reads a transcript: its cases, each a list of what the host sends, what the instrument answers, and what happens."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "transcripts"
DRIVERS = Path(__file__).parent.parent / "devices" / "transcripts"
ESCAPE = re.compile(rb"\\(r|n|\\|x[0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple[tuple[str, bytes], ...]
    """(">>", bytes), ("<<", bytes) or ("..", words), in order."""

    def said(self) -> bytes:
        return b"".join(data for mark, data in self.steps if mark == "<<")


def read(file: str) -> dict[str, Case]:
    blocks = (FOLDER / file if (FOLDER / file).exists() else DRIVERS / file).read_text(encoding="utf-8").split("\n\n")
    cases = [_case(block.splitlines()) for block in blocks if "\nCASE" in f"\n{block}"]
    return {case.name: case for case in cases}


def _case(lines: list[str]) -> Case:
    name = next(line for line in lines if line.startswith("CASE ")).removeprefix("CASE ")
    steps = [(line[:2], _bytes(line[3:])) for line in lines if line[:2] in {">>", "<<", ".."}]
    return Case(name, tuple(steps))


def _bytes(text: str) -> bytes:
    def real(found: re.Match[bytes]) -> bytes:
        mark = found[1]
        return {b"r": b"\r", b"n": b"\n", b"\\": b"\\"}.get(mark) or bytes.fromhex(mark[1:].decode())

    return ESCAPE.sub(real, text.encode())
