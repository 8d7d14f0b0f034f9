"""A reading and the book to a verdict: replay, change, cancel, hold against how far the preparation is; then the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.interfaces.ack import reply_text
from app.interfaces.book import Change, Kept, OrderBook, Verdict
from app.interfaces.checks import allergy_match, check_order, weight_changed
from app.interfaces.fhir_reply import outcome_text
from app.interfaces.hl7 import MERGES
from app.interfaces.profile import Profile
from app.interfaces.reading import OrderAct, PatientNews, Reading
from app.interfaces.reasons import MOST_ERRORS, Fault, finding
from app.interfaces.scripts import of_another_script, of_two_scripts
from workflows.order import Order, OrderFinding, OrderKey, PatientText, Received

WORKING = frozenset({"in-work", "checking"})
"""Stages in which a change must stop the tablet."""
CLOCKS_DIFFER = timedelta(hours=1)
"""How far a sender's clock may be ahead of ours."""
ENDED = frozenset({"cancelled", "discontinued"})


@dataclass(frozen=True, slots=True)
class Handled:
    """One message, done."""

    verdict: Verdict
    """What was decided."""
    reply: str
    """The acknowledgement; empty where the sender asked for none."""


def handle(reading: Reading, book: OrderBook, at: datetime, own_id: str) -> Handled:
    """Judge a reading, answer it and store it. Call inside one transaction; `at` is aware, `own_id` our MSH-10."""
    verdict = judge(reading, book, at)
    reply = verdict.again if verdict.again is not None else _answer(reading, verdict, at, own_id)
    if verdict.outcome == "accepted" and verdict.again is None:
        book.keep(reading, verdict, reply)
    return Handled(verdict, reply)


def _answer(reading: Reading, verdict: Verdict, at: datetime, own_id: str) -> str:
    """Return what the sender hears: an acknowledgement, or for a document or a sheet an OperationOutcome."""
    return reply_text(reading, verdict, at, own_id) if reading.source == "hl7v2" else outcome_text(verdict)


def whole_or_not(handled: list[Handled]) -> list[Handled]:
    """Return the answers to a file that is imported whole or not at all: one refused row refuses every other (I62)."""
    if all(one.verdict.outcome == "accepted" for one in handled):
        return handled
    verdict = Verdict("content", errors=(Fault("FILE_REFUSED", "file"),))
    fine = Handled(verdict, outcome_text(verdict))
    return [fine if one.verdict.outcome == "accepted" else one for one in handled]


def judge(reading: Reading, book: OrderBook, at: datetime) -> Verdict:
    """Return what is to be done with a message; asks the book, changes nothing."""
    if reading.profile is None or any(fault.door for fault in reading.errors):
        return _refuse(reading.errors)
    control_id = reading.header.control_id
    before = book.answered(reading.header.sender, control_id) if control_id else None
    if before and reading.profile.control_ids_unique:
        if before.digest != reading.digest:
            alert = f"Control id {control_id} came twice with different content"
            return _refuse([Fault("DUPLICATE_CONTROL_ID", "MSH-10")], (alert,))
        return Verdict("accepted", changes=tuple(_replay(act) for act in reading.orders), again=before.reply)
    if reading.news:
        return _news(reading, reading.news, reading.profile, book)
    return _orders(reading, reading.profile, book, at)


def _refuse(errors: tuple[Fault, ...] | list[Fault], alerts: tuple[str, ...] = ()) -> Verdict:
    door = any(fault.door for fault in errors)
    return Verdict("door" if door else "content", errors=tuple(errors[:MOST_ERRORS]), alerts=alerts)


def _replay(act: OrderAct) -> Change:
    note = finding("REPLAYED", "The same message or order came before: nothing was done")
    return Change(act.key, "replayed", findings=(note,))


def _orders(reading: Reading, profile: Profile, book: OrderBook, at: datetime) -> Verdict:
    faults, changes, alerts = list(reading.errors), [], []
    known = book.patient(reading.patient.mrn, reading.patient.authority) if reading.patient else None
    differs = known is not None and reading.patient is not None and different_person(known, reading.patient)
    patient = _now_known(known, reading) if not differs else None
    about_patient = _patient_findings(profile, known, differs)
    if reading.patient and reading.patient.birth_date and reading.patient.birth_date > at.date() + timedelta(days=1):
        about_patient += (finding("PATIENT_INCOMPLETE", "The patient's birth date lies in the future"),)
    if reading.patient and _holds_breaks(reading.patient):
        about_patient += (finding("TEXT_INVISIBLE", "A line break or tab stands in what names the patient"),)
    if reading.patient and _written_otherwise(reading.patient):
        about_patient += (finding("TEXT_LOOKALIKE", "What names the patient has letters of another script than Latin"),)
    for act in (_not_from_the_future(act, at) for act in reading.orders):
        kept = book.find(act.key) if act.key.placer else None
        done = _act(act, kept, reading)
        if isinstance(done, Fault):
            faults.append(done)
            if done.reason == "STATE_REFUSES":
                alerts.append(f"{act.control} for order {act.key.placer} came too late: {done.shown}")
            continue
        if done.effect in ("created", "changed") and done.order:
            whose = patient or reading.patient
            allergies = whose.allergies if whose else ()
            checked = (*act.findings, *about_patient, *_number(act), *check_order(done.order, allergies, profile, at))
            done = replace(done, findings=tuple(dict.fromkeys(checked)), patient=whose)
        changes.append(done)
    if faults:
        return _refuse(faults, tuple(alerts))
    settled = {change.key for change in changes if change.effect in ("created", "changed", "cancelled")}
    told = _new_allergies(patient, profile, book, settled) if known is not None else []
    return Verdict("accepted", changes=(*changes, *told), patient=patient)


def _number(act: OrderAct) -> tuple[OrderFinding, ...]:
    """Return what an order's own number must be looked at for: a change of it would never find it again."""
    if not any(map(of_another_script, (act.key.placer, act.key.group))):
        return ()
    return (finding("TEXT_LOOKALIKE", f"{act.at} has letters of another script than Latin"),)


def _not_from_the_future(act: OrderAct, at: datetime) -> OrderAct:
    """Leave out a time of change that lies ahead: a wrong clock would have every later change, and a cancel, be too old."""
    if act.changed_at is None or act.changed_at <= at + CLOCKS_DIFFER:
        return act
    note = finding("FIELD_UNREADABLE", f"{act.changed_place} lies in the future; it was not used")
    order = replace(act.order, changed_at=None) if act.order else None
    return replace(act, changed_at=None, order=order, findings=(*act.findings, note) if order else act.findings)


def _written_otherwise(patient: PatientText) -> bool:
    """Say whether a number or a name has letters that pass for Latin ones: it would be another patient of the same look."""
    numbers = (patient.mrn, patient.authority, patient.visit, *(one.id for one in patient.other_ids))
    return any(map(of_another_script, numbers)) or any(map(of_two_scripts, (patient.family, patient.given)))


def _holds_breaks(patient: PatientText) -> bool:
    """Say whether a name or number holds a control character: on a label or page it would look like another (I47)."""
    named = (
        patient.mrn,
        patient.authority,
        patient.family,
        patient.given,
        patient.sex,
        patient.visit,
        patient.location,
    )
    numbers = (text for one in patient.other_ids for text in (one.id, one.authority, one.type))
    return any(letter < " " for text in (*named, *numbers) for letter in text)


def _new_allergies(patient: PatientText | None, profile: Profile, book: OrderBook, but: set[OrderKey]) -> list[Change]:
    """Return a finding for each open order of a drug that the patient is newly known not to bear (I44)."""
    orders = book.open_orders(patient.mrn, patient.authority) if patient is not None and patient.allergies else ()
    changes = []
    for kept in orders:
        found = _newly_allergic(kept, patient, profile)
        if found and kept.order.key not in but:
            changes.append(Change(kept.order.key, "patient", patient=patient, findings=found))
    return changes


def _newly_allergic(kept: Kept, patient: PatientText | None, profile: Profile) -> tuple[OrderFinding, ...]:
    """Return the finding for allergies that an order was not held against before: what was cleared stays cleared."""
    fresh = tuple(one for one in patient.allergies if one not in kept.patient.allergies) if patient else ()
    return tuple(allergy_match(kept.order, fresh, profile))


def _patient_findings(profile: Profile, known: PatientText | None, differs: bool) -> tuple[OrderFinding, ...]:
    if differs:
        return (finding("PATIENT_DIFFERS", "This record number is known under another family name or birth date"),)
    if known is None and profile.adt_feed:
        return (finding("PATIENT_UNKNOWN", "No admission message has announced this record number"),)
    return ()


def different_person(known: PatientText, said: PatientText) -> bool:
    """Say whether two halves of one record number name different people: another family name or birth date."""
    other_name = bool(known.family and said.family and known.family.casefold() != said.family.casefold())
    return other_name or bool(known.birth_date and said.birth_date and known.birth_date != said.birth_date)


def _now_known(known: PatientText | None, reading: Reading) -> PatientText | None:
    """Return the patient with this message's news: empty is unchanged, `""` deletes (I16)."""
    said = reading.patient
    if said is None or known is None:
        return said
    gone = reading.deleted
    return PatientText(
        mrn=said.mrn,
        authority=said.authority,
        family="" if "family" in gone else said.family or known.family,
        given="" if "given" in gone else said.given or known.given,
        birth_date=None if "birth_date" in gone else said.birth_date or known.birth_date,
        sex="" if "sex" in gone else said.sex or known.sex,
        other_ids=said.other_ids or known.other_ids,
        visit=said.visit or known.visit,
        location=said.location or known.location,
        allergies=said.allergies if reading.allergies_said else known.allergies,
    )


def same_content(one: Order, other: Order) -> bool:
    """Say whether two versions order the same: everything but the message, its times of sending and its spelling (I53)."""
    return _content(one) == _content(other)


def _content(order: Order) -> Order:
    return replace(
        order,
        version=1,
        control="",
        status="active",
        message_id="",
        profile_version=0,
        changed_at=None,
        received=(),
        due_text="",
    )


def _other_patient(kept: Kept, reading: Reading) -> bool:
    said = reading.patient
    return said is not None and (said.mrn, said.authority) != (kept.patient.mrn, kept.patient.authority)


def _act(act: OrderAct, kept: Kept | None, reading: Reading) -> Change | Fault:
    """Return what one ORC does, or why it may not (INTERFACES 5)."""
    if act.control == "NW":
        return _new(act, kept, reading)
    if kept is None:
        return Fault("ORDER_UNKNOWN", act.at) if act.key.placer else Change(act.key, "none")
    if act.control == "SC":
        return Change(act.key, "none", reason=act.reason)
    if act.expected_version not in (None, kept.order.version):
        return Fault("STALE_CHANGE", act.at, hint=f"the order is at version {kept.order.version} by now")
    stored = kept.order.received_text("revision")
    if act.revision is not None and stored.isdecimal() and act.revision < int(stored):
        return Fault("STALE_CHANGE", act.changed_place, hint=f"revision {stored} is stored")
    last = kept.order.changed_at
    if act.changed_at and last and act.changed_at < last:
        return Fault("STALE_CHANGE", act.changed_place)
    if _other_patient(kept, reading):
        return Fault("ORDER_EXISTS", act.at, hint="the order of this number belongs to another record number")
    if act.control in ("XO", "RP"):
        return _change(act, kept)
    if act.control in ("CA", "DC"):
        return _cancel(act, kept, reading)
    return _hold(act, kept, reading)


def _new(act: OrderAct, kept: Kept | None, reading: Reading) -> Change | Fault:
    if act.order is None:
        return Change(act.key, "none")
    if kept is None:
        return Change(act.key, "created", act.order, reading.patient)
    if same_content(act.order, kept.order) and not _other_patient(kept, reading):
        return _replay(act)
    return Fault("ORDER_EXISTS", act.at)


def _change(act: OrderAct, kept: Kept) -> Change | Fault:
    if kept.order.status in ENDED:
        return Fault("STATE_REFUSES", act.control_at, hint="the order was cancelled: send a new order")
    if kept.stage == "released":
        return Fault("STATE_REFUSES", act.control_at, hint="the dose is released: telephone the pharmacy")
    if act.order is None:
        return Change(act.key, "none")
    if same_content(act.order, kept.order):
        return _replay(act)
    order = replace(act.order, version=kept.order.version + 1, status=kept.order.status)
    return Change(act.key, "changed", order, pause=kept.stage in WORKING, reason=act.reason)


def _cancel(act: OrderAct, kept: Kept, reading: Reading) -> Change | Fault:
    if kept.order.status in ENDED:
        return _replay(act)
    if kept.stage == "released":
        return Fault("STATE_REFUSES", act.control_at, hint="the dose is released: telephone the pharmacy")
    order = _next(act, kept, reading, "cancelled" if act.control == "CA" else "discontinued")
    return Change(act.key, "cancelled", order, pause=kept.stage in WORKING, reason=act.reason)


def _hold(act: OrderAct, kept: Kept, reading: Reading) -> Change | Fault:
    """HD and RL."""
    hold = act.control == "HD"
    if hold and kept.stage == "released":
        return Fault("STATE_REFUSES", act.control_at, hint="the dose is released: telephone the pharmacy")
    if kept.order.status in ENDED or kept.stage == "released":
        return Change(act.key, "none", reason=act.reason)
    if (kept.order.status == "held") == hold:
        return _replay(act)
    order = _next(act, kept, reading, "held" if hold else "active")
    return Change(
        act.key, "held" if hold else "released", order, pause=hold and kept.stage in WORKING, reason=act.reason
    )


def _next(act: OrderAct, kept: Kept, reading: Reading, status: str) -> Order:
    newer = replace(
        kept.order, version=kept.order.version + 1, control=act.control, message_id=reading.header.control_id
    )
    newer = replace(newer, changed_at=act.changed_at or kept.order.changed_at)
    if act.revision is not None:
        others = tuple(one for one in newer.received if one.field != "revision")
        newer = replace(newer, received=(*others, Received("revision", str(act.revision), act.changed_place)))
    if status == "active":
        return replace(newer, status="active")
    if status == "held":
        return replace(newer, status="held")
    return replace(newer, status="cancelled" if status == "cancelled" else "discontinued")


def _news(reading: Reading, news: PatientNews, profile: Profile, book: OrderBook) -> Verdict:
    """Judge an ADT message: findings on open orders, never a cancel, a start or a change of dose (I55)."""
    said = reading.patient
    if reading.errors or said is None:
        return _refuse(reading.errors)
    known = book.patient(said.mrn, said.authority)
    if news.event in MERGES:
        return _merge(reading, news, profile, book, known)
    patient = _now_known(known, reading)
    if patient and known and news.event == "A60":
        patient = replace(patient, allergies=tuple(dict.fromkeys((*known.allergies, *said.allergies))))
    changes = []
    for kept in book.open_orders(said.mrn, said.authority):
        found = (*news.findings, *_order_news(kept, news), *_newly_allergic(kept, patient, profile))
        cleared = ("PATIENT_DISCHARGED",) if news.event == "A13" else ()
        changes.append(Change(kept.order.key, "patient", patient=patient, findings=found, cleared=cleared))
    return Verdict("accepted", changes=tuple(changes), patient=patient)


def _order_news(kept: Kept, news: PatientNews) -> tuple[OrderFinding, ...]:
    if news.event == "A03":
        return (finding("PATIENT_DISCHARGED", "The patient was discharged with this order open"),)
    if news.event == "A11":
        return (finding("ADMIT_CANCELLED", "The patient's admission was cancelled with this order open"),)
    if news.weight_kg is not None and weight_changed(kept.order, news.weight_kg):
        says = f"Weight was {kept.order.weight_kg:f} kg when ordered and is now {news.weight_kg:f} kg"
        return (finding("WEIGHT_CHANGED", says),)
    return ()


def _merge(
    reading: Reading, news: PatientNews, profile: Profile, book: OrderBook, known: PatientText | None
) -> Verdict:
    """Move open orders to the record number that stays, with the allergies of both; what is printed is void (I55)."""
    patient = _now_known(known, reading)
    gone = [one for one in (book.patient(mrn, authority) for mrn, authority in news.merged) if one]
    if patient:
        every = (*patient.allergies, *(one for ended in gone for one in ended.allergies))
        patient = replace(patient, allergies=tuple(dict.fromkeys(every)))
    says = finding(
        "PATIENT_MERGED", "The record number was merged into another: check the patient, printed labels are void"
    )
    changes = [
        Change(
            kept.order.key,
            "patient",
            patient=patient,
            findings=(says, *_newly_allergic(kept, patient, profile)),
            pause=kept.stage in WORKING,
        )
        for mrn, authority in news.merged
        for kept in book.open_orders(mrn, authority)
    ]
    changes += _new_allergies(patient, profile, book, {change.key for change in changes})
    return Verdict("accepted", changes=tuple(changes), patient=patient, ended=news.merged)
