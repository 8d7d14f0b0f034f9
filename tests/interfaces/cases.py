"""The sample messages, what each must give, and short ways to send one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.interfaces.book import MemoryBook
from app.interfaces.hl7 import read
from app.interfaces.judge import Handled, handle
from app.interfaces.profile import read_profile
from app.interfaces.reading import Reading

FOLDER = Path(__file__).parent / "hl7"
INDEX = json.loads((FOLDER / "index.json").read_text("utf-8"))
PROFILE = read_profile((FOLDER / "profile_oncehr.json").read_text("utf-8"))
AT = datetime(2026, 3, 11, 13, 15, 1, tzinfo=UTC)
"""08:15:01 in Chicago, one second after the samples were sent."""
HUGE = "s50_huge_nte.hl7"
CASES = {case["file"]: case for case in INDEX["inbound"]}
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def huge() -> bytes:
    """The 200 KB message: the reference order with a thousand long comments."""
    segments = (FOLDER / "s01_rde_o11_canonical_cyclophosphamide.hl7").read_bytes().split(b"\r")
    segments = [one.replace(b"M000001", b"M000054") for one in segments if not one.startswith(b"ZCH")]
    after = next(n for n, one in enumerate(segments) if one.startswith(b"NTE")) + 1
    comments = [f"NTE|{n}|P|{'Very long comment text. ' * 8}".encode() for n in range(2, 1002)]
    return b"\r".join([*segments[:after], *comments, *segments[after:]])


def sample(name: str) -> bytes:
    """The bytes of a sample, by the beginning of its name."""
    if HUGE.startswith(name):
        return huge()
    (path,) = (one for one in FOLDER.glob("*.hl7") if one.name.startswith(name))
    return path.read_bytes()


S01 = sample("s01")


def edited(*changes: tuple[str, str], of: str = "s01") -> bytes:
    """A sample with texts replaced; each must stand in it exactly once or the test is wrong."""
    text = sample(of).decode("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text.encode("utf-8")


def send(payload: bytes, book: MemoryBook, at: datetime = AT) -> Handled:
    return handle(read(payload, [PROFILE]), book, at, "A000001")


def reading(payload: bytes) -> Reading:
    return read(payload, [PROFILE])


def reasons(payload: bytes) -> list[tuple[str, str]]:
    return [(fault.reason, fault.at) for fault in reading(payload).errors]


def findings(payload: bytes, book: MemoryBook | None = None) -> set[str]:
    handled = send(payload, book if book is not None else MemoryBook())
    assert handled.verdict.outcome == "accepted", handled.verdict.errors
    return {one.code for one in handled.verdict.findings}


def agrees(got: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there; amounts are compared as numbers."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(agrees(got.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(map(agrees, got, wanted))
    if isinstance(wanted, str) and isinstance(got, str) and NUMBER.fullmatch(wanted) and NUMBER.fullmatch(got):
        return Decimal(got) == Decimal(wanted)
    return bool(got == wanted)
