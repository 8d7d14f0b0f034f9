"""Fills the catalogue from CSV files: the formulary's packages, diluents and bags, tall-man names. Everything as text (B26)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import IO

from sqlalchemy import Connection, delete, insert

from app.catalogue.billing import load_codes
from app.catalogue.tables import package, tallman
from devices.scanner.digits import all_digits, gs1_check
from devices.scanner.national import aic_check, pzn_check

SEED = files("app.catalogue") / "seed"
"""The shipped tables: unconfirmed until a pharmacist of the site signs (U1)."""
LISTS = frozenset({"FDA", "ISMP"})
"""The tall-man lists of the United States; elsewhere other names are lettered too."""
RESERVOIRS = ("cassette", "elastomeric ")
"""How the container of a pump's reservoir begins: cassette; elastomeric 2 mL/h."""
INJECTABLE = ("powder", "solution", "concentrate", "suspension", "emulsion")
"""Forms of the formulary that are vials."""
Row = tuple[int, dict[str, str | None], str]
"""Number in the file, values by their columns, and why it is left out; empty where it is not."""
COUNTED = ("tablet", "capsule")
"""Forms that are counted out of a stock bottle."""


@dataclass(frozen=True)
class Loaded:
    """What a load did."""

    packages: int
    """Package codes now in the catalogue from this file."""
    left_out: tuple[str, ...]
    """Rows that were not taken, each with its number and the reason."""


def load_formulary(conn: Connection, file: IO[str], *, confirmed_by: str = "") -> Loaded:
    """Take every row with a sound GTIN; a row of the same GTIN is replaced, unconfirmed again unless `confirmed_by` is given.

    The billing codes in it are taken too, also of what is not made here (R58).
    """
    text = file.read()
    loaded = _load(conn, drugs(io.StringIO(text)), confirmed_by)
    return replace(loaded, left_out=(*loaded.left_out, *load_codes(conn, io.StringIO(text), confirmed_by=confirmed_by)))


def load_diluents(conn: Connection, file: IO[str], *, confirmed_by: str = "") -> Loaded:
    """Take bags as bases and vials as diluents; an empty cassette or elastomeric pump, named with its flow, as a reservoir."""
    return _load(conn, fluids(file), confirmed_by)


def load_tallman(conn: Connection, file: IO[str], *, lists: frozenset[str] = LISTS, confirmed_by: str = "") -> int:
    """Take the printed forms of the lists that the site goes by; countries differ. Returns how many were taken.

    One that differs from its name in more than case is left out.
    """
    conn.execute(delete(tallman))
    rows = [row for row in csv.DictReader(file) if row["tallman"].casefold() == row["name"].casefold()]
    rows = [row for row in rows if row["list"] in lists]
    for row in rows:
        name = row["name"].casefold()
        conn.execute(insert(tallman), {"name": name, "printed": row["tallman"], "confirmed_by": confirmed_by})
    return len(rows)


def _load(conn: Connection, rows: Iterator[Row], confirmed_by: str) -> Loaded:
    taken, left = 0, []
    for number, row, unfit in rows:
        wrong = unfit or wrong_blank(row) or wrong_amount(row)
        if wrong:
            left.append(f"row {number}: {wrong}")
            continue
        conn.execute(delete(package).where(package.c.gtin14 == row["gtin14"]))
        conn.execute(insert(package), {**row, "confirmed_by": confirmed_by})
        taken += 1
    return Loaded(taken, tuple(left))


def wrong_gtin(gtin: str) -> str:
    if not gtin:
        return "it has no GTIN"
    if len(gtin) != 14 or not all_digits(gtin) or not gs1_check(gtin):
        return f"GTIN {gtin} is not 14 digits with a right check digit"
    return ""


def wrong_national(text: str) -> str:
    """Say what is wrong with a national number; none is right too."""
    kind, _, number = text.partition(" ")
    digits = all_digits(number)
    right = {
        "PZN": digits and len(number) == 8 and pzn_check(number),
        "AIC": digits and len(number) == 9 and aic_check(number),
        "HIBC": re.fullmatch(r"[A-Z][A-Z0-9]{3}/[A-Z0-9]{1,18}/[0-9]", number) is not None,
    }
    if not text or right.get(kind):
        return ""
    return f"national number {text!r} is none; write it as PZN 01234562, AIC 012345676 or HIBC A123/BJC5D6E7/1"


def wrong_amount(row: dict[str, str | None]) -> str:
    """Say which amount is not a plain positive number; one that is not given is none."""
    for name in ("concentration_mg_ml", "amount_mg", "volume_ml"):
        text = row[name]
        if text is not None and (re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) is None or not text.strip("0.")):
            return f"{name} {text!r} is not a number above 0; write it as 20 or 0.5"
    return ""


def wrong_blank(row: Mapping[str, str | None]) -> str:
    """Say which value holds a blank at its ends, two in a row, or what nobody sees; each is shown as a dot.

    Two codes whose product differs in that alone look like one, and a recall of the one would not find the other (R19).
    """
    for name, said in row.items():
        shown = "".join("·" if _unseen(one) else one for one in said or "").replace("  ", "··")
        shown = re.sub(r"^ +| +$", lambda blanks: "·" * len(blanks[0]), shown)
        if shown != (said or ""):
            return f'{name} "{shown}" holds a blank too many, or a character that nobody sees: type it anew'
    return ""


def _unseen(one: str) -> bool:
    """Whether it is a control, format or separating character other than the plain blank."""
    return one != " " and unicodedata.category(one)[0] in "CZ"


def drugs(file: IO[str]) -> Iterator[Row]:
    """Yield each row of a formulary: its number, the package it says, and why it is none."""
    for number, row in enumerate(csv.DictReader(file, restval=""), start=2):
        wrong = wrong_gtin(row["gtin14"]) or _wrong_form(row)
        brand = f" ({row['brand'].upper()})" if row["brand"] else ""
        made: dict[str, str | None] = {
            "gtin14": row["gtin14"],
            "ndc": row["ndc"],
            "item": row["item_id"],
            "role": "drug",
            "text": _joined(f"{row['drug']}{brand}", row["strength_text"], row["form"]),
            "drug": row["drug"].casefold(),
            "concentration_mg_ml": row["conc_mg_ml"] or None,
            "amount_mg": row["amount_mg"] or None,
            "volume_ml": row["volume_ml"] or None,
            "fluid": "",
            "part": "",
            "level": row["package_level"],
            "single_dose": row["single_dose"],
            "maker": row.get("maker") or "",
            "national": row.get("national") or "",
            "pieces": str(int(row["package_qty"])) if row["form"] in COUNTED and not wrong else None,
        }
        yield number, made, wrong or wrong_national(made["national"] or "")


def _joined(*words: str) -> str:
    """Return what a package is called; what is not given leaves no blank."""
    return " ".join(one for one in words if one)


def _wrong_form(row: dict[str, str]) -> str:
    """Say why nothing is made of this form here, or nothing: of what is counted it must be known how many a bottle holds."""
    if row["form"] in INJECTABLE:
        return ""
    if row["form"] not in COUNTED:
        return f"{row['form'] or 'a form that is not given'} is neither made into a bag nor counted"
    known = re.fullmatch(r"[1-9]\d{0,4}", row.get("package_qty", "")) is not None
    return "" if known else "how many are in a bottle is not given"


def fluids(file: IO[str]) -> Iterator[Row]:
    """Yield each row of a list of diluents, bags and reservoirs, in the same way."""
    for number, row in enumerate(csv.DictReader(file, restval=""), start=2):
        reservoir = row["container"].startswith(RESERVOIRS)
        role = "base" if reservoir or row["container"].startswith("bag") else "diluent"
        made: dict[str, str | None] = {
            "gtin14": row["gtin14"],
            "ndc": row["ndc"],
            "item": row["code"].casefold(),
            "role": role,
            "text": _joined(row["name"], row["volume_ml"], "mL", row["container"]),
            "drug": "",
            "concentration_mg_ml": None,
            "amount_mg": None,
            "pieces": None,
            "volume_ml": row["volume_ml"] or None,
            "fluid": "" if reservoir else row["name"],
            "part": row["container"] if reservoir else "non-PVC" if row["non_pvc"] == "yes" else "",
            "level": "",
            "single_dose": "",
            "maker": row.get("maker") or "",
            "materials": row.get("materials") or "",
        }
        yield number, made, wrong_gtin(row["gtin14"])
