"""A camera that looks on: when what its frames show counts as one reading. Pure; frames and times are handed in.

A Data Matrix, QR code or Code 128 counts by one sound frame. Any other linear code counts when the same single value stood
in two different frames within two seconds, nothing else was seen in between, and the formulary knows it; a second decoder
may veto a frame, never add to it (B4-B8). Whatever disagrees is "try again", and nothing of it is handed on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from devices.camera.decode import Still, settle
from devices.camera.seen import SeenCode
from devices.scanner.parse import parse

WITHIN_S: Final = 2.0
"""Seconds that what was seen is remembered: two things inside them are two things in view (B6, B7)."""
FRAMES: Final = 2
"""Different frames in which a linear code must stand."""
A_DAY: Final = date(2026, 1, 1)
"""Only identities are compared: the day would decide the century of an expiry, never a product."""

HOLD_STILL: Final = "Hold it still: a second look must show the same."
GIVEN: Final = "This one was read. Take it out of the picture."
TRY_AGAIN: Final = "Two looks did not show the same. Hold one code into the picture, straight and still."
UNKNOWN: Final = "The formulary does not know this code. Hold the square code into the picture, or use the scanner."


@dataclass(frozen=True)
class Agreed:
    """What the frames so far come to."""

    what: Literal["nothing", "wait", "again", "unknown", "read", "held"]
    """`read` one reading, now · `held` the same one still in view · `wait` seen once · `again` they disagree · `unknown`
    two frames agree on a code that no formulary knows · `nothing` no code."""
    raw: str = ""
    """For `read`: the characters as a scanner would send them, AIM identifier first."""
    says: str = ""
    """What the technician is told; empty where there is nothing to say."""
    frames: int = 0
    """For `read`: how many frames it rests on."""


@dataclass(frozen=True)
class _Look:
    at: float
    digest: str
    codes: tuple[SeenCode, ...]


class Agreement:
    """The frames of one camera, one after the other."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        """`known` says of a linear reading whether the formulary has exactly that product."""
        self._known = known
        self._looks: list[_Look] = []
        self._given = ""

    def take(self, still: Still, digest: str, now: float) -> Agreed:
        """Take one decoded frame at `now` (monotonic s); `digest` is that of its bytes: the same picture twice is one frame."""
        self._looks = [look for look in self._looks if now - look.at <= WITHIN_S]
        if not self._looks:
            self._given = ""
        if still.vetoed:
            return self._afresh()
        if still.codes and all(look.digest != digest for look in self._looks):
            self._looks.append(_Look(now, digest, still.codes))
        return self._judged(still)

    def _judged(self, still: Still) -> Agreed:
        values = {(code.aim, code.data): code for look in self._looks for code in look.codes}
        if not still.codes or not values:
            return Agreed("nothing")
        if len(values) == 1:
            return self._one(next(iter(values.values())))
        if settle(tuple(values.values()), vetoed=False) == "read":
            return self._handed_on(_fullest(tuple(code for code in values.values() if code.sound)), 1)
        return self._afresh()

    def _one(self, code: SeenCode) -> Agreed:
        if code.sound:
            return self._handed_on(code, 1)
        if len(self._looks) < FRAMES:
            return Agreed("wait", says=HOLD_STILL)
        if not self._known(code.aim + code.text):
            return Agreed("unknown", says=UNKNOWN)
        return self._handed_on(code, len(self._looks))

    def _handed_on(self, code: SeenCode, frames: int) -> Agreed:
        raw = code.aim + code.text
        if raw == self._given:
            return Agreed("held", says=GIVEN)
        self._given = raw
        return Agreed("read", raw, frames=frames)

    def _afresh(self) -> Agreed:
        """Forget what was a hint, and remember what was handed on: a second thing beside it stays a second thing."""
        self._looks = [look for look in self._looks if any(code.aim + code.text == self._given for code in look.codes)]
        return Agreed("again", says=TRY_AGAIN)


def _fullest(codes: tuple[SeenCode, ...]) -> SeenCode:
    """Return the code that says most of the product: with a GTIN, then with the most elements."""

    def said(code: SeenCode) -> tuple[bool, int]:
        answer = parse(code.aim + code.text, as_of=A_DAY)
        return answer.gtin14 is not None, len(answer.elements)

    return max(codes, key=said)
