"""The i.v. bag is walked with two things out of the ordinary at once, a cassette with one of every kind."""

from collections.abc import Callable

import pytest

from workflows.library import CADD_CASSETTE, IV_BAG
from workflows.walk import walk
from workflows.worlds import DEEPER
from workflows.worlds_of_additions import DEEPER_ADDED
from workflows.worlds_of_pumps import DEEPER_CASSETTES
from workflows.worlds_of_sharing import DEEPER_SHARED


@pytest.mark.soak
def test_every_property_holds_with_two_departures_at_once(counted: Callable[..., None]) -> None:
    report = walk(IV_BAG, DEEPER)
    assert [one.counterexample for one in report.properties if not one.held] == []
    counted("walked with two departures, every property holds", states=report.states, attempts=report.attempts)


@pytest.mark.soak
def test_every_property_of_a_cassette_holds_with_any_one_departure(counted: Callable[..., None]) -> None:
    report = walk(CADD_CASSETTE, DEEPER_CASSETTES)
    assert [one.counterexample for one in report.properties if not one.held] == []
    counted("a cassette walked with each departure", states=report.states, attempts=report.attempts)


@pytest.mark.soak
def test_r32_every_property_of_shared_vials_holds_with_something_done_again(counted: Callable[..., None]) -> None:
    report = walk(IV_BAG, DEEPER_SHARED)
    assert [one.counterexample for one in report.properties if not one.held] == []
    counted("shared vials walked with something done again", states=report.states, attempts=report.attempts)


@pytest.mark.soak
def test_r29_every_property_holds_where_a_policy_adds_and_moves_with_something_done_again(
    counted: Callable[..., None],
) -> None:
    report = walk(IV_BAG, DEEPER_ADDED)
    assert [one.counterexample for one in report.properties if not one.held] == []
    counted("a policy's additions walked with something done again", states=report.states, attempts=report.attempts)
