"""`vialtrace balance register`, `weight`, `list`: a balance comes to a station without a line in the settings file."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.clock import now
from app.record.engine import Store, open_store
from app.settings import load_settings
from app.station_settings import StationSettings
from app.stations import gates, register, setting_up
from hardware_mocks.station import Station
from tests.laid import lay


@pytest.fixture(autouse=True)
def _set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(lay(tmp_path / "record")))
    monkeypatch.setenv("VIALTRACE_STATIONS", json.dumps({"HOOD-1": {}, "HOOD-2": {}}))


def typed(line: str) -> Result:
    return CliRunner().invoke(main, shlex.split(line)[1:])


def example(command: str) -> str:
    shown = CliRunner().invoke(main, ["balance", command, "--help"], terminal_width=500, max_content_width=500).output
    found = re.search(r"Example: (.+)", shown)
    assert found is not None
    return found[1].strip()


def said(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_d8_a_balance_that_was_registered_is_reached_as_the_register_says_and_must_give_its_number() -> None:
    with Station(speed=40) as station:
        line = example("register").replace("/dev/serial/by-id/usb-FTDI_1-port0", station.balance_url)
        kept = typed(line.replace("B123456789", station.serial))
        assert kept.exit_code == 0, kept.output
        assert "Qualify it before it weighs a dose" in str(said(kept)["says"])
        heard = typed("vialtrace balance watch HOOD-1 --seconds 1.5 --json")
        assert heard.exit_code == 0, heard.output
        station.become("B999999999")
        other = typed("vialtrace balance watch HOOD-1 --seconds 1")
        assert (other.exit_code, "B999999999" in other.output) == (1, True)


def test_r15_both_check_weights_and_the_list_of_the_balances_come_from_the_command_line() -> None:
    assert typed(example("weight")).exit_code == 1, "a station without a balance has no use for a weight"
    assert typed(example("register")).exit_code == 0
    kept = typed(example("weight"))
    assert said(kept) == {"kept": True, "says": "200 g, 199.99 g, is a check weight of HOOD-1."}
    listed = [json.loads(line) for line in typed("vialtrace balance list --json").stdout.splitlines()]
    assert [(one["station"], one["balance"]) for one in listed] == [("HOOD-1", "BAL-1"), ("HOOD-2", None)]
    assert (listed[0]["serial"], listed[0]["repeatability_g"], listed[0]["check_valid_until"]) == (
        "B123456789",
        "0",
        None,
    )
    with closing(open_store(load_settings())) as store, store.reading() as conn:
        assert [(one.code, one.certificate_g) for one in gates.weights_of(conn, "HOOD-1")] == [
            ("W200", Decimal("199.99"))
        ]


@pytest.mark.parametrize(
    ("station", "name", "serial", "url", "says"),
    [
        ("HOOD-2", "BAL-2", "B123456789", "/dev/b", "BAL-1, serial number B123456789, stands at HOOD-1."),
        ("HOOD-2", "BAL-1", "B2", "/dev/b", "BAL-1, serial number B123456789, stands at HOOD-1."),
        ("HOOD-2", "BAL-2", "B2", "/dev/a", "BAL-1 at HOOD-1 is reached at /dev/a already."),
        ("HOOD-1", "BAL-1", "B2", "/dev/a", "BAL-1 is the name of balance B123456789, and keeps its history."),
    ],
)
def test_d8_two_instruments_never_run_into_one_history(
    store: Store, station: str, name: str, serial: str, url: str, says: str
) -> None:
    def write(conn):  # type: ignore[no-untyped-def]  # a connection
        first = setting_up.set_up(conn, "HOOD-1", _setup("BAL-1", "B123456789", "/dev/a"), at=now(), who="x", why="new")
        then = setting_up.set_up(conn, station, _setup(name, serial, url), at=now(), who="x", why="new")
        return first, then, register.balance_status(conn, "HOOD-1")

    first, then, status = store.write(write)
    assert first.passed
    assert (then.passed, says in then.says) == (False, True)
    assert status is not None
    assert status.serial == "B123456789"


def test_d8_settings_without_a_serial_number_take_the_registers(store: Store) -> None:
    from app.station_settings import BalanceSettings
    from tests.pharmacy import equip

    stands = StationSettings(balance=BalanceSettings(url="/dev/b"))  # type: ignore[call-arg]  # the rest has defaults
    before = store.write(lambda conn: setting_up.wiring(conn, "HOOD-1", stands))
    store.write(lambda conn: equip(conn, now()))
    with store.reading() as conn:
        after = setting_up.wiring(conn, "HOOD-1", stands)
    assert before is not None
    assert after is not None
    assert (before.serial, after.serial) == (None, "B123456789")


def _setup(name: str, serial: str, url: str) -> setting_up.Setup:
    until = now() + timedelta(days=90)
    return setting_up.Setup(
        name, serial, "Maker", "Model", Decimal("0.01"), Decimal(4200), "C-1", until, "mt-sics", url
    )
