"""A field that says two things is no order: no second repetition, sub-component, code or word is passed over (I31, I42)."""

from __future__ import annotations

import pytest

from app.interfaces.book import MemoryBook
from tests.interfaces.cases import edited, findings, reading, reasons, send
from tests.interfaces.test_reasons import ACTIVE, BASE, DOSE, DUE, INTRATHECAL, ROUTE

DRUG = "3002^cyclophosphamide^RXNORM|970||"
UNIT = "|970|mg^milligram^UCUM|20"
VCR_ROUTE = "72607000^Intrathecal route^SCT^IT^Intrathecal^HL70162"
IV, IT = "47625008^Intravenous^SCT", "72607000^Intrathecal^SCT"


def route(text: str) -> bytes:
    return edited((ROUTE, f"RXR|{text}"))


def unit(text: str) -> bytes:
    """The order's dose and its component in this unit, so that only the unit itself can be wrong."""
    return edited((DOSE, f"|970||{text}|INF"), (UNIT, f"|970|{text}|20"))


REFUSED = [
    ("UNIT_UNKNOWN", "RXE-5", unit("mg~g")),
    ("UNIT_UNKNOWN", "RXC[2]-4", unit("mg~g")),
    ("UNIT_UNKNOWN", "RXE-5", unit("mg&g")),
    ("UNIT_UNKNOWN", "RXC[2]-4", unit("mg&g")),
    ("UNIT_UNKNOWN", "RXE-5", unit("mg^gram^UCUM")),
    ("UNIT_UNKNOWN", "RXE-5", unit("mg^milligrams per square metre^UCUM")),
    ("UNIT_UNKNOWN", "RXE-5", unit("mg^milligram^UCUM^^^^^^grams")),
    ("UNIT_UNKNOWN", "RXE-5", unit("mg^\u00b5g^UCUM")),
    ("UNIT_UNKNOWN", "RXE-5", unit("mg^milligram^UCUM^gm^^L")),
    ("UNIT_UNKNOWN", "RXC[1]-4", edited(("|250|mL^milliliter^UCUM", "|250|mL~L"))),
    ("UNIT_UNKNOWN", "RXC[1]-4", edited(("|250|mL^milliliter^UCUM", "|250|mL^liter^UCUM"))),
    ("CODE_NAME_CONFLICT", "RXE-2", edited((DRUG, "3002^cyclophosphamide^RXNORM~4492^fluorouracil^RXNORM|970||"))),
    ("CODE_NAME_CONFLICT", "RXE-2", edited((DRUG, "3002^cyclophosphamide^RXNORM~1^mystery^X|970||"))),
    ("CODE_NAME_CONFLICT", "RXE-2", edited((DRUG, "3002&4492^cyclophosphamide^RXNORM|970||"))),
    ("CODE_NAME_CONFLICT", "RXE-2", edited((DRUG, "3002^cyclophosphamide&fluorouracil^RXNORM|970||"))),
    (
        "CODE_NAME_CONFLICT",
        "RXE-2",
        edited((DRUG, "3002^cyclophosphamide^RXNORM^^^^^^^4492^fluorouracil^RXNORM|970||")),
    ),
    ("CODE_NAME_CONFLICT", "RXC[1]-2", edited(("D5W-250^Dextrose 5% in water 250 mL bag^L", "D5W-250^^L~NS-250^^L"))),
    ("CODE_NAME_CONFLICT", "RXC[2]-2", edited(("reconstituted^L^3002", "reconstituted^L~FU-50^fluorouracil^L^3002"))),
    ("BASE_ADDITIVE_SWAPPED", "RXC[1]-1", edited((BASE, BASE.replace("RXC|B|", "RXC|B~A|")))),
    ("BASE_ADDITIVE_SWAPPED", "RXC[2]-1", edited((ACTIVE, ACTIVE.replace("RXC|A|", "RXC|A&B|")))),
    ("ROUTE_AMBIGUOUS", "RXR-1", route(f"{IV}~{IT}")),
    ("ROUTE_AMBIGUOUS", "RXR-1", route("IV&IT")),
    ("ROUTE_AMBIGUOUS", "RXR-1", route("IV~whatever")),
    ("ROUTE_AMBIGUOUS", "RXR-1", route("47625008^Intrathecal^SCT")),
    ("ROUTE_AMBIGUOUS", "RXR-1", route("IV^Intravenous^HL70162^^^^^^give IT")),
    ("ROUTE_AMBIGUOUS", "RXR-1", route("IV^intra-arterial^HL70162")),
    ("SEVERAL_DOSAGES", "TQ1-7", edited((DUE, "||||20260311100000-0500~20260312100000-0500||"))),
    ("SEVERAL_VALUES", "ORC-2", edited(("ORC|NW|ORD7700123^ONCEHR|", "ORC|NW|ORD7700123^ONCEHR~ORD2^ONCEHR|"))),
    ("ORDER_CONTROL", "ORC-1", edited(("ORC|NW|", "ORC|NW~CA|"))),
    ("ORDER_CONTROL", "ORC-1", edited(("ORC|NW|", "ORC|NW^CA|"))),
    ("DATE_INVALID", "PID-7", edited(("|19680214|", "|19680214~19690214|"))),
]


@pytest.mark.parametrize(
    ("reason", "at", "payload"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_i31_a_contradiction_within_a_field_is_refused(reason: str, at: str, payload: bytes) -> None:
    assert (reason, at) in reasons(payload)
    assert send(payload, MemoryBook()).verdict.changes == ()


@pytest.mark.parametrize(
    "said", [f"{IV}~{IT}", f"{IT}~{IV}", "IV~IT", "IV&IT", "47625008^Intrathecal^SCT", "IV\rRXR|IT"]
)
def test_i41_a_vinca_whose_order_names_any_other_route_is_stopped_hard(said: str) -> None:
    payload = edited((VCR_ROUTE, said), of="s05")
    assert {reason for reason, _ in reasons(payload)} >= {"HARD_STOP", "ROUTE_AMBIGUOUS"}


UNREAD = [
    edited(("||597|mL/h^milliliter per hour^UCUM", "||597|mL/h~mL/min")),
    edited(("||597|mL/h^milliliter per hour^UCUM", "||597|mL/h^milliliter per minute^UCUM")),
    edited(("||597|mL/h^milliliter per hour^UCUM", "||597|mL/h^^UCUM^mg/h")),
    edited(("||||30^min|1", "||||30^min~60^min|1")),
    edited(("||||30^min|1", "||||30&60^min|1")),
    edited(("||||30^min|1", "||||30^min&hours|1")),
    edited(("RXR|4762", "TQ1|2||ONCE||||20260311100000-0500||||||60^min\rRXR|4762")),
    edited(("RXR|4762", "TQ1|2||Q12H||||20260311100000-0500\rRXR|4762")),
    edited(("R^Routine^HL70485", "R~S")),
    edited(("TQ1|1||ONCE", "TQ1|1|970^mg~97^mg|ONCE")),
    edited(("TQ1|1||ONCE", "TQ1|1|970^mg&gram|ONCE")),
    edited(("mg^milligram^UCUM|20|mg^milligram^UCUM||1|", "mg^milligram^UCUM|20|mg^gram^UCUM||1|")),
    edited(("||58.0|kg^kilogram", "||58.0|kg^pound^UCUM~[lb_av]^kilogram")),
    edited(("|3|1|600|mg/m2", "|3|1|600~60|mg/m2")),
    edited(("|20260311081200-0500|88213", "|20260311081200-0500~20260311091200-0500|88213")),
]


@pytest.mark.parametrize("payload", UNREAD, ids=range(len(UNREAD)))
def test_i42_what_says_two_things_and_is_no_amount_of_drug_blocks_until_a_pharmacist_has_looked(payload: bytes) -> None:
    assert "FIELD_UNREADABLE" in findings(payload)


def test_a_form_with_two_repetitions_is_no_container() -> None:
    assert "CONTAINER_UNKNOWN" in findings(edited(("|INF^Infusion bag^L|", "|INF^Infusion bag^L~SYR^Syringe^L|")))


def test_a_prescriber_who_asks_for_two_amounts_is_pointed_out() -> None:
    asked = edited(("RXE||", "RXO|3002^cyclophosphamide^RXNORM|970~97||mg\rRXE||"))
    assert "PRESCRIBED_DIFFERS" in findings(asked)


@pytest.mark.parametrize(
    "said", ["7980^Penicillin G^RXNORM~3002^cyclophosphamide^RXNORM", "7980^Penicillin G^RXNORM^3002^CTX^RXNORM"]
)
def test_i44_an_allergy_named_second_matches_too(said: str) -> None:
    assert "ALLERGY_MATCH" in findings(edited(("7980^Penicillin G^RXNORM", said)))


@pytest.mark.parametrize(
    "payload",
    [
        unit("mg~mg"),
        unit("mg^Milligrams^UCUM"),
        unit("mg^^UCUM^MG^mg^L"),
        route("IV~IV"),
        route("47625008^INTRAVENOUS INFUSION^SCT"),
        edited(("||||30^min|1", "||||30^min&minutes&UCUM|1")),
        edited(("TQ1|1||ONCE", "TQ1|1|970^mg&milligram&UCUM|ONCE")),
        edited(("||597|mL/h^milliliter per hour^UCUM", "||597|mL/h^mL per hr^UCUM")),
    ],
    ids=range(8),
)
def test_what_says_the_same_twice_is_the_same_order_without_a_finding(payload: bytes) -> None:
    assert reading(payload).errors == ()
    assert findings(payload) == set()


def test_methotrexate_by_the_spine_is_still_read() -> None:
    assert reading(INTRATHECAL).errors == ()


@pytest.mark.parametrize(
    ("stated", "text", "wanted", "found"),
    [
        ("30^min", "S1800", "30", set()),
        ("", "S1800", "30", set()),
        ("", "H0.5", "30", set()),
        ("30^min", "1800", "30", set()),
        ("30^min", "S1801", "30", {"FIELD_UNREADABLE"}),
        ("30^min", "S100", "30", {"FIELD_UNREADABLE"}),
    ],
)
def test_a_duration_in_seconds_is_exact_minutes_or_pointed_out(
    stated: str, text: str, wanted: str, found: set[str]
) -> None:
    payload = edited(("||||30^min|1", f"||||{stated}|1"), ("800^L||597|", f"800^L|{text}|597|"))
    order = reading(payload).orders[0].order
    assert order is not None
    assert str(order.duration_min) == wanted
    assert findings(payload) == found
