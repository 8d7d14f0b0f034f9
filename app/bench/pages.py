"""The lists people wait for, over a record that has grown: the queue, its poll, a review, the worklist, the records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app import create_app
from app.bench.rounds import ROUNDS, Figure, Quiet, alone, timed
from app.bench.shop import Shop, names, open_shop
from app.demo.people import PEOPLE
from app.people.secrets import CHEAP

if TYPE_CHECKING:
    from flask.testing import FlaskClient

TOKEN = re.compile(r'name="csrf[-_]token" (?:value|content)="([^"]+)"')
SCANS = 2
"""Wrong scans of each preparation that only fills the record."""
WAITING = 100
"""Preparations that wait for a pharmacist, at most: a crowd, as after a night."""
LOOKS = 4
"""Times that each page is opened in a round."""


def figures(folder: Path, preparations: int) -> Iterator[Figure]:
    """Measure over so many preparations, of which a tenth or a hundred wait; the page is made in this process."""
    data = folder / f"grown-{preparations}"
    with open_shop(data) as shop:
        waiting = min(WAITING, max(1, preparations // 10))
        shop.ended("BENCHEND", SCANS)
        shop.waiting("BENCHWAI")
        shop.fill("BENCHEND", names("E", preparations - waiting))
        shop.fill("BENCHWAI", names("W", waiting))
        yield from _opened(shop, folder, preparations)


def _opened(shop: Shop, folder: Path, preparations: int) -> Iterator[Figure]:
    client = create_app(shop.settings, store=shop.store, cost=CHEAP).test_client()
    _sign_in(client)
    pages = {
        "queue of the pharmacist": "/review",
        "its poll": "/review/rows",
        "review of one": "/review/W0000000",
        "record of all": "/records",
        "its last page": f"/records?page={max(1, preparations // 300)}",
        "orders that wait": "/orders",
    }
    for name, path in pages.items():
        quiet, each = Quiet(folder), list[float]()
        for _ in range(ROUNDS * LOOKS):
            each.append(timed(lambda: _look(client, path)))  # noqa: B023  # called at once
        yield alone(f"{name}, {preparations:,} preparations", "s", each, noisy=quiet.noisy, each=each)


def _look(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status}")
    return answer.text


def _sign_in(client: FlaskClient) -> None:
    pam = next(one for one in PEOPLE if one.user == "pam")
    found = TOKEN.search(client.get("/sign-in").text)
    token = found[1] if found else ""
    answer = client.post("/sign-in", data={"user": pam.user, "password": pam.password, "csrf_token": token})
    if answer.status_code != 302:
        raise RuntimeError(f"the bench's pharmacist was not let in: {answer.status}")
