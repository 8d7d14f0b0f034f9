"""What is recorded is read back equal, and what has another shape is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.record import canonical, codec

PersonId = NewType("PersonId", str)


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True)
class Mass:
    mg: Decimal


@dataclass(frozen=True, slots=True)
class Scan:
    code: str
    raw: bytes
    aim: str | None = None


@dataclass(frozen=True)
class Weighing:
    net: Mass
    at: datetime
    settled: bool
    readings: tuple[Mass, ...] = ()


@dataclass(frozen=True)
class CSTDPart:
    side: Literal["vial", "bag", 3]
    inside: CSTDPart | None = None


Evidence = Scan | Weighing | CSTDPart


@dataclass(frozen=True)
class Everything:
    who: PersonId
    count: Annotated[int, "pieces"]
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    last: Evidence | None
    both: tuple[str, int]
    tags: frozenset[Verdict]
    masses: frozenset[Mass]
    by_name: Mapping[str, Mass]
    by_verdict: dict[Verdict, int]
    on: date
    opens: time
    holds: timedelta
    note: str = field(default="", metadata={"why": "read from older shapes"})
    nothing: None = None


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DECIMALS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=None
).filter(lambda value: -60 <= int(value.as_tuple().exponent) <= 60)
MASSES = st.builds(Mass, DECIMALS)
TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6)), timezone(timedelta(hours=5, minutes=45))]),
                     min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1))  # fmt: skip  # noqa: DTZ001
SCANS = st.builds(Scan, TEXT, st.binary(max_size=8), st.none() | TEXT)
WEIGHINGS = st.builds(Weighing, MASSES, TIMES, st.booleans(), st.lists(MASSES, max_size=3).map(tuple))
PARTS = st.recursive(
    st.builds(CSTDPart, st.sampled_from(["vial", "bag", 3])),
    lambda inner: st.builds(CSTDPart, st.sampled_from(["vial", "bag", 3]), inner),
    max_leaves=3,
)
EVIDENCE = SCANS | WEIGHINGS | PARTS
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
EVERYTHING = st.builds(
    Everything, TEXT, WHOLE, st.sampled_from(Verdict), st.lists(EVIDENCE, max_size=3).map(tuple), st.none() | EVIDENCE,
    st.tuples(TEXT, WHOLE), st.frozensets(st.sampled_from(Verdict)), st.frozensets(MASSES, max_size=3),
    st.dictionaries(st.text("abc", max_size=3), MASSES, max_size=3), st.dictionaries(st.sampled_from(Verdict), WHOLE),
    st.dates(), st.times(), st.timedeltas(min_value=timedelta(days=-3650), max_value=timedelta(days=3650)), TEXT,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(EVERYTHING)
def test_what_is_written_is_read_back_equal_and_is_canonical(value: Everything) -> None:
    written = codec.encode(value)
    body = canonical.dump(written)
    assert canonical.parse(body) == written
    assert codec.decode(Everything, canonical.parse(body)) == value
    assert codec.encode(codec.decode(Everything, written)) == written


def test_the_form_is_the_one_agreed() -> None:
    at = datetime(2026, 3, 2, 12, 0, 0, 250, tzinfo=timezone(timedelta(hours=-6)))
    value = Weighing(Mass(Decimal("10.12345678901234567")), at, True, (Mass(Decimal("0.10")), Mass(Decimal("1E-7"))))
    assert codec.encode(value) == {
        "net": {"mg": "10.12345678901234567"},
        "at": "2026-03-02T18:00:00.000250Z",
        "settled": True,
        "readings": [{"mg": "0.10"}, {"mg": "0.0000001"}],
    }
    assert codec.encode(CSTDPart("bag", CSTDPart(3)), Evidence) == {
        "kind": "cstd_part",
        "side": "bag",
        "inside": {"side": 3, "inside": None},
    }
    assert codec.decode(Evidence, {"kind": "scan", "code": "x", "raw": "AP8="}) == Scan("x", b"\x00\xff")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("DoseDrawn", "dose_drawn"), ("CSTDPart", "cstd_part"), ("PPEOn", "ppe_on"), ("Photo2Taken", "photo2_taken")],
)
def test_kinds_are_class_names_in_snake_case(name: str, kind: str) -> None:
    assert codec.kind_of(type(name, (), {})) == kind


def test_sets_are_written_in_order_whatever_order_they_were_made_in() -> None:
    hint = frozenset[str]
    letters = [chr(97 + number) for number in range(26)]
    assert (
        codec.plan_of(hint).write(frozenset(letters))
        == codec.plan_of(hint).write(frozenset(reversed(letters)))
        == letters
    )


GOOD: dict[str, Any] = {"net": {"mg": "1.0"}, "at": "2026-03-02T18:00:00.000250Z", "settled": True, "readings": []}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"net": {"mg": 1.0}}, r"Weighing\.net: Mass\.mg: expected the text of a Decimal, not 1\.0"),
        ({"net": {"mg": 1}}, "expected the text"),
        ({"net": {"mg": "1,0"}}, "is not the text of a Decimal"),
        ({"net": {"mg": "NaN"}}, "is not the text of a Decimal"),
        ({"net": {"mg": "Infinity"}}, "is not the text of a Decimal"),
        ({"net": {"mg": " 1.0"}}, "is not how a Decimal is written"),
        ({"net": {"mg": "1_0"}}, "is not how a Decimal is written"),
        ({"net": {"mg": "١"}}, "is not how a Decimal is written"),
        ({"net": {"mg": "+1"}}, "is not how a Decimal is written"),
        ({"net": {"mg": "1e999999"}}, "is not the text of a Decimal"),
        ({"net": {}}, "Mass has no mg"),
        ({"net": {"mg": "1.0", "g": "1"}}, "Mass knows no g"),
        ({"net": None}, "expected the fields of Mass"),
        ({"at": "2026-03-02T18:00:00Z"}, "is not the text of a datetime"),
        ({"at": "2026-03-02T18:00:00.000250"}, "is not the text of a datetime"),
        ({"settled": 1}, "expected bool"),
        ({"readings": {"0": {"mg": "1"}}}, "expected a list"),
        ({"kind": "weighing"}, "Weighing knows no kind"),
    ],
)
def test_another_shape_is_refused_with_its_place(change: dict[str, Any], says: str) -> None:
    assert codec.decode(Weighing, GOOD) == Weighing(
        Mass(Decimal("1.0")), datetime(2026, 3, 2, 18, 0, 0, 250, tzinfo=UTC), True
    )
    with pytest.raises(codec.CodecError, match=says):
        codec.decode(Weighing, {**GOOD, **change})


@pytest.mark.parametrize(
    "wrong",
    [
        Weighing(Mass(Decimal(1)), datetime(2026, 3, 2), True),  # noqa: DTZ001  # the case tested
        Weighing(Mass(Decimal("NaN")), datetime(2026, 3, 2, tzinfo=UTC), True),
        Weighing(Mass(1.5), datetime(2026, 3, 2, tzinfo=UTC), True),  # type: ignore[arg-type]  # the case tested
        Weighing(Decimal(1), datetime(2026, 3, 2, tzinfo=UTC), True),  # type: ignore[arg-type]  # the case tested
        Weighing(Mass(Decimal("1E+99")), datetime(2026, 3, 2, tzinfo=UTC), True),
        Scan(7, b""),  # type: ignore[arg-type]  # the case tested
        Scan("x", "text"),  # type: ignore[arg-type]  # the case tested
        CSTDPart("syringe"),  # type: ignore[arg-type]  # the case tested
        CSTDPart(True),  # type: ignore[arg-type]  # equal to 1, and still not it
    ],
)
def test_a_value_of_the_wrong_type_is_never_written(wrong: object) -> None:
    with pytest.raises(codec.CodecError):
        codec.encode(wrong)


@pytest.mark.parametrize(
    "data", [{}, {"kind": "mass", "mg": "1"}, {"kind": None}, {"kind": ["scan"]}, "scan", None, {"kind": "Scan"}]
)
def test_a_strange_tag_is_refused(data: Any) -> None:
    with pytest.raises(codec.CodecError, match="none of scan, weighing, cstd_part"):
        codec.decode(Evidence, data)
    with pytest.raises(codec.CodecError, match="none of"):
        codec.encode(Mass(Decimal(1)), Evidence)


def test_a_repeated_or_unsorted_member_of_a_set_is_refused() -> None:
    for data in (["wrong", "right"], ["right", "right"]):
        with pytest.raises(codec.CodecError, match="in order, each member once"):
            codec.plan_of(frozenset[Verdict]).read(data)


@dataclass
class Loose:
    code: str


@dataclass(frozen=True)
class Tagged:
    kind: str


@dataclass(frozen=True)
class WithFloat:
    mass: float


@dataclass(frozen=True)
class WithAny:
    anything: Any


@dataclass(frozen=True)
class WithList:
    codes: list[str]


@dataclass(frozen=True)
class Positive:
    number: int

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError("must be more than nothing")


@pytest.mark.parametrize(
    "hint",
    [
        Loose,
        WithFloat,
        WithAny,
        WithList,
        float,
        object,
        str | int,
        Tagged | Scan,
        dict[int, str],
        Scan | str,
        set[str],
    ],
)
def test_a_hint_that_cannot_be_kept_exactly_is_refused(hint: Any) -> None:
    with pytest.raises(codec.CodecError):
        codec.decode(hint, {"code": "x", "mass": "1", "anything": 1, "codes": [], "kind": "scan"})


def test_a_value_that_its_own_class_refuses_is_refused_on_reading() -> None:
    with pytest.raises(codec.CodecError, match="Positive cannot be: must be more than nothing"):
        codec.decode(Positive, {"number": 0})
