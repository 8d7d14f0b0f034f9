"""A pretend retail scale that speaks Toledo 8217: no unit, and a weight only when it is at rest."""

import re

from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Reading

MOTION, OVER, UNDER, BAD_COMMAND = 0b1, 0b10, 0b100, 0b100_0000
ALWAYS = 0b100_0000
"""A bit that keeps the status a printable letter."""


class Toledo8217(Instrument):
    """Commands have no end: W for a weight, Z for zero, Ehello and F to be found."""

    reply_end = b"\r"
    reading, tare_command, zero_command, adjust_command = "W", "", "Z", ""
    factory = "9600 7E1"
    model = "8217"

    def hear(self, data: bytes) -> None:
        held = (self._buffer + data).decode("latin-1")
        for found in re.findall(r"Ehello|[A-Z]", held):
            self.line(found)
        self._buffer = b""

    def carry_out(self, text: str) -> None:
        if text == "W":
            self.reply(self.now(self.pan.read()))
        elif text == "Z":
            self.zero()
        elif text == "Ehello":
            self.say(b"\x02E\rhello")

    def busy_adjusting(self, text: str) -> None:
        """Silence."""

    def now(self, reading: Reading) -> str:
        bits = {"over": OVER, "under": UNDER}.get(reading.state, 0 if reading.stable else MOTION)
        if bits or reading.state == "off":
            return f"\x02?{chr(ALWAYS | bits)}"
        return f"\x02{abs(reading.value):>6}{'N' if self.pan.tare else ''}"
