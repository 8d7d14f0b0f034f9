"""Acts done beside a running server, which alone writes a file: handed in as files in its folder, entered by it, answered.

Whose act it is, the machine says: the account that owns the file, whatever is written in it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import clock
from app.settings import Settings

FOLDER = "handed-in"
"""In `data_dir`, made by the server that will look there; 0700, so that only its account and the machine's own hand in."""
NEW, TAKEN, DONE = ".act", ".taken", ".done"
"""Endings: it waits, the server has it in hand, the answer. Who renames a file first has it."""
PATIENCE_S = 20.0
"""Seconds that a server may take. It looks every second."""


def hand_in(settings: Settings, kind: str, data: Mapping[str, Any], patience_s: float = PATIENCE_S) -> bool:
    """Hand an act to the server of this record, and wait until it is an event; False where nobody entered it.

    It is taken back where no server answers: what was answered False is not entered later, but for a server that dies or
    stalls with the act in hand.
    """
    folder = settings.data_dir / FOLDER
    if not folder.is_dir():
        return False
    name = clock.new_command_id()
    try:
        _put(folder, name, json.dumps({"kind": kind, "data": dict(data)}).encode())
        if _answered(folder / f"{name}{DONE}", patience_s):
            return True
        (folder / f"{name}{NEW}").rename(folder / f".{name}")
    except FileNotFoundError:
        return _answered(folder / f"{name}{DONE}", patience_s)
    except OSError:
        return False
    (folder / f".{name}").unlink()
    return False


def _put(folder: Path, name: str, content: bytes) -> None:
    """Write the file whole, under a name that nobody looks for, and then give it its own."""
    draft = folder / f".{name}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / f"{name}{NEW}")


def _answered(answer: Path, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while not answer.exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    entered: bool = json.loads(answer.read_bytes())["entered"]
    answer.unlink()
    return entered
