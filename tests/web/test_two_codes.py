"""A bag with two codes, one of the product and one of lot and expiry: both are scanned, and count as one (B21)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.catalogue.identify import ALONE
from tests.web.at_station import Hood, Technician
from workflows.evidence import Container, OtherCode, Scan

BARS, SQUARE = "]E00303380017027", "]d21728063010D2207\x1d21B00077"
NO_SERIAL = "]d21728063010D2207"
WRONG_BAG = "]E00303380049028"


def scan(hood: Hood, ann: FlaskClient, raw: str, **more: str) -> tuple[str, str]:
    body = hood.post(ann, "scan", raw=raw, **more).get_json()
    return body["verdict"]["word"], body.get("client", "")


@pytest.fixture
def at_bag(hood: Hood) -> Hood:
    hood.advance("base")
    return hood


def test_b21_a_half_waits_for_the_other_and_only_for_the_very_next_scan(at_bag: Hood) -> None:
    hood, ann = at_bag, at_bag.client()
    assert scan(hood, ann, BARS) == ("NOW THE OTHER CODE", "half")
    assert hood.p().near_misses == (), "nothing was wrong yet"
    assert scan(hood, ann, SQUARE)[0] != "RIGHT", "the page has not scanned the product just before"
    miss = hood.p().near_misses[-1].evidence
    assert isinstance(miss, Scan)
    assert miss.found == OtherCode(ALONE)
    assert scan(hood, ann, BARS, first_raw=BARS) == ("NO UNIT", ""), "the same again: there is no other code"
    assert scan(hood, ann, NO_SERIAL, first_raw=BARS) == ("NO UNIT", ""), (
        "which of the bags it is, neither of them says"
    )
    misses = len(hood.p().near_misses)
    assert scan(hood, ann, SQUARE, first_raw=BARS) == ("RIGHT", "")
    got = hood.p().evidence("base")
    assert isinstance(got, Scan)
    assert isinstance(got.found, Container)
    assert (got.raw, got.found.lot, f"{got.found.expiry}") == (f"{BARS}\t{SQUARE}", "D2207", "2028-06-30")
    assert got.found.unit == "00303380017027/D2207/B00077"
    assert len(hood.p().near_misses) == misses


def test_b21_a_first_code_with_which_anything_else_is_wrong_is_judged_at_once(at_bag: Hood) -> None:
    ann = at_bag.client()
    assert scan(at_bag, ann, WRONG_BAG)[1] == ""
    assert "NO_EXPIRY" in at_bag.p().near_misses[-1].codes
    assert len(at_bag.p().near_misses[-1].codes) > 1
    assert scan(at_bag, ann, SQUARE, first_raw=WRONG_BAG)[0] != "RIGHT"


@pytest.mark.browser
def test_b21_ann_scans_both_codes_of_a_bag_and_a_card_between_them_parts_them(ann: Technician) -> None:
    ann.begin_at("base")
    ann.scan(BARS)
    ann.hears("check", "Scan the other code on the same container")
    ann.card("HELP")
    ann.hears("check", "Hold the card up")
    ann.scan(SQUARE)
    ann.hears("wrong", "lot and expiry alone")
    ann.card("BACK")
    ann.scan(BARS)
    ann.hears("check", "NOW THE OTHER CODE")
    ann.scan(SQUARE)
    ann.hears("right", "D2207")
    found = ann.hood.p().evidence("base")
    assert isinstance(found, Scan)
    assert found.raw == f"{BARS}\t{SQUARE}"
