"""Handing a drawn label to a station's printer: a folder, a CUPS queue, or a ZPL printer on its port. Nothing is sent twice.

A file in a folder is there or not. What went to a queue or over a network may have come out although nobody heard so:
that is said, and a person looks.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.station_settings import PrinterSettings
from devices.journal import Journal
from devices.printer import raw9100
from labels import LabelTroubleError, for_zpl

LP_S = 15
"""Seconds in which `lp` takes a document."""
SENDS = frozenset({"lp", "raw9100"})
"""Kinds of printer that a document is sent to: what was under way when the program ended may have come out."""


@dataclass(frozen=True)
class Cannot:
    """Why a label was not printed."""

    says: str
    """In words."""
    for_good: bool = False
    """True: trying again cannot help; a person must look."""
    waits: bool = False
    """True: nothing is wrong with the printer; the label waits for people, however long."""
    given_up: bool = False
    """True: nobody needs this label any more, and the next one of the lane goes on."""
    unknown: bool = False
    """True: it was sent and may have come out. It is never sent again by itself: a person looks, and says so."""


def hand_over(
    printer: PrinterSettings, folder: Path, name: str, content: bytes, journal: Journal | None
) -> Cannot | None:
    """Let one document leave the house, whole or not at all; return what is in the way."""
    if printer.kind == "lp":
        return _queued(printer.queue, name, content)
    if printer.kind == "raw9100":
        try:
            zpl = for_zpl(content, printer.dpi, printer.roll_mm)
        except LabelTroubleError as trouble:
            return Cannot(f"The label does not go on this printer: {trouble}", for_good=True)
        job = raw9100.send(printer.url, zpl, journal, roll_mm=printer.roll_mm)
        return None if job.state == "CONFIRMED" else Cannot(job.says, unknown=job.state == "UNKNOWN")
    return deliver(printer, folder, name, content)


def _queued(queue: str, name: str, content: bytes) -> Cannot | None:
    """Give it to CUPS, which says that it took it, never that it printed it: the scan of the label shows that."""
    try:
        done = subprocess.run(
            ["lp", "-d", queue, "-t", name], input=content, capture_output=True, timeout=LP_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Cannot(f"The print queue {queue} took no whole label in {LP_S} s. It may have come out.", unknown=True)
    except OSError as error:
        return Cannot(f"The command lp cannot be run on the server: {error.strerror}. Install CUPS.")
    if done.returncode == 0:
        return None
    said = done.stderr.decode("utf-8", "replace").strip()
    return Cannot(f"The print queue {queue} did not take the label: {said[:200] or 'no reason given'}.")


def deliver(printer: PrinterSettings, folder: Path, name: str, content: bytes) -> Cannot | None:
    """Put a document where the printer or a person takes it: whole or not at all. Returns what is in the way.

    The mark beside it stays until the record knows of it. A print queue takes the document away at once: without the mark
    a label whose report was lost, with the database or the process, would come out twice.
    """
    draft = folder / f".{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(folder / name)
        mark(folder, name).touch()
    except OSError as error:
        return Cannot(f"The {printer.kind} folder {folder} does not take the label: {error.strerror}.")
    return None


def was_delivered(folder: Path, name: str) -> bool:
    """Say whether this document left the house before, and the record was not told."""
    return mark(folder, name).exists()


def mark(folder: Path, name: str) -> Path:
    """Return the file that says so."""
    return folder / f".{name}.sent"
