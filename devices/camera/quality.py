"""Is a photo sharp and rightly exposed, so that a pharmacist can read it tomorrow? Measured, with words for a retake.

Not here: whether it shows the right thing, or any code (decode.py: a code may decode in a photo too dark to read).
The libraries that look are loaded with the first photo.
Limits are start values from drawn labels; a station may set the sharpness of a good photo of its own beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from devices.camera import picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Grey: TypeAlias = "NDArray[np.uint8]"
"""A picture as height × width grey levels, 0 black to 255 white."""

WIDTH = 640
"""Pixels: every measure is taken on the picture scaled down to this width; a narrower one is taken as it is."""
LEAST_SHARPNESS = 20.0
"""Variance of the Laplacian after a 3×3 Gaussian, grey levels squared; undecodable labels measured up to 12."""
REFERENCE_SHARE = 0.25
"""Share of the station's reference sharpness that a photo must reach."""
LEAST_BRIGHT = 80
"""Grey level that one pixel in a hundred must exceed."""
LEAST_CONTRAST = 40
"""Grey levels between the 1st and the 99th percentile."""
CLIPPED_LEVEL, MOST_CLIPPED = 250, 0.5
"""Grey level from which a pixel counts as clipped, and the share that may be."""
BAND_SHARE = 0.012
"""Share of the picture from which a band of glare hides something that matters."""
BAND_LENGTH, BAND_BREADTH, BROAD = 0.25, 0.05, 0.3
"""How long and how broad a clipped band is at least, and how broad at most, as shares of the picture's short side."""
BAND_WIDTH = 160
"""Pixels: bands are looked for in a picture of this width; a pixel of it is clipped where nearly all under it are."""
NEARLY_ALL = 0.8
BAND_ANGLES = range(0, 180, 15)
"""Degrees at which a band may lie."""
CELLS = 16
"""Fields across a picture, in each of which something may be seen."""
DETAIL = 10.0
"""Grey levels of standard deviation that a field has where anything is in it; an even surface in a noisy camera has 3."""
LEAST_DETAIL = 0.02
"""Share of the fields in which something must be seen: a vial alone fills more."""
LEAST_LONG_SIDE = 1600
"""Pixels an evidence photo must have on its long side."""

WORDS = {
    "blurred": "The photo is blurred. Hold still, wait for the focus, and take it again.",
    "dark": "The photo is too dark. Turn the light on or take the hand away, and take it again.",
    "flat": "The photo shows almost nothing. Is the lens covered? Clean it, and take it again.",
    "overexposed": "More than half of the photo is white. Tilt it away from the lamp, and take it again.",
    "glare": "A band of glare lies across the photo. Tilt it, or move the lamp, and take it again.",
    "too small": f"The photo is too small to zoom in. Set the camera to {LEAST_LONG_SIDE} pixels or more, and take it "
    "again.",
    "empty": "The photo shows an even surface and nothing on it. Put everything into view, and take it again.",
    picture.NOT_AN_IMAGE: "This is not a whole JPEG or PNG picture. Take the photo again.",
    picture.TOO_MANY_PIXELS: "This picture is larger than 25 megapixels. Set the camera to a smaller size.",
}
"""What the technician is told, by reason."""


@dataclass(frozen=True)
class Quality:
    """How good a photo is."""

    sharpness: float
    """Variance of the Laplacian after a 3×3 Gaussian at 640 pixels width; 0 or more."""
    p1: float
    """1st percentile of the grey levels, 0 to 255."""
    p99: float
    """99th percentile of the grey levels, 0 to 255."""
    clipped: float
    """Share of pixels at or above 250, 0 to 1."""
    verdict: str
    """`good` or `bad`."""
    why: tuple[str, ...] = ()
    """For a bad photo, keys of WORDS: blurred, dark, flat, overexposed, too small, or why it is no picture at all."""
    glare: float = 0.0
    """Share of the picture that lies under bands of glare, 0 to 1: no code is read through one."""
    detail: float = 0.0
    """Share of the picture's fields in which there is anything to be seen, 0 to 1."""

    @property
    def words(self) -> str:
        """What to do, for the technician; empty for a good photo."""
        return " ".join(WORDS[reason] for reason in self.why)

    def to_json(self) -> dict[str, object]:
        """Return the figures, rounded to what they mean, verdict and reasons."""
        return {
            "sharpness": round(self.sharpness, 1),
            "p1": round(self.p1, 1),
            "p99": round(self.p99, 1),
            "clipped": round(self.clipped, 3),
            "verdict": self.verdict,
            "why": list(self.why),
        }


def judge(image_bytes: bytes, *, reference: float | None = None, least_long_side: int = LEAST_LONG_SIDE) -> Quality:
    """Return how good an encoded photo (JPEG or PNG) is; anything else, or over 25 megapixels, is bad without being
    decoded.

    `reference`: sharpness of the station's reference photo, None if it has none. `least_long_side`: pixels.
    """
    outside = picture.look(image_bytes)
    if isinstance(outside, str):
        return Quality(0.0, 0.0, 0.0, 0.0, "bad", (outside,))
    grey = decoded(image_bytes)
    if grey is None:
        return Quality(0.0, 0.0, 0.0, 0.0, "bad", (picture.NOT_AN_IMAGE,))
    return measure(grey, reference=reference, least_long_side=least_long_side)


def decoded(image_bytes: bytes) -> Grey | None:
    """Return the grey levels of a picture, turned as its camera noted, or None if it cannot be unpacked.

    The one place where a picture becomes grey: rounding alone makes or unmakes a misread.
    """
    import cv2
    import numpy as np

    try:
        grey = cv2.imdecode(np.frombuffer(image_bytes, np.uint8), cv2.IMREAD_GRAYSCALE)
    except (cv2.error, MemoryError):
        return None
    return None if grey is None or grey.size == 0 else np.asarray(grey, np.uint8)


def measure(grey: Grey, *, reference: float | None = None, least_long_side: int = 0) -> Quality:
    """Return how good a grey picture is. `reference` and `least_long_side` as in judge(); 0 asks for no size."""
    import cv2
    import numpy as np

    height, width = grey.shape
    scaled = grey
    if width > WIDTH:
        size = (WIDTH, max(1, round(height * WIDTH / width)))
        scaled = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    sharpness = float(cv2.Laplacian(cv2.GaussianBlur(scaled, (3, 3), 0), cv2.CV_64F).var())
    p1, p99 = (float(level) for level in np.percentile(scaled, (1, 99)))
    clipped = float(np.mean(scaled >= CLIPPED_LEVEL))
    least_sharpness = max(LEAST_SHARPNESS, REFERENCE_SHARE * (reference or 0.0))
    checks = {
        "blurred": sharpness < least_sharpness,
        "dark": p99 < LEAST_BRIGHT,
        "flat": p99 - p1 < LEAST_CONTRAST,
        "overexposed": clipped > MOST_CLIPPED,
        "too small": max(height, width) < least_long_side,
    }
    why = tuple(reason for reason, failed in checks.items() if failed)
    return Quality(sharpness, p1, p99, clipped, "bad" if why else "good", why, _bands(scaled), _detail(scaled))


def _detail(scaled: Grey) -> float:
    """Return the share of the fields whose grey levels differ by more than noise does: the subject, its label, its edges."""
    import cv2
    import numpy as np

    soft = cv2.GaussianBlur(scaled, (3, 3), 0).astype(np.float32)
    fields = (CELLS, max(1, round(CELLS * scaled.shape[0] / scaled.shape[1])))
    mean = cv2.resize(soft, fields, interpolation=cv2.INTER_AREA)
    square = cv2.resize(soft * soft, fields, interpolation=cv2.INTER_AREA)
    return float(np.mean(square - mean * mean > DETAIL**2))


def _bands(scaled: Grey) -> float:
    """Return the share of the picture under long clipped bands at any angle: a lamp mirrored in glass or film.

    A broad clipped patch is none, the gaps of its letters included: a white label in much light. A band that runs over one
    is seen on either side of it.
    """
    import cv2
    import numpy as np

    clipped = (scaled >= CLIPPED_LEVEL).astype(np.float32)
    if float(clipped.mean()) < BAND_SHARE:
        return 0.0
    size = (BAND_WIDTH, max(1, round(scaled.shape[0] * BAND_WIDTH / scaled.shape[1])))
    small: Grey = (np.asarray(cv2.resize(clipped, size, interpolation=cv2.INTER_AREA)) > NEARLY_ALL).astype(np.uint8)
    short = min(size)
    whole = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((2 * round(BAND_BREADTH * short),) * 2, np.uint8))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(BROAD * short),) * 2)
    broad = np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, disc), np.uint8)
    narrow: Grey = (small & (broad == 0)).astype(np.uint8)
    band = np.ones((round(BAND_LENGTH * short), max(1, round(BAND_BREADTH * short))), np.uint8)
    return max(_covered(narrow, band, angle) for angle in BAND_ANGLES)


def _covered(mask: Grey, band: Grey, angle: float) -> float:
    """Return the share of a mask that a rectangle covers when it is turned by so many degrees and moved about inside."""
    import cv2
    import numpy as np

    height, width = mask.shape
    side = 2 * max(mask.shape)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turn[:, 2] += ((side - width) / 2, (side - height) / 2)
    turned = cv2.warpAffine(mask, turn, (side, side), flags=cv2.INTER_NEAREST)
    return float(np.count_nonzero(cv2.morphologyEx(turned, cv2.MORPH_OPEN, band))) / mask.size
