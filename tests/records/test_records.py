"""Yesterday's records open today: what a release wrote verifies, replays to the same facts, and can be taken in (Q11)."""

from __future__ import annotations

import json
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app import preparations
from app.record import log, views
from app.record.columns import moment
from app.record.engine import database_file, open_store
from app.record.log import NewEvent, StoredEvent
from app.record.verify import verify
from tests.dispatch.counter import settings_in
from tests.records.make import FACTS, LOG, facts_of, make
from workflows.preparation import Preparation

FOLDERS = sorted(Path(__file__).parent.glob("v*"))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in (folder / LOG).read_text("utf-8").splitlines()]


def facts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / FACTS).read_text("utf-8"))
    return found


def stored(line: dict[str, Any]) -> StoredEvent:
    said = json.loads(line["body"])
    return StoredEvent(
        stream=said["preparation"],
        version=said["version"],
        kind=said["kind"],
        shape=said["shape"],
        data=said["data"],
        who=said["who"],
        second_person=said["second_person"],
        at=moment(said["at"]),
        station=said["station"],
        command_id=said["command_id"],
        ordinal=line["ordinal"],
        site=said["site"],
        site_seq=line["site_seq"],
        software=said["software"],
        digest=bytes.fromhex(line["digest"]),
        site_digest=bytes.fromhex(line["site_digest"]),
        body=line["body"],
    )


def first_break(log_lines: list[dict[str, Any]]) -> int:
    """Follow both chains with nothing but SHA-256; return the number of the first event that does not fit, 0 for none."""
    streams: dict[str, bytes] = {}
    site = bytes(32)
    for number, line in enumerate(log_lines, 1):
        body = line["body"].encode()
        stream = json.loads(body)["preparation"]
        digest = sha256(b"vialtrace/event/1\0" + streams.get(stream, bytes(32)) + body).digest()
        site = sha256(b"vialtrace/site/1\0" + site + digest).digest()
        if (digest.hex(), site.hex(), number) != (line["digest"], line["site_digest"], line["site_seq"]):
            return number
        streams[stream] = digest
    return 0


def replayed(folder: Path) -> dict[str, Preparation]:
    """Return every preparation as today's code reads the old log."""
    found: dict[str, Preparation] = {}
    for line in lines(folder):
        event = stored(line)
        after = preparations.after(found.get(event.stream), [preparations.from_stored(event)])
        assert after is not None
        found[event.stream] = after
    return found


def test_there_is_a_record_to_hold() -> None:
    assert "v0" in {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
class TestQ11:
    def test_its_digests_verify(self, folder: Path) -> None:
        assert first_break(lines(folder)) == 0

    def test_a_changed_letter_would_be_seen(self, folder: Path) -> None:
        for number, line in enumerate(whole := lines(folder)):
            spoilt = {**line, "body": line["body"].replace('"who":"', '"who":"x', 1)}
            assert first_break([*whole[:number], spoilt, *whole[number + 1 :]]) == number + 1

    def test_it_replays_to_what_it_said_when_it_was_written(self, folder: Path) -> None:
        assert {name: facts_of(p) for name, p in replayed(folder).items()} == facts(folder)

    def test_it_says_the_worked_examples_dose(self, folder: Path) -> None:
        said = facts(folder)["P0000001"]
        assert (said["status"], round(float(said["dose_mg"]), 1), round(float(said["compounding_percent"]), 2)) == (
            "closed",
            968.5,
            -0.16,
        )
        assert len(said["near_misses"]) == 2

    def test_it_is_taken_into_a_new_record_byte_for_byte_and_its_lists_are_written(
        self, folder: Path, tmp_path: Path
    ) -> None:
        settings = settings_in(tmp_path / "data")
        with closing(open_store(settings)) as store:
            for line in lines(folder):
                again(store, stored(line))
            store.write(preparations.rebuild)
            with store.reading() as conn:
                rows = {name: views.get_preparation(conn, name) for name in facts(folder)}
        assert {name: row.status for name, row in rows.items() if row} == {
            name: said["status"] for name, said in facts(folder).items()
        }
        assert verify(database_file(settings), settings.photos).faults == ()


def again(store: Any, event: StoredEvent) -> None:
    """Append an old event as it was; its body and digests come out the same."""
    (written,) = store.write(
        lambda conn: log.append(
            conn,
            stream=event.stream,
            expected_version=event.version - 1,
            events=[NewEvent(event.stream, event.kind, event.shape, event.data)],
            who=event.who,
            second_person=event.second_person,
            at=event.at,
            station=event.station,
            command_id=event.command_id,
            site=event.site,
            software=event.software,
        )
    )
    assert written == event


def test_the_same_release_writes_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path / "one")
    make(tmp_path / "two")
    assert (tmp_path / "one" / LOG).read_bytes() == (tmp_path / "two" / LOG).read_bytes()
    assert first_break(lines(tmp_path / "one")) == 0
