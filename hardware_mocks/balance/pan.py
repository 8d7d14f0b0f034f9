"""The pan of a pretend balance: force becomes a displayed weight, with noise, drift, zero, tare, a stability flag.

Inside, the physics are floats, as they are in the world; what leaves is a Decimal on the balance's own divisions.
"""

import math
import random
from collections import deque
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from hardware_mocks.bench import Bench

State = Literal["ok", "over", "under", "off"]
Side = Literal["done", "+", "-"]

SAMPLE = 0.05
"""Bench seconds between two samples of the load cell."""
WINDOW = 10
"""Samples that the filter averages, and the least that the stability detector looks at: half a second."""
CATCH_UP = 4.0
"""Bench seconds that are sampled one by one after a pause; what lies before is jumped over exactly."""
PAN_G = 320.0
"""Mass of the pan itself: what is missing when it is lifted off."""
GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "mg": Decimal("0.001")}


@dataclass(frozen=True)
class Build:
    """What was built into this balance."""

    readability: Decimal = Decimal("0.01")
    """One division d, in `unit`."""
    capacity: Decimal = Decimal("4200.00")
    """Greatest load, in `unit`."""
    unit: str = "g"
    """Unit of display: g, kg or mg."""
    tau: float = 0.08
    """Seconds of the first-order settling; 0.3 to 1.5 for a slow balance."""
    white: float = 0.35
    """Standard deviation of one sample that no other sample knows of, in divisions."""
    correlated: float = 0.10
    """Standard deviation of the noise that lasts half a second, in divisions."""
    drift: float = 0.10
    """Standard deviation of the wandering zero (half an hour), in divisions."""
    airflow: float = 1.5
    """Standard deviation that a running cabinet adds (half a second), in divisions."""
    warm_up_g: float = 0.05
    """Grams by which a cold balance creeps until it is warm."""
    warm_up_seconds: float = 900.0
    """Time constant of that creep."""
    ppm_per_degree: float = 3.0
    """Sensitivity drift since the last adjustment, in millionths of the load per degree."""
    zero_range: float = 0.02
    """Share of the capacity within which Z works, about the zero of power-on."""


@dataclass(frozen=True)
class Reading:
    """What the display shows."""

    value: Decimal
    """Net weight in the display's unit, on its divisions."""
    stable: bool
    """The stability detector's flag."""
    state: State
    """ok, over (overload), under (underload) or off."""


class Pan:
    """The load cell and its electronics. The caller holds `bench.lock` or is the only thread."""

    def __init__(self, bench: Bench, build: Build | None = None, seed: int | None = None) -> None:
        self.bench = bench
        self.build = build or Build()
        self.creep = 0.0
        """Grams a second that creep on while the flag says stable (F21)."""
        self.flaps = False
        """The flag comes and goes while the load lies still (F22)."""
        self._flap = 0
        self._creep_from = 0.0
        self._chance = random.Random(seed)
        self._d = float(self.build.readability * GRAMS[self.build.unit])
        self._t = bench.clock.now()
        self._powered_at = self._t - 20 * self.build.warm_up_seconds
        self._adjusted_at_degrees = bench.temperature
        self._force = self._target()
        self._slow = self._air = self._wander = 0.0
        self._zero = self._power_on_zero = 0.0
        self._tare = Decimal(0).quantize(self.build.readability)
        self._on = True
        self._raw: deque[float] = deque(maxlen=WINDOW)
        self._shown: deque[float] = deque(maxlen=max(WINDOW, math.ceil(2 * self.build.tau / SAMPLE)))
        """What was displayed, as far back as the detector looks: twice the time constant, or it would take creep for rest."""
        bench.before_change.append(self._disturbed)
        for _ in range(self._shown.maxlen or WINDOW):
            self._sample()

    @property
    def tare(self) -> Decimal:
        """The tare register, in the display's unit."""
        return self._tare

    @property
    def gross_g(self) -> float:
        return self._shown[-1] - self._zero

    def read(self) -> Reading:
        """The display now."""
        with self.bench.lock:
            self.advance()
            if not self._on:
                return Reading(Decimal(0), False, "off")
            self._flap = (self._flap + 1) % 3 if self.flaps else 1
            return Reading(
                self._rounded(self.gross_g) - self._tare + 0, bool(self._flap) and self._is_stable(), self._state()
            )

    def zero(self) -> Side:
        """Take what is on the pan as zero, if it is near the zero of power-on. The tare is cleared by it."""
        self.advance()
        reach = self.build.zero_range * self.capacity_g
        offset = self._shown[-1] - self._power_on_zero
        if abs(offset) > reach:
            return "+" if offset > 0 else "-"
        self._zero = self._shown[-1]
        self.clear_tare()
        return "done"

    def take_tare(self) -> Side:
        """Take what is on the pan as tare. Below zero or beyond the capacity it is refused."""
        reading = self.read()
        gross = reading.value + self._tare
        if reading.state == "over":
            return "+"
        if gross < 0 or reading.state == "under":
            return "-"
        self._tare = gross
        return "done"

    def preset_tare(self, value: Decimal) -> Side:
        """Set the tare register to a number, rounded to the divisions."""
        if value > self.build.capacity:
            return "+"
        self._tare = self._on_divisions(value)
        return "done"

    def clear_tare(self) -> None:
        self._tare = Decimal(0).quantize(self.build.readability)

    def switch_off(self) -> None:
        self.advance()
        self._on = False

    def switch_on(self) -> None:
        """Cold again, tare gone, and whatever lies on the pan (to a fifth of capacity) is the new zero."""
        self.advance()
        self._on = True
        self._powered_at = self.bench.clock.now()
        self.clear_tare()
        self._raw.clear()
        self._shown.clear()
        self._sample()
        load = self._shown[-1]
        self._zero = self._power_on_zero = load if abs(load) <= 0.2 * self.capacity_g else 0.0

    def adjust(self) -> None:
        """Internal adjustment done: sensitivity belongs to today's temperature, zero is taken."""
        self.advance()
        self._adjusted_at_degrees = self.bench.temperature
        self._zero = self._shown[-1]
        self.clear_tare()

    def rebuild(self, build: Build) -> None:
        """Weigh in another unit, or to other divisions; the tare is forgotten."""
        with self.bench.lock:
            self.advance()
            self.build = build
            self.clear_tare()

    def start_creep(self, grams_a_second: float) -> None:
        """From now the display creeps and calls itself stable; 0 ends it."""
        self.advance()
        self.creep = grams_a_second
        self._creep_from = self.bench.clock.now()

    def advance(self) -> None:
        """Let the physics run up to the bench's present."""
        with self.bench.lock:
            now = self.bench.clock.now()
            pause = now - self._t - CATCH_UP
            if pause > 0:
                self._evolve(pause)
            while self._t + SAMPLE <= now:
                self._evolve(SAMPLE)
                self._sample()

    def _disturbed(self) -> None:
        """A load comes or goes: not stable until a whole window was seen since, so nobody is told the old weight."""
        self.advance()
        last = self._shown[-1]
        self._shown.clear()
        self._shown.append(last)

    def _evolve(self, seconds: float) -> None:
        """Move every state on by so many seconds; exact for any length, so a long pause is one step."""
        self._t += seconds
        target = self._target()
        self._force = target + (self._force - target) * math.exp(-seconds / self.build.tau)
        self._slow = self._walk(self._slow, self.build.correlated, 0.5, seconds)
        self._air = self._walk(self._air, self.build.airflow if self.bench.airflow else 0.0, 0.5, seconds)
        self._wander = self._walk(self._wander, self.build.drift, 1800.0, seconds)

    def _walk(self, value: float, spread: float, lasts: float, seconds: float) -> float:
        keep = math.exp(-seconds / lasts)
        return value * keep + spread * self._d * math.sqrt(1 - keep * keep) * self._chance.gauss(0, 1)

    def _target(self) -> float:
        pan = 0.0 if self.bench.pan_in_place else -PAN_G
        degrees = self.bench.temperature - self._adjusted_at_degrees
        return (float(self.bench.load) + pan) * (1 + self.build.ppm_per_degree * 1e-6 * degrees)

    def _sample(self) -> None:
        noise = self.build.white * self._d * self._chance.gauss(0, 1) + self._slow + self._air + self._wander
        if self.bench.hand_is_on:
            noise += 0.3 * self._chance.gauss(0, 1)
        if self.bench.vibration:
            noise += 8 * self._d * self._chance.gauss(0, 1)
        self._raw.append(self._force + noise + self._warm_up() + self.creep * max(0.0, self._t - self._creep_from))
        near = [raw for raw in self._raw if abs(raw - self._raw[-1]) < 4 * self._d]
        self._shown.append(sum(near) / len(near))
        self._track_zero()

    def _warm_up(self) -> float:
        """Nought when warm: a warm balance was zeroed long after it began."""
        age = max(0.0, self._t - self._powered_at)
        return -self.build.warm_up_g * math.exp(-age / self.build.warm_up_seconds)

    def _track_zero(self) -> None:
        """Zero tracking: near zero and stable, the zero follows what creeps slower than half a division a second."""
        off = self._shown[-1] - self._zero
        if not self._tare and not self.creep and abs(off) < 0.5 * self._d and self._is_stable():
            self._zero += max(-0.025 * self._d, min(0.025 * self._d, off))

    def _is_stable(self) -> bool:
        if self.creep:
            return True
        return len(self._shown) == self._shown.maxlen and max(self._shown) - min(self._shown) <= self._d

    def _state(self) -> State:
        if self.gross_g > self.capacity_g + 9 * self._d:
            return "over"
        return "under" if self.gross_g < -self.build.zero_range * self.capacity_g else "ok"

    @property
    def capacity_g(self) -> float:
        return float(self.build.capacity * GRAMS[self.build.unit])

    def _rounded(self, g: float) -> Decimal:
        return self._on_divisions(Decimal(g) / GRAMS[self.build.unit])

    def _on_divisions(self, value: Decimal) -> Decimal:
        steps = (value / self.build.readability).to_integral_value(ROUND_HALF_EVEN)
        return (steps * self.build.readability).quantize(self.build.readability)
