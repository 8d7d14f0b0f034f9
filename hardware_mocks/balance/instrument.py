"""What every pretend balance has, whatever it speaks: a pan, keys, a plug, one command at a time, an adjustment, a boot.

A protocol is a class beside this one that hears lines and says them; it is written from the maker's manual.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from hardware_mocks.balance.pan import Pan, Reading, Side
from hardware_mocks.balance.profile import Profile

LONGEST_LINE = 256
KEYS = ("print", "tare", "zero", "adjust")


@dataclass(frozen=True)
class Waiting:
    """A command that is answered later."""

    until: Callable[[Reading], str | None]
    """The reply, or None while there is none. Nothing to say is an empty text."""
    deadline: float
    """Bench time at which it gives up."""
    otherwise: Callable[[Reading], str]
    """The reply then."""


class Instrument:
    """Hears bytes, says lines. One thread calls hear() and tick(); press() and the faults may come from any."""

    command_end = b"\r\n"
    """What ends a command."""
    reply_end = b"\r\n"
    """What ends a reply."""
    reading, tare_command, zero_command, adjust_command = "S", "T", "Z", "C"
    """The commands, as `heard` names them, that faults wait for."""
    not_known = "ES"
    """What it says to a command that it does not know; empty for nothing."""
    factory = "9600 8N1"
    """Line settings as delivered."""
    model = "MS4002"
    """What stands on its type plate."""

    def __init__(self, pan: Pan, profile: Profile, say: Callable[[bytes], None]) -> None:
        self.pan = pan
        self.profile = profile
        self.display = ""
        """Text put on the display; empty while the weight is shown."""
        self.heard: Callable[[str], None] = lambda _command: None
        """Told of each command before it is carried out."""
        self.deaf: set[str] = set()
        """Commands that are heard and not carried out (F26, F30)."""
        self.unknown: set[str] = set()
        """Commands that it answers as if it had never heard of them (F30)."""
        self.fault = ""
        """A fault of its own, as its display names it; empty while it is well (F31)."""
        self.adjustment_fails = False
        """The next adjustment ends without success (F29)."""
        self.locked = False
        """The keys do nothing."""
        self.say = say
        self._clock = pan.bench.clock
        self._buffer = b""
        self._queue: deque[str] = deque()
        self._waiting: Waiting | None = None
        self._adjusting: tuple[str, float] | None = None
        self._streaming: float | None = None
        self._printing: float | None = None
        self._boots_at: float | None = None
        self._keys: deque[str] = deque()

    # -- what a protocol says in its own way ------------------------------------------------------------------------

    def carry_out(self, text: str) -> None:
        """Do one command."""
        raise NotImplementedError

    def now(self, reading: Reading) -> str:
        """What is printed of this reading; empty for nothing."""
        raise NotImplementedError

    def booting(self, text: str) -> None:
        """A command while it tests itself after power-on. Most hear nothing."""

    def busy_adjusting(self, text: str) -> None:
        """A command while it adjusts itself."""
        raise NotImplementedError

    def booted(self) -> None:
        """The self-test is over. Few say so."""

    def adjusted(self, name: str, done: bool) -> None:
        """An adjustment that was begun by the command `name` is over."""

    # -- what the station calls -------------------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        """Bytes from the host, cut into commands."""
        *lines, self._buffer = (self._buffer + data).split(self.command_end)
        self._buffer = self._buffer[-LONGEST_LINE:]
        for line in lines:
            self.line(line.decode("latin-1"))

    def line(self, text: str) -> None:
        """One command: told, then done in its turn."""
        self.heard(text)
        if text in self.deaf:
            return
        if text in self.unknown:
            self.reply(self.not_known)
        elif self._boots_at is not None:
            self.booting(text)
        elif self._adjusting:
            self.busy_adjusting(text)
        else:
            self._queue.append(text)
            self._work()

    def tick(self) -> None:
        """What happens by itself: settling, streams, the end of an adjustment or a boot, keys."""
        reading = self.pan.read()
        self._boot()
        self._end_adjustment()
        self._settle(reading)
        self._stream()
        self._press_keys(reading)

    def press(self, key: str) -> None:
        """A finger on the keypad: print, tare, zero or adjust."""
        if key not in KEYS:
            raise ValueError(f"there is no key {key!r}: {', '.join(KEYS)}")
        self._keys.append(key)

    @property
    def keys_waiting(self) -> bool:
        """Whether a key was pressed and not acted on yet: tare and zero wait for rest."""
        return bool(self._keys)

    def power_cycle(self) -> None:
        """The plug of the power supply, out and in: everything forgotten, then a self-test."""
        self.pan.switch_off()
        self.forget()
        self._buffer = b""
        self._keys.clear()
        self.locked = False
        self._boots_at = self._clock.now() + self.profile.boot

    def become(self, profile: Profile) -> None:
        """Another balance stands here (its serial number, its ways)."""
        self.profile = profile

    def print_by_itself(self, on: bool) -> None:
        """Auto print: the weight, so many times a second, unasked (F12)."""
        self._printing = time.monotonic() if on else None

    # -- how --------------------------------------------------------------------------------------------------------

    def reply(self, *lines: str) -> None:
        """Say these lines, in one write."""
        if any(lines):
            self.say(b"".join(line.encode("latin-1") + self.reply_end for line in lines if line))

    def await_(
        self, until: Callable[[Reading], str | None], seconds: float, otherwise: Callable[[Reading], str]
    ) -> None:
        """Answer when `until` has a reply, or after so many bench seconds with `otherwise`."""
        self._waiting = Waiting(until, self._clock.now() + seconds, otherwise)
        self._settle(self.pan.read())

    def when_stable(self, act: Callable[[], str], otherwise: str = "", seconds: float | None = None) -> None:
        """Do something once the pan is at rest; `otherwise` is said where it does not come to rest."""
        self.await_(
            lambda reading: act() if reading.stable else None,
            self.profile.stability_timeout if seconds is None else seconds,
            lambda _reading: otherwise,
        )

    def stop_sending(self) -> None:
        self._streaming = None

    def start_stream(self) -> None:
        """So many lines a second of the wall clock, whatever the bench's speed."""
        self._streaming = time.monotonic()
        self._stream()

    def start_adjustment(self, name: str) -> None:
        """The built-in weight; with something on the pan it fails. No name: begun by a key, and nothing is said."""
        self.stop_sending()
        self._adjusting = (name, self._clock.now() + self.profile.adjustment)

    def forget(self) -> None:
        """Nothing is under way any more."""
        self.stop_sending()
        self._waiting = self._adjusting = None
        self._queue.clear()
        self.display = ""

    def zero(self) -> Side:
        return self.pan.zero()

    def tare(self) -> Side:
        return self.pan.take_tare()

    def _work(self) -> None:
        """One command at a time: the next only when the last is answered."""
        while self._queue and self._waiting is None and self._adjusting is None:
            self.carry_out(self._queue.popleft())

    def _settle(self, reading: Reading) -> None:
        if self._waiting is None:
            return
        reply = self._waiting.until(reading)
        if reply is None and self._clock.now() >= self._waiting.deadline:
            reply = self._waiting.otherwise(reading)
        if reply is not None:
            self._waiting = None
            self.reply(reply)
            self._work()

    def _stream(self) -> None:
        if self._streaming is not None and time.monotonic() >= self._streaming:
            self._streaming = time.monotonic() + self.profile.stream_interval
            self.reply(self.now(self.pan.read()))
        if self._printing is not None and time.monotonic() >= self._printing:
            self._printing = time.monotonic() + self.profile.stream_interval
            self.reply(self.now(self.pan.read()))

    def _end_adjustment(self) -> None:
        if self._adjusting is None or self._clock.now() < self._adjusting[1]:
            return
        name, self._adjusting = self._adjusting[0], None
        empty = abs(self.pan.gross_g) < 0.001 * self.pan.capacity_g and not self.pan.bench.hand_is_on
        done = empty and not self.adjustment_fails
        self.adjustment_fails = False
        if done:
            self.pan.adjust()
        if name:
            self.adjusted(name, done)
        self._work()

    def _boot(self) -> None:
        if self._boots_at is not None and self._clock.now() >= self._boots_at:
            self._boots_at = None
            self.pan.switch_on()
            self.booted()

    def _press_keys(self, reading: Reading) -> None:
        """Print and adjust at once; tare and zero when stable. Only print says anything on the wire."""
        while self._keys and reading.state != "off" and self._adjusting is None:
            if self._keys[0] in {"tare", "zero"} and not reading.stable:
                return
            if not self.locked:
                self._press(self._keys[0], reading)
            with suppress(IndexError):  # its plug was pulled meanwhile
                self._keys.popleft()

    def _press(self, key: str, reading: Reading) -> None:
        if key == "print":
            self.reply(self.now(reading))
        elif key == "tare":
            self.tare()
        elif key == "zero":
            self.zero()
        else:
            self.start_adjustment("")
