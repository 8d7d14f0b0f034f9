"""A pretend camera on its stand above the work surface: a still of whatever was last laid before it, by HTTP."""

import threading
from collections.abc import Sequence

from PIL import Image

from hardware_mocks import camera
from hardware_mocks.camera import Scene

NOTHING = Scene("vial", ("nothing in particular",))


class Stand:
    """What lies before the camera, and how the camera is. Safe to use from any thread."""

    def __init__(self) -> None:
        self.shows = ""
        """Name of what lies before it."""
        self.variant = "sharp"
        """One of camera.VARIANTS."""
        self.plugged = True
        self._scenes: tuple[Scene, ...] = (NOTHING,)
        self._clean: Image.Image | None = None
        self._guard = threading.Lock()

    def lay(self, name: str, scenes: Sequence[Scene]) -> None:
        """Lay something else before it."""
        with self._guard:
            self.shows, self._scenes, self._clean = name, tuple(scenes), None

    def spoil(self, variant: str) -> None:
        """Take pictures of this kind from now. ValueError for a kind that there is not."""
        if variant not in camera.VARIANTS:
            raise ValueError(f"there is no variant {variant!r}: {', '.join(camera.VARIANTS)}")
        with self._guard:
            self.variant, self._clean = variant, None

    def still(self) -> bytes | None:
        """One picture as a JPEG, with its own noise; None while its plug is out."""
        with self._guard:
            if not self.plugged:
                return None
            if self._clean is None:
                self._clean = camera.through_lens(self._scenes, self.variant)
            clean, frozen = self._clean, self.variant == "frozen"
        return camera.jpeg(clean if frozen else camera.with_noise(clean))
