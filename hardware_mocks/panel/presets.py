"""What the panel offers ready-made: things to put on the pan, codes to hold to the scanner, scenes for the camera.

A file of presets is JSON:

    {"title":    "Cyclophosphamide 970 mg in 250 mL D5W",
     "weights":  [{"name": "Syringe 1, filled", "g": "42.97", "group": "Syringes", "hint": "24.55 g of drug"}, ...],
     "codes":    [{"name": "Vial A", "data": "]d20100310019955506...", "group": "Vials", "hint": ""}, ...],
     "pictures": [{"name": "Vial A", "kind": "vial", "lines": ["Cyclophosphamide", "500 mg"], "code": "...", "gs1": true}, ...],
     "shots":    [{"name": "Everything staged", "shows": ["Vial A", "Bag"], "set": ""}, ...]}

`g` is text, in grams, written as it is to be displayed. `data` is what the scanner sends, AIM identifier first, separators as
\\u001d. `group`, `hint`, `title` and `pictures` may be left out. `kind` is vial, syringe, bag, cassette, elastomeric or bottle.
With "gs1": true the `code` of a picture is bracketed, (01)...(17)...(10)..., and becomes a GS1 DataMatrix; otherwise it is a
plain DataMatrix. `fill` is the share of the container that is full, 0 to 1. A shot lays one or several pictures before the
station's camera; a weight or code that names one as its `shot` lays it there by itself when it is handled. Where entries name a
`set`, the page shows one set at a time. `mark` is a word that stands in the page's head. The file may change at any time: it is
read again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hardware_mocks.bench import grams
from hardware_mocks.camera import KINDS, Scene

DEFAULT = Path(__file__).with_name("worked_example.json")


@dataclass(frozen=True)
class Weight:
    """One thing to put on the pan."""

    name: str
    g: Decimal
    group: str
    hint: str
    shot: str = ""
    """What lies before the camera once this was on the pan."""
    set: str = ""
    """Shown only while this set is chosen; always for none."""


@dataclass(frozen=True)
class Code:
    """One code to hold to the scanner."""

    name: str
    data: str
    group: str
    hint: str
    shot: str = ""
    """What lies before the camera once this was scanned."""
    set: str = ""
    """Shown only while this set is chosen; always for none."""


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
class Shot:
    """What can be laid before the station's camera."""

    name: str
    shows: tuple[str, ...]
    """Names of pictures, side by side."""
    set: str = ""
    """Shown only while this set is chosen; always for none."""


@dataclass(frozen=True)
class Presets:
    """Everything the panel offers."""

    title: str
    weights: tuple[Weight, ...]
    codes: tuple[Code, ...]
    pictures: tuple[Picture, ...]
    shots: tuple[Shot, ...] = ()
    mark: str = ""
    """A word nobody can miss, like DEMO; empty for none."""

    def scenes(self, shot: str) -> tuple[Scene, ...]:
        """The scenes of a shot. LookupError if there is no such shot."""
        found = next((one for one in self.shots if one.name == shot), None)
        if found is None:
            raise LookupError(f"there is no shot {shot!r}: {', '.join(one.name for one in self.shots)}")
        by_name = {one.name: one for one in self.pictures}
        return tuple(scene(by_name[name]) for name in found.shows)

    def shot_after(self, handled: str) -> str:
        """The shot that lies before the camera once the thing of this name or code was handled; empty for none."""
        things = [(one.name, one.shot) for one in self.weights] + [(one.data, one.shot) for one in self.codes]
        return next((shot for key, shot in things if key == handled), "")


def scene(picture: Picture) -> Scene:
    """What the camera sees of a picture."""
    return Scene(picture.kind, picture.lines, picture.code, picture.gs1, picture.fill)


def load(path: Path = DEFAULT) -> Presets:
    """Read a file of presets. Raises ValueError that names the file and the entry at fault."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as trouble:
        raise ValueError(f"cannot read presets from {path}: {trouble}") from None
    if not isinstance(given, dict):
        raise ValueError(f"{path}: presets are one JSON object with weights and codes")
    try:
        pictures = tuple(_picture(entry) for entry in given.get("pictures", []))
        shots = given.get("shots", [{"name": one.name, "shows": [one.name]} for one in pictures])
        return Presets(
            str(given.get("title", "")),
            tuple(_weight(entry) for entry in given.get("weights", [])),
            tuple(_code(entry) for entry in given.get("codes", [])),
            pictures,
            tuple(_shot(entry, {one.name for one in pictures}) for entry in shots),
            str(given.get("mark", "")),
        )
    except ValueError as trouble:
        raise ValueError(f"{path}: {trouble}") from None


def _weight(entry: Mapping[str, Any]) -> Weight:
    if not isinstance(_need(entry, "g", "weight"), str):
        raise ValueError(f'weight {entry["name"]!r}: g is text, like "24.55", so that no digit is lost')
    words = (_text(entry, key) for key in ("group", "hint", "shot", "set"))
    return Weight(entry["name"], grams(entry["g"]), *words)


def _code(entry: Mapping[str, Any]) -> Code:
    words = (_text(entry, key) for key in ("group", "hint", "shot", "set"))
    return Code(_need(entry, "name", "code"), _need(entry, "data", "code"), *words)


def _picture(entry: Mapping[str, Any]) -> Picture:
    kind = _need(entry, "kind", "picture")
    if kind not in KINDS:
        raise ValueError(f"picture kind {kind!r}: {', '.join(KINDS)}")
    lines = tuple(str(line) for line in entry.get("lines", []))
    fill = float(entry.get("fill", 0.6))
    if not 0 <= fill <= 1:
        raise ValueError(f"picture {entry['name']!r}: fill is a share from 0 to 1, not {fill}")
    return Picture(_need(entry, "name", "picture"), kind, lines, _text(entry, "code"), bool(entry.get("gs1")), fill)


def _shot(entry: Mapping[str, Any], known: set[str]) -> Shot:
    shows = tuple(str(name) for name in _need(entry, "shows", "shot"))
    if not shows or set(shows) - known:
        raise ValueError(
            f"shot {entry['name']!r} shows {', '.join(set(shows) - known) or 'nothing'}, of which there is no picture"
        )
    return Shot(entry["name"], shows, _text(entry, "set"))


def _need(entry: Mapping[str, Any], key: str, what: str) -> Any:
    if not isinstance(entry, dict) or not entry.get("name") or key not in entry:
        raise ValueError(f"every {what} needs a name and {key}: {entry!r}")
    return entry[key]


def _text(entry: Mapping[str, Any], key: str) -> str:
    return str(entry.get(key, ""))
