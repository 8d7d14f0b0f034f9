"""The golden labels: made again only by `python -m tests.labels.golden`, and then looked at by a person."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from labels import Rendered, render
from tests.labels.examples import EXAMPLES

PLACE = Path(__file__).parent / "golden"


NAMES = {f"{name}_{dpi}": (*example, dpi) for name, example in EXAMPLES.items() for dpi in (203, 300)}
"""Every example at 203 and 300 dots an inch, by the name of its golden."""


@cache
def drawn(name: str) -> Rendered:
    """Return one of them, drawn once a process."""
    return render(*NAMES[name])


def sums() -> dict[str, str]:
    """Return the SHA-256 of each golden's PDF."""
    loaded: dict[str, str] = json.loads((PLACE / "pdf_sha256.json").read_text(encoding="utf-8"))
    return loaded


def remake() -> None:
    """Write the goldens anew."""
    PLACE.mkdir(exist_ok=True)
    for old in PLACE.glob("*.png"):
        old.unlink()
    for name in NAMES:
        (PLACE / f"{name}.png").write_bytes(drawn(name).png)
    written = json.dumps({name: drawn(name).sha256 for name in NAMES}, indent=1, sort_keys=True)
    (PLACE / "pdf_sha256.json").write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    remake()
