"""Names for people who must not be named: the same person the same name, and no way back without the key."""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from workflows.order import PatientText

TAG = b"vialtrace/pseudonym/1\x00"
LENGTH = 10
"""Bytes of the digest that are shown: 80 bits, so that two people never share one."""
Purpose = Literal["quality", "research", "purge"]
"""Each purpose has pseudonyms of its own: a research file cannot be laid beside one of quality assurance."""


@dataclass(frozen=True)
class Pseudonyms:
    """A keyed digest; the key lies beside the database, never in it nor in its backup."""

    key: bytes = field(repr=False)
    """32 random bytes."""

    def patient(self, purpose: Purpose, text: PatientText) -> str:
        """Return a patient's pseudonym: by record number and who assigned it, never by name."""
        return f"P-{self._of(purpose, 'patient', text.authority, text.mrn)}"

    def person(self, purpose: Purpose, person_id: str) -> str:
        """Return a member of staff's pseudonym; empty stays empty."""
        return f"S-{self._of(purpose, 'person', person_id)}" if person_id else ""

    def preparation(self, purpose: Purpose, preparation_id: str) -> str:
        """Return the pseudonym of a preparation, whose id is printed on a label."""
        return f"X-{self._of(purpose, 'preparation', preparation_id)}" if preparation_id else ""

    def _of(self, *parts: str) -> str:
        said = TAG + b"\x00".join(part.encode() for part in parts)
        return b32encode(hmac.new(self.key, said, sha256).digest()[:LENGTH]).decode()
