"""A pretend KERN balance: KCP, a subset of MT-SICS. A command that comes too soon after another is lost."""

import time
from collections.abc import Callable

from hardware_mocks.balance.mt_sics import MtSics
from hardware_mocks.balance.pan import Pan
from hardware_mocks.balance.profile import Profile

MISSING = frozenset({"C1", "C3", "D", "DW", "M28", "SC", "SR", "WS"})
"""Commands of MT-SICS that it does not have."""


class KernKcp(MtSics):
    """As MT-SICS, but a tare is acknowledged without its value."""

    adjust_command = "JA"
    model = "PCB-3500-2"

    def __init__(self, pan: Pan, profile: Profile, say: Callable[[bytes], None]) -> None:
        super().__init__(pan, profile, say)
        self._last = 0.0

    def line(self, text: str) -> None:
        now = time.monotonic()
        sooner, self._last = now - self._last < self.profile.gap, now
        if not sooner:
            super().line(text)

    def _commands(self) -> dict[str, tuple[int, Callable[[str | None], None]]]:
        return {name: what for name, what in super()._commands().items() if name not in MISSING}

    def booted(self) -> None:
        """It says nothing when it has been switched on."""

    def _tared(self, name: str, status: str) -> str:  # noqa: ARG002 - it says no value
        side = self.tare()
        return f"{name} A" if side == "done" else f"{name} {side}"
