"""The order book on the database: a message, its order, its preparation and its answer in one transaction (I50)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from app import clock, labelling
from app.catalogue import procedures, recipes
from app.dispatch import Ask, Dispatcher
from app.interfaces.book import Answered, Change, Kept, Stage, Verdict
from app.interfaces.judge import Handled, handle
from app.interfaces.reading import Reading
from app.interfaces.tables import message, ordered, patient_now
from app.people import accounts
from app.record import blobs, canonical, codec, log, ordertext, views
from app.record.log import NewEvent
from app.record.running import append_row
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.findings import Refused
from workflows.library import making
from workflows.order import Order, OrderFinding, OrderKey, PatientText
from workflows.plan import Plan, plan

INTERFACE = Actor("system:interface", "order interface", frozenset({"system"}))
"""Who acts when a message comes in."""
REMEMBERED = timedelta(days=30)
"""How long an accepted control id is answered with the same words."""
OF_THE_PATIENT = frozenset(
    {"PATIENT_DISCHARGED", "ADMIT_CANCELLED", "PATIENT_MERGED", "PATIENT_DIFFERS", "WEIGHT_CHANGED", "ALLERGY_MATCH"}
)
"""Findings about the patient: a changed order does not settle them."""
NOT_AS_RECEIVED = (
    "The order or its patient's text is not what was received: it was changed in the database, or purged. "
    "Nothing is made of it; run `vialtrace record verify`, tell quality assurance, and have the order sent again."
)
STAGES: dict[str, Stage] = {
    "ordered": "unclaimed",
    "ready": "unclaimed",
    "awaiting-check": "checking",
    "approved": "checking",
    "released": "released",
    "closed": "released",
    "downtime": "released",
    "aborted": "aborted",
    "remade": "aborted",
}
"""How far a preparation is, as the interface sees it; every other state is in work."""


def key_text(key: OrderKey) -> str:
    """Return an order's key as one text."""
    return "\x1f".join((key.sender, key.placer, key.placer_ns, key.group))


def waits_for(conn: Connection, key: OrderKey) -> str:
    """Return why nothing is made of an order yet, in words; empty where nothing is in the way."""
    return conn.execute(select(ordered.c.waits).where(ordered.c.key == key_text(key))).scalar_one_or_none() or ""


class Intake:
    """Takes messages in."""

    def __init__(self, dispatcher: Dispatcher, photos: blobs.Blobs) -> None:
        """Store by the dispatcher's own transactions; the bytes of messages go to `photos`."""
        self.dispatcher = dispatcher
        self._blobs = photos
        dispatcher.order_blocked = blocked
        dispatcher.after_end = _make_anew

    def receive(
        self, reading: Reading, *, at: datetime, own_id: str
    ) -> tuple[Handled, tuple[tuple[Order, PatientText], ...]]:
        """Judge, answer and store one message; returns when it is on disk."""
        kept = self._blobs.put(reading.raw, "x-application/hl7-v2+er7")

        def work(conn: Connection) -> tuple[Handled, tuple[tuple[Order, PatientText], ...]]:
            book = Book(conn, self.dispatcher, at, clock.new_command_id())
            blobs.enter(conn, kept, at=at, identifying=True)
            handled = handle(reading, book, at, own_id)
            if handled.verdict.again is None:
                book.note_message(reading, handled, kept.sha256)
            shown = ((one.order, one.patient) for change in handled.verdict.changes if (one := book.find(change.key)))
            return handled, tuple(shown)

        return self.dispatcher.store.write(work)

    def keep_unread(self, raw: bytes, *, at: datetime) -> str:
        """Keep bytes that are no message, such as half a frame, and judge nothing; return their SHA-256 (I1)."""
        kept = self._blobs.put(raw, "x-application/hl7-v2+er7")
        self.dispatcher.store.write(lambda conn: blobs.enter(conn, kept, at=at, identifying=True))
        return kept.sha256


@dataclass
class Book:
    """The five questions of the judge, answered from the tables inside one transaction."""

    conn: Connection
    dispatcher: Dispatcher
    at: datetime
    command_id: str

    def answered(self, sender: str, control_id: str) -> Answered | None:
        """Return the accepted message of this control id, if it came in the last 30 days."""
        found = self.conn.execute(
            select(message.c.content_digest, message.c.reply)
            .where(message.c.sender == sender, message.c.control_id == control_id, message.c.outcome == "accepted")
            .where(message.c.at > self.at - REMEMBERED)
            .order_by(message.c.seq.desc())
            .limit(1)
        ).one_or_none()
        return Answered(found.content_digest, found.reply) if found else None

    def find(self, key: OrderKey) -> Kept | None:
        """Return the order of this key with its stage."""
        row = self.conn.execute(select(ordered).where(ordered.c.key == key_text(key))).one_or_none()
        return None if row is None else self._kept(row)

    def patient(self, mrn: str, authority: str) -> PatientText | None:
        """Return the patient as last told."""
        where = (patient_now.c.mrn == mrn) & (patient_now.c.authority == authority)
        fields = self.conn.execute(select(patient_now.c.fields).where(where)).scalar_one_or_none()
        return None if fields is None else codec.decode(PatientText, canonical.parse(fields))

    def open_orders(self, mrn: str, authority: str) -> tuple[Kept, ...]:
        """Return the patient's orders of which something can still be made."""
        rows = self.conn.execute(select(ordered).where(ordered.c.mrn == mrn))
        mine = (self._kept(row) for row in rows)
        return tuple(kept for kept in mine if kept.open and kept.patient.authority == authority)

    def keep(self, reading: Reading, verdict: Verdict, reply: str) -> None:  # noqa: ARG002  # the judge's protocol
        """Store what the verdict says; the answer itself is stored with the message."""
        for change in verdict.changes:
            if change.order is not None or change.patient is not None or change.findings:
                self._apply(change)
        for mrn, authority in verdict.ended:
            self.conn.execute(delete(patient_now).where(patient_now.c.mrn == mrn, patient_now.c.authority == authority))
        if verdict.patient:
            self._put_patient(verdict.patient)

    def note_message(self, reading: Reading, handled: Handled, blob: str) -> None:
        """Append the message with its answer."""
        head, verdict = reading.header, handled.verdict
        said = {"sender": head.sender, "control_id": head.control_id, "content_digest": reading.digest, "blob": blob}
        append_row(self.conn, message, said | {"outcome": verdict.outcome, "reply": handled.reply, "at": self.at})
        self.conn.execute(update(ordered).where(ordered.c.message == "").values(message=blob))

    def _kept(self, row: Any) -> Kept:
        order = codec.decode(Order, canonical.parse(row.body))
        text = ordertext.get(self.conn, row.patient)
        if not isinstance(text, ordertext.OrderText):
            patient = PatientText(row.mrn, "", "", "", None)
        else:
            patient = codec.decode(PatientText, text.fields)
        view = views.get_preparation(self.conn, row.preparation) if row.preparation else None
        stage: Stage = STAGES.get(view.status, "in-work") if view else "unclaimed"
        return Kept(order, patient, stage)

    def _put_patient(self, patient: PatientText) -> None:
        where = (patient_now.c.mrn == patient.mrn) & (patient_now.c.authority == patient.authority)
        self.conn.execute(delete(patient_now).where(where))
        fields = canonical.dump(codec.encode(patient)).decode()
        row = {"mrn": patient.mrn, "authority": patient.authority, "fields": fields}
        self.conn.execute(insert(patient_now), row)

    def _apply(self, change: Change) -> None:
        row = self.conn.execute(select(ordered).where(ordered.c.key == key_text(change.key))).one_or_none()
        known = self._kept(row) if row else None
        order = change.order or (known.order if known else None)
        patient = change.patient or (known.patient if known else None)
        if order is None or patient is None or (change.order is None and change.effect == "replayed"):
            return
        text = clock.new_id(16)
        digest = ordertext.put(self.conn, id=text, fields=codec.encode(patient), salt=secrets.token_urlsafe(24))
        old = _findings(row.findings) if row else ()
        if change.effect == "changed":
            old = tuple(one for one in old if one.code in OF_THE_PATIENT)
        left = [one for one in (*old, *change.findings) if one.code not in change.cleared]
        preparation: str = row.preparation if row else ""
        new = {
            "key": key_text(change.key),
            "site": self.dispatcher.settings.site,
            "body": canonical.dump(codec.encode(order)).decode(),
            "findings": canonical.dump([codec.encode(one) for one in dict.fromkeys(left)]).decode(),
            "patient": text,
            "mrn": patient.mrn,
            "preparation": preparation,
            "waits": "",
            "received_at": self.at,
            "message": "",
        }
        if row is None:
            self.conn.execute(insert(ordered), new)
        else:
            self.conn.execute(update(ordered).where(ordered.c.key == new["key"]).values(**new))
        self._record(change, order, text, digest)
        self._act(change, known, order, preparation)
        if preparation and known is not None and (change.pause or blocked(self.conn, preparation)):
            self._ask(preparation, asked.Pause("order question", "the order must be looked at again"))
        open_if_ready(self.conn, self.dispatcher, str(new["key"]), at=self.at)

    def _record(self, change: Change, order: Order, text: str, digest: str) -> None:
        """Append the act to the site's own stream: what was ordered, by whom, and the digest of the patient's text."""
        settings = self.dispatcher.settings
        data = {
            "effect": change.effect,
            "order": codec.encode(order),
            "findings": [codec.encode(one) for one in change.findings],
            "patient": text,
            "patient_digest": digest,
        }
        log.append(
            self.conn,
            stream=settings.site_stream,
            expected_version=log.version_of(self.conn, settings.site_stream),
            events=[NewEvent(settings.site_stream, f"order_{change.effect}", 1, data)],
            who=INTERFACE.id,
            second_person=None,
            at=self.at,
            station=None,
            command_id=self.command_id,
            site=settings.site,
            software=settings.software,
        )

    def _act(self, change: Change, known: Kept | None, order: Order, preparation: str) -> None:
        """Tell the preparation what its sender wants, so that the tablet stops before the next step (I49)."""
        kinds: dict[str, asked.OrderChange] = {
            "changed": "changed",
            "cancelled": "cancelled",
            "held": "held",
            "released": "released",
        }
        if known is None or not preparation or change.effect not in kinds:
            return
        made = self.dispatcher.current(self.conn, preparation)
        equal = made is not None and same_product(made.order, order) and change.patient in (None, known.patient)
        self._ask(preparation, asked.ChangeOrder(kinds[change.effect], order.version, equal))

    def _ask(self, preparation: str, command: asked.Command) -> None:
        self.dispatcher.within(self.conn, Ask(clock.new_command_id(), preparation, command, INTERFACE), self.at)


def same_product(one: Order, other: Order) -> bool:
    """Say whether everything that is made or printed of two orders is equal, so that work may go on."""
    return _made_and_printed(one) == _made_and_printed(other)


def _made_and_printed(order: Order) -> tuple[object, ...]:
    what = (order.drug, order.dose, order.dose_unit, order.actives, order.base, order.others)
    how = (order.route, order.container, order.rate_ml_h, order.duration_min, order.total_volume_ml)
    return (*what, *how, order.protocol, order.cycle, order.day)


def blocked(conn: Connection, preparation: str) -> str:
    """Return what a pharmacist still has to clear on the order of a preparation, in words; empty for nothing."""
    listed = conn.execute(select(ordered.c.findings).where(ordered.c.preparation == preparation)).scalar_one_or_none()
    return "; ".join(one.text for one in _findings(listed) if one.blocks) if listed else ""


def _make_anew(conn: Connection, dispatcher: Dispatcher, preparation: str, at: datetime) -> None:
    """Open a new preparation of an order whose run ended without a product, if it is still wanted (R27, R28)."""
    key = conn.execute(select(ordered.c.key).where(ordered.c.preparation == preparation)).scalar_one_or_none()
    if key is not None:
        open_if_ready(conn, dispatcher, key, at=at)


def open_if_ready(conn: Connection, dispatcher: Dispatcher, key: str, *, at: datetime) -> str:
    """Open a preparation of an order that waits for none; returns why it cannot be made yet, or an empty text."""
    row = conn.execute(select(ordered).where(ordered.c.key == key)).one()
    order = codec.decode(Order, canonical.parse(row.body))
    view = views.get_preparation(conn, row.preparation) if row.preparation else None
    busy = view is not None and view.status not in ("aborted", "remade")
    if busy or order.status != "active":
        return _wait(conn, key, "")
    blocking = [one for one in _findings(row.findings) if one.blocks]
    if blocking:
        return _wait(conn, key, "To be cleared by a pharmacist: " + "; ".join(one.text for one in blocking))
    made_by = recipes.recipe_for(conn, order, at)
    policy = recipes.policy_of(conn, dispatcher.settings.site, at)
    if isinstance(made_by, str) or policy is None:
        return _wait(conn, key, made_by if isinstance(made_by, str) else "No site policy is signed.")
    workflow = making(order.container)
    if isinstance(workflow, Refused):
        return _wait(conn, key, workflow.says)
    unsigned = procedures.why_not(dispatcher.settings, workflow)
    if unsigned:
        return _wait(conn, key, unsigned)
    digest = _digest_as_recorded(conn, dispatcher.settings.site_stream, row)
    text = ordertext.get(conn, row.patient, digest)
    if not isinstance(text, ordertext.OrderText):
        return _wait(conn, key, NOT_AS_RECEIVED)
    unlabelled = _why_no_label(conn, dispatcher, asked.Open(order, made_by, policy, row.patient, digest), text, at)
    if unlabelled:
        return _wait(conn, key, unlabelled)
    replaces = view.id if view is not None else ""
    command = asked.Open(order, made_by, policy, row.patient, digest, replaces)
    preparation = clock.new_id()
    outcome = dispatcher.within(conn, Ask(clock.new_command_id(), preparation, command, INTERFACE), at)
    if outcome.kind != "accepted":
        return _wait(conn, key, outcome.says)
    conn.execute(update(ordered).where(ordered.c.key == key).values(preparation=preparation))
    return _wait(conn, key, "")


def _why_no_label(
    conn: Connection, dispatcher: Dispatcher, wanted: asked.Open, text: ordertext.OrderText, at: datetime
) -> str:
    """Lay the final label out before anything is made; an order that has no plan is refused by its opening instead."""
    made = plan(wanted.order, wanted.recipe, wanted.policy)
    if not isinstance(made, Plan):
        return ""
    longest = max((one.name for one in accounts.everybody(conn)), key=len, default="name of the preparer")
    patient = codec.decode(PatientText, text.fields)
    trial = labelling.trial(made, wanted.recipe, at, longest)
    return labelling.why_no_label(wanted.order, wanted.recipe, made, patient, dispatcher.settings, trial)


def _digest_as_recorded(conn: Connection, stream: str, row: Any) -> str:
    """Return the digest of the patient's text from the event that recorded the order; empty where the row is another.

    The row and the text could be changed in the database; what is made is what was received and recorded.
    """
    recorded = log.newest_naming(conn, stream, row.patient)
    if recorded is None:
        return ""
    same = recorded.data["patient"] == row.patient and recorded.data["order"] == canonical.parse(row.body)
    return str(recorded.data["patient_digest"]) if same else ""


def clear_finding(
    conn: Connection, dispatcher: Dispatcher, key: str, code: str, *, reason: str, who: Actor, at: datetime
) -> str:
    """Let a pharmacist clear one blocking finding with a reason; returns what is wrong, or an empty text."""
    if "pharmacist" not in who.roles:
        return "Only a pharmacist clears a finding."
    if len(reason.strip()) < 10:
        return "Give a reason of at least ten letters."
    row = conn.execute(select(ordered).where(ordered.c.key == key)).one_or_none()
    if row is None or code not in {one.code for one in _findings(row.findings)}:
        return "That finding is not open on this order."
    left = [one if one.code != code else replace(one, blocks=False) for one in _findings(row.findings)]
    body = canonical.dump([codec.encode(one) for one in left]).decode()
    conn.execute(update(ordered).where(ordered.c.key == key).values(findings=body))
    settings = dispatcher.settings
    data = {"key": key.split("\x1f"), "code": code, "reason": reason.strip()}
    log.append(
        conn,
        stream=settings.site_stream,
        expected_version=log.version_of(conn, settings.site_stream),
        events=[NewEvent(settings.site_stream, "order_finding_cleared", 1, data)],
        who=who.id,
        second_person=None,
        at=at,
        station=None,
        command_id=clock.new_command_id(),
        site=settings.site,
        software=settings.software,
    )
    open_if_ready(conn, dispatcher, key, at=at)
    return ""


def _wait(conn: Connection, key: str, says: str) -> str:
    conn.execute(update(ordered).where(ordered.c.key == key).values(waits=says))
    return says


def _findings(text: str) -> tuple[OrderFinding, ...]:
    listed: Any = canonical.parse(text)
    return tuple(codec.decode(OrderFinding, one) for one in listed)
