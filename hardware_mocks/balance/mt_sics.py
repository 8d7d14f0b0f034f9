"""A pretend Mettler Toledo balance: MT-SICS levels 0 and 1, with C1 C3 M28 and, where it has doors, WS."""

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from hardware_mocks.balance.pan import Pan, Reading
from hardware_mocks.balance.profile import Profile

LINE = re.compile(r"([A-Z@][A-Z0-9]*)(?: (.*))?")
PRESET = re.compile(r"(\d{1,7}(?:\.\d{1,5})?) (\S+)")
QUOTED = re.compile(r'"([^"\x00-\x1f]*)"')
LONGEST_LINE = 256
DOOR_CLOSED, DOOR_MOVING = "0", "9"
REPLY_ID = {"SI": "S", "SIR": "S", "SC": "S", "SR": "S"}
KEYS = ("print", "tare", "zero", "adjust")


@dataclass(frozen=True)
class Waiting:
    """A command that is answered later."""

    until: Callable[[Reading], str | None]
    """The reply, or None while there is none."""
    deadline: float
    """Bench time at which it gives up."""
    otherwise: Callable[[Reading], str]
    """The reply then."""


class MtSics:
    """Hears bytes, says lines. One thread calls hear() and tick(); press() may come from any."""

    def __init__(self, pan: Pan, profile: Profile, say: Callable[[bytes], None]) -> None:
        self.pan = pan
        self.profile = profile
        self.display = ""
        """Text put on the display by D; empty while the weight is shown."""
        self.heard: Callable[[str], None] = lambda _command: None
        """Told of each command before it is carried out."""
        self._say = say
        self._clock = pan.bench.clock
        self._buffer = b""
        self._queue: deque[str] = deque()
        self._waiting: Waiting | None = None
        self._adjusting: tuple[str, float] | None = None
        self._streaming: float | None = None
        self._on_change: tuple[Decimal, Decimal, bool] | None = None
        self._boots_at: float | None = None
        self._keys: deque[str] = deque()
        self._door = (DOOR_CLOSED, 0.0)

    def hear(self, data: bytes) -> None:
        """Bytes from the host. CR LF ends a line; while the display is off nothing is heard."""
        if self._boots_at is not None:
            return
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        if len(self._buffer) > LONGEST_LINE:
            self._buffer = b""
            self._reply("ET")
        for line in lines:
            self._line(line)

    def tick(self) -> None:
        """What happens by itself: settling, streams, the end of an adjustment or a boot, keys."""
        reading = self.pan.read()
        self._boot()
        self._end_adjustment()
        self._settle(reading)
        self._stream()
        self._report_change(reading)
        self._press_keys(reading)

    def press(self, key: str) -> None:
        """A finger on the keypad: print, tare, zero or adjust."""
        if key not in KEYS:
            raise ValueError(f"there is no key {key!r}: {', '.join(KEYS)}")
        self._keys.append(key)

    def power_cycle(self) -> None:
        """The plug of the power supply, out and in: everything forgotten, self-test, then the line that says so."""
        self.pan.switch_off()
        self._forget()
        self._buffer = b""
        self._keys.clear()
        self._boots_at = self._clock.now() + self.profile.boot

    def become(self, profile: Profile) -> None:
        """Another balance stands here (its serial number, its ways)."""
        self.profile = profile

    def _line(self, line: bytes) -> None:
        if any(byte < 0x20 or byte >= 0x7F for byte in line):
            return self._reply("ET")
        text = line.decode("ascii")
        found = LINE.fullmatch(text)
        if found is None or found[1] not in self._commands():
            return self._reply("ES")
        self.heard(found[1])
        if found[1] == "@":
            return self._cancel(found[2])
        if self._boots_at is not None:
            return None
        if self._adjusting:
            return self._reply(f"{REPLY_ID.get(found[1], found[1])} I")
        self._queue.append(text)
        return self._work()

    def _work(self) -> None:
        """One command at a time: the next only when the last is answered."""
        while self._queue and self._waiting is None and self._adjusting is None:
            found = LINE.fullmatch(self._queue.popleft())
            if found:
                self._commands()[found[1]][1](found[2])

    def _commands(self) -> dict[str, tuple[int, Callable[[str | None], None]]]:
        """Every command with its level; I0 prints this table."""
        table: dict[str, tuple[int, Callable[[str | None], None]]] = {
            "@": (0, self._cancel),
            "I0": (0, self._list_commands),
            "I1": (0, self._bare("I1", self._say_levels)),
            "I2": (0, self._bare("I2", self._say_type)),
            "I3": (0, self._bare("I3", lambda: self._reply(f'I3 A "{self.profile.software}"'))),
            "I4": (0, self._bare("I4", self._say_serial)),
            "I5": (0, self._bare("I5", lambda: self._reply(f'I5 A "{self.profile.software_id}"'))),
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
            "C1": (2, self._bare("C1", lambda: self._start_adjustment("C1"))),
            "C3": (2, self._bare("C3", lambda: self._start_adjustment("C3"))),
            "M28": (2, self._bare("M28", self._say_temperature)),
        }
        if self.profile.doors:
            table["WS"] = (2, self._door_command)
        return table

    def _bare(self, name: str, work: Callable[[], None]) -> Callable[[str | None], None]:
        """A command that takes no parameter."""
        return lambda given: work() if given is None else self._reply(f"{name} L")

    def _reply(self, *lines: str) -> None:
        self._say("".join(f"{line}\r\n" for line in lines).encode("ascii"))

    # -- identity ---------------------------------------------------------------------------------------------------

    def _list_commands(self, given: str | None) -> None:
        if given is not None:
            return self._reply("I0 L")
        listed = sorted((level, name) for name, (level, _) in self._commands().items())
        *first, last = listed
        return self._reply(*(f'I0 B {level} "{name}"' for level, name in first), f'I0 A {last[0]} "{last[1]}"')

    def _say_levels(self) -> None:
        quoted = " ".join(f'"{text}"' for text in (self.profile.levels, *self.profile.level_versions))
        self._reply(f"I1 A {quoted}")

    def _say_type(self) -> None:
        build = self.pan.build
        self._reply(f'I2 A "{self.profile.model} {build.capacity} {build.unit}"')

    def _say_serial(self) -> None:
        self._reply(f'I4 A "{self.profile.serial}"')

    def _say_temperature(self) -> None:
        degrees = self.pan.bench.temperature
        self._reply(f"M28 B 1 {degrees:.1f}", f"M28 A 2 {degrees + 0.3:.1f}")

    # -- weights ----------------------------------------------------------------------------------------------------

    def _weight(self, name: str, status: str, value: Decimal) -> str:
        return f"{name} {status} {value:>{self.profile.width}} {self.pan.build.unit}"

    def _now(self, reading: Reading) -> str:
        trouble = {"over": "S +", "under": "S -", "off": "S I"}.get(reading.state)
        return trouble or self._weight("S", "S" if reading.stable else "D", reading.value)

    def _when_stable(self, reading: Reading) -> str | None:
        return self._now(reading) if reading.stable else None

    def _not_in_time(self, reading: Reading) -> str:
        """S I, unless the load is out of range: that is said even of a restless one."""
        return "S I" if reading.state == "ok" else self._now(reading)

    def _await(
        self, until: Callable[[Reading], str | None], seconds: float, otherwise: Callable[[Reading], str]
    ) -> None:
        self._waiting = Waiting(until, self._clock.now() + seconds, otherwise)
        self._settle(self.pan.read())

    def _settle(self, reading: Reading) -> None:
        if self._waiting is None:
            return
        reply = self._waiting.until(reading)
        if reply is None and self._clock.now() >= self._waiting.deadline:
            reply = self._waiting.otherwise(reading)
        if reply is not None:
            self._waiting = None
            self._reply(reply)
            self._work()

    def _settled(self) -> None:
        self._stop_sending()
        self._await(self._when_stable, self.profile.stability_timeout, self._not_in_time)

    def _settled_or_after(self, given: str | None) -> None:
        if given is None or not re.fullmatch(r"\d{1,5}", given):
            return self._reply("S L")
        self._stop_sending()
        return self._await(self._when_stable, int(given) / 1000, self._now)

    def _immediate(self) -> None:
        self._stop_sending()
        self._reply(self._now(self.pan.read()))

    def _start_stream(self) -> None:
        self._stop_sending()
        self._streaming = time.monotonic()
        self._stream()

    def _stream(self) -> None:
        """SIR: so many lines a second of the wall clock, whatever the bench's speed."""
        if self._streaming is not None and time.monotonic() >= self._streaming:
            self._streaming = time.monotonic() + self.profile.stream_interval
            self._reply(self._now(self.pan.read()))

    def _start_reporting(self) -> None:
        """SR: the settled weight, then the weight on every change, moving and settled."""
        self._stop_sending()

        def first(reading: Reading) -> str | None:
            if reading.stable:
                self._on_change = (reading.value, self._change_worth_telling(reading.value), False)
            return self._when_stable(reading)

        self._await(first, self.profile.stability_timeout, self._not_in_time)

    def _change_worth_telling(self, value: Decimal) -> Decimal:
        return max(abs(value) / 8, 30 * self.pan.build.readability)

    def _report_change(self, reading: Reading) -> None:
        if self._on_change is None or reading.state != "ok":
            return
        last, least, moving = self._on_change
        if not moving and abs(reading.value - last) >= least:
            self._on_change = (last, least, True)
            self._reply(self._weight("S", "D", reading.value))
        elif moving and reading.stable:
            self._on_change = (reading.value, self._change_worth_telling(reading.value), False)
            self._reply(self._weight("S", "S", reading.value))

    def _stop_sending(self) -> None:
        self._streaming = self._on_change = None

    # -- zero, tare -------------------------------------------------------------------------------------------------

    def _zero_when_stable(self) -> None:
        self._await(
            lambda reading: self._zeroed("Z", "A") if reading.stable else None,
            self.profile.stability_timeout,
            lambda _: "Z I",
        )

    def _zero_now(self) -> None:
        self._reply(self._zeroed("ZI", "S" if self.pan.read().stable else "D"))

    def _zeroed(self, name: str, done: str) -> str:
        side = self.pan.zero()
        return f"{name} {done if side == 'done' else side}"

    def _tare_when_stable(self) -> None:
        self._await(
            lambda reading: self._tared("T", "S") if reading.stable else None,
            self.profile.stability_timeout,
            lambda _: "T I",
        )

    def _tare_now(self) -> None:
        self._reply(self._tared("TI", "S" if self.pan.read().stable else "D"))

    def _tared(self, name: str, status: str) -> str:
        side = self.pan.take_tare()
        return self._weight(name, status, self.pan.tare) if side == "done" else f"{name} {side}"

    def _tare_value(self, given: str | None) -> None:
        preset = PRESET.fullmatch(given) if given is not None else None
        if given is not None and (preset is None or preset[2] != self.pan.build.unit):
            return self._reply("TA L")
        if preset and self.pan.preset_tare(Decimal(preset[1])) != "done":
            return self._reply("TA L")
        return self._reply(self._weight("TA", self.profile.tare_status, self.pan.tare))

    def _clear_tare(self) -> None:
        self.pan.clear_tare()
        self._reply("TAC A")

    # -- everything else --------------------------------------------------------------------------------------------

    def _cancel(self, given: str | None) -> None:
        """@: cancel all, clear the tare, no zero."""
        if given is not None:
            return self._reply("@ L")
        aborted = self._adjusting
        self._forget()
        self.pan.clear_tare()
        if aborted and aborted[0]:
            self._reply(f"{aborted[0]} I")
        return self._say_serial()

    def _forget(self) -> None:
        self._stop_sending()
        self._waiting = self._adjusting = None
        self._queue.clear()
        self.display = ""

    def _start_adjustment(self, name: str) -> None:
        """The built-in weight; with something on the pan it fails. No name: begun by a key, and nothing is said."""
        self._stop_sending()
        self._adjusting = (name, self._clock.now() + self.profile.adjustment)
        if name:
            self._reply(f"{name} B")

    def _end_adjustment(self) -> None:
        if self._adjusting is None or self._clock.now() < self._adjusting[1]:
            return
        name = self._adjusting[0]
        self._adjusting = None
        empty = abs(self.pan.gross_g) < 0.001 * self.pan.capacity_g and not self.pan.bench.hand_is_on
        if empty:
            self.pan.adjust()
        if name:
            self._reply(f"{name} {'A' if empty else 'I'}")
        self._work()

    def _boot(self) -> None:
        if self._boots_at is not None and self._clock.now() >= self._boots_at:
            self._boots_at = None
            self.pan.switch_on()
            self._say_serial()

    def _press_keys(self, reading: Reading) -> None:
        """Print and adjust at once; tare and zero when stable. Only print says anything on the wire."""
        while self._keys and reading.state != "off" and self._adjusting is None:
            if self._keys[0] in {"tare", "zero"} and not reading.stable:
                return
            self._press(self._keys.popleft(), reading)

    def _press(self, key: str, reading: Reading) -> None:
        if key == "print":
            self._reply(self._now(reading))
        elif key == "tare":
            self.pan.take_tare()
        elif key == "zero":
            self.pan.zero()
        else:
            self._start_adjustment("")

    def _show_text(self, given: str | None) -> None:
        found = QUOTED.fullmatch(given or "")
        if found:
            self.display = found[1]
        self._reply("D A" if found else "D L")

    def _show_weight(self) -> None:
        self.display = ""
        self._reply("DW A")

    def _door_command(self, given: str | None) -> None:
        """Motor doors: asked, or moved; a door moves for a second and a half."""
        if given is None:
            state, since = self._door
            moving = since and self._clock.now() - since < 1.5
            return self._reply(f"WS A {DOOR_MOVING if moving else state}")
        if given not in {"0", "1", "2"}:
            return self._reply("WS L")
        self._door = (given, self._clock.now())
        return self._reply("WS A")
