"""What has to be looked after, for a program: opened vials that are kept, and what ends soon or has ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from app.api.answers import Reply, Trouble
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Reason, Shape
from app.api.writing import Done, acted
from app.catalogue.hazards import Acting
from app.desk import expiring as board
from app.stations import open_vials as book
from app.stations.open_vials import NotDiscardedError
from app.web.expiring import ANSWERS
from app.web.house import house
from app.web.open_vials import HANDS, READERS
from app.web.visit import signed_in, visit


class OpenVialTold(Shape):
    """One opened vial that is kept, or was."""

    label: str
    text: str
    lot: str
    preparation: str
    """That opened it."""
    gone: str
    """Why it can no longer be taken; empty: it is here."""
    over: bool
    """It is no longer there."""


class OpenVials(Shape):
    """Opened vials, those that are here first."""

    items: list[OpenVialTold]


class DiscardVial(Shape):
    """Why an opened vial was thrown away."""

    why: Reason


class EndingTold(Shape):
    """One thing that ends, or has ended."""

    key: str
    what: str
    whose: str
    ends: datetime | None
    """null: it never had one."""
    ended: bool
    person: str
    station: str
    answer: str
    """What somebody does about it; empty: nobody has said."""


class Endings(Shape):
    """What ends within sixty days, or has ended."""

    items: list[EndingTold]


class AnswerEnding(Shape):
    """What is done about it. It lifts nothing: what ended stays ended."""

    words: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]


class NotAnsweredError(ValueError):
    """The answer is not kept; the text says why."""


@operation("GET /open-vials", scope="stations:read", tag="Stations", answer=OpenVials, roles=READERS)
def list_open_vials() -> OpenVials:
    """List opened vials that are kept, and those that no longer are."""
    with house().store.reading() as conn:
        site, at = house().settings.site, visit().at
        every = (*book.stock(conn, site, at), *book.past(conn, site, at))
    return OpenVials(
        items=[
            OpenVialTold(
                label=one.label,
                text=one.vial.text,
                lot=one.vial.lot,
                preparation=one.preparation,
                gone=one.gone,
                over=one.over,
            )
            for one in sorted(every, key=lambda one: (one.over, bool(one.gone)))
        ]
    )


@operation(
    "POST /open-vials/{label}/discard", scope="stations:work", tag="Stations", answer=Done, body=DiscardVial, session=True,
    keyed=True, roles=HANDS,
)  # fmt: skip
def discard_open_vial(label: str, body: DiscardVial) -> Reply | Trouble:
    """Keep that an opened vial was thrown away."""

    def work(act: Acting) -> str:
        book.discard(act.conn, act.settings, label, body.why, who=act.who, at=act.at, command_id=act.command_id)
        return label

    return acted(work, NotDiscardedError)


@operation("GET /expiring", scope="stations:read", tag="Stations", answer=Endings, roles=ANSWERS)
def list_expiring() -> Endings:
    """List competencies, licences and certificates that end soon or have ended, and what is done about each."""
    return Endings(items=[_ending(one) for one in _found()])


@operation(
    "POST /expiring/{key}", scope="stations:keep", tag="Stations", answer=Done, body=AnswerEnding, session=True, keyed=True,
    roles=ANSWERS,
)  # fmt: skip
def answer_expiring(key: str, body: AnswerEnding) -> Reply | Trouble:
    """Say what is done about something that ends."""
    one = next((found for found in _found() if found.key == key), None)
    if one is None:
        return GONE
    who, at = signed_in()[0].id, visit().at

    def work(act: Acting) -> str:
        if says := board.answer(act.conn, one, body.words, at=at, who=who):
            raise NotAnsweredError(says)
        act.write("register_written", {"of": key, "operation": "answer_expiring"})
        return key

    return acted(work, NotAnsweredError)


def _found() -> tuple[board.Ending, ...]:
    settings = house().settings
    with house().store.reading() as conn:
        return board.listed(conn, settings.site, sorted(settings.stations), visit().at)


def _ending(one: board.Ending) -> EndingTold:
    return EndingTold(
        key=one.key,
        what=one.what,
        whose=one.whose,
        ends=one.ends,
        ended=one.ended(visit().at),
        person=one.person,
        station=one.station,
        answer=one.answer.words if one.answer else "",
    )
