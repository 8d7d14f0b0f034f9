"""Quality in figures, and the preparations behind each figure (SCREENS 12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.desk.happenings import GROUPS, Happening, Span, happenings
from app.desk.quality import Bar, Figures, figures
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
WIDTH, HEIGHT, FLOOR, EDGE = 860, 190, 150, 40
"""Of the chart, in its own units."""


@dataclass(frozen=True)
class Drawn:
    """One bar as the page draws it."""

    bar: Bar
    """What it says."""
    x: int
    y: int
    width: int
    height: int
    labelled: bool
    """Its day stands below it."""


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
    bars: tuple[Drawn, ...]
    """The chart."""
    most: int
    """The highest bar's near misses."""
    stations: tuple[str, ...]
    """To choose from."""
    says: str
    """What of the filter was not understood; empty for nothing."""


@quality.get("/quality")
@right(*READERS)
def show() -> ResponseReturnValue:
    span, says = _span()
    with house().store.reading() as conn:
        found = figures(conn, span)
    page = QualityPage(
        first=span.first,
        last=span.last,
        drug=span.drug,
        station=span.station,
        figures=found,
        bars=tuple(_drawn(found.bars)),
        most=max(bar.misses for bar in found.bars),
        stations=tuple(sorted(house().settings.stations)),
        says=says,
    )
    return render_template("quality.html", page=page) if wants_page() else jsonify(page)


@quality.get("/quality/cases")
@right(*READERS)
def cases() -> ResponseReturnValue:
    """Which preparations stand behind a figure; patients are not named here."""
    span, _ = _span()
    group, kind = request.args.get("group", ""), request.args.get("kind", "")
    with house().store.reading() as conn:
        found = [one for one in happenings(conn, span) if _is(one, group, kind)]
    shown = found[::-1][:CASES]
    if not wants_page():
        return jsonify(cases=shown, count=len(found))
    what = f"{GROUPS.get(group, 'Everything that went otherwise')}{f': {kind}' if kind else ''}"
    return render_template("quality_cases.html", cases=shown, count=len(found), what=what, span=span)


def _is(one: Happening, group: str, kind: str) -> bool:
    return (not group or one.group == group) and (not kind or one.kind == kind)


def _span() -> tuple[Span, str]:
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


def _drawn(bars: tuple[Bar, ...]) -> list[Drawn]:
    most = max(1, *(bar.misses for bar in bars))
    step = (WIDTH - EDGE) / len(bars)
    every = max(1, -(-len(bars) // 9))
    made = []
    for number, bar in enumerate(bars):
        tall = round((FLOOR - 20) * bar.misses / most)
        x = round(EDGE + number * step)
        made.append(Drawn(bar, x, FLOOR - tall, max(2, round(step) - 4), tall, number % every == 0))
    return made
