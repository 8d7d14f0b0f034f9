"""Borders of the terminal: every kind of evidence has a panel, every card on a screen does something."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, FileSystemLoader

import app.web
from app.web.station import acts, draw, panels
from labels.wording import card_words, typing_words
from workflows.library import LIBRARY
from workflows.preparation import Preparation


def test_every_kind_of_evidence_that_a_technician_hands_in_has_a_panel() -> None:
    needed = {step.needs for workflow in LIBRARY.values() for step in workflow.steps() if step.by == "technician"}
    assert needed <= set(draw._PANELS)


def test_every_card_that_counts_somewhere_does_something_and_is_printed() -> None:
    counted = {word for words in panels.WORDS.values() for word in words} | set(panels.EVERYWHERE)
    assert counted == set(acts.ACTS) | set(acts.NUMBERS)
    assert set(acts.ACTS) <= set(card_words())
    assert set(acts.NUMBERS) <= set(typing_words())


def test_a_final_label_is_drawn_on_what_it_belongs_on() -> None:
    drawing = Environment(loader=FileSystemLoader(Path(app.web.__file__).parent / "templates"), autoescape=True)
    draw_one = drawing.get_template("pictures.html").module.draw  # type: ignore[attr-defined]  # a macro
    kinds = {container for workflow in LIBRARY.values() for container in workflow.makes} - {"minibag", "capsules"}
    drawn = {
        str(draw_one(panels._labelled(_on(container), container))).partition("<figcaption>")[0] for container in kinds
    }
    assert len(drawn) == len(kinds) == 6


def _on(container: str) -> Preparation:
    made = Preparation.__new__(Preparation)
    object.__setattr__(made, "planned", SimpleNamespace(container=container))
    return made
