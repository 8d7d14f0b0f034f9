"""One line of a trial's accountability, and what is in stock by such lines: nothing else counts it (R56)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from app.catalogue.trial_tables import trial_line
from app.record import canonical, codec
from app.settings import Settings
from workflows.evidence import Container
from workflows.recipe import Recipe
from workflows.wording import amount

What = Literal[
    "received",
    "dispensed",
    "used up",
    "returned by subject",
    "returned to sponsor",
    "destroyed",
    "transferred",
    "relabelled",
    "missing",
    "shelf count",
    "label printed",
    "struck",
]
LEAVES: tuple[What, ...] = ("returned to sponsor", "destroyed", "transferred")
"""How a unit leaves the stock by people's word."""
OUT: tuple[What, ...] = ("dispensed", "used up", *LEAVES, "relabelled", "missing")
"""Lines after which a unit is no stock under its label."""
NO_MOVE: tuple[What, ...] = ("label printed", "shelf count", "struck")
"""Lines after which a unit is where it was: they are not struck out, and keep no other from being so."""
LEAST_REASON = 10
"""Letters that a reason or a place must have."""
MOST = 200
"""Units of one delivery."""


class NotAccountedError(ValueError):
    """A line cannot be written; the text says why."""


@dataclass(frozen=True)
class Line:
    """One line of an accountability record."""

    what: What
    """What happened to the unit."""
    protocol: str
    """Number of the trial."""
    product: str
    """Drug and strength, each a record of its own."""
    unit: str
    """Eight characters of its unit label."""
    kit: str
    """Its kit, bottle or vial number; empty for none."""
    lot: str
    """Lot, verbatim."""
    change: int
    """By how much the balance changes: 1, 0 or -1."""
    balance: int
    """Units in stock after it, of this protocol and product at this site."""
    subject: str = ""
    """The subject's number, where it was dispensed."""
    dose: str = ""
    """The dose dispensed, with its unit."""
    preparation: str = ""
    """For which preparation."""
    note: str = ""
    """From or to whom, why, under which shipment."""
    strikes: int = 0
    """Number of the line that this one strikes out; 0 for none."""
    held: Container | None = None
    """What the unit is, where it was received."""
    retest: date | None = None
    """Re-test date, where the sponsor states one in place of an expiry date."""
    attested: str = ""
    """Digest of the very lines that the second person read and signed; empty where nobody has to."""


@dataclass(frozen=True)
class Kept:
    """A line as it stands in the record."""

    seq: int
    """Its number."""
    line: Line
    """What it says."""
    at: datetime
    """UTC."""
    who: str
    """Person id."""
    second: str
    """Person id of whoever stood beside; empty where nobody has to."""
    struck: bool
    """Whether a later line strikes it out: it is read and counts for nothing."""


@dataclass(frozen=True)
class Delivery:
    """What came in one shipment, of one lot."""

    kits: tuple[str, ...]
    """Number of each unit, one a unit, as they stand on them."""
    lot: str
    """Lot, verbatim."""
    expiry: date | None
    """Last day of use; None where only a re-test date is stated."""
    retest: date | None
    """Re-test date; None for none."""
    note: str
    """Shipment and sender."""


@dataclass(frozen=True)
class Act:
    """In whose transaction a line is written, by whom, beside whom, when."""

    conn: Connection
    """The caller's transaction."""
    settings: Settings
    """Site and software."""
    who: str
    """Person id."""
    second: str
    """Person id of the second person; empty for what a preparation tells by itself."""
    at: datetime
    """The command's one clock reading."""
    attested: str = ""
    """Digest of the lines that the second person signed."""


def product_of(recipe: Recipe) -> str:
    """Return what a trial's record is kept of: drug and contents of one unit, or the study's own text."""
    return (
        recipe.blinded
        or f"{recipe.printed_drug} {amount(recipe.vial_mg)} mg, {amount(recipe.concentration_mg_ml)} mg/mL"
    )


def is_of(line: Line, recipe: Recipe) -> bool:
    """Say whether a line is of the very product that a trial's recipe takes: protocol, drug and contents."""
    drug = line.held.drug if line.held is not None else recipe.drug
    return (line.protocol, line.product, drug) == (recipe.protocol, product_of(recipe), recipe.drug)


def as_written(text: str) -> str:
    """Return a number as it is kept: wide letters as plain ones, no blank too many."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def lines(conn: Connection, site: str, protocol: str = "") -> tuple[Kept, ...]:
    """Return the lines of a site, or of one protocol there, as they were written."""
    wanted = trial_line.c.site == site
    if protocol:
        wanted &= trial_line.c.protocol == protocol
    return _kept(conn.execute(select(trial_line).where(wanted).order_by(trial_line.c.seq)))


def of_unit(conn: Connection, site: str, label: str) -> tuple[Kept, ...]:
    """Return the lines of one unit at a site, as they were written; those of every site where `site` is empty."""
    wanted = trial_line.c.unit == label
    if site:
        wanted &= trial_line.c.site == site
    return _kept(conn.execute(select(trial_line).where(wanted).order_by(trial_line.c.seq)))


def balance(conn: Connection, site: str, protocol: str, product: str) -> int:
    """Return how many units of a product are in stock, as the newest line says."""
    mine = (trial_line.c.site == site) & (trial_line.c.protocol == protocol) & (trial_line.c.product == product)
    newest = select(trial_line.c.body).where(mine).order_by(trial_line.c.seq.desc()).limit(1)
    body = conn.execute(newest).scalar_one_or_none()
    return 0 if body is None else codec.decode(Line, canonical.parse(body)).balance


def moves(kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """Return the lines that stand and say where a unit is."""
    return tuple(one for one in kept if not one.struck and one.line.what not in NO_MOVE)


def in_stock(kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """Return the line of receipt of each unit that is in stock by these lines."""
    here: dict[str, Kept] = {}
    for one in moves(kept):
        if one.line.what == "received":
            here[one.line.unit] = one
        elif one.line.what in OUT:
            here.pop(one.line.unit, None)
    return tuple(here.values())


def _kept(rows: Iterable[Any]) -> tuple[Kept, ...]:
    every = list(_read(rows))
    gone = {one.line.strikes for one in every if one.line.what == "struck"}
    return tuple(replace(one, struck=one.seq in gone) for one in every)


def _read(rows: Iterable[Any]) -> Iterator[Kept]:
    for row in rows:
        yield Kept(row.seq, codec.decode(Line, canonical.parse(row.body)), row.at, row.who, row.second, struck=False)
