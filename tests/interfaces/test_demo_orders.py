"""The demo's orders are accepted under the shipped profile, today and on the days the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.demo import demo_orders, fill_times
from app.interfaces.hl7 import read
from app.interfaces.judge import handle
from app.interfaces.profile import load_profile
from tests.interfaces.cases import AT
from workflows.order import Order

SHIPPED = load_profile("oncehr")
HOURS = {
    "DEMO1001": "1.5",
    "DEMO1002": "2",
    "DEMO1003": "2.5",
    "DEMO1004": "3",
    "DEMO1005": "3.5",
    "DEMO1007": "4",
    "DEMO1008": "5",
    "DEMO1009": "5",
    "DEMO1011": "4.5",
}


def imported(at: datetime) -> tuple[MemoryBook, list[set[str]]]:
    book, found = MemoryBook(), []
    for name, message in demo_orders(at, SHIPPED.zone):
        verdict = handle(read(message, [SHIPPED]), book, at, "A1").verdict
        assert (verdict.outcome, verdict.effect) == ("accepted", "created"), (name, verdict.errors)
        found.append({one.code for one in verdict.findings})
    return book, found


@pytest.mark.parametrize(
    "at",
    [AT, datetime(2026, 3, 8, 7, 10, tzinfo=UTC), datetime(2026, 11, 1, 4, 45, tzinfo=UTC)],
    ids=["an ordinary day", "spring change", "autumn change"],
)
def test_every_demo_order_is_created_without_a_finding(at: datetime) -> None:
    book, found = imported(at)
    assert len(book.orders) == 10
    assert found == [set()] * 10


def test_the_orders_are_due_as_their_files_say() -> None:
    orders = {kept.order.key.placer: kept.order for kept in imported(AT)[0].orders.values()}
    for number, hours in HOURS.items():
        assert orders[number].due_at == AT + timedelta(hours=float(hours)), number


def test_the_cyclophosphamide_order_is_the_worked_example() -> None:
    orders: dict[str, Order] = {kept.order.key.placer: kept.order for kept in imported(AT)[0].orders.values()}
    made = orders["DEMO1001"]
    assert (made.dose, made.dose_unit, made.route, made.container) == (Decimal(970), "mg", "IV", "bag")
    assert made.base is not None
    assert (made.base.fluid, made.base.volume_ml) == ("dextrose 5 %", Decimal(250))
    assert (made.actives[0].concentration, made.total_volume_ml) == ("20 mg/mL", Decimal("298.5"))
    assert (made.rate_ml_h, made.duration_min) == (Decimal(597), Decimal(30))
    assert (made.weight_kg, made.height_cm, made.bsa_m2) == (Decimal(58), Decimal(162), Decimal("1.62"))
    assert (made.per_unit_dose, made.per_unit, made.protocol, made.cycle, made.day) == (600, "mg/m2", "AC-T", 3, 1)


def test_a_time_token_keeps_the_zone_of_the_moment_it_names() -> None:
    evening = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)
    assert fill_times("{due:+0m} {due:+1d2h} {due:-90m}", evening, SHIPPED.zone) == (
        "20260307220000-0600 20260309010000-0500 20260307203000-0600"
    )
