"""How often, how much and by which way: what code, words, counts and the dosage's sentence say is the same (I31, I42)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.rhythms import rhythm
from tests.interfaces.cases import edited, send
from tests.interfaces.test_fhir_orders import D, Json, sample, told
from tests.interfaces.test_fhir_said_twice import CAPECITABINE, REPEAT, put

TIMING = f"{D}.timing"
GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}


def code(name: str, words: str = "", display: str = "") -> Json:
    coding = {"system": GTS, "code": name, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": words} if words else {})}


def unread(*changes: Callable[[Json], None], of: str = "f11") -> list[str]:
    document = sample(of)
    document["dosageInstruction"][0].pop("text")
    for change in changes:
        change(document)
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert shown["errors"] == []
    return [one["text"].split()[0] for one in shown["findings"] if one["code"] == "FIELD_UNREADABLE"]


@pytest.mark.parametrize(
    "said",
    [
        {"code": code("BID", "once daily")},
        {"code": code("BID", display="Three times a day")},
        {"code": {"text": "once weekly"}},
        {"code": code("Q8H", "every 12 hours")},
        {"code": code("BID", "before breakfast")},
        {"code": code("WK")},
    ],
)
def test_i31_a_frequency_whose_words_are_not_its_code_or_its_counts_waits_for_a_pharmacist(said: Json) -> None:
    assert unread(put(TIMING, **said)) == ["MedicationRequest.dosageInstruction[0].timing.code"]


@pytest.mark.parametrize(
    "said",
    [
        {"code": code("BID", "twice daily", "Two times a day at institution specified time")},
        {"code": code("Q12H", "every 12 hours")},
        {"code": {"text": "2 x daily"}},
        {"code": {"text": "as the ward does it"}},
    ],
)
def test_a_frequency_that_is_said_twice_alike_is_no_finding(said: Json) -> None:
    assert unread(put(TIMING, **said)) == []


def test_once_with_a_count_of_one_is_no_other_frequency() -> None:
    once = put(TIMING, code={"text": "once"})
    assert unread(once, put(REPEAT, **DAILY, count=1), of="f01") == []
    assert unread(once, put(REPEAT, **DAILY, count=2), of="f01") != []


@pytest.mark.parametrize(
    "said",
    [
        "200 mg twice daily", "20,000 mg", "20 g", "2000 mcg", "2000 mg once a week", "2000 mg every 6 hours",
        "2000 mg IV", "2000 mg intrathecally", "2000 mg via feeding tube", "2000 \u00b5g",
    ],
)  # fmt: skip
def test_i31_a_sentence_that_names_another_dose_route_or_frequency_waits_for_a_pharmacist(said: str) -> None:
    assert unread(put(D, text=said)) == ["MedicationRequest.dosageInstruction[0].text"]


@pytest.mark.parametrize(
    "said",
    [
        "2000 mg twice daily within 30 minutes after food, days 1-14", "2 g by mouth, 12 hours apart", "2,000 mg bid",
        "4 tablets of 500 mg (1150 mg/m2), that is 2000 mg", "take with water",
    ],
)  # fmt: skip
def test_a_sentence_that_names_what_is_ordered_is_no_finding(said: str) -> None:
    assert unread(put(D, text=said)) == []


def test_i22_a_medication_whose_words_name_another_drug_than_its_code_is_refused() -> None:
    document = sample("f11")
    put("contained.1", code={**CAPECITABINE, "text": "ifosfamide tablets"})(document)
    assert "CODE_NAME_CONFLICT" in {
        one["reason"] for one in told(json.dumps(document).encode(), MemoryBook())["errors"]
    }


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("BID&once daily", True), ("BID^^^^24^h", True), ("Q8H&Q12H", True), ("ONCE&weekly", True),
        ("BID&twice daily", False), ("BID^^^^12^h", False), ("ONCE&Once&HL70335", False), ("Q6H", False),
    ],
)  # fmt: skip
def test_i31_a_frequency_whose_parts_differ_in_tq1_3_waits_for_a_pharmacist(said: str, wanted: bool) -> None:
    found = send(edited(("TQ1|1||ONCE&Once&HL70335", f"TQ1|1||{said}")), MemoryBook()).verdict.findings
    assert any(one.text.startswith("TQ1-3 ") and "in its code" in one.text for one in found) is wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("b.i.d.", (1, 12)), ("3 times a day", (1, 8)), ("every 12 hours", (1, 12)), ("Q 8 H", (1, 8)), ("once", (1, 0)),
        ("once a week", (1, 168)), ("dreimal t\u00e4glich", (1, 8)), ("alle 8 Stunden", (1, 8)), ("every other day", (1, 48)),
        ("before breakfast", None), ("", None), ("twice", None), ("12 hours", None), ("2 h", None), ("daily or weekly", None),
    ],
)  # fmt: skip
def test_how_often_is_read_from_words_that_are_all_known(said: str, wanted: tuple[int, int] | None) -> None:
    assert rhythm(said) == wanted
