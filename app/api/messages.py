"""Messages of other systems for a program: what came with its text, what was told, and what is decided of a dead letter."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from app.api import resources as told
from app.api.answers import Reply, Trouble
from app.api.once import press
from app.api.operations import operation
from app.api.reading import GONE, masked, message_told, note
from app.api.shapes import Shape
from app.api.writing import Done, acted
from app.catalogue.hazards import Acting
from app.desk import messages as listed
from app.desk import orders as book
from app.desk.messages import Told, Wanted
from app.web.house import house
from app.web.visit import visit

Found = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]


class Search(Shape):
    """Which messages. No patient's number stands in an address: it is sent in a body."""

    looked_for: Found = ""
    """Part of an order's number, a message's number or a sender."""
    became: Literal["", "refused", "waiting"] = ""


class Segment(Shape):
    """One line of a message as it came."""

    name: str
    fields: list[str]
    """Its fields, each as number=text; none where it may name the patient and this person has no need of that."""
    hidden: bool


class MessageWhole(told.Message):
    """One message that came in, with its text as this person may see it."""

    read_by: str
    """Sender profile and version."""
    reply: str
    """What was answered."""
    segments: list[Segment]
    no_text: str
    """Why there is no text: it was purged, or is damaged."""


class Sent(Shape):
    """One message to another system."""

    seq: int
    at: datetime
    receiver: str
    order: str
    """Id of the order."""
    what: str
    state: str
    attempts: int
    says: str
    """Why the last try failed."""
    dead: bool
    """A person decides."""


class Waits(Shape):
    """What waits for one receiver."""

    receiver: str
    waiting: int
    since: datetime | None
    dead: int


class Outbox(Shape):
    """The newest messages to other systems, dead letters first, and what waits for whom."""

    items: list[Sent]
    queues: list[Waits]


class MessagesFound(Shape):
    """What a search found: at most a hundred of each direction, the newest."""

    received: list[told.Message]
    sent: list[Sent]


class Decide(Shape):
    """What is done with a dead letter, and why."""

    act: Literal["again", "dismiss"]
    """again: send it once more; dismiss: give it up, and let the later ones of its order go on."""
    reason: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True,
            min_length=listed.LEAST_REASON,
            max_length=500,
            pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$",
        ),
    ]
    """At least ten letters; blanks around them are none."""


class NotDecidedError(ValueError):
    """It is no dead letter any more."""


@operation("GET /messages/{message}", scope="messages:read", tag="Messages", answer=MessageWhole)
def show_message(message: str) -> MessageWhole | Trouble:
    """Show one message that came in, segment by segment; what names the patient only to whom it may."""
    with house().store.reading() as conn:
        found = listed.one_received(conn, int(message)) if _number(message) else None
    if found is None:
        return GONE
    with house().store.reading() as conn:
        raw = book.raw(conn, house().blobs, found.blob, masked=masked())
    if not masked():
        note("API message", "", f"message/{message}")
    return MessageWhole(
        **message_told(found).model_dump(),
        read_by=found.read_by,
        reply=found.reply if not masked() else "",
        segments=[] if isinstance(raw, str) else [_segment(one) for one in raw],
        no_text=raw if isinstance(raw, str) else "",
    )


@operation("GET /outbox", scope="messages:read", tag="Messages", answer=Outbox)
def show_outbox() -> Outbox:
    """Show the newest messages to other systems, and what waits for whom."""
    with house().store.reading() as conn:
        sent, queues = listed.told(conn, Wanted()), listed.queues(conn)
    waits = [Waits(receiver=one.receiver, waiting=one.waiting, since=one.since, dead=one.dead) for one in queues]
    return Outbox(items=[_sent(one) for one in sent], queues=waits)


@operation("POST /messages/search", scope="messages:read", tag="Messages", answer=MessagesFound, body=Search)
def search_messages(body: Search) -> MessagesFound:
    """Search messages of both directions by what no address may hold."""
    wanted = Wanted(body.looked_for.strip(), body.became)
    with house().store.reading() as conn:
        came, sent = listed.received(conn, wanted), listed.told(conn, wanted)
    return MessagesFound(received=[message_told(one) for one in came], sent=[_sent(one) for one in sent])


@operation(
    "POST /outbox/{message}/decide", scope="messages:decide", tag="Messages", answer=Done, body=Decide,
    session=True, keyed=True,
)  # fmt: skip
def decide_dead_letter(message: str, body: Decide) -> Reply | Trouble:
    """Send a dead letter again, or give it up, with a reason."""
    if not _number(message):
        return GONE
    kind: listed.Decision = "message_sent_again" if body.act == "again" else "message_dismissed"
    settings, at, command_id = house().settings, visit().at, press().command_id

    def work(act: Acting) -> str:
        reason, who = body.reason, act.who
        if not listed.decide(act.conn, settings, int(message), kind, reason, who=who, at=at, command_id=command_id):
            raise NotDecidedError("This message waits for nobody any more. Look at it again.")
        return message

    return acted(work, NotDecidedError)


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 15


def _segment(one: book.RawSegment) -> Segment:
    return Segment(name=one.name, fields=[f"{n}={text}" for n, text in one.fields], hidden=one.hidden)


def _sent(one: Told) -> Sent:
    return Sent(
        seq=one.id,
        at=one.at,
        receiver=one.receiver,
        order=one.link,
        what=one.what,
        state=one.state,
        attempts=one.attempts,
        says=one.says,
        dead=one.dead,
    )
