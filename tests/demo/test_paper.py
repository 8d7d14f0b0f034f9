"""The demo's labels come out of its pretend printer: seen on the panel, and ready to be held to the scanner."""

from __future__ import annotations

import json
from pathlib import Path

from app.cli.serve import environment
from app.demo import panel, stock
from app.demo.paper import collect
from app.station_settings import PrinterSettings
from devices.printer import raw9100
from hardware_mocks.panel import presets
from hardware_mocks.panel.server import Panel
from hardware_mocks.station import Station
from labels import codes, for_zpl, render
from tests.labels.examples import EXAMPLES


def test_what_came_out_is_kept_by_its_own_code_and_offered_to_the_scanner_also_after_a_restart(tmp_path: Path) -> None:
    label, stocked = EXAMPLES["in_process"]
    data = codes.make("I", label.label_id, label.copy)  # type: ignore[attr-defined]  # an in-process label
    with Station() as station, Panel(station, presets.load()) as page:
        station.printer.seconds_a_label = 0.01
        made = PrinterSettings.model_validate(_printer(station.printer_url, page.url))
        for zpl in (
            b"^XA^LL609^FO10,10^FDno label of ours^FS^XZ",
            for_zpl(render(label, stocked).pdf, made.dpi, made.roll_mm),
        ):
            assert raw9100.send(made.url, zpl, roll_mm=made.roll_mm).state == "CONFIRMED"
        assert collect(page.url, tmp_path, 0) == 2
        assert collect(page.url, tmp_path, 2) == 2
    assert [one.name for one in tmp_path.iterdir()] == [f"in-process-{label.label_id}-{label.copy}.png"]  # type: ignore[attr-defined]  # as above
    offered = [one["data"] for one in panel.presets(28, tmp_path)["codes"] if one["group"] == "printed labels"]
    assert offered == [f"]d1{data}"]
    assert collect(page.url, tmp_path, 2) == 2, "a panel that is away has no more labels"


def _printer(url: str, home: str) -> dict[str, object]:
    """The demo's own settings of its printer."""
    urls = {"printer": url, "panel": home, "balance": url, "scanner": url, "camera": f"{home}/still.jpg"}
    found: dict[str, object] = json.loads(environment(Path("demo"), urls)["VIALTRACE_STATIONS"])[stock.STATION][
        "printer"
    ]
    return found
