"""Ways for a station's instruments to fail on demand: a fault is a trigger, an action and its parameters.

The tables hold them by number: link_faults.py what goes wrong on the wire, weight_faults.py in the balance itself,
printer_faults.py at the label printer. One more fault is one more function and one more line there.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from hardware_mocks import link_faults, printer_faults, weight_faults
from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.pan import Pan
from hardware_mocks.bench import Bench
from hardware_mocks.fault import CHECKS, Fault, Trigger, Value, number
from hardware_mocks.printer import LabelPrinter


class Victim(Protocol):
    """What a fault can lay hands on."""

    bench: Bench
    pan: Pan
    balance: Instrument
    printer: LabelPrinter
    echo: bool

    def plugged(self, device: str) -> bool: ...

    def unplug(self, device: str) -> None: ...

    def replug(self, device: str) -> None: ...

    def power_cycle(self) -> None: ...

    def become(self, serial: str) -> None: ...

    def key(self, key: str) -> None: ...

    def put_on_wire(self, data: bytes) -> bool: ...

    def pace(self, device: str, seconds_a_byte: float) -> None: ...

    @property
    def balance_url(self) -> str: ...


TABLE: dict[str, Fault] = {
    fault.code: fault
    for fault in sorted(
        (*link_faults.TABLE, *weight_faults.TABLE, *printer_faults.TABLE), key=lambda one: int(one.code[1:])
    )
}


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


class Faults:
    """What is armed and what is going wrong at one station. Safe to use from any thread."""

    def __init__(self, victim: Victim) -> None:
        self.victim = victim
        self._lock = threading.RLock()
        self._armed: list[Armed] = []
        self._spoiled: list[Spoiled] = []
        self._due: list[tuple[float, bool, Callable[[], object]]] = []
        self._going_on: list[tuple[str, Callable[[], object]]] = []

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

        self.place(code, trigger, strike)

    def _check(self, trigger: Trigger, settings: Mapping[str, Value]) -> None:
        """Everything is checked now: when the fault strikes, nobody is there to be told."""
        if trigger.nth is not None and (type(trigger.nth) is not int or trigger.nth < 1):
            raise ValueError("nth counts from 1, the next command")
        if trigger.after is not None:
            number(trigger.after)
        if not isinstance(trigger.command, str | None) or not isinstance(trigger.on_load, bool):
            raise ValueError("command is a word like T, on_load is true or false")
        for name, value in settings.items():
            CHECKS[name](value)
        if "device" in settings:
            self.victim.plugged(str(settings["device"]))

    def place(self, code: str, trigger: Trigger, strike: Callable[[], None]) -> None:
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
            return (
                [a.code for a in self._armed] + [s.code for s in self._spoiled] + [code for code, _ in self._going_on]
            )

    def clear(self) -> None:
        """Everything works again. What was pulled with a time to come back, comes back now."""
        with self._lock:
            due, self._due = self._due, []
            going_on, self._going_on = self._going_on, []
            self._armed.clear()
            self._spoiled.clear()
        for _, even_if_cleared, work in due:
            if even_if_cleared:
                work()
        for _, end in going_on:
            end()

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

        entry = (code, end)

        def over() -> None:
            with self._lock:
                if entry not in self._going_on:
                    return
                self._going_on.remove(entry)
            end()

        with self._lock:
            self._going_on.append(entry)
        if seconds:
            self.later(seconds, over)
