"""Statements that are made once: the same answers and the same errors, whether or not somebody listens to the engine."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from app.desk import queue
from app.people import accounts, emergency
from app.record import log, sqlite, views
from app.record.engine import Store
from app.record.prepared import Prepared
from app.record.tables import site_head

NEW = Prepared(insert(site_head).values({column.name: bindparam(column.name) for column in site_head.c}))
NUMBER = Prepared(select(site_head.c.site_seq).where(site_head.c.site == bindparam("of")).limit(1))


def head(site: str) -> dict[str, object]:
    return {"site": site, "site_seq": 7, "site_digest": bytes(32), "last_at": ""}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("listens", [False, True])
def test_a_row_is_written_once_found_and_refused_without_a_value_in_the_words(store: Store, listens: bool) -> None:
    seen: list[str] = []
    if listens:
        event.listen(store.engines[1], "before_cursor_execute", lambda _conn, _cursor, sql, *_: seen.append(sql))

    def work(conn: Connection) -> tuple[int, object, object]:
        written = NEW.change(conn, head("SMITH"))
        NEW.change_each(conn, [head("JONES"), head("MILLER")])
        return written, NUMBER.one(conn, {"of": "MILLER"})[0], NUMBER.one(conn, {"of": "NOBODY"})

    assert store.write(work) == (1, 7, None)
    with pytest.raises(IntegrityError) as refused:
        store.write(lambda conn: NEW.change(conn, head("SMITH")))
    assert "SMITH" not in str(refused.value)
    assert len(seen) == (5 if listens else 0)
    with store.engines[0].connect() as conn:
        assert NUMBER.rows(conn, {"of": "SMITH"}) == [(7,)]
        assert conn.in_transaction(), "what is read next would be read at another moment"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_a_scan_asks_for_again_and_again_is_made_once_a_connection(store: Store) -> None:
    """SQLite asks its authorizer at each statement that it makes; a bound LIMIT or pattern has it make one each time."""
    asked: list[object] = []

    def ask(conn: Connection) -> None:
        log.end_of(conn, "P1")
        views.first_there(conn, ("being made",), "in cabinet", site="MAIN", station="HOOD-1", cabinet="", but="P2")
        emergency.unended(conn, "ANN", "HOOD-1")
        with suppress(LookupError):
            accounts.by_id(conn, "ANN")

    with store.reading() as conn:
        ask(conn)
        driver: Any = conn.connection.driver_connection
        judge = sqlite.authorizer(sqlite.driver(), frozenset())
        driver.set_authorizer(lambda *what: asked.append(what) or judge(*what))
        ask(conn)  # made anew once: whoever sets an authorizer has every statement made anew
        asked.clear()
        ask(conn)
        assert asked == []


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_queue_looks_at_what_is_under_way_and_not_at_all_that_ever_was(store: Store) -> None:
    """However long the record is: by the index of site and status, which the few that are under way are found by."""
    asked: list[tuple[str, Any]] = []
    event.listen(
        store.engines[0], "before_cursor_execute", lambda _conn, _cursor, sql, given, *_: asked.append((sql, given))
    )
    with store.reading() as conn:
        assert queue.candidates(conn, "MAIN") == ()
        sql, given = asked[-1]
        plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
    assert plan[0] == "SEARCH preparation USING INDEX ix_preparation_site_status_due (site=? AND status=?)"
