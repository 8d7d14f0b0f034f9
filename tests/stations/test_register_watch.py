"""A balance put on the register while the server runs, by whomever, is connected without a restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import now
from app.record.engine import Busy
from app.settings import Settings
from app.station_settings import BalanceSettings, StationSettings
from app.stations import benches as room
from app.stations.benches import Benches
from devices import connection
from hardware_mocks.station import Station
from tests.stations.conftest import until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.1)
    monkeypatch.setattr(room, "LOOKS_AGAIN_S", 0.1)


def test_a_balance_registered_elsewhere_is_connected_changed_and_let_go_while_the_server_runs(tmp_path: Path) -> None:
    register: dict[str, BalanceSettings | None] = {"HOOD-1": None}
    spread: list[Decimal | None] = [None]
    busy = [False]

    def wiring(code: str) -> BalanceSettings | None:
        if busy[0]:
            raise Busy("somebody else writes")
        return register[code]

    settings = Settings(data_dir=tmp_path, stations={"HOOD-1": StationSettings()})  # type: ignore[call-arg]  # the rest has defaults
    made = Benches(settings, now, lambda _: spread[0], lambda *_: None, "RUN", wiring)
    with Station() as one, Station(protocol="radwag") as other:
        made.start()
        bench = made.at("HOOD-1")
        assert bench is not None
        try:
            assert bench.pan is None
            register["HOOD-1"] = BalanceSettings(url=one.balance_url, serial=one.serial)  # type: ignore[call-arg]  # the rest has defaults
            until(lambda: bench.pan is not None and bench.pan.link.state.name == "ready")
            first = bench.pan
            busy[0] = True
            until(lambda: bench.pan is first)
            busy[0] = False
            spread[0] = Decimal("0.004")
            until(lambda: bench.pan is not None and bench.pan.link.rule.repeatability == Decimal("0.004"))
            set_as = {"protocol": "radwag", "url": other.balance_url, "serial": other.serial}
            register["HOOD-1"] = BalanceSettings(**set_as)
            until(lambda: bench.pan is not None and bench.pan.link.codec.protocol == "radwag")
            register["HOOD-1"] = None
            until(lambda: bench.pan is None)
        finally:
            made.close()
