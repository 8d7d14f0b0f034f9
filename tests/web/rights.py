"""The rights matrix: every route, method by method, and who may use it. `python -m tests.web.rights` writes it anew."""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

from flask import Flask

from app import create_app
from app.people.secrets import CHEAP
from app.settings import Settings
from app.web.house import house_of
from app.web.rights import right_of
from tests.laid import lay

TABLE = Path(__file__).with_name("rights.csv")
"""Read by a person when it changes: a new line is a new door."""
EVERYBODY = "everybody"
TOKEN = "token"
"""Begins what is said of a route of the API: no cookie opens it, only a program's token, of the scope that follows."""
Row = tuple[str, str, str]
"""Route, method, roles with a space between."""


def rows(app: Flask) -> list[Row]:
    """Return what the routing table says."""
    found = []
    for rule in app.url_map.iter_rules():
        named = right_of(app, rule.endpoint)
        who = EVERYBODY if named and named.everyone else " ".join(sorted(named.roles)) if named else ""
        who = f"{TOKEN} {named.scope}" if named and named.scope else who
        found += [(rule.rule, method, who) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found)


def table() -> list[Row]:
    """Return what was read and kept."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return [(row["route"], row["method"], row["who"]) for row in csv.DictReader(file)]


def write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=lay(Path(folder))), cost=CHEAP)  # type: ignore[call-arg]  # the rest has defaults
        found = rows(app)
        house_of(app).close()
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("route", "method", "who"))
        out.writerows(found)


if __name__ == "__main__":
    write()
    sys.stderr.write(f"wrote {TABLE.name}\n")
