"""What two people must do before a value of the catalogue counts: sign just this, one of them a pharmacist (U2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from app.catalogue.hazards import LEAST_WORDS, Signer
from app.record import canonical, codec


@dataclass(frozen=True)
class Signed:
    """One signature over a draft."""

    by: Signer
    """Who, when, and with what they compared it."""
    pharmacist: bool
    """Whether they are a pharmacist: one of the two is (U2)."""


class Unfinished(Protocol):
    """A draft, as the functions here look at it: a frozen dataclass with its signatures in `signed`."""

    @property
    def signed(self) -> tuple[Any, ...]:
        """Who has signed just this."""


def digest_of(draft: Unfinished) -> str:
    """Return what a signature under a draft is over, hex: all it says but the signatures themselves."""
    unsigned: Any = replace(draft, signed=())  # type: ignore[type-var]  # every draft is a dataclass
    return hashlib.sha256(canonical.dump(codec.encode(unsigned))).hexdigest()


MEANWHILE = (
    "It was changed since this page was drawn: what you wrote would leave that change out. Look at what stands there now, "
    "take it over into the form, and keep the draft again. Nothing was kept."
)
"""What is said to who writes over something else than their page showed."""


def written_over(version: int, draft: Unfinished | None) -> str:
    """Return what a form is written over: the newest version, 0 for none, and the draft besides, so that no change is lost."""
    return f"{version} {digest_of(draft)}" if draft else str(version)


def why_not(before: Sequence[Signed], new: Signed, *, over: str, digest: str) -> str:
    """Say why a signature over `over` does not count beside those before, or nothing; `digest` is what the draft says now."""
    if over != digest:
        return "The draft changed since this page was drawn. Look at it again. Nothing was signed."
    if any(one.by.person == new.by.person for one in before):
        return "You have signed this draft. Somebody else signs it the second time."
    if any(one.by.name.casefold() == new.by.name.casefold() for one in before):
        return "Somebody of the same printed name has signed it. Two names are wanted."
    if before and not new.pharmacist and not any(one.pharmacist for one in before):
        return "One of the two who sign is a pharmacist."
    return "" if len(new.by.against.strip()) >= LEAST_WORDS else "Say what you compared it with."
