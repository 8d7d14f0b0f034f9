"""Whether the disk under a folder is encrypted, as Linux tells it: a dm-crypt mapping somewhere below the file system."""

from __future__ import annotations

import os
from pathlib import Path

SYS = Path("/sys/dev/block")


def seen(folder: Path, devices: Path = SYS) -> str:
    """Return in words how the disk under `folder` is encrypted; empty where the system does not say that it is."""
    try:
        number = os.stat(folder).st_dev
    except OSError:
        return ""
    return _kind(devices / f"{os.major(number)}:{os.minor(number)}")


def _kind(device: Path) -> str:
    """Look at this device and at those it is made of."""
    try:
        uuid = (device / "dm" / "uuid").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        uuid = ""
    if uuid.startswith("CRYPT-"):
        return f"dm-crypt ({uuid.split('-')[1]})"
    below = device / "slaves"
    parts = sorted(below.iterdir()) if below.is_dir() else []
    kinds = [_kind(part) for part in parts]
    return kinds[0] if kinds and all(kinds) else ""
