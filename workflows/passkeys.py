"""What a passkey signs, and what its answer says: bound to one meaning, one record, one preparation, one signer (Q28).

The challenge is SHA-256("vialtrace/sign/1" ‖ 0x00 ‖ canonical JSON of meaning, over, preparation, signer, nonce). Here an answer
is read and its binding judged; whether its signature fits the public key takes a library, and is checked by whoever has one.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from workflows.copying import replace
from workflows.evidence import Assertion, Signature

PREFIX = b"vialtrace/sign/1\0"
PRESENT, VERIFIED = 1, 4
"""Flags of the authenticator: somebody touched it; it recognised who by finger, face or its own PIN."""
LEAST = 37
"""Octets of the shortest authenticator data: hash of the name, flags, counter."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says, before any of it is believed."""

    kind: str
    """webauthn.get for a signature, webauthn.create for a registration."""
    challenge: bytes
    """What was signed."""
    origin: str
    """Address of the page that asked, as the browser saw it."""
    name_hash: bytes
    """SHA-256 of the name that the key is bound to."""
    present: bool
    """Whether somebody touched it."""
    verified: bool
    """Whether it recognised who (user verification)."""
    count: int
    """How often the key was used; 0 where it does not count."""


def challenge(meaning: str, over: str, preparation: str, signer: str, nonce: str) -> bytes:
    """Return the 32 octets that a passkey signs for one signature."""
    asked = {"meaning": meaning, "nonce": nonce, "over": over, "preparation": preparation, "signer": signer}
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(PREFIX + text.encode()).digest()


def to_text(raw: bytes) -> str:
    """Return base64url without padding, as browsers write it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Read what `to_text` wrote. Raises ValueError for anything else."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if to_text(raw) != text:
        raise ValueError("not base64url as it is written")
    return raw


def read(client_data: str, authenticator_data: str) -> Said | None:
    """Read both parts of an answer; None where they are not what a browser sends."""
    try:
        page: Any = json.loads(from_text(client_data))
        raw = from_text(authenticator_data)
        asked, kind, origin = from_text(page["challenge"]), page["type"], page["origin"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if len(raw) < LEAST or not isinstance(kind, str) or not isinstance(origin, str):
        return None
    flags, count = raw[32], int.from_bytes(raw[33:37], "big")
    return Said(kind, asked, origin, raw[:32], bool(flags & PRESENT), bool(flags & VERIFIED), count)


def unbound(signature: Signature, preparation: str, signer: str) -> str:
    """Say why a signature's assertion was not made for this signature, or an empty text."""
    answer = signature.assertion
    if signature.method != "passkey" or answer is None:
        return "It was not made with a passkey."
    said = read(answer.client_data, answer.authenticator_data)
    if said is None or said.kind != "webauthn.get":
        return "The passkey's answer cannot be read."
    if said.challenge != challenge(signature.meaning, signature.over, preparation, signer, answer.nonce):
        return "The passkey signed something else."
    if said.name_hash != sha256(answer.name.encode()).digest():
        return "The passkey answered under another name."
    if not (said.present and said.verified):
        return "The passkey did not recognise who used it."
    return ""


def as_if_signed(signature: Signature, preparation: str, signer: str) -> Signature:
    """Return it with an answer of the right form and binding, which no key has signed: to ask the rules what they would say."""
    asked = challenge(signature.meaning, signature.over, preparation, signer, "")
    page = json.dumps({"challenge": to_text(asked), "origin": "", "type": "webauthn.get"})
    data = sha256(b"").digest() + bytes((PRESENT | VERIFIED,)) + bytes(4)
    answer = Assertion("", "", "", to_text(data), to_text(page.encode()), "", "")
    return replace(signature, method="passkey", components=2, assertion=answer)
