"""Who pays comes with the order where its message names one, and nobody is guessed where it names several (G42)."""

from __future__ import annotations

import json

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.hl7 import read
from tests.interfaces.cases import PROFILE, S01
from tests.interfaces.test_fhir_orders import sample, send

ONE = "IN1|1|PL1|DEMO|Demo Plan^L"


def paid_by(*segments: str) -> tuple[str, str]:
    """Payer and its place as the reference order has them with these segments before its first ORC."""
    text = S01.decode()
    at = text.index("ORC|")
    (act,) = read((text[:at] + "".join(f"{one}\r" for one in segments) + text[at:]).encode(), [PROFILE]).orders
    assert act.order is not None
    return act.order.payer, next((one.at for one in act.order.received if one.field == "payer"), "")


@pytest.mark.parametrize(
    ("segments", "known"),
    [
        ((), ("", "")),
        ((ONE,), ("Demo Plan", "IN1-4")),
        (("IN1|1|PL1|DEMO|",), ("", "")),
        (('IN1|1|PL1|DEMO|""',), ("", "")),
        ((ONE, "IN1|2|PL2|OTHER|Other Plan"), ("", "")),
        (("IN1|1|PL1|DEMO|Demo Plan~Other Plan",), ("", "")),
    ],
)
def test_g42_one_insurance_of_a_message_is_who_pays(segments: tuple[str, ...], known: tuple[str, str]) -> None:
    assert paid_by(*segments) == known


def covered(*payors: object) -> str:
    """The payer of a request whose one insurance has these payors."""
    document = sample("order_bundle")
    coverage = {"resourceType": "Coverage", "id": "cov", "status": "active", "payor": list(payors)}
    plan = {"resourceType": "Organization", "id": "plan", "name": "Demo Plan"}
    document["entry"] += [{"fullUrl": f"urn:x:{one['id']}", "resource": one} for one in (coverage, plan)]
    request = next(
        one["resource"] for one in document["entry"] if one["resource"]["resourceType"] == "MedicationRequest"
    )
    request["insurance"] = [{"reference": "urn:x:cov"}]
    (act,) = send(json.dumps(document).encode(), MemoryBook())[0].orders
    assert act.order is not None
    return act.order.payer


def test_g42_one_payor_of_one_coverage_is_who_pays() -> None:
    assert covered({"display": "Other Plan"}) == "Other Plan"
    assert covered({"reference": "urn:x:plan"}) == "Demo Plan"
    assert covered({"display": "Other Plan"}, {"reference": "urn:x:plan"}) == ""
    assert covered({"reference": "urn:x:nobody"}) == ""
