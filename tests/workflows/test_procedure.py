"""The signed procedure: its words are a golden page, its fingerprints are the signed ones."""

import re
from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.workflows.example import POLICY, RECIPE
from tests.workflows.signing import EXAMPLE_LINES, GOLDEN, PAGES
from workflows.library import IV_BAG, LIBRARY
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.procedure import NUMBERS, approvals, fingerprint, not_approved, procedure
from workflows.recipe import ToleranceBand
from workflows.summary import summary

SHOWN_LINES = PAGES[IV_BAG.name]


@pytest.mark.parametrize(("name", "lines"), [*PAGES.items(), ("iv-bag-cyclophosphamide", EXAMPLE_LINES)])
def test_the_page_is_the_golden_one(name: str, lines: tuple[str, ...]) -> None:
    golden = (GOLDEN / f"procedure-{name}.txt").read_text("utf-8")
    assert "\n".join(lines) + "\n" == golden, "the page changed: read it, then keep it and sign it anew"


@pytest.mark.parametrize("name", LIBRARY)
def test_every_step_and_every_rule_is_on_the_page(name: str) -> None:
    lines = PAGES[name]
    assert len(lines) > 100
    page = "\n".join(lines)
    steps = list(LIBRARY[name].steps())
    assert [line.partition(".")[0] for line in lines if line[:1].isdigit()] == [
        str(number) for number in range(1, len(steps) + 1)
    ]
    for step in steps:
        assert step.says[1:] in page
        for rule in step.must:
            assert f"- {rule.says}" in page


def test_r49_the_page_begins_with_a_line_a_rule_that_a_pharmacist_can_compare() -> None:
    short = summary(IV_BAG, RECIPE, POLICY)
    assert EXAMPLE_LINES[: len(short)] == short
    assert 25 <= len(short) <= 36
    named = [rule for line in short[1:] for rule in re.findall(r"R\d+", line[:13])]
    assert len(named) == len(set(named))
    judged = {r for step in IV_BAG.steps() for rule in step.must for r in re.findall(r"R\d+", rule.says)}
    assert judged - {"R35"} <= set(named) | {"R18"}, judged - set(named)


def test_r49_the_short_page_has_the_recipes_and_the_policys_own_numbers() -> None:
    """Each of these was changed for the test, and the line that is about it says so."""
    policy = replace(
        POLICY,
        bands=(ToleranceBand(D(1), D("0.04")), ToleranceBand(D(0), None)),
        dose_tolerance=D("0.035"),
        weigh_gate=D("0.01"),
        max_attempts=2,
        glove_minutes=20,
        pair_minutes=15,
        weigh_vials=True,
        weigh_used_syringes=True,
    )
    page = "\n".join(summary(IV_BAG, replace(RECIPE, hold=True, opened_h=D(4), vial_mg=D(400)), policy))
    for words in (
        "over 1 mL ±4 %; under 1 mL not by weight",
        "planned draws, ±3.5 %",
        "÷ 0.01 is refused: 1.16 g at d = 0.01 g",
        "2 attempts",
        "Gloves 20 minutes",
        "15 minutes at most",
        "again after the draws always",
        "each is weighed after injection",
        "within 4 hours of the first weighing",
        "25.115 g, ±5 %; strength is nominal",
        "a pharmacist approves the pictures and weights before mixing",
    ):
        assert words in page, words


def test_the_pages_numbers_are_the_recipes_and_the_policys() -> None:
    page = "\n".join(EXAMPLE_LINES)
    for words in (
        "25.115 g, 23.859 to 26.371 g",
        "Draws over 2 mL: ±5 %",
        "Draws over 0.5 mL: ±8 %",
        "Draws under 0.5 mL are not accepted by weight",
        "Dispensed against ordered, rounding included: ±10 %",
        "10019-955-01, 10019-955-50",
        "good for 30 minutes",
        "Gloves are changed after 30 minutes, the gown after 120 minutes",
        "3 times at most",
        "category 1 cabinet, 20 to 25 °C: 12 h",
        "stability of this product at 20 to 25 °C: 24 h",
        "There is no way to accept a weight outside; nobody may, whatever their role (R14).",
        "What a pharmacist may accept, with a reason of ten letters: wrong device. Everything else nobody may.",
    ):
        assert words in page, words


def test_another_number_is_another_page() -> None:
    stricter = procedure(IV_BAG, RECIPE, replace(POLICY, glove_minutes=20, max_attempts=2))
    assert fingerprint(stricter) != fingerprint(EXAMPLE_LINES)
    assert any("after 20 minutes" in line for line in stricter)
    narrow = procedure(IV_BAG, replace(RECIPE, tolerance=D("0.03")), POLICY)
    assert any("never more than ±3 %" in line for line in narrow)


def test_l3_the_syringes_page_speaks_of_no_bag_and_says_that_a_vinca_drug_is_never_made_in_one() -> None:
    page = "\n".join(PAGES[IV_SYRINGE.name])
    assert "bag" not in page
    assert (
        "L3           A vinca drug is never made in a syringe, whatever its recipe says: the order is not opened."
        in page
    )


def test_numbers_are_only_of_rules_that_are_used() -> None:
    used = {rule.says for flow in LIBRARY.values() for step in flow.steps() for rule in step.must}
    assert set(NUMBERS) <= used


def test_every_workflow_of_the_library_is_signed_by_its_words() -> None:
    signed = {(one.name, one.version): one for one in approvals()}
    assert set(signed) == {(flow.name, flow.version) for flow in LIBRARY.values()}
    for flow in LIBRARY.values():
        one = signed[flow.name, flow.version]
        assert one.demo
        assert fingerprint(PAGES[flow.name]) == one.words, "read the page, run `workflow check`, sign approved.toml"
        assert not_approved(flow, one.words, one.behaviour) == ""


def test_another_word_or_another_behaviour_is_not_signed() -> None:
    one = approvals()[0]
    assert "words" in not_approved(IV_BAG, "0" * 64, one.behaviour)
    assert "behaviour" in not_approved(IV_BAG, one.words, "0" * 64)
    assert "Nobody has signed" in not_approved(replace(IV_BAG, version=99), one.words, one.behaviour)
