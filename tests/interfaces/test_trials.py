"""What a sheet would do is told without writing, as it would be, and a patient's many orders are not read for each row anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from app import clock
from app.interfaces.csv_orders import read_sheet
from app.interfaces.judge import Handled
from app.interfaces.reading import Reading
from app.interfaces.sheet_file import read_table
from tests.interfaces.cases import PROFILE
from tests.interfaces.test_order_sheets import row, written
from tests.web.conftest import Pharmacy, make_pharmacy

__all__ = ["make_pharmacy"]


@pytest.fixture
def pharmacy(make_pharmacy: Callable[..., Pharmacy]) -> Pharmacy:
    return make_pharmacy()


def sheet(*rows: dict[str, str]) -> list[Reading]:
    raw = written(list(rows))
    return read_sheet(raw, read_table(raw), PROFILE)


def tried(pharmacy: Pharmacy, *rows: dict[str, str]) -> list[Handled]:
    return pharmacy.house.intake.preview_file(sheet(*rows), at=clock.now())


def taken(pharmacy: Pharmacy, *rows: dict[str, str]) -> list[Handled]:
    return [one for one, _ in pharmacy.house.intake.receive_file(sheet(*rows), at=clock.now())]


def judged(handled: list[Handled]) -> list[tuple[Any, ...]]:
    return [
        (
            one.verdict.outcome,
            one.verdict.effect,
            [fault.reason for fault in one.verdict.errors],
            [found.code for found in one.verdict.findings],
        )
        for one in handled
    ]


ROWS = (
    row(6, action="CHANGE", revision="3", dose="960", total_ml="298"),
    row(6, action="HOLD", revision="4"),
    row(3),
    row(3, action="CANCEL", revision="2"),
    row(5, mrn=row(6)["mrn"], allergies=f"allergic to {row(6)['drug']}"),
)


def test_what_a_sheet_would_do_is_what_it_does(pharmacy: Pharmacy) -> None:
    taken(pharmacy, row(6))
    foretold = judged(tried(pharmacy, *ROWS))
    assert [effect for _, effect, *_ in foretold][:4] == ["changed", "held", "created", "cancelled"]
    assert judged(tried(pharmacy, *ROWS)) == foretold, "the first trial left nothing"
    assert judged(taken(pharmacy, *ROWS)) == foretold


def test_a_trial_waits_for_nobody_who_writes(pharmacy: Pharmacy) -> None:
    def work(_: Any) -> list[Handled]:
        return tried(pharmacy, row(6))

    assert [one.verdict.effect for one in pharmacy.house.store.write(work)] == ["created"]


@pytest.mark.parametrize("do", [tried, taken])
def test_a_patient_s_orders_are_read_once_not_for_each_row_of_a_sheet(
    pharmacy: Pharmacy, do: Callable[..., list[Handled]]
) -> None:
    asked: list[str] = []
    for engine in pharmacy.house.store.engines:
        event.listen(engine, "before_cursor_execute", lambda _conn, _cursor, sql, *_: asked.append(sql))
    counts = []
    for name, many in (("A", 8), ("B", 16)):
        asked.clear()
        rows = [row(3, mrn=f"M-{name}", order_no=f"{name}{n}", allergies="penicillin") for n in range(many)]
        assert {one.verdict.effect for one in do(pharmacy, *rows)} == {"created"}
        counts.append(len(asked))
    assert counts[1] < 2.2 * counts[0], counts
