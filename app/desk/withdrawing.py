"""A pharmacist withdraws a recipe: it makes nothing from now on, and what is under way by it is stopped in the same moment."""

from __future__ import annotations

from app.catalogue import withdrawals
from app.catalogue.hazards import Acting, Signer
from app.clock import new_command_id
from app.desk.board import STATUSES
from app.dispatch import Ask, Dispatcher
from app.record import views
from workflows import commands as asked
from workflows.circumstances import Actor


def withdraw(
    act: Acting, dispatcher: Dispatcher, who: Actor, name: str, version: int, why: str, signer: Signer, over: str
) -> tuple[str, ...]:
    """Keep the withdrawal, and hold what this site makes by that recipe; return the preparations that were held.

    One that is stopped already stays so. Another site's is stopped by the next step that it comes to. Raises
    NotWithdrawnError where it cannot be withdrawn.
    """
    made = withdrawals.withdraw(act, name, version, why, signer, over)
    note = f"recipe {name} withdrawn: {made.why}"
    held = []
    for row in views.preparations(act.conn, site=act.settings.site, statuses=STATUSES):
        p = dispatcher.current(act.conn, row.id)
        if p is None or p.master.name != name or p.master.version > version:
            continue
        command_id = f"{act.command_id}.{row.id}" if act.command_id else new_command_id()
        ask = Ask(command_id, row.id, asked.Pause("pharmacist hold", note), who, expected_version=p.version)
        if dispatcher.within(act.conn, ask, act.at).kind == "accepted":
            held.append(row.id)
    return tuple(held)
