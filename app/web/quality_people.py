"""Accuracy a person with what each number is a part of, for quality assurance alone (G16)."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.desk.accuracy import FEW, accuracy
from app.desk.names import names
from app.web.house import house
from app.web.quality import asked_span
from app.web.rights import right
from app.web.visit import wants_page

quality_people = Blueprint("quality_people", __name__)


@quality_people.get("/quality/people")
@right("qa")
def show() -> ResponseReturnValue:
    """Everybody who made anything within a span, in the order of names."""
    span, says = asked_span()
    with house().store.reading() as conn:
        lines = accuracy(conn, span, names(conn))
    if not wants_page():
        return jsonify(people=lines)
    return render_template("quality_people.html", lines=lines, span=span, says=says, few=FEW)
