"""Runs the framing of a serial scanner and the reading of its codes over a transcript, by a virtual clock.

Not here: keys a scanner types into a page. A case of that kind holds no bytes: it comes out empty, neither matching nor
failing, for only a browser can try it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from devices.readings import CodeRead
from devices.scanner.answer import POSSIBLE_LOST_FNC1
from devices.scanner.parse import parse
from devices.scanner.serial import PART_S, Framed, Framer
from devices.transcript import Case, Event, Instrument, Pause, Replayed, Words, read_cases

DAY: Final = date(2026, 1, 1)
"""What counts as today: a replay compares what the code says, never whether it has expired."""


def replay(text: str, suffix: str = "\r") -> Iterator[Replayed]:
    """Yield what becomes of each case of `text`; ValueError for a file that is no transcript."""
    for case in read_cases(text):
        yield replay_case(case, suffix)


def replay_case(case: Case, suffix: str) -> Replayed:
    """Run one case from a scanner just opened."""
    if not any(isinstance(event, Instrument) for event in case.events):
        return Replayed(case.id, (), None)
    framer, now = Framer(suffix, lambda: datetime(2026, 1, 1, tzinfo=UTC)), 0.0
    framed: list[Framed] = []
    for event in [*case.events, Pause(PART_S)]:
        now += _seconds(event)
        framed += framer.feed(event.data, now) if isinstance(event, Instrument) else framer.tick(now)
    return Replayed(case.id, tuple(_words(framed)), case.expect)


def _seconds(event: Event) -> float:
    if not isinstance(event, Pause):
        return 0.0
    return PART_S if event.seconds is None else event.seconds


def _words(framed: list[Framed]) -> Iterator[Words]:
    for at, one in enumerate(framed):
        after = framed[at + 1] if at + 1 < len(framed) else None
        if isinstance(one, CodeRead):
            repeated = after is not None and not isinstance(after, CodeRead) and after.reason == "repeated"
            yield _scan(one) | ({"kind": "scan_once"} if repeated else {})
        elif one.reason != "repeated":
            yield {"kind": "discarded", "reason": one.reason}


def _scan(code: CodeRead) -> Words:
    answer = parse(code.text, as_of=DAY)
    data = code.text.removeprefix(answer.aim or "")
    known: Words = {
        "aim": answer.aim,
        "elements": [list(element) for element in answer.elements] or None,
        "gtin": data if answer.form == "retail" else answer.gtin14,
        "internal_id": answer.own.id if answer.own else None,
        "text": data,
        "suspicious": "missing separator" if POSSIBLE_LOST_FNC1 in answer.flags else None,
        "error": answer.error,
    }
    return {"kind": "scan"} | {key: value for key, value in known.items() if value is not None}
