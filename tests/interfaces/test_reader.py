"""The reader: delimiters, character sets, escapes, line ends, sizes; and times and numbers as texts."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.interfaces.hl7 import read
from app.interfaces.hl7_reader import UnreadableError, read_message
from app.interfaces.values import day, moment, number, whole
from tests.interfaces.cases import PROFILE, S01, edited, reading, sample

HEAD = b"MSH|^~\\&|A|B|C|D|1||RDE^O11|1|P|2.5||||||"


def note(text: bytes) -> str:
    return read_message(HEAD + b"\rNTE|1||" + text).all("NTE")[0].get(3)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (b"a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        (b"one\\.br\\two", "one\ntwo"),
        (b"\\H\\loud\\N\\", "loud"),
        (b"\\X41\\\\X4243\\", "ABC"),
        (b"50\\50 mg\\kg \\Zxy\\ \\X4\\ \\XGG\\", "50\\50 mg\\kg \\Zxy\\ \\X4\\ \\XGG\\"),
        (b"Give 5 mg\\kg over 30\\60 min", "Give 5 mg\\kg over 30\\60 min"),
        (b"\\E\\F\\", "\\F\\"),
    ],
)
def test_escapes_are_undone_after_splitting_and_other_backslashes_stay(sent: bytes, meant: str) -> None:
    assert note(sent) == meant


def test_delimiters_come_from_the_header() -> None:
    text = S01.decode()
    for old, new in zip("|^~\\&", "!@*?%", strict=True):
        text = text.replace(old, new) if old != "%" else text
    text = text.replace("5% in water", "5 in water").replace("0.9%", "0.9")
    other, usual = reading(text.encode()).orders[0].order, reading(S01).orders[0].order
    assert other is not None
    assert usual is not None
    assert (other.drug, other.dose, other.actives, other.due_at) == (
        usual.drug,
        usual.dose,
        usual.actives,
        usual.due_at,
    )


def test_a_fifth_delimiter_is_no_surprise() -> None:
    assert reading(edited(("MSH|^~\\&|", "MSH|^~\\&#|"))).orders[0].order is not None


@pytest.mark.parametrize("marks", ["^~\\", "^~\\&#!", "^^\\&", "a~\\&", "^~\\ ", "^~|&"])
def test_other_delimiters_are_no_header(marks: str) -> None:
    with pytest.raises(UnreadableError, match="NOT_HL7"):
        read_message(f"MSH|{marks}|A|B|C|D".encode())


def test_kana_are_decoded_before_anything_is_split() -> None:
    """In ISO-2022-JP the bytes of these letters contain ^, & and backslash."""
    name = "マルう^ボム^亀"
    encoded = name.encode("iso2022_jp")
    assert encoded.count(b"^") > name.count("^")
    assert (b"&" in encoded, b"\\" in encoded) == (True, True)
    message = read_message(HEAD + b"~ISO IR87\rPID|1||1||" + encoded)
    pid = message.all("PID")[0]
    assert [pid.get(5, n) for n in (1, 2, 3)] == ["マルう", "ボム", "亀"]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("8859/1", "latin-1"), ("8859/15", "iso8859-15"), ("UNICODE UTF-8", "utf-8"), ("UTF-8", "utf-8")],
)
def test_a_declared_character_set_is_read(declared: str, encoding: str) -> None:
    message = sample("s16").decode("utf-8").replace("UNICODE UTF-8", declared).encode(encoding)
    patient = reading(message).patient
    assert patient is not None
    assert (patient.family, patient.given) == ("Müller-Ångström", "Zoë Jean")


def test_a_byte_order_mark_means_utf_8() -> None:
    message = sample("s16").replace(b"UNICODE UTF-8", b"")
    assert [fault.reason for fault in reading(message).errors] == ["BAD_CHARSET"]
    marked = reading(b"\xef\xbb\xbf" + message)
    assert marked.errors == ()
    assert marked.patient is not None
    assert marked.patient.family == "Müller-Ångström"


def test_work_is_linear_in_the_size() -> None:
    """Half a million repetitions, components and escapes; ten times as much may take twenty times as long, not a hundred."""

    def seconds(count: int) -> float:
        payload = edited(("NTE|1|P|First", "NTE|1|P|" + "a~" * count + "b^" * count + "\\F\\" * count + "First"))
        start = time.thread_time()
        assert read(payload, [PROFILE], most_bytes=1 << 24).errors == ()
        return time.thread_time() - start

    small, large = min(seconds(50_000) for _ in range(3)), seconds(500_000)
    assert large < max(20 * small, 10), (small, large)


@pytest.mark.parametrize("part", ["1", "1.", "% ", "D5W ", "\\X", "MSH"])
def test_long_texts_in_names_are_no_trap(part: str) -> None:
    payload = edited(("D5W-250^Dextrose 5% in water", "D5W-250^Dextrose 5% in water " + part * 200_000))
    start = time.thread_time()
    read(payload, [PROFILE], most_bytes=1 << 24)
    assert time.thread_time() - start < 10


def test_many_orders_in_one_message_are_no_trap() -> None:
    group = b"\r".join(S01.rstrip(b"\r").split(b"\r")[5:])
    head = S01[: S01.index(b"ORC|")]
    orders = [group.replace(b"ORD7700123", b"ORD%07d" % n) for n in range(800)]
    start = time.thread_time()
    found = read(head + b"\r".join(orders) + b"\r", [PROFILE], most_bytes=1 << 24)
    assert (len(found.orders), found.errors) == (800, ())
    assert time.thread_time() - start < 20


@given(st.binary(max_size=200))
def test_no_bytes_leak_an_exception(payload: bytes) -> None:
    for bytes_ in (payload, HEAD + payload, S01[:900] + payload + S01[900:]):
        assert not any("could not be read" in fault.hint for fault in reading(bytes_).errors)


@pytest.mark.parametrize(
    ("text", "value"),
    [("970", "970"), ("+970.00", "970.00"), ("250.", "250"), ("0970", "970"), ("-250", "-250"), ("0", "0")],
)
def test_these_are_numbers(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


NOT_NUMBERS = (
    ".5",
    "970,5",
    "4,320",
    "1e3",
    "1E3",
    "9/10",
    "970 mg",
    " 970",
    "970 ",
    "９７０",
    "٩٧٠",
    "",
    "+",
    "--1",
    "1_000",
)


@pytest.mark.parametrize(
    "text",
    ["Infinity", "NaN", *NOT_NUMBERS, "9" * 21],
)  # fmt: skip
def test_these_are_not(text: str) -> None:
    assert number(text) is None


def test_a_count_is_whole_and_above_zero() -> None:
    assert [whole(text) for text in ("28", "28.0", "0", "-1", "2.5", "x")] == [28, 28, None, None, None, None]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("20260311100000-0500", datetime(2026, 3, 11, 15, tzinfo=UTC)),
        ("202603111000", datetime(2026, 3, 11, 15, tzinfo=UTC)),
        ("20260311081200.1234+0530", datetime(2026, 3, 11, 2, 42, 0, 123400, tzinfo=UTC)),
        ("20260101100000", datetime(2026, 1, 1, 16, tzinfo=UTC)),
        ("20260311", "DATE_NO_TIME"),
        ("202603", "DATE_NO_TIME"),
        ("20260231100000", "DATE_INVALID"),
        ("20260311250000", "DATE_INVALID"),
        ("20260311106000", "DATE_INVALID"),
        ("20260311100000+2500", "DATE_INVALID"),
        ("2026-03-11T10:00", "DATE_INVALID"),
        ("18991231100000", "DATE_INVALID"),
        ("２０２６０３１１１０００", "DATE_INVALID"),
        ("20261101005959", datetime(2026, 11, 1, 5, 59, 59, tzinfo=UTC)),
        ("20261101010000", "DATE_AMBIGUOUS"),
        ("20261101015959", "DATE_AMBIGUOUS"),
        ("20261101020000", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("20261101013000-0600", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
        ("20260308015959", datetime(2026, 3, 8, 7, 59, 59, tzinfo=UTC)),
        ("20260308020000", "DATE_NONEXISTENT"),
        ("20260308025959", "DATE_NONEXISTENT"),
        ("20260308030000", datetime(2026, 3, 8, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_a_moment_or_a_reason(text: str, wanted: datetime | str) -> None:
    assert moment(text, PROFILE.zone) == wanted


def test_a_day_needs_year_month_and_day() -> None:
    assert [day(text) for text in ("19680214", "196802", "19680231", "19680214101500")] == [
        date(1968, 2, 14),
        None,
        None,
        date(1968, 2, 14),
    ]
