"""The FHIR R4 door: orders as MedicationRequest or Bundle from systems that hold a token; answers in FHIR."""

from __future__ import annotations

import hmac
import json
import re
from hashlib import sha256

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.desk.orders import link_of
from app.export.fhir_values import written
from app.interface_settings import ClientSettings
from app.interfaces.fhir import read_document
from app.interfaces.fhir_reply import http_status
from app.interfaces.hl7 import MOST_BYTES
from app.interfaces.judge import Handled
from app.interfaces.opening import key_text
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from app.release import software
from app.web.house import house
from app.web.rights import open_to_all
from app.web.visit import visit

fhir = Blueprint("fhir", __name__, url_prefix="/fhir")
MEDIA = "application/fhir+json"
TAKEN = ("application/fhir+json", "application/json")
SEARCHED = {
    "Task": ("_id", "_lastUpdated", "_count", "identifier", "status", "based-on:identifier"),
    "MedicationDispense": ("_id", "_lastUpdated", "_count", "identifier", "status", "prescription:identifier"),
    "Provenance": ("_id", "_lastUpdated", "_count", "target"),
    "AuditEvent": ("_id", "_count", "entity"),
}
"""Kind that is read to the search parameters that are understood; any other is refused, never passed over."""
TYPES = {
    "_id": "token", "_lastUpdated": "date", "_count": "number", "identifier": "token", "status": "token",
    "based-on:identifier": "reference", "prescription:identifier": "reference", "target": "reference",
    "entity": "reference",
}  # fmt: skip
SAYS = {
    "Task": "One a preparation; based-on by :identifier, the order's number.",
    "MedicationDispense": "Once a dose is released, or entered after a downtime; prescription by :identifier.",
    "AuditEvent": "Searched by entity, the Task of one preparation.",
}
SUBSCRIPTIONS = {
    "type": "Subscription",
    "interaction": [{"code": code} for code in ("create", "read", "delete", "search-type")],
    "versioning": "no-version",
    "documentation": "rest-hook to Task or MedicationDispense of one's own orders, without a filter or a header. The answer to "
    "a create holds the secret that messages are signed with, this once. A search takes no parameter.",
}
MATCH = re.compile(r'(?:W/)?"([0-9]{1,9})"')


@fhir.get("/metadata")
@open_to_all
def metadata() -> Response:
    """What this door does, and nothing that it does not."""
    how = (
        "Create is idempotent by the order's identifier; an update needs If-Match. What became of it is read as a Task."
    )
    orders = {
        "type": "MedicationRequest",
        "interaction": [{"code": "create"}, {"code": "update"}],
        "versioning": "versioned-update",
        "conditionalCreate": False,
        "documentation": how,
    }
    rest = {
        "mode": "server",
        "security": {"description": "Authorization: Bearer, a token that the pharmacy gives to one sender"},
        "resource": [orders, *(_read_here(kind) for kind in SEARCHED), SUBSCRIPTIONS],
        "interaction": [{"code": "transaction"}, {"code": "batch"}],
    }
    statement: dict[str, object] = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-30",
        "kind": "instance",
        "software": {"name": software()},
        "implementation": {"description": house().settings.site_name},
        "fhirVersion": "4.0.1",
        "format": [MEDIA],
        "rest": [rest],
    }
    return answer(statement, 200)


def _read_here(kind: str) -> dict[str, object]:
    """Return what the statement says of a kind that is read."""
    params = [{"name": name.partition(":")[0], "type": TYPES[name]} for name in SEARCHED[kind]]
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "searchParam": params,
        "documentation": f"Of one's own orders only. {SAYS.get(kind, '')} A parameter that is not named here is refused.",
    }


@fhir.post("")
@open_to_all
def bundle() -> Response:
    return _receive("Bundle")


@fhir.post("/MedicationRequest")
@open_to_all
def create() -> Response:
    return _receive("MedicationRequest")


@fhir.put("/MedicationRequest/<link>")
@open_to_all
def update(link: str) -> Response:
    """A change of an order: only against the version that it was made from."""
    match = MATCH.fullmatch(request.headers.get("If-Match", ""))
    return _receive("MedicationRequest", link=link, expected=int(match[1]) if match else None)


def _receive(kind: str, link: str = "", expected: int | None = None) -> Response:
    who = sender()
    if who is None:
        return unknown_sender()
    if link and expected is None:
        return trouble(428, "An update needs If-Match with the version that it changes.")
    if request.mimetype not in TAKEN:
        return trouble(415, f"Send {MEDIA}.")
    try:
        raw = request.get_data()
    except RequestEntityTooLarge:
        return trouble(413, "The document is too large.")
    if len(raw) > MOST_BYTES:
        return trouble(413, f"The document is larger than {MOST_BYTES} bytes.")
    readings = read_document(raw, who[1], update=bool(link), expected=expected)
    if any(one.header.type not in ("", kind) for one in readings):
        return trouble(422, f"This address takes a {kind}.")
    keys = [act.key for one in readings for act in one.orders]
    if link and any(link_of(key_text(key)) != link for key in keys):
        return trouble(404, "No order of this address has that identifier.")
    done = house().intake.receive_each(readings, at=visit().at)
    return _told(list(zip(readings, done, strict=True)), kind)


def sender() -> tuple[str, Profile] | None:
    """Return whom the token belongs to: client and profile. Every client is compared, so that time tells nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = sha256(token.strip().encode("utf-8", "replace")).hexdigest() if scheme == "Bearer" else ""
    found: tuple[str, ClientSettings] | None = None
    for name, one in house().settings.fhir_clients.items():
        if hmac.compare_digest(one.token_sha256, given):
            found = (name, one)
    if found is None:
        return None
    with house().store.reading() as conn:
        profile = house().senders.asked(conn, found[1].profile, visit().at)
    return (found[0], profile) if profile else None


def unknown_sender() -> Response:
    """Answer whoever brings no token of a sender."""
    refused = trouble(401, "Give the token of a sender as Authorization: Bearer.")
    refused.headers["WWW-Authenticate"] = "Bearer"
    return refused


def _told(done: list[tuple[Reading, Handled]], kind: str) -> Response:
    """Answer one order by an OperationOutcome, a Bundle by one entry for what stands or falls together."""
    reading, handled = done[0]
    status = http_status(reading, handled.verdict)
    whole = kind == "MedicationRequest" or (len(done) == 1 and handled.verdict.errors)
    if whole:
        made = answer(json.loads(handled.reply), status)
        for change in handled.verdict.changes:
            link = link_of(key_text(change.key))
            made.headers["Location"] = f"{request.host_url}fhir/MedicationRequest/{link}"
            made.headers["ETag"] = f'W/"{change.order.version if change.order else 1}"'
        return made
    entries = [
        {"response": {"status": str(_entry_status(one, said)), "outcome": json.loads(said.reply)}} for one, said in done
    ]
    batch = "batch" if len(done) > 1 else "transaction"
    return answer({"resourceType": "Bundle", "type": f"{batch}-response", "entry": entries}, 200)


def _entry_status(reading: Reading, handled: Handled) -> int:
    made = any(change.effect == "created" for change in handled.verdict.changes)
    return 201 if made else http_status(reading, handled.verdict)


def answer(document: dict[str, object], status: int) -> Response:
    """Answer in FHIR's JSON."""
    return Response(written(document), status, mimetype=MEDIA)


def trouble(status: int, says: str) -> Response:
    """Answer by an OperationOutcome."""
    issue = {"severity": "error", "code": "processing", "diagnostics": says}
    return answer({"resourceType": "OperationOutcome", "issue": [issue]}, status)
