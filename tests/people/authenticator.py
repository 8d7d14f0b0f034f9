"""A pretend authenticator that speaks real WebAuthn: one P-256 key a site, with a counter, and ways to misbehave."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from workflows.passkeys import from_text, to_text

ORIGIN = "http://localhost"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Authenticator:
    """One device, in one browser."""

    origin: str = ORIGIN
    """Address of the page that the browser shows."""
    verifies: bool = True
    """Whether it recognises who uses it."""
    counts: bool = True
    """Whether it has a counter."""
    count: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: str) -> str:
        """Answer a registration."""
        asked = json.loads(options)
        data = self._data(asked["rp"]["id"], ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data + self._public()})
        page = self._page("webauthn.create", asked["challenge"])
        return self._told({"clientDataJSON": to_text(page), "attestationObject": to_text(attestation)})

    def get(self, options: str, **changes: Any) -> str:
        """Answer a sign-in or a signature; `changes` replace parts of what the browser says of the page."""
        asked = json.loads(options)
        self.count += 1 if self.counts else 0
        data = self._data(asked["rpId"], 0)
        page = self._page("webauthn.get", asked["challenge"], **changes)
        signature = self.key.sign(data + sha256(page).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": page, "authenticatorData": data, "signature": signature}
        return self._told({name: to_text(raw) for name, raw in parts.items()})

    def _data(self, name: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return sha256(name.encode()).digest() + bytes((flags,)) + self.count.to_bytes(4, "big")

    def _page(self, kind: str, challenge: str, **changes: Any) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | changes
        return json.dumps(said).encode()

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = (one.to_bytes(32, "big") for one in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _told(self, response: dict[str, str]) -> str:
        name = to_text(self.id)
        whole = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(whole)


def changed(answer: str, part: str, octet: int = -1) -> str:
    """The same answer with one bit of one part turned."""
    whole = json.loads(answer)
    raw = bytearray(from_text(whole["response"][part]))
    raw[octet] ^= 1
    whole["response"][part] = to_text(bytes(raw))
    return json.dumps(whole)
