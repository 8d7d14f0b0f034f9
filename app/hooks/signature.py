"""The secret of a webhook and the signature over what is sent: HMAC-SHA256 over id, timestamp and body.

A secret is made from the server's own key and the subscription's number, so that neither the record nor a backup of it
holds one. For a day after a rotation both secrets sign, so that the receiver can change over without losing a message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from app.hooks.register import Subscription

BOTH_SIGN = timedelta(hours=24)
"""How long the secret before signs too."""
ID, TIMESTAMP, SIGNATURE = "Vialtrace-Id", "Vialtrace-Timestamp", "Vialtrace-Signature"
"""The three headers."""


def secret_of(key: bytes, subscription: str, number: int) -> str:
    """Return the secret of this number, as its receiver is given it. `key` is the server's, 32 bytes."""
    made = hmac.new(key, f"vialtrace webhook|{subscription}|{number}".encode(), hashlib.sha256).digest()
    return "vth_" + base64.urlsafe_b64encode(made).decode().rstrip("=")


def seen_by(key: bytes, session: str, subscription: str, number: int, minute: int) -> str:
    """Return what lets one session see one secret: it stands in an address in place of the secret."""
    said = f"vialtrace webhook shown|{session}|{subscription}|{number}|{minute}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def may_see(key: bytes, session: str, to: Subscription, shown: str, at: datetime) -> bool:
    """Say whether `shown` was made for this session and this very secret not two minutes ago."""
    now = int(at.timestamp()) // 60
    made = (seen_by(key, session, to.id, to.secret, minute) for minute in (now, now - 1))
    return any(hmac.compare_digest(one, shown) for one in made)


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return the signature in hex over id, timestamp (seconds since 1970) and body, a full stop between them."""
    return hmac.new(secret.encode(), f"{id}.{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def headers(key: bytes, to: Subscription, id: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers of one sending; a resend has the same id and a timestamp of its own."""
    timestamp, numbers = int(at.timestamp()), [to.secret]
    if to.secret > 1 and to.rotated_at is not None and at < to.rotated_at + BOTH_SIGN:
        numbers.append(to.secret - 1)
    signed = [f"v1={signature(secret_of(key, to.id, number), id, timestamp, body)}" for number in numbers]
    return {ID: id, TIMESTAMP: str(timestamp), SIGNATURE: ",".join(signed)}
