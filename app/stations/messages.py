"""A pharmacist's words to whoever makes a preparation: sent, and seen at the tablet. They stand beside the workflow, never in it.

Nothing waits for a message and nothing moves by one. So that none can be read as an order to change a dose, a text with a
number, an amount or the word dose is refused: a dose is changed by hold, reject, another recipe or the order's sender.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from app.record.prepared import PreparedRows
from app.record.running import append_row
from app.stations.tables import tablet_message

LONGEST = 120
"""Characters of a message: what is read at arm's length without stopping."""
LONGEST_NUMBER = 24
AMOUNTS = re.compile(
    r"[%‰]|\b(dos(e|es|age|ing)|strengths?|half|halve[ds]?|halves|doubl\w*|twice|tripl\w*|thrice|quarters?|thirds?|"
    r"milli\w*|micro\w*|mgs?|mcg|mls?|grams?|lit(er|re)s?|units?|percent|per ?cent|concentrat\w*|dilut\w*|"
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand)\b",
    re.IGNORECASE,
)
"""Words that make a text one about an amount; numbers in any script do so too."""
TELEPHONE = re.compile(r"[0-9+ ()./-]*")


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
    tidy, number = " ".join(text.split()), " ".join(telephone.split())
    if not tidy:
        raise NotSentError("Write a few words; they are read at the cabinet.")
    if len(tidy) > LONGEST or not tidy.isprintable():
        raise NotSentError(f"{LONGEST} letters at most, on one line: it is read at arm's length.")
    if found := _amount_in(tidy):
        says = "is or names an amount. A message changes no dose: hold or reject it, or choose another recipe."
        raise NotSentError(f"“{found}” {says}")
    if not TELEPHONE.fullmatch(number) or len(number) > LONGEST_NUMBER:
        raise NotSentError("A telephone number is digits, +, - and spaces.")
    row = {"message": id, "preparation": preparation, "site": site, "what": "sent", "text": tidy, "telephone": number}
    append_row(conn, tablet_message, {**row, "at": at, "who": who, "station": ""})


def _amount_in(text: str) -> str:
    """Return what of a text is a number, in any script, or names an amount; empty for nothing."""
    found = AMOUNTS.search(text)
    return next((one for one in text if one.isnumeric()), "") or (found[0] if found else "")


def see(conn: Connection, preparation: str, id: str, *, site: str, at: datetime, who: str, station: str) -> bool:
    """Keep that somebody at a tablet has read a message; False where there is none, or it was read before."""
    waits = any(one.id == id and one.seen_at is None for one in of_preparation(conn, preparation))
    if waits:
        row = {"message": id, "preparation": preparation, "site": site, "what": "seen", "text": "", "telephone": ""}
        append_row(conn, tablet_message, {**row, "at": at, "who": who, "station": station})
    return waits
