"""A pretend A&D balance: FX-i and FZ-i, standard format. erCd says whether it acknowledges, echoes, or is silent."""

import re
from decimal import Decimal

from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Reading

PRESET = re.compile(r"PT:(\d{1,7}(?:\.\d{1,5})?) {0,2}([a-z]{1,2})")
TWICE = frozenset({"CAL", "ON", "P", "R", "Z", "T"})
"""Acknowledged when received, and when done."""
READINGS = frozenset({"Q", "SI", "S", "\x1bP", "SIR"})


class AndStandard(Instrument):
    """Header, comma, sign, zero-padded number, unit in three columns."""

    reading, tare_command, zero_command, adjust_command = "Q", "T", "Z", "CAL"
    not_known = "EC,E01"
    factory = "2400 7E1"
    model = "FX-3000i"

    def carry_out(self, text: str) -> None:
        acts = {
            "Q": self._immediate,
            "SI": self._immediate,
            "S": lambda: self.await_(self._when_stable, 60.0, lambda _reading: "EC,E11"),
            "SIR": self.start_stream,
            "C": self._cancel,
            "?ID": lambda: self.reply("ID,000100"),
            "?SN": lambda: self.reply(f"SN,{self.profile.serial}"),
            "?TN": lambda: self.reply(f"TN,{self.profile.model}"),
            "?PT": lambda: self.reply(f"PT:{self._number(self.pan.tare)}"),
        }
        controls = {
            "R": lambda: self.when_stable(self._zeroed, self._error("E11")),
            "Z": lambda: self.when_stable(self._zeroed, self._error("E11")),
            "T": lambda: self.when_stable(self._tared, self._error("E11")),
            "CAL": lambda: self.start_adjustment("CAL"),
            "PRT": self._immediate,
        }
        if text in acts:
            acts[text]()
        elif text in controls:
            self._received(text)
            controls[text]()
        elif preset := PRESET.fullmatch(text):
            self.reply(self._done() if self.pan.preset_tare(Decimal(preset[1])) == "done" else self._error("E07"))
        else:
            self.reply(self._error("E01"))

    def booting(self, text: str) -> None:  # noqa: ARG002 - whatever it is
        """The self-test takes up to ten seconds."""
        self.reply("EC,E02")

    def busy_adjusting(self, text: str) -> None:  # noqa: ARG002 - whatever it is
        self.reply("EC,E02")

    def adjusted(self, name: str, done: bool) -> None:  # noqa: ARG002 - it does not say what was adjusted
        self.reply(self._done() if done else self._error("E20"))

    def now(self, reading: Reading) -> str:
        """The header decides before the number: an overload is a number too."""
        if self.fault:
            return f"EC,{self.fault}"
        if reading.state == "off":
            return "EC,E02"
        if reading.state in {"over", "under"}:
            return f"OL,{'+' if reading.state == 'over' else '-'}9999999E+19"
        return f"{'ST' if reading.stable else 'US'},{self._number(reading.value)}"

    def _number(self, value: Decimal) -> str:
        return f"{'-' if value < 0 else '+'}{abs(value):0>8}{self.pan.build.unit:>3}"

    def _immediate(self) -> None:
        self.reply(self.now(self.pan.read()))

    def _when_stable(self, reading: Reading) -> str | None:
        return self.now(reading) if reading.stable or reading.state != "ok" else None

    def _cancel(self) -> None:
        self._waiting = None
        self.stop_sending()

    def _received(self, name: str) -> None:
        if self.profile.acknowledge == 1 and name in TWICE:
            self.reply("\x06")
        elif self.profile.acknowledge == 2:
            self.reply(name)

    def _done(self) -> str:
        return "\x06" if self.profile.acknowledge == 1 else ""

    def _error(self, code: str) -> str:
        return f"EC,{code}" if self.profile.acknowledge else ""

    def _zeroed(self) -> str:
        return self._done() if self.zero() == "done" else self._error("E20")

    def _tared(self) -> str:
        return self._done() if self.tare() == "done" else self._error("E20")
