"""How the link to an instrument stands, and what happened on it: values, and who may listen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from devices.balance.says import Says
from devices.errors import Silent
from devices.exchange import Answer, Ask
from devices.readings import BalanceIdentity, Epoch

LinkName = Literal[
    "closed", "opening", "listening", "identifying", "ready", "busy", "suspect", "lost", "wrong_device", "config_error"
]
LATCHED: Final[frozenset[LinkName]] = frozenset({"wrong_device", "config_error"})
ANSWERING: Final[frozenset[LinkName]] = frozenset({"ready", "busy"})


Happening = Literal[
    "state",
    "restarted",
    "may_have_restarted",
    "changed",
    "tare_found",
    "unasked",
    "unit_changed",
    "decimals_changed",
    "overload",
    "journal",
]
"""What can happen on a link. `may_have_restarted`: nobody could have heard it, for the link was lost or silent."""


@dataclass(frozen=True)
class LinkState:
    """How the link to one balance stands."""

    name: LinkName
    """One of ten; only ready and busy answer questions."""

    says: str
    """What the technician reads."""

    identity: BalanceIdentity | None
    """Who is at the other end; None until it has said so. Kept while lost, for the words."""

    epoch: Epoch
    """The weighing epoch now."""


@dataclass(frozen=True)
class LinkEvent:
    """Something that happened on the link."""

    what: Happening
    """Which kind."""

    says: str
    """What the technician reads."""

    at: datetime
    """UTC, from the clock handed in."""

    epoch: Epoch
    """The weighing epoch after it."""


class Listener(Protocol):
    """Who polls through the connection: called by the owner's thread only."""

    def next_ask(self, now: float) -> Ask | None:
        """Return the question that is due at `now` (monotonic s), if any."""

    def answered(self, answer: Answer[Says], at: float) -> None:
        """Take the answer to that question, complete at `at` (monotonic s)."""

    def forget(self, silent: Silent | None) -> None:
        """Drop what was heard before: the epoch has ended, or (with `silent`) the link is not to be trusted."""

    def tell(self, event: LinkEvent) -> None:
        """Hear what happened."""
