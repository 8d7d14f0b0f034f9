"""Downtime at the desk: the sheet to print beforehand, and entering afterwards what was made on paper (R60, Q14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Final, get_args

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from app.clock import new_command_id
from app.desk.judging import PAPER
from app.dispatch import Ask, Outcome
from app.export import single
from app.people.signing import SignRefused
from app.record import blobs
from app.record.blobs import Blob
from app.record.tables import blob
from app.stations import scans
from app.web import desk, passkeys
from app.web.house import house
from app.web.record_papers import by, handed_out, rooms_of_the_record
from app.web.review_page import Signing
from app.web.rights import right
from app.web.visit import visit, wants_page
from devices.camera import picture
from workflows import commands as asked
from workflows import sharing
from workflows.containers import held_in
from workflows.evidence import Container, Outage, PaperLine, Sheet
from workflows.preparation import Preparation
from workflows.trials import own_stock, shown_drug
from workflows.wording import amount

downtime = Blueprint("downtime", __name__)

MEANING: Final = "entered from paper"
LINES = 8
"""Ingredients that the form has room for."""
MOST_PAGES = 12
"""Pictures that one sheet may have."""
FIELDS = ("outage", "made_by", "checked_by", "made_at", "beyond_use", "dose_mg", "note")
WRITTEN = "%Y-%m-%d %H:%M"
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Row:
    """One ingredient, as typed."""

    text: str
    """What it is."""
    lot: str = ""
    """Its lot."""
    bottle: str = ""
    """Code of a stock bottle, or the letters of its unit label; of a dose by weight, those of an opened vial."""
    taken: str = ""
    """How many were taken out of it."""


@dataclass(frozen=True)
class PaperPage:
    """The form."""

    preparation: str
    """Id."""
    title: str
    """Drug and dose of the order."""
    patient: str
    """Name and number, as this viewer may see them."""
    outages: tuple[str, ...]
    """What may have been away."""
    version: int
    """Of the preparation as shown."""
    head: str
    """Digest of its last event."""
    signing: Signing
    given: Mapping[str, str]
    """What was filled in."""
    lines: tuple[Row, ...]
    """Ingredients, row by row."""
    counts: bool
    """Whether units were counted: then each row says out of which bottle, and how many."""
    shares: bool
    """Whether opened vials may have gone in: then a row may name one by its unit label."""
    trial: str
    """The trial out of whose stock it was made: then a row names each unit by its unit label; empty for normal stock."""
    pages: tuple[str, ...]
    """Pictures that are kept from an earlier try, by SHA-256."""
    zone: str
    """Zone in which times are written."""


@downtime.get("/record/<preparation>/downtime-sheet")
@right("pharmacist", "lead_technician")
def sheet(preparation: str) -> ResponseReturnValue:
    """The sheet as PDF; handing it out is recorded, for it names the patient."""
    return handed_out(single.sheet_for_downtime(rooms_of_the_record(), preparation, desk.viewer(), by()))


@downtime.get("/record/<preparation>/paper")
@right("pharmacist")
def form(preparation: str) -> ResponseReturnValue:
    return _draw(preparation, (), "", 200)


@downtime.post("/record/<preparation>/paper")
@right("pharmacist", role_alone=True)
def enter(preparation: str) -> ResponseReturnValue:
    pages = _pages()
    if isinstance(pages, str):
        return _draw(preparation, (), pages, 422)
    told = _told(pages)
    if isinstance(told, str):
        return _draw(preparation, pages, told, 422)
    over = request.form.get("over", "")
    signed = passkeys.sign(preparation, MEANING, over) if passkeys.asked_for(PAPER) else desk.sign(MEANING, over)
    if isinstance(signed, SignRefused):
        return _draw(preparation, pages, signed.says, 429 if signed.locked_until else 422)
    second = desk.cosign("witnessed: made on paper", over)
    if isinstance(second, SignRefused):
        return _draw(preparation, pages, second.says, 429 if second.locked_until else 422)
    with house().store.reading() as conn:
        plain = desk.ask_for(preparation, asked.EnterFromPaper(told, signed), desk.acting(conn))
    ask = Ask(
        plain.command_id, preparation, plain.command, plain.who,
        second=second[0], cosigned=second[1], expected_version=plain.expected_version,
    )  # fmt: skip
    outcome = _write(ask, pages)
    if outcome.kind != "accepted":
        return _draw(preparation, pages, outcome.says, outcome.status)
    where = url_for("record.page", preparation=preparation)
    return redirect(where, 303) if wants_page() else jsonify(outcome)


@downtime.post("/record/<preparation>/paper/passkey")
@right("pharmacist", role_alone=True)
def ask_passkey(preparation: str) -> ResponseReturnValue:
    """What the browser asks the pharmacist's passkey, for the form as it was shown; asked for as a release is."""
    over = request.form.get("over", "")
    with house().store.reading() as conn:
        opened = desk.open_up(conn, preparation)
    if (opened.p.version, opened.p.digest) != (desk.shown_version(), over):
        return passkeys.answer("Something changed since this page was drawn. Load it again and look once more.", "")
    return passkeys.ask(preparation, MEANING, over)


def _write(ask: Ask, pages: tuple[Blob, ...]) -> Outcome:
    """Record what the sheet says and the rows of its pictures in one transaction."""
    rooms, at = house(), visit().at

    def work(conn: Connection) -> Outcome:
        outcome = rooms.dispatcher.within(conn, ask, at)
        if outcome.kind == "accepted" and not outcome.replayed:
            for page in pages:
                blobs.enter(conn, page, at=at, identifying=True)
        return outcome

    return rooms.store.write(work)


def _pages() -> tuple[Blob, ...] | str:
    """Return the pictures of the form and those kept from an earlier try, as filed; or why one of them is none."""
    found: dict[str, Blob] = {one.sha256: one for one in _kept()}
    for file in request.files.getlist("pages"):
        content = file.read()
        if not content:
            continue
        outside = picture.look(content)
        if isinstance(outside, str):
            return f"{file.filename or 'One file'} is no picture. Attach a JPEG or PNG of each page."
        kept = house().blobs.put(content, outside.media_type)
        found[kept.sha256] = kept
    return tuple(found.values()) if len(found) <= MOST_PAGES else f"A sheet has at most {MOST_PAGES} pages."


def _kept() -> tuple[Blob, ...]:
    """Return the pictures that an earlier try filed; what a record holds already is another's, and is left alone."""
    rooms, found = house(), []
    for name in request.form.getlist("kept")[:MOST_PAGES]:
        with rooms.store.reading() as conn:
            taken = conn.execute(select(blob.c.seq).where(blob.c.sha256 == name)).first()
        content = rooms.blobs.get(name) if DIGEST.fullmatch(name) and taken is None else None
        outside = picture.look(content) if isinstance(content, bytes) else "none"
        if isinstance(content, bytes) and not isinstance(outside, str):
            found.append(Blob(name, outside.media_type, len(content)))
    return tuple(found)


def _told(pages: tuple[Blob, ...]) -> Sheet | str:
    """Return what the form says of the sheet, or which field cannot be read."""
    given = {name: request.form.get(name, "").strip() for name in FIELDS}
    outage = next((one for one in get_args(Outage) if one == given["outage"]), None)
    if outage is None:
        return "Choose what was away."
    made_at, beyond_use = (_moment(given[name]) for name in ("made_at", "beyond_use"))
    if made_at is None or beyond_use is None:
        return "Write date and time as 2026-11-24 08:30, in the site's own time."
    try:
        dose = Decimal(given["dose_mg"])
    except InvalidOperation:
        return "Write the dose in mg as a plain number, such as 970 or 62.5."
    lines = tuple(_line(row) for row in _lines() if row != Row(""))
    if wrong := next((one for one in lines if isinstance(one, str)), ""):
        return wrong
    went_in = tuple(one for one in lines if isinstance(one, PaperLine))
    names = tuple(one.sha256 for one in pages)
    return Sheet(
        outage, given["made_by"], given["checked_by"], made_at, beyond_use, dose, went_in, names, given["note"]
    )


def _line(row: Row) -> PaperLine | str:
    """Return one row as evidence; of a stock bottle or opened vial with the name that scans know it under. Or what is wrong."""
    if not row.bottle and not row.taken:
        return PaperLine(row.text, row.lot)
    with house().store.reading() as conn:
        today = visit().at.astimezone(house().settings.zone).date()
        found = scans.read(conn, row.bottle, "typed", as_of=today, live=lambda *_: None).scan.found
    if isinstance(found, Container) and (found.opened is not None or found.protocol):
        return PaperLine(row.text or found.text, row.lot or found.lot, found.unit)
    if not isinstance(found, Container) or found.left is None or not found.unit:
        said = f"“{row.bottle}” is no stock bottle, no opened vial and no unit of a trial of this pharmacy."
        return f"{said} Scan its unit label, or type the letters on it."
    if not re.fullmatch(r"[0-9]{1,4}", row.taken):
        return f"Write how many were taken out of {row.bottle}, as a number."
    return PaperLine(row.text or found.text, row.lot or found.lot, found.unit, int(row.taken))


def _lines() -> tuple[Row, ...]:
    """Return the rows of the form; bottle and number only where the form has room for them."""
    columns = [request.form.getlist(name)[:LINES] for name in ("what", "lot", "bottle", "taken")]
    return tuple(Row(*(one.strip() for one in row)) for row in zip_longest(*columns, fillvalue=""))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, WRITTEN).replace(tzinfo=house().settings.zone).astimezone(UTC)
    except ValueError:
        return None


def _draw(preparation: str, pages: tuple[Blob, ...], says: str, status: int) -> ResponseReturnValue:
    with house().store.reading() as conn:
        opened, who = desk.open_up(conn, preparation), desk.acting(conn)
    desk.note_access("enter from paper", preparation, (opened.p.patient,) if not opened.patient.masked else ())
    p, patient, by_key = opened.p, opened.patient, passkeys.asked_for(PAPER)
    page = PaperPage(
        preparation=preparation,
        title=f"{shown_drug(p.master)} {amount(p.planned.ordered_mg)} mg",
        patient=f"{patient.name}, {patient.number}",
        outages=get_args(Outage),
        version=p.version,
        head=p.digest,
        signing=Signing(
            name=who.name, licence=who.licence, both=desk.needs_both(), method=desk.method(),
            command_id=new_command_id(), says=says, dialog="paper", given={},
            by_passkey=by_key, no_passkey=passkeys.why_not() if by_key else "",
        ),
        given={name: request.form.get(name, "") for name in FIELDS},
        lines=_rows(p),
        counts=p.counts is not None,
        shares=sharing.shares(p),
        trial=own_stock(p.master),
        pages=tuple(one.sha256 for one in pages),
        zone=house().settings.zone.key,
    )  # fmt: skip
    drawn = render_template("from_paper.html", page=page) if wants_page() else jsonify(page)
    return make_response(drawn, status)


def _rows(p: Preparation) -> tuple[Row, ...]:
    """Return the rows as filled in; at first with what the recipe has go in."""
    rows = list(_lines()) or [Row(text) for text in _planned(p)]
    return (*rows, *[Row("")] * (LINES - len(rows)))


def _planned(p: Preparation) -> tuple[str, ...]:
    if p.counts:
        return (f"{shown_drug(p.master)}, {held_in(p.planned)}",)
    making = p.recipe.reconstitution
    vial = f"{shown_drug(p.master)} {amount(p.recipe.vial_mg)} mg vial"
    return (vial, *([making.diluent] if making else []), *([held_in(p.planned)] if p.plan.gain else []))
