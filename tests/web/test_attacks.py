"""What a thief, a stranger or a colleague tries over HTTP is refused, moves nothing, and can be read afterwards.

Read afterwards means: a row of the refusals or of the site's own stream, or a line of the log with route and status.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from app import logs
from tests.people.cast import PAM
from tests.web.attacks import door, forging, place, reaching, steps
from tests.web.attacks.scene import ATTACKS, Scene
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, token_of
from tests.web.desk import loaded

FILES = (door, place, forging, steps, reaching)
"""Imported for the attacks they enter."""
REFUSED = frozenset({302, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429})
"""302 only to a door: nobody is let in by it."""
DOORS = ("/sign-in", "/terminal/HOOD-1", "/terminal/HOOD-2")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:]
    logs.start("json", written)
    yield written
    root.handlers[:] = before
    logging.captureWarnings(False)


def kept(scene: Scene, lines: io.StringIO) -> int:
    """How much there is to read: refusals, acts on the site's stream, and log lines of requests that were not served."""
    with scene.pharmacy.house.store.reading() as conn:
        rows = conn.exec_driver_sql(
            "SELECT (SELECT count(*) FROM refusal) + (SELECT count(*) FROM event WHERE preparation LIKE 'site/%')"
        ).scalar_one()
    requests = [json.loads(line) for line in lines.getvalue().splitlines()]
    return int(rows) + sum(one["event"] == "request" and one["status"] in REFUSED for one in requests)


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_is_refused_moves_nothing_and_can_be_read_afterwards(
    what: str, pharmacy: Pharmacy, checked: Making, lines: io.StringIO
) -> None:
    scene = Scene(pharmacy, checked)
    before, read = loaded(pharmacy, checked.id), kept(scene, lines)
    for answer in ATTACKS[what](scene):
        assert answer.status_code in REFUSED, (what, answer.status_code, answer.text[:300])
        if answer.status_code == 302:
            assert answer.location.split("?")[0] in DOORS, answer.location
        assert "Traceback" not in answer.text
    after = loaded(pharmacy, checked.id)
    assert (after.version, after.digest, after.outcome) == (before.version, before.digest, before.outcome)
    assert kept(scene, lines) > read


def test_there_are_fifty_attacks() -> None:
    assert len(ATTACKS) >= 50


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/me%0d%0aX: 1"]
)
def test_a_sign_in_leads_to_no_foreign_page(pharmacy: Pharmacy, where: str) -> None:
    client = pharmacy.client()
    token = token_of(client.get("/sign-in", query_string={"next": where}))
    form = {"user": PAM.user, "password": PAM.password, "csrf_token": token, "next": where}
    answer = client.post("/sign-in", query_string={"next": where}, data=form)
    assert answer.status_code == 302
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert "X" not in answer.headers
