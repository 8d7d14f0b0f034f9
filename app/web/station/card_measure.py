"""Measuring a tablet's glass: a bank card is laid on it, and a bar made as long as the card (SCREENS 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.stations import register
from app.web.glass import MOST, UNMEASURED, NotAGlassError, glass_of, keep_glass, measured
from app.web.house import house
from app.web.rights import open_to_all
from app.web.station.at_hand import stands, works_here
from app.web.visit import signed_in, visit

card_measure = Blueprint("card_measure", __name__)

BASE = "/terminal/<station>/glass"
_LARGE = str(int(MOST) * 1000)
"""CSS pixels of a screen that is large enough, whatever a millimetre has."""


@dataclass(frozen=True)
class CardMeasure:
    """The page as it stands."""

    station: str
    mm: Decimal
    """CSS pixels a millimetre that the bar begins with."""
    known: bool
    """Whether this tablet was measured before."""
    says: str
    """What was refused, or empty."""


@card_measure.get(BASE)
@works_here
def show(station: str) -> ResponseReturnValue:
    """The bar, and the buttons that make it longer and shorter."""
    stands(station)
    return _page(station)


@card_measure.post(BASE)
@works_here
def save(station: str) -> ResponseReturnValue:
    """The bar is as long as the card."""
    stands(station)
    given = (request.form.get(name, "") for name in ("mm", "width", "height", "ratio"))
    try:
        glass = measured(*given)
    except NotAGlassError as wrong:
        return _page(station, str(wrong)), 422
    (person, _), before, at = signed_in(), glass_of(request), visit().at
    was = before.mm if before else None

    def work(conn: Connection) -> None:
        register.note_screen(conn, station, glass.mm, glass.screen, was, at=at, who=person.id)

    house().store.write(work)
    answer = redirect(url_for("worklist.show", station=station), 303)
    keep_glass(answer, glass, secure=request.is_secure)  # type: ignore[arg-type]  # werkzeug's own Response
    return answer


@card_measure.get("/tablet/glass/<mm>.css")
@open_to_all
def sheet(mm: str) -> Response:
    """Give a millimetre its length, by a style sheet: a page may not style itself (SCREENS 14)."""
    try:
        found = measured(mm, _LARGE, _LARGE, "1").mm
    except NotAGlassError:
        abort(404)
    return Response(f":root {{ --mm: {found}px; }}\n", mimetype="text/css")


def _page(station: str, says: str = "") -> str:
    kept = glass_of(request)
    begins = kept.mm if kept else UNMEASURED
    return render_template("glass.html", page=CardMeasure(station, begins, kept is not None, says))
