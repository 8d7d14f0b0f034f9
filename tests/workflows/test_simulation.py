"""With the truth known: the guard keeps false acceptance under its stated bound, and limits alone do not (R12, R14)."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.workflows.simulation import PICTURE, SETTINGS, Setting, drawn, rates
from workflows.uncertainty import BOUND

SAMPLE, MANY = 400, 100_000


def held(setting: Setting, weighings: int, seed: str) -> None:
    found = rates(setting, weighings, seed)
    assert found.guarded <= float(BOUND) < found.without, found
    assert found.stopped < 0.1


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: f"{one.dose} on a {one.balance}")
def test_r12_amounts_that_are_outside_seldom_pass_the_guard(setting: Setting) -> None:
    held(setting, SAMPLE, "sample")


@pytest.mark.soak
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: f"{one.dose} on a {one.balance}")
def test_r12_a_hundred_thousand_weighings(setting: Setting) -> None:
    held(setting, MANY, "soak")


def test_the_picture_shows_every_dose_on_every_balance() -> None:
    for text in (Path(PICTURE).read_text("utf-8"), drawn([rates(one, 5, "picture") for one in SETTINGS], 5)):
        words = " ".join(ElementTree.fromstring(text).itertext())  # our own drawing
        assert all(one.dose in words and one.balance in words for one in SETTINGS)
        assert "bound 2.5 %" in words
