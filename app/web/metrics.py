"""Counts and times each command as the dispatcher writes it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from app.dispatch import Ask, Written
from app.metrics import Metrics
from app.record import codec


def counting(metrics: Metrics) -> Callable[[Ask, Callable[[], Written]], Written]:
    """Return what stands round each write of the dispatcher."""

    def counted(ask: Ask, write: Callable[[], Written]) -> Written:
        kind, began = codec.kind_of(type(ask.command)), monotonic()
        try:
            written = write()
        except BaseException:
            metrics.command(kind, "failed", monotonic() - began)
            raise
        outcome = written[0]
        metrics.command(kind, "replayed" if outcome.replayed else outcome.kind, monotonic() - began)
        if outcome.kind in ("refused", "conflict", "unknown"):
            metrics.refused(outcome.code)
        elif outcome.kind == "rejected" and not outcome.replayed:
            metrics.near_miss(finding.code for finding in outcome.findings)
        return written

    return counted
