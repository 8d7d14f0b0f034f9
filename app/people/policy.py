"""What a site may set about signing in: how long, how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


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
