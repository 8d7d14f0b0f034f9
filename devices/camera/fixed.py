"""A fixed camera as a scanner: OpenCV opens it, a thread looks through it, and each code that counts is handed on.

Not here: when a code counts (agreement.py) and what it means. `camera:/dev/video0` or `camera:0`; a film (.mjpeg, .y4m)
plays again and again. It has the surface of a serial scanner's link, and its silence is said in words too.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from devices.camera.agreement import Agreed, Agreement
from devices.camera.decode import Decoder, decoder_versions
from devices.journal import Journal
from devices.readings import CodeRead
from devices.scanner.serial import CLOSED, STOPPED, Discarded, ScannerState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCHEME: Final = "camera:"
"""Begins the address of a camera that scans."""
EVERY_S: Final = 0.15
"""Seconds between two looks: two frames of a code lie well within two seconds."""
AGAIN_S: Final = 2.0
"""Seconds until a camera that does not answer is opened anew."""
AT_LEAST_S: Final = 1.0
"""A picture that does not change is decoded no more often than this."""
CHANGED: Final = 1.5
"""Mean difference in grey levels of 255, at 64 pixels width, from which a picture has changed."""
QUALITY: Final = 95
"""JPEG quality in which a frame goes to the decoder's process."""
LOOK_S: Final = 2.0
"""Seconds that one frame may take in the decoder's process."""
LOST: Final = ScannerState("lost", "No camera answers. Look at its cable.")


def is_camera(url: str) -> bool:
    """Return whether this address of a scanner is a camera's."""
    return url.startswith(SCHEME)


class CameraScanner:
    """One fixed camera of a station: a thread owns it and hands each reading that counts to `heard`."""

    def __init__(
        self,
        url: str,
        *,
        decoder: Callable[[], Decoder],
        known: Callable[[str], bool],
        clock: Callable[[], datetime],
        heard: Callable[[CodeRead], None],
        missed: Callable[[Discarded], None] | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Read the address; ValueError if it is no camera's. `decoder` is asked for with the first frame.

        `known`: whether the formulary has what a linear reading names. `heard` and `missed` run on the camera's thread.
        """
        if not is_camera(url) or not url.removeprefix(SCHEME):
            raise ValueError(f"a camera that scans is written camera:/dev/video0, not {url!r}")
        self.url = url
        self._decoder, self._clock, self._heard, self._missed, self._journal = decoder, clock, heard, missed, journal
        self._agreement = Agreement(known)
        self._state = CLOSED
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._small: NDArray[np.uint8] | None = None
        self._looked_at = 0.0
        self._said = ""
        self._waits = False

    @property
    def state(self) -> ScannerState:
        """How the camera stands now."""
        return self._state

    def start(self) -> None:
        """Open the camera and keep it open; returns at once."""
        if self._thread is None:
            self._closing.clear()
            self._thread = threading.Thread(target=self._run, name=f"scanner {self.url}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Close the camera and end its thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        last = STOPPED
        try:
            while not self._closing.is_set():
                self._session()
                self._closing.wait(0 if self._state.name == "ready" else AGAIN_S)
            last = CLOSED
        finally:
            self._enter(last)

    def _session(self) -> None:
        """Open and look until there is no more picture; a film is left ready, to be opened anew."""
        import cv2

        place = self.url.removeprefix(SCHEME)
        camera = cv2.VideoCapture(int(place) if place.isdecimal() else place)
        try:
            taken, frame = camera.read() if camera.isOpened() else (False, None)
            while taken and frame is not None and not self._closing.is_set():
                self._enter(ScannerState("ready", "The camera is ready."))
                self._look(frame)
                self._closing.wait(EVERY_S)
                taken, frame = camera.read()
        finally:
            camera.release()
        if not (self._state.name == "ready" and Path(place).is_file()):
            self._enter(LOST)

    def _look(self, frame: Any) -> None:
        import cv2

        now = monotonic()
        if not self._worth_it(frame, now):
            return
        done, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not done:
            return
        content = jpeg.tobytes()
        still = self._decoder().decode(content, seconds=LOOK_S)
        agreed = self._agreement.take(still, hashlib.sha256(content).hexdigest(), now)
        if still.error and self._journal:
            self._journal.note(f"not examined: {still.error}")
        self._tell(agreed, now, still.pass_name)

    def _worth_it(self, frame: Any, now: float) -> bool:
        """Return whether the picture has changed, or was not looked at for a while: a bench at rest costs nothing."""
        import cv2
        import numpy as np

        small = np.asarray(cv2.cvtColor(cv2.resize(frame, (64, 48), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY))
        before, self._small = self._small, small.astype(np.uint8)
        changed = before is None or float(np.mean(cv2.absdiff(before, self._small))) >= CHANGED
        if not changed and not self._waits and now - self._looked_at < AT_LEAST_S:
            return False
        self._looked_at = now
        return True

    def _tell(self, agreed: Agreed, now: float, pass_name: str) -> None:
        before, self._said, self._waits = self._said, agreed.says, agreed.what == "wait"
        if agreed.what == "read":
            data = agreed.raw.encode()
            if self._journal:
                self._journal.received(data, None)
                self._journal.note(f"{agreed.frames} frames, pass {pass_name}, {decoder_versions()}")
            self._heard(CodeRead(agreed.raw, data, self._clock(), now))
        elif agreed.what in ("again", "unknown") and agreed.says != before:
            if self._journal:
                self._journal.note(f"{agreed.what}: {agreed.says}")
            if self._missed is not None:
                self._missed(Discarded(agreed.says, "unreadable", b""))

    def _enter(self, state: ScannerState) -> None:
        if state != self._state and self._journal:
            self._journal.note(f"{state.name}: {state.says}")
        self._state = state
