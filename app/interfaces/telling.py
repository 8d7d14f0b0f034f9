"""Puts what a sender is to hear into the outbox, in the transaction of its event; makes the message when it leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from app import clock, preparations
from app.dispatch import Dispatcher
from app.interfaces.ack import application_text, application_wanted
from app.interfaces.book import Verdict
from app.interfaces.news import CANCELLED, PHASES, News, news_of
from app.interfaces.opening import key_text
from app.interfaces.outgoing import Letter, Made, write
from app.interfaces.profile import Destination, Profile
from app.interfaces.reading import Reading
from app.interfaces.senders import Senders
from app.interfaces.tables import ordered
from app.people import accounts
from app.record import canonical, codec, ordertext, outbox
from labels import codes
from workflows import events as happened
from workflows import measured
from workflows.evidence import Container, Scan
from workflows.order import Order, OrderKey, PatientText, Person
from workflows.preparation import Preparation
from workflows.status import status
from workflows.wording import rounded


class Purged(LookupError):  # noqa: N818  # named as what happened
    """The patient's text is not there any more: nothing can be told of them."""


def lane_of(key: OrderKey) -> str:
    """Return the lane of an order's messages: what is told of one order goes strictly in sequence."""
    return f"order/{hashlib.sha256(key_text(key).encode()).hexdigest()[:20]}"


class Teller:
    """Decides what is told, and to whom, while an event is written."""

    def __init__(self, profiles: Senders | Iterable[Profile]) -> None:
        """Tell these senders, as far as the profile of each that counts names a destination."""
        self.senders = profiles if isinstance(profiles, Senders) else Senders(profiles)

    def _told(self, conn: Connection, sender: str, at: datetime) -> Profile | None:
        known = self.senders.at(conn, at)
        return next((one for one in known if one.destination and f"{one.msh3}|{one.msh4}" == sender), None)

    def follow(
        self,
        conn: Connection,
        preparation: str,
        events: tuple[happened.Event, ...],
        before: Preparation | None,
        p: Preparation,
        at: datetime,
        command_id: str,
        who: str,
    ) -> None:
        """Put what a command's events tell the sender of the order; nothing where it wants to hear nothing."""
        profile = self._told(conn, p.order.key.sender, at)
        if profile is None:
            return
        workflow = preparations.workflow_of(p)
        was, now = (status(workflow, before) if before else ""), status(workflow, p)
        row = conn.execute(select(ordered.c.body).where(ordered.c.key == key_text(p.order.key))).scalar_one_or_none()
        wish = codec.decode(Order, canonical.parse(row)).status if row else "active"
        told = [one for event in events for one in news_of(event, before, wish, was, now)]
        for news in dict.fromkeys(told):
            self.put(conn, profile, p.order.key, news, preparation, at=at, command_id=command_id, who=who)

    def without_preparation(
        self, conn: Connection, key: OrderKey, order_status: str, *, at: datetime, command_id: str
    ) -> None:
        """Put that an order ended as asked before anything was opened for it."""
        profile = self._told(conn, key.sender, at)
        if profile is None or order_status not in CANCELLED:
            return
        control, ended = CANCELLED[order_status]
        news = News("status", control, ended, "CANCELLED", "Ended as asked; nothing leaves the pharmacy")
        self.put(conn, profile, key, news, "", at=at, command_id=command_id, who="system:interface")

    @staticmethod
    def put(
        conn: Connection,
        profile: Profile,
        key: OrderKey,
        news: News,
        preparation: str,
        *,
        at: datetime,
        command_id: str,
        who: str,
    ) -> None:
        """Put one row; its number at the receiver (MSH-10) is chosen here, once."""
        wanted = profile.destination
        if wanted is None or not _wants(wanted, news):
            return
        payload = {
            "key": list(key_text(key).split("\x1f")),
            "news": codec.encode(news),
            "preparation": preparation,
            "at": at.isoformat(),
            "who": who,
            "id": clock.new_id(16),
        }
        outbox.put(
            conn, kind=f"{outbox.TELL}{profile.name}", lane=lane_of(key), payload=payload, at=at, command_id=command_id
        )

    @staticmethod
    def answer(conn: Connection, reading: Reading, verdict: Verdict, *, at: datetime, command_id: str) -> None:
        """Put the application's answer to a message, where its sender wants one and says where to."""
        profile = reading.profile
        if profile is None or profile.destination is None or not application_wanted(reading, verdict):
            return
        id, first = clock.new_id(16), reading.orders[0].key if reading.orders else None
        code = "accepted" if verdict.outcome == "accepted" else "refused"
        payload = {
            "key": [first.sender, first.placer, first.placer_ns, first.group]
            if first
            else [reading.header.sender, "", "", ""],
            "news": codec.encode(News("answer", "", "", "", f"Answer to {reading.header.control_id}: {code}")),
            "preparation": "",
            "at": at.isoformat(),
            "who": "system:interface",
            "id": id,
            "text": application_text(reading, verdict, at, id),
        }
        lane = lane_of(first) if first and first.placer else f"answers/{profile.name}"
        outbox.put(conn, kind=f"{outbox.TELL}{profile.name}", lane=lane, payload=payload, at=at, command_id=command_id)


def _wants(to: Destination, news: News) -> bool:
    if news.kind != "status":
        return to.dispense
    return to.status and (to.phases is None or news.code not in PHASES or news.code in to.phases)


def message_of(conn: Connection, dispatcher: Dispatcher, profile: Profile, entry: outbox.Entry) -> str:
    """Return the message of a row. Raises Purged where the patient's text is gone."""
    said = entry.payload
    if "text" in said:
        return str(said["text"])
    key = OrderKey(*said["key"])
    row = conn.execute(select(ordered).where(ordered.c.key == key_text(key))).one()
    text = ordertext.get(conn, row.patient)
    if not isinstance(text, ordertext.OrderText):
        raise Purged(row.patient)
    p = dispatcher.current(conn, said["preparation"]) if said["preparation"] else None
    order, news = codec.decode(Order, canonical.parse(row.body)), codec.decode(News, said["news"])
    at = datetime.fromisoformat(said["at"])
    letter = Letter(
        news,
        p.order if p and news.kind == "dispense" else order,
        codec.decode(PatientText, text.fields),
        said["preparation"],
        at,
        _person(conn, said["who"]),
        said["id"],
        profile,
        _made(conn, said["preparation"], p, at) if p and news.kind == "dispense" else None,
    )
    return write(letter)


def _window(p: Preparation) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most mg that the site's policy lets the measured dose be; None for what is counted."""
    if p.counts:
        return None
    off = p.planned.ordered_mg * p.policy.dose_tolerance
    return rounded(p.planned.ordered_mg - off, 1), rounded(p.planned.ordered_mg + off, 1)


def _person(conn: Connection, person: str) -> Person:
    if person.startswith("system:") or not person:
        return Person("", "vialtrace")
    return Person(person, accounts.by_id(conn, person).name)


def _made(conn: Connection, preparation: str, p: Preparation, at: datetime) -> Made | None:
    """Return what left the pharmacy, from its own events; None while nothing was released."""
    log = preparations.history(conn, preparation)
    found = next((one.event for one in log if isinstance(one.event, happened.Released)), None)
    if found is None:
        return None
    approve, label = p.entries.get("approve"), p.final_label()
    scans = (entry.evidence for entry in p.entries.values())
    parts = tuple(one.found for one in scans if isinstance(one, Scan) and isinstance(one.found, Container))
    return Made(
        released_at=at,
        measured=rounded(found.dose_mg, 1) if measured.dose(p) is not None else None,
        window=_window(p),
        quantity=Decimal(p.counts.count) if p.counts else Decimal(1),
        beyond_use=found.beyond_use,
        prepared_by=_person(conn, p.claimed_by),
        approved_by=_person(conn, approve.who) if approve else None,
        barcode=codes.make("F", label.label_id, label.copy) if label else "",
        parts=tuple(one for one in parts if one.role != "device"),
    )
