"""What was thrown away, by drug: vials, milligrams, and what they cost where the site says what a milligram costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.desk.happenings import Happening, Span, within
from app.record import views
from app.record.columns import moment
from app.record.tables import event, preparation
from app.stations import open_vials
from workflows.upcasting import upcast
from workflows.wording import amount

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Wasted:
    """What became of one drug within a span."""

    drug: str
    """Name as lists print it."""
    preparations: int
    """Closed, of which something of it was thrown away, also an opened vial that was kept first."""
    vials: int
    """Containers of anything that were thrown away whole: not one drop of them left with a dose."""
    mg: Decimal
    """mg thrown away."""
    share: str
    """Percent of the mg brought in; a dash where the record does not say how much that was."""
    cost: Decimal | None
    """What was thrown away cost, in the site's currency; None where it does not say what a milligram costs."""
    bar: int
    """Length of its bar, 0 to 100: of the drug with most milligrams."""


@dataclass(frozen=True)
class _Closing:
    """One preparation that was closed, as the record accounts for it."""

    happened: Happening
    vials: int
    mg: Decimal
    brought: Decimal | None


def closings(conn: Connection, span: Span) -> Iterator[Happening]:
    """Yield each preparation of a span of which something was thrown away, in the order of the log; then kept vials that were."""
    for one in (*_closings(conn, span), *_from_stock(conn, span)):
        if one.mg or one.vials:
            yield one.happened


def wasted(conn: Connection, span: Span, costs: Mapping[str, Decimal]) -> tuple[Wasted, ...]:
    """Return what was thrown away by drug, most milligrams first; `costs`: the price of a milligram by drug, in small letters."""
    found: dict[str, list[_Closing]] = defaultdict(list)
    for one in (*_closings(conn, span), *_from_stock(conn, span)):
        found[one.happened.drug].append(one)
    mg = {drug: sum((one.mg for one in of), Decimal(0)) for drug, of in found.items()}
    most = max(mg.values(), default=Decimal(0)) or Decimal(1)
    told = (_of(drug, of, mg[drug], most, costs.get(drug.casefold())) for drug, of in found.items())
    return tuple(sorted((one for one in told if one.preparations), key=lambda one: (-one.mg, one.drug)))


def _of(drug: str, found: list[_Closing], mg: Decimal, most: Decimal, price: Decimal | None) -> Wasted:
    brought = [one.brought for one in found if one.brought is not None]
    known = sum(brought, Decimal(0)) if len(brought) == len(found) else Decimal(0)
    return Wasted(
        drug=drug,
        preparations=len({one.happened.preparation for one in found if one.mg or one.vials}),
        vials=sum(one.vials for one in found),
        mg=mg,
        share=f"{100 * mg / known:.1f}" if known else "–",
        cost=(mg * price).quantize(CENT) if price is not None else None,
        bar=round(100 * mg / most),
    )


def _closings(conn: Connection, span: Span) -> Iterator[_Closing]:
    columns = (
        event.c.preparation,
        event.c.kind,
        event.c.shape,
        event.c.at,
        event.c.station,
        event.c.body,
        preparation.c.drug,
    )
    query = select(*columns).where(
        preparation.c.id == event.c.preparation, event.c.kind == "closed", *within(conn, span)
    )
    for row in conn.execute(query.order_by(event.c.site_seq)):
        yield _closing(row, upcast(row.kind, row.shape, orjson.loads(row.body)["data"]))


def _closing(row: Any, data: dict[str, Any]) -> _Closing:
    """Read one closing. What was kept for another dose counts there, or when it is thrown away: no mg counts twice (R58)."""
    vials = sum(one["fate"] == "wasted" for one in data["accounts"])
    mg, brought, kept = Decimal(data["wasted_mg"]), data.get("brought_mg"), Decimal(data.get("kept_mg", "0"))
    says = f"{amount(mg)} mg thrown away" + (
        f" of {amount(Decimal(brought))} mg brought in" if brought is not None else ""
    )
    says += f"; {amount(kept)} mg kept for another dose" if kept else ""
    says += f"; {vials} thrown away whole" if vials else ""
    happened = Happening(row.preparation, row.drug, moment(row.at), row.station or "", "wasted", "thrown away", says)
    return _Closing(happened, vials, mg, None if brought is None else Decimal(brought) - kept)


def _from_stock(conn: Connection, span: Span) -> Iterator[_Closing]:
    """Yield the opened vials that were kept and thrown away unused, with the preparation that kept each (R32)."""
    gone = open_vials.discarded(conn, span.site, span.begins, span.ends)
    rows = views.these(conn, sorted({one.preparation for one in gone}))
    drugs = {row.id: row for row in rows}
    for one in gone:
        row = drugs.get(one.preparation)
        if row is None or span.drug not in ("", row.drug) or span.station not in ("", row.station):
            continue
        says = f"{amount(one.left_mg)} mg thrown away with an opened vial that was kept: {one.why}"
        told = Happening(one.preparation, row.drug, one.at, row.station or "", "wasted", "thrown away", says)
        yield _Closing(told, 0, one.left_mg, one.left_mg)
