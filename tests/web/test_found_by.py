"""Records are found by lot and by person without reading a log: a view, rebuilt from the log by the usual command."""

from __future__ import annotations

import pytest
from sqlalchemy import event as on
from sqlalchemy import text

from app import preparations
from app.desk.records import Filter, search
from app.record import found_by
from tests.people.cast import ANN, BO
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy


@pytest.fixture
def made(pharmacy: Pharmacy) -> Making:
    return Seeded(pharmacy.house).begin().until_staged(near_miss=True, typed=True, witness=BO)


def found(pharmacy: Pharmacy, **wanted: str) -> tuple[list[str], list[str]]:
    """The preparations that a filter finds, and the tables that SQLite looked into."""
    plans: list[str] = []
    with pharmacy.house.store.reading() as conn:

        def explain(_conn: object, _cursor: object, sql: str, given: object, *_: object) -> None:
            if sql.lstrip().startswith("SELECT") and "found_by" in sql:
                raw = conn.connection.driver_connection
                plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", given))  # type: ignore[union-attr]  # the driver's own

        on.listen(conn.engine, "before_cursor_execute", explain)
        try:
            settings = pharmacy.house.settings
            rows = search(conn, (settings.site,), Filter(**wanted), settings.zone)  # type: ignore[arg-type]  # texts
        finally:
            on.remove(conn.engine, "before_cursor_execute", explain)
    return [row.id for row in rows], plans


def test_lots_also_of_what_was_refused_and_everybody_in_it_find_a_preparation_and_no_log_is_read(
    pharmacy: Pharmacy, made: Making
) -> None:
    for wanted in ({"lot": "ab123"}, {"lot": "AB123"}, {"lot": "wr5510"}, {"person": ANN.id}, {"person": BO.id}):
        ids, plans = found(pharmacy, **wanted)
        assert ids == [made.id], wanted
        assert plans
        assert not [one for one in plans if " event" in one], plans
    for wanted in ({"lot": "AB12"}, {"lot": ""}, {"person": "NOBODY00"}, {"lot": ANN.id}):
        assert found(pharmacy, **wanted)[0] == ([made.id] if wanted == {"lot": ""} else [])


def test_a_view_that_is_not_the_logs_is_named_and_the_rebuild_writes_it_anew(pharmacy: Pharmacy, made: Making) -> None:
    store = pharmacy.house.store
    with store.reading() as conn:
        before = found_by.of_preparation(conn, made.id)
        assert list(preparations.view_faults(conn, [made.id])) == []
    assert ("lot", "wr5510") in before
    store.write(lambda conn: conn.execute(text("DELETE FROM found_by WHERE value = 'wr5510'")))
    with store.reading() as conn:
        (fault,) = preparations.view_faults(conn, [made.id])
    assert "found by" in fault[1]
    store.write(preparations.rebuild)
    with store.reading() as conn:
        assert found_by.of_preparation(conn, made.id) == before
        assert list(preparations.view_faults(conn, [made.id])) == []
