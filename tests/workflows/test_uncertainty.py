"""How far a weighing may be off, by hand and by the code: what adds up, what cancels, what a chance is called (R12, R13)."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from tests.workflows.example import BALANCE, RECIPE, Bench, measured_density, weigh
from workflows import budgets, uncertainty
from workflows.evidence import Weighing
from workflows.lines import NOT_STATED
from workflows.preparation import Preparation
from workflows.sheet import sheet
from workflows.uncertainty import Guard, Term, chance_outside, stated
from workflows.upcasting import upcast
from workflows.wording import chance_words

STRONG = replace(
    RECIPE,
    reconstitution=replace(RECIPE.reconstitution, mode="B", displacement_ml=D("0.3")),  # type: ignore[type-var]  # a powder
)


def made(recipe: Any = RECIPE) -> Preparation:
    bench = Bench(recipe=recipe)
    bench.until_drawn()
    assert bench.p is not None
    return bench.p


@pytest.fixture(scope="module")
def drawn() -> Preparation:
    return made()


def terms(guard: Guard | None) -> dict[str, D]:
    assert guard is not None
    return {term.what: round(term.u, 4) for term in guard.terms}


def test_r12_r13_the_worked_example_by_hand(drawn: Preparation) -> None:
    """docs/decisions/0033: syringe 1 holds 24.55 g; s 0.004 g, d 0.01 g, density 1.009 ± 0.0005 g/mL."""
    guard = budgets.of_difference(drawn, "syringe-full:1")
    assert terms(guard) == {
        "repeatability": D("0.0057"),  # √2 · 0.004
        "readability": D("0.0041"),  # √2 · 0.01 / √12
        "sensitivity": D("0.0142"),  # 24.55 · 0.001 / √3
        "density": D("0.0122"),  # 24.55 · 0.0005 / 1.009
    }
    assert guard is not None
    assert (round(guard.u, 4), round(guard.expanded, 3)) == (D("0.0199"), D("0.040"))
    assert guard.clear


def test_what_is_wrong_alike_in_two_draws_adds_up_and_what_is_chance_does_not(drawn: Preparation) -> None:
    found = terms(budgets.of_dose(drawn))
    assert found["density"] == round(D("968.4836") * D("0.0005") / D("1.009"), 4)
    assert found["repeatability"] == round(D(2) * D("0.004") * D(20) / D("1.009"), 4)  # four readings: √4 · s


def test_r5_where_the_dose_is_worked_out_with_the_weighed_diluent_a_balance_wrong_by_a_factor_cancels() -> None:
    """Diluent and draw are wrong by the same factor: only the powder's part of the liquid, 0.3 of 25.3 mL, does not cancel."""
    guard, label = budgets.of_dose(made(STRONG)), budgets.of_dose(made())
    assert terms(guard)["sensitivity"] < terms(label)["sensitivity"] / 50
    assert terms(guard)["strength"] > 0
    strength = budgets.of_strength(made(STRONG), 1)
    assert terms(strength)["displacement"] == round(D("0.3") * D("0.1") / D(3).sqrt() / D("25.2452") * D("19.806"), 4)


def test_r12_a_calculated_density_is_the_greatest_doubt(drawn: Preparation) -> None:
    calculated = replace(measured_density("1.009"), basis="calculated", uncertainty_g_per_ml=D("0.01"))
    guard = budgets.of_dose(made(replace(RECIPE, density=calculated)))
    assert guard is not None
    assert guard.expanded > D("0.019") * guard.found


def test_a_reading_keeps_what_its_own_balance_could_do_and_no_others() -> None:
    reading = weigh("20.00")
    kept = stated(reading, BALANCE)
    assert isinstance(kept, Weighing)
    assert (kept.division_g, kept.repeatability_g, kept.qualified_at) == (D("0.01"), D("0.004"), None)
    assert stated(kept, replace(BALANCE, serial="ANOTHER")) is kept
    liar = replace(reading, repeatability_g=D(0), division_g=D(0))
    assert stated(liar, BALANCE) == kept


def test_q11_readings_of_before_state_nothing_and_the_record_says_so(drawn: Preparation) -> None:
    data = {"slot": "bag-before", "evidence": {"kind": "weighing", "g": "1.0"}, "cosigned": None}
    for kind, shape in (("accepted", 3), ("rejected", 2)):
        read = upcast(kind, shape, data)["evidence"]
        assert (read["division_g"], read["repeatability_g"], read["qualified_at"]) == (None, None, None)
    old = {slot: replace(one, evidence=_unstated(one.evidence)) for slot, one in drawn.entries.items()}
    unstated = {slot: tuple(_unstated(one) for one in load) for slot, load in drawn.loads.items()}
    p = replace(drawn, entries=old, loads=unstated)
    assert budgets.of_dose(p) is None
    assert next(line for line in sheet(p) if line.what == "DOSE").expanded == NOT_STATED


def _unstated(evidence: Any) -> Any:
    silent = {"division_g": None, "repeatability_g": None}
    return replace(evidence, **silent) if isinstance(evidence, Weighing) else evidence


def test_the_chance_is_that_of_the_normal_distribution() -> None:
    one = D(1)
    assert chance_outside(D(0), -one, one, one) == pytest.approx(0.3173, abs=1e-4)
    assert chance_outside(D(0), D(-100), D(2), one) == pytest.approx(0.02275, abs=1e-5)
    assert chance_outside(D(3), D(-100), D(2), one) == pytest.approx(0.8413, abs=1e-4)


def test_a_guard_of_one_expanded_uncertainty_keeps_the_stated_bound() -> None:
    """At the edge of the narrowest window that is still worked in, where both sides count."""
    u = D("0.01")
    half = uncertainty.COVERAGE * u / uncertainty.ROOM
    edge = Guard(half - uncertainty.COVERAGE * u, -half, half, (Term("all", u, ""),), "g")
    assert edge.clear
    assert edge.chance <= float(uncertainty.BOUND)


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "less than 1 in 1,000,000"),
        (2e-5, "less than 1 in 10,000"),
        (0.00043, "about 1 in 2,300"),
        (0.0228, "about 1 in 44"),
        (0.5, "about 50 in 100"),
    ],
)
def test_a_chance_in_words(chance: float, words: str) -> None:
    assert chance_words(chance) == words
