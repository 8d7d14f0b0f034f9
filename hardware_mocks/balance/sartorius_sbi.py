"""A pretend Sartorius balance: SBI as in the Entris II and ME215S manuals. Control commands are silent."""

import re
from decimal import Decimal

from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Reading

COMMAND = re.compile(r"\x1b(?P<name>[xfs]\d{1,2}_|kP|[A-Z])(?:\r\n)?")
NAMELESS = "      "


class SartoriusSbi(Instrument):
    """ESC and a letter; a weight of 16 characters, or 22 with its code. In motion the unit is blank."""

    reading, tare_command, zero_command, adjust_command = "P", "U", "V", "Z"
    not_known = ""
    factory = "9600 8O1"
    model = "ENTRIS2202-1S"

    def hear(self, data: bytes) -> None:
        """The end of a command is optional; what is no command vanishes."""
        held = (self._buffer + data).decode("latin-1")
        while found := COMMAND.search(held):
            held = held[found.end() :]
            self.line(found["name"])
        self._buffer = held[-4:].encode("latin-1")

    def carry_out(self, text: str) -> None:
        acts = {
            "P": self._print,
            "kP": self._print,
            "T": lambda: self.when_stable(self._zero_or_tare),
            "U": lambda: self.when_stable(self._tared),
            "V": lambda: self.when_stable(self._zeroed),
            "Z": lambda: self.start_adjustment("Z"),
            "O": lambda: setattr(self, "locked", True),
            "R": lambda: setattr(self, "locked", False),
            "S": self.power_cycle,
            "x1_": lambda: self.reply(self.profile.model),
            "x2_": lambda: self.reply(self.profile.serial),
            "x3_": lambda: self.reply("00-50-04"),
        }
        if text in acts:
            acts[text]()

    def busy_adjusting(self, text: str) -> None:
        if text in {"P", "kP"}:
            self.reply(self._status("Cal.Int."))

    def now(self, reading: Reading) -> str:
        """One line or three; between the lines of a block the end of a line stands as it is sent."""
        word = {"over": "High", "under": "Low", "off": "OFF"}.get(reading.state)
        if self.fault:
            return self._status(f"ERR {self.fault}", 9)
        if word is not None:
            return self._status(word)
        unit = self.pan.build.unit if reading.stable else ""
        if self.profile.printout == "block":
            gross = self._line("G#", reading.value + self.pan.tare, unit)
            return "\r\n".join((gross, self._line("T", self.pan.tare, unit), self._line("N", reading.value, unit)))
        return self._line("" if self.profile.printout == "plain" else "N", reading.value, unit)

    def _line(self, code: str, value: Decimal, unit: str) -> str:
        body = f"{'-' if value < 0 else '+'}{abs(value):>9} {unit:<3}"
        return f"{code:<6}{body}" if code else body

    def _status(self, word: str, at: int = 12) -> str:
        """A word in place of a weight: 20 characters with `Stat`, 14 without."""
        if self.profile.printout == "plain":
            return f"   {word.title()}".ljust(14) if word.startswith("ERR") else f"{'':6}{word}".ljust(14)
        at = {"Cal.Int.": 9, "OFF": 11}.get(word, at)
        return f"{'Stat':<{at}}{word}".ljust(20)

    def _print(self) -> None:
        """With auto print on, P blocks it or lets it go on."""
        if self._printing is not None:
            self.print_by_itself(False)
        else:
            self.reply(self.now(self.pan.read()))

    def _zero_or_tare(self) -> str:
        if self.zero() != "done":
            self.tare()
        return ""

    def _tared(self) -> str:
        self.tare()
        return ""

    def _zeroed(self) -> str:
        self.zero()
        return ""
