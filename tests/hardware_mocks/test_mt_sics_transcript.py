"""Every case of the MT-SICS transcript, played by the pretend balance: the same questions must bring the same bytes.

A case is set up by what is done to the balance (loads, plugs, keys), never by telling it the answer; only where the
bytes are no balance's own (a corrupted line) are they put on the wire as they are.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from hardware_mocks.balance.pan import Build
from hardware_mocks.balance.profile import Profile
from hardware_mocks.station import Station
from tests.hardware_mocks import cases
from tests.hardware_mocks.hosts import Host, host_of

CASES = cases.read("mt_sics.txt")
Do = Callable[[Station], None]
QUIET = {"white": 0.0, "correlated": 0.0, "drift": 0.0}


@dataclass(frozen=True)
class Scene:
    """What is done so that the balance has reason to say what the case wants."""

    first: tuple[Do, ...] = ()
    build: dict = field(default_factory=dict)
    profile: dict = field(default_factory=dict)
    speed: float = 50
    between: dict[int, Do] = field(default_factory=dict)
    """Done before the step of that number."""


def put(g: str) -> Do:
    def do(station: Station) -> None:
        station.put(g)
        settle(station)

    return do


def settle(station: Station) -> None:
    deadline = time.monotonic() + 5
    while not station.pan.read().stable:
        assert time.monotonic() < deadline, "the pan does not settle"
        time.sleep(0.005)


def put_moving(g: str) -> Do:
    def do(station: Station) -> None:
        station.bench.hand_seconds = 0
        station.put(g)

    return do


def zero_with(g: str) -> Do:
    def do(station: Station) -> None:
        put(g)(station)
        station.key("zero")
        time.sleep(0.1)
        station.clear()
        settle(station)

    return do


def tare_with(g: str) -> Do:
    def do(station: Station) -> None:
        put(g)(station)
        station.key("tare")
        time.sleep(0.1)

    return do


def shake(station: Station) -> None:
    station.fault("F20")
    time.sleep(0.05)


def key(name: str) -> Do:
    def do(station: Station) -> None:
        station.key(name)
        time.sleep(0.1)

    return do


def lift_pan(station: Station) -> None:
    station.bench.lift_pan()
    settle(station)


def say(name: str) -> Scene:
    return Scene(first=(lambda station: station.faults.say_instead(CASES[name].said()),))


KG = {"unit": "kg", "capacity": Decimal(3000)}
JE = {"capacity": Decimal("1200.90")}

SCENES = {
    "si-zero-je": Scene(build={**JE, **QUIET}, speed=1, first=(put_moving("0"),), between={2: settle}),
    "s-11-wide-field": Scene(
        build={**KG, "readability": Decimal("0.001")},
        profile={"width": 11},
        first=(zero_with("12340"),),
    ),
    "s-analytical": Scene(
        build={"readability": Decimal("0.0001"), "capacity": Decimal("220.0000")}, first=(put("52.1873"),)
    ),
    "s-not-executable": Scene(first=(shake,)),
    "s-underload": Scene(first=(lift_pan,)),
    "s-logical": Scene(),
    "general-et": say("general-et"),
    "general-el": say("general-el"),
    "sir-stream-cancel": Scene(
        build={**KG, **QUIET, "readability": Decimal("0.01"), "tau": 0.01},
        speed=0.5,
        first=(put("129090"),),
        between={3: put_moving("114870")},
    ),
    "zero-over": Scene(first=(put("500"),)),
    "zi-stable": Scene(first=(put("3"),)),
    "zi-dynamic": Scene(speed=0.3, first=(put_moving("3"),)),
    "tare-ok": Scene(first=(put("100"),)),
    "tare-je-zero": Scene(build=JE),
    "tare-busy": Scene(first=(shake,)),
    "tare-over": Scene(first=(put("4300"),)),
    "tare-under": Scene(first=(zero_with("50"),)),
    "ta-query": Scene(first=(tare_with("100"),)),
    "ta-query-status-s": Scene(build=JE, profile={"tare_status": "S"}),
    "ta-bad-unit": Scene(),
    "power-on-banner": Scene(),
    "i1-full": Scene(profile={"levels": "0123", "level_versions": ("2.30", "2.20", "1.00", "")}),
    "i2-je": Scene(build=JE, profile={"model": "JE1002G/A"}),
    "i3-je": Scene(profile={"software": "1.20 34.28.3.4485.1729"}),
    "i4": Scene(profile={"serial": "1234567"}),
    "i4-busy": Scene(first=(key("adjust"),), speed=10),
    "c3-fail": Scene(first=(put("20"),)),
    "c3-abort": Scene(profile={"adjustment": 1000.0}),
    "ws-door": Scene(profile={"doors": True}, speed=1),
    "sc-unsupported": Scene(),
    "fault-truncated": Scene(first=(put("125"), lambda station: station.fault("F9", keep=10))),
    "fault-dribble": Scene(
        build={"readability": Decimal("0.1"), "capacity": Decimal("4200.0")},
        first=(put("12.5"), lambda station: station.pace("balance", 0.03)),
    ),
    **{
        name: say(name)
        for name in (
            "fault-comma",
            "fault-nan",
            "fault-parity-bits",
            "fault-lf-only",
            "fault-overlong",
            "fault-noise-before",
            "fault-lost-terminator-merge",
        )
    },
}


def test_every_case_of_the_transcript_is_played():
    assert set(CASES) == set(SCENES) | {"i0-list-data-in-last"}


@pytest.mark.parametrize("name", SCENES)
def test_the_balance_says_what_the_case_says(name):
    scene, case = SCENES[name], CASES[name]
    with (
        Station(
            build=Build(**scene.build), profile=Profile(**scene.profile), speed=scene.speed, seed=3, pty=True
        ) as station,
        host_of(station.balance_url) as host,
    ):
        for do in scene.first:
            do(station)
        for number, (mark, data) in enumerate(case.steps):
            scene.between.get(number, lambda _station: None)(station)
            play(station, host, mark, data)
        assert host.hear(0.05) == b"", "the balance said more than the case does"


def play(station: Station, host: Host, mark: str, data: bytes) -> None:
    if mark == ">>":
        host.send(data)
    elif mark == "<<":
        assert host.hear_until(data, 3.0) == data
    elif b"power cycled" in data:
        station.power_cycle()


def test_the_command_list_is_the_table_it_answers_by():
    with Station(pty=True) as station, host_of(station.balance_url) as host:
        host.send(b"I0\r\n")
        *lines, last = host.hear(0.3).decode().split("\r\n")[:-1]
        assert all(line.startswith("I0 B ") for line in lines)
        assert last.startswith("I0 A ")
        listed = [line.split('"')[1] for line in (*lines, last)]
        assert {"I0", "I1", "I4", "S", "SI", "SIR", "Z", "ZI", "T", "TA", "TAC", "@", "C3"} <= set(listed)
        for name in ("ZC", "TC", "WS", "XYZZY"):
            assert name not in listed
            assert host.ask(name) == "ES"
        for name in ("I1", "I2", "I3", "I4", "I5", "TA", "DW"):
            assert host.ask(name).startswith(f"{name} A")
