"""The pharmacist who verifies an order sees what whole vials would save; nobody applies it, and no trial is rounded (R59)."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal as D

import pytest

from app.clock import now
from app.desk.orders import listing
from app.desk.rounding import calculated
from tests.people.cast import PAM
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from tests.workflows.example import order
from workflows.order import Instruction, Order
from workflows.trials import is_trial

EXAMPLE = replace(order(), per_unit_dose=D(600), per_unit="mg/m2", weight_kg=D(58), height_cm=D(162), bsa_m2=D("1.62"))


def link(pharmacy: Pharmacy, made: Making) -> str:
    with pharmacy.house.store.reading() as conn:
        lines = listing(conn, pharmacy.house.settings.site, now(), masked=False)
    return next(f"/orders/{line.link}" for line in lines if line.preparation == made.id)


def test_r59_the_order_page_shows_the_option_with_vials_and_waste_and_changes_nothing(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    made = seeded.begin()
    before = made.p.digest
    page = at_desk(pharmacy).get(link(pharmacy, made)).text
    assert "An option: nothing is rounded here" in page
    assert "1,000 mg" in page
    assert "+3.1 %" in page
    assert "+3.2 %" in page
    assert "2 vials, 30 mg left over" in page
    assert "2 vials, nothing left over" in page
    assert (made.p.digest, made.p.plan.prescribed_mg) == (before, D(970))


def test_r59_it_is_json_too_and_gone_once_the_order_is_verified(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin()
    pam = at_desk(pharmacy)
    shown = json.loads(pam.get(link(pharmacy, made), headers={"Accept": "application/json"}).text)["rounding"]
    assert [(one["dose_mg"], one["before"]["waste_mg"], one["after"]["waste_mg"]) for one in shown["proposals"]] == [
        ("1000", "30", "0")
    ]
    made.do(made.sign("order verified"), PAM)
    assert "nothing is rounded here" not in pam.get(link(pharmacy, made)).text


def test_r59_an_order_that_says_trial_gets_no_proposal(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin("DEMO1088", **{"AC-T": "NCT01234567"})
    page = at_desk(pharmacy).get(link(pharmacy, made)).text
    if "NCT01234567" not in page:
        pytest.fail("the demo's message has no protocol to be replaced")
    assert "its dose is never rounded" in page
    assert "1,000 mg" not in page


def test_r59_the_calculated_dose_is_shown_with_its_method() -> None:
    dose, how = calculated(EXAMPLE)
    assert dose is not None
    assert round(dose, 1) == D("969.3")
    assert how == "600 mg/m2 × 1.6155 m² (Mosteller, 162 cm, 58 kg) = 969.3 mg"


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({"per_unit_dose": None}, ""),
        ({"height_cm": None}, "600 mg/m2 × 1.62 m² as sent = 972 mg"),
        ({"height_cm": None, "bsa_m2": None}, ""),
        ({"per_unit": "AUC"}, ""),
        ({"per_unit": "mg/kg", "per_unit_dose": D(2)}, "2 mg/kg × 58 kg = 116 mg"),
        ({"reduction_percent": D(20), "height_cm": None}, "600 mg/m2 × 1.62 m² as sent, less 20 % = 777.6 mg"),
        ({"reduction_percent": D(100)}, ""),
    ],
)
def test_r59_what_the_order_does_not_state_is_not_made_up(changed: dict[str, object], how: str) -> None:
    assert calculated(replace(EXAMPLE, **changed))[1] == how  # type: ignore[arg-type]  # what a test sets


@pytest.mark.parametrize(
    ("one", "trial"),
    [
        (EXAMPLE, False),
        (replace(EXAMPLE, protocol="NCT01234567"), True),
        (replace(EXAMPLE, protocol="AC-T"), False),
        (replace(EXAMPLE, indication="enrolled in a clinical trial"), True),
        (replace(EXAMPLE, instructions=(Instruction("note", "Investigational product"),)), True),
    ],
)
def test_r59_a_trial_is_known_by_the_orders_own_words(one: Order, trial: bool) -> None:
    assert is_trial(one) is trial
