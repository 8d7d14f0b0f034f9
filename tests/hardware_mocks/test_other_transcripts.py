"""The pretend balances of every other protocol against the transcripts: the same questions bring the same bytes.

A case is set up by what is done to the balance, never by telling it the answer. What no balance of this build sends
(other makers' formats, other families, damaged lines) is named with its reason, and nothing is left unnamed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from hardware_mocks.balance.pan import Build
from hardware_mocks.balance.profile import Profile
from hardware_mocks.station import Station
from tests.hardware_mocks import cases
from tests.hardware_mocks.hosts import Host, host_of
from tests.hardware_mocks.test_mt_sics_transcript import Do, put, settle, shake, tare_with

QUIET = {"white": 0.0, "correlated": 0.0, "drift": 0.0}


@dataclass(frozen=True)
class Scene:
    """What is done so that the balance has reason to say what the case wants."""

    first: tuple[Do, ...] = ()
    build: dict = field(default_factory=dict)
    profile: dict = field(default_factory=dict)
    protocol: str = ""
    speed: float = 50
    between: dict[int, Do] = field(default_factory=dict)


def kg(step: str, capacity: int = 30) -> dict:
    return {**QUIET, "unit": "kg", "readability": Decimal(step), "capacity": Decimal(capacity)}


FINE = {**QUIET, "readability": Decimal("0.001"), "capacity": Decimal("420.000")}
FINER = {**QUIET, "readability": Decimal("0.0001"), "capacity": Decimal("220.0000")}
FINEST = {**QUIET, "readability": Decimal("0.00001"), "capacity": Decimal("82.00000")}
PLAIN, NET = {"printout": "plain"}, {"printout": "net"}


def hand_on(g: str) -> Do:
    """A hand stays on the pan: the weight is what it is, and in motion."""

    def do(station: Station) -> None:
        put(g)(station)
        station.pan._shown.clear()
        station.pan._shown.append(float(g))

    return do


def negative(g: str) -> Do:
    def do(station: Station) -> None:
        tare_with(g)(station)
        station.clear()
        settle(station)

    return do


def negative_moving(g: str) -> Do:
    def do(station: Station) -> None:
        negative(g)(station)
        station.pan._shown.clear()
        station.pan._shown.append(0.0)

    return do


def over(station: Station) -> None:
    station.bench.lean("900000")
    settle(station)


def fault(code: str) -> Do:
    return lambda station: setattr(station.balance, "fault", code)


def deaf(command: str) -> Do:
    return lambda station: station.balance.deaf.add(command)


SLOW = 0.001
SCENES = {
    "sartorius_sbi.txt": {
        "p-16-stable": Scene((put("123.56"),), QUIET, PLAIN),
        "p-16-unstable": Scene((hand_on("123.56"),), QUIET, PLAIN, speed=SLOW),
        "p-22-net": Scene((put("123.56"),), QUIET, NET),
        "high-16": Scene((over,), QUIET, PLAIN),
        "cal-running": Scene((), QUIET, NET, speed=1),
        "err-16": Scene((fault("101"),), QUIET, PLAIN),
        "tare-silent": Scene((put("25"),), FINER, PLAIN, between={2: settle}),
        "tare-silent-ignored": Scene((put("25"), deaf("U")), FINER, PLAIN),
        "wait-for-stability-mode": Scene((put("123.56"),), QUIET, PLAIN),
        "keylock": Scene(),
    },
    "ohaus.txt": {
        "ip-stable": Scene((put("192.21"),), QUIET),
        "ip-unstable": Scene((hand_on("0.01"),), QUIET, speed=SLOW),
        "invalid-command": Scene(),
        "sp-40s": Scene((shake,), speed=200),
        "tare-ok-msg": Scene(),
        "tare-silent": Scene(profile={"responds": False}),
    },
    "and_standard.txt": {
        "q-unstable": Scene((negative_moving("183.69"),), QUIET, speed=SLOW),
        "q-overload": Scene((over,), QUIET),
        "q-gc-kg": Scene((put("1234"),), kg("0.001")),
        "s-stable": Scene((put("123.45"),), QUIET),
        "tare-fx": Scene(profile={"acknowledge": 1}),
        "no-ack-default": Scene((put("0"),), QUIET, {"acknowledge": 0}),
        "echo-back-mode": Scene(profile={"acknowledge": 2}),
        "ec-e02": Scene((lambda station: station.power_cycle(),), profile={"boot": 1000.0}),
        "ids": Scene((tare_with("126.87"),), QUIET, {"serial": "15612345", "model": "FX-3000i"}),
    },
    "kern_kcp.txt": {
        "si-dynamic": Scene((hand_on("129.07"),), QUIET, speed=SLOW),
        "s-busy": Scene((shake,), profile={"stability_timeout": 2.0}),
        "tare-a": Scene(),
        "zero": Scene(),
        "lowercase": Scene(),
    },
    "radwag.txt": {
        "si-stable": Scene((put("0.00020"),), FINEST),
        "si-unstable-neg": Scene((negative_moving("0.00020"),), FINEST, speed=SLOW),
        "zero-two-phase": Scene((put("0"),), QUIET),
        "nb": Scene(profile={"serial": "1234567"}),
    },
    "adam.txt": {
        "cpw-gross": Scene((put("2000"),), kg("0.01", 35), protocol="adam:cpwplus"),
        "cpw-net": Scene((tare_with("1000"), put("2000")), kg("0.01", 35), protocol="adam:cpwplus"),
        "cpw-tare": Scene(protocol="adam:cpwplus"),
        "nova-tare": Scene(protocol="adam:nova"),
        "nova-bad-cmd": Scene(protocol="adam:nova"),
        "nova-bad-key": Scene(protocol="adam:nova"),
        "nova-bad-format": Scene(protocol="adam:nova"),
        "mdw-over": Scene((over,), kg("0.1", 250), protocol="adam:mdw"),
        "mdw-unknown": Scene(protocol="adam:mdw"),
        "azextra-silent": Scene((put("0"),), kg("0.001"), protocol="adam:azextra"),
    },
    "toledo_8217.txt": {
        "probe": Scene(),
        "net": Scene((tare_with("100"), put("223")), kg("0.001")),
        "overcap": Scene((over,), kg("0.001")),
    },
}
PROTOCOLS = {
    "sartorius_sbi.txt": "sartorius-sbi",
    "ohaus.txt": "ohaus",
    "and_standard.txt": "and-standard",
    "kern_kcp.txt": "kern-kcp",
    "radwag.txt": "radwag",
    "adam.txt": "",
    "toledo_8217.txt": "toledo-8217",
}
NOT_OF_THIS_BUILD = {
    "sartorius_sbi.txt": {
        "p-16-blank-sign": "another model's sign",
        "p-unverified-digit": "printer mode",
        "high-old-16": "an older model",
        "cal-ext": "an external adjustment",
        "autoprint": "told by the fault F12",
        "comma": "a setting of no model known",
        "fault-short-line": "damaged",
        "fault-7e1-as-8n1": "damaged",
    },
    "ohaus.txt": {
        "interval-time": "seconds apart by the wall clock",
        "pioneer": "Pioneer's columns",
        "pioneer-oz": "Pioneer's columns",
        "pioneer-pcs": "Pioneer's columns",
        "pioneer-kg": "Pioneer's columns",
        "switch-to-sics": "Ranger 7000 only",
    },
    "and_standard.txt": {
        "hc-no-zero-pad": "HC-i",
        "mt-format-stable": "another format",
        "kf-format-unstable": "another format",
        "kf-format-stable": "another format",
        "csv-format": "another format",
        "ec-e06": "FG",
        "ec-e07": "FG",
        "ec-space": "FG",
        "self-test": "as ec-e02",
    },
    "kern_kcp.txt": {
        "unit-query": "the unit is not changed here",
        "sir-15hz": "as MT-SICS",
        "ket-zero-two-phase": "KET",
        "ket-zero-range": "KET",
        "ket-zero-unstable": "KET",
    },
    "radwag.txt": {},
    "adam.txt": {},
    "toledo_8217.txt": {},
}
CASES = [pytest.param(file, name, id=f"{file.split('.')[0]}-{name}") for file, rows in SCENES.items() for name in rows]


@pytest.mark.parametrize("file", SCENES)
def test_every_case_is_played_or_named_with_its_reason(file: str) -> None:
    assert set(cases.read(file)) == set(SCENES[file]) | set(NOT_OF_THIS_BUILD[file])


@pytest.mark.parametrize(("file", "name"), CASES)
def test_the_balance_says_what_the_case_says(file: str, name: str) -> None:
    scene, case = SCENES[file][name], cases.read(file)[name]
    with Station(
        protocol=scene.protocol or PROTOCOLS[file],
        build=Build(**scene.build),
        profile=Profile(**scene.profile),
        speed=50,
        seed=3,
        pty=True,
    ) as station:
        for do in scene.first:
            do(station)
            if scene.speed == SLOW:
                station.settle_speed(SLOW)
        station.settle_speed(scene.speed)
        with host_of(station.balance_url) as host:
            for number, (mark, data) in enumerate(case.steps):
                scene.between.get(number, lambda _station: None)(station)
                play(host, mark, data)
            assert host.hear(0.05) == b"", "the balance said more than the case does"


def play(host: Host, mark: str, data: bytes) -> None:
    if mark == ">>":
        time.sleep(0.11)  # KERN loses what comes sooner
        host.send(data)
    elif mark == "<<":
        assert host.hear_until(data, 3.0) == data
    elif b"no reply" in data:
        assert host.hear(0.1) == b""


def test_a_kern_balance_loses_a_command_that_comes_too_soon() -> None:
    with Station(protocol="kern-kcp", pty=True) as station, host_of(station.balance_url) as host:
        host.send(b"I4\r\nSI\r\n")
        assert host.hear(0.2) == b'I4 A "B123456789"\r\n'
        assert host.ask("SI").startswith("S ")


def test_a_sartorius_balance_prints_gross_tare_and_net_and_its_keys_can_be_locked() -> None:
    with Station(protocol="sartorius-sbi", build=Build(**QUIET), speed=50, pty=True) as station:
        tare_with("26.44")(station)
        put("150")(station)
        with host_of(station.balance_url) as host:
            host.send(b"\x1bP")
            block = b"G#    +   150.00 g  \r\nT     +    26.44 g  \r\nN     +   123.56 g  \r\n"
            assert host.hear_until(block, 2.0) == block
            host.send(b"\x1bO")
            time.sleep(0.1)
            station.key("tare")
            time.sleep(0.1)
            assert str(station.pan.tare) == "26.44"


def test_a_protocol_that_nobody_speaks_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="these can be: mt-sics, sartorius-sbi"):
        Station(protocol="xbpi")
