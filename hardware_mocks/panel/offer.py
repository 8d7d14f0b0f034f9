"""The presets as they stand: a fixed set, or a file that somebody else may write anew while the panel runs."""

import threading
from pathlib import Path

from hardware_mocks.panel import presets
from hardware_mocks.panel.presets import Presets


class Offer:
    """What the panel offers now. Safe to use from any thread."""

    def __init__(self, given: Presets | Path) -> None:
        """Raises ValueError where a file cannot be read at first; later the last whole one stays."""
        self._path = given if isinstance(given, Path) else None
        self._stamp = self._now()
        self._presets = given if isinstance(given, Presets) else presets.load(given)
        self._revision = 1
        self._guard = threading.Lock()

    @property
    def presets(self) -> Presets:
        self._look()
        return self._presets

    @property
    def revision(self) -> int:
        """Counts up with every change of the file."""
        self._look()
        return self._revision

    def _now(self) -> tuple[int, int]:
        if self._path is None:
            return (0, 0)
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_ino)

    def _look(self) -> None:
        stamp = self._now()
        with self._guard:
            if self._path is None or stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                self._presets = presets.load(self._path)
            except ValueError:
                return  # it is being written: the next look finds it whole
            self._revision += 1
