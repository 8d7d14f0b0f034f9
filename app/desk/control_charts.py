"""Where the marks of a control chart stand on the page: whole numbers worked out here, so that the page needs no script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal

from app.stations.history import WeightChart
from devices.balance.control_chart import WARNING_SHARE, Point

WIDTH, HEIGHT = 860, 236
LEFT, RIGHT, TOP, BOTTOM = 92, 20, 16, 34
"""Room for the figures, in the drawing's own units."""
SPAN = Decimal("1.3")
"""The chart reaches this many action limits to either side, and further where a reading does."""


@dataclass(frozen=True)
class Level:
    """One line across the chart."""

    kind: str
    """centre, warning or action."""
    y: int
    says: str
    """Its figure beside it."""


@dataclass(frozen=True)
class Mark:
    """One reading on the chart."""

    x: int
    y: int
    stands: str
    """inside, warning or action."""
    says: str
    """The reading in words: day, who read what, how far off."""


@dataclass(frozen=True)
class Drawing:
    """A chart as the page draws it."""

    name: str
    """Which weight."""
    certificate: str
    """Its certified mass now, in g."""
    words: str
    """What it shows, for whoever does not see it."""
    finding: str
    """What somebody should look at; empty for nothing."""
    bad: bool
    """Whether the last reading is beyond the action limit."""
    levels: tuple[Level, ...]
    marks: tuple[Mark, ...]
    path: str
    """The line through the readings."""
    first: str
    """Day of the first reading."""
    last: str
    """Day of the last."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def drawn(one: WeightChart, zone: tzinfo) -> Drawing:
    """Return where everything stands; times are shown in `zone`."""
    found = one.chart
    limit = found.last.limit
    reach = max(limit * SPAN, *(abs(point.error) * Decimal("1.1") for point in found.points))
    marks = tuple(_mark(point, found.points, reach, zone) for point in found.points)
    steps = (
        ("action", limit),
        ("warning", limit * WARNING_SHARE),
        ("centre", Decimal(0)),
        ("warning", -limit * WARNING_SHARE),
        ("action", -limit),
    )
    return Drawing(
        name=one.name,
        certificate=f"{found.last.certificate:f}",
        words=found.words,
        finding=found.finding,
        bad=found.last.stands == "action",
        levels=tuple(Level(kind, _y(off, reach), _figure(off)) for kind, off in steps),
        marks=marks,
        path=" ".join(f"{mark.x},{mark.y}" for mark in marks),
        first=_day(found.points[0], zone),
        last=_day(found.last, zone),
    )


def _mark(point: Point, points: tuple[Point, ...], reach: Decimal, zone: tzinfo) -> Mark:
    at = point.at.astimezone(zone)
    says = f"{at:%Y-%m-%d %H:%M}: {point.reading:f} g, {point.error:+f} g from the certificate"
    return Mark(_x(point, points), _y(point.error, reach), point.stands, says)


def _x(point: Point, points: tuple[Point, ...]) -> int:
    """By time, so that a gap of a week is a gap; a single reading stands in the middle."""
    whole = (points[-1].at - points[0].at).total_seconds()
    share = (point.at - points[0].at).total_seconds() / whole if whole else 0.5
    return round(LEFT + 14 + share * (WIDTH - LEFT - RIGHT - 28))


def _y(off: Decimal, reach: Decimal) -> int:
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    return round(middle - float(off / reach) * (HEIGHT - TOP - BOTTOM) / 2)


def _figure(off: Decimal) -> str:
    return f"{Decimal(f'{off:.3g}').normalize():+f} g" if off else "0 g"


def _day(point: Point, zone: tzinfo) -> str:
    return f"{point.at.astimezone(zone):%Y-%m-%d}"
