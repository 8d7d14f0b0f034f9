"""The record of a preparation as people read it: every event in plain words, its photos, its papers and exports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.desk import records
from app.desk.names import name_of, names
from app.desk.opened import Opened
from app.desk.patients import patient_of, texts_of
from app.desk.pictures import Copies, media_type
from app.desk.record_page import ListLine, RecordPage, photos_in
from app.desk.records import PAGE, STATES, Filter
from app.desk.viewers import READERS, held_back, opened_for, page_for
from app.export.wanted import may_have
from app.record.blobs import Damaged
from app.settings import Settings
from app.web import desk
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, wants_page

record = Blueprint("record", __name__)

COPIES = "vialtrace-copies"
CORRECTORS = frozenset({"technician", "lead_technician", "pharmacist"})
"""Whom the page offers a correction; the rules decide whether they took part."""

GONE = frozenset({"released", "closed"})
"""States of a dose that has left; whether its label may be printed again is for the rules."""


@record.record_once
def _remember(state: BlueprintSetupState) -> None:
    state.app.extensions[COPIES] = Copies()


@record.get("/records")
@right(*READERS)
def show() -> ResponseReturnValue:
    find = request.args.get("find", "").strip()
    page = max(request.args.get("page", 1, int), 1)
    person, rooms = signed_in()[0], house()
    masked = "pharmacist" not in person.roles
    with rooms.store.reading() as conn:
        known, sites = names(conn), _sites(conn)
        if find:
            found = records.find(conn, rooms.settings.site, find)
            if len(found) == 1:
                return redirect(url_for("record.page", preparation=found[0]))
            rows = tuple(row for row in (desk.row_of(conn, one) for one in found) if row)
        else:
            rows = records.search(
                conn, _asked_sites(sites), asked_filter(conn, masked=masked), rooms.settings.zone, page
            )
        lines = tuple(
            ListLine(row, patient_of(conn, row.patient, masked=masked).short, name_of(known, row.technician or ""))
            for row in rows[:PAGE]
        )
    if not masked:
        for site in {line.row.site for line in lines}:
            shown = tuple(line.row.patient or "" for line in lines if line.row.site == site)
            desk.note_access("records", "", shown, site)
    if not wants_page():
        return jsonify(lines=lines)
    page_of = {"lines": lines, "find": find, "page": page, "more": len(rows) > PAGE, "asked": _asked(), "sites": sites}
    shown_with = {
        "states": STATES,
        "people": sorted(known.items(), key=lambda one: one[1].casefold()),
        "masked": masked,
    }
    return render_template("records.html", **page_of, **shown_with, may_export=_may_export(), here=rooms.settings.site)


def _sites(conn: Connection) -> tuple[str, ...]:
    """Return the sites whose work this viewer may see here, this one first: another's are a pharmacist's to look into."""
    person = signed_in()[0]
    if "pharmacist" not in person.roles:
        return (house().settings.site,)
    found = desk.neighbours().sites(conn, house().settings, person.sites)
    return tuple(one.site for one in found if isinstance(one, Settings))


def _asked_sites(sites: tuple[str, ...]) -> tuple[str, ...]:
    asked = request.args.get("site", "")
    return (asked,) if asked in sites else sites


FIELDS = ("status", "drug", "first", "last", "lot", "patient", "person", "station", "site")
"""What a list may be asked for."""


def _asked() -> dict[str, str]:
    """Return what the address asks for, as the page gives it back."""
    return {name: request.args.get(name, "").strip()[:100] for name in FIELDS}


def _may_export() -> bool:
    """Say whether just what is listed can be taken out: exports know nothing of lots, people and patients."""
    narrower = any(_asked()[name] for name in ("lot", "patient", "person", "site"))
    return bool(may_have(signed_in()[0].roles)) and not narrower


def asked_filter(conn: Connection, *, masked: bool) -> Filter:
    """Return the filter of the address, the patient looked up."""
    args = request.args
    patient = args.get("patient", "").strip()
    return replace(
        wanted_filter(),
        station=args.get("station", "").strip(),
        lot=args.get("lot", "").strip(),
        person=args.get("person", "").strip(),
        patients=texts_of(conn, patient, masked=masked) if patient else None,
    )


def wanted_filter() -> Filter:
    """The filter of the address; a date that is none is left out."""
    args = request.args
    return Filter(args.get("status", ""), args.get("drug", "").strip(), _day(args.get("first")), _day(args.get("last")))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@record.get("/record/<preparation>")
@right("technician", *READERS)
def page(preparation: str) -> ResponseReturnValue:
    shown = read_page(preparation)
    note_reading(shown, "record")
    if not wants_page():
        return jsonify(shown)
    return render_template(
        "record.html",
        page=shown,
        may_bundle=bool(signed_in()[0].roles & set(READERS)),
        may_correct=bool(signed_in()[0].roles & CORRECTORS),
        may_reprint="pharmacist" in signed_in()[0].roles and shown.state in GONE,
    )


def read_page(preparation: str) -> RecordPage:
    """Load the record as this viewer may see it; 404 for a technician who had no hand in it."""
    with house().store.reading() as conn:
        return page_for(conn, opened(conn, preparation))


def opened(conn: Connection, preparation: str, site: str = "") -> Opened:
    """The preparation as this viewer may read it, or 404."""
    found = opened_for(conn, site or house().settings.site, preparation, desk.viewer())
    if found is None:
        abort(404)
    return found


def note_reading(shown: RecordPage, what: str) -> None:
    """Record who read it; initials and four digits are no name, yet the opening is kept all the same (Q32)."""
    desk.note_access(what, shown.preparation, (shown.patient_id,))


@record.get("/record/<preparation>/photo/<sha256>/<any(thumb, display, original):size>")
@right("technician", *READERS)
def photo(preparation: str, sha256: str, size: str) -> ResponseReturnValue:
    """A photo of this preparation. What is damaged is never shown as the picture: 410 with words."""
    rooms = house()
    if "pharmacist" in signed_in()[0].roles:
        desk.turn_to(
            preparation
        )  # a review of another site's work shows its pictures; its record and papers stay there
    with rooms.store.reading() as conn:
        found = opened(conn, preparation, desk.about().site)
        if sha256 not in photos_in(found.log) or records.identifying(conn, sha256) is None:
            abort(404)
        if sha256 in held_back(conn, found):
            abort(403)
    if size == "original":
        content = rooms.blobs.get(sha256)
        kind = media_type(content) if isinstance(content, bytes) else "image/jpeg"
    else:
        copies: Copies = current_app.extensions[COPIES]
        content, kind = copies.get(rooms.blobs, sha256, size), "image/jpeg"
    if isinstance(content, Damaged):
        return make_response(content.says, 410, {"Content-Type": "text/plain; charset=utf-8"})
    if content is None or kind is None:
        return make_response("The file is missing or was purged.", 410, {"Content-Type": "text/plain; charset=utf-8"})
    return Response(content, content_type=kind)
