"""A web application with nothing in it: a post becomes one durable row, a get a few words. What a request costs at least."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from app.bench.bare import BODY
from app.record import sqlite

ANSWER = b'{"screen":{"command_id":"","version":0}}'
_connections: list[Any] = []
_guard = threading.Lock()


def _write() -> None:
    with _guard:
        if not _connections:
            raw = sqlite.raw_connection(Path(os.environ["VIALTRACE_BENCH_BARE"]))
            sqlite.set_pragmas(raw)
            _connections.append(raw)
        _connections[0].execute("INSERT INTO bare (body) VALUES (?)", (BODY,))


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer one request."""
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
        _write()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))])
    return [ANSWER]
