"""Transcripts and journals as cases: what the host said, what the instrument said, what happened in time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from devices.journal import Entry, read_journal, unescape


@dataclass(frozen=True)
class Host:
    """The host sends."""

    data: bytes
    """The bytes."""


@dataclass(frozen=True)
class Instrument:
    """The instrument sends, in one write."""

    data: bytes
    """The bytes."""


@dataclass(frozen=True)
class Pause:
    """Time passes; with it ends whatever was one burst."""

    seconds: float | None
    """How long; None until the open question's deadline."""


@dataclass(frozen=True)
class Pace:
    """From here on the instrument sends one byte each `seconds`."""

    seconds: float
    """Seconds a byte."""


@dataclass(frozen=True)
class Deadline:
    """The open question's deadline, counted from when it was put."""

    seconds: float
    """Seconds for the whole reply."""


@dataclass(frozen=True)
class Unplug:
    """The link goes."""


@dataclass(frozen=True)
class Remark:
    """Something a person or the host does."""

    text: str
    """The words as written, escapes and all."""


Event = Host | Instrument | Pause | Pace | Deadline | Unplug | Remark

Words = dict[str, Any]
"""What the driver made of one thing heard: `kind` and its data, in the words of EXPECT."""

NOT_COMPARED: Final = frozenset({"reason", "meaning", "policy"})
"""Keys of an expectation that are words for people."""

DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|seconds?|min|minutes?)\b")
SCALE: Final = {"ms": 0.001, "s": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minute": 60.0, "minutes": 60.0}


@dataclass(frozen=True)
class Case:
    """One case of a transcript, or one question of a journal."""

    id: str
    """Unique in its file."""

    events: tuple[Event, ...]
    """What happened, in order."""

    expect: tuple[dict[str, Any], ...] | None
    """What the host must make of it; None for a journal."""

    fresh: bool = True
    """True if the case begins with a link just opened, so that an unasked weight means auto print."""


def read_cases(text: str) -> list[Case]:
    """Read a transcript or a journal, told apart by the first line; ValueError names the line that is wrong."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("{"):
        return list(journal_cases(read_journal(lines)))
    cases = list(_transcript_cases(lines))
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise ValueError(f"case {case.id!r} is there twice")
        seen.add(case.id)
    if not cases:
        raise ValueError("there is no CASE in this file, and it is no journal")
    return cases


def _transcript_cases(lines: list[str]) -> Iterator[Case]:
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line:
            block.append((number, line))
        elif block:
            if not all(text.startswith("#") for _, text in block):
                yield _case([(at, text) for at, text in block if not text.startswith("#")])
            block = []


def _case(block: list[tuple[int, str]]) -> Case:
    id_, events, expect = "", list[Event](), None
    for number, line in block:
        word, _, rest = line.partition(" ")
        try:
            if word == "CASE" and rest.strip():
                id_ = rest.strip()
            elif word in {">>", "<<"}:
                events.append(Host(unescape(rest)) if word == ">>" else Instrument(unescape(rest)))
            elif word == "..":
                events.extend(_meanwhile(rest))
            elif word == "EXPECT":
                expect = _expected(rest)
            elif word not in {"SRC", "NOTE"}:
                raise ValueError("begins with none of CASE SRC NOTE >> << .. EXPECT")
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    if not id_:
        raise ValueError(f"line {block[0][0]}: a block without CASE and its id")
    return Case(id_, tuple(events), expect)


def _expected(text: str) -> tuple[dict[str, Any], ...]:
    got = json.loads(text)
    listed = got if isinstance(got, list) else [got]
    if not all(isinstance(one, dict) and isinstance(one.get("kind"), str) for one in listed):
        raise ValueError("EXPECT is one object with a kind, or a list of them")
    return tuple(listed)


def _meanwhile(text: str) -> list[Event]:
    """What a `..` line says in so many words; anything else is a remark, and the end of a burst."""
    events: list[Event] = []
    lower = text.lower()
    for part in re.split(r"[;,]", lower):
        found = DURATION.search(part)
        seconds = float(found[1]) * SCALE[found[2]] if found else None
        if "deadline" in part and seconds is not None:
            events.append(Deadline(seconds))
        elif "byte" in part and "every" in part and seconds is not None:
            events.append(Pace(seconds))
        elif re.search(r"\bunplug|\bpulled|\blink lost", part):
            events.append(Unplug())
        elif seconds is not None:
            events.append(Pause(seconds))
        elif re.search(r"\buntil\b", part):
            continue
        elif re.search(r"\bsilen|time-?out|deadline|no answer|nothing", part):
            events.append(Pause(None))
    return events or [Pause(0.0), Remark(text)]


def journal_cases(entries: Iterable[Entry]) -> Iterator[Case]:
    """Turn a journal into one case a question, and one for each run of bytes nobody asked for."""
    ask: int | None = None
    events: list[Event] = []
    number = 0
    last: Entry | None = None
    opened = False
    for entry in entries:
        if entry.way == ".":
            opened = opened or entry.data.startswith(b"listening")
            continue
        if entry.ask != ask or (entry.way == ">" and events):
            if events:
                number += 1
                yield Case(_journal_id(number, ask), tuple(events), None, fresh=opened and ask is None)
            opened = opened and ask is None and not events
            ask, events, last = entry.ask, [], None
        if last is not None:
            events.append(Pause(max(0.0, entry.monotonic - last.monotonic)))
        events.append(Host(entry.data) if entry.way == ">" else Instrument(entry.data))
        last = entry
    if events:
        yield Case(_journal_id(number + 1, ask), tuple(events), None, fresh=opened and ask is None)


def _journal_id(number: int, ask: int | None) -> str:
    return f"{number} unasked" if ask is None else f"{number} ask {ask}"


@dataclass(frozen=True)
class Replayed:
    """What came of one case."""

    case: str
    """The case's id."""

    got: tuple[Words, ...]
    """What the driver made of it, in order."""

    expect: tuple[Words, ...] | None
    """What the file expects; None if it says nothing."""

    @property
    def match(self) -> bool | None:
        """True if everything compared agrees; None without an expectation."""
        if self.expect is None:
            return None
        return len(self.got) == len(self.expect) and all(
            _agrees(got, want) for got, want in zip(self.got, self.expect, strict=True)
        )


def _agrees(got: Words, want: Words) -> bool:
    return all(
        str(got.get(key)) == str(value) if key == "code" else got.get(key) == value
        for key, value in want.items()
        if key not in NOT_COMPARED
    )
