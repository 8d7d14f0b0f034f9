"""Puts what a sender is to hear into the outbox, in the transaction of its event; makes the message when it leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from app import clock, preparations
from app.interfaces.ack import application_text, application_wanted
from app.interfaces.book import Verdict
from app.interfaces.news import CANCELLED, PHASES, News, news_of
from app.interfaces.opening import key_text
from app.interfaces.outgoing import Letter, Made, write
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from app.interfaces.senders import Senders
from app.interfaces.tables import ordered
from app.people import accounts
from app.record import canonical, codec, log, ordertext, outbox
from labels import codes
from workflows import events as happened
from workflows import measured
from workflows.evidence import Container, Scan
from workflows.order import Order, OrderKey, PatientText, Person
from workflows.preparation import Preparation
from workflows.status import status


class NothingReleased(LookupError):  # noqa: N818  # named as what is so
    """A dispense is to be told, and its preparation is not there or has released nothing."""


class Purged(LookupError):  # noqa: N818  # named as what happened
    """The patient's text is not there any more: nothing can be told of them."""


def lane_of(key: OrderKey) -> str:
    """Return the lane of an order's messages: what is told of one order goes strictly in sequence."""
    return f"order/{hashlib.sha256(key_text(key).encode()).hexdigest()[:20]}"


def told_of(senders: Senders, conn: Connection, sender: str, at: datetime) -> Profile | None:
    """Return the profile whose destination hears of a sender's orders, None where nobody does."""
    known = senders.told(conn, at)
    return next((one for one in known if one.destination and f"{one.msh3}|{one.msh4}" == sender), None)


class Teller:
    """Decides what is told, and to whom, while an event is written.

    What is done here to another site's preparation is for that site to tell: its profiles are known to it alone. The row
    is left for it without a receiver.
    """

    def __init__(self, profiles: Senders | Iterable[Profile], site: str) -> None:
        """Tell these senders of the orders of `site`, as far as the profile of each that counts names a destination."""
        self.senders, self.site = profiles if isinstance(profiles, Senders) else Senders(profiles), site

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
        site = log.site_of(conn, preparation) or self.site
        profile = told_of(self.senders, conn, p.order.key.sender, at) if site == self.site else None
        if profile is None and site == self.site:
            return
        workflow = preparations.workflow_of(p)
        was, now = (status(workflow, before) if before else ""), status(workflow, p)
        row = conn.execute(select(ordered.c.body).where(ordered.c.key == key_text(p.order.key))).scalar_one_or_none()
        wish = codec.decode(Order, canonical.parse(row)).status if row else "active"
        told = [one for event in events for one in news_of(event, before, wish, was, now)]
        for news in dict.fromkeys(told):
            if profile is not None:
                self.put(conn, profile, p.order.key, news, preparation, at=at, command_id=command_id, who=who)
            else:
                self._leave(conn, site, p.order.key, news, preparation, at=at, command_id=command_id, who=who)

    def without_preparation(
        self, conn: Connection, key: OrderKey, order_status: str, *, at: datetime, command_id: str
    ) -> None:
        """Put that an order ended as asked before anything was opened for it."""
        profile = told_of(self.senders, conn, key.sender, at)
        if profile is None or order_status not in CANCELLED:
            return
        control, ended = CANCELLED[order_status]
        news = News("status", control, ended, "CANCELLED", "Ended as asked; nothing leaves the pharmacy")
        self.put(conn, profile, key, news, "", at=at, command_id=command_id, who="system:interface")

    def put(
        self,
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
        if not wants(profile, news):
            return
        payload, kind = _payload(key, news, preparation, at, who), outbox.teller(self.site, profile.name)
        payload["to"] = profile.name
        outbox.put(conn, kind=kind, lane=lane_of(key), payload=payload, at=at, command_id=command_id)

    @staticmethod
    def _leave(
        conn: Connection,
        site: str,
        key: OrderKey,
        news: News,
        preparation: str,
        *,
        at: datetime,
        command_id: str,
        who: str,
    ) -> None:
        payload = {**_payload(key, news, preparation, at, who), "to": f"{key.sender.strip('|')}, as {site} decides"}
        outbox.put(conn, kind=outbox.teller(site), lane=lane_of(key), payload=payload, at=at, command_id=command_id)

    def answer(self, conn: Connection, reading: Reading, verdict: Verdict, *, at: datetime, command_id: str) -> None:
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
            "to": profile.name,
        }
        lane = lane_of(first) if first and first.placer else f"answers/{profile.name}"
        kind = outbox.teller(self.site, profile.name)
        outbox.put(conn, kind=kind, lane=lane, payload=payload, at=at, command_id=command_id)


def _payload(key: OrderKey, news: News, preparation: str, at: datetime, who: str) -> dict[str, Any]:
    return {
        "key": list(key_text(key).split("\x1f")),
        "news": codec.encode(news),
        "preparation": preparation,
        "at": at.isoformat(),
        "who": who,
        "id": clock.new_id(16),
    }


def wants(profile: Profile, news: News) -> bool:
    """Say whether a profile's destination wants to hear this."""
    to = profile.destination
    if to is None:
        return False
    if news.kind != "status":
        return to.dispense
    return to.status and (to.phases is None or news.code not in PHASES or news.code in to.phases)


def message_of(conn: Connection, profile: Profile, entry: outbox.Entry) -> str:
    """Return the message of a row.

    Raises Purged where the patient's text is gone, NothingReleased for a dispense of nothing.
    """
    said = entry.payload
    if "text" in said:
        return str(said["text"])
    key = OrderKey(*said["key"])
    row = conn.execute(select(ordered).where(ordered.c.key == key_text(key))).one()
    text = ordertext.get(conn, row.patient)
    if not isinstance(text, ordertext.OrderText):
        raise Purged(row.patient)
    order, news = codec.decode(Order, canonical.parse(row.body)), codec.decode(News, said["news"])
    at, made = datetime.fromisoformat(said["at"]), None
    if news.kind == "dispense":
        p = preparations.load(conn, said["preparation"])
        made = _made(conn, said["preparation"], p, at) if p else None
        if p is None or made is None:
            raise NothingReleased(said["preparation"])
        order = p.order
    letter = Letter(
        news,
        order,
        codec.decode(PatientText, text.fields),
        said["preparation"],
        at,
        _person(conn, said["who"]),
        said["id"],
        profile,
        made,
    )
    return write(letter)


def _window(p: Preparation) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most mg that the site's policy lets the measured dose be; None for what is counted."""
    if p.counts:
        return None
    off = p.planned.ordered_mg * p.policy.dose_tolerance
    return p.planned.ordered_mg - off, p.planned.ordered_mg + off


def _person(conn: Connection, person: str) -> Person:
    if person.startswith("system:") or not person:
        return Person("", "vialtrace")
    return Person(person, accounts.by_id(conn, person).name)


def _made(conn: Connection, preparation: str, p: Preparation, at: datetime) -> Made | None:
    """Return what left the pharmacy, from its own events; None while nothing was released."""
    events = preparations.history(conn, preparation)
    found = next((one.event for one in events if isinstance(one.event, happened.Released)), None)
    if found is None:
        return None
    approve, label = p.entries.get("approve"), p.final_label()
    scans = (entry.evidence for entry in p.entries.values())
    parts = tuple(one.found for one in scans if isinstance(one, Scan) and isinstance(one.found, Container))
    return Made(
        released_at=at,
        measured=found.dose_mg if measured.dose(p) is not None and p.plan.by_volume is None else None,
        window=_window(p),
        quantity=Decimal(p.counts.count) if p.counts else Decimal(1),
        beyond_use=found.beyond_use,
        prepared_by=_person(conn, p.claimed_by),
        approved_by=_person(conn, approve.who) if approve else None,
        barcode=codes.make("F", label.label_id, label.copy) if label else "",
        parts=tuple(one for one in parts if one.role != "device"),
    )
