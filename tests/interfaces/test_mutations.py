"""A message damaged in one place is refused, pointed out, or still the same order: never another dose without a word."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.hl7 import read
from app.interfaces.judge import handle
from tests.interfaces.cases import AT, PROFILE, S01, edited, reading, sample, send
from workflows.order import Order, PatientText

LETTERS = b"0123456789.,+- eE|^~\\&\r\n\"'*/%mguLIVTBAORXC\x00\x0b\x1c\xc3\xff"
ORAL = edited(of="s03")
SEVERAL = edited(of="s84")
ADMITTED = sample("s59")


def damaged(chance: random.Random, message: bytes) -> bytes:
    """One mutation: a letter, a digit, a field or a segment."""
    kind = chance.randrange(8)
    at = chance.randrange(len(message))
    letter = bytes([chance.choice(LETTERS)])
    if kind == 0:
        return message[:at] + message[at + 1 :]
    if kind == 1:
        return message[:at] + letter + message[at:]
    if kind == 2:
        return message[:at] + letter + message[at + 1 :]
    if kind == 3:
        return message[:at] + message[at : at + 2][::-1] + message[at + 2 :]
    return damaged_part(chance, message, kind)


def damaged_part(chance: random.Random, message: bytes, kind: int) -> bytes:
    segments = message.split(b"\r")
    which, other = chance.randrange(len(segments)), chance.randrange(len(segments))
    if kind == 4:
        del segments[which]
    elif kind == 5:
        segments.insert(other, segments[which])
    elif kind == 6:
        segments[which], segments[other] = segments[other], segments[which]
    else:
        fields, source = segments[which].split(b"|"), segments[other].split(b"|")
        fields[chance.randrange(len(fields))] = chance.choice([b"", b'""', *source])
        segments[which] = b"|".join(fields)
    return b"\r".join(segments)


def dangerous(order: Order) -> tuple[object, ...]:
    """What makes it another medicine.

    The amount of a second drug stands once in a message, so only a pharmacist can see it: SEVERAL_ACTIVES blocks such orders.
    """
    named = sorted(one.drug for one in order.actives)
    amounts = [(one.amount, one.unit) for one in order.actives if one.drug == order.drug]
    return order.drug, order.dose, order.dose_unit, order.route, named, amounts, order.base and order.base.fluid


def blocking(payload: bytes) -> tuple[str, frozenset[str]]:
    """The outcome, and the findings that a pharmacist would have to clear."""
    verdict = send(payload, MemoryBook(), AT).verdict
    return verdict.outcome, frozenset(one.code for one in verdict.findings if one.blocks)


def outcome(payload: bytes, wanted: Order, usual: frozenset[str]) -> str:
    """What became of a damaged message; an accepted one without a new finding must be the same medicine."""
    found_in = reading(payload)
    assert not any("could not be read" in fault.hint for fault in found_in.errors), (
        "an exception leaked into the answer"
    )
    said, found = blocking(payload)
    orders = [act.order for act in found_in.orders if act.order]
    silent = said == "accepted" and found <= usual
    for order in orders if silent else ():
        assert dangerous(order) == dangerous(wanted), payload
    return "refused" if found_in.errors else "silent" if silent and orders else "pointed out"


def run(message: bytes, seed: int, count: int) -> Counter[str]:
    wanted = reading(message).orders[0].order
    assert wanted is not None
    usual, chance = blocking(message)[1], random.Random(seed)
    return Counter(outcome(damaged(chance, message), wanted, usual) for _ in range(count))


def test_a_thousand_damaged_reference_orders() -> None:
    seen = run(S01, 20260311, 1000)
    assert min(seen["refused"], seen["pointed out"], seen["silent"]) > 30, seen


@pytest.mark.parametrize("message", [ORAL, SEVERAL], ids=["oral", "two actives"])
def test_damaged_orders_of_other_kinds(message: bytes) -> None:
    assert run(message, 20260312, 400)["refused"] > 40


def test_every_digit_of_the_doses_alone() -> None:
    """Each character of the dose and of its component, replaced by each of the letters."""
    wanted = reading(S01).orders[0].order
    assert wanted is not None
    for place in (S01.index(b"|970||mg") + 1, S01.index(b"|970|mg") + 1):
        for offset in range(3):
            for letter in LETTERS:
                payload = S01[: place + offset] + bytes([letter]) + S01[place + offset + 1 :]
                if payload != S01:
                    assert outcome(payload, wanted, frozenset()) in ("refused", "pointed out"), payload[
                        place - 5 : place + 10
                    ]


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_a_hundred_thousand_damaged_reference_orders(part: int, counted: Callable[..., None]) -> None:
    """Four parts of twenty-five thousand."""
    seen = run(S01, 1 + part, 25_000)
    assert seen["silent"] > 2_500
    counted("damaged reference orders", orders=25_000, **seen)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("message", [ORAL, SEVERAL], ids=["oral", "two actives"])
def test_many_damaged_orders_of_other_kinds(message: bytes, part: int, counted: Callable[..., None]) -> None:
    """Fifty thousand of each, in two parts."""
    seen = run(message, 2 + part, 25_000)
    assert seen["refused"] > 2_500
    counted("damaged orders of other kinds", orders=25_000, **seen)


def known_by_adt(seed: int, count: int) -> Counter[str]:
    """Damage the order of a patient whom an ADT feed has announced; whoever is ordered for is that patient, or it is said."""
    feed, chance, seen = replace(PROFILE, adt_feed=True), random.Random(seed), Counter[str]()
    book = MemoryBook()
    announced = handle(read(ADMITTED, [feed]), book, AT, "A1").verdict
    assert announced.patient is not None
    wanted = _who(announced.patient)
    usual = {one.code for one in handle(read(S01, [feed]), book.copy(), AT, "A1").verdict.findings}
    assert not {"PATIENT_UNKNOWN", "PATIENT_DIFFERS"} & usual
    for _ in range(count):
        trial = book.copy()
        verdict = handle(read(damaged(chance, S01), [feed]), trial, AT, "A1").verdict
        silent = verdict.outcome == "accepted" and {one.code for one in verdict.findings if one.blocks} <= usual
        for kept in trial.orders.values() if silent else ():
            assert _who(kept.patient) == wanted
        seen["silent" if silent else "said"] += 1
    return seen


def _who(patient: PatientText) -> tuple[object, ...]:
    return (patient.mrn, patient.authority, patient.family.casefold(), patient.birth_date)


def test_an_order_of_a_patient_known_by_adt_is_never_anothers_without_a_finding() -> None:
    assert min(known_by_adt(20260313, 300).values()) > 30


@pytest.mark.soak
def test_many_orders_of_a_patient_known_by_adt(counted: Callable[..., None]) -> None:
    counted("damaged orders of a known patient", orders=25_000, **known_by_adt(5, 25_000))
