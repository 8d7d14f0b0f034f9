"""The balance protocols that are spoken here: one line each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from devices.balance.adam import Adam
from devices.balance.and_standard import AndStandard
from devices.balance.codec import BalanceCodec
from devices.balance.kern_kcp import KernKcp
from devices.balance.mt_sics import MtSics
from devices.balance.ohaus import Ohaus
from devices.balance.radwag import Radwag
from devices.balance.sartorius_sbi import SartoriusSbi
from devices.balance.toledo_8217 import Toledo8217

BALANCES: Final[dict[str, Callable[[], BalanceCodec]]] = {
    "mt-sics": MtSics,
    "sartorius-sbi": SartoriusSbi,
    "ohaus": Ohaus,
    "and-standard": AndStandard,
    "kern-kcp": KernKcp,
    "radwag": Radwag,
    "radwag:r2": partial(Radwag, "narrow"),
    "adam:cpwplus": partial(Adam, "cpwplus"),
    "adam:highland": partial(Adam, "highland"),
    "adam:nova": partial(Adam, "nova"),
    "adam:mdw": partial(Adam, "mdw"),
    "adam:azextra": partial(Adam, "azextra"),
    "toledo-8217": Toledo8217,
}
"""A maker whose models have no common set of commands has one line a model, `protocol:model`."""


def balance_codec(protocol: str) -> BalanceCodec:
    """Return the codec of a protocol; ValueError names the ones there are."""
    codecs = balance_codecs(protocol)
    if len(codecs) != 1:
        raise ValueError(f"protocol {protocol!r} needs its model: {', '.join(_models(protocol))}")
    return codecs[0]


def balance_codecs(protocol: str) -> tuple[BalanceCodec, ...]:
    """Return the codec of a protocol, or those of all its models if it names none; ValueError names the ones there are."""
    keys = [protocol] if protocol in BALANCES else _models(protocol)
    if not keys:
        raise ValueError(f"protocol {protocol!r} is not spoken here; there is: {', '.join(sorted(BALANCES))}")
    return tuple(BALANCES[key]() for key in keys)


def _models(protocol: str) -> list[str]:
    return [key for key in BALANCES if key.startswith(f"{protocol}:")]
