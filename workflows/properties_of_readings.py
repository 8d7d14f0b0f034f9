"""What is true of every reading of a balance that counts, wherever it is taken: the checker's own view of R9, R10 and R15."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from workflows.circumstances import Circumstances
from workflows.evidence import Weighing
from workflows.facts import Facts
from workflows.sentences import Breach


def on_a_balance(f: Facts, slot: str, weighing: Weighing, now: Circumstances) -> Iterator[Breach]:
    """Yield what is wrong with a reading accepted for `slot`, whatever it weighs: its balance, its zero, its moment (3)."""
    balance = now.balance
    ready = balance is not None and balance.checked_at is not None and balance.repeatability_g > 0
    if balance is None or not ready or weighing.balance != balance.serial:
        yield Breach(3, f"{slot} was weighed on another balance, or one without its check or its scatter")
        return
    if any(until is None or until <= now.at for until in (balance.check_valid_until, balance.calibrated_until)):
        yield Breach(3, f"{slot} was weighed on a balance whose check or calibration is over")
    if weighing.mode not in ("stable", "averaged") or not 0 < weighing.g <= balance.capacity_g:
        yield Breach(3, f"{slot} is not a settled reading")
    if weighing.zero_g is None or abs(weighing.zero_g) > 2 * balance.division_g:
        yield Breach(3, f"{slot} was weighed without a zero")
    if abs(now.at - weighing.taken_at) > timedelta(minutes=10) or weighing.taken_at <= f.weighed_at:
        yield Breach(3, f"{slot} is a reading of another moment")
