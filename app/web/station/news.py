"""A pharmacist's message on whichever screen of the station is open: not on the preparation's own alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, url_for
from sqlalchemy import Connection, select

from app.people.accounts import Person
from app.record.tables import preparation as made
from app.web.house import house
from app.web.station.at_hand import looks_here, note_of, stands
from app.web.station.preparing import with_etag
from app.web.visit import signed_in

news = Blueprint("news", __name__)

OVER = ("closed", "aborted", "remade", "downtime")
"""States in which nobody makes it any more."""


@dataclass(frozen=True)
class News:
    """A message that waits for whoever is signed in here."""

    id: str
    """Of the message; empty for none."""
    by: str = ""
    """Printed name of the pharmacist."""
    at: str = ""
    """Site time, HH:MM."""
    text: str = ""
    telephone: str = ""
    about: str = ""
    """Drug and dose of the preparation that it is about."""
    opens: str = ""
    """Address of that preparation's screen."""
    seen: str = ""
    """Where SEEN is posted."""


@news.get("/terminal/<station>/message")
@looks_here
def waits(station: str) -> Response:
    """The oldest message that nobody here has read about what this person makes at this station."""
    stands(station)
    person, _ = signed_in()
    with house().store.reading() as conn:
        found = _news(conn, station, person)
    return with_etag(jsonify(found))


def _news(conn: Connection, station: str, person: Person) -> News:
    of_mine = select(made.c.id, made.c.drug, made.c.dose).where(
        made.c.technician == person.id, made.c.station == station, made.c.status.notin_(OVER)
    )
    for row in conn.execute(of_mine.order_by(made.c.id)):
        if (note := note_of(conn, row.id)) is not None:
            where = {"station": station, "preparation": row.id}
            return News(
                note.id,
                note.by,
                note.at,
                note.text,
                note.telephone,
                f"{row.drug} {row.dose}",
                url_for("preparing.show", **where),
                url_for("preparing.note", **where),
            )
    return News("")
