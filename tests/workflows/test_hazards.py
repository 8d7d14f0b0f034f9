"""How a drug is handled follows from the list: what is unknown, overdue or not allowed makes it stricter (R38, R39)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from workflows.hazards import (
    WEAR,
    Assessment,
    Hazard,
    a_year_after,
    activities,
    handling,
    review_alert,
    why_no_assessment,
)

TODAY = date(2026, 11, 23)
ASSESSED = Assessment(
    "AOR-7", "reproductive risk, coated tablets", "unit dose", "none", "single gloves, own tray", date(2026, 1, 5)
)
TABLET = Hazard(
    "anastrozole", "tablet", "2", True, None, manipulated=False, api=False, source="list 2024", standing="K"
)
INJECTION = replace(TABLET, drug="cyclophosphamide", form="injection", niosh_table="1", manipulated=True)


def level(one: Hazard, today: date = TODAY) -> str:
    return handling(one, today, confirmed=True).level


def test_r38_an_antineoplastic_that_is_manipulated_takes_full_containment_whatever_was_assessed() -> None:
    found = handling(replace(INJECTION, assessment=ASSESSED), TODAY, confirmed=True)
    assert found.level == "full containment"
    assert found.alert == (
        "Assessment AOR-7 cannot count: An antineoplastic that is more than counted or packaged always takes full containment."
    )


def test_r38_an_assessment_names_the_containment_that_is_used_instead_until_its_review() -> None:
    one = replace(TABLET, assessment=ASSESSED)
    assert (
        handling(one, date(2027, 1, 5), confirmed=True).why
        == "Assessment AOR-7, to be reviewed by 2027-01-05: single gloves, own tray"
    )
    assert level(one, date(2027, 1, 5)) == "alternative containment"


def test_r38_an_overdue_assessment_means_full_containment_and_an_alert() -> None:
    found = handling(replace(TABLET, assessment=ASSESSED), date(2027, 1, 6), confirmed=True)
    assert (found.level, found.alert) == ("full containment", "Assessment AOR-7 was due for review on 2027-01-05.")


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (replace(TABLET, api=True), "bulk powder"),
        (replace(TABLET, antineoplastic=None), "not recorded"),
        (INJECTION, "counted or packaged"),
        (TABLET, ""),
        (replace(INJECTION, antineoplastic=False), ""),
    ],
)
def test_r38_who_may_have_an_assessment_at_all(one: Hazard, says: str) -> None:
    assert (says in why_no_assessment(one)) if says else why_no_assessment(one) == ""
    assert (level(replace(one, assessment=ASSESSED)) == "full containment") == bool(says)


@pytest.mark.parametrize(
    ("changed", "loose"),
    [
        ({}, True),
        ({"niosh_table": ""}, False),
        ({"niosh_table": "2"}, False),
        ({"mshi": True}, False),
        ({"antineoplastic": True}, False),
        ({"api": True}, False),
    ],
)
def test_r39_only_what_was_looked_up_and_found_nowhere_is_handled_as_harmless(
    changed: dict[str, object], loose: bool
) -> None:
    plain = Hazard("rituximab", "injection", "none", False, False, manipulated=True, api=False, source="", standing="K")
    found = replace(plain, **changed)  # type: ignore[arg-type]  # what a test sets
    assert (level(found) == "no hazardous handling") is loose
    assert (activities(found, level(found)) == ()) is loose


def test_r38_what_nobody_has_signed_is_handled_as_hazardous_whatever_it_says() -> None:
    plain = Hazard("rituximab", "injection", "none", False, False, manipulated=True, api=False, source="", standing="K")
    for one in (plain, replace(TABLET, assessment=ASSESSED)):
        assert level(one) != "full containment"
        assert handling(one, TODAY, confirmed=False).level == "full containment"


def test_r38_the_list_is_reviewed_within_a_year() -> None:
    assert "never reviewed" in review_alert(None, TODAY)
    assert review_alert(date(2025, 11, 23), TODAY) == ""
    assert review_alert(date(2025, 11, 22), TODAY) == "The yearly review of this list was due on 2026-11-22."


def test_r38_a_leap_day_is_due_on_the_28th() -> None:
    assert a_year_after(date(2028, 2, 29)) == date(2029, 2, 28)


def test_r35_each_form_meets_its_own_activities_and_everybody_spills() -> None:
    rows = {one.activity: one for one in WEAR}
    met = activities(INJECTION, "full containment")
    assert rows["Sterile i.v. compounding"].gloves == "double, outer sterile"
    assert "Sterile i.v. compounding" in met
    assert "Cut, crush, open a capsule" not in activities(TABLET, "full containment")
    assert "Cut, crush, open a capsule" in activities(replace(TABLET, manipulated=True), "full containment")
    for one in (INJECTION, TABLET, replace(TABLET, form="oral liquid")):
        assert "Clean up a spill" in activities(one, "alternative containment")
