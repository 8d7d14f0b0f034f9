"""PINs and passwords: which are good enough, and how they are kept. Nothing here is ever logged or sent back."""

from __future__ import annotations

import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

Kind = Literal["pin", "password"]
"""What a person signs in and signs with."""
Kept = Literal["pin", "password", "recovery code", "enrolment"]
"""Everything that is kept as a hash; the same characters kept as another kind have another hash."""

_HASHING = threading.BoundedSemaphore(2)
"""At most two hashes at once: sign-in at shift start may wait, the screens may not (RECORD 3.7)."""
_ADMITTED = threading.BoundedSemaphore(5)
"""At most five requests hashing or waiting for it, so that three of eight server threads stay free for screens."""


class TooManyAtOnceError(Exception):
    """More people sign in at this moment than the machine can check; asking again in a second helps."""


@dataclass(frozen=True)
class Cost:
    """What one argon2id hash costs."""

    memory_kib: int
    """Memory in KiB."""
    passes: int
    """Passes over that memory."""
    lanes: int
    """Parallel lanes."""

    def hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.passes, memory_cost=self.memory_kib, parallelism=self.lanes)


PIN_COST = Cost(memory_kib=19 * 1024, passes=2, lanes=1)
PASSWORD_COST = Cost(memory_kib=64 * 1024, passes=3, lanes=4)
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
"""For tests and the demo only: such a hash is raised to the full cost at the person's next sign-in elsewhere."""


@dataclass(frozen=True)
class Pepper:
    """A key outside the database, without which a stolen database cannot be tried (Q40)."""

    id: str
    """Short name, kept beside each hash made with it."""
    key: bytes = field(repr=False)
    """32 random bytes."""


@dataclass(frozen=True)
class CodeKey:
    """A key outside the database, without which a stolen database tells no one-time code."""

    id: str
    """Short name, kept beside each secret encrypted with it."""
    key: bytes = field(repr=False)
    """32 random bytes."""


@dataclass(frozen=True)
class Verified:
    """A secret was compared."""

    right: bool
    """Whether it is the person's."""
    rehash: str | None = field(default=None, repr=False)
    """A new hash to keep, when the old one was made with an older pepper or another cost."""


@dataclass(frozen=True)
class Secrets:
    """How this installation keeps PINs and passwords."""

    peppers: tuple[Pepper, ...] = field(repr=False)
    """Newest last; older ones stay until nobody's hash needs them."""
    pin_cost: Cost = PIN_COST
    """Cost of a PIN's hash."""
    password_cost: Cost = PASSWORD_COST
    """Cost of a password's hash."""
    code_key: CodeKey | None = field(default=None, repr=False)
    """What encrypts the secrets of one-time codes; None: this door knows none."""

    @property
    def pepper(self) -> Pepper:
        return self.peppers[-1]

    def hash(self, kind: Kept, secret: str) -> str:
        with _turn():
            return self._hasher(kind).hash(_peppered(self.pepper, kind, secret))

    def verify(self, kind: Kept, secret: str, kept: str, pepper_id: str) -> Verified:
        """Compare; takes tens to hundreds of milliseconds, so never on the record's writer."""
        pepper = next((p for p in self.peppers if p.id == pepper_id), None)
        if pepper is None:
            raise LookupError(
                f"the pepper {pepper_id} is missing from the pepper file; restore that file from its own backup"
            )
        hasher = self._hasher(kind)
        with _turn():
            try:
                hasher.verify(kept, _peppered(pepper, kind, secret))
            except (VerificationError, InvalidHashError):
                return Verified(right=False)
            stale = pepper is not self.pepper or hasher.check_needs_rehash(kept)
            return Verified(right=True, rehash=hasher.hash(_peppered(self.pepper, kind, secret)) if stale else None)

    def waste_time(self, kind: Kept, secret: str) -> None:
        """Do as much work as a comparison, so that an unknown name answers no faster than a known one."""
        self.hash(kind, secret)

    def _hasher(self, kind: Kept) -> PasswordHasher:
        return (self.password_cost if kind == "password" else self.pin_cost).hasher()


@contextmanager
def _turn() -> Iterator[None]:
    if not _ADMITTED.acquire(blocking=False):
        raise TooManyAtOnceError
    try:
        with _HASHING:
            yield
    finally:
        _ADMITTED.release()


def _peppered(pepper: Pepper, kind: Kept, secret: str) -> bytes:
    text = f"{kind}\0{unicodedata.normalize('NFKC', secret)}"
    return hmac.new(pepper.key, text.encode(), hashlib.sha256).digest()


def pin_trouble(pin: str) -> str | None:
    """Say why `pin` is too easy, or None when it will do: six to twelve digits, no run, no pattern, not common."""
    if not (pin.isascii() and pin.isdigit() and 6 <= len(pin) <= 12):
        return "A PIN has six to twelve digits."
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1 or len(set(pin)) < 3:
        return "This PIN is a simple run or repeats the same digits. Choose another."
    if any(pin == pin[:n] * (len(pin) // n) for n in (2, 3, 4) if len(pin) % n == 0):
        return "This PIN repeats a short pattern. Choose another."
    if pin in _common("common_pins.txt"):
        return "This PIN is one of the most used. Choose another."
    return None


def password_trouble(password: str, user: str, name: str) -> str | None:
    """Say why `password` is too easy for the person with this user name and printed name, or None when it will do."""
    if not 12 <= len(password) <= 256:
        return "A password has at least twelve characters. A sentence is fine."
    folded = unicodedata.normalize("NFKC", password).casefold()
    words = [user, *name.replace(",", " ").replace(".", " ").split()]
    if any(len(word) > 3 and word.casefold() in folded for word in words):
        return "A password must not hold your own name."
    if len(set(folded)) < 5 or any(
        common in folded and len(common) * 2 > len(folded) for common in _common("common_passwords.txt")
    ):
        return "This password is too easy to guess. Choose another."
    return None


def _common(name: str) -> frozenset[str]:
    text = (files("app.people") / name).read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
