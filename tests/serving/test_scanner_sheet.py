"""`vialtrace scanner`: the printed sheet is read back by another way than it was drawn, and judged."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner

from app.cli.scanner import scanner
from devices.scanner.selftest import PROBES, judge


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_every_symbol_of_the_printed_sheet_decodes_to_what_the_page_waits_for(tmp_path: Path, paper: str) -> None:
    out = tmp_path / "sheet.pdf"
    result = CliRunner().invoke(scanner, ["sheet", "--out", str(out), "--paper", paper, "--json"])
    assert result.exit_code == 0, result.output
    document = pypdfium2.PdfDocument(out)  # type: ignore[no-untyped-call]  # pypdfium2 carries no types
    page = document[0]
    picture = page.render(scale=200 / 72).to_pil()
    words = page.get_textpage().get_text_range()
    document.close()
    read = {one.symbology_identifier + bytes(one.bytes).decode() for one in zxingcpp.read_barcodes(picture)}
    assert read == {probe.aim + probe.data for probe in PROBES} == set(json.loads(result.stdout)["symbols"])
    assert all(judge(one).ready for one in read)
    assert "SCANNER TEST" in words
    assert all(probe.shows.split(":")[0] in " ".join(words.split()) for probe in PROBES)


def test_a_reading_is_judged_on_the_command_line_too(tmp_path: Path) -> None:
    right = CliRunner().invoke(scanner, ["judge", r"]d2010950600013435210aB-7/yZ\x1d2109-qA"])
    wrong = CliRunner().invoke(scanner, ["judge", "010950600013435210aB-7/yZ2109-qA", "--json"])
    assert (right.exit_code, right.stdout) == (0, "Symbol 1 came through whole.\n")
    assert (wrong.exit_code, json.loads(wrong.stdout)["ready"]) == (1, False)
    assert CliRunner().invoke(scanner, ["sheet", "--out", str(tmp_path / "sheet.png")]).exit_code == 2
