"""What a ZPL printer says of itself: by its transcript, in pieces, broken off, and not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from devices.errors import Garbled, Silent
from devices.printer.status import PrinterStatus, read_status

TRANSCRIPT = Path(__file__).parent.parent / "transcripts" / "zpl_status.txt"
FINE = b"\x02030,0,0,0609,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"


def test_the_transcript_replays_from_the_command_line() -> None:
    result = CliRunner().invoke(main, ["balance", "replay", "zpl-status", str(TRANSCRIPT), "--json"])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["case"], line["match"]) for line in lines] == [
        ("paper-out", True),
        ("head-open", True),
        ("buffer-full", True),
        ("peel-waiting", True),
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        (b"030,0,0,", b"030,0,1,", ("paused",)),
        (b"0609,000,0,0,0,", b"0609,000,0,0,1,", ("partial_format",)),
        (b"000,0,0,0\x03\r\n\x02000", b"000,1,1,1\x03\r\n\x02000", ("corrupt_ram", "under_temp", "over_temp")),
        (b"\x02000,0,0,0,1", b"\x02000,0,1,1,1", ("head_open", "ribbon_out")),
    ],
)
def test_every_fault_has_its_field(old: bytes, new: bytes, faults: tuple[str, ...]) -> None:
    assert FINE.count(old) == 1
    assert read_status(FINE.replace(old, new)) == PrinterStatus(faults, False, 0, length=609)
    assert read_status(FINE) == PrinterStatus((), False, 0, length=609)


def test_the_length_of_its_labels_and_whether_they_have_gaps_are_read() -> None:
    endless = read_status(FINE.replace(b"\x02000,0,0,0,1", b"\x02192,0,0,0,1").replace(b"0609", b"1200"))
    assert endless == PrinterStatus((), False, 0, length=1200, continuous=True)
    assert read_status(FINE.replace(b"0609", b"")) == PrinterStatus((), False, 0), "one that does not say how long"


def test_silence_is_a_status_and_a_part_is_none() -> None:
    assert isinstance(read_status(b""), Silent)
    for cut in range(1, len(FINE)):
        part = read_status(FINE[:cut])
        assert isinstance(part, Silent | Garbled), FINE[:cut]


@pytest.mark.parametrize("heard", [b"hello\r\n", FINE + b"x", FINE.replace(b"030,0,", b"030,2,"), FINE + FINE])
def test_what_is_no_status_says_so(heard: bytes) -> None:
    assert isinstance(read_status(heard), Garbled)
