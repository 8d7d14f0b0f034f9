"""One still picture: which codes it shows, and what they settle. Decoded in a killable process with a deadline (B33).

Not here: two-frame agreement of live pictures, and whether the product is the wanted one (formulary, step).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from types import TracebackType
from typing import Self

from devices.camera import picture
from devices.camera.quality import Quality
from devices.camera.seen import Request, SeenCode
from devices.camera.worker import Worker
from devices.scanner.parse import parse_several

SYMBOLOGIES = (
    *("DataMatrix", "QRCode", "Code128", "Code39", "Code32", "EAN13", "EAN8", "UPCE", "ITF"),
    *("DataBarOmni", "DataBarStacked", "DataBarLimited", "DataBarExpanded", "DataBarExpandedStacked"),
)
"""What is looked for where no step narrows it."""
UNREADABLE = "unreadable image"
_TYPES = frozenset({picture.JPEG, picture.PNG, picture.WEBP})
_A_DAY = date(2026, 1, 1)
"""Identities are compared without regard to dates: the day only decides the century of an expiry, never a GTIN."""


@dataclass(frozen=True)
class Still:
    """What one still picture settled."""

    verdict: str
    """`read` exactly one identity, sound by itself · `confirm` one linear value on which two decoders agree: may
    confirm
    a scan, never identify · `again` something was seen that settles nothing · `none` · `unreadable`."""
    ms: float
    """Milliseconds from the bytes to the verdict."""
    error: str | None = None
    """Why the picture could not be examined, in words; None if it was."""
    width: int | None = None
    """Pixels, None if not examined."""
    height: int | None = None
    """Pixels, None if not examined."""
    codes: tuple[SeenCode, ...] = ()
    """Every symbol seen."""
    quality: Quality | None = None
    """Sharpness and exposure; None if not examined."""
    pass_name: str = ""
    """Which pass found the codes, for the log (B45)."""
    vetoed: bool = False
    """Whether a second decoder read another value where a linear code was read."""

    def to_json(self) -> dict[str, object]:
        """Return the still as `vialtrace image decode --json` prints it, without the file's name."""
        return {
            "width": self.width,
            "height": self.height,
            "ms": round(self.ms, 1),
            "error": self.error,
            "verdict": self.verdict,
            "codes": [code.to_json() for code in self.codes],
            "quality": self.quality.to_json() if self.quality else None,
        }


def decoder_versions() -> dict[str, str]:
    """Return the decoders' names and versions, which are logged with every reading (B45)."""
    return {name: version(name) for name in ("zxing-cpp", "pyzbar")}


class Decoder:
    """A station's decoder: one worker process, started with the first picture. Use it in a `with`, or close() it."""

    def __init__(self, work: str = "devices.camera.passes:look") -> None:
        """Keep which function decodes; another one is given only to try how a misbehaving decoder is handled."""
        self._worker = Worker(work)

    def start(self) -> str | None:
        """Start the worker ahead of the first picture. Return None, or why it did not start."""
        return self._worker.start()

    def decode(
        self, image: bytes, *, symbologies: tuple[str, ...] = SYMBOLOGIES, seconds: float | None = None
    ) -> Still:
        """Return what one encoded picture (JPEG, PNG or WebP) shows.

        `symbologies`: what the step can meet, names out of SYMBOLOGIES. `seconds`: deadline; by default deadline_for().
        Never raises for a bad picture: the verdict is then `unreadable` and `error` says why.
        """
        started = time.monotonic()
        outside = picture.look(image, _TYPES)
        if isinstance(outside, str):
            return _unreadable(outside, started)
        allowed = seconds or deadline_for(outside.width, outside.height)
        seen, trouble = self._worker.ask(Request(image, symbologies, allowed), allowed)
        if trouble or seen is None:
            return _unreadable(trouble or UNREADABLE, started)
        return Still(
            settle(seen.codes, seen.vetoed),
            (time.monotonic() - started) * 1000,
            width=seen.width,
            height=seen.height,
            codes=seen.codes,
            quality=seen.quality,
            pass_name=seen.pass_name,
            vetoed=seen.vetoed,
        )

    def close(self) -> None:
        """End the worker process."""
        self._worker.close()

    def __enter__(self) -> Self:
        """Return the decoder; nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def deadline_for(width: int, height: int) -> float:
    """Return the seconds a picture of this size may take: 0.5 up to 1080p, 2 at 12 megapixels, in proportion above."""
    return max(0.5, width * height / 6_000_000)


def _unreadable(why: str, started: float) -> Still:
    return Still("unreadable", (time.monotonic() - started) * 1000, error=why)


def settle(codes: tuple[SeenCode, ...], vetoed: bool) -> str:
    """Return the verdict on what one still showed (B6-B8). `vetoed`: a second decoder read another value somewhere.

    One sound value is read, whatever it says: its reader judges it, and a retake would show the same.
    Several codes settle something only if they claim one GTIN without conflict; a GS1 code without GTIN (lot and expiry
    of an i.v. bag) may stand beside it. Any other second value is a second identity.
    """
    if not codes:
        return "none"
    if len({(code.aim, code.data) for code in codes}) == 1 and codes[0].sound and not vetoed:
        return "read"
    values = {(code.aim, code.data): code for code in codes}
    together = parse_several([code.aim + code.text for code in values.values()], as_of=_A_DAY)
    if vetoed or together.error:
        return "again"
    pairs = list(zip(values.values(), together.codes, strict=True))
    named = [code for code, answer in pairs if answer.gtin14] if together.gtin14 else list(values.values())
    others = [answer for _, answer in pairs if not answer.gtin14 and answer.form != "gs1"] if together.gtin14 else []
    if others or (not together.gtin14 and len(values) > 1):
        return "again"
    if any(code.sound for code in named):
        return "read"
    agreed = any(len(code.decoders) > 1 for code in codes if code.data == named[0].data)
    return "confirm" if len(named) == 1 and agreed else "again"
