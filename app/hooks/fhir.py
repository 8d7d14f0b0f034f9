"""A subscription as FHIR R4 has it (rest-hook), read into the register's own and written from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.hooks.register import KINDS, Content, Subscription

TOLD_ONCE = "urn:vialtrace:webhook-secret"
"""Extension of the answer to a create: the secret, this once."""
MEDIA = "application/fhir+json"
PASSED_OVER = frozenset({"resourceType", "id", "meta", "text", "language", "contact", "contained", "extension"})
"""What another system may say and nothing follows from here."""
READ = frozenset({"status", "reason", "criteria", "channel"})


class NotFhirError(ValueError):
    """It is no subscription that can be kept; `place` is where, the text says why and what to do."""

    def __init__(self, place: str, says: str) -> None:
        super().__init__(says)
        self.place = place


def read(document: Any, *, id: str, client: str, sender: str) -> Subscription:
    """Return the subscription that a document asks for, told of the orders of `sender` alone. Raises NotFhirError."""
    if not isinstance(document, dict) or document.get("resourceType") != "Subscription":
        raise NotFhirError("Subscription", "This address takes a Subscription.")
    for name in sorted(document.keys() - PASSED_OVER - READ):
        raise NotFhirError(f"Subscription.{name}", f"{name} is not done here: leave it out.")
    if document.get("status") not in ("requested", "active"):
        raise NotFhirError("Subscription.status", "A new subscription is requested.")
    reason = document.get("reason")
    if not isinstance(reason, str) or not reason.strip() or not reason.isprintable():
        raise NotFhirError("Subscription.reason", "Say in a line what it is for.")
    name = f"{reason.strip()[:40]} ({client[:10]}, {id[:6]})"
    endpoint, content = _channel(document.get("channel"))
    return Subscription(id, name, endpoint, (_kind(document.get("criteria")),), content, sender)


def _kind(criteria: Any) -> str:
    kind = criteria.removesuffix("?") if isinstance(criteria, str) else ""
    if kind not in KINDS:
        says = f"Criteria is {' or '.join(KINDS)}, without a filter: it is told of one's own orders alone."
        raise NotFhirError("Subscription.criteria", says)
    return kind


def _channel(channel: Any) -> tuple[str, Content]:
    if not isinstance(channel, dict) or channel.get("type") != "rest-hook":
        raise NotFhirError("Subscription.channel.type", "The channel is a rest-hook.")
    if "header" in channel:
        says = "No header of yours is sent: each message is signed instead, and no secret of yours is kept here."
        raise NotFhirError("Subscription.channel.header", says)
    for name in sorted(channel.keys() - {"type", "endpoint", "payload", "id", "extension"}):
        raise NotFhirError(f"Subscription.channel.{name}", f"{name} is not done here: leave it out.")
    endpoint, payload = channel.get("endpoint"), channel.get("payload", "")
    if not isinstance(endpoint, str):
        raise NotFhirError("Subscription.channel.endpoint", "Give the address that is posted to.")
    if payload not in ("", MEDIA):
        says = f"The payload is {MEDIA}, the whole resource; without one the message names the resource alone."
        raise NotFhirError("Subscription.channel.payload", says)
    return endpoint, "full" if payload else "id"


def written(to: Subscription, *, changed: datetime | None = None, secret: str = "") -> dict[str, Any]:
    """Return a subscription as FHIR says it; with the secret where it was made just now."""
    channel = {"type": "rest-hook", "endpoint": to.endpoint}
    document: dict[str, Any] = {
        "resourceType": "Subscription",
        "id": to.id,
        "status": "active" if to.on else "off",
        "reason": to.name,
        "criteria": f"{to.kinds[0]}?",
        "channel": channel | ({"payload": MEDIA} if to.content == "full" else {}),
    }
    if changed is not None:
        document["meta"] = {"lastUpdated": changed.isoformat()}
    if secret:
        document["extension"] = [{"url": TOLD_ONCE, "valueString": secret}]
    return document
