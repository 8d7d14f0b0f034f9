"""Puts what a subscription is to hear into the outbox, in the transaction of its event; makes the body when it leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app import clock, preparations
from app.dispatch import Dispatcher
from app.export.fhir_read import as_of
from app.export.fhir_values import written
from app.hooks.register import Known, Subscription
from app.interfaces.opening import key_text
from app.interfaces.senders import Senders
from app.record import log, outbox
from app.settings import Settings
from workflows import events as happened
from workflows.preparation import Preparation
from workflows.status import status


class Gone(LookupError):  # noqa: N818  # named as what happened
    """What was to be told is not there any more."""


class Notices:
    """Decides who is told, while an event is written."""

    def __init__(self, senders: Senders) -> None:
        """Know the sender profiles, so that a subscription can be for the orders of one."""
        self._senders, self._known = senders, Known()

    def follow(
        self,
        conn: Connection,
        preparation: str,
        events: tuple[happened.Event, ...],
        before: Preparation | None,
        p: Preparation,
        at: datetime,
        command_id: str,
        who: str,  # noqa: ARG002  # the dispatcher tells everyone the same
    ) -> None:
        """Put what a command's events tell: a Task where the state is another, a dispense where the dose left."""
        site = log.site_of(conn, preparation) or ""
        told = [one for one in self._known.of_site(conn, site) if one.on]
        if not told:
            return
        workflow = preparations.workflow_of(p)
        was, now = (status(workflow, before) if before else ""), status(workflow, p)
        news = [("Task", now)] if was != now else []
        if any(isinstance(event, happened.Released | happened.MadeOnPaper) for event in events):
            news.append(("MedicationDispense", "dispensed"))
        for to in told:
            if not to.sender or p.order.key.sender in self._senders.called(conn, to.sender, at):
                self._put(conn, to, [one for one in news if one[0] in to.kinds], preparation, p, at, command_id)

    @staticmethod
    def _put(
        conn: Connection,
        to: Subscription,
        news: list[tuple[str, str]],
        preparation: str,
        p: Preparation,
        at: datetime,
        command_id: str,
    ) -> None:
        for resource, word in news:
            payload = {
                "key": list(key_text(p.order.key).split("\x1f")),
                "news": {"kind": "hook", "words": f"{resource}: {word}", "code": ""},
                "preparation": preparation,
                "version": p.version,
                "resource": resource,
                "to": to.name,
                "id": clock.new_id(16),
            }
            lane = f"{to.row_kind}/{preparation}"
            outbox.put(conn, kind=to.row_kind, lane=lane, payload=payload, at=at, command_id=command_id)


def attach(dispatcher: Dispatcher, senders: Senders) -> None:
    """Have the dispatcher tell subscriptions too, after whom it tells already."""
    tells, notices = dispatcher.tell, Notices(senders)

    def both(*what: Any) -> None:
        tells(*what)
        notices.follow(*what)

    dispatcher.tell = both


def body_of(conn: Connection, settings: Settings, to: Subscription, entry: outbox.Entry) -> bytes:
    """Return what is posted for a row: the resource as it stood then, or which one it is. Raises Gone."""
    said = entry.payload
    resource, id = said["resource"], f"{said['resource'].lower()}-{said['preparation']}"
    if to.content == "id":
        part = [
            {"name": "focus", "valueReference": {"reference": f"{resource}/{id}"}},
            {"name": "versionId", "valueString": str(said["version"])},
        ]
        return written({"resourceType": "Parameters", "parameter": part})
    found = as_of(conn, settings, said["preparation"], said["version"], resource)
    if found is None:
        raise Gone(said["preparation"])
    return written(found)
