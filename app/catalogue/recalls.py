"""Recalled lots (R19): one person enters a recall, for it stops work; a pharmacist and a second person withdraw a wrong one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.catalogue.formulary import NotListedError, of
from app.catalogue.hazards import LEAST_WORDS, Acting
from app.catalogue.names import folded, folded_lot
from app.catalogue.tables import package, recall
from app.record import canonical

SECONDS = frozenset({"pharmacist", "lead_technician", "qa"})
"""Roles of whoever stands beside the pharmacist who withdraws one."""
LEAST_REASON = 10
"""Letters that the reason of a withdrawal must have."""


@dataclass(frozen=True)
class Witnessed:
    """Two people's names under one act."""

    name: str
    """Printed name of the pharmacist."""
    licence: str
    """Their licence number."""
    second: str
    """Person id of the second."""
    second_name: str
    """Their printed name."""
    over: str
    """Digest that both signed over."""


@dataclass(frozen=True)
class Recall:
    """One recalled lot."""

    gtin14: str
    """Package code that it was entered under."""
    lot: str
    """As it was entered."""
    reference: str
    """Whose recall it is, and its number."""
    at: datetime
    """UTC."""
    who: str
    """Person id of who entered it."""
    withdrawn_at: datetime | None = None
    """When it was withdrawn; None: it counts."""
    withdrawn_by: str = ""
    """Person id of the pharmacist who did."""
    withdrawn_second: str = ""
    """Person id of who stood beside them."""
    withdrawn_why: str = ""
    """Why."""

    @property
    def digest(self) -> str:
        """What a signature under its withdrawal is over."""
        said = {"gtin14": self.gtin14, "lot": self.lot, "reference": self.reference, "at": self.at.isoformat()}
        return hashlib.sha256(canonical.dump({"withdraw": said})).hexdigest()


def recalls(conn: Connection, gtin14: str) -> tuple[Recall, ...]:
    """Return the recalls of every package code of the same product, withdrawn ones too, newest first."""
    item = conn.execute(select(package.c.item).where(package.c.gtin14 == gtin14)).scalar_one_or_none()
    query = select(recall, package.c.item).outerjoin_from(recall, package, package.c.gtin14 == recall.c.gtin14)
    rows = conn.execute(query.order_by(recall.c.at.desc(), recall.c.lot))
    product = folded(item or "")
    return tuple(
        _recall(row) for row in rows if row.gtin14 == gtin14 or (product and folded(row.item or "") == product)
    )


def _recall(row: Any) -> Recall:
    by, second, why = (str(one or "") for one in (row.withdrawn_by, row.withdrawn_second, row.withdrawn_why))
    return Recall(row.gtin14, row.lot, row.reference, row.at, row.who, row.withdrawn_at, by, second, why)


def recall_lot(act: Acting, gtin14: str, lot: str, reference: str) -> None:
    """Keep that a lot is recalled: from now on it is refused wherever it is scanned, under any code of the product (R19)."""
    if of(act.conn, gtin14) is None:
        raise NotListedError("There is no such package.")
    lot, reference = lot.strip(), reference.strip()
    if not lot or len(reference) < LEAST_WORDS:
        raise NotListedError("Give the lot as the container shows it, and whose recall it is with its number.")
    known = [one for one in recalls(act.conn, gtin14) if folded_lot(one.lot) == folded_lot(lot)]
    if any(one.withdrawn_at is None for one in known):
        raise NotListedError(f"Lot {lot} of this product is recalled already.")
    row = {"reference": reference, "at": act.at, "who": act.who}
    before = next((one for one in known if (one.gtin14, one.lot) == (gtin14, lot)), None)
    if before is None:
        act.conn.execute(insert(recall), {"gtin14": gtin14, "lot": lot, **row})
    else:
        nobody = dict.fromkeys(("withdrawn_at", "withdrawn_by", "withdrawn_second", "withdrawn_why"))
        act.conn.execute(update(recall).where(*_is(before)).values(**row, **nobody))
    told = {"gtin14": gtin14, "lot": lot, "reference": reference}
    act.write("lot_recalled", told)


def withdraw(act: Acting, gtin14: str, lot: str, why: str, signed: Witnessed) -> None:
    """Keep that a recall was wrong, in two names: the lot may be used again. Both stay in the record."""
    found = next((one for one in recalls(act.conn, gtin14) if one.lot == lot and one.withdrawn_at is None), None)
    if found is None:
        raise NotListedError("There is no such recall that counts.")
    if signed.over != found.digest:
        raise NotListedError("The recall changed since this page was drawn. Look at it again. Nothing was signed.")
    if len(why.strip()) < LEAST_REASON:
        raise NotListedError(f"Say in at least {LEAST_REASON} letters why it was wrong, and who says so.")
    gone = {
        "withdrawn_at": act.at, "withdrawn_by": act.who, "withdrawn_second": signed.second, "withdrawn_why": why.strip()
    }  # fmt: skip
    act.conn.execute(update(recall).where(*_is(found)).values(**gone))
    told = {
        "gtin14": found.gtin14,
        "lot": found.lot,
        "reference": found.reference,
        "why": why.strip(),
        "name": signed.name,
        "licence": signed.licence,
        "second": signed.second_name,
        "over": signed.over,
    }
    act.write("recall_withdrawn", told, second=signed.second)


def _is(one: Recall) -> tuple[Any, Any]:
    return recall.c.gtin14 == one.gtin14, recall.c.lot == one.lot
