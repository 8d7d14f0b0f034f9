"""Lists in parts, each beginning after the last line of the one before: what is new meanwhile shifts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from app.desk.messages import Received, one_received
from app.desk.orders import OrderLine, line_of_row, link_of
from app.interfaces.tables import message, ordered
from app.record import views
from app.record.columns import moment, moment_text
from app.record.tables import preparation
from app.record.views import PreparationRow


def preparations(
    conn: Connection, site: str, *, status: str = "", after: tuple[int, str] = (0, ""), most: int
) -> tuple[PreparationRow, ...]:
    """Return a site's preparations in the order of their last change, those after this change and id."""
    change, id = after
    later = or_(
        preparation.c.updated_site_seq > change,
        and_(preparation.c.updated_site_seq == change, preparation.c.id > id),
    )
    query = select(preparation.c.id).where(preparation.c.site == site, later)
    if status:
        query = query.where(preparation.c.status == status)
    query = query.order_by(preparation.c.updated_site_seq, preparation.c.id).limit(most)
    return views.these(conn, conn.execute(query).scalars().all())


def orders(
    conn: Connection, site: str, at: datetime, *, masked: bool, after: tuple[str, str] | None, most: int
) -> tuple[OrderLine, ...]:
    """Return a site's orders, the newest first, those after the one received then with that link."""
    query = select(ordered).where(ordered.c.site == site)
    if after is not None:
        query = query.where(ordered.c.received_at <= moment(after[0]))
    rows = conn.execute(query.order_by(ordered.c.received_at.desc(), ordered.c.key))
    found: list[OrderLine] = []
    waits = after is not None
    for row in rows:
        if waits and after is not None and moment_text(row.received_at) == after[0]:
            waits = link_of(row.key) != after[1]
            continue
        found.append(line_of_row(conn, row, at, masked=masked))
        if len(found) == most:
            break
    return tuple(found)


def messages(conn: Connection, *, before: int = 0, most: int) -> Iterator[Received]:
    """Yield what came in, the newest first, below this number."""
    query = select(message.c.seq).order_by(message.c.seq.desc()).limit(most)
    if before:
        query = query.where(message.c.seq < before)
    for seq in conn.execute(query).scalars().all():
        found = one_received(conn, seq)
        if found is not None:
            yield found
