"""Unit labels, command cards and everything else of ours share one namespace, and nothing of GS1 or of a nation lies in it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.scanner import aim
from devices.scanner.answer import CodeAnswer
from devices.scanner.parse import parse, parse_several
from labels import codes
from tests.devices.scanner.test_properties import CSET_82, element_lists, gtins, written

TODAY = date(2026, 11, 30)
PLAIN = ("", "]d1", "]C0", "]Q1", "]A0")
GS1 = sorted(aim.GS1)
RETAIL = ("]E0", "]E4", "]I1")

ids = st.text(codes.ID_LETTERS, min_size=8, max_size=8)
copies = st.integers(1, 99)
words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=12)
ours = st.one_of(
    st.tuples(st.sampled_from("PTHSB"), ids, st.none()),
    st.tuples(st.sampled_from("FI"), ids, copies),
    st.tuples(st.just("U"), ids, st.none() | copies),
).map(lambda one: (one, codes.make(*one)))
cards = words.map(lambda word: (("C", word, None), codes.command(word)))
printed = st.one_of(ours, cards)

national = st.one_of(
    st.from_regex(r"-[0-9]{8}", fullmatch=True),
    st.from_regex(r"A[0-9]{9}", fullmatch=True),
    st.from_regex(r"\+[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9][0-9A-Z. $/+%-]", fullmatch=True),
    st.from_regex(r"\[\)>\x1e06\x1d9N11[0-9]{10}\x1d1T[A-Z0-9]{1,20}\x1e\x04", fullmatch=True),
    gtins,
    gtins.map(lambda gtin: gtin[1:]),
    gtins.map(lambda gtin: f"https://id.gs1.org/01/{gtin}"),
)


def names_nothing(answer: CodeAnswer) -> bool:
    return not answer.names_product and answer.gtin14 is None and not answer.elements and answer.ndc10 is None


@given(printed, st.sampled_from(PLAIN))
def test_b40_what_we_print_reads_back_as_itself_and_names_no_product(made: tuple, symbology: str) -> None:
    (kind, what, copy), code = made
    answer = parse(symbology + code, as_of=TODAY)
    assert answer.own is not None
    assert (answer.form, answer.own.kind, answer.own.word or answer.own.id, answer.own.copy) == (
        "own",
        kind,
        what,
        copy,
    )
    assert names_nothing(answer)


@given(printed, st.sampled_from([*GS1, *RETAIL]))
def test_b40_under_a_gs1_identifier_our_codes_are_refused(made: tuple, symbology: str) -> None:
    answer = parse(symbology + made[1], as_of=TODAY)
    assert (answer.status, answer.own) == ("error", None)
    assert names_nothing(answer)


@given(printed)
def test_b40_our_codes_are_no_element_string_where_a_scanner_sends_none_of_its_identifiers(made: tuple) -> None:
    answer = parse(made[1], as_of=TODAY, as_="gs1")
    assert answer.status == "error"


@settings(max_examples=300)
@given(element_lists, st.sampled_from([*GS1, *PLAIN, *RETAIL]), st.sampled_from(["scan", "gs1"]))
def test_b40_no_element_string_is_ever_a_code_of_ours(elements: list, symbology: str, as_: str) -> None:
    """A lot may hold any of `%VT-U-`: what begins with digits is still none of ours."""
    data = written([*elements, ("21", "%VT-U-CYA00001K%")] if "21" not in dict(elements) else elements)[3:]
    assert parse(symbology + data, as_of=TODAY, as_=as_).own is None


@settings(max_examples=300)
@given(national, st.sampled_from([*GS1, *PLAIN, *RETAIL]))
def test_b40_no_national_or_retail_number_is_ever_a_code_of_ours(data: str, symbology: str) -> None:
    assert parse(symbology + data, as_of=TODAY).own is None


@settings(max_examples=500)
@given(printed, st.data())
def test_b40_damage_makes_no_product_of_a_code_of_ours(made: tuple, data: st.DataObject) -> None:
    code = made[1]
    place, cut = data.draw(st.integers(0, len(code))), data.draw(st.integers(0, 6))
    put = data.draw(st.text(CSET_82 + "\x1d]", max_size=6))
    damaged = code[:place] + put + code[place + cut :]
    for symbology in ("", "]d1", "]d2", "]C1"):
        assert not parse(symbology + damaged, as_of=TODAY).names_product


@given(printed, gtins)
def test_b6_a_code_of_ours_seen_beside_a_makers_takes_and_lends_no_identity(made: tuple, gtin: str) -> None:
    together = parse_several([f"]d1{made[1]}", f"]d201{gtin}"], as_of=TODAY)
    if together.status == "ok":
        assert together.gtin14 == gtin
        assert together.lot is together.serial is None


@pytest.mark.parametrize("kind", sorted(codes.KINDS))
def test_b40_each_kind_is_known_by_its_letter_alone(kind: str) -> None:
    copy = 1 if kind in codes.COUNTED else None
    code = codes.make(kind, "4M8D0ZRW", copy)
    for other in sorted(codes.KINDS - {kind}):
        mistaken = parse(code.replace(f"-{kind}-", f"-{other}-", 1), as_of=TODAY).own
        assert mistaken is None or mistaken.kind == other
