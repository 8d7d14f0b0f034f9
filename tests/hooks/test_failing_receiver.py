"""A receiver that fails as it likes hears every message, each preparation's in order, none twice once it was taken."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import now
from app.record import outbox
from tests.hooks.test_webhooks import far_side, telling

FAILS = (500, 503, 429, 408)
SEED = 7


@pytest.mark.parametrize(
    ("preparations", "each"), [(3, 3), pytest.param(200, 5, marks=pytest.mark.soak)], ids=["sample", "whole"]
)
def test_a_receiver_that_fails_at_random_hears_everything_in_order(
    tmp_path: Path, preparations: int, each: int
) -> None:
    chance = random.Random(SEED)
    with far_side() as far, telling(tmp_path, far) as (rooms, _, post):
        at = now()
        post._now = lambda: at

        def work(conn: object) -> None:
            for version in range(1, each + 1):
                for number in range(preparations):
                    said = {
                        "preparation": f"P{number}",
                        "version": version,
                        "resource": "Task",
                        "id": f"{number}-{version}",
                    }
                    outbox.put(
                        conn,  # type: ignore[arg-type]  # the store's own
                        kind="hook/H1", lane=f"hook/H1/P{number}", payload=said, at=at, command_id=f"{number}-{version}",
                    )  # fmt: skip

        rooms.store.write(work)
        taken: list[str] = []
        for _ in range(preparations * each * 40):
            far.answers = [chance.choice((*FAILS, 204, 204, 204))]
            wanted = far.answers[0]
            if post.step():
                taken += [far.heard[-1][0]["Vialtrace-Id"]] if wanted == 204 else []
            elif len(taken) == preparations * each:
                break
            else:
                at += timedelta(seconds=5)
        assert Counter(taken) == Counter(
            f"{number}-{version}" for number in range(preparations) for version in range(1, each + 1)
        )
        for number in range(preparations):
            mine = [int(one.partition("-")[2]) for one in taken if one.partition("-")[0] == str(number)]
            assert mine == sorted(mine)
        bodies: dict[str, set[bytes]] = {}
        for head, body in far.heard:
            bodies.setdefault(head["Vialtrace-Id"], set()).add(body)
        assert all(len(found) == 1 for found in bodies.values())
