"""What a site may set about signing in: how long, how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal

from app.settings import Settings


@dataclass(frozen=True)
class Policy:
    """The site's limits for sessions and wrong tries."""

    idle: timedelta = timedelta(minutes=15)
    """Without a touch for this long a session locks; 1 to 15 minutes (Q31, SCREENS 8)."""
    longest: timedelta = timedelta(hours=12)
    """A session ends this long after sign-in, whatever happens: one shift (Q31)."""
    signing_pause: timedelta = timedelta(minutes=15)
    """After this long without signing both components are asked for again (R52)."""
    wrong_allowed: int = 5
    """Wrong tries in a row before a person, or a station, is locked (Q39)."""
    wrong_allowed_desk: int = 20
    """The same for a desk's network address, behind which a whole office may sit."""
    locked_for: timedelta = timedelta(minutes=15)
    """How long such a lock lasts. Tries while locked are not compared and do not lengthen it."""
    second_factor: Literal["none", "remote", "all"] = "none"
    """Who gives a one-time code beside the password at a desk."""
    networks: tuple[str, ...] = ()
    """Networks of the pharmacy's own desks; this machine always counts."""
    release_signature: Literal["pin", "passkey"] = "pin"
    """What a pharmacist approves with."""
    ageing: Literal["review", "change"] = "review"
    """What an old PIN or password leads to (Q44)."""
    secret_life: timedelta | None = timedelta(days=365)
    """After this long a PIN or password is old; None: never."""
    badge_life: timedelta = timedelta(days=365)
    """After this long a badge is tried again (Q42)."""

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """What the site has set."""
        return cls(
            idle=timedelta(minutes=settings.idle_minutes),
            second_factor=settings.desk_second_factor,
            networks=settings.desk_networks,
            release_signature=settings.release_signature,
            ageing=settings.secret_ageing,
            secret_life=timedelta(days=settings.secret_days) if settings.secret_days else None,
            badge_life=timedelta(days=settings.badge_review_days),
        )

    def must_change(self, since: datetime, at: datetime) -> bool:
        """Say whether a secret set at `since` has to be changed for its age (Q44)."""
        return self.ageing == "change" and self.is_old(since, at)

    def is_old(self, since: datetime, at: datetime) -> bool:
        """Say whether a secret set or looked at again at `since` is due for another look (Q44)."""
        return self.secret_life is not None and at - since >= self.secret_life

    def wants_code(self, address: str) -> bool:
        """Say whether a desk with this network address is asked for a one-time code. What cannot be read is remote."""
        return self.second_factor == "all" or (self.second_factor == "remote" and not self._is_own(address))

    def _is_own(self, address: str) -> bool:
        try:
            where = ip_address(address)
        except ValueError:
            return False
        where = getattr(where, "ipv4_mapped", None) or where
        return where.is_loopback or any(where in ip_network(one) for one in self.networks)
