"""Starts a whole pretend station: `python -m hardware_mocks --station NAME`. Prints one JSON line with the URLs to configure.

It runs until it is interrupted or terminated, or until the process that started it is gone.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from hardware_mocks.panel import presets
from hardware_mocks.panel.offer import Offer
from hardware_mocks.panel.server import Panel
from hardware_mocks.station import Station

LOOK_FOR_PARENT = 0.5
"""Seconds between two looks whether the parent still lives."""


def main() -> int:
    given = _arguments()
    ends = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: ends.set())
    parent = os.getppid()
    try:
        offered = Offer(given.presets)
        station = Station(
            given.station,
            protocol=given.protocol,
            pty=given.pty,
            balance_port=given.balance_port,
            scanner_port=given.scanner_port,
            printer_port=given.printer_port,
            seed=given.seed,
            speed=given.speed,
        )
    except (ValueError, OSError) as trouble:
        print(f"cannot start the station: {trouble}", file=sys.stderr)
        return 2
    try:
        with station, Panel(station, offered, given.panel_port) as panel:
            _announce(station, panel, given.ready_file)
            while os.getppid() == parent and not ends.wait(LOOK_FOR_PARENT):
                pass
    except OSError as trouble:
        station.close()
        print(f"cannot start the panel: {trouble}", file=sys.stderr)
        return 2
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hardware_mocks", description="A pretend station on 127.0.0.1.")
    parser.add_argument("--station", default="hood1", help="name of the station (default: hood1)")
    parser.add_argument(
        "--protocol", default="mt-sics", help="what its balance speaks, as in a station's settings (default: mt-sics)"
    )
    parser.add_argument("--balance-port", type=int, default=0, help="TCP port of the balance (default: a free one)")
    parser.add_argument("--scanner-port", type=int, default=0, help="TCP port of the scanner (default: a free one)")
    parser.add_argument("--printer-port", type=int, default=0, help="TCP port of the printer (default: a free one)")
    parser.add_argument("--panel-port", type=int, default=0, help="TCP port of the panel's page (default: a free one)")
    parser.add_argument("--presets", type=Path, default=presets.DEFAULT, help="JSON file of things and codes to offer")
    parser.add_argument("--pty", action="store_true", help="pseudo terminals instead of TCP")
    parser.add_argument("--seed", type=int, help="the same noise every time")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than life the pan settles")
    parser.add_argument("--ready-file", type=Path, help="write the JSON line here too, once everything listens")
    return parser.parse_args()


def _announce(station: Station, panel: Panel, ready_file: Path | None) -> None:
    line = json.dumps(
        {
            "station": station.name,
            "protocol": station.protocol,
            "balance": station.balance_url,
            "scanner": station.scanner_url,
            "printer": station.printer_url,
            "panel": panel.url,
            "camera": f"{panel.url}/still.jpg",
            "serial": station.serial,
        }
    )
    if ready_file is not None:
        part = ready_file.with_name(f"{ready_file.name}.part")
        part.write_text(f"{line}\n", encoding="utf-8")
        part.replace(ready_file)  # whoever waits for the file never reads half of it
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
