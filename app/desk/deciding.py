"""What follows a pharmacist's act in its own transaction, by whatever door it came: a remake opens, the review is given back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from app.desk import claims
from app.dispatch import Ask, Dispatcher, Outcome
from app.interfaces.opening import key_text, open_if_ready
from app.interfaces.tables import ordered
from app.preparations import load
from workflows import commands as asked


def decide_within(conn: Connection, dispatcher: Dispatcher, ask: Ask, at: datetime) -> Outcome:
    """Do a pharmacist's command in the caller's transaction, with what follows it."""
    outcome = dispatcher.within(conn, ask, at)
    if outcome.kind == "accepted" and not outcome.replayed and isinstance(ask.command, asked.Remake):
        _open_replacement(conn, dispatcher, ask.preparation, at)
    if outcome.kind == "accepted" and not isinstance(ask.command, asked.Pause | asked.Answer | asked.Waive):
        claims.release(conn, ask.preparation, ask.who.id)
    return outcome


def _open_replacement(conn: Connection, dispatcher: Dispatcher, preparation: str, at: datetime) -> None:
    """Open the preparation that is made instead, in the same transaction (R27)."""
    p = load(conn, preparation)
    key = key_text(p.order.key) if p else ""
    if conn.execute(select(ordered.c.key).where(ordered.c.key == key)).first():
        open_if_ready(conn, dispatcher, key, at=at)
