"""What an EHR may send beside an order that is right in itself: found by sending it, and read over before."""

from __future__ import annotations

import pytest

from app.interfaces.book import MemoryBook
from tests.interfaces.cases import S01, edited, findings, reasons, send
from tests.interfaces.test_changes import KEY, act

AFTER_START = "20260311100000-0500|"
LOOKED_AT = {
    "a due year mistyped": edited(("||||20260311100000-0500||R", "||||20620311100000-0500||R")),
    "another hour of the day": edited(("|ONCE&Once&HL70335||||", "|ONCE&Once&HL70335|0800|||")),
    "a length of the treatment": edited(("|ONCE&Once&HL70335||||", "|ONCE&Once&HL70335|||5^d|")),
    "as needed": edited(("||R^Routine^HL70485||||30", "||R^Routine^HL70485|PRN pain|||30")),
    "a conjunction": edited(("||R^Routine^HL70485||||30", "||R^Routine^HL70485|||S|30")),
    "another order before it": edited(("RXR|4762", "TQ2|1|S|OTHER1\rRXR|4762")),
    "refills": edited(("BAG^Bag^L|||44120", "BAG^Bag^L|3||44120")),
    "a status of what is cancelled": edited(("PLAN5531^ONCEHR|||||2026", "PLAN5531^ONCEHR|CA||||2026")),
    "a status of what is held": edited(("PLAN5531^ONCEHR|||||2026", "PLAN5531^ONCEHR|HD||||2026")),
    "a clock years ahead": edited(("20260311081200-0500|88213", "20990311081200-0500|88213")),
}


@pytest.mark.parametrize("payload", LOOKED_AT.values(), ids=LOOKED_AT)
def test_i42_what_changes_an_order_and_cannot_be_held_waits_for_a_pharmacist(payload: bytes) -> None:
    assert findings(payload) == {"FIELD_UNREADABLE"}


@pytest.mark.parametrize("escape", ["\\.br\\", "\\X0A\\", "\\X09\\"])
@pytest.mark.parametrize(("once", "place"), [("Example^Marta", 3), ("10234567^^^MAINHOSP^MR", 5), ("INFCTR^CH12", 3)])
def test_i47_a_line_break_in_what_names_the_patient_is_looked_at(once: str, place: int, escape: str) -> None:
    assert findings(edited((once, f"{once[:place]}{escape}{once[place:]}"))) == {"TEXT_INVISIBLE"}


SUPPLEMENT = "3639^doxorubicin^RXNORM"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ((("|||C50.911^Breast cancer^I10C", f"|||C50.911^Breast cancer^I10C||||{SUPPLEMENT}"),), "RXE-31"),
        (
            (("|||C50.911^Breast cancer^I10C", "|||C50.911^Breast cancer^I10C||||J9000^doxorubicin HCl^HCPCS"),),
            "RXE-31",
        ),
        ((("|20|mg^milligram^UCUM||1|mL", f"|20|mg^milligram^UCUM|{SUPPLEMENT}|1|mL"),), "RXC[2]-7"),
    ],
)
def test_i22_a_supplementary_code_of_another_drug_is_a_conflict(
    changes: tuple[tuple[str, str], ...], place: str
) -> None:
    assert ("CODE_NAME_CONFLICT", place) in reasons(edited(*changes))


def test_a_supplementary_code_of_the_same_drug_changes_nothing() -> None:
    same = "|||C50.911^Breast cancer^I10C||||J9070^cyclophosphamide 100 mg^HCPCS"
    assert findings(edited(("|||C50.911^Breast cancer^I10C", same))) == set()


def test_a_base_whose_words_name_another_volume_is_looked_at() -> None:
    assert findings(edited(("in water 250 mL bag", "in water 500 mL bag"))) == {"VOLUME_MISMATCH"}
    assert findings(edited(("in water 250 mL bag", "in water bag, 250.0 ml"))) == set()


def test_a_birth_date_in_the_future_is_looked_at() -> None:
    assert findings(edited(("|19680214|F|", "|20990214|F|"))) == {"PATIENT_INCOMPLETE"}


def test_an_end_before_the_start_is_two_timings() -> None:
    payload = edited((f"{AFTER_START}|R^", f"{AFTER_START}20260310100000-0500|R^"))
    assert ("SEVERAL_DOSAGES", "TQ1-8") in reasons(payload)


@pytest.mark.parametrize(
    "said", ["liposomal cyclophosphamide", "pegylated cyclophosphamide", "cyclophosphamide vedotin"]
)
def test_i22_a_carrier_or_conjugate_in_words_is_another_drug_than_the_codes(said: str) -> None:
    payload = edited(("3002^cyclophosphamide^RXNORM|970||", f"3002^{said}^RXNORM|970||"))
    assert ("CODE_NAME_CONFLICT", "RXE-2") in reasons(payload)


def test_an_order_sent_by_a_clock_far_ahead_can_still_be_cancelled() -> None:
    book = MemoryBook()
    send(edited(("20260311081200-0500|88213", "20990311081200-0500|88213")), book)
    assert send(act("CA"), book).verdict.effect == "cancelled"
    kept = book.find(KEY)
    assert kept is not None
    assert kept.order.status == "cancelled"


def test_a_cancel_by_a_clock_far_ahead_is_a_cancel() -> None:
    book = MemoryBook()
    send(S01, book)
    assert send(act("CA", at="20990311084500-0500"), book).verdict.effect == "cancelled"


def test_words_of_a_timing_are_shown() -> None:
    book = MemoryBook()
    send(edited(("||R^Routine^HL70485||||30", "||R^Routine^HL70485||give half the dose||30")), book)
    kept = book.find(KEY)
    assert kept is not None
    assert "give half the dose" in {one.text for one in kept.order.instructions}


@pytest.mark.parametrize(
    ("once", "twice", "reason"),
    [
        ("|RDE^O11^RDE_O11|", "|RDE^O11^RDE_O11~ADT^A08|", ("WRONG_TYPE", "MSH-9")),
        ("|RDE^O11^RDE_O11|", "|RDE&ADT^O11^RDE_O11|", ("WRONG_TYPE", "MSH-9")),
        ("|M000001|", "|M000001~M000002|", ("NO_CONTROL_ID", "MSH-10")),
        ("|P|2.5.1|", "|P~T|2.5.1|", ("WRONG_PROCESSING_ID", "MSH-11")),
        ("|P|2.5.1|", "|P|2.5.1~2.3|", ("WRONG_VERSION", "MSH-12")),
    ],
)
def test_a_header_that_says_two_things_is_turned_away(once: str, twice: str, reason: tuple[str, str]) -> None:
    assert reasons(edited((once, twice))) == [reason]
