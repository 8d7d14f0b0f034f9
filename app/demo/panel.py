"""What the simulated station's panel offers for the demo: badges, codes, masses, and what lies before its camera."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo.people import PEOPLE
from app.demo.stock import (
    BY_MOUTH,
    CABINET,
    CABINET_LABEL,
    CHECK_WEIGHTS,
    DEVICES,
    IN_A_CASSETTE,
    TRAY,
    TRAY_LABEL,
    UNITS,
)
from app.people.badges import badge_text
from devices.scanner.selftest import PROBES
from labels import codes

CHECK, CYCLO, PACLI, FLUORO, ETOPO, DOXO, FU_46, MOUTH, CAPE, WRONG = (
    "scale check",
    "cyclophosphamide",
    "PACLitaxel",
    "fluorouracil",
    "etoposide",
    "DOXOrubicin",
    IN_A_CASSETTE,
    BY_MOUTH,
    "capecitabine",
    "wrong on purpose",
)
SHEET = "scanner test"
STAGED, DRAWN, EMPTY = "everything staged", "syringes beside their vials", "empty vials"
ORDERS = (
    ("DEMO1001", "cyclophosphamide"),
    ("DEMO1002", "PACLitaxel"),
    ("DEMO1004", "fluorouracil"),
    ("DEMO1006", "etoposide"),
    ("DEMO1007", "DOXOrubicin"),
    ("DEMO1008", FU_46),
    ("DEMO1009", "capecitabine"),
    ("DEMO1011", MOUTH),
)
"""The numbers of the orders that can be made."""
WORDS = (
    "NEXT",
    "CAPTURE",
    "RETAKE",
    "WEIGH",
    "ZERO",
    "BACK",
    "REDO",
    "GLOVES",
    "CALL",
    "PAUSE",
    "HELP",
    "PRINT",
    "LOGOUT",
)
"""The command cards of a station."""

WEIGHTS = (
    ("20 g check weight", "20.00", CHECK, ""),
    ("200 g check weight", "199.99", CHECK, ""),
    ("vial A, powder", "38.74", CYCLO, ""),
    ("vial A with 25 mL", "63.80", CYCLO, ""),
    ("vial B, powder", "38.61", CYCLO, ""),
    ("vial B with 25 mL", "63.81", CYCLO, ""),
    ("syringe 1, empty", "18.42", CYCLO, ""),
    ("syringe 1, 24.25 mL", "42.97", CYCLO, DRAWN),
    ("syringe 2, empty", "18.39", CYCLO, ""),
    ("syringe 2, 24.25 mL", "42.70", CYCLO, DRAWN),
    ("bag before", "287.60", CYCLO, ""),
    ("bag, both injected", "336.30", CYCLO, EMPTY),
    ("PACLitaxel syringe 1, empty", "18.55", PACLI, ""),
    ("PACLitaxel syringe 1, 23.56 mL", "40.37", PACLI, DRAWN),
    ("PACLitaxel syringe 2, empty", "18.47", PACLI, ""),
    ("PACLitaxel syringe 2, 23.56 mL", "40.20", PACLI, DRAWN),
    ("PACLitaxel bag before", "283.40", PACLI, ""),
    ("PACLitaxel bag, both injected", "326.92", PACLI, EMPTY),
    ("fluorouracil syringe, empty", "30.12", FLUORO, ""),
    ("fluorouracil syringe, 36 mL", "67.49", FLUORO, DRAWN),
    ("fluorouracil bag before", "538.20", FLUORO, ""),
    ("fluorouracil bag, injected", "575.52", FLUORO, EMPTY),
    ("etoposide syringe, empty", "7.84", ETOPO, ""),
    ("etoposide syringe, 4.5 mL", "12.46", ETOPO, DRAWN),
    ("etoposide bag before", "284.10", ETOPO, ""),
    ("etoposide bag, injected", "288.70", ETOPO, EMPTY),
    ("DOXOrubicin syringe, empty", "18.60", DOXO, ""),
    ("DOXOrubicin syringe, 20 mL", "38.67", DOXO, DRAWN),
    ("bulk syringe 1, empty", "18.40", FU_46, ""),
    ("bulk syringe 1, 43.2 mL", "63.20", FU_46, ""),
    ("bulk syringe 2, empty", "18.41", FU_46, ""),
    ("bulk syringe 2, 43.2 mL", "63.51", FU_46, ""),
    ("diluent syringe, empty", "8.00", FU_46, ""),
    ("diluent syringe, 5.6 mL", "13.60", FU_46, DRAWN),
    ("cassette, empty", "61.20", FU_46, ""),
    ("cassette, all injected, air out", "156.70", FU_46, EMPTY),
    ("oral syringe, empty, with its cap", "6.12", MOUTH, ""),
    ("oral syringe, 3 mL", "9.24", MOUTH, DRAWN),
    ("syringe 1, OVERDRAWN", "45.32", WRONG, ""),
    ("syringe 1, put right", "42.97", WRONG, DRAWN),
    ("vial A, after the draws", "38.92", WRONG, ""),
    ("vial B, after the draws", "40.12", WRONG, DRAWN),
    ("20 g check weight, off by 0.35 g", "20.35", WRONG, ""),
)
"""Name, grams, group, and what lies before the camera afterwards. Every difference comes out to the last digit."""

THINGS: dict[str, tuple[tuple[str, str, tuple[str, ...], float], ...]] = {
    CYCLO: (
        ("vial A", "vial", ("Cyclophosphamide", "for injection", "500 mg / vial", "Lot AB123"), 0.35),
        ("vial B", "vial", ("Cyclophosphamide", "for injection", "500 mg / vial", "Lot AB123"), 0.35),
        ("sodium chloride vial", "vial", ("Sodium chloride 0.9 %", "50 mL", "Lot NS4471"), 0.9),
        ("dextrose bag", "bag", ("Dextrose 5 %", "250 mL", "Lot D2207"), 0.8),
        ("syringe 1", "syringe", ("Cyclophosphamide 20 mg/mL", "24.25 mL", "HAZARDOUS DRUG"), 0.68),
        ("syringe 2", "syringe", ("Cyclophosphamide 20 mg/mL", "24.25 mL", "HAZARDOUS DRUG"), 0.68),
    ),
    PACLI: (
        ("PACLitaxel vial", "vial", ("PACLitaxel", "300 mg / 50 mL", "6 mg/mL", "Lot PX118"), 0.9),
        ("non-PVC bag 1", "bag", ("Sodium chloride 0.9 %", "250 mL, non-PVC", "Lot BB901"), 0.8),
        ("PACLitaxel syringe 1", "syringe", ("PACLitaxel 6 mg/mL", "23.56 mL", "HAZARDOUS DRUG"), 0.67),
        ("PACLitaxel syringe 2", "syringe", ("PACLitaxel 6 mg/mL", "23.56 mL", "HAZARDOUS DRUG"), 0.67),
    ),
    FLUORO: (
        ("fluorouracil vial", "vial", ("Fluorouracil", "2.5 g / 50 mL", "Lot FU501"), 0.9),
        ("sodium chloride bag", "bag", ("Sodium chloride 0.9 %", "500 mL", "Lot NS5002"), 0.8),
        ("fluorouracil syringe", "syringe", ("Fluorouracil 50 mg/mL", "36 mL", "HAZARDOUS DRUG"), 0.6),
    ),
    ETOPO: (
        ("etoposide vial", "vial", ("Etoposide", "100 mg / 5 mL", "Lot ET330"), 0.9),
        ("non-PVC bag 2", "bag", ("Sodium chloride 0.9 %", "250 mL, non-PVC", "Lot BB902"), 0.8),
        ("etoposide syringe", "syringe", ("Etoposide 20 mg/mL", "4.5 mL", "HAZARDOUS DRUG"), 0.45),
    ),
    FU_46: (
        ("fluorouracil bulk vial A", "vial", ("Fluorouracil", "2.5 g / 50 mL", "Lot FU502"), 0.9),
        ("fluorouracil bulk vial B", "vial", ("Fluorouracil", "2.5 g / 50 mL", "Lot FU502"), 0.9),
        ("small sodium chloride vial", "vial", ("Sodium chloride 0.9 %", "10 mL", "Lot NS1001"), 0.9),
        ("empty cassette", "bag", ("Demopump cassette", "100 mL", "Lot CA771"), 0.0),
        ("bulk syringe 1", "syringe", ("Fluorouracil 50 mg/mL", "43.2 mL", "HAZARDOUS DRUG"), 0.72),
        ("bulk syringe 2", "syringe", ("Fluorouracil 50 mg/mL", "43.2 mL", "HAZARDOUS DRUG"), 0.72),
        ("diluent syringe", "syringe", ("Sodium chloride 0.9 %", "5.6 mL"), 0.56),
    ),
    DOXO: (
        ("DOXOrubicin vial", "vial", ("DOXOrubicin", "50 mg / 25 mL", "2 mg/mL", "Lot DX771"), 0.9),
        ("DOXOrubicin syringe", "syringe", ("DOXOrubicin 2 mg/mL", "20 mL", "HAZARDOUS DRUG"), 0.57),
    ),
    MOUTH: (
        ("suspension bottle", "vial", ("Cyclophosphamide", "20 mg/mL, by mouth", "invented", "Lot CS881"), 0.9),
        ("oral syringe", "syringe", ("Cyclophosphamide 20 mg/mL", "3 mL", "FOR ORAL USE ONLY"), 0.6),
    ),
    CAPE: (("capecitabine bottle", "bottle", ("Capecitabine", "500 mg tablets", "120 tablets", "Lot CT4471"), 0.95),),
}
"""What can lie before the camera for each order: name, kind, the words on its label, how full."""
DRAWN_AS = {"minibag": "bag", "tablets": "bottle", "capsules": "bottle"}
"""How the camera sees a final container that has another name there."""
PRINTED = re.compile(r"(in-process|final)-([0-9A-Z]{8})-(\d+)\.(?:png|pdf)")
"""The file names of printed labels: kind, label id, copy."""


def presets(year: int, printed: Path | None = None, container: Callable[[str], str] = str) -> dict[str, Any]:
    """Return what the panel offers; `year` has two digits, `printed` is the folder that labels come out in.

    `container` tells by its id the final container that a label belongs to.
    """
    labels = _printed(printed, container) if printed else []
    codes_printed, labels_pictured, on_the_bag = _labels(labels)
    pictures, shots = _pictures()
    return {
        "title": "what a person at the demo's station would do with their hands",
        "mark": "DEMO · NOT FOR CLINICAL USE",
        "weights": [
            {"name": name, "g": grams, "group": group, **_set(group, shot)} for name, grams, group, shot in WEIGHTS
        ],
        "codes": [*_badges(), *_cards(), *codes_printed, *_units(year), *_others()],
        "pictures": [*pictures, *labels_pictured],
        "shots": [*shots, *on_the_bag],
    }


def _badges() -> list[dict[str, str]]:
    held = [one for one in PEOPLE if one.pin]
    return [
        {"name": f"{one.name}'s badge", "data": f"]d1{badge_text(one.id)}", "group": "badges", "hint": f"PIN {one.pin}"}
        for one in held
    ]


def _cards() -> list[dict[str, str]]:
    cabinet = {"name": f"cabinet {CABINET}", "data": f"]d1{codes.make('H', CABINET_LABEL)}", "group": "cabinet"}
    tray = {"name": f"counting tray {TRAY}", "data": f"]d1{codes.make('H', TRAY_LABEL)}", "group": "cabinet"}
    return [
        cabinet,
        tray,
        *({"name": word, "data": f"]d1{codes.command(word)}", "group": "command cards"} for word in WORDS),
    ]


def _others() -> list[dict[str, str]]:
    boxes = [
        {"name": f"box of the {name} weight", "data": f"]C0{code}", "group": CHECK} for code, name, _ in CHECK_WEIGHTS
    ]
    orders = [
        {"name": f"order {number}", "data": f"]C0{number}", "group": "orders", "hint": drug} for number, drug in ORDERS
    ]
    sheet = [
        {"name": f"symbol {one.name} of the scanner's sheet", "data": one.aim + one.data, "group": SHEET}
        for one in PROBES
    ]
    return [*orders, *boxes, *sheet]


def _units(year: int) -> list[dict[str, str]]:
    units = [
        {"name": one.name, "data": f"]d1{codes.make('U', one.label)}", "group": one.group, **_set(one.group, STAGED)}
        for one in UNITS
    ]
    parts = [
        {"name": part, "data": f"]d201{gtin}17{year + 3}013110C77", "group": "closed-system devices"}
        for part, gtin in DEVICES
    ]
    right = [one for one in units if one["group"] != WRONG]
    return [*right, *parts, *(one for one in units if one["group"] == WRONG)]


def _set(group: str, shot: str) -> dict[str, str]:
    """Say to which order's set something belongs, and what lies before the camera once it was handled."""
    if group not in THINGS:
        return {}
    return {"set": group, **({"shot": f"{group}: {shot}"} if shot else {})}


def _pictures() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the pictures of things, and the shots that lay them before the camera."""
    pictures, shots = [], []
    for group, things in THINGS.items():
        vials = [
            name
            for name, _, lines, _ in things
            if name.endswith(("vial", "vial A", "vial B")) and "Sodium" not in lines[0]
        ]
        bottles = [name for name, kind, _, _ in things if kind == "vial" and name.endswith("bottle")]
        for name, kind, lines, fill in things:
            pictures.append({"name": name, "kind": kind, "lines": lines, "fill": fill})
            if name in vials:
                pictures.append({"name": f"{name}, empty", "kind": kind, "lines": lines, "fill": 0.03})
        syringes = [name for name, kind, _, _ in things if kind == "syringe"]
        staged = [name for name, kind, _, _ in things if kind != "syringe"]
        laid = [
            {"name": f"{group}: {STAGED}", "shows": staged, "set": group},
            {"name": f"{group}: {DRAWN}", "shows": [*vials, *bottles, *syringes], "set": group},
            {"name": f"{group}: {EMPTY}", "shows": [*(f"{name}, empty" for name in vials), *bottles], "set": group},
        ]
        shots += [one for one in laid if one["shows"]]
    return pictures, shots


@dataclass(frozen=True)
class Out:
    """One label that came out of the printer."""

    kind: str
    """in-process or final."""
    label: str
    """Its id."""
    copy: str
    """Which print of it."""
    on: str
    """What a final label is on, as the camera sees it: bag, syringe, cassette, elastomeric or bottle."""


def _printed(folder: Path, container: Callable[[str], str]) -> list[Out]:
    """Return each printed label, the newest first."""
    found = (
        sorted(folder.glob("*.p??"), key=lambda one: one.stat().st_mtime_ns, reverse=True) if folder.is_dir() else []
    )
    named = [match for one in found if (match := PRINTED.fullmatch(one.name))]
    return [Out(one[1], one[2], one[3], _drawn(container(one[2]))) for one in named]


def _drawn(container: str) -> str:
    """Return how the camera sees a final container; a bag where nobody knows what it is."""
    found = DRAWN_AS.get(container, container).removeprefix("oral ")
    return found if found in ("syringe", "cassette", "elastomeric", "bottle") else "bag"


def _labels(
    printed: list[Out],
) -> tuple[list[dict[str, str]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the printed labels as codes to scan, as they look, and as they lie before the camera.

    Whatever it is on carries its final label in front and the in-process label that was printed before it on its back.
    """
    offered, pictures, shots = [], [], []
    for number, one in enumerate(printed):
        data = codes.make("I" if one.kind == "in-process" else "F", one.label, int(one.copy))
        name = _label_name(one.kind, data)
        lines = (f"{one.kind.upper()} LABEL", codes.spoken(data), "DEMO", "NOT FOR PATIENT USE")
        beside = next((old for old in printed[number + 1 :] if one.kind == "final" and old.kind == "in-process"), None)
        shows = [
            name,
            *([_label_name("in-process", codes.make("I", beside.label, int(beside.copy)))] if beside else []),
        ]
        later = next((new for new in reversed(printed[:number]) if new.kind == "final"), None)
        on = one.on if one.kind == "final" else later.on if later else "bag"
        shot = f"{on}, {'front and back' if beside else 'front'}: {', '.join(shows)}"
        offered.append({"name": name, "data": f"]d1{data}", "group": "printed labels", "shot": shot})
        pictures.append({"name": name, "kind": on, "lines": lines, "code": data, "fill": 0.8})
        shots.append({"name": shot, "shows": shows})
    return offered, pictures, shots


def _label_name(kind: str, data: str) -> str:
    return f"{kind} label {codes.spoken(data)}"
