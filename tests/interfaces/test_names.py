"""Who and what is meant: one name in use, and letters that are what they look like (I14, I22)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app.interfaces.book import MemoryBook
from tests.interfaces.cases import edited, findings
from tests.interfaces.test_fhir_orders import Json, sample, told
from tests.interfaces.test_fhir_said_twice import put
from tests.interfaces.test_reasons import ACTIVE, BASE

CYRILLIC_A, CYRILLIC_O, GREEK_O = "\u0430", "\u043e", "\u03bf"
PAIR = ("3002^cyclophosphamide^RXNORM|970||", f"3002^cycl{CYRILLIC_O}phosphamide^RXNORM|970||")


def blocking(change: Callable[[Json], None], of: str = "f01") -> set[str]:
    document = sample(of)
    change(document)
    return {one["code"] for one in told(json.dumps(document).encode(), MemoryBook())["findings"] if one["blocks"]}


def called(*names: tuple[str, str, str]) -> Callable[[Json], None]:
    rows = [{"use": use, "family": family, "given": [given]} for use, family, given in names]
    return put("contained.0", name=[{key: value for key, value in row.items() if value} for row in rows])


@pytest.mark.parametrize(
    "names",
    [
        (("", "Example", "Anna"), ("", "Other", "Berta")),
        (("", "Example", "Anna"), ("", "Example", "Berta")),
        (("usual", "Example", "Anna"), ("usual", "Other", "Anna")),
        (("official", "Example", "Anna"), ("official", "Example", "Berta")),
        (("temp", "Example", "Anna"), ("", "Other", "Anna")),
    ],
)
def test_i14_two_names_of_which_nobody_can_tell_the_one_in_use_wait_for_a_pharmacist(
    names: tuple[tuple[str, str, str], ...],
) -> None:
    assert "PATIENT_DIFFERS" in blocking(called(*names))


@pytest.mark.parametrize(
    "names",
    [
        (("official", "Example", "Anna"), ("", "Other", "Berta")),
        (("maiden", "Other", "Anna"), ("", "Example", "Anna")),
        (("", "Example", "Anna"), ("nickname", "Example", "Annie")),
        (("", "Example", "Anna"), ("", "EXAMPLE", "anna")),
    ],
)
def test_i14_a_name_beside_the_one_in_use_is_no_finding(names: tuple[tuple[str, str, str], ...]) -> None:
    assert "PATIENT_DIFFERS" not in blocking(called(*names))


def test_i14_a_maiden_name_sent_first_is_not_the_patients_name_now() -> None:
    document, book = sample("f01"), MemoryBook()
    called(("maiden", "Other", "Anna"), ("", "Example", "Anna"))(document)
    told(json.dumps(document).encode(), book)
    assert [one.family for one in book.patients.values()] == ["Example"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [("Doe^Jane~Roe^Jane", True), ("Doe^Jane^^^^^L~Roe^Jane^^^^^L", True), ("Doe^Jane^^^^^L~Roe^Jane^^^^^M", False)],
)
def test_i31_two_names_of_one_kind_in_pid_5_wait_for_a_pharmacist(said: str, wanted: bool) -> None:
    assert ("PATIENT_DIFFERS" in findings(edited(("Example^Marta^Jean^^^^L", said)))) is wanted


@pytest.mark.parametrize(
    "payload",
    [
        edited(PAIR),
        edited((ACTIVE, ACTIVE.replace("cyclophosphamide", f"cyclophosph{CYRILLIC_A}mide"))),
        edited((BASE, BASE.replace("Dextrose", f"Dextr{GREEK_O}se"))),
        edited(("ORD7700123", "\u041eRD7700123")),
        edited(("PID|1||10234567", "PID|1||1\u041e234567")),
    ],
    ids=["drug", "component", "base", "order number", "record number"],
)
def test_i22_letters_that_only_look_latin_wait_for_a_pharmacist(payload: bytes) -> None:
    assert "TEXT_LOOKALIKE" in findings(payload)


def test_i22_a_fhir_drug_or_patient_in_letters_that_only_look_latin_waits_for_a_pharmacist() -> None:
    assert "TEXT_LOOKALIKE" in blocking(put("contained.1.code", text=f"cyclophosph{CYRILLIC_A}mide"))
    assert "TEXT_LOOKALIKE" in blocking(called(("official", f"Ex{CYRILLIC_A}mple", "Anna")))


@pytest.mark.parametrize(
    "said", ["cyclophosphamide \u03b1", "cyclophosphamide 5 \u03bcg/L", "Cyclophosphamid f\u00fcr Stra\u00dfe"]
)
def test_a_greek_letter_that_stands_alone_and_an_umlaut_are_no_finding(said: str) -> None:
    assert "TEXT_LOOKALIKE" not in blocking(put("contained.1.code", text=said))
