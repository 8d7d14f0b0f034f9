"""Putting a balance, check weight or cabinet on a station's register from a desk. A refused form comes back as filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Literal

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

import labels
from app import label_texts, station_printers
from app.clock import new_id
from app.people.accounts import NotDoneError, given
from app.stations import cabinets, setting_up, trays
from app.stations.gates import TestWeight
from app.stations.register import CheckResult
from app.stations.setting_up import Setup
from app.web.house import house
from app.web.rights import right
from app.web.stations import KEEP, page_of
from app.web.visit import signed_in, visit

stations_acts = Blueprint("stations_acts", __name__)


@stations_acts.post("/stations/<code>/balance")
@right(*KEEP)
def set_up(code: str) -> ResponseReturnValue:
    """Put a balance on the register, or change what is known of it: the link is closed and opened with what is new."""
    _known(code)
    (person, _), at = signed_in(), visit().at
    try:
        asked, why = _balance(), given(_text("why"))
    except NotDoneError as trouble:
        return page_of(code, says=str(trouble), refused="balance", status=422)

    def write(conn: Connection) -> CheckResult:
        return setting_up.set_up(conn, code, asked, at=at, who=person.id, why=why)

    done = house().store.write(write)
    if not done.passed:
        return page_of(code, says=done.says, refused="balance", status=422)
    house().benches.connect_anew(code)
    return redirect(url_for("stations.one", code=code), 303)


@stations_acts.post("/stations/<code>/weight")
@right(*KEEP)
def add_weight(code: str) -> ResponseReturnValue:
    """Put a check weight on the register, or its new certificate."""
    _known(code)
    (person, _), at = signed_in(), visit().at
    try:
        weight = TestWeight(_text("code"), _text("name"), _grams("certificate_g"), _day("certified_until"))
    except NotDoneError as trouble:
        return page_of(code, says=str(trouble), refused="weight", status=422)
    return _judged(code, "weight", lambda conn: setting_up.add_weight(conn, code, weight, at=at, who=person.id))


@stations_acts.post("/stations/<code>/cabinet")
@right(*KEEP)
def certify(code: str) -> ResponseReturnValue:
    """Put a safety cabinet on the register, or its new certificate."""
    _known(code)
    (person, _), at = signed_in(), visit().at
    try:
        why, until = given(_text("why")), _day("certified_until")
    except NotDoneError as trouble:
        return page_of(code, says=str(trouble), refused="cabinet", status=422)
    name, category, certificate = _text("name"), _text("category"), _text("certificate")
    number, label = int(category) if category in ("1", "2") else 0, new_id()

    def write(conn: Connection) -> CheckResult:
        return cabinets.set_up(
            conn, code, name, label=label, category=number, certificate=certificate, certified_until=until, at=at,
            who=person.id, why=why,
        )  # fmt: skip

    return _judged(code, "cabinet", write)


@stations_acts.post("/stations/<code>/cabinet/<cabinet>/out")
@right(*KEEP)
def take_out(code: str, cabinet: str) -> ResponseReturnValue:
    """Take a cabinet out of service until it is certified again."""
    _known(code)
    (person, _), at = signed_in(), visit().at
    try:
        why = given(_text("why"))
    except NotDoneError as trouble:
        return page_of(code, says=str(trouble), refused="cabinet", status=422)
    return _judged(code, "cabinet", lambda conn: cabinets.take_out(conn, code, cabinet, at=at, who=person.id, why=why))


@stations_acts.get("/stations/<code>/cabinet/<cabinet>.pdf")
@right(*KEEP)
def cabinet_card(code: str, cabinet: str) -> ResponseReturnValue:
    """The code for a cabinet's front, to be printed."""
    _known(code)
    with house().store.reading() as conn:
        found = next((one for one in cabinets.of_station(conn, code) if one.code == cabinet), None)
    return _card("H", found.label, found.code, code) if found else abort(404)


@stations_acts.post("/stations/<code>/tray")
@right(*KEEP)
def add_tray(code: str) -> ResponseReturnValue:
    """Put a counting tray on the register."""
    _known(code)
    (person, _), at, label, name = signed_in(), visit().at, new_id(), _text("name")
    return _judged(code, "tray", lambda conn: trays.set_up(conn, code, name, label=label, at=at, who=person.id))


@stations_acts.get("/stations/<code>/tray/<tray>.pdf")
@right(*KEEP)
def tray_card(code: str, tray: str) -> ResponseReturnValue:
    """The code for a tray's rim, to be printed."""
    _known(code)
    with house().store.reading() as conn:
        found = next((one for one in trays.of_station(conn, code) if one.code == tray), None)
    return _card("T", found.label, found.code, code) if found else abort(404)


def _card(kind: Literal["H", "T"], label: str, title: str, station: str) -> Response:
    mark = labels.DEMO if house().settings.demo else None
    settings = house().settings
    with house().store.reading() as conn:
        language = station_printers.printing(conn, station, settings).language
        signed = label_texts.confirmed(conn, settings.site, language, visit().at, settings.zone) or None
    shown: dict[str, str | None] = {"mark": mark, "language": language, "texts_signed": signed}
    card = labels.CodeCard(card=kind, code_id=label, title=title, subtitle=station, **shown)  # type: ignore[arg-type]  # texts
    name = {"H": "cabinet", "T": "tray"}[kind]
    headers = {"Content-Disposition": f'inline; filename="{name}-{label}.pdf"'}
    return Response(labels.render(card).pdf, content_type="application/pdf", headers=headers)


def _judged(code: str, form: str, write: Callable[[Connection], CheckResult]) -> ResponseReturnValue:
    """Write it, and show the page: with the reason where it was not kept."""
    done = house().store.write(write)
    if not done.passed:
        return page_of(code, says=done.says, refused=form, status=422)
    return redirect(url_for("stations.one", code=code), 303)


def _known(code: str) -> None:
    if code not in house().settings.stations:
        abort(404)


def _balance() -> Setup:
    return Setup(
        name=_text("name"),
        serial=_text("serial"),
        maker=_text("maker"),
        model=_text("model"),
        division_g=_grams("division_g"),
        capacity_g=_grams("capacity_g"),
        certificate=_text("certificate"),
        calibrated_until=_day("calibrated_until"),
        protocol=_text("protocol"),
        url=_text("url"),
        line=_text("line"),
        warm_up_minutes=_minutes("warm_up_minutes"),
        internal_adjustment="internal_adjustment" in request.form,
        averaging="averaging" in request.form,
    )


NAMES = {
    "division_g": "One division",
    "capacity_g": "Greatest load",
    "certificate_g": "Certified mass",
    "calibrated_until": "Certificate good until",
    "certified_until": "Certificate good until",
    "warm_up_minutes": "Warm-up",
}


def _text(name: str) -> str:
    return request.form.get(name, "").strip()[:200]


def _grams(name: str) -> Decimal:
    """Read a mass as a balance shows it: plain digits and a point, never an exponent."""
    text = _text(name)
    if not text.isascii() or not text.replace(".", "", 1).isdecimal():
        raise NotDoneError(f"{NAMES[name]}: {text or 'nothing'} is no mass in g. Write it as 0.01 or 4200.")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise NotDoneError(f"{NAMES[name]}: {text} is no mass in g. Write it as 0.01 or 4200.") from None


def _day(name: str) -> datetime:
    """Return the end of a day in the site's zone."""
    text = _text(name)
    try:
        return datetime.combine(date.fromisoformat(text), time.max, house().settings.zone)
    except ValueError:
        raise NotDoneError(f"{NAMES[name]}: {text or 'nothing'} is no day. Write it as 2027-06-30.") from None


def _minutes(name: str) -> int:
    text = _text(name)
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise NotDoneError(f"{NAMES[name]}: {text or 'nothing'} is no number of minutes. Write it as 30.")
    return int(text)
