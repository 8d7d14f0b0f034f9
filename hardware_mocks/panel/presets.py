"""What the panel offers ready-made: things to put on the pan, codes to hold to the scanner, scenes for the camera.

A file of presets is JSON:

    {"title":    "Cyclophosphamide 970 mg in 250 mL D5W",
     "weights":  [{"name": "Syringe 1, filled", "g": "42.97", "group": "Syringes", "hint": "24.55 g of drug"}, ...],
     "codes":    [{"name": "Vial A", "data": "]d20100310019955506...", "group": "Vials", "hint": ""}, ...],
     "pictures": [{"name": "Vial A", "kind": "vial", "lines": ["Cyclophosphamide", "500 mg"], "code": "...", "gs1": true}, ...]}

`g` is text, in grams, written as it is to be displayed. `data` is what the scanner sends, AIM identifier first, separators as
\\u001d. `group`, `hint`, `title` and `pictures` may be left out. `kind` is vial, syringe or bag. With "gs1": true the `code` of a
picture is bracketed, (01)...(17)...(10)..., and becomes a GS1 DataMatrix; otherwise it is a plain DataMatrix. `fill` is the
share of the container that is full, 0 to 1.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hardware_mocks.bench import grams

DEFAULT = Path(__file__).with_name("worked_example.json")


@dataclass(frozen=True)
class Weight:
    """One thing to put on the pan."""

    name: str
    g: Decimal
    group: str
    hint: str


@dataclass(frozen=True)
class Code:
    """One code to hold to the scanner."""

    name: str
    data: str
    group: str
    hint: str


@dataclass(frozen=True)
class Picture:
    """One scene for the camera."""

    name: str
    kind: str
    lines: tuple[str, ...]
    code: str
    gs1: bool
    fill: float


@dataclass(frozen=True)
class Presets:
    """Everything the panel offers."""

    title: str
    weights: tuple[Weight, ...]
    codes: tuple[Code, ...]
    pictures: tuple[Picture, ...]


def load(path: Path = DEFAULT) -> Presets:
    """Read a file of presets. Raises ValueError that names the file and the entry at fault."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as trouble:
        raise ValueError(f"cannot read presets from {path}: {trouble}") from None
    if not isinstance(given, dict):
        raise ValueError(f"{path}: presets are one JSON object with weights and codes")
    try:
        return Presets(
            str(given.get("title", "")),
            tuple(_weight(entry) for entry in given.get("weights", [])),
            tuple(_code(entry) for entry in given.get("codes", [])),
            tuple(_picture(entry) for entry in given.get("pictures", [])),
        )
    except ValueError as trouble:
        raise ValueError(f"{path}: {trouble}") from None


def _weight(entry: Mapping[str, Any]) -> Weight:
    if not isinstance(_need(entry, "g", "weight"), str):
        raise ValueError(f'weight {entry["name"]!r}: g is text, like "24.55", so that no digit is lost')
    return Weight(entry["name"], grams(entry["g"]), _text(entry, "group"), _text(entry, "hint"))


def _code(entry: Mapping[str, Any]) -> Code:
    return Code(_need(entry, "name", "code"), _need(entry, "data", "code"), _text(entry, "group"), _text(entry, "hint"))


def _picture(entry: Mapping[str, Any]) -> Picture:
    kind = _need(entry, "kind", "picture")
    if kind not in {"vial", "syringe", "bag"}:
        raise ValueError(f"picture kind {kind!r}: vial, syringe or bag")
    lines = tuple(str(line) for line in entry.get("lines", []))
    fill = float(entry.get("fill", 0.6))
    if not 0 <= fill <= 1:
        raise ValueError(f"picture {entry['name']!r}: fill is a share from 0 to 1, not {fill}")
    return Picture(_need(entry, "name", "picture"), kind, lines, _text(entry, "code"), bool(entry.get("gs1")), fill)


def _need(entry: Mapping[str, Any], key: str, what: str) -> Any:
    if not isinstance(entry, dict) or not entry.get("name") or key not in entry:
        raise ValueError(f"every {what} needs a name and {key}: {entry!r}")
    return entry[key]


def _text(entry: Mapping[str, Any], key: str) -> str:
    return str(entry.get(key, ""))
