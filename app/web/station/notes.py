"""A pharmacist's message on the glass was read by whoever makes the preparation. It never stands in a step's way."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy import Connection

from app.stations import messages
from app.web.house import house
from app.web.station.at_hand import answer
from app.web.station.screen import Verdict
from app.web.visit import signed_in, visit


def seen(station: str, preparation: str) -> Response:
    """Keep that whoever makes it here has read it, by SEEN or the card BACK; the step stands as it stood."""
    (person, _), at, about = signed_in(), visit().at, request.form.get("note", "")
    site, current = house().settings.site, house().dispatcher.current

    def write(conn: Connection) -> bool:
        p = current(conn, preparation)
        mine = p is not None and (p.claimed_by, p.station) == (person.id, station)
        return mine and messages.see(conn, preparation, about, site=site, at=at, who=person.id, station=station)

    kept = house().store.write(write)
    says = "The pharmacist sees that you have read it. The step is as it was."
    return answer(station, preparation, Verdict("right", "SEEN", says) if kept else None)
