"""The i.v. bag is walked with two things out of the ordinary at once."""

from collections.abc import Callable

import pytest

from workflows.library import IV_BAG
from workflows.walk import walk
from workflows.worlds import DEEPER


@pytest.mark.soak
def test_every_property_holds_with_two_departures_at_once(counted: Callable[..., None]) -> None:
    report = walk(IV_BAG, DEEPER)
    assert [one.counterexample for one in report.properties if not one.held] == []
    counted("walked with two departures, every property holds", states=report.states, attempts=report.attempts)
