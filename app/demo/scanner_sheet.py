"""The demo's scanner passes its self-test before the demo opens: the simulated scanner really reads the sheet, over its wire."""

from __future__ import annotations

import json
import queue
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from time import monotonic, sleep

from sqlalchemy import Connection

from app import clock
from app.demo.station import DidNotStart
from app.demo.stock import STATION
from app.record.engine import open_store
from app.settings import Settings
from app.station_settings import ScannerSettings, StationSettings
from app.stations import scanner_gate
from devices.readings import CodeRead
from devices.scanner.selftest import PROBES
from devices.scanner.serial import ScannerLink

PATIENCE_S = 15.0
"""How long a symbol may take from the scanner to here."""
WHO = "demo"


def read_the_sheet(settings: Settings, urls: Mapping[str, str]) -> None:
    """Hold each symbol of the sheet to the simulated scanner, unless it passed before; raises DidNotStart where it fails."""
    set_as = settings.stations[STATION]
    if set_as.scanner is None:
        raise DidNotStart("The demo's station has no scanner.")
    with closing(open_store(settings)) as store:
        with store.reading() as conn:
            if scanner_gate.tested(conn, STATION, "serial", set_as).passed:
                return
        read = _readings(set_as.scanner, urls["panel"])
        store.write(lambda conn: _judge(conn, set_as, read))


def _readings(set_as: ScannerSettings, panel: str) -> tuple[str, ...]:
    """Return what arrives from the simulated scanner for each symbol held to it on the panel."""
    heard: queue.Queue[CodeRead] = queue.Queue()
    link = ScannerLink(set_as.url, suffix=set_as.suffix, clock=clock.now, heard=heard.put)
    link.start()
    try:
        return tuple(_read_one(panel, probe.aim + probe.data, heard) for probe in PROBES)
    finally:
        link.close()


def _read_one(panel: str, symbol: str, heard: queue.Queue[CodeRead]) -> str:
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        if _held(panel, symbol):
            try:
                return heard.get(timeout=2.0).text
            except queue.Empty:
                continue
        sleep(0.1)
    raise DidNotStart("The simulated scanner reads nothing.")


def _held(panel: str, symbol: str) -> bool:
    """Hold a symbol to the scanner as a person would on the panel; False while nobody listens to it yet."""
    body = json.dumps({"data": symbol}).encode()
    asked = urllib.request.Request(f"{panel}/scan", body, {"Content-Type": "application/json"})  # noqa: S310  # our own child
    with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310  # our own child
        return bool(json.load(answer).get("heard"))


def _judge(conn: Connection, set_as: StationSettings, read: tuple[str, ...]) -> None:
    at = clock.now()
    for raw in read:
        judged, _ = scanner_gate.take(conn, STATION, "serial", set_as, raw, at=at, who=WHO)
        if not judged.ready:
            raise DidNotStart(f"The simulated scanner failed its test: {judged.says}")
