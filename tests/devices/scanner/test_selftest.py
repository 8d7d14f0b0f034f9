"""The self-test sheet: each wrong setting of a scanner is named with the setting that mends it."""

from __future__ import annotations

from datetime import date

import pytest

from devices.scanner.parse import parse
from devices.scanner.selftest import GS, PROBES, judge

VIAL, BARS, CARD = (probe.aim + probe.data for probe in PROBES)
GERMAN = str.maketrans("yz-/Y", "zyß-Z")


@pytest.mark.parametrize("probe", PROBES, ids=lambda one: one.name)
def test_what_a_right_scanner_sends_is_ready(probe: object) -> None:
    found = judge(probe.aim + probe.data)  # type: ignore[attr-defined]  # a Probe
    assert (found.probe, found.ready, found.do) == (probe.name, True, "")  # type: ignore[attr-defined]  # as above


def test_the_first_symbol_is_read_as_a_vials_code_is() -> None:
    read = parse(VIAL, as_of=date(2026, 11, 29))
    assert (read.status, read.gtin14, read.lot, read.serial) == ("ok", "09506000134352", "aB-7/yZ", "09-qA")


@pytest.mark.parametrize(
    ("reading", "says", "do"),
    [
        (VIAL[3:], "without its AIM identifier, ]d2", "transmit AIM"),
        ("]Q3" + VIAL[3:], "came as ]Q3 instead of ]d2", "conversion of one symbology"),
        (VIAL.replace(GS, ""), "The separator is lost", 'gs = ["F8"]'),
        (VIAL.replace(GS, "|"), "The separator comes as |", 'gs = ["|"]'),
        (VIAL.replace(GS, " "), "The separator comes as a space", "Ctrl+]"),
        (VIAL.replace(GS, "<GS>"), "The separator comes as <GS>", "Ctrl+]"),
        (VIAL[:3] + VIAL[3:].swapcase(), "are exchanged", "Caps Lock"),
        (BARS[:3] + BARS[3:].upper(), "come as capitals", "case conversion"),
        (VIAL[:3] + VIAL[3:].translate(GERMAN), "- comes as ß", 'layout = "us"'),
        (BARS + "#", "adds # to the code", "prefix and suffix"),
        (BARS[:-3], "Characters are missing", "delay"),
        (CARD[:3] + CARD[3:].replace("%", "5"), "% comes as 5", "US keyboard"),
        ("]d2011001995550012417271231", "no symbol of the sheet", "1 to 3"),
        ("", "no symbol of the sheet", "1 to 3"),
    ],
)
def test_each_wrong_setting_is_named_with_what_mends_it(reading: str, says: str, do: str) -> None:
    found = judge(reading)
    assert not found.ready
    assert says in found.says
    assert do in found.do


def test_two_faults_are_both_named() -> None:
    found = judge(VIAL[3:].replace(GS, ""))
    assert (found.probe, found.ready) == ("1", False)
    assert "AIM identifier" in found.says
    assert "separator is lost" in found.says


def test_no_symbol_of_the_sheet_is_taken_for_another() -> None:
    assert [judge(one).probe for one in (VIAL, BARS, CARD)] == ["1", "2", "3"]
    assert len({one.name for one in PROBES}) == 3
