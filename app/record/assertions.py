"""Whether the passkey's answer in an event was signed by the key it names, for this event: checked with the event alone.

In a whole record the key must also have been registered before, by the person who signed, and not taken away. A bundle of one
preparation does not hold the site's stream, so there the key's owner is the server's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from app.record import codec
from app.record.codec import CodecError
from workflows import passkeys
from workflows.evidence import Assertion, Signature

MARK = '"assertion":{'
"""Stands in the body of every event that carries an answer, and of no other."""
REGISTERED, ENDED = "passkey_registered", "passkey_ended"
"""Events of the site's stream that give a person a key and take it away."""
CANNOT = (ValueError, TypeError, KeyError, IndexError, AttributeError, InvalidSignature, UnsupportedAlgorithm)
"""What a public key or a signature that is none can raise in the library that reads it, beside its own exception."""


def signature_in(said: Mapping[str, Any]) -> Signature | None:
    """Return the signature that carries an answer, of an event as parsed; None where there is none."""
    data = said["data"]
    found = data.get("signature") or data.get("evidence")
    if not isinstance(found, dict) or not isinstance(found.get("assertion"), dict):
        return None
    signature: Signature = codec.decode(Signature, {name: part for name, part in found.items() if name != "kind"})
    return signature


def trouble(signature: Signature, preparation: str, signer: str) -> str:
    """Say why a signature by passkey does not hold, or an empty text."""
    if wrong := passkeys.unbound(signature, preparation, signer):
        return wrong
    answer = signature.assertion
    return "" if answer is not None and key_signed(answer) else "Its public key did not sign the passkey's answer."


def key_signed(answer: Assertion) -> bool:
    """Say whether the answer was signed by the private half of its key."""
    from webauthn import helpers
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        key = helpers.decode_credential_public_key(passkeys.from_text(answer.public_key))
        page, data = passkeys.from_text(answer.client_data), passkeys.from_text(answer.authenticator_data)
        signature = passkeys.from_text(answer.signature)
        public = helpers.decoded_public_key_to_cryptography(key)
        helpers.verify_signature(
            public_key=public, signature_alg=key.alg, signature=signature, data=data + sha256(page).digest()
        )
    except (WebAuthnException, *CANNOT):
        return False
    return True


@dataclass
class Keys:
    """Reads the events of a record in their order, and says what is wrong with a signature by passkey."""

    whole: bool
    """Whether the site's streams go along, so that every key must have been registered."""
    _living: dict[str, tuple[str, str]] = field(default_factory=dict)

    def wrong(self, said: Mapping[str, Any]) -> str:
        """Return what is wrong with one event, or an empty text. Feed it each event that is worth a look."""
        try:
            return self._look(said)
        except (CodecError, KeyError, TypeError, AttributeError):
            return "its passkey's answer cannot be read"

    def _look(self, said: Mapping[str, Any]) -> str:
        if said["preparation"] == f"site/{said['site']}":
            self._note(said["kind"], said["data"])
            return ""
        signature = signature_in(said)
        if signature is None or signature.assertion is None:
            return ""
        if wrong := trouble(signature, said["preparation"], said["who"]):
            return f"its signature by passkey does not hold: {wrong}"
        given = (said["who"], signature.assertion.public_key)
        if self.whole and self._living.get(signature.assertion.credential) != given:
            return "it was signed with a passkey that its signer did not have registered then"
        return ""

    def _note(self, kind: str, data: Mapping[str, Any]) -> None:
        if kind == REGISTERED:
            self._living[data["credential"]] = (data["person"], data["public_key"])
        elif kind == ENDED:
            self._living.pop(data["credential"], None)


def worth_a_look(kind: str, body: str | bytes) -> bool:
    """Say whether `Keys` wants to see an event, without parsing it."""
    mark = MARK if isinstance(body, str) else MARK.encode()
    return kind in (REGISTERED, ENDED) or mark in body  # type: ignore[operator]  # both are text, or both are octets
