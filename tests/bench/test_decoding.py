"""Drawn pictures of every symbology: ours reads at least as often as zxing-cpp alone, and hands on nothing that is not there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from app.bench.decoding import Row, rows
from app.bench.photographs import KINDS, NONE, PAIR, photographs
from app.cli import main
from devices.camera.decode import SYMBOLOGIES, Decoder

SOUND = ("DataMatrix", "QRCode", "Code128")


def measured(seed: int, pictures: int) -> dict[str, Row]:
    with Decoder() as decoder:
        return {row.kind: row for row in rows(photographs(seed, pictures), decoder)}


def holds(found: dict[str, Row]) -> None:
    assert {kind: row.by["ours"].wrong for kind, row in found.items()} == dict.fromkeys(found, 0)
    for kind in SOUND:
        by = found[kind].by
        assert by["ours"].right >= by["zxing-cpp"].right, (kind, by["ours"].right, by["zxing-cpp"].right)
    assert all(row.by["ours"].verdicts["unreadable"] == 0 for row in found.values())
    assert found[NONE].by["ours"].verdicts.keys() <= {"none", "again"}
    assert found[PAIR].by["ours"].verdicts["again"] > 0


def test_a_sample_of_every_kind_is_read_as_often_as_by_zxing_cpp_and_never_wrongly() -> None:
    found = measured(20261130, 4 * len(KINDS))
    assert set(found) == set(KINDS)
    holds(found)
    assert sum(found[kind].by["ours"].right for kind in SOUND) >= 5


@pytest.mark.soak
@pytest.mark.parametrize("part", range(8))
def test_twenty_thousand_pictures_are_read_as_often_as_by_zxing_cpp_and_never_wrongly(
    part: int, counted: Callable[..., None]
) -> None:
    """Eight parts of 2,550 pictures, 150 of each kind."""
    found = measured(11 + part, 150 * len(KINDS))
    holds(found)
    right = {f"{name} {kind}": row.by[name].right for kind, row in found.items() for name in row.by if kind in SOUND}
    counted("drawn pictures decoded, no wrong identity", pictures=150 * len(KINDS), **right)


def test_every_symbology_that_is_looked_for_is_drawn_and_the_same_seed_draws_the_same() -> None:
    ours = {"EAN13": {"EAN13", "UPC-A"}, "UPCE": {"UPC-E"}}
    assert set(KINDS) - {NONE, PAIR} == {kind for name in SYMBOLOGIES for kind in ours.get(name, {name})}
    first, again = list(photographs(3, 17)), list(photographs(3, 17))
    assert first == again
    assert first != list(photographs(4, 17))
    assert all(bool(one.holds) != (one.kind == NONE) for one in first)


def test_the_command_prints_the_three_beside_each_other() -> None:
    done = CliRunner().invoke(main, ["image", "bench", "--pictures", "3", "--json"])
    assert done.exit_code == 0, done.output
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["kind"] for one in said] == list(KINDS[:3])
    assert all(list(one) == ["kind", "pictures", "zxing-cpp", "pyzbar", "ours"] for one in said)
    assert all(set(one["ours"]) == {"right", "wrong", "ms", "verdicts"} for one in said)
    table = CliRunner().invoke(main, ["image", "bench", "--pictures", "1"]).stdout
    assert table.splitlines()[-1].split()[:2] == ["DataMatrix", "1"]
