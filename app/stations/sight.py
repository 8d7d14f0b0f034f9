"""The camera of a tablet as a scanner: its frames are decoded outside the server's process, and what agrees is a reading.

The page shows what its camera sees and sends it; it decodes nothing, so its security policy stays as strict as it is.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from app.stations.readings import Scans
from devices.camera.agreement import Agreed, Agreement
from devices.camera.decode import Decoder, decoder_versions
from devices.journal import Journal

MOST_BYTES = 3_000_000
"""Of one frame; a page sends some 200 KB."""
LOOK_S = 2.0
"""Seconds that one frame may take; past it the process that decodes is ended, and the next frame finds another."""
TOO_LARGE = Agreed("nothing", says="The camera's picture is too large to be looked at.")


class Sight:
    """What one station's tablet camera has seen in the last moments. It may be used from every thread."""

    def __init__(
        self,
        scans: Scans,
        known: Callable[[str], bool],
        clock: Callable[[], datetime],
        journal: Callable[[], Journal],
        decoder: Callable[[], Decoder],
    ) -> None:
        """`scans` gets each reading; `known` says whether the formulary has it; `journal` is opened with the first one."""
        self._scans, self._clock, self._journal, self._decoder = scans, clock, journal, decoder
        self._agreement = Agreement(known)
        self._guard = threading.Lock()

    def take(self, frame: bytes) -> Agreed:
        """Decode one frame (JPEG) and say what it comes to; a reading is put among the station's, marked as the camera's."""
        if len(frame) > MOST_BYTES:
            return TOO_LARGE
        still = self._decoder().decode(frame, seconds=LOOK_S)
        with self._guard:
            agreed = self._agreement.take(still, hashlib.sha256(frame).hexdigest(), monotonic())
            if agreed.what == "read":
                kept = self._journal()
                kept.received(agreed.raw.encode(), None)
                kept.note(f"{agreed.frames} frames, pass {still.pass_name}, {decoder_versions()}")
                self._scans.add(agreed.raw, self._clock(), how="camera")
        return agreed
