"""A forger with every right and the published recipe: rewrites the whole log so that both chains fit again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.record import canonical, found_by
from tests.record.conftest import administrator

Row = dict[str, Any]
Rows = list[Row]
COLUMNS = ("seq", "preparation", "version", "kind", "shape", "body", "who", "second_person", "at", "station",
           "command_id", "ordinal", "digest", "site", "site_seq", "site_digest")  # fmt: skip


def rewrite(path: Path, change: Callable[[Rows], Rows], *, recompute: bool) -> None:
    """Take every event out, change the list, and put it back; with `recompute` nothing is left that does not fit."""
    with administrator(path) as raw:
        rows = [
            dict(zip(COLUMNS, row, strict=True))
            for row in raw.execute(f"SELECT {', '.join(COLUMNS)} FROM event ORDER BY seq").fetchall()
        ]
        rows = change(rows)
        if recompute:
            refit(rows)
        raw.execute("DELETE FROM event")
        marks = ", ".join("?" for _ in COLUMNS)
        for row in rows:
            raw.execute(f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({marks})", [row[name] for name in COLUMNS])
        if recompute:
            last = rows[-1]
            raw.execute(
                "UPDATE site_head SET site_seq = ?, site_digest = ?, last_at = ?",
                (last["site_seq"], last["site_digest"], last["at"]),
            )
            _find_anew(raw, rows)


def _find_anew(raw: Any, rows: Rows) -> None:
    """Have every preparation found by the lots and people that its events name now."""
    raw.execute("DELETE FROM found_by")
    for stream in {row["preparation"] for row in rows if not row["preparation"].startswith(found_by.SITES_OWN)}:
        own = [(row["who"], row["second_person"], row["body"]) for row in rows if row["preparation"] == stream]
        for kind, value in found_by.named_in(own):
            raw.execute("INSERT INTO found_by (kind, value, preparation) VALUES (?, ?, ?)", (kind, value, stream))


def refit(rows: Rows) -> None:
    """Number the events anew and make every digest fit."""
    streams: dict[str, tuple[int, bytes]] = {}
    link = bytes(32)
    for number, row in enumerate(rows, 1):
        version, before = streams.get(row["preparation"], (0, bytes(32)))
        said = json.loads(row["body"])
        row["seq"] = row["site_seq"] = number
        row["version"] = said["version"] = version + 1
        row["body"] = canonical.dump(said).decode()
        row["digest"] = canonical.event_digest(before, row["body"].encode())
        link = row["site_digest"] = canonical.site_digest(link, row["digest"])
        streams[row["preparation"]] = (version + 1, row["digest"])


def edited(number: int) -> Callable[[Rows], Rows]:
    """Another mass in one event."""

    def change(rows: Rows) -> Rows:
        row = rows[number - 1]
        said = json.loads(row["body"])
        said["data"]["mass_mg"] = "96.85"
        row["body"] = canonical.dump(said).decode()
        return rows

    return change


def cut(count: int) -> Callable[[Rows], Rows]:
    return lambda rows: rows[:-count]


def without(stream: str) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row["preparation"] != stream]


def without_one(number: int) -> Callable[[Rows], Rows]:
    return lambda rows: rows[: number - 1] + rows[number:]


def swapped(one: int, other: int) -> Callable[[Rows], Rows]:
    """Two events of two preparations change places in the site's order; each keeps its place in its own."""

    def change(rows: Rows) -> Rows:
        first, second = rows[one - 1], rows[other - 1]
        assert first["preparation"] != second["preparation"]
        for name in ("seq", "site_seq", "site_digest"):
            first[name], second[name] = second[name], first[name]
        return rows

    return change


def back_dated(after: int) -> Callable[[Rows], Rows]:
    """A weighing that never was, in the middle."""

    def change(rows: Rows) -> Rows:
        model = rows[after - 1]
        said = json.loads(model["body"]) | {"command_id": "FORGED"}
        forged = model | {"command_id": "FORGED", "body": canonical.dump(said).decode()}
        return [*rows[:after], forged, *rows[after:]]

    return change
