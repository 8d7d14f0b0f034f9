"""Ten thousand tamperings of a record of a hundred thousand events: each is found, and nothing that nobody touched is named."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Callable
from pathlib import Path

import pytest

from app.record import verify as verifying
from app.record.keys import Keyring
from tests.record import many_sites
from tests.record.many_sites import Large


@pytest.fixture
def whole_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are tampered with at once that the list of faults must not end at a thousand."""
    monkeypatch.setattr(verifying, "MOST_FAULTS", 1_000_000)


def campaign(large: Large, folder: Path, seed: int, instances: int, untouched: int) -> Tally[str]:
    """Tamper until so many instances were found; return how many of each kind."""
    forger, chance, found = Keyring(folder / "forger"), random.Random(seed), Tally[str]()
    forger.prepare()
    assert many_sites.untouched(large) == ()
    turn = 0
    while found.total() < instances:
        turn += 1
        if turn % 10 == 0:
            made = many_sites.rolled_back(large, folder / "work.db", chance)
            found["database rolled back"] += 1
        else:
            made = many_sites.tampered(large, folder / "work.db", chance, forger, untouched)
            found += Tally(made.did.values()) + Tally({"photo swapped, changed or gone": len(made.photos)})
        assert made.misses() == [], f"seed {seed}, turn {turn}"
    return found


@pytest.mark.usefixtures("whole_list")
def test_q60_q61_two_hundred_tamperings_are_found_and_nothing_else_is_named(tmp_path: Path, migrated: Path) -> None:
    large = many_sites.lay(tmp_path, migrated, sites=20, each=100)
    found = campaign(large, tmp_path, seed=60, instances=200, untouched=3)
    assert len(found) == len(many_sites.KINDS) + 2, found


@pytest.fixture(scope="module")
def hundred_sites(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Large:
    return many_sites.lay(tmp_path_factory.mktemp("hundred"), migrated, sites=100, each=1000)


@pytest.mark.soak
@pytest.mark.usefixtures("whole_list")
@pytest.mark.parametrize("part", range(4))
def test_q60_q61_ten_thousand_tamperings_of_a_hundred_thousand_events_are_found(
    hundred_sites: Large, tmp_path: Path, part: int, counted: Callable[..., None]
) -> None:
    """Four parts of 2,500: each look at the record finds what was done to some ninety of its hundred sites."""
    found = campaign(hundred_sites, tmp_path, seed=part, instances=2500, untouched=7)
    counted("tampered with 100,000 events of 100 sites, each found and nothing else named", **numbers(found))


@pytest.mark.soak
@pytest.mark.usefixtures("whole_list")
@pytest.mark.parametrize("part", range(4))
def test_q60_twenty_tamperings_of_one_chain_of_a_hundred_thousand_events_are_found(
    tmp_path: Path, migrated: Path, part: int, counted: Callable[..., None]
) -> None:
    """Four parts of five: one at a time on one site, so that nothing else is in the way of being found."""
    large = many_sites.lay(tmp_path, migrated, sites=1, each=100_000)
    counted("tampered with one chain of 100,000 events, each found", **numbers(campaign(large, tmp_path, part, 5, 0)))


def numbers(found: Tally[str]) -> dict[str, int]:
    return {"tamperings": found.total(), **{kind.replace(" ", "_"): count for kind, count in found.items()}}
