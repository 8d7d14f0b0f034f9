"""The order book on the tables: the judge's questions answered, and what it decided stored, inside one transaction (I50)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app import clock
from app.dispatch import Ask, Dispatcher
from app.interfaces import doses, statements
from app.interfaces.book import Answered, Change, Kept, Stage, Verdict
from app.interfaces.judge import Handled
from app.interfaces.opening import INTERFACE, blocked_by_order, findings_of, key_text, open_if_ready
from app.interfaces.reading import Reading
from app.interfaces.tables import message, read_by
from app.interfaces.telling import Teller
from app.record import canonical, codec, log, ordertext, views
from app.record.columns import moment_text
from app.record.log import NewEvent
from app.record.running import append_row
from workflows import commands as asked
from workflows.order import Order, OrderKey, PatientText

REMEMBERED = timedelta(days=30)
"""How long an accepted control id is answered with the same words."""
OF_THE_PATIENT = frozenset(
    {"PATIENT_DISCHARGED", "ADMIT_CANCELLED", "PATIENT_MERGED", "PATIENT_DIFFERS", "WEIGHT_CHANGED", "ALLERGY_MATCH"}
)
"""Findings about the patient: a changed order does not settle them."""
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
FIRST: tuple[Stage, ...] = ("in-work", "checking", "unclaimed", "aborted", "released")
"""How far an order is whose doses are made together: what is still to be stopped comes before what has left."""


@dataclass
class Book:
    """The five questions of the judge, answered from the tables inside one transaction."""

    conn: Connection
    dispatcher: Dispatcher
    at: datetime
    command_id: str
    teller: Teller = field(default_factory=lambda: Teller((), ""))
    """Who hears what becomes of an order."""
    brought_by: str = ""
    """SHA-256 of the message's bytes, under which an order that it writes names it."""
    touched: set[str] = field(default_factory=set)
    """Keys of the orders that this message wrote."""
    _seen: dict[str, tuple[Any, Kept] | None] = field(default_factory=dict)
    """What `find` found, by key: nobody else writes in this transaction, so it stands until this message writes it."""
    _read: dict[tuple[str, str], tuple[Order, PatientText]] = field(default_factory=dict)
    """Orders that were read once, by key and patient's text, which is another with every version: a patient's orders are asked
    for by each row of a sheet."""
    _patients: dict[tuple[str, str], PatientText | None] = field(default_factory=dict)
    """The patients that were looked for, as they are stored."""

    def answered(self, sender: str, control_id: str) -> Answered | None:
        """Return the accepted message of this control id, if it came in the last 30 days."""
        asked_for = {"of": sender, "control": control_id, "after": moment_text(self.at - REMEMBERED)}
        found = statements.ANSWERED.first(self.conn, asked_for)
        return Answered(found.content_digest, found.reply) if found else None

    def find(self, key: OrderKey) -> Kept | None:
        """Return the order of this key with its stage."""
        found = self._seen[key_text(key)] = self._look(key_text(key))
        return found and found[1]

    def _look(self, key: str) -> tuple[Any, Kept] | None:
        row = statements.ORDER.first(self.conn, {"of": key})
        return None if row is None else (row, self._kept(row))

    def patient(self, mrn: str, authority: str) -> PatientText | None:
        """Return the patient as last told."""
        row = statements.PATIENT.one(self.conn, {"of": mrn, "at": authority})
        found = None if row is None else codec.decode(PatientText, canonical.parse(row[0]))
        self._patients[mrn, authority] = found
        return found

    def open_orders(self, mrn: str, authority: str) -> tuple[Kept, ...]:
        """Return the patient's orders of which something can still be made."""
        rows = statements.ORDERS_OF.all(self.conn, {"of": mrn})
        mine = (self._kept(row) for row in rows)
        return tuple(kept for kept in mine if kept.open and kept.patient.authority == authority)

    def keep(self, reading: Reading, verdict: Verdict, reply: str) -> None:  # noqa: ARG002  # the judge's protocol
        """Store what the verdict says; the answer itself is stored with the message."""
        for change in verdict.changes:
            if change.order is not None or change.patient is not None or change.findings:
                self._apply(change)
        for mrn, authority in verdict.ended:
            statements.FORGET_PATIENT.change(self.conn, {"of": mrn, "at": authority})
            self._patients.pop((mrn, authority), None)
        if verdict.patient:
            self._put_patient(verdict.patient)

    def note_message(self, reading: Reading, handled: Handled, blob: str) -> None:
        """Append the message with its answer."""
        head, verdict = reading.header, handled.verdict
        said = {"sender": head.sender, "control_id": head.control_id, "content_digest": reading.digest, "blob": blob}
        seq = append_row(self.conn, message, said | {"outcome": verdict.outcome, "reply": handled.reply, "at": self.at})
        if reading.profile is not None:
            by = {"message": seq, "profile": reading.profile.name, "version": reading.profile.version}
            append_row(self.conn, read_by, by)
        for key in {key_text(act.key) for act in reading.orders if act.key.placer}:
            statements.NAMED.change(self.conn, {"message": seq, "key": key})

    def _kept(self, row: Any) -> Kept:
        version = (row.key, row.patient)
        if version not in self._read:
            self._read[version] = self._order_and_patient(row)
        order, patient = self._read[version]
        made = doses.preparations_of(self.conn, row.key, row.preparation) if row.preparation else ()
        stages = {self._stage_of(one) for one in made}
        if len(made) > 1 and len(made) < (order.doses_total or 1):
            stages.add("unclaimed")  # of the doses that have no preparation yet
        return Kept(order, patient, next((one for one in FIRST if one in stages), "unclaimed"))

    def _stage_of(self, preparation: str) -> Stage:
        view = views.get_preparation(self.conn, preparation)
        return STAGES.get(view.status, "in-work") if view else "unclaimed"

    def _to_stop(self, key: str, preparation: str) -> tuple[str, ...]:
        """Return what hears of a change: the order's preparation, or of doses made together those that go on."""
        made = doses.preparations_of(self.conn, key, preparation) if preparation else ()
        return tuple(one for one in made if len(made) == 1 or self._stage_of(one) not in ("released", "aborted"))

    def _order_and_patient(self, row: Any) -> tuple[Order, PatientText]:
        order = codec.decode(Order, canonical.parse(row.body))
        text = ordertext.get(self.conn, row.patient)
        if not isinstance(text, ordertext.OrderText):
            return order, PatientText(row.mrn, "", "", "", None)
        return order, codec.decode(PatientText, text.fields)

    def _put_patient(self, patient: PatientText) -> None:
        whose = (patient.mrn, patient.authority)
        if whose in self._patients and self._patients[whose] == patient:
            return
        if self._patients.get(whose, patient) is not None:
            statements.FORGET_PATIENT.change(self.conn, {"of": patient.mrn, "at": patient.authority})
        self._patients[whose] = patient
        fields = canonical.dump(codec.encode(patient)).decode()
        row = {"mrn": patient.mrn, "authority": patient.authority, "fields": fields}
        statements.KEEP_PATIENT.change(self.conn, row)

    def _apply(self, change: Change) -> None:
        key = key_text(change.key)
        row, known = (self._seen[key] if key in self._seen and key not in self.touched else self._look(key)) or (
            None,
            None,
        )
        order = change.order or (known.order if known else None)
        patient = change.patient or (known.patient if known else None)
        if order is None or patient is None or (change.order is None and change.effect == "replayed"):
            return
        text = clock.new_id(16)
        digest = ordertext.put(self.conn, id=text, fields=codec.encode(patient), salt=secrets.token_urlsafe(24))
        old = findings_of(row.findings) if row else ()
        if change.effect == "changed":
            old = tuple(one for one in old if one.code in OF_THE_PATIENT)
        left = [one for one in (*old, *change.findings) if one.code not in change.cleared]
        preparation: str = row.preparation if row else ""
        encoded = codec.encode(order)
        new = {
            "key": key,
            "site": self.dispatcher.settings.site,
            "body": canonical.dump(encoded).decode(),
            "findings": canonical.dump([codec.encode(one) for one in dict.fromkeys(left)]).decode(),
            "patient": text,
            "mrn": patient.mrn,
            "preparation": preparation,
            "waits": "",
            "received_at": moment_text(self.at),
            "message": self.brought_by,
        }
        if row is None:
            statements.NEW_ORDER.change(self.conn, new)
        else:
            changed = {f"new_{name}": value for name, value in new.items() if name != "key"}
            statements.NEWER_ORDER.change(self.conn, changed | {"of": new["key"]})
        self.touched.add(key)
        self._record(change, encoded, text, digest)
        made = self._to_stop(key, preparation)
        for one in made:
            self._act(change, known, order, one)
        if change.effect == "cancelled" and (not preparation or (known is not None and known.stage == "aborted")):
            at, command_id = self.at, self.command_id
            self.teller.without_preparation(self.conn, change.key, order.status, at=at, command_id=command_id)
        for one in made:
            if known is not None and (change.pause or blocked_by_order(self.conn, one)):
                self._ask(one, asked.Pause("order question", "the order must be looked at again"))
        open_if_ready(self.conn, self.dispatcher, key, at=self.at, written=order, command_id=self._command())

    def _record(self, change: Change, order: Any, text: str, digest: str) -> None:
        """Append the act to the site's own stream: what was ordered, by whom, and the digest of the patient's text."""
        settings = self.dispatcher.settings
        data = {
            "effect": change.effect,
            "order": order,
            "findings": [codec.encode(one) for one in change.findings],
            "patient": text,
            "patient_digest": digest,
        } | ({"reason": change.reason} if change.reason else {})
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
        if known is None or change.effect not in kinds:
            return
        made = self.dispatcher.current(self.conn, preparation)
        wanted: Order | str = order
        if made is not None and made.order.dose_no is not None:
            wanted = doses.as_dose(order, made.order.dose_no, self.dispatcher.settings.zone)
        same = made is not None and isinstance(wanted, Order) and same_product(made.order, wanted)
        equal = same and change.patient in (None, known.patient)
        self._ask(preparation, asked.ChangeOrder(kinds[change.effect], order.version, equal))

    def _ask(self, preparation: str, command: asked.Command) -> None:
        self.dispatcher.within(self.conn, Ask(self._command(), preparation, command, INTERFACE), self.at)

    def _command(self) -> str:
        """Return a new command id that begins with this message's: of a program's it names the token."""
        return f"{self.command_id}.{clock.new_id()}"


def same_product(one: Order, other: Order) -> bool:
    """Say whether everything that is made or printed of two orders is equal, so that work may go on."""
    return _made_and_printed(one) == _made_and_printed(other)


def _made_and_printed(order: Order) -> tuple[object, ...]:
    what = (order.drug, order.dose, order.dose_unit, order.actives, order.base, order.others)
    how = (order.route, order.container, order.rate_ml_h, order.duration_min, order.total_volume_ml)
    taken = (order.frequency, order.doses_total, order.dispense_quantity, order.strength, order.instructions)
    return (*what, *how, *taken, order.due_at, order.protocol, order.cycle, order.day)
