"""Runs the reading of a printer's status over a transcript. A case in which nobody asked the printer is left open."""

from __future__ import annotations

from collections.abc import Iterator

from devices.errors import Garbled, Silent
from devices.printer.status import ASKED, PrinterStatus, read_status
from devices.transcript import Host, Instrument, Replayed, Words, read_cases


def replay(text: str) -> Iterator[Replayed]:
    """Yield what becomes of each case of `text`; ValueError for a file that is no transcript."""
    for case in read_cases(text):
        asked = any(isinstance(event, Host) and event.data == ASKED for event in case.events)
        if not asked:
            yield Replayed(case.id, (), None)
            continue
        heard = b"".join(event.data for event in case.events if isinstance(event, Instrument))
        yield Replayed(case.id, (_words(read_status(heard)),), case.expect)


def _words(said: PrinterStatus | Garbled | Silent) -> Words:
    if isinstance(said, PrinterStatus):
        known = {"faults": list(said.faults), "label_waiting": said.label_waiting, "remaining": said.remaining}
        return {"kind": "printer_status", "ready": said.ready, **known}
    if isinstance(said, Garbled):
        return {"kind": "protocol_error", "reason": said.reason}
    if said.partial:
        return {"kind": "timeout", "partial": said.partial.decode("latin-1")}
    return {"kind": "printer_status", "ready": False, "faults": ["no_status"]}
