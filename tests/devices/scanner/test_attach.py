"""Two codes of one container, one read right after the other (B21)."""

from datetime import date

import pytest

from devices.scanner.attach import attached
from devices.scanner.parse import parse

TODAY = date(2026, 11, 30)
BARS, SQUARE = "]E00303380017027", "]d217280630" + "10D2207"


def both(first: str, second: str):
    return attached(parse(first, as_of=TODAY), parse(second, as_of=TODAY))


@pytest.mark.parametrize("first", [BARS, "]e00100303380017027", "]d2010030338001702717280630", "]d20100303380017027"])
def test_b21_lot_and_expiry_belong_to_the_product_read_just_before(first):
    got = both(first, SQUARE)
    assert (got.gtin14, got.lot, got.expiry) == ("00303380017027", "D2207", date(2028, 6, 30))
    assert (got.names_product, got.expired, len(got.codes)) == (True, False, 2)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SQUARE, BARS),
        (BARS, BARS),
        (BARS, "]d2" + "01003100199555061728063010AB123"),
        (BARS, "]d2" + "21SN0001"),
        (BARS, "]d2" + "02003033800170273712\x1d17280630"),
        (BARS, "]d2" + "00003123456789012348\x1d17280630"),
        (BARS, "]d1" + "1728063010D2207"),
        (BARS, "]d2" + "1728063110D2207"),
        ("]d2010030338001702717280630" + "10D2207", SQUARE),
        ("]E02000000000015", SQUARE),
        ("]d20190303380017020", SQUARE),
        ("%VT-U-9T4W1XKDT%", SQUARE),
        ("-03752864", SQUARE),
    ],
    ids=[
        "the other way round", "the same twice", "two products", "a serial number alone", "a shipping label", "a pallet",
        "not GS1", "no such day", "nothing lacks", "a shop's own number", "variable measure", "a unit label", "a PZN",
    ],
)  # fmt: skip
def test_b21_anything_else_is_no_pair(first, second):
    assert both(first, second) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("]d2010030338001702717280630", "]d217290630" + "10D2207"),
        ("]d20100303380017027" + "10D2208", SQUARE),
        ("]d20100303380017027" + "10D2207\x1d21A", "]d21728063010D2207\x1d21B"),
        ("]d2010030338001702717280630", "]d2" + "7003" + "2806291200\x1d10D2207"),
    ],
)
def test_b21_two_codes_that_disagree_are_of_two_containers(first, second):
    got = both(first, second)
    assert (got.error, got.gtin14, got.lot, got.expiry) == ("CONFLICT", None, None, None)


def test_b21_a_tail_that_may_have_lost_its_separator_names_nothing():
    assert not both(BARS, "]d2" + "10D220717280630").names_product
