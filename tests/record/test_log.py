"""Events go in once, in order, on the version their author saw."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection

from app.record import canonical, log
from app.record.columns import moment, moment_text
from app.record.engine import Store
from tests.postgres.fixtures import BOTH
from tests.record.conftest import NOON, drawn, write_event


@BOTH
def test_q6_an_event_says_who_what_when_where_with_which_software_and_the_digest_before(store: Store) -> None:
    stored = store.write(lambda conn: write_event(conn, "P1", "C1", second_person="bo"))[0]
    body = json.loads(stored.body)
    assert body == {
        "at": "2026-03-02T18:00:00.000250Z",
        "command_id": "C1",
        "data": {"mass_mg": "0.50", "vials": ["V1", "V2"], "note": "größer"},
        "kind": "dose_drawn",
        "preparation": "P1",
        "second_person": "bo",
        "shape": 1,
        "site": "MAIN",
        "software": "vialtrace 0",
        "station": "IV-1",
        "version": 1,
        "who": "ann",
    }
    assert stored.digest == canonical.event_digest(bytes(32), stored.body.encode())
    assert stored.site_digest == canonical.site_digest(bytes(32), stored.digest)
    second = store.write(lambda conn: write_event(conn, "P1", "C2"))[0]
    assert second.digest == canonical.event_digest(stored.digest, second.body.encode())
    assert second.site_digest == canonical.site_digest(stored.site_digest, second.digest)


@BOTH
def test_what_is_read_is_what_was_written(store: Store) -> None:
    first = store.write(lambda conn: write_event(conn, "P1", "C1", events=2))
    other = store.write(lambda conn: write_event(conn, "P2", "C2", station=None))
    last = store.write(lambda conn: write_event(conn, "site/MAIN", "C3"))
    with store.reading() as conn:
        assert log.load(conn, "P1") == first
        assert log.load(conn, "P2") == other
        assert log.since(conn, "MAIN", 0) == first + other + last
        assert log.since(conn, "MAIN", 3) == last
        assert log.since(conn, "ELSEWHERE", 0) == log.load(conn, "P9") == ()
        assert log.head_of(conn, "MAIN") == (4, last[0].site_digest)
    assert [(stored.version, stored.ordinal, stored.site_seq) for stored in first] == [(1, 0, 1), (2, 1, 2)]


@BOTH
def test_a_command_may_write_to_two_streams_and_its_ordinals_go_on(store: Store) -> None:
    def remake(conn: Connection) -> list[log.StoredEvent]:
        return [*write_event(conn, "P1", "C1", events=2), *write_event(conn, "P2", "C1")]

    assert [(stored.stream, stored.ordinal) for stored in store.write(remake)] == [("P1", 0), ("P1", 1), ("P2", 2)]


@BOTH
def test_two_sites_have_a_chain_each(store: Store) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    there = store.write(lambda conn: write_event(conn, "P2", "C2", site="NORTH"))[0]
    assert (there.site_seq, there.site_digest) == (1, canonical.site_digest(bytes(32), there.digest))


@BOTH
def test_a_stale_version_is_a_conflict_and_writes_nothing(store: Store) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    for expected in (0, 2):
        with pytest.raises(log.VersionConflict, match=f"P1 is at version 1, not {expected}") as caught:
            store.write(lambda conn, expected=expected: write_event(conn, "P1", "C2", expected=expected))
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("P1", expected, 1)
    with store.reading() as conn:
        assert log.head_of(conn, "MAIN")[0] == 1


@BOTH
def test_q68_of_twenty_who_act_on_the_same_version_exactly_one_wins(store: Store) -> None:
    def person(number: int) -> str:
        try:
            store.write(lambda conn: write_event(conn, "P1", f"C{number}", expected=0))
        except log.VersionConflict:
            return "look again"
        return "accepted"

    with ThreadPoolExecutor(20) as people:
        told = list(people.map(person, range(20)))
    assert (told.count("accepted"), told.count("look again")) == (1, 19)
    with store.reading() as conn:
        assert log.version_of(conn, "P1") == 1


@BOTH
def test_events_of_another_stream_are_refused(store: Store) -> None:
    def mixed(conn: Connection) -> Any:
        return log.append(
            conn, stream="P1", expected_version=0, events=[drawn("P1"), drawn("P2")], who="ann", second_person=None,
            at=NOON, station=None, command_id="C1", site="MAIN", software="x",
        )  # fmt: skip

    with pytest.raises(ValueError, match="belongs to the stream P1"):
        store.write(mixed)


@BOTH
def test_a_float_never_enters_the_record(store: Store) -> None:
    def write(conn: Connection) -> Any:
        new = replace(drawn("P1"), data={"mass": 968.5})
        return log.append(
            conn, stream="P1", expected_version=0, events=[new], who="ann", second_person=None, at=NOON, station=None,
            command_id="C1", site="MAIN", software="x",
        )  # fmt: skip

    with pytest.raises(canonical.CanonicalError, match=r"\$\.data\.mass: no floats"):
        store.write(write)


@BOTH
def test_q66_a_clock_set_back_more_than_two_seconds_is_noticed(store: Store) -> None:
    with store.reading() as conn:
        assert log.last_event_at(conn, "MAIN") is None
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    with store.reading() as conn:
        last = log.last_event_at(conn, "MAIN")
    assert last == NOON
    assert log.clock_went_back(None, NOON) is None
    for later in (0, -1, -2, 5, 3600):
        assert log.clock_went_back(last, NOON + timedelta(seconds=later)) is None
    assert log.clock_went_back(last, NOON - timedelta(seconds=2, microseconds=1)) == timedelta(
        seconds=2, microseconds=1
    )
    assert log.clock_went_back(last, NOON - timedelta(hours=1)) == timedelta(hours=1)
    chicago = timezone(timedelta(hours=-6))
    assert log.clock_went_back(last, NOON.astimezone(chicago)) is None, "a change of zone is no change of time"


@BOTH
def test_q66_order_is_by_number_even_when_the_clock_goes_back(store: Store) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    store.write(lambda conn: write_event(conn, "P1", "C2", at=NOON - timedelta(hours=1)))
    with store.reading() as conn:
        assert [stored.command_id for stored in log.since(conn, "MAIN", 0)] == ["C1", "C2"]
        assert log.last_event_at(conn, "MAIN") == NOON - timedelta(hours=1)


@pytest.mark.parametrize("year", [1, 999, 1970, 2026, 9999])
def test_q5_times_are_utc_text_with_six_digits_that_sorts_as_time_does(year: int) -> None:
    at = datetime(year, 6, 1, 1, 2, 3, tzinfo=UTC)
    assert moment_text(at) == f"{year:04d}-06-01T01:02:03.000000Z"
    assert moment(moment_text(at)) == at


@pytest.mark.parametrize(
    "text", ["2026-03-02T18:00:00Z", "2026-03-02T18:00:00.000250", "2026-03-02T12:00:00.00025-06:00", "now"]
)
def test_q5_other_ways_to_write_a_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"UTC time|isoformat"):
        moment(text)


def test_q5_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment_text(datetime(2026, 3, 2))  # noqa: DTZ001  # the case tested
