"""What a serial scanner sends is cut into whole codes, or discarded with words."""

import os
import time
from pathlib import Path

import pytest

from devices.readings import CodeRead
from devices.scanner.replay import replay
from devices.scanner.serial import Discarded, Framer, ScannerLink
from devices.transcript import Instrument, Pause, read_cases
from tests.devices.clock import CLOCK, MOMENT
from tests.devices.peer import Peer, wait_for

HERE = Path(__file__).parent / "transcripts"
TRANSCRIPT = {case.id: case for case in read_cases((HERE / "scanner_serial.txt").read_text())}


def framed(case_id: str, suffix: str = "\r") -> list[str]:
    framer, now, out = Framer(suffix, CLOCK), 10.0, []
    for event in TRANSCRIPT[case_id].events:
        if isinstance(event, Instrument):
            out += framer.feed(event.data, now)
        elif isinstance(event, Pause):
            now += event.seconds
            out += framer.tick(now)
    return [one.text if isinstance(one, CodeRead) else one.reason for one in out]


@pytest.mark.parametrize(
    ("case", "want"),
    [
        ("gs1-dm", ["]d201003123456789061727123110LOT-77\x1d21SER0001"]),
        ("ean13", ["]E05901234123457"]),
        ("gs-lost", ["]d201003123456789061727123110LOT-7721SER0001"]),
        ("double-read", ["]d1PREP-000123", "repeated"]),
        ("partial", ["suffix missing"]),
        ("utf8", ["]d1Müller"]),
    ],
)
def test_the_serial_cases_of_the_transcript(case, want):
    assert framed(case) == want
    assert framed(case, "\r\n") == want


def feed(*parts: tuple[bytes, float], suffix: str = "\r") -> list[CodeRead | Discarded]:
    framer = Framer(suffix, CLOCK)
    return [one for data, at in parts for one in (framer.feed(data, at) if data else framer.tick(at))]


def test_a_code_in_pieces_is_one_code():
    data = b"]d20100312345678906\x1d10A\r"
    pieces = [(data[at : at + 1], 1.0 + at * 0.05) for at in range(len(data))]
    assert feed(*pieces) == [CodeRead("]d20100312345678906\x1d10A", data, MOMENT, pieces[-1][1])]


def test_a_part_is_discarded_after_200_ms_and_does_not_join_the_next_code():
    (first, part, second) = feed((b"]d1A\r", 1.0), (b"]d1PREP-00", 2.0), (b"]d1PREP-000123\r", 2.21))
    assert (first.text, part.reason, part.raw, second.text) == ("]d1A", "partial", b"]d1PREP-00", "]d1PREP-000123")


def test_before_200_ms_a_part_goes_on():
    assert [one.text for one in feed((b"]d1PREP-00", 2.0), (b"", 2.19), (b"0123\r", 2.19))] == ["]d1PREP-000123"]


def test_a_scanner_without_suffix_is_told_so():
    (only,) = feed((b"]d1PREP-000123", 1.0), (b"", 1.2))
    assert only.reason == "suffix missing"
    assert "set the scanner" in only.says


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"]d1PREP-000123]d1PREP-000124\r", "merged"),
        (b"]d2010031234567]d20100312345678906\r", "merged"),
        (b"]d1PREP\x00\r", "unreadable"),
        (b"]d1PREP-\xb1\xb2\r", "unreadable"),
        (b"\r", "empty"),
        (b"x" * 5000, "too long"),
    ],
)
def test_what_cannot_be_trusted_is_discarded(data, reason):
    (only,) = feed((data, 1.0))
    assert (only.reason, only.says[-1]) == (reason, ".")


def test_the_same_code_counts_again_after_half_a_second_and_another_at_once():
    got = feed((b"A\r", 1.0), (b"A\r", 1.4), (b"A\r", 1.8), (b"B\r", 1.9), (b"A\r", 2.0), (b"A\r", 2.51))
    assert [one.text if isinstance(one, CodeRead) else one.reason for one in got] == [
        "A", "repeated", "repeated", "B", "A", "A",
    ]  # fmt: skip


def test_a_scanner_without_suffix_cannot_be_configured():
    with pytest.raises(ValueError, match="suffix"):
        ScannerLink("/dev/ttyACM0", suffix="", clock=CLOCK, heard=print)


def test_a_scanner_on_a_port_is_heard_lost_and_heard_again(tmp_path):
    peer = Peer(tmp_path, {})
    heard, missed = [], []
    link = ScannerLink(str(peer.link), suffix="\r\n", clock=CLOCK, heard=heard.append, missed=missed.append)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready")
        peer.send(b"]d1PREP-000123\r\n")
        wait_for(lambda: heard)
        peer.send(b"]d1PREP-0001")
        wait_for(lambda: missed)
        peer.unplug()
        wait_for(lambda: link.state.name == "lost")
        peer.plug()
        wait_for(lambda: link.state.name == "ready")
        time.sleep(0.1)
        peer.send(b"]d1PREP-000124\r\n")
        wait_for(lambda: len(heard) == 2)
    finally:
        link.close()
        peer.close()
    assert [code.text for code in heard] == ["]d1PREP-000123", "]d1PREP-000124"]
    assert [part.reason for part in missed] == ["partial"]
    assert link.state.name == "closed"
    assert len(os.listdir("/proc/self/fd")) < 200


def test_the_transcript_s_codes_replay_and_keys_typed_into_a_page_do_not():
    got = {case.case: case for case in replay((HERE / "scanner_serial.txt").read_text())}
    assert {name for name, case in got.items() if case.match} == {
        "gs1-dm", "ean13", "gs-lost", "double-read", "partial", "utf8",
    }  # fmt: skip
    assert {name for name, case in got.items() if not case.got} == {
        "wedge-f8", "wedge-alt029", "wedge-layout", "wedge-slow-main-thread",
    }  # fmt: skip
    assert [words["kind"] for words in got["double-read"].got] == ["scan_once"]


def test_keys_typed_into_a_page_are_left_open_by_the_replay_for_only_a_browser_can_try_them():
    keys = 'CASE wedge\n.. keys: F8\nEXPECT {"kind": "scan"}\n'
    (case,) = replay(keys)
    assert (case.got, case.match) == ((), None)
