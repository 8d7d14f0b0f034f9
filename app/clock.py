"""The time and new ids: the only place that asks the machine for either. Everyone else is handed them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits without I, L, O and U, which are misread on paper."""


def now() -> datetime:
    """Return the moment as an aware UTC datetime, to the microsecond."""
    return datetime.now(UTC)


def new_id(length: int = 8) -> str:
    """Return `length` random characters of the alphabet (5 bits each), for anything that is printed or spoken."""
    return "".join([ALPHABET[octet & 31] for octet in secrets.token_bytes(length)])


def new_digits(length: int) -> str:
    """Return `length` random digits, for a PIN pad."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def new_command_id() -> str:
    """Return 26 random characters (130 bits) that name one command for ever."""
    return new_id(26)


def new_token() -> str:
    """Return 256 random bits as URL-safe text, for a sign-in cookie."""
    return secrets.token_urlsafe(32)
