"""Ways for a station's instruments to fail on demand: a fault is a trigger, an action and its parameters.

The table at the end holds them by number. One more fault is one more function and one more line there.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hardware_mocks.balance.pan import Pan
from hardware_mocks.balance.profile import serial_number
from hardware_mocks.bench import Bench, grams

Value = str | int | float | bool | None


class Victim(Protocol):
    """What a fault can lay hands on."""

    bench: Bench
    pan: Pan

    def plugged(self, device: str) -> bool: ...

    def unplug(self, device: str) -> None: ...

    def replug(self, device: str) -> None: ...

    def power_cycle(self) -> None: ...

    def become(self, serial: str) -> None: ...

    def key(self, key: str) -> None: ...

    def put_on_wire(self, data: bytes) -> bool: ...


@dataclass(frozen=True)
class Trigger:
    """When a fault strikes. With nothing set: at once."""

    command: str | None = None
    """When this command is heard, before it is carried out."""
    nth: int | None = None
    """When the nth command from now is heard (of `command`, where that is given)."""
    after: float | None = None
    """So many wall seconds from now."""
    on_load: bool = False
    """When the load on the pan changes next."""


@dataclass
class Armed:
    """A fault that waits for its trigger."""

    code: str
    trigger: Trigger
    strike: Callable[[], None]
    left: int
    """Commands still to come before it strikes."""


@dataclass
class Spoiled:
    """Replies that do not leave the instrument as they should."""

    code: str
    left: int | None
    """How many replies; None: until the faults are cleared."""
    how: Callable[[bytes], None]


@dataclass(frozen=True)
class Fault:
    """One line of the table."""

    code: str
    says: str
    """What the person at the bench would see happen."""
    strike: Callable[["Faults", Mapping[str, Value]], None]
    takes: Mapping[str, Value] = field(default_factory=dict)
    """Its parameters with their defaults."""


class Faults:
    """What is armed and what is going wrong at one station. Safe to use from any thread."""

    def __init__(self, victim: Victim) -> None:
        self.victim = victim
        self._lock = threading.RLock()
        self._armed: list[Armed] = []
        self._spoiled: list[Spoiled] = []
        self._due: list[tuple[float, bool, Callable[[], object]]] = []
        self._going_on: list[str] = []

    def arm(self, code: str, trigger: Trigger, **given: Value) -> None:
        """Cause this fault when its trigger comes. ValueError for a number or parameter that is not in the table."""
        fault = TABLE.get(code)
        if fault is None:
            raise ValueError(f"{code!r} cannot be caused here; these can: {', '.join(TABLE)}")
        unknown = sorted(set(given) - set(fault.takes))
        if unknown:
            raise ValueError(f"{code} takes {', '.join(fault.takes) or 'no parameter'}, not {', '.join(unknown)}")
        settings = {**fault.takes, **given}
        self._check(trigger, settings)

        def strike() -> None:
            fault.strike(self, settings)

        self._place(code, trigger, strike)

    def _check(self, trigger: Trigger, settings: Mapping[str, Value]) -> None:
        """Everything is checked now: when the fault strikes, nobody is there to be told."""
        if trigger.nth is not None and (type(trigger.nth) is not int or trigger.nth < 1):
            raise ValueError("nth counts from 1, the next command")
        if trigger.after is not None:
            _number(trigger.after)
        if not isinstance(trigger.command, str | None) or not isinstance(trigger.on_load, bool):
            raise ValueError("command is a word like T, on_load is true or false")
        for name, value in settings.items():
            CHECKS[name](value)
        if "device" in settings:
            self.victim.plugged(str(settings["device"]))

    def _place(self, code: str, trigger: Trigger, strike: Callable[[], None]) -> None:
        if trigger.after is not None:
            self.later(trigger.after, strike)
        elif trigger.command or trigger.nth or trigger.on_load:
            with self._lock:
                self._armed.append(Armed(code, trigger, strike, trigger.nth or 1))
        else:
            strike()

    def say_instead(self, data: bytes, times: int = 1) -> None:
        """The next replies leave as these bytes, whatever was to be said."""

        def other(_reply: bytes) -> None:
            self.victim.put_on_wire(data)

        self.spoil("bytes", times, other)

    def waiting(self) -> list[str]:
        """Codes that are armed or going on, for the panel."""
        with self._lock:
            return [a.code for a in self._armed] + [s.code for s in self._spoiled] + list(self._going_on)

    def clear(self) -> None:
        """Everything works again. What was pulled with a time to come back, comes back now."""
        with self._lock:
            due, self._due = self._due, []
            self._armed.clear()
            self._spoiled.clear()
            self._going_on.clear()
        for _, even_if_cleared, work in due:
            if even_if_cleared:
                work()
        self.victim.bench.shake(False)
        self.victim.bench.lean(0)
        self.victim.pan.start_creep(0.0)

    # -- what the station tells -------------------------------------------------------------------------------------

    def heard(self, command: str) -> None:
        """A command was heard."""
        ready = []
        with self._lock:
            for armed in self._armed:
                wants = armed.trigger.command or (command if armed.trigger.nth else None)
                if wants == command:
                    armed.left -= 1
                    if armed.left == 0:
                        ready.append(armed)
            self._armed = [armed for armed in self._armed if armed.left > 0]
        for armed in ready:
            armed.strike()

    def speak(self, reply: bytes) -> None:
        """A reply wants to leave the instrument."""
        with self._lock:
            spoiled = self._spoiled[0] if self._spoiled else None
            if spoiled and spoiled.left is not None:
                spoiled.left -= 1
                if spoiled.left == 0:
                    self._spoiled.remove(spoiled)
        if spoiled:
            spoiled.how(reply)
        else:
            self.victim.put_on_wire(reply)

    def load_changed(self) -> None:
        with self._lock:
            ready = [armed for armed in self._armed if armed.trigger.on_load]
            self._armed = [armed for armed in self._armed if not armed.trigger.on_load]
        for armed in ready:
            armed.strike()

    def tick(self) -> None:
        now = time.monotonic()
        with self._lock:
            ready = [work for at, _, work in self._due if at <= now]
            self._due = [entry for entry in self._due if entry[0] > now]
        for work in ready:
            work()

    # -- what a fault does ------------------------------------------------------------------------------------------

    def later(self, seconds: float, work: Callable[[], object], *, even_if_cleared: bool = False) -> None:
        with self._lock:
            self._due.append((time.monotonic() + seconds, even_if_cleared, work))

    def spoil(self, code: str, times: int | None, how: Callable[[bytes], None]) -> None:
        with self._lock:
            self._spoiled.append(Spoiled(code, times or None, how))

    def go_on(self, code: str, seconds: float | None, end: Callable[[], object]) -> None:
        """Something lasts: for so many seconds, or until the faults are cleared."""

        def over() -> None:
            end()
            with self._lock:
                if code in self._going_on:
                    self._going_on.remove(code)

        with self._lock:
            self._going_on.append(code)
        if seconds:
            self.later(seconds, over)


def _number(value: Value) -> float:
    if value is None or isinstance(value, bool):
        raise ValueError(f"a number is needed, not {value!r}")
    number = float(value)
    if not abs(number) < 1e6:
        raise ValueError(f"{value} is out of reach")
    return number


def _seconds(value: Value) -> float | None:
    return None if value is None else _number(value)


def _times(value: Value) -> int | None:
    return None if value is None else int(_number(value))


def _unplug(faults: Faults, given: Mapping[str, Value]) -> None:
    device = str(given["device"])
    faults.victim.unplug(device)
    seconds = _seconds(given["seconds"])
    if seconds:
        faults.later(seconds, lambda: faults.victim.replug(device), even_if_cleared=True)


def _unplug_in_mid_reply(faults: Faults, given: Mapping[str, Value]) -> None:
    def half(reply: bytes) -> None:
        keep = len(reply) // 2 if given["keep"] is None else int(_number(given["keep"]))
        faults.victim.put_on_wire(reply[:keep])
        time.sleep(0.05)  # the host must have read the part before the link goes
        _unplug(faults, {"device": "balance", "seconds": given["seconds"]})

    faults.spoil("F2", 1, half)


def _other_balance(faults: Faults, given: Mapping[str, Value]) -> None:
    def back() -> None:
        faults.victim.become(str(given["serial"]))
        faults.victim.replug("balance")

    faults.victim.unplug("balance")
    faults.later(_seconds(given["seconds"]) or 0.0, back, even_if_cleared=True)


def _no_reply(faults: Faults, given: Mapping[str, Value]) -> None:
    faults.spoil("F8", _times(given["times"]), lambda _reply: None)


def _no_terminator(faults: Faults, given: Mapping[str, Value]) -> None:
    def cut(reply: bytes) -> None:
        keep = None if given["keep"] is None else int(_number(given["keep"]))
        faults.victim.put_on_wire(reply.removesuffix(b"\r\n")[:keep])

    faults.spoil("F9", _times(given["times"]), cut)


def _late_reply(faults: Faults, given: Mapping[str, Value]) -> None:
    def late(reply: bytes) -> None:
        faults.later(_seconds(given["seconds"]) or 0.0, lambda: faults.victim.put_on_wire(reply))

    faults.spoil("F11", _times(given["times"]), late)


def _power_cycle(faults: Faults, _given: Mapping[str, Value]) -> None:
    faults.victim.power_cycle()


def _never_stable(faults: Faults, given: Mapping[str, Value]) -> None:
    faults.victim.bench.shake(True)
    faults.go_on("F20", _seconds(given["seconds"]), lambda: faults.victim.bench.shake(False))


def _creeping(faults: Faults, given: Mapping[str, Value]) -> None:
    faults.victim.pan.start_creep(_number(given["g_per_s"]))
    faults.go_on("F21", _seconds(given["seconds"]), lambda: faults.victim.pan.start_creep(0.0))


def _overload(faults: Faults, given: Mapping[str, Value]) -> None:
    faults.victim.bench.lean(str(given["g"]))
    faults.go_on("F23", _seconds(given["seconds"]), lambda: faults.victim.bench.lean(0))


def _keypad_tare(faults: Faults, _given: Mapping[str, Value]) -> None:
    faults.victim.key("tare")


CHECKS: dict[str, Callable[[Value], object]] = {
    "device": str,
    "g": lambda value: grams(str(value)),
    "g_per_s": _number,
    "keep": _times,
    "seconds": _seconds,
    "serial": lambda value: serial_number(str(value)),
    "times": _times,
}
"""What each parameter of the table must be; each raises ValueError in words."""

TABLE: dict[str, Fault] = {
    fault.code: fault
    for fault in (
        Fault(
            "F1",
            "The plug is pulled. With seconds it comes back by itself.",
            _unplug,
            {"device": "balance", "seconds": None},
        ),
        Fault(
            "F2",
            "The plug is pulled in the middle of the next reply.",
            _unplug_in_mid_reply,
            {"keep": None, "seconds": None},
        ),
        Fault(
            "F5",
            "The balance is unplugged and a different one is plugged in.",
            _other_balance,
            {"serial": "B987654321", "seconds": 1.0},
        ),
        Fault(
            "F8",
            "The next replies never come (times = how many; empty = until cleared).",
            _no_reply,
            {"times": 1},
        ),
        Fault(
            "F9",
            "The next replies come without CR LF, so the line never ends (keep = only so many bytes).",
            _no_terminator,
            {"times": 1, "keep": None},
        ),
        Fault(
            "F11",
            "The next reply comes so many seconds late, when the host has given up on it.",
            _late_reply,
            {"seconds": 2.0, "times": 1},
        ),
        Fault(
            "F13",
            "The balance loses power and starts again: tare forgotten, new zero, cold.",
            _power_cycle,
        ),
        Fault(
            "F20",
            "The table shakes: the weight never settles.",
            _never_stable,
            {"seconds": None},
        ),
        Fault(
            "F21",
            "The weight creeps while the balance calls it stable (evaporation, a tube that touches).",
            _creeping,
            {"g_per_s": 0.02, "seconds": None},
        ),
        Fault(
            "F23",
            "Somebody leans on the pan: overload.",
            _overload,
            {"g": "5000", "seconds": None},
        ),
        Fault(
            "F27",
            "Somebody presses TARE on the balance itself, without a word on the wire.",
            _keypad_tare,
        ),
    )
}
