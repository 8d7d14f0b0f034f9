"""Transcripts and journals run through the driver, from the command line too."""

import json
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from devices.balance.balance import BalanceLink
from devices.balance.replay import replay
from devices.journal import Journal, read_journal
from devices.readings import WeightRead
from tests.devices.clock import CLOCK
from tests.devices.peer import SERIAL, wait_for
from tests.small_disk import small_disk

HERE = Path(__file__).parent / "transcripts"
FILES = ("mt_sics.txt", "mt_sics_reactions.txt")
CASES = [case for name in FILES for case in replay("mt-sics", (HERE / name).read_text())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_driver_makes_of_the_bytes_what_the_transcript_says(case):
    assert case.match is True, (case.got, case.expect)


def test_both_files_are_whole():
    assert [sum(text.startswith("CASE ") for text in (HERE / name).read_text().splitlines()) for name in FILES] == [
        40,
        24,
    ]
    assert len(CASES) == 64


def run(*words: str):
    return CliRunner().invoke(main, ["balance", "replay", *words])


def test_the_command_prints_one_object_a_case_and_exits_0():
    result = run("mt-sics", str(HERE / "mt_sics.txt"), "--json")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert len(lines) == 40
    assert lines[1] == {
        "case": "s-11-wide-field",
        "got": [{"kind": "weight", "value": "-12.340", "unit": "kg", "stable": True}],
        "match": True,
    }


@pytest.mark.parametrize(
    "expect",
    [
        '{"kind": "weight", "value": "100.0", "unit": "g", "stable": true}',
        '{"kind": "weight", "value": "100.00", "unit": "g", "stable": false}',
        '{"kind": "weight", "value": "100.00", "unit": "kg", "stable": true}',
        '{"kind": "overload"}',
        "[]",
    ],
)
def test_a_wrong_expectation_does_not_match_and_exits_1(tmp_path, expect):
    file = tmp_path / "case.txt"
    file.write_text(f"CASE one\nSRC [K] x\n>> S\\r\\n\n<< S S     100.00 g\\r\\n\nEXPECT {expect}\n")
    result = run("mt-sics", str(file), "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["match"] is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no CASE"),
        ("CASE a\n>> S\\q\n", "line 2"),
        ("CASE a\nEXPECT {\n", "line 2"),
        ("CASE a\n\nCASE a\n", "twice"),
        ("CASE a\nGIBBERISH\n", "line 2"),
        (">> S\\r\\n\n", "without CASE"),
        ('{"mono": 1}\n', "line 1"),
    ],
)
def test_a_file_that_is_neither_is_refused_with_its_line(tmp_path, text, words):
    file = tmp_path / "case.txt"
    file.write_text(text)
    result = run("mt-sics", str(file))
    assert result.exit_code == 2
    assert words in result.output


def test_an_unknown_protocol_is_refused_with_the_known_ones():
    result = run("mt-sisc", str(HERE / "mt_sics.txt"))
    assert result.exit_code == 2
    assert "mt-sics" in result.output


def test_a_journal_of_a_real_run_replays_to_the_same_weights(tmp_path, instrument):
    peer = instrument(SI=[b"S D      18.40 g\r\n", b"S S      18.42 g\r\n"])
    journal = Journal(tmp_path / "hood1.journal", CLOCK)
    link = BalanceLink("mt-sics", str(peer.link), serial=SERIAL, clock=CLOCK, journal=journal)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready", link)
        read = link.settled(60)
    finally:
        link.close()
        journal.close()
    assert isinstance(read, WeightRead)
    got = [words for case in replay("mt-sics", (tmp_path / "hood1.journal").read_text()) for words in case.got]
    assert got[0] == {"kind": "serial", "value": SERIAL}
    assert [words["value"] for words in got if words["kind"] == "weight"][:2] == ["18.40", "18.42"]
    assert sum(words["kind"] == "weight" for words in got) >= read.n
    result = run("mt-sics", str(tmp_path / "hood1.journal"), "--json")
    assert result.exit_code == 0
    assert {json.loads(line)["match"] for line in result.output.splitlines()} == {None}


def test_a_journal_turns_over_and_keeps_so_many(tmp_path):
    journal = Journal(tmp_path / "j", CLOCK, most_bytes=500, keep=2)
    for number in range(40):
        journal.sent(b"SI\r\n", number)
    journal.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["j", "j.1", "j.2"]


def test_cutting_a_transcript_s_writes_anywhere_changes_nothing():
    """One write may arrive in several reads."""
    chance = random.Random(7)
    for block in (HERE / "mt_sics.txt").read_text().split("\n\n"):
        if "fault" in block or not block.startswith("CASE "):
            continue
        lines = []
        for line in block.split("\n"):
            at = chance.randrange(4, len(line)) if line.startswith("<< ") and len(line) > 5 else 0
            whole = not at or "\\" in line[at - 4 : at + 1]
            lines += [line] if whole else [line[:at], "<< " + line[at:]]
        (case,) = replay("mt-sics", "\n".join(lines))
        assert case.match is True, (lines, case.got)


def test_q65_a_full_disk_stops_no_instrument_and_the_journal_says_what_is_missing(tmp_path):
    with small_disk(tmp_path / "small") as small:
        journal = Journal(small.folder / "hood1.journal", CLOCK)
        journal.sent(b"S\r\n", 1)
        small.fill()
        for number in range(3000):  # more than the rest of a page holds
            journal.received(b"S S     100.00 g\r\n", number)
        small.make_room()
        journal.received(b"S S     200.00 g\r\n", 9000)
        journal.close()
        journal.note("nobody hears this")
        kept = list(read_journal((small.folder / "hood1.journal").read_text().splitlines()))
    assert (kept[0].data, kept[-1].data, kept[-1].ask) == (b"S\r\n", b"S S     200.00 g\r\n", 9000)
    assert re.fullmatch(r"\d+ lines are missing here: the disk did not take them", kept[-2].data.decode())
    assert int(kept[-2].data.split()[0]) + len(kept) - 3 == 3000
