"""The figures of a look, for machines: ages in seconds, sizes in bytes, each check as 0 good, 1 look, 2 stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app.health.checks import Health
from app.health.facts import Facts
from app.metrics import Reading

STATES = {"good": 0, "look": 1, "stop": 2}


def figures(facts: Facts, health: Health, queue: int) -> Iterator[Reading]:
    """Turn a look into figures. What is unknown is left out, so that its absence can be watched."""
    yield Reading("ready", "1 where work can be done.", float(health.ready))
    for check in health.checks:
        says = "Each check of the health page: 0 good, 1 a person should look, 2 work has stopped."
        yield Reading("check", says, STATES[check.state], (("check", check.name),))
    yield Reading("queue_depth", "Commands that wait for the writer.", queue)
    yield Reading("outbox_age_seconds", "Age of the oldest row that nobody takes.", _age(facts, facts.printing.oldest))
    yield Reading("outbox_stuck", "Rows that wait for a person.", facts.printing.stuck)
    yield Reading(
        "unsigned_age_seconds", "Age of the oldest event no checkpoint covers.", _age(facts, facts.unsigned_since)
    )
    yield Reading("events", "Number of the site's last event.", facts.events)
    if facts.free_bytes is not None:
        yield Reading("disk_free_bytes", "Free bytes of the disk of the record.", facts.free_bytes)
    if facts.size_bytes is not None:
        yield Reading("database_bytes", "Size of the database.", facts.size_bytes)
    for name, task in (("backup", facts.backup), ("drill", facts.drill)):
        if task.good_at is not None:
            says = f"Age of the last good {name}."
            yield Reading(f"{name}_age_seconds", says, _age(facts, task.good_at))


def _age(facts: Facts, since: datetime | None) -> float:
    return max((facts.at - since).total_seconds(), 0.0) if since is not None else 0.0
