"""Quality in figures, and the preparations behind each figure (SCREENS 12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.desk.happenings import GROUPS, Happening, Span, happenings
from app.desk.quality import OUTSIDE_WORDS, Bar, Figures, figures, taken_up, took
from app.desk.wasted import closings
from app.web.house import house
from app.web.rights import right
from app.web.visit import visit, wants_page

quality = Blueprint("quality", __name__)

READERS = ("qa", "pharmacist", "lead_technician")
DAYS = 30
"""How far back the page looks unless it is told."""
LONGEST = 366
"""Days of the longest span."""
CASES = 300
"""Lines of one page (SCREENS 12)."""
MORE = {
    "outside": "Weighings outside their tolerance",
    "wasted": "Drug thrown away",
    "phase": "How long it took",
    "work": "Preparations taken up",
}
"""Figures beside those of GROUPS that lead to their preparations."""
WIDTH, HEIGHT, FLOOR, EDGE = 860, 190, 150, 40
"""Of a chart, in its own units."""
PLOTS: tuple[tuple[str, str, Callable[[Bar], float]], ...] = (
    ("Near misses", "near misses", lambda bar: bar.misses),
    ("Weights outside tolerance", "weights outside", lambda bar: bar.outside),
    ("Preparations begun", "begun", lambda bar: bar.begun),
    ("Codes typed in, not scanned", "% of all codes", lambda bar: bar.typed),
    ("Minutes from the order to the released dose", "minutes, half of the doses at most", lambda bar: bar.turnaround),
)
"""The charts of the page."""


@dataclass(frozen=True)
class Drawn:
    """One bar as the page draws it."""

    bar: Bar
    """Of which day or week."""
    count: float
    """What it says."""
    x: int
    y: int
    width: int
    height: int
    labelled: bool
    """Its day stands below it."""


@dataclass(frozen=True)
class Plot:
    """One chart over the days or weeks of the span."""

    title: str
    """What is counted."""
    unit: str
    """What one of it is called in a sentence, as many."""
    bars: tuple[Drawn, ...]
    most: float
    """The highest bar's count."""


@dataclass(frozen=True)
class QualityPage:
    """The figures of a span."""

    first: date
    """First day."""
    last: date
    """Last day, itself included."""
    drug: str
    """Name as lists print it; empty for every drug."""
    station: str
    """Code; empty for every station."""
    figures: Figures
    """What was found."""
    plots: tuple[Plot, ...]
    """By day or week, those of PLOTS."""
    stations: tuple[str, ...]
    """To choose from."""
    says: str
    """What of the filter was not understood; empty for nothing."""


@quality.get("/quality")
@right(*READERS)
def show() -> ResponseReturnValue:
    span, says = asked_span()
    with house().store.reading() as conn:
        found = figures(conn, span, {name.casefold(): price for name, price in house().settings.costs_per_mg.items()})
    page = QualityPage(
        first=span.first,
        last=span.last,
        drug=span.drug,
        station=span.station,
        figures=found,
        plots=tuple(_plot(title, unit, found.bars, [count(bar) for bar in found.bars]) for title, unit, count in PLOTS),
        stations=tuple(sorted(house().settings.stations)),
        says=says,
    )
    return render_template("quality.html", page=page) if wants_page() else jsonify(page)


@quality.get("/quality/cases")
@right(*READERS)
def cases() -> ResponseReturnValue:
    """Which preparations stand behind a figure; patients are not named here."""
    span, _ = asked_span()
    group, kind = request.args.get("group", ""), request.args.get("kind", "")
    with house().store.reading() as conn:
        found = _cases(conn, span, group, kind)
    shown = found[:CASES]
    if not wants_page():
        return jsonify(cases=shown, count=len(found))
    what = f"{(GROUPS | MORE).get(group, 'Everything that went otherwise')}{f': {kind}' if kind else ''}"
    return render_template("quality_cases.html", cases=shown, count=len(found), what=what, span=span)


def _cases(conn: Connection, span: Span, group: str, kind: str) -> list[Happening]:
    """Return what stands behind a figure: the newest first, of a phase the longest."""
    if group == "phase":
        return list(took(conn, span, kind, CASES))
    if group == "work":
        return list(taken_up(conn, span))
    if group == "wasted":
        return list(closings(conn, span))[::-1]
    if group == "outside":
        return [one for one in happenings(conn, span) if one.group == "near miss" and one.kind in OUTSIDE_WORDS][::-1]
    return [one for one in happenings(conn, span) if _is(one, group, kind)][::-1]


def _is(one: Happening, group: str, kind: str) -> bool:
    return (not group or one.group == group) and (not kind or one.kind == kind)


def asked_span() -> tuple[Span, str]:
    """Return the span of the address, and what of it was not understood: then the last thirty days stand instead."""
    settings, args = house().settings, request.args
    today = visit().at.astimezone(settings.zone).date()
    drug, station = args.get("drug", "").strip(), args.get("station", "")
    usual = Span(settings.site, today - timedelta(days=DAYS - 1), today, settings.zone, drug, station)
    try:
        last = date.fromisoformat(args["last"]) if args.get("last") else today
        first = date.fromisoformat(args["first"]) if args.get("first") else last - timedelta(days=DAYS - 1)
        days = (last - first).days
    except (ValueError, OverflowError):
        return usual, "A day is written as 2026-11-24. Shown are the last 30 days."
    if days < 0 or days >= LONGEST:
        return (
            usual,
            f"The first day has to come before the last, at most {LONGEST} days in all. Shown are the last 30.",
        )
    return replace(usual, first=first, last=last), ""


def _plot(title: str, unit: str, bars: tuple[Bar, ...], counts: list[float]) -> Plot:
    most = max(1, *counts, 1)
    step = (WIDTH - EDGE) / len(bars)
    every = max(1, -(-len(bars) // 5))
    made = []
    for number, (bar, count) in enumerate(zip(bars, counts, strict=True)):
        tall = round((FLOOR - 20) * count / most)
        x = round(EDGE + number * step)
        made.append(Drawn(bar, count, x, FLOOR - tall, max(2, round(step) - 4), tall, number % every == 0))
    return Plot(title, unit, tuple(made), max(counts))
