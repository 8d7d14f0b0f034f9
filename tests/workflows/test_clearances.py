"""What must be confirmed of an order before it is made: which orders, how long it counts, what it holds back and what not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cast import PAM
from tests.workflows.answers import done, refused, would
from tests.workflows.example import POLICY, START, Bench
from workflows import commands as asked
from workflows.clearances import Clearance, Requirement, lacking, why_not
from workflows.events import Claimed

OK = Requirement("OK to treat", "OK to treat", anew=True, until_release=True)
APPROVAL = Requirement(
    "approval", "financial approval", drugs=("cyclophosphamide",), payers=("Plan A",), numbered=True, dated=True
)
LENALIDOMIDE = Requirement(
    "lenalidomide safety programme",
    "safety programme",
    drugs=("lenalidomide",),
    numbered=True,
    hours=24,
    most_days=28,
    no_refills=True,
)
TOLD = Clearance("OK to treat", 1, "Dr Demo", START - timedelta(hours=1), "pam", "Pam Pharmacist")
APPROVED = replace(TOLD, requirement="approval", number="A-17", until=START + timedelta(days=90))
PROGRAMME = replace(TOLD, requirement=LENALIDOMIDE.name, number="C-900", days_supply=28, refills=0)
BOTH = (TOLD, APPROVED)


@pytest.fixture
def bench() -> Bench:
    """Whose policy asks for OK to treat of every order, and for an approval of what Plan A pays."""
    return Bench(policy=replace(POLICY, requires=(OK, APPROVAL, LENALIDOMIDE)))


def test_r57_what_is_not_confirmed_holds_back_the_work_and_not_the_pharmacists_look(bench: Bench) -> None:
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    decision = would(bench, asked.Claim())
    assert refused(decision) == "NOT_CLEARED"
    assert "OK to treat is not confirmed yet. approval is not confirmed yet." in decision.says
    assert "approval" in would(bench, asked.Claim(), clearances=(TOLD,)).says
    assert done(would(bench, asked.Claim(), clearances=BOTH)) == Claimed("HOOD-1", BOTH)


@pytest.mark.parametrize(
    ("drug", "payer", "asks"),
    [
        ("cyclophosphamide", "Plan A", ["OK to treat", "approval"]),
        ("cyclophosphamide", "Plan B", ["OK to treat"]),
        ("cyclophosphamide", "", ["OK to treat", "approval"]),
        ("paclitaxel", "Plan A", ["OK to treat"]),
        ("lenalidomide", "Plan B", ["OK to treat", "lenalidomide safety programme"]),
    ],
)
def test_g42_it_is_asked_by_drug_and_payer_and_of_an_order_whose_payer_nobody_knows(
    drug: str, payer: str, asks: list[str]
) -> None:
    assert [one.name for one in (OK, APPROVAL, LENALIDOMIDE) if one.asked_of(drug, payer)] == asks


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (PROGRAMME, ""),
        (replace(PROGRAMME, number=" "), "Give the number"),
        (replace(PROGRAMME, confirmed_by=""), "Say who confirmed it."),
        (replace(PROGRAMME, days_supply=29), "At most 28 days' supply may be dispensed; it is 29."),
        (replace(PROGRAMME, days_supply=None), "it is not said"),
        (replace(PROGRAMME, days_supply=0), "it is 0"),
        (replace(PROGRAMME, refills=1), "There may be no refills; it is 1."),
        (replace(PROGRAMME, refills=None), "no refills; it is not said"),
        (replace(PROGRAMME, given_at=START - timedelta(hours=24)), "It ran out at 2026-11-23 15:00 UTC."),
        (replace(PROGRAMME, given_at=START - timedelta(hours=23, minutes=59)), ""),
        (replace(PROGRAMME, until=START - timedelta(minutes=1)), "It ran out at 2026-11-23 14:59 UTC."),
        (replace(PROGRAMME, given_at=START + timedelta(minutes=1)), "still to come"),
    ],
)
def test_r57_g39_a_safety_programmes_number_counts_24_hours_for_28_days_without_refills(
    given: Clearance, says: str
) -> None:
    found = " ".join(why_not(LENALIDOMIDE, given, START))
    assert (says in found) if says else not found, found


def test_g42_an_approval_that_ran_out_blocks_again_and_the_newest_counts() -> None:
    over = replace(APPROVED, until=START)
    assert lacking((APPROVAL,), (over,), 1, START) == ("approval: It ran out at 2026-11-23 15:00 UTC.",)
    assert lacking((APPROVAL,), (over, APPROVED), 1, START) == ()
    assert "ran out" in lacking((APPROVAL,), (APPROVED, over), 1, START)[0]


def test_r57_a_changed_order_is_cleared_to_treat_anew_and_its_approval_stands() -> None:
    assert lacking((OK, APPROVAL), BOTH, 2, START) == (
        "OK to treat was confirmed for an earlier version of the order.",
    )


def test_r57_nothing_is_signed_or_leaves_once_ok_to_treat_was_taken_back_and_a_late_approval_stops_nothing(
    bench: Bench,
) -> None:
    bench.cleared = BOTH
    bench.until_check()
    approve = asked.Submit("approve", bench.sign("approved for release"))
    assert refused(would(bench, approve, PAM, clearances=(APPROVED,))) == "NOT_CLEARED"
    done(would(bench, approve, PAM, clearances=(TOLD, replace(APPROVED, until=START))))


@pytest.mark.parametrize("payer", ["Assurance Santé", "Assurance Sante\u0301", "ASSURANCE SANTE", "Ａssurance Sante"])
def test_g42_a_payer_with_or_without_its_accents_is_asked_the_same(payer: str) -> None:
    for named in ("Assurance Santé", "Assurance Sante"):
        asked_of = replace(APPROVAL, drugs=(), payers=(named,)).asked_of
        assert asked_of("cyclophosphamide", payer)
        assert not asked_of("cyclophosphamide", "Assurance Autre")


def test_a_drug_or_payer_written_otherwise_is_asked_all_the_same() -> None:
    asked_of = replace(APPROVAL, drugs=("Cyclophosphamide ",), payers=("PLAN A",)).asked_of
    assert asked_of("cyclophosphamide", "Plan A")
    assert not asked_of("paclitaxel", "Plan A")
    assert not asked_of("cyclophosphamide", "Plan B")


@pytest.mark.parametrize(
    "payer", ["Demo Plan, Inc.", "DEMO-PLAN PPO", " demo  plan", "DemoPlan", "The Demo Plan of Illinois"]
)
def test_g42_a_payer_in_another_spelling_leaves_no_requirement_unasked(payer: str) -> None:
    asked_of = replace(APPROVAL, drugs=(), payers=("Demo Plan",)).asked_of
    assert asked_of("cyclophosphamide", payer)
    assert not asked_of("cyclophosphamide", "Other Insurance")
