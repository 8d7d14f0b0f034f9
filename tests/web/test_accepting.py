"""A pharmacist accepts what a rule lets be accepted, with a reason, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.people.cast import PAM, QUIN
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, loaded
from tests.workflows.example import BAG, CABINET, DILUENT, device, scan, vial
from workflows import commands as asked
from workflows.evidence import Confirmation

REASON = "the other make is out of stock today"


@pytest.fixture
def waiting(seeded: Seeded) -> Making:
    """Ann scanned a syringe connector where only a vial adaptor is missing."""
    made = seeded.begin().until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    for found in (vial("A"), vial("B"), DILUENT, BAG):
        made.do(scan(replace(found, unit=f"{found.unit}/{made.id}")))
    for number, part in enumerate(made.p.plan.devices[1:]):
        made.do(scan(device(part, f"{made.id}/{number}")))
    assert made.ask(asked.Submit("", scan(device("syringe connector", f"{made.id}/x")))).code == "WRONG_DEVICE"
    return made


def accept(pharmacy: Pharmacy, made: Making, **changes: str) -> int:
    client = at_desk(pharmacy)
    form = form_of(client.get(f"/review/{made.id}").text, f"/review/{made.id}/waive")
    return client.post(f"/review/{made.id}/waive", data={**form, "note": REASON, **changes}).status_code


def test_a_pharmacist_accepts_another_device_with_a_reason(pharmacy: Pharmacy, waiting: Making) -> None:
    page = at_desk(pharmacy).get(f"/review/{waiting.id}").text
    assert "MAY BE ACCEPTED" in page
    assert "Needed a vial adaptor" in page
    assert accept(pharmacy, waiting) == 303
    p = loaded(pharmacy, waiting.id)
    (waiver,) = p.waivers
    assert (waiver.slot, waiver.waived, waiver.who) == ("device:vial adaptor:2", "WRONG_DEVICE", PAM.id)
    assert "MAY BE ACCEPTED" not in at_desk(pharmacy, QUIN).get(f"/review/{waiting.id}").text
    story = at_desk(pharmacy).get(f"/record/{waiting.id}").text
    assert REASON in story


@pytest.mark.parametrize("note", ["", "short"])
def test_q3_without_a_reason_nothing_is_accepted(pharmacy: Pharmacy, waiting: Making, note: str) -> None:
    assert accept(pharmacy, waiting, note=note) == 422
    assert loaded(pharmacy, waiting.id).waivers == ()


@pytest.mark.parametrize("code", ["WRONG_PRODUCT", "TOO_MUCH", "EXPIRED", ""])
def test_what_no_rule_lets_be_accepted_is_not_accepted_by_asking_for_it(
    pharmacy: Pharmacy, waiting: Making, code: str
) -> None:
    assert accept(pharmacy, waiting, code=code) == 422
    assert loaded(pharmacy, waiting.id).waivers == ()


def test_a_wrong_product_is_offered_to_nobody(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin().until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    assert made.ask(asked.Submit("", scan(vial("W", ndc="0781-3529-10", item_id="other")))).kind == "rejected"
    page = at_desk(pharmacy).get(f"/review/{made.id}").text
    assert "MAY BE ACCEPTED" not in page
