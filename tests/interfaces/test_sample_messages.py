"""Every sample message gives the answer, the faults, the findings and the order that the index says."""

from __future__ import annotations

import hashlib
import re

import hl7
import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.files import split_file
from app.interfaces.hl7_reader import read_message
from app.interfaces.shown import message_json, shown_orders
from tests.interfaces.cases import CASES, INDEX, PROFILE, agrees, reading, sample, send

PLACE = re.compile(r"([A-Z0-9]{3})(?:\[(\d+)\])?-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?")
WITH_FIELDS = [case for case in INDEX["inbound"] + INDEX["outbound"] if case.get("fields")]


@pytest.mark.parametrize("name", CASES)
def test_the_sample_is_the_one_described(name: str) -> None:
    content = sample(name)
    assert (len(content), hashlib.sha256(content).hexdigest()) == (CASES[name]["bytes"], CASES[name]["sha256"])


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_the_expected_one(name: str) -> None:
    case, book = CASES[name], MemoryBook()
    for before in case.get("given", ()):
        send(sample(before), book)
    handled = send(sample(name), book)
    shown = message_json(reading(sample(name)), handled.verdict, handled.reply, shown_orders(handled.verdict, book))
    assert (shown["ack"], shown["effect"]) == (case["ack"], case["effect"])
    assert [{key: error[key] for key in ("err", "reason", "at")} for error in shown["errors"]] == case["errors"]
    assert {one["code"] for one in shown["findings"] if one["blocks"]} == set(case["findings"])
    assert len(shown["orders"]) == len(case["orders"])
    for got, wanted in zip(shown["orders"], case["orders"], strict=True):
        wrong = {key: (got.get(key), value) for key, value in wanted.items() if not agrees(got.get(key), value)}
        assert wrong == {}


@pytest.mark.parametrize("name", CASES)
def test_a_refused_message_leaves_nothing_behind(name: str) -> None:
    book = MemoryBook()
    if send(sample(name), book).verdict.outcome != "accepted":
        assert book == MemoryBook()


def test_a_batch_as_a_file_gets_one_answer_a_message() -> None:
    book = MemoryBook()
    content = split_file(sample("s46"))
    handled = [send(payload, book) for payload in content.messages]
    assert [one.reply.split("\r")[1][:6] for one in handled] == ["MSA|AA", "MSA|AA"]
    assert [one.verdict.effect for one in handled] == ["created", "replayed"]


@pytest.mark.parametrize("case", WITH_FIELDS, ids=lambda case: case["file"])
def test_the_reader_finds_every_field(case: dict[str, object]) -> None:
    message = read_message(sample(str(case["file"])))
    for place, wanted in dict(case["fields"]).items():  # type: ignore[call-overload]  # the index is plain JSON
        name, nth, field, repetition, component = _place(place)
        assert message.all(name)[nth - 1].get(field, component, repetition) == wanted, place


@pytest.mark.parametrize("case", WITH_FIELDS, ids=lambda case: case["file"])
def test_python_hl7_reads_the_same_fields(case: dict[str, object]) -> None:
    """A second opinion, given what it can take: CR between segments, no blanks, decoded text."""
    text = sample(str(case["file"])).decode("utf-8")
    segments = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    if segments[0][:3] == "FHS":
        segments = [line for line in segments if line[:3] not in ("FHS", "BHS", "BTS", "FTS")][:8]
    theirs, ours = hl7.parse("\r".join(segments) + "\r"), read_message("\r".join(segments).encode())
    for place in dict(case["fields"]):  # type: ignore[call-overload]  # the index is plain JSON
        name, nth, field, repetition, component = _place(place)
        found = theirs.extract_field(name, nth, field, repetition, component, 1)
        assert found == ours.all(name)[nth - 1].get(field, component, repetition), place


def _place(text: str) -> tuple[str, int, int, int, int]:
    match = PLACE.fullmatch(text)
    assert match
    name, nth, field, repetition, component = match.groups()
    return name, int(nth or 1), int(field), int(repetition or 1), int(component or 1)


def test_the_shipped_profile_reads_the_reference_order_as_the_sample_profile_does() -> None:
    from app.interfaces.hl7 import read
    from app.interfaces.profile import load_profile

    shipped = read(sample("s01"), [load_profile("oncehr")]).orders[0].order
    assert shipped == read(sample("s01"), [PROFILE]).orders[0].order
