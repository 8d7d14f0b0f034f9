"""PostgreSQL: eight callers append to one site, beside eight bare connections that call the same function."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from app import clock
from app.bench.record import EVENT, Ground
from app.bench.rounds import Figure, compare, timed
from app.record.columns import moment_text
from app.record.engine import open_store
from app.record.place import place_at
from app.settings import load_settings

CALLERS = 8
"""Connections that write at once."""
APPEND = (
    "SELECT * FROM append_event(%(stream)s, %(expected)s, %(kinds)s::text[], %(shapes)s::bigint[], %(bodies)s::text[], "
    "%(who)s, NULL, %(at)s, %(station)s, %(command)s, %(site)s)"
)


def figures(folder: Path, url: str, writes: int) -> Iterator[Figure]:
    """Measure on the database at this URL: it was made by `vialtrace db upgrade`, and holds nothing that anybody wants."""
    settings = load_settings(data_dir=folder / "postgres", database_url=url, photos_url="", stations={}, site="BENCH")
    place, each = place_at(url, "--postgres"), max(1, writes // CALLERS)
    if isinstance(place, Path):
        raise TypeError("the address names no PostgreSQL database")
    address = place.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(open_store(settings)) as store, ExitStack() as open_:
        ground, streams = Ground(settings, store), count()
        bare = [open_.enter_context(psycopg.connect(address)) for _ in range(CALLERS)]

        def ours() -> Sequence[float]:
            return _at_once([partial(ground.append, _stream("O", next(streams))) for _ in range(CALLERS)], each)

        def raw() -> Sequence[float]:
            return _at_once([partial(_append, one, _stream("R", next(streams))) for one in bare], each)

        yield compare(f"PostgreSQL append to one site, {CALLERS} connections", "events", ours, raw, folder, goal=0.8)


def _stream(kind: str, number: int) -> str:
    return f"{kind}{clock.new_id(5)}{number:05}"


def _at_once(callers: Sequence[Any], each: int) -> list[float]:
    """Let every caller write so many versions of its own stream, all of them begun together."""
    begin = threading.Barrier(len(callers))

    def one(write: Any) -> list[float]:
        begin.wait(60)
        return [timed(partial(write, version)) for version in range(each)]

    with ThreadPoolExecutor(len(callers)) as pool:
        return [seconds for took in pool.map(one, callers) for seconds in took]


def _append(conn: psycopg.Connection[Any], stream: str, version: int) -> None:
    at, command = moment_text(clock.now()), clock.new_command_id()
    body = {
        "at": at, "command_id": command, "data": EVENT, "kind": "accepted", "preparation": stream, "second_person": None,
        "shape": 1, "site": "BENCH", "software": "bare", "station": "HOOD-1", "version": version + 1, "who": "bench",
    }  # fmt: skip
    conn.execute(
        APPEND,
        {
            "stream": stream, "expected": version, "kinds": ["accepted"], "shapes": [1], "who": "bench", "at": at,
            "bodies": [json.dumps(body, sort_keys=True, separators=(",", ":"))], "station": "HOOD-1", "command": command,
            "site": "BENCH",
        },
    )  # fmt: skip
    conn.commit()
