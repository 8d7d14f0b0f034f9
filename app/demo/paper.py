"""What came out of the demo's pretend label printer: kept as pictures, each named by the code that is read on it.

A label that lies on a tray when the demo is stopped can still be held to the scanner when it goes on.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.record.place import read_only
from app.record.tables import preparation, printed_label
from app.record.troubles import CannotOpen
from devices.scanner import own
from labels.check import symbols_on
from workflows.library import LIBRARY

PATIENCE_S = 5.0
KINDS = {"I": "in-process", "F": "final"}


def collect(panel: str, folder: Path, taken: int) -> int:
    """Keep each label that came out after the first `taken`; return how many have come out. A panel that is away has none."""
    try:
        out = int(json.loads(_get(f"{panel}/state"))["labels"])
        for number in range(taken + 1, out + 1):
            _keep(_get(f"{panel}/label.png?{number}"), folder)
            taken = number
    except (OSError, HTTPException, ValueError, KeyError):
        return taken
    return taken


def _get(url: str) -> bytes:
    with urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - the panel of this demo's own child process
        return bytes(answer.read())


def _keep(png: bytes, folder: Path) -> None:
    with Image.open(io.BytesIO(png)) as picture:
        name = _name(picture)
    if name:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.part"
        part.write_bytes(png)
        part.replace(folder / name)


def _name(picture: Image.Image) -> str:
    """Return the file name of a label by its own code; empty for paper that carries none."""
    for data, _ in symbols_on(picture):
        code = own.answer(data.decode("ascii", "replace"), None).own
        if code is not None and code.kind in KINDS:
            return f"{KINDS[code.kind]}-{code.id}-{code.copy}.png"
    return ""


def containers(database: Path) -> Callable[[str], str]:
    """Return what tells by a label's id which final container it belongs to; "" where the record does not say."""
    known: dict[str, str] = {}
    of_label = select(preparation.c.workflow).join_from(
        preparation, printed_label, preparation.c.id == printed_label.c.preparation
    )

    def container(label: str) -> str:
        if label not in known and database.exists():
            try:
                with read_only(database) as conn:
                    workflow = conn.execute(of_label.where(printed_label.c.label == label)).scalar()
            except (CannotOpen, OperationalError):  # it is being made: the next look finds it
                return ""
            if workflow:
                known[label] = LIBRARY[workflow.partition("/")[0]].makes[0]
        return known.get(label, "")

    return container
