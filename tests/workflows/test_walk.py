"""The i.v. bag is walked: every property holds, every command and event occurs, every rule finds something."""

import ast
import inspect
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import get_args

import pytest

from workflows import commands, edges, events, facts, judging, margins, properties, remembering
from workflows.library import IV_BAG
from workflows.procedure import approvals
from workflows.walk import Report, Tally, report_of, walk, walk_one
from workflows.worlds import WORLDS


def walked(number: int) -> Tally:
    return walk_one(IV_BAG, WORLDS[number])


@pytest.fixture(scope="module")
def tallies() -> list[Tally]:
    """Every world, walked whole, as `vialtrace workflow check` walks them."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(walked, range(len(WORLDS))))


@pytest.fixture(scope="module")
def report(tallies: list[Tally]) -> Report:
    return report_of(IV_BAG, tallies, 0.0)


def test_q16_every_property_holds(report: Report) -> None:
    assert [one.id for one in report.properties] == list(range(1, 10))
    assert [one.counterexample for one in report.properties if not one.held] == []
    assert report.held


def test_doses_were_released_and_thousands_of_things_tried(report: Report) -> None:
    assert report.released > 300
    assert report.states > 5_000
    assert report.attempts > 1_000_000


def test_every_kind_of_event_and_command_occurred(report: Report) -> None:
    assert report.events == {kind.__name__ for kind in get_args(events.Event)}
    assert report.commands == {kind.__name__ for kind in get_args(commands.Command)}


def test_every_rule_of_every_step_found_something_at_least_once(report: Report) -> None:
    rules = {(step.name, rule.says) for step in IV_BAG.steps() for rule in step.must}
    assert rules - report.found == set()
    assert "RULE_FAILED" not in report.codes


def test_the_behaviour_is_the_signed_one(report: Report) -> None:
    signed = next(one for one in approvals() if one.name == IV_BAG.name)
    assert report.behaviour == signed.behaviour, "run `vialtrace workflow check`, then sign approved.toml"


def test_the_checker_asks_neither_rules_nor_decide() -> None:
    for module in (properties, facts, remembering, judging, margins):
        tree = ast.parse(Path(inspect.getfile(module)).read_text("utf-8"))
        named = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        known = {node.module for node in named} | {f"{n.module}.{one.name}" for n in named for one in n.names}
        wrong = {name for name in known if name and name.startswith(("workflows.rules", "workflows.decide"))}
        wrong |= known & {"workflows.gates", "workflows.taking_back", "workflows.gravimetry", "workflows.measured"}
        wrong |= known & {"workflows.uncertainty", "workflows.budgets", "workflows.loads"}
        assert wrong == set(), module.__name__


def test_every_edge_of_every_rule_is_known() -> None:
    named = {edge for step in IV_BAG.steps() for edge in edges.tried(step)}
    assert named - set(edges.EDGES) == set()
    assert all(rule.edges for step in IV_BAG.steps() for rule in step.must)


def test_two_walks_behave_alike() -> None:
    small = [replace(WORLDS[1], departures=0)]
    assert walk(IV_BAG, small).behaviour == walk(IV_BAG, small).behaviour


def test_a_release_is_reached_with_nothing_out_of_the_way(tallies: list[Tally]) -> None:
    for world, tally in zip(WORLDS, tallies, strict=True):
        assert tally.released > 0, world.name
