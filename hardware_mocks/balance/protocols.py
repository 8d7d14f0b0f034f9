"""The protocols that a pretend balance can speak: one line each, named as a station's settings name them."""

from hardware_mocks.balance import adam
from hardware_mocks.balance.and_standard import AndStandard
from hardware_mocks.balance.instrument import Instrument
from hardware_mocks.balance.kern_kcp import KernKcp
from hardware_mocks.balance.mt_sics import MtSics
from hardware_mocks.balance.ohaus import Ohaus
from hardware_mocks.balance.radwag import Radwag, RadwagR2
from hardware_mocks.balance.sartorius_sbi import SartoriusSbi
from hardware_mocks.balance.toledo_8217 import Toledo8217

PROTOCOLS: dict[str, type[Instrument]] = {
    "mt-sics": MtSics,
    "sartorius-sbi": SartoriusSbi,
    "ohaus": Ohaus,
    "and-standard": AndStandard,
    "kern-kcp": KernKcp,
    "radwag": Radwag,
    "radwag:r2": RadwagR2,
    "adam:cpwplus": adam.CpwPlus,
    "adam:highland": adam.Highland,
    "adam:nova": adam.Nova,
    "adam:mdw": adam.Mdw,
    "adam:azextra": adam.AzExtra,
    "toledo-8217": Toledo8217,
}


def speaking(protocol: str) -> type[Instrument]:
    """Return the kind of balance that speaks it; ValueError names those there are."""
    if protocol not in PROTOCOLS:
        raise ValueError(f"no pretend balance speaks {protocol!r}; these can be: {', '.join(PROTOCOLS)}")
    return PROTOCOLS[protocol]
