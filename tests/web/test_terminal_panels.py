"""Borders of the terminal: every kind of evidence has a panel, every card on a screen does something."""

from __future__ import annotations

from app.web.station import acts, draw, panels
from labels.wording import card_words, typing_words
from workflows.library import LIBRARY


def test_every_kind_of_evidence_that_a_technician_hands_in_has_a_panel() -> None:
    needed = {step.needs for workflow in LIBRARY.values() for step in workflow.steps() if step.by == "technician"}
    assert needed <= set(draw._PANELS)


def test_every_card_that_counts_somewhere_does_something_and_is_printed() -> None:
    counted = {word for words in panels.WORDS.values() for word in words} | set(panels.EVERYWHERE)
    assert counted == set(acts.ACTS) | set(acts.NUMBERS)
    assert set(acts.ACTS) <= set(card_words())
    assert set(acts.NUMBERS) <= set(typing_words())
