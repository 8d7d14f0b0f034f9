"""The answer to a FHIR document: an HTTP status and an OperationOutcome, one issue a fault; no text of the sender is echoed."""

from __future__ import annotations

import json

from app.interfaces.book import Verdict
from app.interfaces.reading import Reading
from app.interfaces.reasons import REASONS, Fault

STATUSES = {"NOT_JSON": 400, "TOO_LARGE": 413, "ORDER_EXISTS": 409, "STALE_CHANGE": 412}
"""Reasons with a status of their own; every other is 422."""
ISSUES = {
    "100": "required",
    "101": "required",
    "102": "value",
    "103": "code-invalid",
    "204": "not-found",
    "205": "conflict",
}
"""ERR-3 to the IssueType of FHIR; a rule of ours is business-rule."""
REASON_SYSTEM = "urn:vialtrace:reason"


def http_status(reading: Reading, verdict: Verdict) -> int:
    """Return the HTTP status that a FHIR client hears."""
    if verdict.errors:
        return STATUSES.get(verdict.errors[0].reason, 422)
    made = any(change.effect == "created" for change in verdict.changes)
    return 201 if made and reading.header.type == "MedicationRequest" else 200


def outcome_text(verdict: Verdict) -> str:
    """Return an OperationOutcome as JSON text; an accepted document hears its findings, of which none names a patient."""
    issues = [_issue(fault) for fault in verdict.errors]
    for one in verdict.findings:
        details = {"coding": [{"system": REASON_SYSTEM, "code": one.code}]}
        issues.append({"severity": "warning", "code": "informational", "details": details, "diagnostics": one.text})
    if not issues:
        issues = [{"severity": "information", "code": "informational", "diagnostics": f"Stored: {verdict.effect}."}]
    return json.dumps({"resourceType": "OperationOutcome", "issue": issues}, ensure_ascii=True)


def _issue(fault: Fault) -> dict[str, object]:
    details = {"coding": [{"system": REASON_SYSTEM, "code": fault.reason, "display": REASONS[fault.reason].name}]}
    issue: dict[str, object] = {"severity": "error", "code": ISSUES.get(fault.err, "business-rule"), "details": details}
    return issue | {"diagnostics": f"{fault.text}. {fault.do}"} | ({"expression": [fault.at]} if fault.at else {})
