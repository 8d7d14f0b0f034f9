"""Orders in through the API: by the intake and the judgement of every other door. No dose is computed, no unit guessed (I30).

An order of one drug is sent by the words of the order sheet, a field a column; whatever another system writes (HL7 v2, a FHIR
document, a whole sheet) byte for byte. Nobody has to be signed in: as with every sender, a pharmacist verifies what came.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Annotated, Literal

from flask import g, request
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from app.api.answers import Reply, Trouble
from app.api.once import done, press
from app.api.operations import operation
from app.api.shapes import Id, Shape
from app.api.writing import answered
from app.desk.orders import link_of
from app.desk.trying import readings_of
from app.interfaces.csv_orders import read_sheet
from app.interfaces.intake import NotWholeError
from app.interfaces.judge import Handled
from app.interfaces.opening import key_text
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from app.interfaces.sheet_file import COLUMNS, read_table
from app.people.signing import note_missing_right
from app.web.house import house
from app.web.requests import request_id
from app.web.visit import visit

MOST_BYTES = 2 * 1024 * 1024
MOST_MESSAGES = 100
"""Of one document: they are kept in one transaction, for which every station waits."""
SENDS = ("pharmacist",)
"""Whose token sends orders: who may import a sheet."""
Cell = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]


class SentOrder(Shape):
    """One order of one drug, or a change of one. Each field is judged as the column of its name on an order sheet is."""

    sender: Id
    """Sender profile whose units, codes and routes it is read by; with `order_no` it is the order's key."""
    order_no: Cell
    """The sender's number of the order."""
    action: Literal["NEW", "CHANGE", "CANCEL", "HOLD", "RELEASE"]
    revision: Cell = ""
    """Counts the sender's changes; a lower one than the last is refused."""
    mrn: Cell = ""
    """Record number of the patient; needed for NEW and CHANGE."""
    mrn_authority: Cell = ""
    family_name: Cell = ""
    given_name: Cell = ""
    birth_date: Cell = ""
    """YYYY-MM-DD."""
    sex: Cell = ""
    """F, M, O, U."""
    location: Cell = ""
    weight_kg: Cell = ""
    """Decimal text; as every number here, never a float."""
    height_cm: Cell = ""
    bsa_m2: Cell = ""
    measured_on: Cell = ""
    """YYYY-MM-DD."""
    allergies: Cell = ""
    """Split by semicolons."""
    drug: Cell = ""
    """Name in the catalogue."""
    drug_code: Cell = ""
    """SYSTEM:code; one that names another drug is refused."""
    dose: Cell = ""
    """Absolute amount of a dose: never per m2, kg or AUC."""
    dose_unit: Cell = ""
    """Exactly as the sender profile has it."""
    per_unit_dose: Cell = ""
    """How the prescriber got there: shown and checked, never used to make a dose."""
    per_unit: Cell = ""
    concentration_mg_ml: Cell = ""
    route: Cell = ""
    """IV, IT, PO, SC, IM …"""
    container: Cell = ""
    """bag, minibag, syringe, cassette, elastomeric, bottle, tablets, capsules …"""
    base: Cell = ""
    """Diluent by its name in the catalogue."""
    base_ml: Cell = ""
    total_ml: Cell = ""
    rate_ml_h: Cell = ""
    duration_min: Cell = ""
    frequency: Cell = ""
    doses_total: Cell = ""
    dispense_quantity: Cell = ""
    dispense_unit: Cell = ""
    strength_mg: Cell = ""
    due_at: Cell = ""
    """ISO 8601 with time of day and offset."""
    priority: Cell = ""
    """S stat, A asap, T timed, R routine."""
    protocol: Cell = ""
    cycle: Cell = ""
    day: Cell = ""
    prescriber: Cell = ""
    verified_by: Cell = ""
    """Who verified it at the sender; empty: a pharmacist here clears that first."""
    instructions: Cell = ""
    dry_run: bool = False
    """Judge it and keep nothing."""


class Refusal(Shape):
    """One thing that is wrong with a message."""

    where: str
    """Segment and field, path or column."""
    code: str
    """Stable reason, as NOT_A_NUMBER."""
    says: str
    do: str
    """What the sender should do."""


class Notice(Shape):
    """One finding on an order that was taken."""

    code: str
    says: str
    blocks: bool
    """A pharmacist clears it before anything is made."""


class Judged(Shape):
    """What became of one message, row or document."""

    outcome: Literal["accepted", "refused"]
    effect: str
    """created, changed, cancelled, held, released, replayed, patient or none; joined by +."""
    orders: list[str]
    """Id of each order that it was about, where one is kept."""
    errors: list[Refusal]
    findings: list[Notice]
    reply: str
    """The acknowledgement that the sender would hear: HL7 or FHIR; empty for a sheet."""


class Taken(Shape):
    """What became of what was sent."""

    kept: bool
    """Whether anything was kept: false for a dry run, and for a file of which a row was refused."""
    messages: list[Judged]
    """One a message or row."""


class MessageQuery(Shape):
    """Who sent it, and whether it counts."""

    sender: Id
    """Sender profile that it is read by."""
    dry_run: Annotated[Literal["true", "false"], Field()] = "false"
    """true: judge it and keep nothing."""


@operation(
    "POST /orders", scope="orders:write", tag="Orders", answer=Judged, body=SentOrder, keyed=True, roles=SENDS
)  # fmt: skip
def send_order(body: SentOrder) -> Reply | Trouble:
    """Send an order of one drug in, or a change of one, by the same judgement as every other door.

    Refused: 422 with a fault a field and the reason as its code; it stands among the messages as turned away, and no order is
    kept. The order's number makes it known again: the same order twice is a replay, another content under the number is refused.
    """
    profile = _profile(body.sender)
    if isinstance(profile, Trouble):
        return profile
    raw = _sheet(body)
    return _taken(read_sheet(raw, read_table(raw), profile), _of_one, dry_run=body.dry_run)


@operation(
    "POST /messages", scope="orders:write", tag="Messages", answer=Taken, query=MessageQuery, bytes_in=True, keyed=True,
    roles=SENDS,
)  # fmt: skip
def send_message(query: MessageQuery, content: bytes) -> Reply | Trouble:
    """Send a message in, byte for byte: HL7 v2 without its frame, a FHIR document, or an order sheet (CSV, XLSX).

    Whatever becomes of it is an answer of 200: a refused message is judged and kept too, as at its own door. A sheet is taken
    whole or not at all.
    """
    profile = _profile(query.sender)
    if isinstance(profile, Trouble):
        return profile
    if len(content) > MOST_BYTES:
        return Trouble(413, "TOO_LARGE", f"A message has at most {MOST_BYTES} bytes.")
    readings, dry_run = _read(content, profile), query.dry_run == "true"
    if any(one.news is not None for one in readings) and "patients:write" not in g.api_token.scopes:
        return _denied("a patient's news", "This message is about a patient: it takes a token for patients:write.")
    sheet = readings[0].source == "csv"
    if not sheet and len(readings) > MOST_MESSAGES:
        return Trouble(413, "TOO_LARGE", f"A document has at most {MOST_MESSAGES} orders: send it in parts.")

    def told(judged: list[Judged]) -> Reply:
        taken = [one for one in judged if one.outcome == "accepted"]
        kept = not dry_run and bool(taken) and (not sheet or len(taken) == len(judged))
        return answered(Taken(kept=kept, messages=judged))

    return _taken(readings, told, dry_run=dry_run)


def _read(content: bytes, profile: Profile) -> list[Reading]:
    if content[:4] == b"PK\x03\x04":
        return read_sheet(content, read_table(content), profile)
    return readings_of(content, [profile])


def _profile(name: str) -> Profile | Trouble:
    """Return the sender profile, if it counts and the token may speak for it."""
    profiles = house().profiles(visit().at)
    profile = next((one for one in profiles if one.name == name), None)
    if profile is None:
        known = ", ".join(one.name for one in profiles) or "none"
        return Trouble(422, "NO_SUCH_SENDER", f"No sender profile {name} counts here; there is: {known}.")
    if name not in g.api_token.senders:
        mine = ", ".join(sorted(g.api_token.senders)) or "no sender"
        return _denied(f"sender {name}", f"This token speaks for {mine}, not for {name}.")
    return profile


def _denied(what: str, says: str) -> Trouble:
    """Keep that it was tried, by which token, and say no (Q7)."""
    here, token = visit(), g.api_token
    tried = f"API {request.endpoint}, {what}, token {token.id}"
    house().store.write(lambda conn: note_missing_right(conn, token.person, here.station, tried, at=here.at))
    return Trouble(403, "NOT_ALLOWED", says)


def _sheet(body: SentOrder) -> bytes:
    """Return the order as the sheet that says the same: it is what is read, judged and kept."""
    made = io.StringIO(newline="")
    rows = csv.writer(made, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerow([getattr(body, name) for name in COLUMNS])
    return made.getvalue().encode()


def _taken(readings: list[Reading], told: Callable[[list[Judged]], Reply], *, dry_run: bool) -> Reply | Trouble:
    """Judge what was read, keep it and take the key in one transaction; of a sheet all rows or none."""
    intake, at, command_id = house().intake, visit().at, press().command_id
    if dry_run:
        alone = [readings] if readings[0].source == "csv" else [[one] for one in readings]
        tried = told(_each(readings, [one for each in alone for one in intake.preview_file(each, at=at)]))
        return done(lambda _: tried)
    if readings[0].source != "csv":
        work = intake.each_within(readings, at=at, command_id=command_id)
        return done(lambda conn: told(_each(readings, work(conn))))
    keep, refuse = intake.file_within(readings, at=at, command_id=command_id)
    try:
        return done(lambda conn: told(_each(readings, [one for one, _ in keep(conn)])))
    except NotWholeError as refused:
        whole = refused.handled

    def turned_away(conn: Connection) -> Reply:
        refuse(conn, whole)
        return told(_each(readings, whole))

    return done(turned_away)


def _of_one(judged: list[Judged]) -> Reply:
    """Return the answer to an order: a refusal takes no key, but stands among the messages."""
    (one,) = judged
    if one.outcome == "accepted":
        return answered(one)
    faults = tuple((f"body.{bad.where}", f"{bad.code}: {bad.says} {bad.do}".strip()) for bad in one.errors)
    says = "The order is refused. Nothing of it was kept as an order."
    return Reply(422, Trouble(422, one.errors[0].code, says, faults).body(request_id()))


def _each(readings: list[Reading], handled: list[Handled]) -> list[Judged]:
    return [_told(reading, one) for reading, one in zip(readings, handled, strict=True)]


def _told(reading: Reading, handled: Handled) -> Judged:
    verdict = handled.verdict
    accepted = verdict.outcome == "accepted"
    return Judged(
        outcome="accepted" if accepted else "refused",
        effect=verdict.effect if accepted else "",
        orders=[link_of(key_text(act.key)) for act in reading.orders] if accepted else [],
        errors=[Refusal(where=one.at, code=one.reason, says=one.hint or one.text, do=one.do) for one in verdict.errors],
        findings=[Notice(code=one.code, says=one.text, blocks=one.blocks) for one in verdict.findings],
        reply=handled.reply if reading.source in ("hl7v2", "fhir") else "",
    )
