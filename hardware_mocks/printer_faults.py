"""What can go wrong at a label printer (F39): it refuses, closes, is silent, has no paper, is open, holds half a job."""

from typing import TYPE_CHECKING

from hardware_mocks.fault import Fault, Given, seconds

if TYPE_CHECKING:
    from hardware_mocks.faults import Faults


def _fails(faults: "Faults", given: Given) -> None:
    victim = faults.victim

    def over() -> None:
        victim.printer.repair()
        victim.replug("printer")

    victim.printer.fail(str(given["what"]))
    faults.go_on("F39", seconds(given["seconds"]), over)


TABLE: tuple[Fault, ...] = (
    Fault(
        "F39",
        "The label printer fails: its roll is empty (what = refuses, closes, silent, paused, head open and so on).",
        _fails,
        {"what": "paper out", "seconds": None},
    ),
)
