"""Each reason a message is refused for, and each finding, from one edit of an order that is fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.hl7 import read
from app.interfaces.judge import handle
from app.interfaces.reasons import BLOCKING, ERROR_CODES, REASONS, SHOWN, Fault
from tests.interfaces.cases import AT, PROFILE, S01, edited, findings, reading, reasons, sample, send

MSH = "MSH|^~\\&|ONCEHR|MAINHOSP|"
DOSE = "|970||mg^milligram^UCUM|INF"
ROUTE = "RXR|47625008^Intravenous route^SCT^IV^Intravenous^HL70162|CVL^Central venous line^HL70163|PUMP^Infusion pump^L"
BASE = "RXC|B|D5W-250^Dextrose 5% in water 250 mL bag^L|250|mL^milliliter^UCUM"
ACTIVE = (
    "RXC|A|CYCLO-20^cyclophosphamide 20 mg/mL reconstituted^L^3002^cyclophosphamide^RXNORM|970|mg^milligram^UCUM"
    "|20|mg^milligram^UCUM||1|mL^milliliter^UCUM"
)
DUE = "||||20260311100000-0500||"

DOOR = [
    ("EMPTY_FRAME", "MSH", b"\r\n"),
    ("NOT_HL7", "MSH", b"hello"),
    ("NOT_HL7", "MSH", S01.replace(b"MSH|^~\\&|", b"MSH|^^\\&|", 1)),
    ("MERGED_FRAMES", "MSH", S01 + S01),
    ("MERGED_FRAMES", "MSH", S01.rstrip(b"\r") + S01),
    ("BATCH", "BHS", b"BHS|^~\\&|ONCEHR\r" + S01),
    ("NO_CONTROL_ID", "MSH-10", edited(("|M000001|", "||"))),
    ("UNKNOWN_SENDER", "MSH-3", edited((MSH, "MSH|^~\\&|ONCEHR|ELSEWHERE|"))),
    ("WRONG_TYPE", "MSH-9", edited(("RDE^O11^RDE_O11", "RDS^O13^RDS_O13"))),
    ("WRONG_TYPE", "MSH-9", edited(("RDE^O11^RDE_O11", "ZZZ^Z01"))),
    ("WRONG_EVENT", "MSH-9", edited(("RDE^O11^RDE_O11", "RDE^O25^RDE_O11"))),
    ("WRONG_EVENT", "MSH-9", edited(("RDE^O11^RDE_O11", "ADT^A05"))),
    ("WRONG_PROCESSING_ID", "MSH-11", edited(("|P|2.5.1|", "|T|2.5.1|"))),
    ("WRONG_VERSION", "MSH-12", edited(("|P|2.5.1|", "|P|3.0|"))),
]
CONTENT = [
    ("BAD_CHARSET", "MSH-18", edited(("UNICODE UTF-8", "KLINGON"))),
    ("BAD_CHARSET", "MSH-18", edited(("||||||UNICODE UTF-8", ""), of="s16")),
    ("BAD_CHARSET", "MSH-18", S01.replace(b"Sample Street", b"Stra\xdfe")),
    ("NO_PATIENT", "PID-3", edited(("10234567^^^MAINHOSP^MR~", ""))),
    ("NO_PATIENT", "PID-3", edited(("10234567^^^MAINHOSP^MR", "10234567^^^ELSEWHERE^MR"))),
    ("NO_PATIENT", "PID-3", edited(("987-65-4321^^^USSSA^SS", "10234568^^^MAINHOSP^MR"))),
    ("NO_PATIENT", "PID[2]", S01 + b"PID|1||1^^^MAINHOSP^MR\r"),
    ("DATE_INVALID", "PID-7", edited(("|19680214|", "|19680231|"))),
    ("NO_ORDER", "ORC", b"\r".join(one for one in S01.split(b"\r") if one[:3] in (b"MSH", b"PID"))),
    ("NO_PLACER_NUMBER", "ORC-2", edited(("ORD7700123^ONCEHR", ""))),
    ("SEVERAL_VALUES", "ORC-2", edited(("|ORD7700123^ONCEHR|", "|ORD7700123^ONCEHR~ORD2^ONCEHR|"))),
    ("ORDER_CONTROL", "ORC-1", edited(("ORC|NW|", "ORC|RF|"))),
    ("NO_DRUG", "RXE", edited(("RXE||3002", "ZXE||3002"), (ROUTE, ""), (BASE, ""), (ACTIVE, ""))),
    ("NO_DRUG", "RXE-2", edited(("|3002^cyclophosphamide^RXNORM|", "||"))),
    ("TWO_DRUGS", "RXE", S01 + b"RXE||3002^cyclophosphamide^RXNORM|970||mg\r"),
    ("SEGMENT_ORDER", "RXC[1]", edited(("ORC|NW|", BASE + "\rORC|NW|"))),
    ("NO_ROUTE", "RXR", edited((ROUTE + "\r", ""))),
    ("NO_ROUTE", "RXR-1", edited((ROUTE, "RXR||CVL"))),
    ("ROUTE_UNKNOWN", "RXR-1", edited((ROUTE, "RXR|47625009^Intravenous^SCT^IV"))),
    ("ROUTE_AMBIGUOUS", "RXR-1", edited((ROUTE, "RXR|47625008^Intravenous^SCT^IT"))),
    ("ROUTE_AMBIGUOUS", "RXR[2]-1", edited((ROUTE, "RXR|IV\rRXR|PO"))),
    ("NO_COMPONENTS", "RXC", edited((ACTIVE + "\r", ""))),
    ("NO_COMPONENTS", "RXC", edited((ACTIVE + "\r", ""), (BASE + "\r", ""))),
    ("NO_BASE", "RXC", edited((BASE + "\r", ""))),
    ("AMOUNT_MISSING", "RXE-3", edited((DOSE, "|||mg^milligram^UCUM|INF"))),
    ("AMOUNT_MISSING", "RXE-5", edited((DOSE, "|970|||INF"))),
    ("AMOUNT_MISSING", "RXC[1]-3", edited(("250 mL bag^L|250|", "250 mL bag^L||"))),
    ("NOT_A_NUMBER", "RXE-4", edited((DOSE, "|970|1 g|mg^milligram^UCUM|INF"))),
    ("UNIT_NOT_AN_AMOUNT", "RXE-5", edited((DOSE, "|970||mL|INF"))),
    ("UNIT_NOT_AN_AMOUNT", "RXE-5", edited((DOSE, "|5||AUC|INF"))),
    ("UNIT_UNKNOWN", "RXE-5", edited((DOSE, "|970||mg^milligram^UCUM^g|INF"))),
    ("UNIT_UNKNOWN", "RXE-5", edited((DOSE, "|970||U|INF"))),
    ("UNIT_UNKNOWN", "RXE-5", edited((DOSE, "|970||Mg|INF"))),
    ("UNIT_NOT_A_RATE", "RXE-24", edited(("mL/h^milliliter per hour^UCUM", "mg/m2"))),
    ("CODE_NAME_CONFLICT", "RXE-2", edited(("3002^cyclophosphamide^RXNORM|970||", "3002^IFOSFAMIDE^RXNORM|970||"))),
    ("CODE_NAME_CONFLICT", "RXC[1]-2", edited(("D5W-250^Dextrose 5% in water", "D5W-250^Sodium Chloride 0.9%"))),
    ("CODE_NAME_CONFLICT", "RXC[1]-2", edited(("D5W-250^Dextrose 5% in water", "D5W-250^Dextrose 10% in water"))),
    ("AMOUNTS_DISAGREE", "RXC", edited((DOSE, "|970||ug|INF"))),
    ("AMOUNTS_DISAGREE", "RXC", edited((DOSE, "|970||[iU]|INF"))),
    ("AMOUNTS_DISAGREE", "RXC", edited((BASE, f"{BASE}\r{ACTIVE}"))),
    ("AMOUNTS_DISAGREE", "TQ1-2", edited(("TQ1|1||ONCE", "TQ1|1|97^mg|ONCE"))),
    ("AMOUNTS_DISAGREE", "RXE-10", edited(("|N|112|TAB", "|N|11|TAB"), of="s03")),
    ("BASE_ADDITIVE_SWAPPED", "RXC[1]-4", edited(("|250|mL^milliliter^UCUM", "|250|mg"))),
    ("BASE_ADDITIVE_SWAPPED", "RXC[2]-4", edited(("|970|mg^milligram^UCUM|20", "|970|mL|20"))),
    ("BASE_ADDITIVE_SWAPPED", "RXC[1]-1", edited(("RXC|B|D5W", "RXC|A|D5W"))),
    ("BASE_ADDITIVE_SWAPPED", "RXC[2]-1", edited(("RXC|A|CYC", "RXC|X|CYC"))),
    ("BASE_ADDITIVE_SWAPPED", "RXC[2]-1", edited((BASE, f"{BASE}\r{BASE}"))),
    ("HARD_STOP", "RXR-1", edited(("72607000^Intrathecal route^SCT^IT^Intrathecal^HL70162", "SC"), of="s05")),
    ("DATE_NO_TIME", "TQ1-7", edited((DUE, "||||||"))),
    ("DATE_INVALID", "TQ1-7", edited((DUE, "||||20260231100000-0500||"))),
    ("DATE_INVALID", "TQ1-7", edited((DUE, "||||20260311250000-0500||"))),
    ("DATE_INVALID", "TQ1-7", edited((DUE, "||||20260311100000-9900||"))),
    ("SEVERAL_DOSAGES", "TQ1[2]-7", edited(("RXR|4762", "TQ1|2||ONCE||||20260312100000-0500\rRXR|4762"))),
    ("ORDER_EXISTS", "ORC[2]-2", S01 + b"\r".join(S01.split(b"\r")[5:])),
]


@pytest.mark.parametrize(("reason", "at", "payload"), DOOR, ids=lambda value: value if isinstance(value, str) else "")
def test_the_door_turns_it_away_for_one_reason(reason: str, at: str, payload: bytes) -> None:
    assert reasons(payload) == [(reason, at)]
    assert send(payload, MemoryBook()).verdict.outcome == "door"


@pytest.mark.parametrize(
    ("reason", "at", "payload"), CONTENT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_content_is_refused_there(reason: str, at: str, payload: bytes) -> None:
    assert (reason, at) in reasons(payload)
    verdict = send(payload, MemoryBook()).verdict
    assert (verdict.outcome, verdict.changes) == ("content", ())


def test_every_reason_an_order_message_can_give_has_a_case() -> None:
    shown = {one for one, *_ in DOOR + CONTENT} | {fault["reason"] for fault in _indexed()}
    of_the_book = {"ORDER_UNKNOWN", "DUPLICATE_CONTROL_ID", "STALE_CHANGE", "STATE_REFUSES"}
    other_doors = {"SEVERAL_DOSAGES", "STRENGTH_SHAPE", "UNIT_SYSTEM", "MODIFIER_UNKNOWN", "DO_NOT_PERFORM", "NOT_JSON"}
    sheets = {"UNKNOWN_COLUMN", "FIELD_NOT_TEXT", "FILE_REFUSED"}
    assert set(REASONS) - shown - of_the_book - other_doors - sheets - {"TOO_LARGE"} == set()


def _indexed() -> list[dict[str, str]]:
    from tests.interfaces.cases import INDEX

    return [fault for case in INDEX["inbound"] for fault in case["errors"]]


def test_a_message_over_the_limit_is_too_large() -> None:
    (fault,) = read(sample("s50"), [PROFILE], most_bytes=64 * 1024).errors
    assert (fault.reason, fault.err, fault.door) == ("TOO_LARGE", "207", True)


def test_every_fault_is_reported_at_once_and_ten_at_most() -> None:
    both = edited((DOSE, "|970,5||mg/m2|INF"), (DUE, "||||20260311||"))
    assert reasons(both) == [("NOT_A_NUMBER", "RXE-3"), ("UNIT_NOT_AN_AMOUNT", "RXE-5"), ("DATE_NO_TIME", "TQ1-7")]
    many = edited((BASE, "\r".join([BASE.replace("|250|", "|x|")] * 20)))
    assert len(reasons(many)) == 20
    assert len(send(many, MemoryBook()).verdict.errors) == 10


def test_words_for_people_say_what_is_there_and_what_to_do() -> None:
    (fault, *_) = reading(sample("s36")).errors
    assert fault.shown == "RXE-3 has 970,5: use a decimal point and no thousands mark, e.g. 970.5"
    assert "970" not in fault.text + fault.do
    (fault,) = reading(sample("s40")).errors
    assert fault.shown.startswith("RXE-5 has mg/m2: send the amount to be given, in one of ")


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_has_a_code_and_plain_words(reason: str) -> None:
    fault = Fault(reason, "RXE-3")
    assert fault.err in ERROR_CODES
    for words in (REASONS[reason].name, fault.text, fault.do):
        assert words.isascii()
        assert "{" not in words
        assert words[0].isupper() or words.startswith(("RXE-3", "MSH-"))


INTRATHECAL = edited(
    ("11202^vincristine^RXNORM|2||", "6851^methotrexate^RXNORM|2||"),
    ("VCR-1^vincristine 1 MG/ML^L^11202^vincristine^RXNORM", "MTXPF-25^methotrexate^L^6851^methotrexate^RXNORM"),
    of="s05",
)
FOUND = [
    ("UNVERIFIED", edited(("44120^Pharmacist^Pam^^^^PharmD|1234", "|1234"), ("|||44120^Pharmacist^Pam^^^^PharmD|RX", "||||RX"))),
    ("DRUG_UNKNOWN", edited(("3002^cyclophosphamide^RXNORM|970||", "999^cyclophosphamide^RXNORM|970||"))),
    ("BASE_UNKNOWN", edited(("D5W-250^", "D5W-251^"))),
    ("CONTAINER_UNKNOWN", edited(("|INF^Infusion bag^L|", "|XYZ^Infusion bag^L|"))),
    ("PRESCRIBED_DIFFERS", edited(("RXE||", "RXO|5657^ifosfamide^RXNORM|970||mg\rRXE||"))),
    ("PRESCRIBED_DIFFERS", edited(("RXE||", "RXO|3002^cyclophosphamide^RXNORM|97||mg\rRXE||"))),
    ("PATIENT_INCOMPLETE", edited(("|19680214|", "||"))),
    ("PATIENT_INCOMPLETE", edited(("Example^Marta^Jean", "^Marta^Jean"))),
    ("ALLERGY_MATCH", edited(("7980^Penicillin G^RXNORM", "X1^Cyclophosphamide (Cytoxan)^L"))),
    ("INTRATHECAL", INTRATHECAL),
    ("OVERFILL_STATED", edited(("in water 250 mL bag", "in water 250 mL bag with overfill"))),
    ("VOLUME_MISMATCH", edited(("|250|mL^", "|253|mL^"))),
    ("VOLUME_MISMATCH", edited(("||597|mL/h", "||590|mL/h"))),
    ("VOLUME_UNCHECKED", edited(("||597|mL/h^milliliter per hour^UCUM", "|||"))),
    ("DOSE_BASIS_DIFFERS", edited(("|3|1|600|mg/m2", "|3|1|60|mg/m2"))),
    ("BSA_MISMATCH", edited(("||58.0|kg", "||85.0|kg"))),
    ("FIELD_UNREADABLE", edited(("||597|mL/h", "||597,0|mL/h"))),
    ("FIELD_UNREADABLE", edited(("||597|mL/h^milliliter", "||597|drops/min^milliliter"))),
    ("FIELD_UNREADABLE", edited(("||58.0|kg^kilogram", "||58.0|[lb_av]^pound"))),
    ("FIELD_UNREADABLE", edited(("|mg/m2|1.62|0|", "|mg/m2|1.72|0|"))),
    ("FIELD_UNREADABLE", edited(("||||30^min|1", "||||30^minutes|1"))),
    ("FIELD_UNREADABLE", edited(("R^Routine^HL70485", "URGENT"))),
    ("FIELD_UNREADABLE", edited(("mg^milligram^UCUM|20|mg", "mg^milligram^UCUM|2|mg"))),
    ("FIELD_UNREADABLE", edited(("|20260311081200-0500|88213", "|yesterday|88213"))),
    ("FIELD_UNREADABLE", edited(("NTE|1|P|First dose", "NTE|1|P|First\rdose"))),
    ("FIELD_UNREADABLE", edited(("NTE|1|P|", "XYZ|1|P|"))),
    ("TEXT_INVISIBLE", edited(("Example^Marta", "Exa\u202emple^Marta"))),
    ("TEXT_INVISIBLE", edited(("Hydrate well", "Hydrate \\X07\\ well"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "payload"), FOUND, ids=lambda value: value if isinstance(value, str) else "")
def test_it_is_accepted_and_pointed_out(code: str, payload: bytes) -> None:
    assert code in findings(payload)
    assert code in BLOCKING


def test_the_reference_order_has_no_finding_at_all() -> None:
    assert findings(S01) == set()


def test_a_capped_vincristine_dose_differs_from_its_basis() -> None:
    capped = edited(
        ("3002^cyclophosphamide^RXNORM|970||", "11202^vincristine^RXNORM|2||"),
        (ACTIVE, "RXC|A|VCR-1^vincristine 1 mg/mL^L|2|mg|1|mg||1|mL"),
        ("||597|mL/h", "||504|mL/h"),
        ("|3|1|600|mg/m2", "|3|1|1.4|mg/m2"),
    )
    assert findings(capped) == {"DOSE_BASIS_DIFFERS"}


@pytest.mark.parametrize(
    ("code", "at", "found"),
    [
        ("PAST_DUE", datetime(2026, 3, 11, 17, 0, 0, tzinfo=UTC), False),
        ("PAST_DUE", datetime(2026, 3, 11, 17, 0, 1, tzinfo=UTC), True),
        ("MEASURE_OLD", datetime(2026, 3, 10, 14, 30, tzinfo=UTC) + timedelta(days=30), False),
        ("MEASURE_OLD", datetime(2026, 3, 10, 14, 31, tzinfo=UTC) + timedelta(days=30), True),
    ],
)
def test_what_depends_on_the_clock_is_shown_only(code: str, at: datetime, found: bool) -> None:
    codes = {one.code for one in send(S01, MemoryBook(), at).verdict.findings}
    assert (code in codes) == found
    assert code in SHOWN


def test_a_prescribers_order_is_read_and_never_verified() -> None:
    message = edited(
        ("RDE^O11^RDE_O11", "OMP^O09^OMP_O09"),
        (
            f"RXE||3002^cyclophosphamide^RXNORM{DOSE}^Infusion bag^L",
            f"RXO|3002^cyclophosphamide^RXNORM{DOSE}^Infusion bag^L",
        ),
    )
    (act,) = reading(message).orders
    assert act.order is not None
    assert (str(act.order.dose), act.order.container, act.order.verified_by) == ("970", "bag", None)
    assert "UNVERIFIED" in {one.code for one in act.findings}


def test_a_profile_rule_reads_a_dummy_give_code() -> None:
    profile = replace(PROFILE, dummy_codes=frozenset({("L", "PHARMGEN")}))
    stabiliser = sample("s65").replace(b"RXC|A|STAB10^IV solution stabilizer 10 mL^L|5.5|mL\r", b"")
    handled = handle(read(stabiliser, [profile]), MemoryBook(), AT, "A1")
    order = handled.verdict.changes[0].order
    assert order is not None
    assert (order.drug, str(order.dose), order.dose_unit) == ("blinatumomab 12.5 mcg/mL", "56", "ug")
    assert "DRUG_UNKNOWN" in {one.code for one in handled.verdict.findings}


def test_legal_spellings_of_a_number_are_the_same_dose() -> None:
    for text in ("+970.00", "970.", "0970"):
        order = reading(edited((DOSE, f"|{text}||mg^milligram^UCUM|INF"))).orders[0].order
        assert order is not None
        assert order.dose == 970
        assert (order.received_text("dose"), order.dose_unit) == (text, "mg")


def test_grams_and_milligrams_agree_after_exact_scaling() -> None:
    order = reading(edited((DOSE, "|0.97||g|INF"))).orders[0].order
    assert order is not None
    assert (str(order.dose), order.dose_unit, str(order.actives[0].amount)) == ("0.97", "g", "970")
