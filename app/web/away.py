"""What a tablet shows while the server is away: one page that says so, kept by a service worker beside its own files.

Nothing else is ever kept: no other page, no answer, nothing that names a patient or a person. What a page shows otherwise
came from the server just then.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, url_for

from app.web.rights import open_to_all

away = Blueprint("away", __name__)

SCOPE = "/terminal/"
"""The worker looks after addresses that begin so: the screens of the stations."""
FILES = (
    "css/tokens.css",
    "css/shared.css",
    "css/terminal.css",
    "vendor/atkinson-hyperlegible-latin-400-normal.woff2",
    "vendor/atkinson-hyperlegible-latin-700-normal.woff2",
    "img/vialtrace.svg",
    "js/away.js",
    "js/kept.js",
    "js/network.js",
)
"""All that the page needs, of `static/`."""


@away.get("/tablet/away")
@open_to_all
def show() -> str:
    """Say that the server is away. The same for everybody: it knows neither station nor person."""
    return render_template("away.html")


@away.get("/tablet/worker.js")
@open_to_all
def worker() -> Response:
    """Hand out the worker with what it keeps, and under which name: another build keeps another copy and drops this one."""
    kept = [url_for("away.show"), *(url_for("static", filename=name) for name in FILES)]
    folder = Path(str(current_app.static_folder))
    told = f"const BUILD = {json.dumps(_build(folder, show()))};\nconst FILES = {json.dumps(kept)};\n"
    answer = Response(told + (folder / "js" / "worker.js").read_text(encoding="utf-8"), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = SCOPE
    return answer


@cache
def _build(folder: Path, page: str) -> str:
    """Return the name of this state of the page and its files."""
    found = hashlib.sha256(page.encode())
    for name in FILES:
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:16]
