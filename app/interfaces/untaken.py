"""A preparation that nobody has taken, ended because a pharmacist has its order made in another way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from app import clock
from app.dispatch import Ask, Dispatcher
from app.interfaces.tables import ordered
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.preparation import Preparation


def end_untaken(
    conn: Connection,
    dispatcher: Dispatcher,
    key: str,
    preparation: str,
    p: Preparation,
    reason: str,
    *,
    who: Actor,
    at: datetime,
    command_id: str,
) -> str:
    """End it with this reason; its order is let go of meanwhile, so that none of the same way follows on it.

    Returns in words why it was not ended, or an empty text.
    """
    _holds(conn, key, "")
    ask = Ask(
        f"{command_id}.{clock.new_id()}", preparation, asked.Abort("other", reason), who, expected_version=p.version
    )
    ended = dispatcher.within(conn, ask, at)
    _holds(conn, key, preparation)
    return "" if ended.kind == "accepted" else ended.says


def _holds(conn: Connection, key: str, preparation: str) -> None:
    conn.execute(update(ordered).where(ordered.c.key == key).values(preparation=preparation))
