"""A pharmacist's message to whoever makes a preparation, sent and seen at the tablet: beside the workflow, never in it.

Nothing waits for a message and nothing moves by one. So that none can be read as an order to change a dose, and none holds a
name, it is one of a few fixed sentences: whatever else there is to say is said at the telephone number beside it. A dose is
changed by hold, reject, another recipe or the order's sender.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from app.record.prepared import PreparedRows
from app.record.running import append_row
from app.stations.tables import tablet_message

SENTENCES = (
    "Please telephone me.",
    "Please come to the window of the room.",
    "I have seen your call and am on my way.",
    "Please take the photo again: it is not sharp.",
    "Please take the photo again, with the vial turned so that its lot is seen.",
    "Please hold what you have in hand closer to the camera until the picture stands still on my screen.",
    "I am looking at this preparation now.",
    "Thank you.",
)
"""What can be sent. Nothing in them is a number, an amount, a drug or a name."""
LONGEST_NUMBER = 24
FEWEST_DIGITS = 4
"""Of a telephone number: an extension has as many, and no dose is mistaken for it."""
TELEPHONE = re.compile(r"[+(]?[0-9]([0-9 ()/-]*[0-9])?")


class NotSentError(ValueError):
    """The message is not sent; the sentence says why."""


@dataclass(frozen=True)
class Message:
    """One message about a preparation."""

    id: str
    preparation: str
    text: str
    telephone: str
    """Where the sender may be called; empty for nowhere."""
    sent_at: datetime
    """UTC."""
    sent_by: str
    """Person id."""
    seen_at: datetime | None
    """When somebody at the tablet said that they had read it, UTC; None while nobody has."""
    seen_by: str
    """Person id; empty while nobody has."""
    station: str
    """Where it was read; empty while it was not."""


_OF = PreparedRows(
    select(tablet_message).where(tablet_message.c.preparation == bindparam("of")).order_by(tablet_message.c.seq)
)
"""Asked by every tablet, again and again: made once."""


def of_preparation(conn: Connection, preparation: str) -> tuple[Message, ...]:
    """Return the messages about a preparation, oldest first, each with when it was seen."""
    rows = _OF.all(conn, {"of": preparation})
    read = {row.message: row for row in rows if row.what == "seen"}
    found = []
    for row in rows:
        if row.what == "sent":
            seen = read.get(row.message)
            at, who, station = (seen.at, seen.who, seen.station) if seen else (None, "", "")
            found.append(Message(row.message, preparation, row.text, row.telephone, row.at, row.who, at, who, station))
    return tuple(found)


def unseen(conn: Connection, preparation: str) -> Message | None:
    """Return the oldest message that nobody at a tablet has read yet; None where all are read."""
    return next((one for one in of_preparation(conn, preparation) if one.seen_at is None), None)


def send(
    conn: Connection, preparation: str, text: str, telephone: str, *, id: str, site: str, at: datetime, who: str
) -> None:
    """Keep a message, `id` of its own; raises NotSentError, in words, for one that may not be sent."""
    number = " ".join(telephone.split())
    if text not in SENTENCES:
        raise NotSentError("Choose one of the sentences. A message changes no dose: hold or reject it for that.")
    if number and not _is_telephone(number):
        raise NotSentError(f"A telephone number is {FEWEST_DIGITS} digits at least, with spaces, + or - and no point.")
    row = {"message": id, "preparation": preparation, "site": site, "what": "sent", "text": text, "telephone": number}
    append_row(conn, tablet_message, {**row, "at": at, "who": who, "station": ""})


def _is_telephone(number: str) -> bool:
    digits = sum(one.isdigit() for one in number)
    return len(number) <= LONGEST_NUMBER and digits >= FEWEST_DIGITS and TELEPHONE.fullmatch(number) is not None


def see(conn: Connection, preparation: str, id: str, *, site: str, at: datetime, who: str, station: str) -> bool:
    """Keep that somebody at a tablet has read a message; False where there is none, or it was read before."""
    waits = any(one.id == id and one.seen_at is None for one in of_preparation(conn, preparation))
    if waits:
        row = {"message": id, "preparation": preparation, "site": site, "what": "seen", "text": "", "telephone": ""}
        append_row(conn, tablet_message, {**row, "at": at, "who": who, "station": station})
    return waits
