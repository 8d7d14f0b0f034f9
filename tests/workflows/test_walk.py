"""Every workflow is walked: every property holds, every command and event occurs, every rule finds something."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from tests.workflows.signing import Key, together, walked_each, worlds_signed
from workflows import commands, edges, events, judging
from workflows.library import LIBRARY
from workflows.procedure import approvals
from workflows.small_pharmacies import WALKED
from workflows.walk import Report, Tally, report_of, walk

LONG = {
    "a liquid that a pharmacist has made by another recipe",
    "two vials of a powder, drawn by their actual strength",
    "two vials of a powder in one syringe, drawn by their actual strength, vials weighed again",
    "two vials of a powder that nobody weighs after the draws",
}
"""Worlds that take as long as most others together: walked in soak alone, and by `vialtrace workflow check`."""
ALL = [(name, number) for name, worlds in WALKED.items() for number in range(len(worlds))]
SHORT = [(name, number) for name, number in ALL if WALKED[name][number].name not in LONG]
LEAST = {
    "iv-bag-gravimetric": (5_000, 1_000_000, 300),
    "iv-syringe-gravimetric": (1_500, 300_000, 100),
    "oral-count": (1_000, 200_000, 120),
    "oral-liquid-gravimetric": (800, 150_000, 60),
    "cadd-cassette-gravimetric": (500, 100_000, 50),
    "elastomeric-pump-gravimetric": (500, 100_000, 50),
    "iv-bag-by-volume": (600, 100_000, 50),
    "iv-syringe-by-volume": (200, 30_000, 20),
}
"""States, attempts and releases that a walk has to have seen."""
every_workflow = pytest.mark.parametrize("name", LIBRARY)


def by_workflow(keys: list[Key]) -> dict[str, list[Tally]]:
    found = walked_each(keys)
    return {name: [tally for (of, _), tally in found.items() if of == name] for name in LIBRARY}


@pytest.fixture(scope="module")
def tallies() -> dict[str, list[Tally]]:
    """Every world of every workflow but the long ones, walked whole, as `vialtrace workflow check` walks them."""
    return by_workflow(SHORT)


@pytest.fixture(scope="module")
def reports(tallies: dict[str, list[Tally]]) -> dict[str, Report]:
    return {name: report_of(LIBRARY[name], tallies[name], 0.0) for name in LIBRARY}


@every_workflow
def test_q16_every_property_holds(name: str, reports: dict[str, Report]) -> None:
    report = reports[name]
    assert [one.id for one in report.properties][:9] == list(range(1, 10))
    assert [one.counterexample for one in report.properties if not one.held] == []
    assert report.held


def test_l3_a_syringe_has_sentences_of_its_own(reports: dict[str, Report]) -> None:
    own = [one.says for one in reports["iv-syringe-gravimetric"].properties[9:-2]]
    assert len(own) == 3
    assert ["vinca drug" in own[0], "intrathecal dose" in own[1]] == [True, True]
    assert "VINCA_NOT_IN_A_BAG" in reports["iv-syringe-gravimetric"].codes
    assert [one.id for one in reports["iv-bag-gravimetric"].properties[9:]] == [20, 17]


@every_workflow
def test_whatever_has_a_concentration_is_held_to_its_final_limits(name: str, reports: dict[str, Report]) -> None:
    said = {one.id: one.says for one in reports[name].properties}
    assert ("concentration in its final container" in said.get(20, "")) != LIBRARY[name].counts
    fixed = LIBRARY[name].counts or name in ("oral-liquid-gravimetric", "iv-syringe-by-volume")  # always the vial's own
    assert ("FINAL_OUTSIDE" in reports[name].codes) != fixed


def test_r54_a_count_has_sentences_of_its_own(reports: dict[str, Report]) -> None:
    said = {one.id: one.says for one in reports["oral-count"].properties}
    assert "counted twice" in said[3]
    assert "tray and spatula were decontaminated" in said[10]
    assert "strength times number is dose times doses" in said[11]
    assert {"COUNTS_DIFFER", "NOT_THE_NUMBER", "SPLIT_NEEDED", "NUMBER_DIFFERS"} <= reports["oral-count"].codes
    assert "the weight of the units can tell the number" in said[13]
    by_weight = {"WEIGHT_DIFFERS", "CANNOT_TELL", "NOTHING_LAID_IN", "PAIR_BROKEN", "PAIR_TOO_OLD"}
    assert by_weight <= reports["oral-count"].codes


def test_r54_a_liquid_by_mouth_has_sentences_of_its_own(reports: dict[str, Report]) -> None:
    report = reports["oral-liquid-gravimetric"]
    said = {one.id: one.says for one in report.properties[9:]}
    assert sorted(said) == [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    assert ["as an oral one" in said[12], "not shaken" in said[13], "between two marks" in said[14]] == [True] * 3
    assert [
        "once or weekly" in said[15],
        "another volume" in said[16],
        "without their number" in said[18],
        "35 days" in said[19],
    ] == [True] * 4
    assert {"NOT_AN_ORAL_SYRINGE", "WRONG_SIZE", "BETWEEN_TWO_MARKS", "ROUTE_NOT_ALLOWED", "TOO_MUCH"} <= report.codes
    assert "FREQUENCY_UNKNOWN" in report.codes


def test_r55_a_pump_has_sentences_of_its_own(reports: dict[str, Report]) -> None:
    cassette, device = (
        [one.id for one in reports[name].properties[9:]]
        for name in ("cadd-cassette-gravimetric", "elastomeric-pump-gravimetric")
    )
    assert (cassette, device) == ([12, 13, 14, 15, 20, 17], [12, 13, 14, 20, 17])
    codes = reports["cadd-cassette-gravimetric"].codes
    refused = {"LIBRARY_DIFFERS", "PROGRAMME_DIFFERS", "SECOND_PERSON", "WRONG_RESERVOIR", "DOSE_NOT_IN_VOLUME"}
    assert refused | {"VINCA_NOT_IN_A_BAG", "RATE_OFF_THE_GRID", "ENTRY_NOT_SIGNED"} <= set(codes)


@every_workflow
def test_r29_what_a_policy_adds_is_passed_nowhere_and_pictures_are_taken_where_it_says(
    name: str, reports: dict[str, Report]
) -> None:
    report = reports[name]
    assert (report.properties[-1].id, "a site's policy added" in report.properties[-1].says) == (17, True)
    points = {"added-staging", "added-drawing", "added-label", "added-check"}
    points |= {"added-mixing"} if LIBRARY[name].makes[0] in ("bag", "cassette", "elastomeric") else set()
    assert points == {step for step, _ in report.found if step.startswith("added-")}
    policies = [world.opening.policy for world in WALKED[name]]
    assert {to for policy in policies for to in policy.moves} == set(LIBRARY[name].moves())


@every_workflow
def test_doses_were_released_and_thousands_of_things_tried(name: str, reports: dict[str, Report]) -> None:
    report = reports[name]
    states, attempts, released = LEAST[name]
    assert report.states > states
    assert report.attempts > attempts
    assert report.released > released


@every_workflow
def test_every_kind_of_event_and_command_occurred(name: str, reports: dict[str, Report]) -> None:
    counts, mouth = LIBRARY[name].counts, "oral syringe" in LIBRARY[name].makes
    kept = {events.VialSetApart, events.VialKept}
    not_here = {events.Opened, events.Waived, events.RecipeAmended, *kept} if counts else {events.CountOpened}
    not_here |= {events.RecipeAmended, *kept} if LIBRARY[name].by_volume else set()
    not_here |= {events.RecipeAmended} if name == "iv-bag-gravimetric" else set()  # in a long world: see soak
    not_here |= {events.Waived, *kept} if mouth else set()
    assert reports[name].events == {kind.__name__ for kind in {*get_args(events.Event)} - not_here}
    never = {commands.Waive, commands.Redo, commands.Amend, commands.Keep} if counts else set()
    never |= {commands.Amend, commands.Keep} if LIBRARY[name].by_volume else set()
    never |= {commands.Amend} if name == "iv-bag-gravimetric" else set()
    never |= {commands.Waive, commands.Keep} if mouth else set()
    assert reports[name].commands == {kind.__name__ for kind in {*get_args(commands.Command)} - never}


@every_workflow
def test_every_rule_of_every_step_found_something_at_least_once(name: str, reports: dict[str, Report]) -> None:
    rules = {(step.name, rule.says) for step in LIBRARY[name].steps() for rule in step.must}
    assert rules - reports[name].found == set()
    assert "RULE_FAILED" not in reports[name].codes


@every_workflow
def test_each_world_behaves_as_signed(name: str, tallies: dict[str, list[Tally]]) -> None:
    signed = worlds_signed()[name]
    walked = {tally.visited.world: tally.behaviour for tally in tallies[name] if tally.visited is not None}
    assert walked == {world: signed[world] for world in signed if world not in LONG}, (
        "python -m tests.workflows.signing"
    )


@every_workflow
def test_the_signed_behaviour_is_that_of_all_its_worlds(name: str) -> None:
    signed = next(one for one in approvals() if one.name == name)
    assert signed.behaviour == together(worlds_signed()[name], name)
    assert list(worlds_signed()[name]) == sorted(world.name for world in WALKED[name])


@pytest.mark.soak
def test_every_property_holds_in_the_long_worlds_too(counted: Callable[..., None]) -> None:
    found = by_workflow([key for key in ALL if key not in SHORT])
    for name, walked in ((name, tally) for name, tallies in found.items() for tally in tallies):
        assert walked.breaches == {}
        assert walked.visited is not None
        assert walked.behaviour == worlds_signed()[name][walked.visited.world]
        assert ("RecipeAmended" in walked.events) == ("another recipe" in walked.visited.world)
        counted(walked.visited.world, states=walked.visited.states, attempts=walked.tried, released=walked.released)


def test_the_checker_asks_neither_rules_nor_decide() -> None:
    room = Path(inspect.getfile(judging)).parent
    checker = [*room.glob("properties*.py"), *room.glob("facts*.py")]
    assert len(checker) > 10
    for path in (*checker, *(room / f"{name}.py" for name in ("remembering", "judging", "margins"))):
        tree = ast.parse(path.read_text("utf-8"))
        named = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        known = {node.module for node in named} | {f"{n.module}.{one.name}" for n in named for one in n.names}
        wrong = {name for name in known if name and name.startswith(("workflows.rules", "workflows.decide"))}
        wrong |= known & {"workflows.gates", "workflows.taking_back", "workflows.gravimetry", "workflows.measured"}
        wrong |= known & {"workflows.uncertainty", "workflows.budgets", "workflows.loads"}
        assert wrong == set(), path.name


@every_workflow
def test_every_edge_of_every_rule_is_known(name: str) -> None:
    named = {edge for step in LIBRARY[name].steps() for edge in edges.tried(step)}
    assert named - set(edges.EDGES) == set()
    assert all(rule.edges for step in LIBRARY[name].steps() for rule in step.must)


@every_workflow
def test_two_walks_behave_alike(name: str) -> None:
    small = [replace(WALKED[name][1], departures=0)]
    assert walk(LIBRARY[name], small).behaviour == walk(LIBRARY[name], small).behaviour


@every_workflow
def test_a_release_is_reached_with_nothing_out_of_the_way(name: str, tallies: dict[str, list[Tally]]) -> None:
    worlds = [world for world in WALKED[name] if world.name not in LONG]
    for world, tally in zip(worlds, tallies[name], strict=True):
        assert (tally.released > 0) != bool(world.never_opened), world.name


def test_a_world_that_is_refused_for_another_reason_than_its_own_is_no_proof() -> None:
    (vinca, *_) = (one for one in WALKED["iv-syringe-gravimetric"] if one.never_opened)
    opening = replace(vinca.opening, order=replace(vinca.opening.order, route="SC"))
    with pytest.raises(ValueError, match="SC is not one of the recipe's"):
        walk(LIBRARY["iv-syringe-gravimetric"], [replace(vinca, opening=opening)])
