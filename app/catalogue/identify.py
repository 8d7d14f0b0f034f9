"""What a scanned code is: exactly one package or received unit, or unknown. Never a near match (B4, B5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select

from app.catalogue import trials
from app.catalogue.names import folded, folded_lot, printed_in
from app.catalogue.tables import package, recall, unit
from app.record import canonical, codec, views
from devices.scanner import ndc
from devices.scanner.answer import CodeAnswer
from devices.scanner.attach import is_rest
from workflows import commands as asked
from workflows.evidence import Container, Found, OtherCode, Scan

ALONE = "a code with lot and expiry alone (scan the product's own code first, and this one right after it)"
OF_A_TRIAL = "scan the vial's unit label. A vial without one is set aside, for its code does not tell whose it is"
_RECALLS = (
    select(recall.c.gtin14, recall.c.lot, recall.c.reference, package.c.item)
    .outerjoin_from(recall, package, package.c.gtin14 == recall.c.gtin14)
    .where(recall.c.withdrawn_at.is_(None))
)
"""Every recall that counts, with the product of its package code. A pharmacy has few, and they are told apart here: no database
folds letters and blanks as `folded` does."""
_ITEMS = select(package.c.gtin14, package.c.item).where(package.c.gtin14.in_(bindparam("codes", expanding=True)))
"""Of which product package codes are now; a container was perhaps scanned under another name of it."""


@dataclass(frozen=True)
class _Recalls:
    """What is recalled, and of which product scanned codes are now."""

    rows: Sequence[Any]
    items: Mapping[str, str]
    """Folded product by package code."""

    def of(self, found: Container) -> str:
        """Name the recalls of this lot: of its own package code, and of every code of its product, now or when it was scanned."""
        lot = folded_lot(found.lot)
        products = {folded(found.item_id), self.items.get(found.gtin14, "")} - {""}
        mine = {
            row.reference
            for row in self.rows
            if lot and folded_lot(row.lot) == lot
            if row.gtin14 == found.gtin14 or folded(row.item or "") in products
        }
        return "; ".join(sorted(mine))


def container(conn: Connection, answer: CodeAnswer) -> Found:
    """Return the container that a maker's code names; lot, expiry and serial come from the code alone (R18, B9)."""
    number = answer.gtin14 or national(answer)
    if not number:
        return OtherCode(ALONE if is_rest(answer) else "a code that names no product")
    known = by_gtin(conn, number) if answer.gtin14 else by_national(conn, number)
    if known is None:
        return OtherCode(f"UNKNOWN PRODUCT {number}: it is not in the formulary")
    if not answer.names_product:
        return OtherCode(f"{known.text}, but the code is not complete ({', '.join(answer.flags)})")
    if not _same_ndc(answer, known):
        return OtherCode(f"{known.text}, but its code carries another NDC than the formulary")
    lot = answer.lot or ""
    if trial := trials.trial_of_lot(conn, known.drug, lot):
        return OtherCode(f"{known.text}, lot {lot}, of which the trial {trial} has stock: {OF_A_TRIAL}")
    one = _one(conn, known, lot, answer.serial or "")
    return _recalled(conn, replace(known, lot=lot, expiry=answer.expiry, unit=one, left=_left(conn, known, one)))


def _one(conn: Connection, known: Container, lot: str, serial: str) -> str:
    """Return the one name of a container told apart by its maker's serial number; empty where that cannot tell it (R16).

    Letters count the same in either case, for a code is sometimes typed. A stock bottle to whose like receiving gave unit
    labels goes by its own: under two names it would be counted from twice.
    """
    if not serial or (known.left is not None and lot.casefold() in _labelled(conn, known.gtin14)):
        return ""
    return f"{known.gtin14}/{lot}/{serial}".upper()


def _labelled(conn: Connection, gtin14: str) -> set[str]:
    return {row.lot.casefold() for row in conn.execute(select(unit.c.lot).where(unit.c.gtin14 == gtin14))}


def national(answer: CodeAnswer) -> str:
    """Return the national number that a code without GTIN holds, as the catalogue writes it; empty for none."""
    if answer.hibc is not None:
        return f"HIBC {answer.hibc.lic}/{answer.hibc.pcn}/{answer.hibc.uom}"
    if answer.pzn:
        return f"PZN {answer.pzn}"
    return f"AIC {answer.aic}" if answer.aic else ""


def _same_ndc(answer: CodeAnswer, known: Container) -> bool:
    """Return whether the NDC beside a GTIN (AI 715) can be that of the formulary, written with 12 digits (B28)."""
    beside = dict(answer.elements).get("715")
    if beside is None or not known.ndc:
        return True
    return bool({*ndc.answer(beside).ndc12_candidates} & {*ndc.answer(known.ndc).ndc12_candidates})


def by_unit(conn: Connection, label: str, site: str = "") -> Found:
    """Return the received or kept container that carries our unit label, or that the label is unknown.

    With `site`, a unit of a trial's stock is found only where it is that site's.
    """
    kept = views.open_vial_of(conn, label)
    if kept is not None:
        return _recalled(conn, codec.decode(Container, canonical.parse(kept)))
    of_a_trial = trials.by_label(conn, label, site)
    if of_a_trial is not None:
        return _recalled(conn, of_a_trial) if isinstance(of_a_trial, Container) else of_a_trial
    row = conn.execute(select(unit).where(unit.c.label == label)).one_or_none()
    known = by_gtin(conn, row.gtin14) if row else None
    if row is None or known is None:
        return OtherCode(f"an unknown unit label {label}")
    expiry = date.fromisoformat(row.expiry) if row.expiry else None
    one = f"U/{label}"
    return _recalled(conn, replace(known, lot=row.lot, expiry=expiry, unit=one, left=_left(conn, known, one)))


def _left(conn: Connection, known: Container, one: str) -> int | None:
    """Return how many are left in one stock bottle by the record: a full one less what was counted out of it (R54)."""
    return known.left if known.left is None or not one else max(0, known.left - views.taken_from(conn, one))


def at_this_moment(conn: Connection, site: str, command: asked.Command, preparation: str) -> asked.Command:
    """Return a command with what is so now of the container that it hands in: others may have scanned it meanwhile.

    Of a stock bottle what is left (R54); of a unit of a trial whether it is stock of this site at all (R56).
    """
    scan = command.evidence if isinstance(command, asked.Submit) and isinstance(command.evidence, Scan) else None
    if not isinstance(command, asked.Submit) or scan is None or not isinstance(scan.found, Container):
        return command
    found: Found = _as_it_is_now(conn, scan.found, preparation)
    if scan.found.protocol:
        found = by_unit(conn, scan.found.unit.removeprefix("U/"), site)
        found = scan.found if found == scan.found else found
    return command if found is scan.found else replace(command, evidence=replace(scan, found=found))


def _as_it_is_now(conn: Connection, found: Container, preparation: str) -> Container:
    full = by_gtin(conn, found.gtin14) if found.left is not None else None
    if full is None or full.left is None:
        return found
    left = max(0, full.left - views.taken_from(conn, found.unit, but=preparation)) if found.unit else full.left
    return replace(found, left=left)


def by_gtin(conn: Connection, gtin14: str) -> Container | None:
    """Return what the formulary says of one package code, or None; matched exactly."""
    row = conn.execute(select(package).where(package.c.gtin14 == gtin14)).one_or_none()
    return None if row is None else _container(row, printed_in(conn, row.text, row.drug))


def by_written(conn: Connection, number: str) -> str:
    """Return the one package code (GTIN-14) that a number typed from a label names; empty for none, and for several (B25).

    14 digits, or an NDC: with its hyphens of 10, 11 or 12 digits, or without them if only one of its layouts is on the shelf.
    """
    same = select(package.c.gtin14).where((package.c.gtin14 == number) | (package.c.ndc == number))
    found = [row.gtin14 for row in conn.execute(same)] if number else []
    wanted = {*ndc.answer(number).ndc12_candidates} if number and not found else set()
    if wanted:
        every = conn.execute(select(package.c.gtin14, package.c.ndc).where(package.c.ndc != ""))
        found = [row.gtin14 for row in every if wanted & {*ndc.answer(row.ndc).ndc12_candidates}]
    return found[0] if len(found) == 1 else ""


def by_national(conn: Connection, number: str) -> Container | None:
    """Return what the formulary says of one national number; None for an unknown one, and for one that several packages have."""
    rows = conn.execute(select(package).where(package.c.national == number)).all()
    return _container(rows[0], printed_in(conn, rows[0].text, rows[0].drug)) if len(rows) == 1 else None


def _container(row: Any, text: str) -> Container:
    role: Literal["drug", "diluent", "base", "device"] = row.role
    return Container(
        role=role,
        item_id=row.item,
        text=text,
        drug=row.drug,
        ndc=row.ndc,
        gtin14=row.gtin14,
        concentration_mg_ml=_decimal(row.concentration_mg_ml),
        amount_mg=_decimal(row.amount_mg),
        volume_ml=_decimal(row.volume_ml),
        fluid=row.fluid,
        part=row.part,
        maker=row.maker,
        left=row.pieces,
        materials=tuple(one.strip() for one in row.materials.split(",") if one.strip()),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text in (None, "") else Decimal(text)


def recalls(conn: Connection, containers: Iterable[Container]) -> str:
    """Say what of these containers is recalled by now, in words; empty if nothing is (R19)."""
    listed = tuple(every for one in containers for every in (one, *_within(one)))
    known = _recalls_of(conn, listed)
    found = (replace(one, recalled=known.of(one)) for one in listed)
    return "; ".join(f"{one.text}, lot {one.lot}: {one.recalled}" for one in found if one.recalled)


def _recalls_of(conn: Connection, listed: tuple[Container, ...]) -> _Recalls:
    rows = conn.execute(_RECALLS).all() if listed else ()
    codes = [one.gtin14 for one in listed if one.gtin14] if rows else []
    items = {row.gtin14: folded(row.item) for row in conn.execute(_ITEMS, {"codes": codes})} if codes else {}
    return _Recalls(rows, items)


def _recalled(conn: Connection, found: Container) -> Container:
    """Match a recall by any package code of the same product and by the lot, whatever its case: it fails safe."""
    listed = (found, *_within(found))
    known = _recalls_of(conn, listed)
    parts = [f"its {one.text}, lot {one.lot}: {said}" for one in listed[1:] if (said := known.of(one))]
    return replace(found, recalled="; ".join(said for said in (known.of(found), *parts) if said))


def _within(found: Container) -> tuple[Container, ...]:
    """Return what an opened vial holds and carries besides its drug: a recall of its diluent is a recall of the vial (R19)."""
    return tuple(
        Container(one.role, one.item_id, one.text, ndc=one.ndc, gtin14=one.gtin14, lot=one.lot)
        for one in (found.opened.parts if found.opened else ())
    )
