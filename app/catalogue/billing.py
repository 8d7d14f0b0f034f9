"""Billing codes by package and day, from the formulary's file; and what a released preparation is billed with (R58)."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select

from app.catalogue.tables import billing_code, package
from app.record import log
from app.stations import open_vials
from workflows import billing, sharing
from workflows.billing import BillingCode, Dose, Line, NotBilled, Vial, billing_ndc
from workflows.preparation import Preparation

CODE = re.compile(r"[A-Z]\d{4}")
"""A HCPCS code."""
UNTOUCHED = ("not opened", "put back")
"""Fates of a container that nothing was drawn from; nothing is put back any more, but old records say so."""
SINGLE_DOSE = {"yes": True, "no": False}
"""How the formulary says whether a container is for a single dose; anything else is not recorded."""


def load_codes(conn: Connection, file: IO[str], *, confirmed_by: str = "") -> tuple[str, ...]:
    """Take the codes of a formulary's file, in place of those that its packages had; return the rows that were not taken.

    Columns `hcpcs` and `hcpcs_unit_mg`, and where a code began or ended `hcpcs_from` and `hcpcs_until` (days as 2024-10-01).
    A file without them leaves every code as it is.
    """
    rows = csv.DictReader(file, restval="")
    if "hcpcs" not in (rows.fieldnames or ()):
        return ()
    read = [(number, row, billing_ndc(row["ndc"])) for number, row in enumerate(rows, start=2)]
    left = []
    for ndc in {ndc for _, _, ndc in read if ndc}:
        conn.execute(delete(billing_code).where(billing_code.c.ndc == ndc))
    for number, row, ndc in read:
        if not ndc or not row["hcpcs"]:
            continue
        if wrong := _wrong(row):
            left.append(f"row {number}: {wrong}")
            continue
        made = {"ndc": ndc, "code": row["hcpcs"], "unit_mg": row["hcpcs_unit_mg"], "confirmed_by": confirmed_by}
        conn.execute(insert(billing_code), made | {"first_day": _day(row, "from"), "last_day": _day(row, "until")})
    return tuple(left)


def _day(row: dict[str, Any], end: str) -> str:
    return str(row.get(f"hcpcs_{end}") or "")


def _wrong(row: dict[str, Any]) -> str:
    if CODE.fullmatch(row["hcpcs"]) is None:
        return f"{row['hcpcs']!r} is no HCPCS code; write it as J9075"
    unit = row["hcpcs_unit_mg"] or ""
    if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", unit) is None or not unit.strip("0."):
        return f"{unit!r} is not the mg of a billing unit, above 0"
    for end in ("from", "until"):
        text = _day(row, end)
        try:
            date.fromisoformat(text) if text else None
        except ValueError:
            return f"{text!r} is no day; write it as 2024-10-01"
    return ""


def billed(conn: Connection, p: Preparation) -> tuple[Line, ...] | NotBilled:
    """Return the billing lines of a released preparation, or why there are none (R58)."""
    if p.outcome != "released":
        return NotBilled("Only what was released is billed.")
    dose = dose_of(conn, p)
    ndcs = sorted({one.ndc for one in dose.vials if one.ndc})
    rows = conn.execute(select(billing_code).where(billing_code.c.ndc.in_(ndcs)))
    return billing.lines(dose, tuple(_code(row) for row in rows))


def _code(row: Any) -> BillingCode:
    first, last = (date.fromisoformat(text) if text else None for text in (row.first_day, row.last_day))
    return BillingCode(row.ndc, row.code, Decimal(row.unit_mg), first, last, bool(row.confirmed_by))


def dose_of(conn: Connection, p: Preparation) -> Dose:
    """Return what was released as billing knows it; the day of service is the day it is needed, where the site is."""
    drugs = [one for one in p.containers() if one.role == "drug"]
    asked = select(package.c.gtin14, package.c.single_dose).where(package.c.gtin14.in_([one.gtin14 for one in drugs]))
    single = {row.gtin14: SINGLE_DOSE.get(row.single_dose) for row in conn.execute(asked)}
    return Dose(
        prescribed_mg=p.counts.total_mg if p.counts else p.plan.prescribed_mg,
        vials=tuple(Vial(billing_ndc(one.ndc), single.get(one.gtin14)) for one in drugs),
        sizes_mg=sizes_of(conn, p.master.ndcs) or tuple(one.amount_mg for one in drugs if one.amount_mg),
        day=p.order.due_at.astimezone(ZoneInfo(p.policy.zone)).date(),
        remade=_consumed_before(conn, p.replaces),
        shared=shared(conn, p),
        unconfirmed=p.master.unconfirmed,
    )


def _consumed_before(conn: Connection, preparation: str) -> bool:
    """Say whether a preparation that was made again, or one before it, used anything up: a remade dose's waste is never JW.

    One that ended before anything was opened, as where its order is made by volume instead, is no dose that was made.
    """
    while preparation:
        events = log.load(conn, preparation)
        closed = next((one.data for one in events if one.kind == "closed"), None)
        if closed is None or any(one["fate"] not in UNTOUCHED for one in closed["accounts"]):
            return True
        preparation = str(events[0].data.get("replaces", ""))
    return False


def shared(conn: Connection, p: Preparation) -> str:
    """Return what billing says of its opened vials: one that was kept and thrown away unused was this dose's alone (R58)."""
    if any(one.opened for one in (*p.containers(), *p.set_aside)):
        return billing.SHARED
    fates = [open_vials.fate(conn, one.container).word for one in sharing.kept(p)]
    if "used" in fates:
        return billing.SHARED
    return billing.STILL_KEPT if "kept" in fates else ""


def sizes_of(conn: Connection, ndcs: tuple[str, ...]) -> tuple[Decimal, ...]:
    """Return the labelled mg of the packages with these numbers, each once."""
    rows = conn.execute(select(package.c.amount_mg).where(package.c.ndc.in_(ndcs), package.c.amount_mg.is_not(None)))
    return tuple(sorted({Decimal(one) for one in rows.scalars()}))
