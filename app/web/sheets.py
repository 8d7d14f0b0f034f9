"""Orders by CSV or Excel at the desk: the template, a preview with each row's reasons, the import, whole or not at all."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.interfaces.csv_orders import read_sheet
from app.interfaces.judge import Handled
from app.interfaces.reading import Reading
from app.interfaces.sheet_file import read_table, template
from app.web.house import house
from app.web.rights import right
from app.web.visit import visit

sheets = Blueprint("sheets", __name__)
LARGEST = 2 * 1024 * 1024
"""Bytes of one file."""


@dataclass(frozen=True)
class Row:
    """One row of the file, as it would be or was imported."""

    number: int
    """From 1, the header not counted."""
    order: str
    """Its order number, as written."""
    effect: str
    """created, changed, cancelled, replayed …; empty where it is refused."""
    reasons: tuple[tuple[str, str], ...]
    """Column and what is wrong there."""
    findings: tuple[str, ...]
    """What a pharmacist will have to clear."""


@sheets.get("/messages/sheet")
@right("pharmacist")
def show() -> ResponseReturnValue:
    return _page()


@sheets.get("/messages/sheet/template")
@right("pharmacist")
def blank() -> Response:
    headers = {"Content-Disposition": "attachment; filename=orders.csv"}
    return Response(template(), mimetype="text/csv", headers=headers)


@sheets.post("/messages/sheet")
@right("pharmacist")
def take() -> ResponseReturnValue:
    """Show what would become of each row; with the button under that preview, import the very same bytes."""
    profile = next((one for one in house().profiles(visit().at) if one.name == request.form.get("profile")), None)
    raw = _content()
    if profile is None or not raw:
        return _page(says="Choose a file and whose orders it holds."), 422
    if len(raw) > LARGEST:
        return _page(says="The file is larger than 2 MB: split it."), 413
    readings = read_sheet(raw, read_table(raw), profile)
    at, intake = visit().at, house().intake
    importing = request.form.get("act") == "import"
    stored = intake.receive_file(readings, at=at) if importing else []
    handled = [one for one, _ in stored] or intake.preview_file(readings, at=at)
    rows = [_row(n, reading, one) for n, (reading, one) in enumerate(zip(readings, handled, strict=True), 1)]
    good = all(one.verdict.outcome == "accepted" for one in handled)
    kept = b64encode(raw).decode() if good and not importing else ""
    return _page(rows=rows, good=good, kept=kept, profile=profile.name, done=importing), 200 if good else 422


def _content() -> bytes:
    """Return the file, or the bytes that the preview sent along."""
    given = request.files.get("file")
    if given is not None and given.filename:
        return bytes(given.read(LARGEST + 1))
    try:
        return b64decode(request.form.get("kept", ""), validate=True)
    except (ValueError, binascii.Error):
        abort(400)


def _row(number: int, reading: Reading, handled: Handled) -> Row:
    verdict = handled.verdict
    refused = verdict.outcome != "accepted"
    reasons = tuple((fault.at, fault.hint or fault.text) for fault in verdict.errors)
    findings = tuple(one.text for one in verdict.findings if one.blocks)
    order = reading.orders[0].key.placer if reading.orders else ""
    return Row(number, order, "" if refused else verdict.effect, reasons, findings)


def _page(**shown: object) -> str:
    given = {"rows": (), "good": False, "kept": "", "profile": "", "done": False, "says": ""} | shown
    return render_template("message_sheet.html", profiles=[one.name for one in house().profiles(visit().at)], **given)
