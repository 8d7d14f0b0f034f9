"""Every fault of a balance at a working station: what Ann reads, and that no weight comes out but what lies there.

A fault is caused by its number in the pretend balance, with a load of 100.00 g on its pan, and looked at as a page
looks: often, and with WEIGH pressed again and again.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.stations.benches import Restart
from app.stations.pan import NoWeighing, Pan
from devices import connection
from devices.balance import balance
from devices.journal import read_journal
from hardware_mocks.faults import TABLE
from hardware_mocks.station import Station
from tests.stations.conftest import until
from tests.stations.test_every_balance import at_work
from workflows.evidence import Weighing

LOAD = Decimal("100.00")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.05)


@dataclass(frozen=True)
class Seen:
    """What came of a fault."""

    words: str
    """Everything that was read, told and refused, run together."""
    weights: set[Decimal]
    """What was taken as a weight, in g."""
    epochs: set[str]
    """Weighing epochs of what was taken once the fault had shown itself."""
    lines: set[str]
    """The balance's own lines that those weights rest on."""


LONGEST_S = 60.0
"""A machine with other work may be slow to come to it."""
AND_THEN = 2
"""How often WEIGH is pressed once the fault was read and stands in the journal."""


def watched(pan: Pan, folder: Path, words: str, wanted: str) -> Seen:
    """Look and press WEIGH until the words, or one of several (a|b), were read and the journal tells of it too."""
    said: list[str] = []
    weights, epochs, lines = set[Decimal](), set[str](), set[str]()
    end, left, shown = time.monotonic() + LONGEST_S, AND_THEN, False
    while left and time.monotonic() < end:
        left -= shown
        glance = pan.glance()
        said.append(f"{glance.state}: {glance.says}")
        got = pan.capture(0.3)
        if isinstance(got, Weighing):
            weights.add(got.g)
            lines.update(got.raw)
            if shown:
                epochs.add(got.epoch)
        else:
            said.append(got.says)
        said += [pan.link.state.says, *(f"{event.what} {event.says}" for event in pan.link.events())]
        said = list(dict.fromkeys(said))
        shown = shown or (read(words, said) and tells(folder, wanted))
        time.sleep(0.03)
    assert read(words, said), said
    assert shown, f"the journal does not tell of it: {wanted}"
    return Seen(" | ".join(said), weights, epochs, lines)


def read(words: str, said: list[str]) -> bool:
    return any(part in one for part in words.split("|") for one in said)


def tells(folder: Path, wanted: str) -> bool:
    return re.search(wanted, "".join(kept(folder))) is not None


def epoch_of(pan: Pan) -> str:
    return ".".join(str(part) for part in pan.link.state.epoch)


def loaded(station: Station, pan: Pan) -> str:
    """Bring the station to a settled load of 100 g, and return its epoch."""
    until(lambda: pan.glance().empty)
    station.put(str(LOAD))
    until(lambda: pan.glance().armed and pan.glance().settled)
    got = pan.capture(LONGEST_S)
    assert isinstance(got, Weighing)
    assert got.g == LOAD
    return got.epoch


KEPT = {
    "F1": "lost: The link to", "F2": "lost: The link to", "F4": "lost: The link to", "F6": "suspect: ",
    "F8": "no answer to", "F9": "answer broke off", "F10": "suspect: ", "F11": "no answer to ",
    "F12": "config_error: The balance prints by itself", "F13": "restarted: The balance was switched off and on",
    "F14": r"(SI\r\nS S|SI\r\nSI )", "F15": "Unreadable characters", "F16": r"[2-9]\d\d\.\d\d",
    "F17": r"\d +{unit}", "F18": r"(100,00|nnn|E\d|\.\[|100\.00 {{4}})", "F19": r"100\.0 g",
    "F20": r"(S D|US,|g \?|\.\d\d    \r)", "F21": r"100\.2\d g", "F22": "S D     100.00",
    "F23": r"(S \+|High|OL,\+|SI \^|Error 8\.3|\d{{4}}\.\d\d g \?)", "F24": "(S -|Low|OL,-)",
    "F27": r"(TA A|T    |PT:|OT) *\+?[ 0]*100\.00|100\.00 g   T", "F28": "(S I|Cal.Int.|EC,E02)", "F30": r"ES\r\n",
    "F31": "{shows}", "F32": r"g *S[IS ]", "F33": "xxxxxxxx", "F35": "(S I|OFF|EC,E02)", "F36": "suspect: ",
}  # fmt: skip
"""What the journal says of each fault: the bytes that came, or what happened to the link."""
CHECK_OVER: set[str | tuple[str, str]] = {
    "F1", "F2", "F4", "F12", "F13", "F15",
    *((code, protocol) for code in ("F28", "F35") for protocol in ("sartorius-sbi", "and-standard")),
}  # fmt: skip
"""Faults after which today's check is over: the balance was, or may have been, switched off, moved or exchanged."""
AS_IT_COMES = {"F6", "F8", "F9", "F10", "F18", "F33"}
"""Whether the link is lost in the end is a matter of how often the page asks; then the check is over, else it stands."""


def kept(folder: Path) -> tuple[str, str]:
    """What the journal has: everything that was heard, run together, and what happened."""
    text = (folder / "journals" / "HOOD-1-balance.journal").read_text()
    entries = list(read_journal(text[: text.rfind("\n") + 1].splitlines()))  # the last line may still be being written
    heard = b"".join(one.data for one in entries if one.way == "<").decode("latin-1")
    return heard, "\n".join(one.data.decode() for one in entries if one.way == ".")


ROWS: list[tuple[str, str, dict[str, Any], str, bool]] = [
    # code, protocol, how, what Ann (or IT, in the link's words) reads, whether another epoch begins; of two words (a|b) either
    # may be true first: a creep that is sampled unevenly looks restless
    ("F1", "mt-sics", {"seconds": 0.4}, "Look at its cable", True),
    ("F1", "radwag", {"seconds": 0.4}, "Look at its cable", True),
    ("F2", "mt-sics", {"seconds": 0.4}, "The link to", True),
    ("F2", "sartorius-sbi", {"seconds": 0.4}, "The link to", True),
    ("F4", "mt-sics", {"seconds": 0.3}, "Look at its cable", True),
    ("F6", "mt-sics", {}, "did not answer as it should", False),
    ("F8", "mt-sics", {"times": 2}, "did not answer as it should", False),
    ("F8", "and-standard", {"times": 2}, "did not answer as it should", False),
    ("F9", "mt-sics", {"times": 2}, "did not answer as it should", False),
    ("F9", "ohaus", {"times": 2}, "did not answer as it should", False),
    ("F10", "mt-sics", {}, "did not answer as it should", False),
    ("F11", "mt-sics", {"seconds": 1.1, "times": 1}, "did not answer as it should", False),
    ("F12", "mt-sics", {}, "auto print off", False),
    ("F12", "ohaus", {}, "auto print off", False),
    ("F13", "mt-sics", {}, "switched off and on", True),
    ("F14", "mt-sics", {}, "", False),
    ("F14", "radwag", {}, "", False),
    ("F15", "mt-sics", {"times": None}, "speed and parity", False),
    ("F15", "sartorius-sbi", {"times": None}, "As delivered it speaks 9600 8O1", False),
    ("F15", "and-standard", {"times": None}, "As delivered it speaks 2400 7E1", False),
    ("F16", "mt-sics", {"times": 1}, "", False),
    ("F16", "and-standard", {"times": 1}, "", False),
    ("F16", "radwag:r2", {"times": 1}, "", False),
    ("F17", "mt-sics", {"unit": "kg"}, "now weighs in kg", False),
    ("F17", "mt-sics", {"unit": "oz"}, "weighs in oz. Set it to g", False),
    ("F17", "sartorius-sbi", {"unit": "pcs"}, "not understood", False),
    ("F17", "and-standard", {"unit": "ct"}, "weighs in ct. Set it to g", False),
    ("F18", "mt-sics", {"how": "comma", "times": None}, "not understood", False),
    ("F18", "mt-sics", {"how": "nan", "times": None}, "not understood", False),
    ("F18", "ohaus", {"how": "exponent", "times": None}, "not understood", False),
    ("F18", "radwag", {"how": "no unit", "times": None}, "not understood", False),
    ("F18", "sartorius-sbi", {"how": "bracket", "times": None}, "not understood", False),
    ("F19", "mt-sics", {}, "another number of decimals", False),
    ("F20", "mt-sics", {}, "does not come to rest", False),
    ("F20", "ohaus", {}, "does not come to rest", False),
    ("F20", "and-standard", {}, "does not come to rest", False),
    ("F20", "sartorius-sbi", {}, "In motion", False),
    ("F21", "mt-sics", {"g_per_s": 0.02}, "drifting|does not come to rest", False),
    ("F22", "kern-kcp", {}, "does not come to rest", False),
    ("F22", "mt-sics", {}, "does not come to rest", False),
    ("F23", "mt-sics", {}, "Overload: remove the load", False),
    ("F23", "sartorius-sbi", {}, "Overload: remove the load", False),
    ("F23", "ohaus", {}, "Overload: remove the load", False),
    ("F23", "and-standard", {}, "Overload: remove the load", False),
    ("F23", "radwag:r2", {}, "Overload: remove the load", False),
    ("F24", "mt-sics", {}, "is the weighing pan on?", False),
    ("F24", "sartorius-sbi", {}, "is the weighing pan on?", False),
    ("F24", "and-standard", {}, "is the weighing pan on?", False),
    ("F27", "mt-sics", {}, "A tare of 100.00 g is set", True),
    ("F27", "sartorius-sbi", {}, "A tare of 100.00 g is set", True),
    ("F27", "ohaus", {}, "A tare of 100.00 g is set", True),
    ("F27", "and-standard", {}, "A tare of 100.00 g is set", True),
    ("F27", "kern-kcp", {}, "A tare of 100.00 g is set", True),
    ("F27", "radwag", {}, "A tare of 100.00 g is set", True),
    ("F28", "sartorius-sbi", {}, "adjusting itself", True),
    ("F28", "and-standard", {}, "tests itself, or is off", True),
    ("F28", "mt-sics", {}, "busy", False),
    ("F30", "mt-sics", {"name": "TA"}, "does not know this command", False),
    ("F30", "radwag", {"name": "OT"}, "does not know this command", False),
    ("F31", "mt-sics", {"shows": "15b"}, "a fault of its own: error 15b", False),
    ("F31", "sartorius-sbi", {"shows": "320"}, "a fault of its own: 320", False),
    ("F31", "and-standard", {"shows": "E20"}, "a fault of its own: E20", False),
    ("F31", "ohaus", {"shows": "9.5"}, "a fault of its own: 9.5", False),
    ("F32", "mt-sics", {"times": 1}, "did not answer as it should", False),
    ("F32", "radwag", {"times": 1}, "did not answer as it should", False),
    ("F33", "mt-sics", {}, "did not answer as it should|auto print off", False),
    ("F35", "sartorius-sbi", {}, "tests itself, or is off", True),
    ("F35", "and-standard", {}, "tests itself, or is off", True),
    ("F35", "mt-sics", {}, "busy", False),
    ("F36", "mt-sics", {"times": 1}, "answered twice to one question", False),
    ("F36", "and-standard", {"times": 1}, "answered twice to one question", False),
]
OFTEN = {
    ("F15", "sartorius-sbi"),
    ("F17", "and-standard"),
    ("F23", "ohaus"),
    ("F28", "sartorius-sbi"),
    ("F35", "and-standard"),
}
"""Other makers' ways of failing that are looked at every time; the rest is for `make soak`."""


def _often(row: tuple[str, str, dict[str, Any], str, bool]) -> bool:
    return row[1] == "mt-sics" or row[0] == "F27" or row[:2] in OFTEN


ON_PTY = {"F4", "F6"}


@pytest.mark.parametrize(
    ("code", "protocol", "how", "words", "parted"),
    [
        pytest.param(*row, id=f"{row[0].lower()}-{row[1]}-{number}", marks=() if _often(row) else pytest.mark.soak)
        for number, row in enumerate(ROWS)
    ],
)
def test_faults_by_number_at_the_station(
    code: str, protocol: str, how: dict[str, Any], words: str, parted: bool, tmp_path: Path
) -> None:
    told: list[tuple[str, Restart]] = []
    wanted = KEPT[code].format(**{name: re.escape(str(value)) for name, value in how.items()})
    over = code in CHECK_OVER or (code, protocol) in CHECK_OVER
    with (
        Station(protocol=protocol, pty=code in ON_PTY, speed=25, seed=5) as station,
        at_work(station, tmp_path, told) as pan,
    ):
        before = loaded(station, pan)
        station.fault(code, **how)
        seen = watched(pan, tmp_path, words, wanted)
        assert all(abs(weight - LOAD) <= Decimal("0.05") for weight in seen.weights), seen
        assert not parted or before not in seen.epochs, "what was weighed before belongs to nothing after it"
        if parted:
            until(lambda: epoch_of(pan) != before)
        if over:
            until(lambda: bool(told))
        station.clear_faults()
    heard, notes = kept(tmp_path)
    assert all(line in heard for line in seen.lines), "a weight rests on the bytes that were heard"
    assert all(what.why for _, what in told), "the register hears why today's check is over"
    if not over and code not in AS_IT_COMES:
        assert told == [] or "no answer to" in notes, "today's check stands, unless the balance was silent too"


def test_every_fault_of_the_table_is_caused_here_or_has_a_test_of_its_own() -> None:
    of_their_own = {"F3", "F5", "F25", "F26", "F29", "F39"}
    assert {row[0] for row in ROWS} | of_their_own == set(TABLE)


def test_f3_a_plug_pulled_right_after_tare_leaves_it_unknown_and_never_sent_again(tmp_path: Path) -> None:
    with Station(speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        before = loaded(station, pan)
        station.fault("F3", seconds=0.3)
        said = pan.link.tare()
        assert "It is not known whether the balance was tared" in said.says
        until(lambda: pan.link.state.name == "ready")
        assert station.commands.count("T") == 1
        until(lambda: pan.glance().settled)
        got = pan.capture(LONGEST_S)
        assert isinstance(got, NoWeighing), "the tare was carried out, and is found by asking"
        assert "A tare of 100.00 g is set" in got.says
        assert epoch_of(pan) != before
    heard, notes = kept(tmp_path)
    assert ("lost: The link to" in notes, "T S" in heard) == (True, False), "nobody heard that it was done"


def test_f5_another_balance_weighs_nothing_until_a_person_has_put_the_right_one_back(tmp_path: Path) -> None:
    with Station(protocol="radwag", speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        loaded(station, pan)
        station.fault("F5", serial="C555", seconds=0.1)
        until(lambda: pan.glance().state == "wrong")
        seen = watched(
            pan, tmp_path, "serial number C555, expected B123456789", "wrong_device: This is another balance"
        )
        assert seen.weights == set()
        assert "C555" in kept(tmp_path)[0]
        station.become("B123456789")
        pan.link.try_again()
        until(lambda: pan.glance().state == "ready")


@pytest.mark.parametrize("protocol", ["mt-sics", "kern-kcp", "radwag", "and-standard", "sartorius-sbi", "ohaus"])
def test_f25_a_zero_out_of_range_is_not_zeroed_on_any_balance(protocol: str, tmp_path: Path) -> None:
    with Station(protocol=protocol, speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        until(lambda: pan.glance().empty)
        station.fault("F25", g="150")
        until(lambda: pan.glance().settled and pan.glance().value == "150.00")
        got = pan.zero()
        assert not got.done, got
        assert station.commands.count(station.balance.zero_command) == 1
        station.clear_faults()
        until(lambda: pan.glance().empty and pan.glance().value == "0.00")
    heard, _ = kept(tmp_path)
    assert re.search(r"150\.00", heard), "what the pan read when it was to be zeroed stands in the journal"


@pytest.mark.parametrize("protocol", ["sartorius-sbi", "ohaus", "and-standard"])
def test_f26_a_tare_or_zero_ignored_without_a_word_is_found_by_the_weight(protocol: str, tmp_path: Path) -> None:
    with Station(protocol=protocol, speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        loaded(station, pan)
        station.fault("F26")
        said = pan.link.tare()
        assert "The balance shows 100.00 g after it was told to tare: it did not." in said.says
        zeroed = pan.zero()
        assert (zeroed.done, zeroed.void) == (False, True)
        got = pan.capture()
        assert isinstance(got, NoWeighing) or got.g == LOAD, "and no weight is made of it"
    heard, _ = kept(tmp_path)
    assert "100.00" in heard[-400:], "the weight that shows it stands in the journal"


def test_f29_an_adjustment_that_fails_leaves_the_balance_as_it_was_and_its_check_over(tmp_path: Path) -> None:
    told: list[tuple[str, Restart]] = []
    with Station(protocol="sartorius-sbi", speed=25, seed=5) as station, at_work(station, tmp_path, told) as pan:
        until(lambda: pan.glance().empty)
        station.fault("F29")
        station.fault("F28")
        until(lambda: bool(told))
        until(lambda: pan.glance().state == "ready")
        assert [what.sure for _, what in told] == [True], "until a check has passed nothing is weighed"
        got = pan.capture(0.3)
        assert isinstance(got, NoWeighing), "nothing lies there"
    heard, notes = kept(tmp_path)
    assert "Cal.Int." in heard
    assert f"restarted: {told[0][1].why}" in notes, "the journal says why in the register's own words"
