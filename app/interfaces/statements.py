"""The statements that every message takes, compiled once: what SQLAlchemy does for each call costs more than SQLite itself."""

from __future__ import annotations

from sqlalchemy import Text, bindparam, delete, insert, select, update

from app.interfaces.tables import message, order_named, ordered, patient_now
from app.record.columns import Moment
from app.record.prepared import FIRST, Prepared, PreparedRows

ANSWERED = PreparedRows(
    select(message.c.content_digest, message.c.reply)
    .where(message.c.sender == bindparam("of"), message.c.control_id == bindparam("control"))
    .where(message.c.outcome == "accepted", message.c.at > bindparam("after", type_=Text))
    .order_by(message.c.seq.desc())
    .limit(FIRST)
)
"""The newest accepted message of a sender (`of`) under a control id, newer than `after`."""
ORDER = PreparedRows(select(ordered).where(ordered.c.key == bindparam("of")))
"""The order of a key."""
ORDERS_OF = PreparedRows(select(ordered).where(ordered.c.mrn == bindparam("of")))
"""The orders of a record number, of whichever authority."""
NEW_ORDER = Prepared(
    insert(ordered).values(
        {one.name: bindparam(one.name, type_=Text() if isinstance(one.type, Moment) else one.type) for one in ordered.c}
    )
)
"""A row of `ordered`, as it is stored."""
NEWER_ORDER = Prepared(
    update(ordered)
    .where(ordered.c.key == bindparam("of"))
    .values({one.name: bindparam(f"new_{one.name}", type_=Text()) for one in ordered.c if one.name != "key"})
)
"""Every other column of the row of a key, each value under `new_` and its name."""
WAITS = Prepared(update(ordered).where(ordered.c.key == bindparam("of")).values(waits=bindparam("why")))
"""Why nothing is made of an order yet."""
PATIENT = Prepared(
    select(patient_now.c.fields).where(patient_now.c.mrn == bindparam("of"), patient_now.c.authority == bindparam("at"))
)
"""The patient of a record number (`of`) at an authority (`at`)."""
FORGET_PATIENT = Prepared(
    delete(patient_now).where(patient_now.c.mrn == bindparam("of"), patient_now.c.authority == bindparam("at"))
)
KEEP_PATIENT = Prepared(insert(patient_now).values({one.name: bindparam(one.name) for one in patient_now.c}))
NAMED = Prepared(insert(order_named).values({one.name: bindparam(one.name) for one in order_named.c}))
"""An order that a message was about."""
