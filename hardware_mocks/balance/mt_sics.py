"""A pretend Mettler Toledo balance: MT-SICS levels 0 and 1, with C1 C3 M28 and, where it has doors, WS."""

import re
from collections.abc import Callable
from decimal import Decimal

from hardware_mocks.balance.instrument import LONGEST_LINE, Instrument
from hardware_mocks.balance.pan import Pan, Reading
from hardware_mocks.balance.profile import Profile

LINE = re.compile(r"([A-Z@][A-Z0-9]*)(?: (.*))?")
PRESET = re.compile(r"(\d{1,7}(?:\.\d{1,5})?) (\S+)")
QUOTED = re.compile(r'"([^"\x00-\x1f]*)"')
DOOR_CLOSED, DOOR_MOVING = "0", "9"
REPLY_ID = {"SI": "S", "SIR": "S", "SC": "S", "SR": "S"}


class MtSics(Instrument):
    """Its own words for a weight, a tare and a zero; what every balance has is in Instrument."""

    reading, tare_command, zero_command, adjust_command = "SI", "T", "Z", "C3"

    def __init__(self, pan: Pan, profile: Profile, say: Callable[[bytes], None]) -> None:
        super().__init__(pan, profile, say)
        self._on_change: tuple[Decimal, Decimal, bool] | None = None
        self._door = (DOOR_CLOSED, 0.0)

    def hear(self, data: bytes) -> None:
        """While the display is off nothing is heard; a line without an end is damaged."""
        if self._boots_at is not None:
            return
        if len((self._buffer + data).rsplit(self.command_end, 1)[-1]) > LONGEST_LINE:
            self._buffer = b""
            self.reply("ET")
            return
        super().hear(data)

    def tick(self) -> None:
        super().tick()
        self._report_change(self.pan.read())

    def line(self, text: str) -> None:
        """One line: is it a command, and may it be done now?"""
        if any(not 0x20 <= ord(letter) < 0x7F for letter in text):
            return self.reply("ET")
        found = LINE.fullmatch(text)
        if found is None or found[1] not in self._commands() or found[1] in self.unknown:
            return self.reply(self.not_known)
        self.heard(found[1])
        if found[1] in self.deaf:
            return None
        if found[1] == "@":
            return self._cancel(found[2])
        if self._boots_at is not None:
            return None
        if self._adjusting:
            return self.busy_adjusting(found[1])
        self._queue.append(text)
        return self._work()

    def busy_adjusting(self, text: str) -> None:
        self.reply(f"{REPLY_ID.get(text, text)} I")

    def booted(self) -> None:
        self._say_serial()

    def carry_out(self, text: str) -> None:
        found = LINE.fullmatch(text)
        if found:
            self._commands()[found[1]][1](found[2])

    def _commands(self) -> dict[str, tuple[int, Callable[[str | None], None]]]:
        """Every command with its level; I0 prints this table."""
        table: dict[str, tuple[int, Callable[[str | None], None]]] = {
            "@": (0, self._cancel),
            "I0": (0, self._list_commands),
            "I1": (0, self._bare("I1", self._say_levels)),
            "I2": (0, self._bare("I2", self._say_type)),
            "I3": (0, self._bare("I3", lambda: self.reply(f'I3 A "{self.profile.software}"'))),
            "I4": (0, self._bare("I4", self._say_serial)),
            "I5": (0, self._bare("I5", lambda: self.reply(f'I5 A "{self.profile.software_id}"'))),
            "S": (0, self._bare("S", self._settled)),
            "SI": (0, self._bare("S", self._immediate)),
            "SIR": (0, self._bare("S", self._start_stream)),
            "Z": (0, self._bare("Z", self._zero_when_stable)),
            "ZI": (0, self._bare("ZI", self._zero_now)),
            "D": (1, self._show_text),
            "DW": (1, self._bare("DW", self._show_weight)),
            "SC": (1, self._settled_or_after),
            "SR": (1, self._bare("S", self._start_reporting)),
            "T": (1, self._bare("T", self._tare_when_stable)),
            "TA": (1, self._tare_value),
            "TAC": (1, self._bare("TAC", self._clear_tare)),
            "TI": (1, self._bare("TI", self._tare_now)),
            "C1": (2, self._bare("C1", lambda: self.start_adjustment("C1"))),
            "C3": (2, self._bare("C3", lambda: self.start_adjustment("C3"))),
            "M28": (2, self._bare("M28", self._say_temperature)),
        }
        if self.profile.doors:
            table["WS"] = (2, self._door_command)
        return table

    def _bare(self, name: str, work: Callable[[], None]) -> Callable[[str | None], None]:
        """A command that takes no parameter."""
        return lambda given: work() if given is None else self.reply(f"{name} L")

    # -- identity ---------------------------------------------------------------------------------------------------

    def _list_commands(self, given: str | None) -> None:
        if given is not None:
            return self.reply("I0 L")
        listed = sorted((level, name) for name, (level, _) in self._commands().items())
        *first, last = listed
        return self.reply(*(f'I0 B {level} "{name}"' for level, name in first), f'I0 A {last[0]} "{last[1]}"')

    def _say_levels(self) -> None:
        quoted = " ".join(f'"{text}"' for text in (self.profile.levels, *self.profile.level_versions))
        self.reply(f"I1 A {quoted}")

    def _say_type(self) -> None:
        build = self.pan.build
        self.reply(f'I2 A "{self.profile.model} {build.capacity} {build.unit}"')

    def _say_serial(self) -> None:
        self.reply(f'I4 A "{self.profile.serial}"')

    def _say_temperature(self) -> None:
        degrees = self.pan.bench.temperature
        self.reply(f"M28 B 1 {degrees:.1f}", f"M28 A 2 {degrees + 0.3:.1f}")

    # -- weights ----------------------------------------------------------------------------------------------------

    def _weight(self, name: str, status: str, value: Decimal) -> str:
        return f"{name} {status} {value:>{self.profile.width}} {self.pan.build.unit}"

    def now(self, reading: Reading) -> str:
        if self.fault:
            return f"S S Error {self.fault}"
        trouble = {"over": "S +", "under": "S -", "off": "S I"}.get(reading.state)
        return trouble or self._weight("S", "S" if reading.stable else "D", reading.value)

    def _when_stable(self, reading: Reading) -> str | None:
        return self.now(reading) if reading.stable else None

    def _not_in_time(self, reading: Reading) -> str:
        """S I, unless the load is out of range: that is said even of a restless one."""
        return "S I" if reading.state == "ok" else self.now(reading)

    def _settled(self) -> None:
        self.stop_sending()
        self.await_(self._when_stable, self.profile.stability_timeout, self._not_in_time)

    def _settled_or_after(self, given: str | None) -> None:
        if given is None or not re.fullmatch(r"\d{1,5}", given):
            return self.reply("S L")
        self.stop_sending()
        return self.await_(self._when_stable, int(given) / 1000, self.now)

    def _immediate(self) -> None:
        self.stop_sending()
        self.reply(self.now(self.pan.read()))

    def _start_stream(self) -> None:
        self.stop_sending()
        self.start_stream()

    def _start_reporting(self) -> None:
        """SR: the settled weight, then the weight on every change, moving and settled."""
        self.stop_sending()

        def first(reading: Reading) -> str | None:
            if reading.stable:
                self._on_change = (reading.value, self._change_worth_telling(reading.value), False)
            return self._when_stable(reading)

        self.await_(first, self.profile.stability_timeout, self._not_in_time)

    def _change_worth_telling(self, value: Decimal) -> Decimal:
        return max(abs(value) / 8, 30 * self.pan.build.readability)

    def _report_change(self, reading: Reading) -> None:
        if self._on_change is None or reading.state != "ok":
            return
        last, least, moving = self._on_change
        if not moving and abs(reading.value - last) >= least:
            self._on_change = (last, least, True)
            self.reply(self._weight("S", "D", reading.value))
        elif moving and reading.stable:
            self._on_change = (reading.value, self._change_worth_telling(reading.value), False)
            self.reply(self._weight("S", "S", reading.value))

    def stop_sending(self) -> None:
        super().stop_sending()
        self._on_change = None

    # -- zero, tare -------------------------------------------------------------------------------------------------

    def _zero_when_stable(self) -> None:
        self.await_(
            lambda reading: self._zeroed("Z", "A") if reading.stable else None,
            self.profile.stability_timeout,
            lambda _: "Z I",
        )

    def _zero_now(self) -> None:
        self.reply(self._zeroed("ZI", "S" if self.pan.read().stable else "D"))

    def _zeroed(self, name: str, done: str) -> str:
        side = self.zero()
        return f"{name} {done if side == 'done' else side}"

    def _tare_when_stable(self) -> None:
        self.await_(
            lambda reading: self._tared("T", "S") if reading.stable else None,
            self.profile.stability_timeout,
            lambda _: "T I",
        )

    def _tare_now(self) -> None:
        self.reply(self._tared("TI", "S" if self.pan.read().stable else "D"))

    def _tared(self, name: str, status: str) -> str:
        side = self.tare()
        return self._weight(name, status, self.pan.tare) if side == "done" else f"{name} {side}"

    def _tare_value(self, given: str | None) -> None:
        preset = PRESET.fullmatch(given) if given is not None else None
        if given is not None and (preset is None or preset[2] != self.pan.build.unit):
            return self.reply("TA L")
        if preset and self.pan.preset_tare(Decimal(preset[1])) != "done":
            return self.reply("TA L")
        return self.reply(self._weight("TA", self.profile.tare_status, self.pan.tare))

    def _clear_tare(self) -> None:
        self.pan.clear_tare()
        self.reply("TAC A")

    # -- everything else --------------------------------------------------------------------------------------------

    def _cancel(self, given: str | None) -> None:
        """@: cancel all, clear the tare, no zero."""
        if given is not None:
            return self.reply("@ L")
        aborted = self._adjusting
        self.forget()
        self.pan.clear_tare()
        if aborted and aborted[0]:
            self.reply(f"{aborted[0]} I")
        return self._say_serial()

    def start_adjustment(self, name: str) -> None:
        super().start_adjustment(name)
        self.reply(f"{name} B" if name else "")

    def adjusted(self, name: str, done: bool) -> None:
        self.reply(f"{name} {'A' if done else 'I'}")

    def _show_text(self, given: str | None) -> None:
        found = QUOTED.fullmatch(given or "")
        if found:
            self.display = found[1]
        self.reply("D A" if found else "D L")

    def _show_weight(self) -> None:
        self.display = ""
        self.reply("DW A")

    def _door_command(self, given: str | None) -> None:
        """Motor doors: asked, or moved; a door moves for a second and a half."""
        if given is None:
            state, since = self._door
            moving = since and self._clock.now() - since < 1.5
            return self.reply(f"WS A {DOOR_MOVING if moving else state}")
        if given not in {"0", "1", "2"}:
            return self.reply("WS L")
        self._door = (given, self._clock.now())
        return self.reply("WS A")
