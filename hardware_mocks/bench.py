"""One virtual station's bench: its clock, what lies on the pan, the operator's hand, airflow, temperature."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

HEAVIEST_G = Decimal(1_000_000)
HAND_SECONDS = 0.1


def grams(value: str | int | Decimal) -> Decimal:
    """A mass in grams, exactly as written. Raises ValueError in words for anything that is no mass."""
    try:
        mass = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a mass in grams: write it like 24.55") from None
    if isinstance(value, float) or not mass.is_finite():
        raise ValueError(f"{value!r} is not a mass in grams: write it as text, like '24.55'")
    if not 0 <= mass <= HEAVIEST_G:
        raise ValueError(f"{value} g cannot lie on the pan: 0 to {HEAVIEST_G} g")
    return mass


class Clock:
    """Seconds of the bench. `speed` bench seconds pass in one second of the wall clock."""

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._speed = speed
        self._wall = time.monotonic()
        self._bench = 0.0

    def now(self) -> float:
        with self._lock:
            return self._bench + (time.monotonic() - self._wall) * self._speed

    @property
    def speed(self) -> float:
        return self._speed

    def run_at(self, speed: float) -> None:
        if not 0 < speed <= 1000:
            raise ValueError(f"speed {speed} is out of reach: more than 0, at most 1000")
        with self._lock:
            wall = time.monotonic()
            self._bench += (wall - self._wall) * self._speed
            self._wall, self._speed = wall, speed


@dataclass(frozen=True)
class Item:
    """One thing that lies on the pan."""

    name: str
    """What a person calls it."""
    g: Decimal
    """Its mass in grams."""


class Bench:
    """What is done to the balance from outside. Safe to use from any thread."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.airflow = False
        self.vibration = False
        self.temperature = 21.8
        self.hand_seconds = HAND_SECONDS
        """How long the hand stays on the pan when something is put down or taken off."""
        self.pan_in_place = True
        self.before_change: list[Callable[[], None]] = []
        self.after_change: list[Callable[[], None]] = []
        self._items: list[Item] = []
        self._leaning = Decimal(0)
        self._hand_until = -1.0

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(self._items)

    @property
    def load(self) -> Decimal:
        """Everything that presses on the pan, in grams."""
        return sum((item.g for item in self._items), self._leaning)

    @property
    def hand_is_on(self) -> bool:
        return self.clock.now() < self._hand_until

    def put(self, g: str | int | Decimal, name: str = "load") -> None:
        """Exactly this lies on the pan now, and nothing else."""
        item = Item(name, grams(g))
        self._change(lambda: self._items.__setitem__(slice(None), [item]))

    def add(self, g: str | int | Decimal, name: str = "load") -> None:
        """Put one more thing beside what lies there."""
        item = Item(name, grams(g))
        self._change(lambda: self._items.append(item))

    def take(self, name: str) -> None:
        """Take the last thing of that name off the pan. Raises LookupError if it is not there."""
        found = [item for item in self._items if item.name == name]
        if not found:
            raise LookupError(f"there is no {name!r} on the pan")
        self._change(lambda: self._items.remove(found[-1]))

    def clear(self) -> None:
        self._change(self._items.clear)

    def lean(self, g: str | int | Decimal) -> None:
        """Somebody leans on the pan with so many grams; 0 lets go."""
        mass = grams(g)
        self._change(lambda: setattr(self, "_leaning", mass))

    def lift_pan(self, lifted: bool = True) -> None:
        """Take the pan itself off its cone (underload), or put it back."""
        self._change(lambda: setattr(self, "pan_in_place", not lifted))

    def shake(self, on: bool) -> None:
        """The table shakes, or stands still again."""
        self._change(lambda: setattr(self, "vibration", on), hand=False)

    def touch(self, seconds: float) -> None:
        """The operator's hand is on the pan for so many bench seconds."""
        self._hand_until = max(self._hand_until, self.clock.now() + seconds)

    def _change(self, change: Callable[[], object], *, hand: bool = True) -> None:
        with self.lock:
            for look in self.before_change:
                look()
            change()
            if hand:
                self.touch(self.hand_seconds)
        for tell in self.after_change if hand else ():
            tell()
