"""Receipts, refusals, the patient's text and what must follow a commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.record import log, ordertext, outbox, receipts, refusals, views
from app.record.engine import Store
from app.record.verify import verify
from app.settings import Settings
from tests.postgres.fixtures import BOTH
from tests.record.conftest import NOON, SALT, refuse, row_of, write_event

MINUTE = timedelta(minutes=1)


def dispatch(store: Store, command_id: str, request: dict[str, Any], person: str = "ann") -> dict[str, Any] | str:
    """A small dispatcher: receipt, append, receipt."""
    digest = receipts.request_digest(request)

    def act(conn: Connection) -> dict[str, Any] | str:
        first = receipts.heard(conn, command_id=command_id, person=person, digest=digest)
        if isinstance(first, receipts.OtherContent):
            return first.says
        if first is not None:
            return first.answer
        seq = write_event(conn, "P1", command_id)[-1].site_seq
        answer = {"site_seq": seq}
        receipts.keep(conn, command_id=command_id, person=person, digest=digest, status=200, answer=answer, at=NOON)
        return answer

    return store.write(act)


@BOTH
def test_q70_the_same_command_again_hears_the_first_answer_and_leaves_one_event(store: Store) -> None:
    first = dispatch(store, "C1", {"weight": "1.0"})
    dispatch(store, "C2", {"weight": "2.0"})
    with ThreadPoolExecutor(20) as people:
        again = list(people.map(lambda _: dispatch(store, "C1", {"weight": "1.0"}), range(20)))
    assert again == [first] * 20 == [{"site_seq": 1}] * 20
    with store.reading() as conn:
        assert log.version_of(conn, "P1") == 2


@BOTH
def test_q70_the_same_id_with_other_content_or_from_another_person_is_refused(store: Store) -> None:
    dispatch(store, "C1", {"weight": "1.0"})
    assert "with another content" in str(dispatch(store, "C1", {"weight": "9.9"}))
    assert "by another person" in str(dispatch(store, "C1", {"weight": "1.0"}, person="bo"))
    with store.reading() as conn:
        assert log.version_of(conn, "P1") == 1
        kept = receipts.find(conn, "C1")
        assert kept == receipts.Receipt(
            "C1", "ann", receipts.request_digest({"weight": "1.0"}), 200, {"site_seq": 1}, NOON
        )
        assert receipts.find(conn, "C9") is None


@BOTH
def test_q7_a_refusal_is_found_again_whole(store: Store) -> None:
    assert (store.write(lambda conn: refuse(conn, "C1")), store.write(lambda conn: refuse(conn, "C2"))) == (1, 2)
    with store.reading() as conn:
        found = refusals.of_stream(conn, "P1")
        assert found[0] == refusals.Refusal(
            1,
            "MAIN",
            NOON,
            "bo",
            "IV-1",
            "P1",
            "C1",
            "submit",
            "NOT_YOUR_STEP",
            "Ann is making this one.",
            {"step": "draw"},
        )
        assert [refusal.command_id for refusal in refusals.of_site(conn, "MAIN", after=1)] == ["C2"]
        assert refusals.of_stream(conn, "P2") == refusals.of_site(conn, "NORTH") == ()


# --- the patient's text ---


@BOTH
def test_order_text_is_kept_apart_under_a_salted_digest(store: Store) -> None:
    digest = store.write(lambda conn: ordertext.put(conn, id="OT1", fields={"family": "Doe"}, salt=SALT))
    other = store.write(lambda conn: ordertext.put(conn, id="OT2", fields={"family": "Doe"}, salt="t" * 43))
    assert digest != other
    with store.reading() as conn:
        assert ordertext.get(conn, "OT1") == ordertext.OrderText("OT1", digest, {"family": "Doe"})
        assert ordertext.get(conn, "OT9") is None
    with pytest.raises(ValueError, match="128 random bits"):
        store.write(lambda conn: ordertext.put(conn, id="OT3", fields={}, salt="short"))


def test_q12_a_purge_leaves_no_byte_of_the_name_and_breaks_no_chain(store: Store, settings: Settings) -> None:
    name = "Quixotevandenberghe"
    digest = store.write(lambda conn: ordertext.put(conn, id="OT1", fields={"family": name}, salt=SALT))
    store.write(lambda conn: write_event(conn, "P1", "C1", data={"order_text": digest}))
    store.write(lambda conn: ordertext.put(conn, id="OT2", fields={"family": "Decoy"}, salt=SALT))

    def purge(conn: Connection) -> bool:
        return ordertext.forget(conn, id="OT1", who="pam", at=NOON, command_id="C2")

    assert (store.write(purge), store.write(purge)) == (True, False)
    store.forget_log()
    for file in settings.data_dir.rglob("*"):
        if file.is_file():
            assert name.encode() not in file.read_bytes(), file.name
    assert any(b"Decoy" in file.read_bytes() for file in settings.data_dir.glob("vialtrace.db*"))
    with store.reading() as conn:
        assert ordertext.get(conn, "OT1") == ordertext.Purged("OT1", digest)
    assert verify(store.path, settings.photos).ok


# --- views ---


@BOTH
def test_a_row_of_a_view_is_written_again_and_again(store: Store) -> None:
    def project(conn: Connection) -> None:
        ordertext.put(conn, id="OT1", fields={}, salt=SALT)
        views.put_preparation(conn, row_of("P1", 1, 1))
        views.put_preparation(conn, row_of("P1", 2, 7))

    store.write(project)
    with store.reading() as conn:
        assert views.preparations(conn, site="MAIN", statuses=["open"], after=6) == (row_of("P1", 2, 7),)
        assert views.get_preparation(conn, "P1") == row_of("P1", 2, 7)
        assert views.preparations(conn, after=7) == views.preparations(conn, site="NORTH") == ()
        assert views.preparations(conn, statuses=["closed"]) == ()
    store.write(views.clear)
    with store.reading() as conn:
        assert views.preparations(conn) == ()


# --- the outbox ---


def put(store: Store, lane: str = "printer", kind: str = "print_label") -> int:
    return store.write(
        lambda conn: outbox.put(conn, kind=kind, lane=lane, payload={"label": "L1"}, at=NOON, command_id="C1")
    )


def take(store: Store, worker: str = "w1", at: Any = NOON) -> outbox.Entry | None:
    return store.write(lambda conn: outbox.take(conn, kinds=["print_label"], worker=worker, at=at, hold=MINUTE))


@BOTH
def test_an_entry_exists_exactly_when_its_event_does(store: Store) -> None:
    def broken(conn: Connection) -> None:
        outbox.put(conn, kind="print_label", lane="a", payload={}, at=NOON, command_id="C1")
        raise KeyError("no such label")

    with pytest.raises(KeyError):
        store.write(broken)
    assert take(store) is None


@BOTH
def test_an_entry_is_taken_once_by_one_of_twenty(store: Store) -> None:
    number = put(store)
    with ThreadPoolExecutor(20) as workers:
        got = [entry for entry in workers.map(lambda worker: take(store, f"w{worker}"), range(20)) if entry is not None]
    assert [(entry.id, entry.status, entry.attempts, entry.payload) for entry in got] == [
        (number, "taken", 1, {"label": "L1"})
    ]
    assert store.write(lambda conn: outbox.done(conn, number, worker="someone else")) is False
    assert store.write(lambda conn: outbox.done(conn, number, worker=str(got[0].taken_by))) is True
    assert take(store, at=NOON + 60 * MINUTE) is None


@BOTH
def test_q73_the_entry_of_a_worker_that_died_is_taken_over_once(store: Store) -> None:
    number = put(store)
    take(store, "dead")
    assert take(store, "w2", NOON + MINUTE - timedelta(microseconds=1)) is None
    second = take(store, "w2", NOON + MINUTE)
    assert second is not None
    assert (second.id, second.attempts, second.taken_by) == (number, 2, "w2")
    assert take(store, "w3", NOON + MINUTE) is None
    assert store.write(lambda conn: outbox.done(conn, number, worker="dead")) is False


@BOTH
def test_a_lane_keeps_its_order_and_another_may_pass(store: Store) -> None:
    first, second, other = put(store, "a"), put(store, "a"), put(store, "b")
    entries = [take(store), take(store), take(store)]
    assert [entry and entry.id for entry in entries] == [first, other, None]
    store.write(lambda conn: outbox.done(conn, first, worker="w1"))
    third = take(store)
    assert third is not None
    assert third.id == second


@BOTH
def test_what_failed_is_tried_again_later_and_what_is_stuck_waits_for_a_person(store: Store) -> None:
    first, second = put(store, "a"), put(store, "a")
    take(store)

    def fail(retry_at: Any) -> bool:
        return store.write(lambda conn: outbox.failed(conn, first, worker="w1", says="out of paper", retry_at=retry_at))

    assert fail(NOON + MINUTE) is True
    assert take(store) is None
    assert take(store, at=NOON + MINUTE) is not None
    assert (fail(None), fail(None)) == (True, False)
    assert take(store, at=NOON + 60 * MINUTE) is None, "a stuck entry keeps its lane waiting"
    with store.reading() as conn:
        assert [(entry.id, entry.status, entry.says, entry.attempts) for entry in outbox.unfinished(conn)] == [
            (first, "stuck", "out of paper", 2),
            (second, "waiting", "", 0),
        ]
    assert store.write(lambda conn: outbox.retry(conn, first, at=NOON)) is True
    again = take(store)
    assert again is not None
    assert (again.id, again.attempts) == (first, 3)
    fail(None)
    assert store.write(lambda conn: outbox.dismiss(conn, first, says="printed by hand")) is True
    assert store.write(lambda conn: outbox.dismiss(conn, first, says="again")) is False
    later = take(store)
    assert later is not None
    assert later.id == second


@BOTH
def test_a_kind_nobody_asked_for_stays(store: Store) -> None:
    put(store, kind="tell_ehr")
    assert take(store) is None
    with store.reading() as conn:
        assert [entry.kind for entry in outbox.unfinished(conn)] == ["tell_ehr"]


@BOTH
def test_only_the_lanes_that_are_asked_for_are_taken(store: Store) -> None:
    for lane in ("printer/A", "printer/B"):
        store.write(
            lambda conn, lane=lane: outbox.put(
                conn, kind="print_label", lane=lane, payload={}, at=NOON, command_id=lane
            )
        )

    def take(*lanes: str) -> str | None:
        def work(conn: Connection) -> outbox.Entry | None:
            return outbox.take(conn, kinds=["print_label"], worker="w", at=NOON, hold=MINUTE, lanes=lanes)

        found = store.write(work)
        return found.lane if found else None

    assert [take(), take("printer/C"), take("printer/B"), take("printer/B"), take("printer/A", "printer/B")] == [
        None, None, "printer/B", None, "printer/A",
    ]  # fmt: skip
