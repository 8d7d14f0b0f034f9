"""Ten thousand tamperings of a record of a hundred thousand events: each is found, and nothing that nobody touched is named."""

from __future__ import annotations

import random
from collections import Counter as Tally
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
    hundred_sites: Large, tmp_path: Path, part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = campaign(hundred_sites, tmp_path, seed=part, instances=2500, untouched=7)
    with capsys.disabled():
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.items()))
        print(
            f"\ntampering, part {part + 1} of 4, a hundred sites of 1,000 events: {found.total()} of {found.total()} ({kinds})"
        )


@pytest.mark.soak
@pytest.mark.usefixtures("whole_list")
def test_q60_forty_tamperings_of_one_chain_of_a_hundred_thousand_events_are_found(
    tmp_path: Path, migrated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One at a time, on one site: slow, and nothing else is in the way of being found."""
    large = many_sites.lay(tmp_path, migrated, sites=1, each=100_000)
    found = Tally[str]()
    for seed in range(8):
        found += campaign(large, tmp_path / str(seed), seed, instances=5, untouched=0)
    with capsys.disabled():
        print(f"\ntampering, one chain of 100,000 events: {found.total()} of {found.total()}")
