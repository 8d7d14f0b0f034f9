"""A photo of evidence, examined outside the server's own process: good enough to be judged later, and of these things (R24, B33).

Its codes are held against what was scanned: another vial is caught here, not at the review. They are kept with the photo.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from app.stations.scans import Read
from devices.camera import picture, quality
from devices.camera.decode import Decoder
from devices.camera.seen import SeenCode
from workflows.evidence import CabinetCode, Container, Found, LabelCode, OtherCode, Photo, PictureCode, Scan
from workflows.preparation import Preparation
from workflows.rules.protection import UNREAD

LOOKED_FOR = ("DataMatrix", "QRCode", "Code128", "EAN13", "EAN8", "UPCE")
"""One reading of the first three is enough, so that one photo can accuse; the last three count where two decoders agree (B7)."""
WITH_LABEL = "photo-final"
"""The step whose picture shows the container as it leaves."""
NAMES_NOTHING = "a code that names nothing here"
OURS = "U/"
"""Begins the unit of a container that carries our own unit label; else it is GTIN, lot and serial of its maker's code."""
PATIENCE_S = 10.0
"""After this the process that looks is killed, and the photo is taken again."""
NOT_READ = PictureCode("", "no final label that can be read", False)
"""What is kept of a picture of the finished container in which its label could not be read at the second try either."""
NOT_EXAMINED = "The picture could not be examined. Take it again."


@dataclass(frozen=True)
class Examined:
    """What a photo is like, and the codes that stand in it."""

    media_type: str
    """From its content."""
    width: int
    """Pixels as stored."""
    height: int
    """Pixels as stored."""
    sharpness: float
    """As devices/camera/quality.py measures it."""
    why: tuple[str, ...]
    """Why it is poor, by the keys of quality.WORDS; empty for a good one."""
    codes: tuple[str, ...]
    """Its codes as a scanner would send them, AIM identifier first: sound ones, and retail codes on which two decoders agree."""

    @property
    def words(self) -> str:
        """What to do about a poor one; empty for a good one."""
        return " ".join(quality.WORDS[one] for one in self.why)


@dataclass(frozen=True)
class Told:
    """One code of a photo."""

    code: PictureCode
    """What is kept of it."""
    strange: str
    """What it shows that was not scanned, in words; empty where nothing is wrong."""
    label: str = ""
    """Which label of this very preparation it is, in_process or final; empty for everything else."""


@cache
def decoder(of: str = "") -> Decoder:  # noqa: ARG001  # one for each name that the cache was asked for
    """Return the decoder for photos, or that of a station whose camera scans: no photo waits behind what a camera sees all day.

    Its worker is started with the first picture, and ends with this process.
    """
    made = Decoder()
    atexit.register(made.close)
    return made


def examine(content: bytes, look: Decoder | None = None, *, reference: float = 0) -> Examined | str:
    """Return what a photo is like, or in words why it could not be examined. It is unpacked in the worker, never here.

    `reference`: sharpness of a good photo at this station, as quality.py measures it; 0 where none was taken.
    """
    outside = picture.look(content)
    if isinstance(outside, str):
        return quality.WORDS[outside]
    still = (look or decoder()).decode(content, symbologies=LOOKED_FOR, seconds=PATIENCE_S)
    if still.error or still.quality is None:
        return NOT_EXAMINED
    small = max(outside.width, outside.height) < quality.LEAST_LONG_SIDE
    banded = still.quality.glare >= quality.BAND_SHARE
    soft = still.quality.sharpness < quality.REFERENCE_SHARE * reference and "blurred" not in still.quality.why
    found = {"blurred": soft, "too small": small, "glare": banded, "empty": still.quality.detail < quality.LEAST_DETAIL}
    why = (*still.quality.why, *(one for one, so in found.items() if so))
    codes = tuple(dict.fromkeys(code.aim + code.text for code in still.codes if _counts(code)))
    return Examined(outside.media_type, outside.width, outside.height, still.quality.sharpness, why, codes)


def _counts(code: SeenCode) -> bool:
    return code.sound or len(code.decoders) > 1


def seen_in(
    id_: str, p: Preparation, codes: tuple[str, ...], tell: Callable[[str], Read], name: Callable[[Found], str]
) -> tuple[Told, ...]:
    """Say what each code of a photo is, and which names a thing that was not scanned for the preparation `id_`.

    `tell` reads a code, `name` says in words what was found.

    Codes that name no container and no label of ours (a badge, a card, a product that no formulary knows) accuse nobody;
    their characters are not kept, for they may be a patient's.
    """
    scanned = tuple(
        entry.evidence.found
        for entry in p.entries.values()
        if isinstance(entry.evidence, Scan) and isinstance(entry.evidence.found, Container)
    )
    read = [(raw, tell(raw).scan.found) for raw in codes]
    return tuple(_told(raw, found, name(found), _strange(id_, scanned, found)) for raw, found in read)


def _told(raw: str, found: Found, words: str, strange: str) -> Told:
    ours = isinstance(found, Container | LabelCode | CabinetCode)
    words = words if ours or strange else NAMES_NOTHING
    known = isinstance(found, Container | LabelCode) and not strange
    label = found.label_kind if isinstance(found, LabelCode) and known else ""
    return Told(PictureCode(raw if ours else "", words, known), strange, label)


def lacks_label(slot: str, p: Preparation, told: tuple[Told, ...]) -> bool:
    """Say whether the picture of the finished container shows no final label of its own that can be read (R24, R50)."""
    return slot == WITH_LABEL and p.final_label() is not None and not any(one.label == "final" for one in told)


def was_tried(slot: str, p: Preparation) -> bool:
    """Say whether a picture that is good otherwise was refused for that before, since the label was scanned."""
    since = p.entries["label-scan"].version if "label-scan" in p.entries else 0
    tries = (one.evidence for one in p.near_misses if one.slot == slot and one.version > since)
    return any(isinstance(one, Photo) and one.why == (UNREAD,) for one in tries)


def _strange(id_: str, scanned: tuple[Container, ...], seen: Found) -> str:
    if isinstance(seen, LabelCode):
        if seen.preparation != id_:
            return "the label of another preparation"
        return "a label that is void" if seen.void else ""
    if isinstance(seen, Container) and not any(_same(seen, one) for one in scanned):
        return f"{seen.text}, lot {seen.lot}" if seen.lot else seen.text
    unknown = isinstance(seen, OtherCode) and seen.what.startswith(("an unknown unit label", "an unknown label"))
    return seen.what if unknown and isinstance(seen, OtherCode) else ""


def _same(seen: Container, scanned: Container) -> bool:
    """One container, or where either code names only its kind or its lot, one of the kind and lot that was scanned."""
    if seen.unit and scanned.unit and seen.unit.startswith(OURS) == scanned.unit.startswith(OURS):
        return seen.unit == scanned.unit
    return seen.gtin14 == scanned.gtin14 and (not seen.lot or not scanned.lot or seen.lot == scanned.lot)
