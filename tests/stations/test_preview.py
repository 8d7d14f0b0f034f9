"""A live weight against what is wanted: prompts, the bar, the arithmetic, and when it may be taken."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.stations.pan import Glance
from app.stations.preview import place, preview
from tests.workflows.example import IV_BAG, Bench, weigh
from workflows.preparation import Preparation
from workflows.steps import Slot

EPOCH = "1.0.0"


def at_draw() -> tuple[Preparation, Slot]:
    """Syringe 1 waits to be weighed full: it was 18.42 g empty."""
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    assert bench.p is not None
    return bench.p, IV_BAG.open_slots(bench.p)[0]


def glance(value: str, **given: object) -> Glance:
    fields: dict[str, object] = {
        "state": "ready", "says": "", "value": value, "unit": "g", "settled": True, "settled_s": 9.0, "armed": True,
        "empty": False, "epoch": EPOCH,
    }  # fmt: skip
    return Glance(**(fields | given))  # type: ignore[arg-type]  # a test's table


def test_inside_its_window_a_load_is_ready_after_two_seconds_with_the_arithmetic() -> None:
    p, slot = at_draw()
    assert not preview(p, slot, glance("42.97", settled_s=1.9)).ready
    seen = preview(p, slot, glance("42.97", settled_s=2.0))
    assert (seen.ready, seen.inside, seen.prompt) == (True, True, "")
    assert seen.formula == "full 42.97 g − empty 18.42 g = 24.55 g = 24.33 mL = 486.6 mg   +0.3 %"
    assert seen.place == 51


def test_outside_its_window_a_load_is_ready_after_three_seconds() -> None:
    p, slot = at_draw()
    assert not preview(p, slot, glance("45.32", settled_s=2.9)).ready
    seen = preview(p, slot, glance("45.32", settled_s=3.0))
    assert (seen.ready, seen.inside, seen.place) == (True, False, 95)
    assert seen.formula.endswith("+9.9 %")


@pytest.mark.parametrize(
    ("given", "prompt"),
    [
        ({"value": "0.00", "empty": True, "armed": False}, "Put it on the pan."),
        ({"value": "18.00"}, "Lighter than before: put the syringe on the pan."),
        ({"value": "12.00", "settled": False, "settled_s": 0.0}, ""),
        ({"value": "42.97", "armed": False}, "Take the load off the pan."),
        ({"value": "12.00", "armed": False, "settled": False, "settled_s": 0.0}, "Take the load off the pan."),
    ],
)
def test_what_is_no_result_is_a_prompt(given: dict[str, object], prompt: str) -> None:
    p, slot = at_draw()
    seen = preview(p, slot, glance(str(given.pop("value")), **given))
    assert (seen.prompt, seen.ready, seen.inside) == (prompt, False, None)


def test_a_load_in_motion_is_never_ready() -> None:
    p, slot = at_draw()
    assert not preview(p, slot, glance("42.97", settled=False, settled_s=0.0)).ready


def test_another_epoch_makes_both_readings_void_whatever_lies_there() -> None:
    p, slot = at_draw()
    seen = preview(p, slot, glance("42.97", epoch="2.0.0"))
    assert (seen.void, seen.ready) == (True, False)
    assert "both readings are void" in seen.prompt


def test_a_first_reading_has_no_bar_and_is_ready_once_settled() -> None:
    bench = Bench()
    bench.until_reconstituted()
    assert bench.p is not None
    seen = preview(bench.p, IV_BAG.open_slots(bench.p)[0], glance("18.42"))
    assert (seen.ready, seen.inside, seen.place, seen.formula) == (True, None, None, "")


def test_the_bar_is_centred_on_the_expected_mass_and_its_window_is_where_it_is_drawn() -> None:
    p, _ = at_draw()
    aim = p.plan.draw
    assert place(aim.expected_g, aim) == 50
    assert [place(g, aim) for g in (aim.low_g, aim.high_g)] == [27, 72]
    assert [place(g, aim) for g in (Decimal(0), Decimal(99))] == [0, 100]
