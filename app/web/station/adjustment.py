"""A balance's internal adjustment from its scale check: begun, watched and stopped here; how it ended is kept (F28, F29, R15)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app import clock
from app.stations import gates
from app.web.house import house
from app.web.station.at_hand import bench
from app.web.station.once import Said
from app.web.station.screen import Verdict
from app.web.visit import signed_in

NOT_EMPTY = "Take everything off the pan first."


def offered(station: str) -> bool:
    """Say whether the program can begin it here; else a person presses the balance's own key."""
    pan = bench(station).pan
    return pan is not None and pan.adjusts


def seconds(station: str) -> float | None:
    """Return for how long it has been under way; None if it is not."""
    pan = bench(station).pan
    return None if pan is None else pan.link.adjusting.seconds


def stoppable(station: str) -> bool:
    """Say whether it is under way and can be stopped."""
    pan = bench(station).pan
    return pan is not None and pan.link.adjusting.seconds is not None and pan.link.adjusting.stoppable


def words(station: str, at: datetime) -> str:
    """Say how the adjustment is to be done, and why the last one failed."""
    if seconds(station) is not None:
        return "The balance adjusts itself. Nothing on the pan, hands off."
    with house().store.reading() as conn:
        failed = gates.why_not_adjusted(conn, station, at)
    if not offered(station):
        return "Let the balance adjust itself. Then press ADJUSTED."
    return f"{failed} Empty the pan, then ADJUST NOW again." if failed else "Empty the pan, then ADJUST NOW."


def begin(station: str) -> Said:
    """Begin it on an empty pan; it takes minutes, and its end is kept by whom it was begun."""
    pan = bench(station).pan
    if pan is None or not pan.adjusts:
        return Verdict("check", "CHECK", "This balance is adjusted by its own key. Then press ADJUSTED."), 422
    if pan.link.adjusting.seconds is not None:
        return Verdict("check", "CHECK", "The balance adjusts itself already."), 409
    if not pan.glance().empty:
        return Verdict("check", "CHECK", NOT_EMPTY), 422
    (person, _), store = signed_in(), house().store

    def ended(trouble: str) -> None:
        at = clock.now()

        def keep(conn: Connection) -> None:
            if trouble:
                gates.adjustment_failed(conn, station, trouble, at=at, who=person.id)
            else:
                gates.adjust(conn, station, at=at, who=person.id)

        store.write(keep)

    pan.adjust(ended)
    return Verdict("waiting", "ADJUSTING", "The balance adjusts itself. Hands off; it takes a minute or two."), 200


def stop(station: str) -> Said:
    """Stop it; the balance then has to adjust itself anew."""
    pan = bench(station).pan
    if pan is None or not pan.link.adjusting.stop():
        return Verdict("check", "CHECK", "No adjustment is under way that could be stopped."), 422
    return Verdict("check", "STOPPED", "The adjustment is stopped. It has to be done before the first weight."), 200
