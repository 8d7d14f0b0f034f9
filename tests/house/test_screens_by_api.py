"""What the screens do, a program does: docs/api.md names the operations, or the reason why not, for every route there is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from app.api import document
from app.api.admission import ANY
from app.api.operations import OPERATIONS, Operation
from app.people.tokens import SCOPES
from tests.house.tree import ROOT
from tests.web.rights import EVERYBODY, TOKEN, table

LEAST_REASON = 20
"""Letters that a reason must have."""
OTHER_DOORS = ("/fhir", "/static", "/api/")
"""Not of the screens."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    routes: tuple[str, ...]
    operations: tuple[str, ...]
    reason: str


def rows() -> list[Row]:
    text = (ROOT / "docs" / "api.md").read_text("utf-8").split("## What the screens do")[1]
    lines = [re.split(r"(?<!\\)\|", line)[2:4] for line in text.splitlines() if line.startswith("| ")][1:]
    found = []
    for routes, api in lines:
        named = tuple(one.replace(r"\|", "|") for one in re.findall(r"`((?:GET|POST) [^`]+)`", routes))
        operations, _, reason = api.partition("screen: ")
        found.append(Row(named, tuple(re.findall(r"`([a-z_]+)`", operations)), reason.strip()))
    return found


def screens() -> dict[str, set[str]]:
    """Every route of the screens, with who may."""
    return {
        f"{method} {route}": set(who.split())
        for route, method, who in table()
        if not who.startswith(TOKEN) and not route.startswith(OTHER_DOORS)
    }


assert document.DESCRIBED, "the operations are those of the document"


def named(name: str) -> Operation:
    return next(one for one in OPERATIONS if one.name == name)


def test_every_route_of_the_screens_stands_in_the_table_once() -> None:
    listed = Counter(route for row in rows() for route in row.routes)
    assert set(listed) == set(screens()), "say in docs/api.md how a program does it, or why none does"
    assert [route for route, times in listed.items() if times > 1] == []


def test_each_line_names_operations_that_there_are_or_says_why_there_is_none() -> None:
    for row in rows():
        assert row.operations or len(row.reason) >= LEAST_REASON, row
        assert set(row.operations) - {"dry_run"} <= {one.name for one in OPERATIONS}, row
    told = {name for row in rows() for name in row.operations}
    assert {one.name for one in OPERATIONS} - told == set(), "an operation that does what no screen does"


def test_no_program_does_for_somebody_what_their_role_does_not_do_on_a_page() -> None:
    pages, wrong = screens(), []
    for one in OPERATIONS:
        routes = [route for row in rows() if one.name in row.operations for route in row.routes]
        acts = [route for route in routes if route.startswith("POST")] if one.keyed else []
        may = {role for route in acts or routes for role in pages[route]}
        beyond = set(one.roles or (SCOPES[one.scope].roles if one.scope != ANY else ())) - may
        if beyond and EVERYBODY not in may:
            wrong.append((one.name, sorted(beyond)))
    assert wrong == [], wrong
