"""Keeps the last look, so that a page, a probe and a banner need not look each time; says in the log what has turned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from sqlalchemy import Connection

from app import logs
from app.health import checks, facts
from app.health.checks import Check, Health
from app.health.facts import Facts
from app.health.figures import figures
from app.metrics import Reading
from app.record.engine import Store
from app.settings import Settings

FRESH_S = 2.0
"""Seconds for which a look is good enough for a probe: asking often costs no writes."""

NOT_IN_A_DEMO = frozenset({"backup", "drill", "encryption", "checkpoint"})
"""Checks that a demo pharmacy never meets: its page says so, its terminal is left to the newcomer."""

log = logs.of("health")


class Watch:
    """Looks at everything and remembers. May be called from any thread."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        now: Callable[[], datetime],
        sending: Callable[[Connection], facts.Sending] = facts.nobody,
    ) -> None:
        """Look at this record; nothing is looked at before the first call. `sending` says who cannot send."""
        self._store, self._settings, self._now, self._sending = store, settings, now, sending
        self._looking = threading.Lock()
        self._last: Health | None = None
        self._facts: Facts | None = None
        self._looked = 0.0

    @property
    def last(self) -> Health | None:
        """What the last look found, without looking; None before the first."""
        return self._last

    def look(self, fresh_s: float | None = None) -> Health:
        """Return a look that is at most `fresh_s` seconds old, FRESH_S where none is given."""
        fresh_s = FRESH_S if fresh_s is None else fresh_s
        with self._looking:
            if self._last is None or monotonic() - self._looked > fresh_s:
                so = facts.look(self._store, self._settings, self._now(), self._sending)
                found = checks.judge(so, self._settings)
                self._say(self._last, found)
                self._last, self._facts, self._looked = found, so, monotonic()
            return self._last

    def figures(self) -> tuple[Reading, ...]:
        """Return a fresh look as figures."""
        found = self.look()
        return tuple(figures(self._facts, found, self._store.waiting)) if self._facts else ()

    def _say(self, before: Health | None, now: Health) -> None:
        states = {check.name: check.state for check in before.checks} if before else {}
        quiet = NOT_IN_A_DEMO if self._settings.demo else frozenset()
        for check in now.checks:
            if check.name not in quiet and states.get(check.name, "good") != check.state:
                _write(check)


def _write(check: Check) -> None:
    if check.state == "good":
        log.info("health", check=check.name, state=check.state)
    else:
        log.warning("health", check=check.name, state=check.state)
