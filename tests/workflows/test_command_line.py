"""`vialtrace workflow`: list, show, check."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import workflow as door
from tests.workflows.faults import without
from workflows.library import IV_BAG, LIBRARY
from workflows.rules import people
from workflows.sentences import sentences
from workflows.small_pharmacies import WALKED
from workflows.walk import Report, report_of, walk, walk_one
from workflows.worlds import ONE_OF_EACH, TWO_SYRINGES


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command; the walk is the shortest one."""

    def short(flow: Any) -> Report:
        return walk(flow, [replace(WALKED[flow.name][0], departures=0)])

    monkeypatch.setattr(door, "walked", short)
    return lambda *words: CliRunner().invoke(door.workflow, words)


def test_list_names_each_workflow(run: Any) -> None:
    answer = run("list", "--json")
    listed = [json.loads(line) for line in answer.stdout.splitlines()]
    assert listed == [{"name": name, "version": 1} for name in LIBRARY]
    assert "iv-bag-gravimetric, version 1: Makes one" in run("list").stdout


def test_show_prints_the_procedure(run: Any) -> None:
    answer = run("show", "iv-bag-gravimetric")
    assert answer.exit_code == 0
    assert answer.stdout.startswith("IN SHORT: iv-bag-gravimetric, version 1")
    assert 25 <= len(answer.stdout.splitlines()) <= 40
    whole = run("show", "iv-bag-gravimetric", "--all").stdout
    assert "PROCEDURE iv-bag-gravimetric, version 1\n" in whole
    assert len(whole.splitlines()) > 200
    shown = json.loads(run("show", "iv-bag-gravimetric", "--json").stdout)
    assert set(shown) == {"name", "version", "lines", "fingerprint"}


def test_check_gives_one_object_with_the_agreed_names(run: Any) -> None:
    answer = run("check", "iv-bag-gravimetric", "--json")
    assert answer.exit_code == 0
    found = json.loads(answer.stdout)
    assert list(found) == ["workflow", "version", "states", "attempts", "released", "properties", "seconds"]
    assert (found["workflow"], found["version"]) == ("iv-bag-gravimetric", 1)
    assert found["released"] > 0
    assert found["properties"] == [{"id": n, "says": says, "held": True} for n, says in sentences("bag").items()]


def test_check_says_it_in_words(run: Any) -> None:
    answer = run("check", "iv-bag-gravimetric")
    assert answer.exit_code == 0
    assert answer.stdout.count("  holds ") == len(sentences("bag"))
    assert "every reachable state of these worlds, each within its cut" in answer.stdout
    assert "a liquid, one vial, one syringe: " in answer.stdout
    assert "cut: no departure from a straight run stands while work goes on" in answer.stdout
    for word in ("work stopped", "a clock run out", "something done again"):
        assert word in answer.stdout
    assert "behaviour" in answer.stdout


def test_a_broken_property_is_shown_with_the_way_to_it_and_exits_with_1(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = without(people.EVERY_PHOTO_WAS_SEEN)(monkeypatch)
    monkeypatch.setitem(door.LIBRARY, IV_BAG.name, loose)
    answer = run("check")
    assert answer.exit_code == 1
    assert "BROKEN 1. Nothing is released unless a pharmacist" in answer.stdout
    assert "approve was signed with photos not seen" in answer.stdout
    assert run("check", "--json").exit_code == 1


def test_an_unknown_workflow_is_named_and_the_known_ones_too(run: Any) -> None:
    for words in (("show", "nothing"), ("check", "nothing")):
        answer = run(*words)
        assert answer.exit_code == 2
        assert "there is no workflow nothing; there are: iv-bag-gravimetric" in answer.output


def test_worlds_walked_at_once_give_the_report_of_worlds_walked_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    few = (replace(ONE_OF_EACH, departures=0), replace(TWO_SYRINGES, departures=0))
    apart = report_of(IV_BAG, [walk_one(IV_BAG, world) for world in few], 0.0)
    assert replace(apart, seconds=0.0) == replace(walk(IV_BAG, few), seconds=0.0)
    assert replace(apart, seconds=0.0) != replace(walk(IV_BAG, few[::-1]), seconds=0.0)
    assert pickle.loads(pickle.dumps(walk_one(IV_BAG, few[0]))).behaviour == walk_one(IV_BAG, few[0]).behaviour
