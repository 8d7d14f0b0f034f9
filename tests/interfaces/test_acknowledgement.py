"""What goes back: byte for byte as in the samples, with place and reason, and never a text of the message."""

from __future__ import annotations

import random

import hl7
import pytest

from app.interfaces.ack import escape, reply_text
from app.interfaces.book import MemoryBook, Verdict
from app.interfaces.hl7 import read
from app.interfaces.judge import judge
from app.interfaces.reading import Header, Reading
from app.interfaces.reasons import Fault
from tests.interfaces.cases import AT, CASES, FOLDER, PROFILE, S01, edited, reading, sample, send
from tests.interfaces.test_mutations import damaged


def answer(payload: bytes, own_id: str) -> str:
    read_ = reading(payload)
    return reply_text(read_, judge(read_, MemoryBook(), AT), AT, own_id)


@pytest.mark.parametrize(
    ("wanted", "payload", "own_id"),
    [
        ("o01_ack_aa", S01, "A000001"),
        ("o02_ack_ae_err", sample("s36"), "A000002"),
        ("o03_ack_ar", edited(("RDE^O11^RDE_O11", "RDE^O25^RDE_O11"), ("M000001", "M000010")), "A000003"),
        ("o09_commit_accept", edited(("2.5.1||||||UNI", "2.5.1|||AL|||UNI"), ("M000001", "M000088")), "A000009"),
    ],
)
def test_the_answer_is_the_sample_byte_for_byte(wanted: str, payload: bytes, own_id: str) -> None:
    assert answer(payload, own_id).encode() == (FOLDER / f"{wanted}.hl7").read_bytes()


def test_a_sender_below_2_5_is_told_in_msa_and_err_1() -> None:
    head = Header("ONCEHR", "MAINHOSP", "VIALTRACE", "ONCRX", "RDE", "O01", "M000166", "P", "2.3")
    refused = Verdict("content", errors=(Fault("UNIT_UNKNOWN", "RXO-4"),))
    said = reply_text(Reading(b"", "", head, PROFILE), refused, AT, "A000008")
    assert said.encode() == (FOLDER / "o08_ack_v23.hl7").read_bytes()


@pytest.mark.parametrize(
    ("accept", "payload", "wanted"),
    [
        ("AL", S01, "CA"),
        ("SU", S01, "CA"),
        ("ER", S01, ""),
        ("NE", S01, ""),
        ("AL", sample("s36"), "CE"),
        ("ER", sample("s36"), "CE"),
        ("SU", sample("s36"), ""),
        ("AL", sample("s97"), "CR"),
    ],
)
def test_enhanced_mode_answers_as_msh_15_asks(accept: str, payload: bytes, wanted: str) -> None:
    said = answer(payload.replace(b"|P|2.5.1||||||", f"|P|2.5.1|||{accept}|||".encode()), "A1")
    assert (said.split("\rMSA|")[1][:2] if said else "") == wanted


def test_an_unreadable_header_gets_an_answer_with_an_empty_msa_2() -> None:
    assert answer(b"", "A1").split("\r")[1] == "MSA|AR|"
    assert answer(sample("s29"), "A1").split("\r")[1] == "MSA|AR|"


def test_each_fault_has_its_err_with_segment_sequence_and_field() -> None:
    errors = [line.split("|")[2:4] for line in answer(sample("s41"), "A1").split("\r") if line.startswith("ERR")]
    assert errors[0] == ["RXE^1^5", "103^Table value not found^HL70357"]
    assert [place for place, _ in errors[1:]] == [f"RXC^{n}^4" for n in range(1, 7)]


def test_values_are_escaped() -> None:
    assert escape("a|b^c&d~e\\f\r\n") == "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X0D\\\\X0A\\"


@pytest.mark.parametrize("name", CASES)
def test_python_hl7_reads_our_answer(name: str) -> None:
    book = MemoryBook()
    for before in CASES[name].get("given", ()):
        send(sample(before), book)
    parsed = hl7.parse(send(sample(name), book).reply)
    assert parsed.extract_field("MSA", 1, 1) == CASES[name]["ack"]
    errors = [[str(field) for field in (one[3][0][0], one[5][0][0])] for one in parsed if str(one[0]) == "ERR"]
    assert errors == [[fault["err"], fault["reason"]] for fault in CASES[name]["errors"]]


SECRETS = (
    "Marta",
    "Example",
    "10234567",
    "19680214",
    "Sampletown",
    "Penicillin",
    "987-65-4321",
    "5550143",
    "V2026",
    "56789",
)


def test_no_answer_and_no_line_for_the_log_ever_holds_patient_text() -> None:
    """The reference order damaged two thousand times: also where fields have shifted."""
    chance = random.Random(7)
    for _ in range(2000):
        payload = damaged(chance, S01)
        read_ = read(payload, [PROFILE])
        verdict = judge(read_, MemoryBook(), AT)
        words = [reply_text(read_, verdict, AT, "A1"), *verdict.alerts, *(one.text for one in verdict.findings)]
        words += [fault.text + fault.do for fault in verdict.errors]
        for secret in SECRETS:
            assert not any(secret in word for word in words), (secret, words)
