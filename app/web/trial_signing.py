"""What the second person puts their name to in a trial's record: the very lines that will be written, tried before (R56)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.catalogue.trial_lines import Act, Line, NotAccountedError, lines
from app.record import canonical
from app.web.house import house
from app.web.visit import signed_in, visit

NOT_YET = "second person, to be named"
"""Stands in for the second person while lines are tried."""


@dataclass(frozen=True)
class Tried:
    """What an act would write, read back from the record; nothing of it was kept."""

    lines: tuple[Line, ...]
    """The lines, in their order."""
    over: str
    """Digest of them and of the line before them: what the second person's signature is over."""


class _TriedError(Exception):
    """Undoes what was tried."""

    def __init__(self, tried: Tried) -> None:
        super().__init__("tried")
        self.tried = tried


def tried(protocol: str, work: Callable[[Act], object]) -> Tried | str:
    """Return the lines that an act would write into a trial's record, or why it is refused. Never inside a write."""
    rooms = house()

    def inside(conn: Connection) -> Tried:
        raise _TriedError(_done(Act(conn, rooms.settings, signed_in()[0].id, NOT_YET, visit().at), protocol, work))

    try:
        return rooms.store.write(inside)
    except _TriedError as found:
        return found.tried
    except NotAccountedError as trouble:
        return str(trouble)


def done(act: Act, protocol: str, work: Callable[[Act], object]) -> None:
    """Do what was tried, in the names of two. Raises NotAccountedError, which has to undo it, where other lines come of it."""
    if _done(act, protocol, work).over != act.attested:
        raise NotAccountedError("A line was added since this was shown. Look at it again. Nothing was written.")


def _done(act: Act, protocol: str, work: Callable[[Act], object]) -> Tried:
    before = lines(act.conn, act.settings.site, protocol)
    last = max((one.seq for one in before), default=0)
    work(act)
    found = tuple(one.line for one in lines(act.conn, act.settings.site, protocol) if one.seq > last)
    if not found:
        raise NotAccountedError("Nothing of it is of this trial. Nothing was written.")
    told = canonical.dump([last, [_told(one) for one in found]])
    return Tried(found, hashlib.sha256(told).hexdigest())


def _told(line: Line) -> list[str | int]:
    """Return what is attested of a line: all of it but the letters of a label that is only just made."""
    if line.what == "relabelled":
        line = replace(line, note="")
    day = line.held.expiry.isoformat() if line.held is not None and line.held.expiry is not None else ""
    retest = line.retest.isoformat() if line.retest is not None else ""
    return [
        line.what, line.protocol, line.product, "" if line.what == "received" else line.unit, line.kit, line.lot, line.change,
        line.balance, line.subject, line.dose, line.preparation, line.note, line.strikes, day, retest,
    ]  # fmt: skip
