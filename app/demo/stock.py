"""The demo's shelf: packages, received units with their labels, the balance and the cabinet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, insert

from app.catalogue import load
from app.catalogue.tables import package, unit
from app.stations import gates, register
from workflows.circumstances import BalanceStatus
from workflows.evidence import CabinetCode

STATION = "HOOD-1"
BALANCE = "BAL-1"
SERIAL = "B123456789"
CABINET, CABINET_LABEL = "BSC-2", "BSC00002"
TRAY, TRAY_LABEL = "TRAY-1", "TRAY0001"
CONFIRMED = "Pam Specimen (demo)"
DEVICES = (
    ("vial adaptor", "00860000000017"),
    ("syringe connector", "00860000000024"),
    ("bag adaptor", "00860000000031"),
)
"""Closed-system parts of an invented maker."""
CASSETTE = "00860000000048"
"""A cassette of 100 mL of an invented maker."""
IN_A_CASSETTE = "fluorouracil in a cassette"
BY_MOUTH = "cyclophosphamide by mouth"
SUSPENSION, ORAL_SYRINGE = "00860000000062", "00860000000055"
"""An oral suspension and an oral syringe of 5 mL, both of invented makers: no such suspension is sold."""


@dataclass(frozen=True)
class DemoUnit:
    """One received container with our own unit label."""

    name: str
    """As the panel calls it."""
    label: str
    """Eight characters."""
    gtin14: str
    lot: str
    years: int
    """Expiry in years from the set-up; negative is expired."""
    group: str


UNITS = (
    DemoUnit("cyclophosphamide vial A, lot AB123", "CYA00001", "00310019955506", "AB123", 1, "cyclophosphamide"),
    DemoUnit("cyclophosphamide vial B, lot AB123", "CYB00002", "00310019955506", "AB123", 1, "cyclophosphamide"),
    DemoUnit("sodium chloride 0.9 % vial, 50 mL", "NSV00003", "00304094888507", "NS4471", 2, "cyclophosphamide"),
    DemoUnit("dextrose 5 % bag, 250 mL", "D5W00004", "00303380017027", "D2207", 2, "cyclophosphamide"),
    DemoUnit("PACLitaxel vial, 300 mg", "PAC00005", "00363323763503", "PX118", 1, "PACLitaxel"),
    DemoUnit("non-PVC sodium chloride bag, 250 mL", "NSN00006", "00302647800204", "BB901", 2, "PACLitaxel"),
    DemoUnit("fluorouracil bulk vial, 2.5 g", "FVR00007", "00363323117580", "FU501", 1, "fluorouracil"),
    DemoUnit("sodium chloride bag, 500 mL", "NS500008", "00303380049035", "NS5002", 2, "fluorouracil"),
    DemoUnit("etoposide vial, 100 mg", "ET000009", "00363323104054", "ET330", 1, "etoposide"),
    DemoUnit("non-PVC sodium chloride bag, 250 mL (second)", "NSN00010", "00302647800204", "BB902", 2, "etoposide"),
    DemoUnit("DOXOrubicin vial, 50 mg", "DX000014", "00363323883300", "DX771", 1, "DOXOrubicin"),
    DemoUnit("fluorouracil bulk vial A, 2.5 g", "FVA00015", "00363323117580", "FU502", 1, IN_A_CASSETTE),
    DemoUnit("fluorouracil bulk vial B, 2.5 g", "FVB00016", "00363323117580", "FU502", 1, IN_A_CASSETTE),
    DemoUnit("sodium chloride 0.9 % vial, 10 mL", "NST00017", "00304094888101", "NS1001", 2, IN_A_CASSETTE),
    DemoUnit("cassette, 100 mL", "CAS00018", CASSETTE, "CA771", 2, IN_A_CASSETTE),
    DemoUnit("capecitabine bottle, 120 tablets", "CAPE0019", "00300937474890", "CT4471", 2, "capecitabine"),
    DemoUnit("cyclophosphamide suspension, 100 mL", "CYS00020", SUSPENSION, "CS881", 1, BY_MOUTH),
    DemoUnit("oral syringe, 5 mL", "MTH00021", ORAL_SYRINGE, "OS771", 2, BY_MOUTH),
    DemoUnit("WRONG: cyclophosphamide 100 mg/mL", "CYW00011", "00307813529705", "WR5510", 1, "wrong on purpose"),
    DemoUnit("WRONG: expired cyclophosphamide", "CYX00012", "00310019955506", "WLD77", -1, "wrong on purpose"),
    DemoUnit("WRONG: sodium chloride bag, 250 mL", "NSW00013", "00303380049028", "NS2501", 2, "wrong on purpose"),
)

CHECK_WEIGHTS = (("W20", "20 g", "20.00"), ("W200", "200 g", "199.99"))
"""The station's test weights: the code on the box, its name, the certified mass in g."""


def shelve(conn: Connection, at: datetime) -> None:
    """Fill the catalogue, receive the units and register the equipment."""
    with (load.SEED / "formulary.csv").open(encoding="utf-8") as file:
        load.load_formulary(conn, file, confirmed_by=CONFIRMED)
    with (load.SEED / "diluents.csv").open(encoding="utf-8") as file:
        load.load_diluents(conn, file, confirmed_by=CONFIRMED)
    with (load.SEED / "tallman.csv").open(encoding="utf-8") as file:
        load.load_tallman(conn, file, confirmed_by=CONFIRMED)
    for part, gtin in DEVICES:
        conn.execute(insert(package), _device(part, gtin))
    reservoir = {
        "role": "base",
        "item": "demopump-cassette-100",
        "text": "Demopump cassette 100 mL",
        "volume_ml": "100",
    }
    conn.execute(insert(package), _device("cassette", CASSETTE) | reservoir)
    conn.execute(insert(package), _device("oral syringe 5 mL", ORAL_SYRINGE))
    suspension = {
        "ndc": "99999-020-01",
        "item": "cyclophosphamide-20-suspension-invented",
        "role": "drug",
        "text": "cyclophosphamide 20 mg/mL oral suspension (invented)",
        "drug": "cyclophosphamide",
        "concentration_mg_ml": "20",
        "amount_mg": "2000",
        "volume_ml": "100",
        "single_dose": "n",
        "part": "",
        "materials": "",
    }
    conn.execute(insert(package), _device("", SUSPENSION) | suspension)
    for one in UNITS:
        expiry = (at + timedelta(days=365 * one.years)).date().isoformat()
        row = {"label": one.label, "gtin14": one.gtin14, "lot": one.lot, "expiry": expiry}
        conn.execute(insert(unit), {**row, "received_at": at, "received_by": "demo"})
    half_a_year = at + timedelta(days=180)
    scale = BalanceStatus(BALANCE, SERIAL, Decimal("0.01"), Decimal("0.0041"), Decimal("4200"), None, None, half_a_year)
    register.register_balance(conn, scale, station=STATION, at=at, who="demo")
    for code, name, mass in CHECK_WEIGHTS:
        weight = gates.TestWeight(code, name, Decimal(mass), half_a_year)
        gates.register_weight(conn, weight, station=STATION, at=at, who="demo")
    cabinet = CabinetCode(CABINET, half_a_year, 2, "", decontaminated=True)
    register.register_tray(conn, TRAY, label=TRAY_LABEL, station=STATION, at=at, who="demo")
    register.register_cabinet(conn, cabinet, label=CABINET_LABEL, station=STATION, at=at, who="demo")


def _device(part: str, gtin: str) -> dict[str, str | None]:
    return {
        "gtin14": gtin,
        "ndc": "",
        "item": f"demosafe-{part.replace(' ', '-')}",
        "role": "device",
        "text": f"Demosafe {part}",
        "drug": "",
        "concentration_mg_ml": None,
        "amount_mg": None,
        "volume_ml": None,
        "fluid": "",
        "part": part,
        "level": "",
        "single_dose": "",
        "confirmed_by": CONFIRMED,
        "materials": "polypropylene, silicone",
        "maker": "Demosafe (invented)",
    }
