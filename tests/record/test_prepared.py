"""Statements that are made once: the same answers and the same errors, whether or not somebody listens to the engine."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

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
