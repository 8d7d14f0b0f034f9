"""A pretend RADWAG balance: as in the PS manual, or (RadwagR2) in the narrower columns of the R2 series' manuals.

`A` says that a command was received; `D` that it was done.
"""

from collections.abc import Callable
from decimal import Decimal

from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Reading

LONGEST_WAIT_S = 60.0
"""Bench seconds in which zero, tare and a stable weight come about."""


class Radwag(Instrument):
    """The command comes back before its answer, the sign stands apart from the digits."""

    reading, tare_command, zero_command, adjust_command = "SI", "T", "Z", "IC"
    model = "PS 4500.X2"
    before_flag = " "
    """Between the three columns of the command and the stability mark."""

    def carry_out(self, text: str) -> None:
        acts = {
            "SI": lambda: self.reply(self._now("SI", self.pan.read())),
            "SUI": lambda: self.reply(self._now("SUI", self.pan.read())),
            "S": lambda: self._after("S", lambda: self._now("S", self.pan.read())),
            "SU": lambda: self._after("SU", lambda: self._now("SU", self.pan.read())),
            "Z": lambda: self._after("Z", self._zeroed),
            "T": lambda: self._after("T", self._tared),
            "OT": lambda: self.reply(f"OT {self.pan.tare:>9} {self.pan.build.unit:<3} "),
            "NB": lambda: self.reply(f'NB A "{self.profile.serial}"'),
            "FS": lambda: self.reply(f'FS "{self.pan.build.capacity}"'),
            "BN": lambda: self.reply(f'BN A "{self.profile.model}"'),
            "IC": lambda: self._begin("IC"),
            "C1": self._stream_on,
            "C0": self._stream_off,
            "K1": lambda: self._lock(True),
            "K0": lambda: self._lock(False),
        }
        name, _, given = text.partition(" ")
        if text in acts:
            acts[text]()
        elif name == "UT" and given.replace(".", "", 1).isdigit():
            self.reply("UT OK" if self.pan.preset_tare(Decimal(given)) == "done" else "UT I")
        else:
            self.reply("ES")

    def busy_adjusting(self, text: str) -> None:
        self.reply(f"{text} I")

    def adjusted(self, name: str, done: bool) -> None:
        self.reply(f"{name} {'D' if done else 'E'}")

    def now(self, reading: Reading) -> str:
        return self._now("SI", reading)

    def _now(self, name: str, reading: Reading) -> str:
        if self.fault or reading.state == "off":
            return f"{name} I"
        flag = {"over": "^", "under": "v"}.get(reading.state, " " if reading.stable else "?")
        sign = "-" if reading.value < 0 else " "
        return f"{name:<3}{self.before_flag}{flag} {sign}{abs(reading.value):>9} {self.pan.build.unit:<3}"

    def _after(self, name: str, act: Callable[[], str]) -> None:
        self.reply(f"{name} A")
        self.when_stable(act, f"{name} E", min(LONGEST_WAIT_S, self.profile.stability_timeout))

    def _begin(self, name: str) -> None:
        self.reply(f"{name} A")
        self.start_adjustment(name)

    def _zeroed(self) -> str:
        side = self.zero()
        return "Z D" if side == "done" else f"Z {'^' if side == '+' else 'v'}"

    def _tared(self) -> str:
        return "T D" if self.tare() == "done" else "T v"

    def _stream_on(self) -> None:
        self.reply("C1 A")
        self.start_stream()

    def _stream_off(self) -> None:
        self.stop_sending()
        self.reply("C0 A")

    def _lock(self, on: bool) -> None:
        self.locked = on
        self.reply(f"K{int(on)} OK")


class RadwagR2(Radwag):
    """The R2 series: the stability mark follows the command's three columns at once."""

    model = "PS 4500.R2"
    before_flag = ""
