"""One still picture from a network camera at its address; the only file that reaches for a camera.

Not here: whether the picture is good (quality.py) or what it shows. Trouble is a value with words, never raised (F40).
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request

from devices.camera import picture
from devices.errors import Garbled, Silent

MOST_BYTES = 20 * 1024 * 1024
"""Bytes of one picture that are read; a 25-megapixel JPEG has fewer."""
SCHEMES = ("http://", "https://")


def still(url: str, timeout_s: float = 3.0) -> bytes | Silent | Garbled:
    """Return the picture that the camera at `url` (http or https) takes now, as it came, or why there is none.

    `timeout_s`: seconds to wait for each part of the answer. Raises ValueError for an address of another kind, which is
    a fault of the settings.
    """
    if not url.startswith(SCHEMES):
        raise ValueError(f"a camera's address begins with http:// or https://, not {url!r}")
    asked = urllib.request.Request(url, headers={"Accept": "image/jpeg, image/png", "Cache-Control": "no-cache"})  # noqa: S310  # looked at above
    try:
        with _opener().open(asked, timeout=timeout_s) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as trouble:
        trouble.close()
        return Silent(f"The camera answers, but gives no picture ({trouble.code}). Look at its cable and its settings.")
    except (OSError, http.client.HTTPException):
        return Silent("No camera answers. Look at its cable.", link_lost=True)
    if isinstance(picture.look(content), str):
        return Garbled("What the camera sent is no whole picture. Take it again.", content[:64], "no picture")
    return content


def _opener() -> urllib.request.OpenerDirector:
    """Return what asks the camera itself: no proxy stands between a station and its camera."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
