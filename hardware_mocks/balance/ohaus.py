"""A pretend Ohaus balance: the commands of the Explorer and Adventurer manuals, lines in the Explorer's columns.

What it sends of an overload, and how PT and PSN are laid out, no manual says; here it is constructed.
"""

import re
from decimal import Decimal

from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Reading

PRESET = re.compile(r"(\d{1,7}(?:\.\d{1,5})?)T")
INTERVAL = re.compile(r"(\d{1,4})P")
STABILITY_S = 40.0
"""Bench seconds that SP waits."""


class Ohaus(Instrument):
    """Words ended by CR; `?` marks a weight in motion."""

    command_end = b"\r"
    reading, tare_command, zero_command, adjust_command = "IP", "T", "Z", "IC"
    model = "EX4202"

    def line(self, text: str) -> None:
        """A LF may follow the CR."""
        text = text.lstrip("\n")
        if text:
            super().line(text)

    def carry_out(self, text: str) -> None:
        acts = {
            "IP": lambda: self.reply(self.now(self.pan.read())),
            "P": lambda: self.reply(self.now(self.pan.read())),
            "SP": lambda: self.await_(self._when_stable, STABILITY_S, lambda _reading: "ES"),
            "CP": self.start_stream,
            "T": lambda: self.when_stable(self._tared),
            "Z": lambda: self.when_stable(self._zeroed),
            "PT": lambda: self.reply(self._weight(self.pan.tare, " ", "T")),
            "PU": lambda: self.reply(self.pan.build.unit),
            "PSN": lambda: self.reply(self.profile.serial),
            "PV": lambda: self.reply(f"{self.model} Sr 1.02"),
            "IC": lambda: self.start_adjustment("IC"),
            "C": lambda: self.start_adjustment("C"),
            "AC": self._abort,
        }
        if text in acts:
            acts[text]()
        elif INTERVAL.fullmatch(text):
            self._interval(int(text[:-1]))
        elif preset := PRESET.fullmatch(text):
            self.pan.preset_tare(Decimal(preset[1]))
            self._done()
        else:
            self.reply("ES")

    def busy_adjusting(self, text: str) -> None:
        if text == "AC":
            self._abort()
        elif text in {"IP", "P"}:
            self.reply("ES")

    def now(self, reading: Reading) -> str:
        if self.fault:
            return f"Error {self.fault}"
        if reading.state in {"over", "under"}:
            return "Error 8.3" if reading.state == "over" else "Error 8.4"
        return self._weight(reading.value, " " if reading.stable else "?") if reading.state == "ok" else "ES"

    def _weight(self, value: Decimal, flag: str, legend: str = "") -> str:
        return f"{value:>11} {self.pan.build.unit} {flag} {legend}".rstrip()

    def _when_stable(self, reading: Reading) -> str | None:
        return self.now(reading) if reading.stable else None

    def _done(self) -> str:
        return "OK!" if self.profile.responds else ""

    def _tared(self) -> str:
        return self._done() if self.tare() == "done" else ""

    def _zeroed(self) -> str:
        return self._done() if self.zero() == "done" else ""

    def _abort(self) -> None:
        self._adjusting = None

    def _interval(self, seconds: int) -> None:
        if seconds:
            self.start_stream()
        else:
            self.stop_sending()
