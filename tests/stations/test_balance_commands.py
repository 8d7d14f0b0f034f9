"""`vialtrace balance watch` and `qualify`: what IT types at a station, against a pretend balance on its wire."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, select

from app.cli import balance as commands
from app.cli import main
from app.clock import now
from app.record.engine import Store, open_store
from app.settings import load_settings
from app.stations import qualifying, register
from app.stations.pan import Glance, Pan
from app.stations.tables import equipment_event
from devices import connection
from devices.balance import balance
from devices.balance.stability import StabilityRule
from hardware_mocks.balance.pan import Build
from hardware_mocks.station import Station
from tests.laid import lay
from workflows.circumstances import BalanceStatus


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settle in a fraction of the time; the pharmacy is an empty folder with settings from the environment alone."""
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.03)
    short = partial(StabilityRule, window_s=0.15, samples=4, flagged=3, longest_gap_s=1.0)
    monkeypatch.setattr(balance, "StabilityRule", short)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def hood(monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    with Station(protocol="sartorius-sbi", build=Build(white=1.2), speed=40, seed=7) as station:
        set_as = {"protocol": "sartorius-sbi", "url": station.balance_url, "serial": station.serial}
        monkeypatch.setenv("VIALTRACE_STATIONS", json.dumps({"HOOD-1": {"balance": set_as}}))
        yield station


def typed(line: str) -> Result:
    return CliRunner().invoke(main, shlex.split(line)[1:])


def example_of(command: str) -> str:
    found = re.search(r"Example: (.+)", typed(f"vialtrace balance {command} --help").output)
    assert found is not None
    return found[1].strip()


def ctrl_c(monkeypatch: pytest.MonkeyPatch, at: Callable[[dict[str, Any]], bool]) -> None:
    """IT presses Ctrl-C once such a line was shown: how long that takes is not what is asked here."""
    tell = commands._tell

    def told(as_json: bool, body: dict[str, Any], text: str) -> None:
        tell(as_json, body, text)
        if at(body):
            raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_tell", told)


def test_watch_shows_each_reading_with_its_bytes(hood: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    hood.put("24.55")
    ctrl_c(monkeypatch, lambda body: body.get("stable") is True and abs(Decimal(body["value"]) - Decimal("24.55")) < 1)
    result = typed(example_of("watch").replace("--seconds 10", "--seconds 60"))
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["kind"] == "state"
    assert "Driver not yet verified" in lines[0]["says"]
    weights = [line for line in lines if line["kind"] == "weight"]
    assert weights
    for one in weights:
        assert one["value"] in one["raw"]
        assert one["raw"].startswith("N ")
    assert weights[-1]["stable"] is True
    assert abs(Decimal(weights[-1]["value"]) - Decimal("24.55")) <= Decimal("0.03")


def test_watch_says_what_the_balance_refuses_and_exits_1_where_no_weight_was_heard(
    hood: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    hood.fault("F23", g="9000")
    ctrl_c(monkeypatch, lambda body: "Overload" in body.get("says", ""))
    result = typed("vialtrace balance watch HOOD-1 --seconds 60")
    assert result.exit_code == 1
    assert "Overload" in result.stdout
    assert "Stat        High" in result.stdout


def by_hand(station: Station, monkeypatch: pytest.MonkeyPatch, *grams: str) -> list[str]:
    """A person who does at once what the command asks, with these weights in turn, the last one again and again."""
    asked: list[str] = []
    left = list(grams)

    def move(words: str) -> None:
        asked.append(words)
        if words.startswith("Take"):
            station.clear()
        else:
            station.put(left.pop(0) if len(left) > 1 else left[0])

    monkeypatch.setattr(commands, "_ask", move)
    return asked


def test_r13_qualify_gives_the_stations_own_s_and_the_smallest_mass_that_follows(
    hood: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = by_hand(hood, monkeypatch, "100")
    result = typed(example_of("qualify"))
    assert result.exit_code == 0, result.output
    *each, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["number"] for one in each] == list(range(1, 11))
    nets = [Decimal(one["g"]) - Decimal(one["zero_g"]) for one in each]
    mean = sum(nets, Decimal(0)) / 10
    s = (sum(((net - mean) ** 2 for net in nets), Decimal(0)) / 9).sqrt()
    assert abs(Decimal(last["s_g"]) - s) < Decimal("0.00002")
    assert (last["kind"], last["station"], last["serial"], last["weighings"]) == (
        "qualification",
        "HOOD-1",
        hood.serial,
        10,
    )
    assert last["d_g"] == "0.01"
    least = max(s, Decimal("0.0041"))
    assert abs(Decimal(last["gate_g"]) - Decimal(8).sqrt() * least / Decimal("0.005")) <= Decimal("0.01")
    assert asked[0] == "Take everything off the pan."
    assert asked[-1] == "Put the weight on the pan (10 of 10)."


def test_r13_what_qualify_keeps_decides_from_now_what_is_too_small_to_weigh(
    hood: Station, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(lay(tmp_path / "record")))
    scale = BalanceStatus("BAL-1", hood.serial, Decimal("0.01"), Decimal("0.0041"), Decimal("4200"), None, None, None)
    with closing(open_store(load_settings())) as store:
        store.write(lambda conn: register.register_balance(conn, scale, station="HOOD-1", at=now(), who="x"))
    by_hand(hood, monkeypatch, "100")
    result = typed("vialtrace balance qualify HOOD-1 --keep --json")
    assert result.exit_code == 0, result.output
    measured, kept = (json.loads(line) for line in result.stdout.splitlines()[-2:])
    assert kept == {"kind": "kept", "says": f"BAL-1: s is {measured['s_g']} g from now; it was 0.0041 g."}
    with closing(open_store(load_settings())) as store, store.reading() as conn:
        status = register.balance_status(conn, "HOOD-1")
        lines = [row.what for row in conn.execute(select(equipment_event).order_by(equipment_event.c.seq))]
    assert status is not None
    assert status.repeatability_g == Decimal(measured["s_g"])
    assert status.qualified_at is not None
    assert lines == ["registered", "qualified"]


def test_q17_another_balance_than_the_registered_one_keeps_nothing(store: Store) -> None:
    scale = BalanceStatus("BAL-1", "B1", Decimal("0.01"), Decimal("0.0041"), Decimal("4200"), None, None, None)
    given = {"weighings": 10, "mean_g": Decimal(100), "at": now(), "who": "x"}

    def write(conn: Connection) -> tuple[register.CheckResult, register.CheckResult]:
        none = register.requalify(conn, "HOOD-1", "B2", Decimal("0.02"), **given)  # type: ignore[arg-type]  # as the command gives it
        register.register_balance(conn, scale, station="HOOD-1", at=now(), who="x")
        return none, register.requalify(conn, "HOOD-1", "B2", Decimal("0.02"), **given)  # type: ignore[arg-type]  # as the command gives it

    none, other = store.write(write)
    assert (none.passed, "no balance on its register" in none.says) == (False, True)
    assert (other.passed, other.says) == (False, "Balance B2 answered; B1 belongs here.")
    with store.reading() as conn:
        assert register.balance_status(conn, "HOOD-1") == scale


def test_qualify_ends_in_words_when_another_weight_comes_between(
    hood: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(hood, monkeypatch, "100", "100", "50")
    result = typed("vialtrace balance qualify HOOD-1 --json")
    assert result.exit_code == 1
    *each, ended = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["kind"] for one in each] == ["weighing", "weighing"]
    assert "is not the weight of" in ended["says"]


def test_qualify_ends_in_words_when_the_link_broke_off_between(hood: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = by_hand(hood, monkeypatch, "100")
    move = commands._ask

    def pull(words: str) -> None:
        if len(asked) == 4:
            hood.unplug("balance")
            hood.replug("balance")
        move(words)

    monkeypatch.setattr(commands, "_ask", pull)
    result = typed("vialtrace balance qualify HOOD-1 --json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1])["says"] == qualifying.VOID


@pytest.mark.usefixtures("hood")
def test_qualify_does_not_wait_for_ever_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Glance("ready", "settled", "5.00", "g", settled=True, settled_s=9.0, armed=False, empty=False)
    monkeypatch.setattr(Pan, "glance", lambda _: loaded)
    monkeypatch.setattr(qualifying, "PATIENCE_S", 0.2)
    result = typed("vialtrace balance qualify HOOD-1 --json")
    assert (result.exit_code, "Nothing happened" in result.stdout) == (1, True)


@pytest.mark.parametrize("command", ["watch", "qualify"])
def test_a_station_without_a_balance_is_named_with_those_that_have_one(hood: Station, command: str) -> None:
    result = typed(f"vialtrace balance {command} HOOD-9")
    assert result.exit_code == 2
    assert "stations with one: HOOD-1" in result.output


def test_another_balance_on_the_wire_is_refused_by_its_number(hood: Station) -> None:
    hood.become("B999999999")
    result = typed("vialtrace balance watch HOOD-1 --seconds 1")
    assert result.exit_code == 1
    assert "B999999999" in result.output
