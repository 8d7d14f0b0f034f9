"""What a page of the terminal hears back: what became of it, the screen as data, and drawn for whoever shows it."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from app.web.frame import part
from app.web.station.screen import Verdict
from app.web.visit import wants_drawn


def told(said: Verdict | None, page: Any, template: str, status: int = 200, **more: str) -> Response:
    """Answer with a verdict and the screen as it stands now; the part of the page that shows it comes along if asked for."""
    drawn = {"html": part(template, page)} if wants_drawn() else {}
    response = jsonify({"verdict": said, "screen": page, **drawn, **more})
    response.status_code = status
    return response
