"""A stored event damaged anywhere in what it says is refused in words, or reads as what it says now: never anything else."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.preparations import KINDS
from app.record import codec
from app.record.codec import CodecError
from workflows.upcasting import upcast

LOG = Path(__file__).parent.parent / "records" / "v0" / "worked_example.jsonl"
ODD = (
    None, True, False, 0, -1, 2**53, 1.5, float("nan"), "", "0", "-0", "1e9", "NaN", "Infinity", " 5", "5 ", "٣", "1" * 400,
    "2026-11-30T00:00:00.000000Z", "2026-13-30T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "0000-00-00", "\x00", "\ud800",
    [], {}, [[]], {"kind": "scan"}, {"kind": ""}, {"kind": []}, [None] * 50, "x" * 5000,
)  # fmt: skip
"""What stands in the place of something else."""


def events() -> list[dict[str, Any]]:
    """Every event of a whole preparation, as an earlier release wrote it."""
    return [json.loads(json.loads(line)["body"]) for line in LOG.read_text(encoding="utf-8").splitlines()]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys or numbers."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def damaged(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """One to three changes: something else in its place, taken away, doubled, renamed, or swapped with another."""
    found = copy.deepcopy(data)
    for _ in range(chance.randint(1, 3)):
        there = list(places(found))
        if not there:
            return {"kind": chance.choice(ODD)}
        holder, key = chance.choice(there)
        other, place = chance.choice(there)
        way = chance.randrange(5)
        if way == 0:
            holder[key] = copy.deepcopy(chance.choice(ODD))
        elif way == 1:
            del holder[key]
        elif way == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif way == 3 and isinstance(holder, dict):
            holder[f"{key}_"] = holder.pop(key)
        elif place in other if isinstance(other, dict) else place < len(other):
            holder[key] = copy.deepcopy(other[place])
    return found


def says_all(written: Any, data: Any) -> bool:
    """Whether all of `data` stands in what is written: only what was missing and has a default may have come on top."""
    if isinstance(data, dict):
        return isinstance(written, dict) and all(k in written and says_all(written[k], v) for k, v in data.items())
    if isinstance(data, list):
        return isinstance(written, list) and len(written) == len(data) and all(map(says_all, written, data))
    return type(written) is type(data) and bool(written == data)


def read_damaged(seed: int, count: int) -> Tally[str]:
    """Read so many; return how many were refused, and how many read."""
    chance, told, all_of_them = random.Random(seed), Tally[str](), [one for one in events() if one["kind"] in KINDS]
    for _ in range(count):
        said = chance.choice(all_of_them)
        kind = said["kind"] if chance.random() < 0.95 else chance.choice(sorted(KINDS))
        whole = upcast(said["kind"], said["shape"], copy.deepcopy(said["data"]))
        data = damaged(whole, chance)
        try:
            event = codec.decode(KINDS[kind], data)
        except CodecError:
            told["refused"] += 1
            continue
        written = codec.encode(event)
        assert codec.decode(KINDS[kind], written) == event
        assert says_all(written, data), (written, data)
        told["read"] += 1
    return told


def test_three_thousand_damaged_events_are_refused_in_words_or_say_what_they_say() -> None:
    told = read_damaged(58, 3000)
    assert min(told["refused"], told["read"]) > 100, told


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_a_hundred_thousand_damaged_events_are_refused_in_words_or_say_what_they_say(
    part: int, counted: Callable[..., None]
) -> None:
    told = read_damaged(part, 25_000)
    counted("damaged events were read", **told)
