"""One value, one text, one digest: three writers agree on everything we allow, and the rest is refused."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from app.record import canonical

KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def standard(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@settings(max_examples=500)
@given(VALUES)
def test_q58_three_writers_write_the_same_bytes_and_reading_gives_the_value_back(value: Any) -> None:
    written = canonical.dump(value)
    assert written == standard(value) == rfc8785.dumps(value)
    assert canonical.parse(written) == value
    assert canonical.parse(written.decode()) == value


def test_q58_every_code_point_is_written_alike() -> None:
    for start in range(0, 0x110000, 0x1000):
        text = "".join(map(chr, (point for point in range(start, start + 0x1000) if not 0xD800 <= point <= 0xDFFF)))
        assert canonical.dump({"t": text}) == standard({"t": text}) == rfc8785.dumps({"t": text})


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (0.5, "floats"),
        ({"a": [1, 2.0]}, r"\$\.a\[1\]"),
        (2**53, "2\\*\\*53"),
        (-(2**53), "2\\*\\*53"),
        ({"é": 1}, "ASCII"),
        ({1: 1}, "ASCII"),
        ("\ud800", "surrogate"),
        ({"a": "x\udfff"}, "surrogate"),
        ({"a": {1, 2}}, "set"),
        (b"x", "bytes"),
    ],
)
def test_q58_what_other_writers_would_write_differently_is_refused(value: Any, word: str) -> None:
    with pytest.raises(canonical.CanonicalError, match=word):
        canonical.dump(value)


def test_nesting_without_end_is_refused_not_a_crash() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    with pytest.raises(canonical.CanonicalError, match="nested"):
        canonical.dump(value)


@pytest.mark.parametrize(
    "text", ['{"b":1,"a":2}', '{"a": 1}', '{"a":1,"a":1}', '{"a":1.0}', '{"a":01}', '"\\u00e9"', "{", "", "NaN"]
)
def test_q58_a_body_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(canonical.CanonicalError):
        canonical.parse(text)


def test_digests_are_those_of_the_published_recipe() -> None:
    body = b'{"a":1}'
    first = sha256(b"vialtrace/event/1\0" + b"\0" * 32 + body).digest()
    assert canonical.event_digest(canonical.NOTHING_BEFORE, body) == first
    assert canonical.event_digest(first, body) == sha256(b"vialtrace/event/1\0" + first + body).digest()
    assert (
        canonical.site_digest(canonical.NOTHING_BEFORE, first)
        == sha256(b"vialtrace/site/1\0" + b"\0" * 32 + first).digest()
    )
    assert first.hex() == "0c64af7ee890bcedf409652c596a59af98bb424b026af6560a518d520af5e2fe"


MOST = st.one_of(LEAVES, st.floats(), st.integers(), st.binary(max_size=2), st.text(max_size=2))
STRANGE = st.recursive(
    MOST,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(STRANGE)
def test_q58_the_quick_look_lets_pass_exactly_what_the_look_that_names_the_place_does(value: Any) -> None:
    try:
        canonical._check(value, "$", 0)
        refused = False
    except canonical.CanonicalError:
        refused = True
    assert canonical._stands(value, 0) is not refused
