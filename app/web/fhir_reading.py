"""The FHIR R4 door, reading: what became of a sender's orders, one resource by its id or a page of a search."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from app.desk import access
from app.export.fhir_read import KINDS, Reader, Search, one, search
from app.export.fhir_values import Json, instant
from app.interfaces.profile import Profile
from app.interfaces.senders import keys_of
from app.web.fhir import SEARCHED, answer, sender, trouble, unknown_sender
from app.web.house import house
from app.web.rights import open_to_all
from app.web.visit import visit

fhir_reading = Blueprint("fhir_reading", __name__, url_prefix="/fhir")
MOST = 100
"""Preparations of one page at most."""
OWN = "_after"
"""Our own parameter of the link to the next page."""
PREFIXES = ("ge", "gt", "le", "lt")


class NotSearchedError(ValueError):
    """A search cannot be answered as it was asked; the text says why."""


@fhir_reading.get("/<kind>/<id>")
@open_to_all
def read(kind: str, id: str) -> Response:
    """Return one resource."""
    who = sender()
    if who is None:
        return unknown_sender()
    client, profile = who
    with house().store.reading() as conn:
        found = one(conn, _reader(profile), kind, id) if kind in KINDS else None
    if found is None:
        return trouble(404, "There is no such resource, or it is not of an order of yours.")
    resource, patient = found
    _note(client, f"fhir {kind}", (patient,))
    made = answer(resource, 200)
    made.headers["ETag"] = f'W/"{resource["meta"]["versionId"]}"'
    return made


@fhir_reading.get("/<kind>")
@open_to_all
def find(kind: str) -> Response:
    """Return one page of a search as a Bundle, with a link to the next."""
    who = sender()
    if who is None:
        return unknown_sender()
    client, profile = who
    if kind not in KINDS:
        return trouble(404, f"{kind} is not read here.")
    try:
        wanted = _asked(kind, request.args)
    except NotSearchedError as wrong:
        return trouble(400, str(wrong))
    with house().store.reading() as conn:
        page = search(conn, _reader(profile), wanted)
    _note(client, f"fhir {kind} search", tuple(dict.fromkeys(page.patients)))
    here = f"{request.host_url}fhir/"
    links = [{"relation": "self", "url": request.url}]
    if page.next:
        more = {**request.args.to_dict(), OWN: str(page.next)}
        links.append({"relation": "next", "url": f"{here}{kind}?{urlencode(more)}"})
    entries = [
        {"fullUrl": f"{here}{kind}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in page.found
    ]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "link": links}
    bundle["meta"] = {"lastUpdated": instant(visit().at, house().settings.zone)}
    return answer(bundle | ({"entry": entries} if entries else {}), 200)


def _reader(profile: Profile) -> Reader:
    return Reader(keys_of(profile), house().settings)


def _note(client: str, what: str, patients: tuple[str, ...]) -> None:
    """Record that a system read of patients, as it is of people (Q32)."""
    if not patients:
        return
    site, at, who = house().settings.site, visit().at, f"system:fhir/{client}"

    def work(conn: Connection) -> None:
        access.note(conn, site=site, at=at, who=who, station="", what=what, preparation="", patients=patients)

    house().store.write(work)


def _asked(kind: str, given: Mapping[str, str]) -> Search:
    """Return what a query asks for. Raises NotSearchedError for what is not understood."""
    if unknown := [name for name in request.args if name not in (*SEARCHED[kind], OWN)]:
        raise NotSearchedError(f"{', '.join(unknown)} is not searched here; {', '.join(SEARCHED[kind])} are.")
    if kind == "AuditEvent" and not (given.get("entity") or given.get("_id")):
        raise NotSearchedError("Ask for the audit events of one preparation: entity=Task/task-…")
    since, until = _times(request.args.getlist("_lastUpdated"))
    return Search(
        kind=kind,
        preparation=_preparation(given),
        placer=_number(given.get("based-on:identifier") or given.get("prescription:identifier") or ""),
        status=frozenset(given.get("status", "").split(",")) - {""},
        since=since,
        until=until,
        after=_whole(given.get(OWN, "0"), OWN),
        most=max(1, min(_whole(given.get("_count", "20"), "_count"), MOST)),
    )


def _preparation(given: Mapping[str, str]) -> str:
    """Return the preparation that an id, an identifier or a reference names; empty where none is asked for."""
    for name in ("_id", "target", "entity"):
        if name in given:
            return given[name].rpartition("/")[2].partition("-")[2].partition("-")[0] or "-"
    return _number(given.get("identifier", ""))


def _number(token: str) -> str:
    """Return the value of a token: system|value, or the value alone."""
    return token.rpartition("|")[2]


def _whole(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise NotSearchedError(f"{name} is a whole number.")
    return int(text)


def _times(given: list[str]) -> tuple[datetime | None, datetime | None]:
    """Return from when and before when, UTC, of `ge2026-03-11T09:00:00-05:00` and the like; a day is a UTC day."""
    since: datetime | None = None
    until: datetime | None = None
    for text in given:
        prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("", text)
        begins, ends = _moment(rest)
        if prefix in ("", "ge", "gt"):
            since = ends if prefix == "gt" else begins
        if prefix in ("", "le", "lt"):
            until = begins if prefix == "lt" else ends
    return since, until


def _moment(text: str) -> tuple[datetime, datetime]:
    """Return the first moment of what a text names, and the first after it."""
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return day, day + timedelta(days=1)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotSearchedError(
            "_lastUpdated is a day or a moment with its offset, with ge, gt, le or lt before it."
        ) from None
    if at.tzinfo is None:
        raise NotSearchedError("_lastUpdated with a time of day needs its offset.")
    at = at.astimezone(UTC)
    return at, at + (timedelta(seconds=1) if at.microsecond == 0 else timedelta(milliseconds=1))
