"""The balance protocols that are spoken here: one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from devices.balance.codec import BalanceCodec
from devices.balance.mt_sics import MtSics

BALANCES: Final[dict[str, Callable[[], BalanceCodec]]] = {
    "mt-sics": MtSics,
}


def balance_codec(protocol: str) -> BalanceCodec:
    """Return the codec of a protocol; ValueError names the ones there are."""
    if protocol not in BALANCES:
        raise ValueError(f"protocol {protocol!r} is not spoken here; there is: {', '.join(sorted(BALANCES))}")
    return BALANCES[protocol]()
