"""The order book of a trial: what is stored, and over it what messages tried before would have changed. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.interfaces.book import Answered, Kept, MemoryBook, OrderBook, Verdict
from app.interfaces.reading import Reading
from workflows.order import OrderKey, PatientText


@dataclass(kw_only=True)
class TrialBook(MemoryBook):
    """A book that forgets, laid over one that is only read."""

    under: OrderBook
    """What is stored; it does not change while it is asked."""
    _ended: set[tuple[str, str]] = field(default_factory=set)
    """Record numbers that a tried message merged into another."""
    _open: dict[tuple[str, str], tuple[Kept, ...]] = field(default_factory=dict)
    """The stored open orders of each patient who was asked for."""

    def answered(self, sender: str, control_id: str) -> Answered | None:
        return super().answered(sender, control_id) or self.under.answered(sender, control_id)

    def find(self, key: OrderKey) -> Kept | None:
        return super().find(key) or self.under.find(key)

    def patient(self, mrn: str, authority: str) -> PatientText | None:
        known = super().patient(mrn, authority)
        if known is not None or (mrn, authority) in self._ended:
            return known
        return self.under.patient(mrn, authority)

    def open_orders(self, mrn: str, authority: str) -> tuple[Kept, ...]:
        whose = (mrn, authority)
        if whose not in self._open:
            self._open[whose] = self.under.open_orders(mrn, authority)
        stored = (kept for kept in self._open[whose] if kept.order.key not in self.orders)
        return (*stored, *super().open_orders(mrn, authority))

    def keep(self, reading: Reading, verdict: Verdict, reply: str) -> None:
        for change in verdict.changes:
            known = None if change.key in self.orders else self.under.find(change.key)
            if known is not None:
                self.orders[change.key] = known
        super().keep(reading, verdict, reply)
        self._ended.update(verdict.ended)
