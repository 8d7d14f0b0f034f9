"""Receipts, refusals, photos, the patient's text and what must follow a commit."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.record import blobs, log, ordertext, outbox, receipts, refusals, views
from app.record.blobs import Blob, Blobs, Damaged
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


# --- photos ---


def test_a_photo_is_filed_by_its_content_and_cannot_be_written_over(tmp_path: Path) -> None:
    folder = Blobs(tmp_path / "blobs")
    kept = folder.put(b"picture", "image/jpeg")
    assert kept == Blob("2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97", "image/jpeg", 7)
    path = tmp_path / "blobs" / kept.sha256[:2] / kept.sha256[2:4] / kept.sha256
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"picture", 0o440)
    assert folder.get(kept.sha256) == b"picture"
    assert folder.put(b"picture", "image/jpeg") == kept
    assert [file.name for file in path.parent.iterdir()] == [kept.sha256]


def test_a_photo_is_on_disk_before_its_name_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write, sync, rename, sync the folder: in this order."""
    acts: list[str] = []
    real_sync, real_rename = os.fsync, Path.rename

    def sync(descriptor: int) -> None:
        acts.append("sync folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "sync file")
        real_sync(descriptor)

    def rename(path: Path, to: Path) -> Path:
        acts.append("rename")
        return real_rename(path, to)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    folder = Blobs(tmp_path / "blobs")
    folder.put(b"first", "image/jpeg")
    assert acts == ["sync folder"] * 3 + ["sync file", "rename", "sync folder"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Blobs(tmp_path / "blobs")
    name = folder.put(b"other", "image/jpeg").sha256

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put(b"picture", "image/jpeg")
    assert [file.name for file in (tmp_path / "blobs").rglob("*") if file.is_file()] == [name]


def test_a_damaged_photo_is_never_shown_as_the_picture_and_is_mended_by_the_same_bytes(tmp_path: Path) -> None:
    folder = Blobs(tmp_path / "blobs")
    name = folder.put(b"picture", "image/jpeg").sha256
    folder.shelf.place(name).chmod(0o640)
    folder.shelf.place(name).write_bytes(b"picturf")
    spoilt = folder.get(name)
    assert isinstance(spoilt, Damaged)
    assert "look for it in the backup" in spoilt.says
    folder.put(b"picture", "image/jpeg")
    assert folder.get(name) == b"picture"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64])
def test_a_name_that_is_no_digest_opens_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        Blobs(tmp_path).get(name)


@BOTH
def test_a_missing_photo_is_none_and_an_orphan_is_listed(store: Store, settings: Settings) -> None:
    folder = Blobs(settings.photos)
    kept, orphan = folder.put(b"kept", "image/png"), folder.put(b"orphan", "image/png")
    for _ in range(2):
        store.write(lambda conn: blobs.enter(conn, kept, at=NOON, identifying=True))
    assert folder.get("0" * 64) is None
    later = NOON + timedelta(days=365_000)
    with store.reading() as conn:
        assert blobs.find(conn, kept.sha256) == kept
        assert blobs.find(conn, orphan.sha256) is None
        assert folder.orphans(conn, later) == (orphan.sha256,)
        assert folder.orphans(conn, NOON - timedelta(days=20_000)) == ()


# --- messages, in the record itself ---


@BOTH
def test_a_message_is_stored_by_the_commit_of_what_came_of_it_and_by_no_other(store: Store, settings: Settings) -> None:
    folder, kept = Blobs(settings.photos), blobs.filed(b"MSH|one", "text/plain")

    def cut(conn: Connection) -> None:
        blobs.keep(conn, kept, b"MSH|one", at=NOON, identifying=True)
        raise KeyError("cut")

    with pytest.raises(KeyError):
        store.write(cut)
    with store.reading() as conn:
        assert (folder.get(kept.sha256, conn), blobs.find(conn, kept.sha256)) == (None, None)
    for _ in range(2):
        store.write(lambda conn: blobs.keep(conn, kept, b"MSH|one", at=NOON, identifying=True))
    with store.reading() as conn:
        assert (folder.get(kept.sha256, conn), folder.get(kept.sha256)) == (b"MSH|one", None)
        assert (blobs.find(conn, kept.sha256), blobs.kept_within(conn)) == (kept, {kept.sha256})


def test_q61_an_altered_message_and_a_missing_one_are_found_and_a_purged_one_is_none(
    store: Store, settings: Settings
) -> None:
    names = []
    for content in (b"MSH|altered", b"MSH|missing", b"MSH|purged Doe", b"MSH|whole"):
        kept = blobs.filed(content, "text/plain")
        names.append(kept.sha256)
        store.write(partial(blobs.keep, kept=kept, content=content, at=NOON, identifying=True))
    store.write(lambda conn: blobs.enter_purge(conn, names[2], who="qa", at=NOON, command_id="C1"))
    store.forget_log()
    assert b"purged Doe" not in b"".join(one.read_bytes() for one in settings.data_dir.glob("vialtrace.db*"))
    assert verify(store.path, settings.photos).ok
    change, drop = (
        "UPDATE blob_within SET content = x'00' WHERE sha256 = :of", "DELETE FROM blob_within WHERE sha256 = :of",
    )  # fmt: skip
    store.write(lambda conn: conn.execute(text(change), {"of": names[0]}))
    store.write(lambda conn: conn.execute(text(drop), {"of": names[1]}))
    found = verify(store.path, settings.photos).faults
    assert [(one.kind, one.where) for one in found] == [("photo", f"photo {name}") for name in names[:2]]


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
