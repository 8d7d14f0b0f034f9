"""Pretend Adam balances, a class a family: none says when a weight is at rest, none says who it is."""

from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Reading


class CpwPlus(Instrument):
    """G, N and T send a weight; Z tares, silently."""

    reading, tare_command, zero_command, adjust_command = "G", "Z", "Z", ""
    model = "CPWplus 35"

    def carry_out(self, text: str) -> None:
        reading = self.pan.read()
        values = {"G": reading.value + self.pan.tare, "N": reading.value, "T": self.pan.tare}
        if text in values and reading.state == "ok":
            value = values[text]
            self.reply(f"{text} {'-' if value < 0 else '+'} {abs(value)} {self.pan.build.unit}")
        elif text == "Z":
            self.tare()

    def busy_adjusting(self, text: str) -> None:
        """Silence."""

    def now(self, reading: Reading) -> str:
        return f"G {'-' if reading.value < 0 else '+'} {abs(reading.value)} {self.pan.build.unit}"


class Highland(Instrument):
    """P prints sixteen characters, the sign first."""

    reading, tare_command, zero_command, adjust_command = "P", "T", "Z", ""
    model = "HCB 3001"

    def carry_out(self, text: str) -> None:
        if text == "P":
            self.reply(self.now(self.pan.read()))
        elif text in {"T", "Z"}:
            (self.tare if text == "T" else self.zero)()

    def busy_adjusting(self, text: str) -> None:
        """Silence."""

    def now(self, reading: Reading) -> str:
        if reading.state != "ok":
            return ""
        sign = "-" if reading.value < 0 else " "
        return f"{sign}{abs(reading.value):>12} {self.pan.build.unit:<2}".ljust(16)[:16]


class AzExtra(Instrument):
    """P prints a weight, but neither zero nor the weight it printed last."""

    reading, tare_command, zero_command, adjust_command = "P", "T", "Z", ""
    factory = "4800 8N1"
    model = "AZextra"
    _printed = ""

    def carry_out(self, text: str) -> None:
        if text == "P":
            said = self.now(self.pan.read())
            self.reply("" if said == self._printed else said)
            self._printed = said
        elif text in {"T", "Z"}:
            (self.tare if text == "T" else self.zero)()

    def busy_adjusting(self, text: str) -> None:
        """Silence."""

    def now(self, reading: Reading) -> str:
        return f"{reading.value:>8}{self.pan.build.unit}" if reading.state == "ok" and reading.value else ""


class Mdw(Instrument):
    """A health scale: W sends six characters between line feed and status, whatever happens."""

    command_end = b"\r"
    reply_end = b"\r\x03"
    reading, tare_command, zero_command, adjust_command = "W", "T", "Z", ""
    model = "MDW 250L"

    def carry_out(self, text: str) -> None:
        if text == "W":
            self.reply(self.now(self.pan.read()))
        elif text in {"T", "Z"}:
            (self.tare if text == "T" else self.zero)()
        else:
            self.reply("\n?")

    def busy_adjusting(self, text: str) -> None:
        """Silence."""

    def now(self, reading: Reading) -> str:
        field = {"over": "^" * 6, "under": "_" * 6}.get(reading.state, f"{reading.value:>6}")
        return f"\n{field}{self.pan.build.unit}\r\n000"


class Nova(Instrument):
    """Keys by wire, silently; what it sends of a weight is not documented, so it sends none."""

    command_end = b"\r"
    reply_end = b"\r"
    reading, tare_command, zero_command, adjust_command = "!KP", "!KT", "!KZ", ""
    model = "Nova"

    def carry_out(self, text: str) -> None:
        if text == "!KT":
            self.tare()
        elif text == "!KZ":
            self.zero()
        elif text != "!KP":
            self.reply("!EF" if len(text) > 3 else "!EK" if text.startswith("!K") else "!EU")

    def busy_adjusting(self, text: str) -> None:
        """Silence."""

    def now(self, reading: Reading) -> str:  # noqa: ARG002 - nothing is known of it
        return ""
