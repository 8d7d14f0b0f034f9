"""Figures for whoever watches the machines: commands, speed, outcomes. Kinds, codes and routes are the only labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)
"""Seconds; the goals lie at 0.005, 0.05 and 0.3."""


@dataclass(frozen=True)
class Reading:
    """One figure that is read when somebody asks."""

    name: str  # without the project's prefix
    says: str  # its help, one sentence
    value: float  # now
    labels: tuple[tuple[str, str], ...] = ()  # name and value


class Metrics:
    """The counters of one application. May be called from any thread."""

    def __init__(self) -> None:
        """Begin at nought."""
        self._registry = CollectorRegistry()
        self._commands = Counter(
            "vialtrace_commands",
            "Commands by kind and what became of them.",
            ("kind", "outcome"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "vialtrace_command_seconds",
            "Seconds from a command to its answer, on disk.",
            ("kind",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._refusals = Counter(
            "vialtrace_refusals", "Commands that could not be tried, by code.", ("code",), registry=self._registry
        )
        self._near_misses = Counter(
            "vialtrace_near_misses", "Wrong things that were stopped, by finding.", ("code",), registry=self._registry
        )
        self._requests = Histogram(
            "vialtrace_request_seconds",
            "Seconds of a web request, by route and status class.",
            ("route", "status"),
            buckets=BUCKETS,
            registry=self._registry,
        )

    def command(self, kind: str, outcome: str, seconds: float) -> None:
        """Count one command that was answered, or that failed."""
        self._commands.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def refused(self, code: str) -> None:
        """Count one refusal."""
        self._refusals.labels(code).inc()

    def near_miss(self, codes: Iterable[str]) -> None:
        """Count one rejection under each of its findings."""
        for code in codes:
            self._near_misses.labels(code).inc()

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one web request; `route` is the rule, never the address."""
        self._requests.labels(route, f"{status // 100}xx").observe(seconds)

    def read(self, now: Callable[[], Iterable[Reading]]) -> None:
        """Ask `now` for more figures each time somebody reads."""
        self._registry.register(_Asked(now))

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)


class _Asked(Collector):
    def __init__(self, now: Callable[[], Iterable[Reading]]) -> None:
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand, so that registering reads nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read the figures now."""
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._now():
            names, values = [name for name, _ in one.labels], [value for _, value in one.labels]
            family = families.get(one.name) or families.setdefault(
                one.name, GaugeMetricFamily(f"vialtrace_{one.name}", one.says, labels=names)
            )
            family.add_metric(values, one.value)
        yield from families.values()
